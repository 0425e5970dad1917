// RCC, PWR and FLASH of the STM32F4 and F7. RM0385 (F74x), RM0390 (F446), RM0090 (F407).
// Frequencies are worked out by hand from their formulas: f(VCO) = f(source) / M * N, P = VCO / (2,
// 4, 6, 8), Q = VCO / Q, R = VCO / R.
#include <gtest/gtest.h>

#include "sim/ports.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kRcc = 0x4002'3800;
constexpr Address kCr = kRcc + 0x00;
constexpr Address kPllcfgr = kRcc + 0x04;
constexpr Address kCfgr = kRcc + 0x08;
constexpr Address kCir = kRcc + 0x0C;
constexpr Address kApb2Rstr = kRcc + 0x24;
constexpr Address kAhb1Enr = kRcc + 0x30;
constexpr Address kBdcr = kRcc + 0x70;
constexpr Address kCsr = kRcc + 0x74;
constexpr Address kPlli2scfgr = kRcc + 0x84;
constexpr Address kPllsaicfgr = kRcc + 0x88;
constexpr Address kDckcfgr1 = kRcc + 0x8C;
constexpr Address kDckcfgr2 = kRcc + 0x90;
constexpr Address kPwrCr = 0x4000'7000;
constexpr Address kPwrCsr = 0x4000'7004;
constexpr Address kFlash = 0x4002'3C00;
constexpr Address kFlashAcr = kFlash + 0x00;
constexpr Address kFlashKeyr = kFlash + 0x04;
constexpr Address kFlashSr = kFlash + 0x0C;
constexpr Address kFlashCr = kFlash + 0x10;

constexpr std::uint32_t kHserdy = 1u << 17;
constexpr std::uint32_t kPllon = 1u << 24;
constexpr std::uint32_t kPllrdy = 1u << 25;
constexpr std::uint32_t kPlli2son = 1u << 26;
constexpr std::uint32_t kPllsaion = 1u << 28;
constexpr std::uint32_t kHseon = 1u << 16;
constexpr std::uint32_t kHsebyp = 1u << 18;
constexpr std::uint32_t kOden = 1u << 16;
constexpr std::uint32_t kOdswen = 1u << 17;
constexpr std::uint32_t kOdrdy = 1u << 16;
constexpr std::uint32_t kOdswrdy = 1u << 17;
constexpr std::uint32_t kVosrdy = 1u << 14;
constexpr std::uint32_t kDbp = 1u << 8;

// PLLCFGR and its like; p is the field, 0 for a division by 2.
constexpr std::uint32_t pll(std::uint32_t m, std::uint32_t n, std::uint32_t p, std::uint32_t q,
                            std::uint32_t r, bool hse = true) {
  return m | n << 6 | p << 16 | (hse ? 1u << 22 : 0) | q << 24 | r << 28;
}
// CFGR: PPRE1 and PPRE2 as divisions by 4 and 2.
constexpr std::uint32_t kApbBy4And2 = 5u << 10 | 4u << 13;

