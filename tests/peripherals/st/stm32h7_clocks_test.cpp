// RCC and PWR of the STM32H7A3. RM0455; registers and bits as in CMSIS stm32h7a3xxq.h. Frequencies
// are worked out by hand: f(VCO) = f(source) / DIVM * (DIVN + 1 + FRACN / 8192).
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kRcc = 0x5802'4400;
constexpr Address kCr = kRcc + 0x00;
constexpr Address kCfgr = kRcc + 0x10;
constexpr Address kCdcfgr1 = kRcc + 0x18;
constexpr Address kCdcfgr2 = kRcc + 0x1C;
constexpr Address kSrdcfgr = kRcc + 0x20;
constexpr Address kPllckselr = kRcc + 0x28;
constexpr Address kPllcfgr = kRcc + 0x2C;
constexpr Address kPll1divr = kRcc + 0x30;
constexpr Address kPll1fracr = kRcc + 0x34;
constexpr Address kPll2divr = kRcc + 0x38;
constexpr Address kCdccip1r = kRcc + 0x50;
constexpr Address kCdccip2r = kRcc + 0x54;
constexpr Address kSrdccipr = kRcc + 0x58;
constexpr Address kCier = kRcc + 0x60;
constexpr Address kCifr = kRcc + 0x64;
constexpr Address kCicr = kRcc + 0x68;
constexpr Address kBdcr = kRcc + 0x70;
constexpr Address kCsr = kRcc + 0x74;
constexpr Address kApb1lrstr = kRcc + 0x90;
constexpr Address kRsr = kRcc + 0x130;
constexpr Address kApb1llpenr = kRcc + 0x170;
constexpr Address kPwr = 0x5802'4800;
constexpr Address kPwrCr1 = kPwr + 0x00;
constexpr Address kPwrCsr1 = kPwr + 0x04;
constexpr Address kPwrCr3 = kPwr + 0x0C;
constexpr Address kPwrSrdcr = kPwr + 0x18;

constexpr std::uint32_t kHsidivf = 1u << 5;
constexpr std::uint32_t kCsion = 1u << 7;
constexpr std::uint32_t kHseon = 1u << 16;
constexpr std::uint32_t kHserdy = 1u << 17;
constexpr std::uint32_t kHsebyp = 1u << 18;
constexpr std::uint32_t kPll1on = 1u << 24;
constexpr std::uint32_t kPll1rdy = 1u << 25;
constexpr std::uint32_t kPll2on = 1u << 26;
constexpr std::uint32_t kActvosrdy = 1u << 13;
constexpr std::uint32_t kVos0 = 3u << 14;

constexpr std::uint32_t divr(unsigned n, unsigned p, unsigned q, unsigned r) {
  return (n - 1) | (p - 1) << 9 | (q - 1) << 16 | (r - 1) << 24;
}

class Stm32h7Clocks : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& pwr = bench.add("pwr", "st.pwr_h7", kPwr, "", 0x400);
  Peripheral& rcc = bench.add("rcc", "st.rcc_h7", kRcc, "hse_hz = 8000000", 0x400);

  void set(Address at, std::uint32_t bits) { bench.write(at, bench.read(at) | bits); }
  void clear(Address at, std::uint32_t bits) { bench.write(at, bench.read(at) & ~bits); }
  std::uint64_t hz(std::string_view signal) { return bench.clocks.signal(signal).hz(); }
  void settle() { bench.run_for(Duration::from_ms(3)); }
  std::uint32_t sws() { return bench.read(kCfgr) >> 3 & 7u; }

  void raise_voltage() {
    bench.write(kPwrCr3, 1u << 2);  // SMPSEN alone
    settle();
    bench.write(kPwrSrdcr, kVos0);
    settle();
  }
  // PLL1 from HSE, 8 MHz / 1 * 35 / 1 = 280 MHz: the settings of Zephyr's board file.
  void run_at_280() {
    raise_voltage();
    set(kCr, kHseon | kHsebyp);
    settle();
    bench.write(kPllckselr, 2u | 1u << 4 | 32u << 12 | 32u << 20);
    bench.write(kPllcfgr, 0x01FF'0000 | 3u << 2);  // input of 8 to 16 MHz, wide VCO
    bench.write(kPll1divr, divr(35, 1, 5, 2));
    set(kCr, kPll1on);
    settle();
    set(kCfgr, 3);
  }
};

