// RCC of the STM32L4+. RM0432, chapter "Reset and clock control (RCC)". Frequencies are worked out
// by hand from its formulas: f(VCO) = f(source) / M * N, R = VCO / (2, 4, 6, 8).
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kRcc = 0x4002'1000;
constexpr Address kCr = kRcc + 0x00;
constexpr Address kIcscr = kRcc + 0x04;
constexpr Address kCfgr = kRcc + 0x08;
constexpr Address kPllCfgr = kRcc + 0x0C;
constexpr Address kPllSai1Cfgr = kRcc + 0x10;
constexpr Address kPllSai2Cfgr = kRcc + 0x14;
constexpr Address kCier = kRcc + 0x18;
constexpr Address kCifr = kRcc + 0x1C;
constexpr Address kCicr = kRcc + 0x20;
constexpr Address kApb1Rstr1 = kRcc + 0x38;
constexpr Address kAhb1Enr = kRcc + 0x48;
constexpr Address kApb1Enr1 = kRcc + 0x58;
constexpr Address kAhb1Smenr = kRcc + 0x68;
constexpr Address kCcipr = kRcc + 0x88;
constexpr Address kBdcr = kRcc + 0x90;
constexpr Address kCsr = kRcc + 0x94;
constexpr Address kCrrcr = kRcc + 0x98;
constexpr Address kCcipr2 = kRcc + 0x9C;
constexpr Address kPwr = 0x4000'7000;

constexpr std::uint32_t kMsion = 1u << 0;
constexpr std::uint32_t kMsirdy = 1u << 1;
constexpr std::uint32_t kMsipllen = 1u << 2;
constexpr std::uint32_t kMsirgsel = 1u << 3;
constexpr std::uint32_t kHsion = 1u << 8;
constexpr std::uint32_t kHsirdy = 1u << 10;
constexpr std::uint32_t kHseon = 1u << 16;
constexpr std::uint32_t kHserdy = 1u << 17;
constexpr std::uint32_t kHsebyp = 1u << 18;
constexpr std::uint32_t kPllon = 1u << 24;
constexpr std::uint32_t kPllrdy = 1u << 25;
constexpr std::uint32_t kPllSai1on = 1u << 26;
constexpr std::uint32_t kPllSai2on = 1u << 28;
constexpr std::uint32_t kLseon = 1u << 0;
constexpr std::uint32_t kLserdy = 1u << 1;
constexpr std::uint32_t kLsebyp = 1u << 2;
constexpr std::uint32_t kRtcen = 1u << 15;
constexpr std::uint32_t kBdrst = 1u << 16;
constexpr std::uint32_t kPen = 1u << 16;
constexpr std::uint32_t kQen = 1u << 20;
constexpr std::uint32_t kRen = 1u << 24;

enum Clock : std::uint32_t { kMsi = 0, kHsi = 1, kHse = 2, kPll = 3 };

// PLLxCFGR with divider M, factor N and the fields Q and R as they stand in the register.
constexpr std::uint32_t pll(std::uint32_t source, std::uint32_t m, std::uint32_t n,
                            std::uint32_t outputs, std::uint32_t q = 0, std::uint32_t r = 0,
                            std::uint32_t pdiv = 0) {
  return source | (m - 1) << 4 | n << 8 | outputs | q << 21 | r << 25 | pdiv << 27;
}

class Rcc : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& pwr = bench.add("pwr", "st.pwr_l4", kPwr, "", 0x400);
  Peripheral& rcc = bench.add("rcc", "st.rcc_l4", kRcc, "hse_hz = 8000000", 0x400);

  void set(Address at, std::uint32_t bits) { bench.write(at, bench.read(at) | bits); }
  void clear(Address at, std::uint32_t bits) { bench.write(at, bench.read(at) & ~bits); }
  bool has(Address at, std::uint32_t bits) { return (bench.read(at) & bits) == bits; }
  std::uint64_t hz(std::string_view signal) { return bench.clocks.signal(signal).hz(); }
  std::uint32_t sws() { return bench.read(kCfgr) >> 2 & 3u; }
  void settle() { bench.run_for(Duration::from_ms(3)); }
  void open_backup_domain() { set(kPwr, 1u << 8); }  // PWR_CR1.DBP
  void start_lse() {
    open_backup_domain();
    set(kBdcr, kLseon | kLsebyp);
    settle();
  }
  // MSI at 4 MHz, times 60, divided by 2.
  void run_at_120_mhz() {
    bench.write(kPwr + 0x80, 0);  // boost
    bench.write(kPllCfgr, pll(1, 1, 60, kRen));
    set(kCr, kPllon);
    settle();
    set(kCfgr, kPll);
  }
};