class Clocks : public ::testing::Test {
 protected:
  // `chip` is "f746", "f446" or "f407".
  void make(const std::string& chip, std::uint32_t hse_mhz) {
    bench.add("rcc", "st.rcc_" + chip, kRcc,
              "hse_hz = " + std::to_string(hse_mhz) +
                  "000000\nhse_bypass_start_us = 1\n"
                  "pll_lock_us = 100\nlse_start_ms = 1000",
              0x400);
    bench.add("pwr", "st.pwr_" + chip, kPwrCr,
              chip == "f407" ? "scale_change_us = 40" : "overdrive_us = 45\nscale_change_us = 40",
              0x400);
    bench.add("flash_if", chip == "f746" ? "st.flash_f7" : "st.flash_f4", kFlash,
              "first_sector_kbytes = 16", 0x400);
    bench.reset(ResetKind::kPowerOn);
  }
  std::uint64_t hz(std::string_view name) { return bench.clocks.signal(name).hz(); }
  void start_hse() {
    bench.write(kCr, 0x83 | kHseon | kHsebyp);
    bench.run_for(Duration::from_us(10));
  }
  // As SystemClock_Config of a vendor does it: over-drive between PLL and switch.
  void run_from_pll(std::uint32_t config, std::uint32_t latency, bool overdrive) {
    start_hse();
    bench.write(kPwrCr, 3u << 14);
    bench.write(kPllcfgr, config);
    bench.write(kCr, 0x83 | kHseon | kHsebyp | kPllon);
    bench.run_for(Duration::from_us(200));
    ASSERT_NE(bench.read(kCr) & kPllrdy, 0u);
    if (overdrive) {
      bench.write(kPwrCr, 3u << 14 | kOden);
      bench.run_for(Duration::from_us(50));
      ASSERT_NE(bench.read(kPwrCsr) & kOdrdy, 0u);
      bench.write(kPwrCr, 3u << 14 | kOden | kOdswen);
      bench.run_for(Duration::from_us(50));
      ASSERT_NE(bench.read(kPwrCsr) & kOdswrdy, 0u);
    }
    bench.write(kFlashAcr, latency);
    bench.write(kCfgr, 2 | kApbBy4And2);
    ASSERT_EQ(bench.read(kCfgr) >> 2 & 3, 2u);  // SWS
  }
  PeripheralBench bench;
};