// CMSIS, system_stm32h7xx.c: SystemCoreClock = HSI, 64 MHz.
TEST_F(Stm32h7Clocks, StartsFromHsiAt64MHz) {
  EXPECT_EQ(hz("cpuclk"), 64'000'000u);
  EXPECT_EQ(hz("hclk"), 64'000'000u);
  EXPECT_EQ(hz("pclk1"), 64'000'000u);
  EXPECT_EQ(sws(), 0u);
  EXPECT_NE(bench.read(kCr) & kHsidivf, 0u);
}

TEST_F(Stm32h7Clocks, HsiIsDividedByUpToEight) {
  set(kCr, 3u << 3);
  EXPECT_EQ(hz("cpuclk"), 8'000'000u);
}

TEST_F(Stm32h7Clocks, ReachesItsHighestFrequency) {
  run_at_280();
  EXPECT_EQ(sws(), 3u);
  EXPECT_EQ(hz("cpuclk"), 280'000'000u);
  EXPECT_EQ(hz("pll1_q"), 56'000'000u);
  EXPECT_EQ(hz("pll1_r"), 140'000'000u);
  EXPECT_FALSE(bench.reported("exceeds"));
  EXPECT_FALSE(bench.reported("may not lock"));
}

TEST_F(Stm32h7Clocks, PrescalersFollowOneAnother) {
  run_at_280();
  bench.write(kCdcfgr1, 8u << 8 | 8u | 4u << 4);  // CPU / 2, HCLK / 2, APB3 / 2
  bench.write(kCdcfgr2, 4u << 4 | 5u << 8);       // APB1 / 2, APB2 / 4
  bench.write(kSrdcfgr, 7u << 4);                 // APB4 / 16
  EXPECT_EQ(hz("cpuclk"), 140'000'000u);
  EXPECT_EQ(hz("hclk"), 70'000'000u);
  EXPECT_EQ(hz("pclk3"), 35'000'000u);
  EXPECT_EQ(hz("pclk1"), 35'000'000u);
  EXPECT_EQ(hz("pclk2"), 17'500'000u);
  EXPECT_EQ(hz("pclk4"), 4'375'000u);
  // Timers: twice PCLK, with TIMPRE four times, but at most HCLK.
  EXPECT_EQ(hz("tim_pclk1"), 70'000'000u);
  EXPECT_EQ(hz("tim_pclk2"), 35'000'000u);
  set(kCfgr, 1u << 15);
  EXPECT_EQ(hz("tim_pclk1"), 70'000'000u);
  EXPECT_EQ(hz("tim_pclk2"), 70'000'000u);
}

// FRACN counts 8192ths of DIVN and is taken over when FRACEN rises.
TEST_F(Stm32h7Clocks, PllMultipliesByFractions) {
  run_at_280();
  bench.write(kPll1fracr, 4096u << 3);
  EXPECT_EQ(hz("cpuclk"), 280'000'000u);
  set(kPllcfgr, 1);
  EXPECT_EQ(hz("cpuclk"), 284'000'000u);
  EXPECT_TRUE(bench.reported("exceeds the 280000000 Hz of VOS0"));
}

TEST_F(Stm32h7Clocks, ARunningPllKeepsItsFactors) {
  run_at_280();
  bench.write(kPll1divr, divr(20, 1, 1, 1));
  bench.write(kPllckselr, 0);
  EXPECT_EQ(hz("cpuclk"), 280'000'000u);
  // It and its source cannot be switched off while the system clock comes from them.
  clear(kCr, kPll1on | kHseon);
  EXPECT_EQ(bench.read(kCr) & (kPll1rdy | kHserdy), kPll1rdy | kHserdy);
}

// stm32h7xx_ll_utils.c: an input of 8 MHz is outside of PLL1RGE = 0, 1 to 2 MHz.
TEST_F(Stm32h7Clocks, ReportsAPllOutsideItsRange) {
  set(kCr, kHseon | kHsebyp);
  settle();
  bench.write(kPllckselr, 2u | 1u << 4);
  bench.write(kPll1divr, divr(35, 1, 1, 1));
  set(kCr, kPll1on);
  settle();
  EXPECT_TRUE(bench.reported("PLL1: input 8000000 Hz"));
}