// SVD, reset values; RM0432: "MSI 4 MHz is selected after reset".
TEST_F(Rcc, RunsFromMsiAt4MHzAfterReset) {
  EXPECT_EQ(bench.read(kCr), 0x63u);
  EXPECT_EQ(bench.read(kCfgr), 0u);
  EXPECT_EQ(bench.read(kPllCfgr), 0x1000u);
  EXPECT_EQ(bench.read(kPllSai1Cfgr), 0x1000u);
  EXPECT_EQ(bench.read(kPllSai2Cfgr), 0x1000u);
  EXPECT_EQ(bench.read(kCsr), 0x0C00'0600u);
  EXPECT_EQ(bench.read(kAhb1Enr), 0x100u);
  EXPECT_EQ(bench.read(kIcscr) >> 24, 0x40u);  // HAL: RCC_HSICALIBRATION_DEFAULT
  for (const char* signal : {"msi", "sysclk", "hclk", "pclk1", "pclk2", "tim_pclk1", "tim_pclk2",
                             "usart1_ker", "usart2_ker", "usart3_ker", "uart4_ker", "uart5_ker",
                             "lpuart1_ker", "i2c1_ker", "lptim1_ker", "dfsdm1_ker"}) {
    EXPECT_EQ(hz(signal), 4'000'000u) << signal;
  }
  for (const char* signal : {"hsi16", "hse", "lse", "lsi", "hsi48", "clk48", "rtc_ker", "adc_ker",
                             "sai1_ker", "sai2_ker", "sdmmc1_ker"}) {
    EXPECT_EQ(hz(signal), 0u) << signal;
  }
  for (const auto& [name, signal] : bench.clocks.signals()) EXPECT_TRUE(signal->driven()) << name;
}

// RM0432, RCC_CR.MSIRANGE.
TEST_F(Rcc, MsiHasTwelveRanges) {
  const std::uint64_t ranges[] = {100'000,    200'000,    400'000,    800'000,
                                  1'000'000,  2'000'000,  4'000'000,  8'000'000,
                                  16'000'000, 24'000'000, 32'000'000, 48'000'000};
  for (std::uint32_t i = 0; i < std::size(ranges); ++i) {
    bench.write(kCr, kMsion | kMsirgsel | i << 4);
    EXPECT_EQ(hz("sysclk"), ranges[i]) << i;
  }
  bench.write(kCr, kMsion | kMsirgsel | 12u << 4);  // not a range: "no write is done"
  EXPECT_EQ(bench.read(kCr) >> 4 & 0xFu, 11u);
}

// "MSIRGSEL ... write 0 has no effect"; without it the range is MSISRANGE, which is 4 after reset.
TEST_F(Rcc, MsirangeCountsOnceItIsSelected) {
  bench.write(kCr, kMsion | 9u << 4);
  EXPECT_EQ(hz("msi"), 4'000'000u);
  bench.write(kCr, kMsion | kMsirgsel | 9u << 4);
  EXPECT_EQ(hz("msi"), 24'000'000u);
  bench.write(kCr, kMsion | 9u << 4);
  EXPECT_TRUE(has(kCr, kMsirgsel));
  EXPECT_EQ(hz("msi"), 24'000'000u);
  bench.reset(ResetKind::kSoftware);
  EXPECT_FALSE(has(kCr, kMsirgsel));
  EXPECT_EQ(hz("msi"), 4'000'000u);
}

// RCC_CSR.MSISRANGE: 4 to 7, writable with MSIRGSEL only.
TEST_F(Rcc, MsisrangeIsWrittenWithMsirgselOnly) {
  bench.write(kCsr, 7u << 8);
  EXPECT_EQ(bench.read(kCsr) >> 8 & 0xFu, 6u);
  set(kCr, kMsirgsel);
  bench.write(kCsr, 7u << 8);
  EXPECT_EQ(bench.read(kCsr) >> 8 & 0xFu, 7u);
  bench.write(kCsr, 8u << 8);
  EXPECT_EQ(bench.read(kCsr) >> 8 & 0xFu, 7u);
}

// DS12023: with LSE in PLL mode, range 6 is 3.998 MHz: 122 * 32768 Hz.
TEST_F(Rcc, MsiFollowsLseInPllMode) {
  set(kCr, kMsipllen);
  EXPECT_FALSE(has(kCr, kMsipllen));  // refused while LSE is not ready
  start_lse();
  set(kCr, kMsipllen);
  EXPECT_EQ(hz("msi"), 3'997'696u);
  clear(kBdcr, kLseon);
  EXPECT_FALSE(has(kCr, kMsipllen));
  EXPECT_EQ(hz("msi"), 4'000'000u);
}

struct Start {
  const char* name;
  Address at;
  std::uint32_t on, ready;
  std::uint64_t ns;
  const char* signal;
  std::uint64_t hz;
};

class RccStart : public Rcc, public ::testing::WithParamInterface<Start> {};

// Times are parameters, with the defaults assumed here.
TEST_P(RccStart, IsReadyAfterItsStartUpTime) {
  const Start& start = GetParam();
  open_backup_domain();
  set(start.at, start.on);
  EXPECT_FALSE(has(start.at, start.ready));
  bench.run_for({start.ns * 1000 - 1});
  EXPECT_FALSE(has(start.at, start.ready));
  EXPECT_EQ(hz(start.signal), 0u);
  bench.run_for({1});
  EXPECT_TRUE(has(start.at, start.ready));
  EXPECT_EQ(hz(start.signal), start.hz);
  clear(start.at, start.on);
  EXPECT_FALSE(has(start.at, start.ready));
  EXPECT_EQ(hz(start.signal), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Oscillators, RccStart,
    ::testing::Values(Start{"Hsi16", kCr, kHsion, kHsirdy, 3'000, "hsi16", 16'000'000},
                      Start{"HseCrystal", kCr, kHseon, kHserdy, 2'000'000, "hse", 8'000'000},
                      Start{"HseBypass", kCr, kHseon | kHsebyp, kHserdy, 1'000, "hse", 8'000'000},
                      Start{"Hsi48", kCrrcr, 1, 2, 2'500, "hsi48", 48'000'000},
                      Start{"Lsi", kCsr, 1, 2, 125'000, "lsi", 32'000},
                      Start{"Lse", kBdcr, kLseon, kLserdy, 2'000'000'000, "lse", 32'768}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

// As HAL_RCC_OscConfig and HAL_RCC_ClockConfig do it for 120 MHz.
TEST_F(Rcc, StartsThePllFromMsiAndRunsAt120MHz) {
  bench.write(kPwr + 0x80, 0);  // HAL_PWREx_ControlVoltageScaling: boost
  bench.write(kPllCfgr, pll(1, 1, 60, 0));
  set(kCr, kPllon);
  set(kPllCfgr, kRen);
  EXPECT_FALSE(has(kCr, kPllrdy));
  bench.run_for(Duration::from_us(14));
  EXPECT_FALSE(has(kCr, kPllrdy));
  bench.run_for(Duration::from_us(1));
  EXPECT_TRUE(has(kCr, kPllrdy));
  set(kCfgr, 8u << 4);  // above 80 MHz by way of HPRE = 2
  set(kCfgr, kPll);
  EXPECT_EQ(sws(), kPll);
  EXPECT_EQ(hz("sysclk"), 120'000'000u);
  EXPECT_EQ(hz("hclk"), 60'000'000u);
  clear(kCfgr, 0xFu << 4);
  EXPECT_EQ(hz("hclk"), 120'000'000u);
  EXPECT_EQ(hz("pclk1"), 120'000'000u);
  EXPECT_EQ(hz("lpuart1_ker"), 120'000'000u);
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
}

TEST_F(Rcc, ThePllMultipliesEachSource) {
  set(kCr, kHsion | kHseon);
  settle();
  struct {
    std::uint32_t config;
    std::uint64_t hz;
  } const cases[] = {
      {pll(1, 1, 60, kRen), 120'000'000},       // MSI 4 * 60 / 2
      {pll(2, 2, 30, kRen), 120'000'000},       // HSI16 16 / 2 * 30 / 2
      {pll(3, 1, 20, kRen, 0, 0), 80'000'000},  // HSE 8 * 20 / 2
      {pll(2, 4, 40, kRen, 0, 1), 40'000'000},  // 16 / 4 * 40 / 4
      {pll(2, 4, 42, kRen, 0, 2), 28'000'000},  // 168 / 6
      {pll(2, 2, 8, kRen, 0, 3), 8'000'000},    // 64 / 8
  };
  for (const auto& test : cases) {
    bench.write(kPllCfgr, test.config);
    set(kCr, kPllon);
    settle();
    set(kCfgr, kPll);
    EXPECT_EQ(sws(), kPll);
    EXPECT_EQ(hz("sysclk"), test.hz) << std::hex << test.config;
    clear(kCfgr, 3);
    EXPECT_EQ(sws(), kMsi);
    clear(kCr, kPllon);
  }
}

// RM0432, RCC_CFGR: HPRE 0xxx, then 2, 4, 8, 16, 64, 128, 256, 512; PPREx 0xx, then 2, 4, 8, 16.
TEST_F(Rcc, PrescalersDivideTheBusClocks) {
  run_at_120_mhz();
  const std::uint64_t ahb[] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512};
  for (std::uint32_t i = 0; i < 16; ++i) {
    bench.write(kCfgr, kPll | i << 4);
    EXPECT_EQ(hz("hclk"), 120'000'000u / ahb[i]) << i;
    EXPECT_EQ(hz("pclk1"), 120'000'000u / ahb[i]) << i;
  }
  const std::uint64_t apb[] = {1, 1, 1, 1, 2, 4, 8, 16};
  for (std::uint32_t i = 0; i < 8; ++i) {
    bench.write(kCfgr, kPll | i << 8 | (7 - i) << 11);
    EXPECT_EQ(hz("pclk1"), 120'000'000u / apb[i]) << i;
    EXPECT_EQ(hz("pclk2"), 120'000'000u / apb[7 - i]) << i;
    // Timers run at PCLK, or at twice PCLK where that is divided.
    EXPECT_EQ(hz("tim_pclk1"), i < 4 ? 120'000'000u : 240'000'000u / apb[i]) << i;
    EXPECT_EQ(hz("tim_pclk2"), i >= 4 ? 120'000'000u : 240'000'000u / apb[7 - i]) << i;
  }
}

// "If a clock source which is not yet ready is selected, the switch will occur when the clock
// source becomes ready": RM0432, "System clock (SYSCLK) selection".
TEST_F(Rcc, SwitchesWhenTheChosenClockGetsReady) {
  set(kCfgr, kHsi);
  EXPECT_EQ(sws(), kMsi);  // it is off
  set(kCr, kHsion);
  EXPECT_EQ(sws(), kMsi);  // it starts
  EXPECT_EQ(hz("hclk"), 4'000'000u);
  bench.run_for(Duration::from_us(3));
  EXPECT_EQ(sws(), kHsi);
  EXPECT_EQ(hz("hclk"), 16'000'000u);
}

TEST_F(Rcc, ThePllIsNoSystemClockWithoutItsOutput) {
  bench.write(kPllCfgr, pll(1, 1, 20, 0));
  set(kCr, kPllon);
  settle();
  set(kCfgr, kPll);
  EXPECT_EQ(sws(), kMsi);
  set(kPllCfgr, kRen);
  EXPECT_EQ(sws(), kPll);
  EXPECT_EQ(hz("sysclk"), 40'000'000u);
  clear(kPllCfgr, kRen);  // "cannot be written when PLLCLK is the system clock"
  EXPECT_TRUE(has(kPllCfgr, kRen));
}

// RM0432, RCC_CR: "cannot be cleared if used directly or indirectly as system clock".
TEST_F(Rcc, TheClockInUseCannotBeStopped) {
  clear(kCr, kMsion);
  EXPECT_TRUE(has(kCr, kMsion | kMsirdy));
  run_at_120_mhz();
  clear(kCr, kPllon);
  EXPECT_TRUE(has(kCr, kPllon | kPllrdy));
  clear(kCr, kMsion);
  EXPECT_TRUE(has(kCr, kMsion));
  EXPECT_EQ(hz("hclk"), 120'000'000u);
}

TEST_F(Rcc, MsiStopsWhenNothingNeedsIt) {
  set(kCr, kHsion);
  settle();
  set(kCfgr, kHsi);
  clear(kCr, kMsion);
  EXPECT_FALSE(has(kCr, kMsirdy));
  EXPECT_EQ(hz("msi"), 0u);
  EXPECT_EQ(hz("hclk"), 16'000'000u);
}

TEST_F(Rcc, APllWithoutInputDoesNotLock) {
  bench.write(kPllCfgr, pll(2, 2, 30, kRen));
  set(kCr, kPllon);  // HSI16 is off
  settle();
  EXPECT_FALSE(has(kCr, kPllrdy));
  set(kCr, kHsion);
  settle();
  EXPECT_TRUE(has(kCr, kPllrdy));
  clear(kCr, kHsion);
  EXPECT_FALSE(has(kCr, kPllrdy));
}

// RCC_PLLCFGR: "can be written only when the PLL is disabled", the source when all PLLs are.
TEST_F(Rcc, FactorsOfARunningPllAreFixed) {
  const std::uint32_t config = pll(1, 1, 40, kRen);
  bench.write(kPllCfgr, config);
  set(kCr, kPllon);
  bench.write(kPllCfgr, pll(2, 3, 50, kRen | kQen, 3, 2, 5));
  EXPECT_EQ(bench.read(kPllCfgr), config | kQen);
  clear(kCr, kPllon);
  set(kCr, kPllSai1on);
  bench.write(kPllCfgr, pll(2, 3, 50, kRen));
  EXPECT_EQ(bench.read(kPllCfgr), pll(1, 3, 50, kRen));  // all but the source
  clear(kCr, kPllSai1on);
  bench.write(kPllCfgr, pll(2, 3, 50, kRen));
  EXPECT_EQ(bench.read(kPllCfgr), pll(2, 3, 50, kRen));
}

// RM0432: VCO 64 to 344 MHz.
TEST_F(Rcc, ReportsAVcoThatTheChipCannotReach) {
  bench.write(kPllCfgr, pll(1, 1, 100, kRen));
  set(kCr, kPllon);
  settle();
  EXPECT_TRUE(bench.reported("PLLCFGR: input 4000000 Hz"));
  EXPECT_TRUE(bench.reported("VCO 400000000 Hz"));
}

// CCIPR: USARTxSEL 0 PCLK, 1 SYSCLK, 2 HSI16, 3 LSE.
TEST_F(Rcc, UartsChooseTheirKernelClock) {
  start_lse();
  set(kCr, kHsion);
  settle();
  run_at_120_mhz();
  bench.write(kCfgr, kPll | 4u << 8 | 5u << 11);  // PCLK1 60 MHz, PCLK2 30 MHz
  const char* const signals[] = {"usart1_ker", "usart2_ker", "usart3_ker",
                                 "uart4_ker",  "uart5_ker",  "lpuart1_ker"};
  for (unsigned i = 0; i < 6; ++i) {
    const std::uint64_t expected[] = {i == 0 ? 30'000'000u : 60'000'000u, 120'000'000, 16'000'000,
                                      32'768};
    for (std::uint32_t select = 0; select < 4; ++select) {
      bench.write(kCcipr, select << 2 * i);
      EXPECT_EQ(hz(signals[i]), expected[select]) << signals[i] << select;
    }
  }
}

// CCIPR: I2CxSEL 0 PCLK1, 1 SYSCLK, 2 HSI16; LPTIMxSEL 0 PCLK1, 1 LSI, 2 HSI16, 3 LSE; ADCSEL 1
// PLLSAI1 R, 3 SYSCLK.
TEST_F(Rcc, OtherBlocksChooseTheirKernelClock) {
  start_lse();
  set(kCr, kHsion);
  bench.write(kCsr, 1);
  bench.write(kPllSai1Cfgr, pll(0, 1, 32, kRen, 0, 1));  // 4 * 32 / 4
  bench.write(kPllCfgr, pll(1, 1, 60, kRen));
  set(kCr, kPllSai1on);
  settle();
  run_at_120_mhz();
  bench.write(kCfgr, kPll | 4u << 8);
  const std::uint64_t i2c[] = {60'000'000, 120'000'000, 16'000'000};
  const std::uint64_t lptim[] = {60'000'000, 32'000, 16'000'000, 32'768};
  for (std::uint32_t i = 0; i < 3; ++i) {
    bench.write(kCcipr, i << 12 | i << 14 | i << 16);
    bench.write(kCcipr2, i);
    for (const char* signal : {"i2c1_ker", "i2c2_ker", "i2c3_ker", "i2c4_ker"}) {
      EXPECT_EQ(hz(signal), i2c[i]) << signal << i;
    }
  }
  for (std::uint32_t i = 0; i < 4; ++i) {
    bench.write(kCcipr, i << 18 | i << 20);
    EXPECT_EQ(hz("lptim1_ker"), lptim[i]);
    EXPECT_EQ(hz("lptim2_ker"), lptim[i]);
  }
  bench.write(kCcipr, 1u << 28);
  EXPECT_EQ(hz("adc_ker"), 32'000'000u);
  bench.write(kCcipr, 3u << 28);
  EXPECT_EQ(hz("adc_ker"), 120'000'000u);
  bench.write(kCcipr2, 1u << 2);  // DFSDM1SEL
  EXPECT_EQ(hz("dfsdm1_ker"), 120'000'000u);
  EXPECT_EQ(hz("octospi_ker"), 120'000'000u);
  bench.write(kCcipr2, 1u << 20);
  EXPECT_EQ(hz("octospi_ker"), 4'000'000u);
}

// CLK48SEL 0 HSI48, 1 PLLSAI1 Q, 2 PLL Q, 3 MSI.
TEST_F(Rcc, The48MHzClockHasFourSources) {
  bench.write(kPllCfgr, pll(1, 1, 24, kQen));            // 4 * 24 / 2
  bench.write(kPllSai1Cfgr, pll(0, 1, 48, kQen, 1, 0));  // 4 * 48 / 4
  set(kCr, kPllon | kPllSai1on);
  set(kCrrcr, 1);
  settle();
  for (std::uint32_t select = 0; select < 3; ++select) {
    bench.write(kCcipr, select << 26);
    EXPECT_EQ(hz("clk48"), 48'000'000u) << select;
  }
  bench.write(kCcipr, 3u << 26);
  EXPECT_EQ(hz("clk48"), 4'000'000u);
  EXPECT_EQ(hz("sdmmc1_ker"), 4'000'000u);
}

// PLLPDIV 2 to 31 divides; 0 leaves it to PLLP: 7 or 17. SAIxSEL 0 PLLSAI1, 1 PLLSAI2, 2 PLL, 4
// HSI16.
TEST_F(Rcc, AudioClocksComeFromTheDividedOutputs) {
  set(kCr, kHsion);
  bench.write(kPllCfgr, pll(1, 1, 48, kPen, 0, 0, 4));        // 192 / 4
  bench.write(kPllSai1Cfgr, pll(0, 1, 43, kPen));             // 172 / 7
  bench.write(kPllSai2Cfgr, pll(0, 1, 43, kPen | 1u << 17));  // 172 / 17
  set(kCr, kPllon | kPllSai1on | kPllSai2on);
  settle();
  EXPECT_EQ(hz("sai1_ker"), 24'571'428u);
  bench.write(kCcipr2, 1u << 5 | 2u << 8 | 1u << 14);
  EXPECT_EQ(hz("sai1_ker"), 10'117'647u);
  EXPECT_EQ(hz("sai2_ker"), 48'000'000u);
  EXPECT_EQ(hz("sdmmc1_ker"), 48'000'000u);
  bench.write(kCcipr2, 4u << 5);
  EXPECT_EQ(hz("sai1_ker"), 16'000'000u);
}

// RCC_CIFR: "set by hardware when the clock becomes stable and xxxRDYIE is set".
TEST_F(Rcc, RaisesItsInterruptWhenAClockGetsReady) {
  set(kCr, kHsion);
  settle();
  EXPECT_EQ(bench.read(kCifr), 0u);
  bench.write(kCier, 1u << 5 | 1u << 10);
  set(kCrrcr, 1);
  bench.run_for(Duration::from_us(2));
  EXPECT_FALSE(rcc.wire("irq")->level());
  bench.run_for(Duration::from_us(1));
  EXPECT_TRUE(rcc.wire("irq")->level());
  EXPECT_EQ(bench.read(kCifr), 1u << 10);
  bench.write(kPllCfgr, pll(1, 1, 40, kRen));
  set(kCr, kPllon);
  settle();
  EXPECT_EQ(bench.read(kCifr), 1u << 5 | 1u << 10);
  bench.write(kCicr, 1u << 10);
  EXPECT_TRUE(rcc.wire("irq")->level());
  bench.write(kCicr, 1u << 5);
  EXPECT_FALSE(rcc.wire("irq")->level());
}

// RCC_BDCR: "write-protected ... the DBP bit in PWR_CR1 has to be set".
TEST_F(Rcc, TheBackupDomainIsWriteProtected) {
  bench.write(kBdcr, kLseon);
  EXPECT_EQ(bench.read(kBdcr), 0u);
  open_backup_domain();
  bench.write(kBdcr, kLseon);
  EXPECT_EQ(bench.read(kBdcr), kLseon);
}

TEST_F(Rcc, TheRtcClockIsChosenOnce) {
  start_lse();
  set(kBdcr, kRtcen | 1u << 8);
  EXPECT_EQ(hz("rtc_ker"), 32'768u);
  bench.write(kBdcr, (bench.read(kBdcr) & ~(3u << 8)) | 2u << 8);
  EXPECT_EQ(hz("rtc_ker"), 32'768u);
  bench.write(kBdcr, kBdrst);
  EXPECT_EQ(bench.read(kBdcr), kBdrst);
  EXPECT_EQ(hz("lse"), 0u);
  bench.write(kBdcr, 0);
  bench.write(kCsr, 1);
  settle();
  bench.write(kBdcr, kRtcen | 2u << 8);
  EXPECT_EQ(hz("rtc_ker"), 32'000u);
  bench.write(kBdcr, kBdrst);
  bench.write(kBdcr, 0);
  set(kCr, kHseon);
  settle();
  bench.write(kBdcr, kRtcen | 3u << 8);
  EXPECT_EQ(hz("rtc_ker"), 250'000u);  // HSE / 32
}

// "The backup domain ... is not reset by a system reset".
TEST_F(Rcc, LseGoesOnOverASystemReset) {
  start_lse();
  set(kBdcr, kRtcen | 1u << 8);
  bench.reset(ResetKind::kSoftware);
  EXPECT_TRUE(has(kBdcr, kLseon | kLserdy | kRtcen));
  EXPECT_EQ(hz("rtc_ker"), 32'768u);
  bench.reset(ResetKind::kPowerOn);
  EXPECT_EQ(bench.read(kBdcr), 0u);
  EXPECT_EQ(hz("rtc_ker"), 0u);
}

TEST_F(Rcc, LseThatStartsIsNotHeldUpByAReset) {
  open_backup_domain();
  set(kBdcr, kLseon);
  bench.run_for(Duration::from_ms(1'500));
  bench.reset(ResetKind::kSoftware);
  bench.run_for(Duration::from_ms(500));
  EXPECT_TRUE(has(kBdcr, kLserdy));
}

// RCC_CSR: flags of resets from inside come with PINRSTF, since these pull NRST low; RMVF clears.
TEST_F(Rcc, TellsWhyTheChipWasReset) {
  EXPECT_EQ(bench.read(kCsr) >> 24, 0x0Cu);  // BOR, PIN
  set(kCsr, 1u << 23);
  EXPECT_EQ(bench.read(kCsr) >> 23, 0u);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kCsr) >> 24, 0x14u);  // SFT, PIN
  bench.fabric.line("iwdg.reset").pulse();
  bench.reset(ResetKind::kWatchdog);
  EXPECT_EQ(bench.read(kCsr) >> 24, 0x34u);  // and IWDG, since nobody removed the others
  set(kCsr, 1u << 23);
  bench.fabric.line("wwdg.reset").pulse();
  bench.reset(ResetKind::kWatchdog);
  EXPECT_EQ(bench.read(kCsr) >> 24, 0x44u);
  set(kCsr, 1u << 23);
  bench.fabric.line("flash.obl_launch").pulse();
  bench.reset(ResetKind::kWatchdog);
  EXPECT_EQ(bench.read(kCsr) >> 24, 0x06u);
  set(kCsr, 1u << 23);
  bench.reset(ResetKind::kPin);
  EXPECT_EQ(bench.read(kCsr) >> 24, 0x04u);
}

TEST_F(Rcc, AResetBringsBackMsiAndThePrescalers) {
  run_at_120_mhz();
  set(kCfgr, 4u << 8);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kCr), 0x63u);
  EXPECT_EQ(sws(), kMsi);
  EXPECT_EQ(hz("pclk1"), 4'000'000u);
}

TEST_F(Rcc, HoldsBlocksInResetByALine) {
  unsigned resets = 0;
  bench.fabric.line("rcc.reset.usart2").connect([&](bool held) { resets += held ? 1 : 0; });
  bench.write(kApb1Rstr1, 1u << 17);
  EXPECT_EQ(resets, 1u);
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
  bench.write(kApb1Rstr1, 0);
  EXPECT_FALSE(bench.fabric.line("rcc.reset.usart2").level());
  bench.write(kApb1Rstr1, 1u << 18);
  EXPECT_TRUE(bench.reported("APB1RSTR1 bit 0x40000: the block is not reset"));
}

TEST_F(Rcc, ClockEnablesReadBack) {
  bench.write(kApb1Enr1, 0xFFFF'FFFF);
  EXPECT_EQ(bench.read(kApb1Enr1), 0xF3FE'CC3Fu);  // CMSIS: the bits that exist
  EXPECT_NE(bench.read(kAhb1Smenr), 0u);           // all clocked in Sleep after reset
}

TEST(RccWithoutHse, ReportsThatHseNeverGetsReady) {
  PeripheralBench bench;
  bench.add("rcc", "st.rcc_l4", kRcc, "", 0x400);
  bench.write(kCr, kMsion | kHseon);
  bench.run_for(Duration::from_ms(100));
  EXPECT_EQ(bench.read(kCr) & kHserdy, 0u);
  EXPECT_TRUE(bench.reported("HSEON"));
}

// LSI runs for IWDG whatever LSION says.
TEST_F(Rcc, TheWatchdogKeepsLsiOn) {
  bench.fabric.line("iwdg.lsi").set(true);
  bench.run_for(Duration::from_us(125));
  EXPECT_EQ(bench.read(kCsr) & 3u, 2u);
  EXPECT_EQ(hz("lsi"), 32'000u);
}

TEST_F(Rcc, HasTheSameFutureAfterRestore) {
  start_lse();
  set(kBdcr, kRtcen | 1u << 8);
  bench.write(kPllCfgr, pll(1, 1, 60, kRen));
  set(kCr, kPllon | kHsion);
  set(kCfgr, kPll);
  bench.run_for(Duration::from_us(2));
  PeripheralBench other;
  other.add("pwr", "st.pwr_l4", kPwr, "", 0x400);
  other.add("rcc", "st.rcc_l4", kRcc, "hse_hz = 8000000", 0x400);
  other.restore(bench.save());
  EXPECT_EQ(other.clocks.signal("rtc_ker").hz(), 32'768u);
  for (PeripheralBench* each : {&bench, &other}) {
    each->run_for(Duration::from_us(12));
    EXPECT_EQ(each->clocks.signal("hclk").hz(), 4'000'000u);
    each->run_for(Duration::from_us(1));
    EXPECT_EQ(each->clocks.signal("hclk").hz(), 120'000'000u);
  }
  EXPECT_TRUE(bench.differences(other).empty());
}

}  // namespace
}  // namespace tinyscope::test