// SVD of the STM32F746 and F446; RM0385, RCC_CR, RCC_CSR.
TEST_F(Clocks, ResetValues) {
  make("f746", 25);
  EXPECT_EQ(bench.read(kCr), 0x83u);
  EXPECT_EQ(bench.read(kPllcfgr), 0x2400'3010u);
  EXPECT_EQ(bench.read(kCsr), 0x0E00'0000u);
  EXPECT_EQ(bench.read(kAhb1Enr), 0x0010'0000u);
  EXPECT_EQ(bench.read(kPwrCr), 0xC000u);
  EXPECT_EQ(bench.read(kFlashCr), 0x8000'0000u);
  EXPECT_EQ(hz("hclk"), 16'000'000u);
}

// 25 MHz / 25 * 432 / 2 = 216 MHz; PCLK1 54, PCLK2 108 MHz, timers twice that.
TEST_F(Clocks, F746RunsAt216MHzWithOverDrive) {
  make("f746", 25);
  run_from_pll(pll(25, 432, 0, 9, 0), 7, true);
  EXPECT_EQ(hz("hclk"), 216'000'000u);
  EXPECT_EQ(hz("pclk1"), 54'000'000u);
  EXPECT_EQ(hz("pclk2"), 108'000'000u);
  EXPECT_EQ(hz("tim_pclk1"), 108'000'000u);
  EXPECT_EQ(hz("tim_pclk2"), 216'000'000u);
  EXPECT_EQ(hz("clk48"), 48'000'000u);
  EXPECT_EQ(hz("usart1_ker"), 108'000'000u);
  EXPECT_EQ(hz("usart2_ker"), 54'000'000u);
  EXPECT_EQ(bench.power_state("pwr"), "overdrive");
  EXPECT_FALSE(bench.reported("manual's limits"));
}

// RM0385, PWR_CR1.VOS: 180 MHz without over-drive. FLASH_ACR.LATENCY: 7 above 210 MHz.
TEST_F(Clocks, TooFastForTheVoltageOrTheWaitStatesIsReported) {
  make("f746", 25);
  run_from_pll(pll(25, 432, 0, 9, 0), 5, false);
  EXPECT_TRUE(bench.reported("exceeds the 180000000 Hz of voltage scale 1"));
  EXPECT_TRUE(bench.reported("LATENCY = 5"));
}

// RM0385, RCC_DCKCFGR1.TIMPRE: HCLK where PCLK is divided by up to 4, else four times PCLK.
TEST_F(Clocks, TimpreDoublesTheTimerClocks) {
  make("f746", 25);
  bench.write(kDckcfgr1, 1u << 24);
  bench.write(kCfgr, 6u << 10 | 5u << 13);  // PCLK1 = HCLK / 8, PCLK2 = HCLK / 4
  EXPECT_EQ(hz("tim_pclk1"), 8'000'000u);
  EXPECT_EQ(hz("tim_pclk2"), 16'000'000u);
}

// DCKCFGR2 and PLLSAI: VCO 25 / 25 * 384 MHz; P = /8, R = /5 behind DIVR = 8. PLLI2S: 344 MHz / 7
// behind DIVQ = 2.
TEST_F(Clocks, F746KernelClocks) {
  make("f746", 25);
  start_hse();
  bench.write(kPllcfgr, pll(25, 432, 0, 9, 0));
  bench.write(kPllsaicfgr, pll(0, 384, 3, 2, 5, false));
  bench.write(kPlli2scfgr, pll(0, 344, 0, 7, 2, false));
  bench.write(kDckcfgr1, 1u | 2u << 16 | 1u << 20);
  bench.write(kCr, 0x83 | kHseon | kHsebyp | kPllsaion | kPlli2son);
  bench.run_for(Duration::from_us(200));
  bench.write(kDckcfgr2, 2u | 1u << 2 | 2u << 16 | 1u << 27);
  EXPECT_EQ(hz("clk48"), 48'000'000u);
  EXPECT_EQ(hz("ltdc_ker"), 9'600'000u);
  EXPECT_EQ(hz("sai1_ker"), 24'571'428u);    // 344 MHz / 7 / 2
  EXPECT_EQ(hz("usart1_ker"), 16'000'000u);  // HSI
  EXPECT_EQ(hz("usart2_ker"), 16'000'000u);  // SYSCLK
  EXPECT_EQ(hz("i2c1_ker"), 16'000'000u);    // HSI
  EXPECT_EQ(hz("i2s_ker"), 172'000'000u);    // PLLI2S R = 344 / 2
}

// RM0390: 8 MHz / 4 * 180 / 2 = 180 MHz; PLLR as the system clock: 360 MHz / 4.
TEST_F(Clocks, F446RunsAt180MHzAndFromPllr) {
  make("f446", 8);
  run_from_pll(pll(4, 180, 0, 8, 4), 5, true);
  EXPECT_EQ(hz("hclk"), 180'000'000u);
  EXPECT_EQ(bench.power_state("pwr"), "overdrive");
  EXPECT_FALSE(bench.reported("manual's limits"));
  bench.write(kCfgr, 3 | kApbBy4And2);
  EXPECT_EQ(hz("hclk"), 90'000'000u);
}

// RM0090: 8 MHz / 8 * 336 / 2 = 168 MHz, Q = 7 for USB. PLLI2S shares M: 1 MHz * 192 / 2. The reset
// value of VOS is scale 1, in force with the PLL.
TEST_F(Clocks, F407RunsAt168MHz) {
  make("f407", 8);
  run_from_pll(pll(8, 336, 0, 7, 0), 5, false);
  EXPECT_EQ(hz("hclk"), 168'000'000u);
  EXPECT_EQ(hz("clk48"), 48'000'000u);
  EXPECT_EQ(bench.power_state("pwr"), "scale1");
  EXPECT_FALSE(bench.reported("manual's limits"));
  bench.write(kPlli2scfgr, pll(0, 192, 0, 0, 2, false));
  bench.write(kCr, bench.read(kCr) | kPlli2son);
  bench.run_for(Duration::from_us(200));
  EXPECT_EQ(hz("i2s_ker"), 96'000'000u);
}

TEST_F(Clocks, ThePllWaitsForItsInputAndItsFactorsAreKeptWhileItRuns) {
  make("f407", 8);
  bench.write(kPllcfgr, pll(8, 336, 0, 7, 0));  // from HSE, which is off
  bench.write(kCr, 0x83 | kPllon);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kCr) & kPllrdy, 0u);
  bench.write(kPllcfgr, pll(8, 100, 0, 7, 0));
  EXPECT_EQ(bench.read(kPllcfgr) & 0x0FFF'FFFF, pll(8, 336, 0, 7, 0));
}

// RM0385, RCC_CR: what the system clock comes from cannot be switched off.
TEST_F(Clocks, TheClockInUseCannotBeSwitchedOff) {
  make("f746", 25);
  run_from_pll(pll(25, 432, 0, 9, 0), 7, true);
  bench.write(kCr, 0x83);
  EXPECT_EQ(bench.read(kCr) & (kPllon | kPllrdy | kHserdy), kPllon | kPllrdy | kHserdy);
}

// RM0385, RCC_CIR: enables 8 bits above the flags, clears 16 above.
TEST_F(Clocks, ReadyInterruptIsRaisedAndCleared) {
  make("f746", 25);
  bench.write(kCir, 1u << 11);  // HSERDYIE
  start_hse();
  EXPECT_TRUE(bench.wire("rcc.irq").level());
  EXPECT_EQ(bench.read(kCir), 1u << 11 | 1u << 3);
  bench.write(kCir, 1u << 11 | 1u << 19);
  EXPECT_FALSE(bench.wire("rcc.irq").level());
}

TEST_F(Clocks, BdcrNeedsDbpAndOutlastsAReset) {
  make("f446", 8);
  bench.write(kBdcr, 1);
  EXPECT_EQ(bench.read(kBdcr), 0u);
  bench.write(kPwrCr, 0xC000 | kDbp);
  bench.write(kBdcr, 1u << 15 | 1u << 8 | 1);  // RTC from LSE
  bench.run_for(Duration::from_ms(1100));
  EXPECT_EQ(hz("rtc_ker"), 32'768u);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(hz("rtc_ker"), 32'768u);
  EXPECT_EQ(bench.read(kCsr), 0x1E00'0000u);  // SFTRSTF beside the flags of power-on
  bench.write(kCsr, 1u << 24);
  EXPECT_EQ(bench.read(kCsr), 0u);
}

TEST_F(Clocks, ApbResetReachesTheBlock) {
  make("f407", 8);
  bench.add("usart1", "st.usart_v1", 0x4001'1000, "clock = \"pclk2\"", 0x400);
  bench.write(0x4001'100C, 0x2000);
  bench.write(kApb2Rstr, 1u << 4);
  bench.write(kApb2Rstr, 0);
  EXPECT_EQ(bench.read(0x4001'100C), 0u);
}

// RM0385, PWR_CR1.VOS: the scale holds while the PLL is on, and can be changed while it is off.
TEST_F(Clocks, VoltageScaleFollowsThePll) {
  make("f746", 25);
  EXPECT_EQ(bench.power_state("pwr"), "scale3");
  bench.write(kPwrCr, 2u << 14);
  bench.write(kPllcfgr, pll(16, 192, 0, 4, 0, false));
  bench.write(kCr, 0x83 | kPllon);
  EXPECT_EQ(bench.power_state("pwr"), "scale2");
  EXPECT_EQ(bench.read(kPwrCsr) & kVosrdy, 0u);
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(bench.read(kPwrCsr) & kVosrdy, kVosrdy);
  bench.write(kPwrCr, 3u << 14);
  EXPECT_EQ(bench.read(kPwrCr), 2u << 14);
}

// RM0385, FLASH_ACR: what the memory system is told.
TEST_F(Clocks, FlashAccessControlReachesTheMemorySystem) {
  make("f407", 8);
  const auto& port = *dynamic_cast<FlashReadPort*>(bench.peripheral("flash_if").port("read"));
  bench.write(kFlashAcr, 5 | 1u << 8 | 1u << 9 | 1u << 10);
  EXPECT_EQ(
      port.settings(),
      (FlashReadPort::Settings{
          .wait_states = 5, .prefetch = true, .instruction_cache = true, .data_cache = true}));
}

class FlashOnBench : public Clocks {
 protected:
  // The flash of the bench: 16 KiB at 0, here four sectors of 1 KiB, one of 4 and one of 8.
  FlashOnBench() {
    bench.add("flash_if", "st.flash_f4", kFlash,
              "first_sector_kbytes = 1\nprogram_us = 16\nerase_small_ms = 250\n"
              "erase_medium_ms = 550\nerase_large_ms = 1000",
              0x400);
    policy = dynamic_cast<FlashWritePolicy*>(&bench.peripheral("flash_if"));
    bench.bus.memory_at(0).memory->set_write_policy(policy);
  }
  void unlock() {
    bench.write(kFlashKeyr, 0x4567'0123);
    bench.write(kFlashKeyr, 0xCDEF'89AB);
  }
  std::uint32_t store(Address offset, std::uint32_t value, AccessSize size = AccessSize::kWord) {
    const std::uint32_t old = bench.read(offset, size);
    return policy->cpu_write(offset, size, old, value).stored;
  }
  FlashWritePolicy* policy = nullptr;
};

// RM0090, "Programming": PG and PSIZE, then a store of that size; bits go from 1 to 0 only.
TEST_F(FlashOnBench, ProgramsWordsAndClearsBitsOnly) {
  unlock();
  bench.write(kFlashCr, 2u << 8 | 1);  // PSIZE = 32 bits, PG
  EXPECT_EQ(store(0x100, 0x1234'5678), 0x1234'5678u);
  EXPECT_NE(bench.read(kFlashSr) & 1u << 16, 0u);  // BSY
  bench.run_for(Duration::from_us(17));
  EXPECT_EQ(bench.read(kFlashSr), 0u);
  EXPECT_EQ(store(0x100, 0xFFFF'00FF), 0x1234'0078u);
}

TEST_F(FlashOnBench, RefusesStoresThatAreNotProgramming) {
  EXPECT_EQ(store(0x100, 0), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.read(kFlashSr), 1u << 7);  // PGSERR
  bench.write(kFlashSr, 1u << 7);
  unlock();
  bench.write(kFlashCr, 2u << 8 | 1);
  EXPECT_EQ(store(0x100, 0, AccessSize::kHalf), 0xFFFFu);
  EXPECT_EQ(bench.read(kFlashSr), 1u << 6);  // PGPERR
}

TEST_F(FlashOnBench, ErasesTheSectorOfSnbInItsTime) {
  unlock();
  bench.write(kFlashCr, 2u << 8 | 1);
  for (const Address at : {0x0FFCu, 0x1000u, 0x1FFCu, 0x2000u}) store(at, 0);
  bench.run_for(Duration::from_ms(1));
  bench.write(kFlashCr, 4u << 3 | 1u << 1);             // SER, SNB = 4: 0x1000 to 0x1FFF
  bench.write(kFlashCr, 4u << 3 | 1u << 1 | 1u << 16);  // STRT
  EXPECT_TRUE(policy->busy_at(0));
  bench.run_for(Duration::from_ms(549));
  EXPECT_TRUE(policy->busy_at(0));
  bench.run_for(Duration::from_ms(2));
  EXPECT_FALSE(policy->busy_at(0));
  EXPECT_EQ(bench.read(0x0FFC), 0u);
  EXPECT_EQ(bench.read(0x1000), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.read(0x1FFC), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.read(0x2000), 0u);
}

// RM0090, FLASH_KEYR: a wrong key locks until the next reset.
TEST_F(FlashOnBench, AWrongKeyLocksUntilReset) {
  bench.write(kFlashKeyr, 1);
  unlock();
  EXPECT_EQ(bench.read(kFlashCr), 1u << 31);
  bench.reset(ResetKind::kSoftware);
  unlock();
  EXPECT_EQ(bench.read(kFlashCr), 0u);
}

}  // namespace
}  // namespace tinyscope::test