TEST_F(Stm32h7Clocks, KernelClocksAreChosenByTheirSelectors) {
  run_at_280();
  bench.write(kPll2divr, divr(100, 4, 8, 2));
  bench.write(kPllckselr, 2u | 1u << 4 | 4u << 12);  // PLL1 is on: only DIVM2 changes
  set(kPllcfgr, 1u << 6);                            // PLL2: input of 2 to 4 MHz
  set(kCr, kPll2on | kCsion);
  settle();  // VCO: 8 MHz / 4 * 100 = 200 MHz
  bench.write(kCdccip2r, 1u | 4u << 3 | 3u << 12);
  EXPECT_EQ(hz("usart3_ker"), 25'000'000u);  // pll2_q
  EXPECT_EQ(hz("usart1_ker"), 4'000'000u);   // CSI
  EXPECT_EQ(hz("i2c2_ker"), 4'000'000u);
  EXPECT_EQ(hz("spi1_ker"), 56'000'000u);  // pll1_q
  bench.write(kCdccip1r, 1u << 12 | 5u << 16);
  EXPECT_EQ(hz("spi1_ker"), 50'000'000u);  // pll2_p
  EXPECT_EQ(hz("spi5_ker"), 8'000'000u);   // HSE
  bench.write(kSrdccipr, 2u << 16);
  EXPECT_EQ(hz("adc_ker"), 64'000'000u);  // per_ck = HSI
}

// RM0455, RCC_CIER: the flag is raised while its interrupt is enabled.
TEST_F(Stm32h7Clocks, ReadinessInterrupts) {
  bench.write(kCier, 1u << 4);  // CSI
  set(kCr, kCsion);
  settle();
  EXPECT_EQ(bench.read(kCifr), 1u << 4);
  EXPECT_TRUE(bench.wire("rcc.irq").level());
  bench.write(kCicr, 1u << 4);
  EXPECT_FALSE(bench.wire("rcc.irq").level());
}

TEST_F(Stm32h7Clocks, BackupDomainIsWrittenWithDbpOnly) {
  bench.write(kBdcr, 2u << 8 | 1u << 15);
  EXPECT_EQ(bench.read(kBdcr), 0u);
  set(kPwrCr1, 1u << 8);
  bench.write(kBdcr, 2u << 8 | 1u << 15);
  set(kCsr, 1);
  settle();
  EXPECT_EQ(hz("rtc_ker"), 32'000u);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kBdcr), 2u << 8 | 1u << 15);
}

// RM0455, RCC_RSR: 0x00E80000 after power-on.
TEST_F(Stm32h7Clocks, ResetFlagsAddUpUntilRmvf) {
  bench.reset(ResetKind::kPowerOn);
  EXPECT_EQ(bench.read(kRsr), 0x00E8'0000u);
  set(kRsr, 1u << 16);
  EXPECT_EQ(bench.read(kRsr), 0u);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kRsr), 1u << 24 | 1u << 22);
}

TEST_F(Stm32h7Clocks, ResetsItsBlocks) {
  Wire& line = bench.fabric.line("rcc.reset.tim2");
  bench.write(kApb1lrstr, 1);
  EXPECT_TRUE(line.level());
  bench.write(kApb1lrstr, 0);
  EXPECT_FALSE(line.level());
  EXPECT_NE(bench.read(kApb1llpenr) & 1u, 0u);
}

// HAL_PWREx_ConfigSupply() and HAL_PWREx_ControlVoltageScaling() wait for ACTVOSRDY.
TEST_F(Stm32h7Clocks, VoltageScalesOnceTheSupplyIsChosen) {
  EXPECT_EQ(bench.read(kPwrCr3), 0x6u);
  EXPECT_EQ(bench.read(kPwrCsr1) & kActvosrdy, 0u);
  bench.write(kPwrCr3, 1u << 2);
  settle();
  EXPECT_EQ(bench.read(kPwrCsr1), kActvosrdy);
  EXPECT_EQ(bench.power_state("pwr"), "vos3-smps");
  bench.write(kPwrSrdcr, kVos0);
  EXPECT_EQ(bench.read(kPwrCsr1), 0u);
  settle();
  EXPECT_EQ(bench.read(kPwrCsr1), kVos0 | kActvosrdy);
  EXPECT_EQ(bench.power_state("pwr"), "vos0-smps");
  // Chosen once: the LDO comes too late.
  bench.write(kPwrCr3, 1u << 1);
  EXPECT_EQ(bench.read(kPwrCr3), 1u << 2);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kPwrCr3), 1u << 2);
  EXPECT_EQ(bench.power_state("pwr"), "vos3-smps");
}

// stm32h7xx_ll_utils.c: 88 MHz at VOS3.
TEST_F(Stm32h7Clocks, ReportsAClockThatTheVoltageDoesNotAllow) {
  run_at_280();
  bench.write(kPwrSrdcr, 0);
  EXPECT_TRUE(bench.reported("exceeds the 88000000 Hz of VOS3"));
}

}  // namespace
}  // namespace tinyscope::test
