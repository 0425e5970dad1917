// From a pin over SYSCFG and EXTI to an interrupt. RM0432, chapters "System configuration
// controller (SYSCFG)" and "Extended interrupts and events controller (EXTI)".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kSyscfg = 0x4001'0000;
constexpr Address kMemrmp = kSyscfg + 0x00;
constexpr Address kCfgr1 = kSyscfg + 0x04;
constexpr Address exticr(unsigned line) { return kSyscfg + 0x08 + 4 * (line / 4); }
constexpr Address kScsr = kSyscfg + 0x18;
constexpr Address kSkr = kSyscfg + 0x24;

constexpr Address kExti = 0x4001'0400;
constexpr Address kImr1 = kExti + 0x00;
constexpr Address kEmr1 = kExti + 0x04;
constexpr Address kRtsr1 = kExti + 0x08;
constexpr Address kFtsr1 = kExti + 0x0C;
constexpr Address kSwier1 = kExti + 0x10;
constexpr Address kPr1 = kExti + 0x14;
constexpr Address kImr2 = kExti + 0x20;
constexpr Address kRtsr2 = kExti + 0x28;
constexpr Address kPr2 = kExti + 0x34;

constexpr Address kPortA = 0x4800'0000;
constexpr Address kPortC = 0x4800'0800;

class StExti : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& a = bench.add("gpioa", "st.gpio", kPortA, "port = 0", 0x400);
  Peripheral& c = bench.add("gpioc", "st.gpio", kPortC, "port = 2", 0x400);
  Peripheral& syscfg = bench.add("syscfg", "st.syscfg_l4", kSyscfg,
                                 "sram2 = 0x20000000\nsram2_bytes = 0x1000", 0x30);
  Peripheral& exti = bench.add("exti", "st.exti_l4", kExti, "", 0x400);

  void SetUp() override {
    bench.write(kPortA, 0);  // all inputs
    bench.write(kPortC, 0);
  }
  void pin(Peripheral& port, unsigned number, bool level) {
    port.wire("in" + std::to_string(number))->set(level);
  }
  bool irq(std::string_view name) { return exti.wire(name)->level(); }
};

TEST_F(StExti, ThePinOfTheSelectedPortRaisesTheInterruptOfItsLine) {
  bench.write(exticr(13), 2u << 4);  // line 13: port C
  bench.write(kImr1, 1u << 13);
  bench.write(kFtsr1, 1u << 13);
  pin(c, 13, true);
  pin(a, 13, true);
  EXPECT_FALSE(irq("irq15_10")) << "only the falling edge counts";
  pin(a, 13, false);
  EXPECT_FALSE(irq("irq15_10")) << "port A is not selected";
  pin(c, 13, false);
  EXPECT_TRUE(irq("irq15_10"));
  EXPECT_EQ(bench.read(kPr1), 1u << 13);
  bench.write(kPr1, 1u << 13);
  EXPECT_FALSE(irq("irq15_10"));
  EXPECT_EQ(bench.read(kPr1), 0u);
}

TEST_F(StExti, LinesShareInterruptsAsInTheVectorTable) {
  const std::vector<std::pair<unsigned, std::string>> wires = {
      {0, "irq0"},       {1, "irq1"},      {2, "irq2"},      {3, "irq3"},      {4, "irq4"},
      {5, "irq9_5"},     {9, "irq9_5"},    {10, "irq15_10"}, {15, "irq15_10"}, {16, "irq_pvd"},
      {18, "irq_alarm"}, {19, "irq_tamp"}, {20, "irq_wkup"}, {21, "irq_comp"}, {22, "irq_comp"}};
  for (const auto& [line, wire] : wires) {
    bench.write(kImr1, 1u << line);
    bench.write(kSwier1, 1u << line);
    EXPECT_TRUE(irq(wire)) << line;
    bench.write(kPr1, 1u << line);
    EXPECT_FALSE(irq(wire)) << line;
  }
}

TEST_F(StExti, BothEdgesCountWhenBothAreSelected) {
  bench.write(kRtsr1, 1u << 2);
  bench.write(kFtsr1, 1u << 2);
  bench.write(kImr1, 1u << 2);
  EdgeCounter edges(bench, exti.wire("irq2"));
  pin(a, 2, true);
  bench.write(kPr1, 1u << 2);
  pin(a, 2, false);
  EXPECT_EQ(edges.rises, 2u);
}

