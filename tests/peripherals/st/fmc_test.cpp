// FMC's SDRAM controller through its registers. RM0385, chapter "Flexible memory controller (FMC)".
#include <gtest/gtest.h>

#include "sim/bridge_port.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kFmc = 0xA000'0000;
constexpr Address kBcr2 = kFmc + 0x08;
constexpr Address kSdcr1 = kFmc + 0x140;
constexpr Address kSdtr1 = kFmc + 0x148;
constexpr Address kSdcmr = kFmc + 0x150;
constexpr Address kSdrtr = kFmc + 0x154;
constexpr Address kSdsr = kFmc + 0x158;
constexpr Address kSdram = 0xC000'0000;

constexpr std::uint32_t kCtb1 = 1u << 4;
constexpr std::uint32_t kBusy = 1u << 5;
// 8 columns, 12 rows, 16 bits, 4 banks, CAS 2, HCLK/2: 8 MiB.
constexpr std::uint32_t kControl = 0u | 1u << 2 | 1u << 4 | 1u << 6 | 2u << 7 | 2u << 10;

class StFmc : public ::testing::Test {
 protected:
  StFmc() {
    bench.bus.add_memory("sdram", MemoryKind::kRam, kSdram, 8u << 20);
    bench.clocks.signal("hclk").set(200'000'000);  // the memory's clock is 10 ns
    bench.add("fmc", "st.fmc", kFmc);
    bench.write(kSdcr1, kControl);
    // TMRD 2, TXSR 7, TRAS 4, TRC 7, TWR 2, TRP 2, TRCD 2: one less each.
    bench.write(kSdtr1, 0x0111'6361);
  }
  void command(std::uint32_t value, Duration then = Duration::from_us(1)) {
    bench.write(kSdcmr, value | kCtb1);
    bench.run_for(then);
  }
  void initialize(std::uint32_t mode_register = 0x220) {
    command(1, Duration::from_us(100));
    command(2);
    command(3u | 7u << 5);  // eight refreshes
    command(4u | mode_register << 9);
    bench.write(kSdrtr, 1292u << 1);
  }
  PeripheralBench bench;
};

TEST_F(StFmc, TheSequenceOfTheManualIsTakenWithoutAWord) {
  initialize();
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
  EXPECT_TRUE(bench.write(kSdram + 0x7F'FFFC, 0x1234'5678));
  EXPECT_EQ(bench.read(kSdram + 0x7F'FFFC), 0x1234'5678u);
}

TEST_F(StFmc, ACommandKeepsItBusyForItsCycles) {
  command(1, Duration::from_us(100));
  command(2);
  bench.write(kSdcmr, 3u | 7u << 5 | kCtb1);  // 8 * TRC = 56 cycles of 10 ns
  EXPECT_EQ(bench.read(kSdsr), kBusy);
  bench.run_for(Duration::from_ns(550));
  EXPECT_EQ(bench.read(kSdsr), kBusy);
  bench.run_for(Duration::from_ns(50));
  EXPECT_EQ(bench.read(kSdsr), 0u);
}

TEST_F(StFmc, ReportsAStepLeftOut) {
  command(1, Duration::from_us(100));
  command(4u | 0x220u << 9);
  EXPECT_TRUE(bench.reported("load mode register before the step that precedes it"));
}

TEST_F(StFmc, ReportsPrechargeTooSoonAfterTheClock) {
  command(1, Duration::from_us(99));
  command(2);
  EXPECT_TRUE(bench.reported("less than 100 us"));
}

TEST_F(StFmc, ReportsCellsThatWereWrittenBefore) {
  bench.write(kSdram + 0x1000, 1);
  initialize();
  EXPECT_TRUE(bench.reported("written before its initialization"));
}

TEST_F(StFmc, ReportsAGeometryThatIsNotTheBoards) {
  bench.write(kSdcr1, kControl | 1u);  // 9 columns
  initialize();
  EXPECT_TRUE(bench.reported("SDCR makes it 16384 KiB, the board has 8192 KiB"));
}

TEST_F(StFmc, ReportsAModeRegisterThatContradicts) {
  initialize(0x230);  // CAS 3
  EXPECT_TRUE(bench.reported("another CAS latency"));
}

TEST_F(StFmc, ShowsSelfRefreshAndReportsOtherControllers) {
  initialize();
  command(5);
  EXPECT_EQ(bench.read(kSdsr), 1u << 1);
  command(0);
  EXPECT_EQ(bench.read(kSdsr), 0u);
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
  bench.write(kBcr2, 1);
  EXPECT_TRUE(bench.reported("NOR and PSRAM"));
}

// CAS latency 2 and two cycles of 10 ns, then 16 bits a cycle.
TEST_F(StFmc, TellsTheBusWhatAReadTakes) {
  const auto& port = dynamic_cast<BridgePort&>(*bench.peripheral("fmc").port("mapped"));
  EXPECT_EQ(port.base, kSdram);
  EXPECT_EQ(port.times().first.ps, (2u + 2u + 4u) * 10'000u);
  EXPECT_EQ(port.times().next.ps, 4u * 10'000u);
  bench.write(kSdcr1, (kControl & ~(3u << 10)) | 3u << 10);               // HCLK/3
  EXPECT_NEAR(static_cast<double>(port.times().next.ps), 4 * 15'000, 1);  // whole hertz
}

}  // namespace
}  // namespace tinyscope::test