TEST_F(StExti, AMaskedLinePendsAndInterruptsWhenUnmasked) {
  bench.write(kRtsr1, 1u);
  bench.write(kImr1, 0);
  pin(a, 0, true);
  EXPECT_FALSE(irq("irq0"));
  EXPECT_EQ(bench.read(kPr1), 1u);
  bench.write(kImr1, 1u);
  EXPECT_TRUE(irq("irq0"));
}

TEST_F(StExti, ASoftwareInterruptNeedsTheMaskAndIsClearedWithItsPendingBit) {
  bench.write(kImr1, 0);
  bench.write(kSwier1, 1u << 3);
  EXPECT_EQ(bench.read(kPr1), 0u);
  EXPECT_EQ(bench.read(kSwier1), 1u << 3);
  bench.write(kImr1, 1u << 4);
  bench.write(kSwier1, 1u << 4);
  EXPECT_EQ(bench.read(kPr1), 1u << 4);
  bench.write(kPr1, 1u << 4);
  EXPECT_EQ(bench.read(kSwier1) & 1u << 4, 0u);
  bench.write(kSwier1, 1u << 4);
  EXPECT_EQ(bench.read(kPr1), 1u << 4);
}

TEST_F(StExti, LinesOfTheChipsBlocksComeInWithoutSyscfg) {
  bench.write(kRtsr1, 1u << 18);
  bench.write(kImr1, 1u << 18);
  bench.fabric.line("exti.18").set(true);
  EXPECT_TRUE(irq("irq_alarm"));
  bench.write(kRtsr2, 1u << 3);
  bench.write(kImr2, 1u << 3);
  bench.fabric.line("exti.35").set(true);
  EXPECT_EQ(bench.read(kPr2), 1u << 3);
  EXPECT_TRUE(irq("irq_pvd"));
}

TEST_F(StExti, DirectLinesAreUnmaskedAndHaveNoTriggerOrPendingBit) {
  // CMSIS: RTSR1 has lines 0 to 16 and 18 to 22. SVD: IMR1 resets to 0xFF820000.
  EXPECT_EQ(bench.read(kImr1), 0xFF82'0000u);
  bench.write(kRtsr1, 0xFFFF'FFFF);
  EXPECT_EQ(bench.read(kRtsr1), 0x007D'FFFFu);
}

TEST_F(StExti, ReportsEvents) {
  bench.write(kEmr1, 1u << 13);
  EXPECT_TRUE(bench.reported("EM13"));
}

TEST_F(StExti, RestoresItsState) {
  bench.write(exticr(2), 2u << 8);
  bench.write(kRtsr1, 1u << 2);
  bench.write(kImr1, 1u << 2);
  pin(c, 2, true);
  const auto state = bench.save();
  pin(c, 2, false);
  bench.write(kPr1, 1u << 2);
  bench.restore(state);
  EXPECT_EQ(bench.read(kPr1), 1u << 2);
  EXPECT_TRUE(irq("irq2"));
  bench.write(kPr1, 1u << 2);
  EXPECT_FALSE(irq("irq2"));
}

TEST_F(StExti, SyscfgErasesSram2OnlyAfterBothKeys) {
  const std::vector<std::uint8_t> content(0x1000, 0xA5);
  bench.fill(0x2000'0000, content);
  bench.write(kScsr, 1);
  EXPECT_EQ(bench.read(kScsr), 0u);
  bench.write(kSkr, 0xCA);
  bench.write(kSkr, 0x53);
  bench.write(kScsr, 1);
  EXPECT_EQ(bench.read(kScsr), 3u) << "SRAM2BSY and SRAM2ER";
  EXPECT_EQ(bench.bytes(0x2000'0000, 0x1000), content);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kScsr), 0u);
  EXPECT_EQ(bench.bytes(0x2000'0000, 0x1000), std::vector<std::uint8_t>(0x1000, 0));
}

TEST_F(StExti, SyscfgReportsWhatItDoesNotRemap) {
  EXPECT_EQ(bench.read(kCfgr1), 0x7C00'0001u);
  bench.write(kMemrmp, 0);
  bench.write(kCfgr1, 0x7C00'0001);
  EXPECT_FALSE(bench.reported("MEM_MODE"));
  EXPECT_FALSE(bench.reported("FWDIS"));
  bench.write(kMemrmp, 3);
  EXPECT_TRUE(bench.reported("MEM_MODE"));
  bench.write(kCfgr1, 0);
  EXPECT_TRUE(bench.reported("FWDIS"));
}

}  // namespace
}  // namespace tinyscope::test
