// IWDG and WWDG of the STM32L4+. RM0432, chapters "Independent watchdog (IWDG)" and "System window
// watchdog (WWDG)".
#include <gtest/gtest.h>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kIwdg = 0x4000'3000;
constexpr Address kKr = kIwdg + 0x00;
constexpr Address kPr = kIwdg + 0x04;
constexpr Address kRlr = kIwdg + 0x08;
constexpr Address kIwdgSr = kIwdg + 0x0C;
constexpr Address kWinr = kIwdg + 0x10;
constexpr Address kWwdg = 0x4000'2C00;
constexpr Address kCr = kWwdg + 0x00;
constexpr Address kCfr = kWwdg + 0x04;
constexpr Address kWwdgSr = kWwdg + 0x08;
constexpr std::uint32_t kStart = 0xCCCC;
constexpr std::uint32_t kAccess = 0x5555;
constexpr std::uint32_t kReload = 0xAAAA;

class StIwdg : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& iwdg = bench.add("iwdg", "st.iwdg", kIwdg, "", 0x400);
  EdgeCounter resets{bench, iwdg.wire("reset")};

  StIwdg() {
    // LSI as RCC runs it, at once.
    bench.fabric.line("iwdg.lsi").connect([this](bool on) {
      bench.clocks.signal("lsi").set(on ? 32'000 : 0);
    });
  }
  // As HAL_IWDG_Init: start, open, write, wait for SR.
  void start(std::uint32_t pr, std::uint32_t rl) {
    bench.write(kKr, kStart);
    bench.write(kKr, kAccess);
    bench.write(kPr, pr);
    bench.write(kRlr, rl);
    while (bench.read(kIwdgSr) != 0) bench.run_for(Duration::from_us(1));
    bench.write(kKr, kReload);
  }
};

// Reset values: 4096 steps of 4 cycles of 32 kHz.
TEST_F(StIwdg, BitesAfter512MillisecondsByDefault) {
  bench.run_for(Duration::from_ms(10'000));
  EXPECT_EQ(resets.rises, 0u);
  bench.write(kKr, kStart);
  EXPECT_TRUE(bench.fabric.line("iwdg.lsi").level());
  bench.run_for(Duration::from_ms(511));
  EXPECT_EQ(resets.rises, 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(resets.rises, 1u);
}

// Timeout = (RL + 1) * 4 * 2^PR / 32 kHz.
TEST_F(StIwdg, FollowsPrescalerAndReload) {
  start(3, 999);  // 1000 steps of 32 cycles: 1 s
  bench.run_for(Duration::from_ms(999));
  EXPECT_EQ(resets.rises, 0u);
  bench.write(kKr, kReload);
  bench.run_for(Duration::from_ms(999));
  EXPECT_EQ(resets.rises, 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StIwdg, SettingsAreProtectedAndTakeTime) {
  bench.write(kKr, kStart);
  bench.write(kPr, 6);
  EXPECT_EQ(bench.read(kPr), 0u);
  bench.write(kKr, kAccess);
  bench.write(kPr, 6);
  EXPECT_EQ(bench.read(kPr), 6u);
  EXPECT_EQ(bench.read(kIwdgSr), 1u);  // PVU
  bench.write(kPr, 2);                 // one at a time
  EXPECT_EQ(bench.read(kPr), 6u);
  bench.run_for(Duration::from_us(160));  // 5 cycles: RM0432, IWDG_SR
  EXPECT_EQ(bench.read(kIwdgSr), 0u);
  bench.write(kKr, kReload);  // closes
  bench.write(kPr, 2);
  EXPECT_EQ(bench.read(kPr), 6u);
}

// "If the counter is reloaded while its value is greater than the window, a reset occurs."
TEST_F(StIwdg, BitesWhenReloadedBeforeItsWindow) {
  start(3, 999);
  bench.write(kKr, kAccess);
  bench.write(kWinr, 500);
  while (bench.read(kIwdgSr) != 0) bench.run_for(Duration::from_us(1));
  bench.run_for(Duration::from_ms(600));
  bench.write(kKr, kReload);
  EXPECT_EQ(resets.rises, 0u);
  bench.run_for(Duration::from_ms(400));
  bench.write(kKr, kReload);
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StIwdg, StopsWithTheReset) {
  unsigned told = 0;
  bench.fabric.line("iwdg.reset").connect([&](bool level) { told += level ? 1 : 0; });
  bench.write(kKr, kStart);
  bench.run_for(Duration::from_ms(512));
  EXPECT_EQ(told, 1u);
  bench.reset(ResetKind::kWatchdog);
  EXPECT_FALSE(bench.fabric.line("iwdg.lsi").level());
  bench.run_for(Duration::from_ms(5'000));
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StIwdg, HasTheSameFutureAfterRestore) {
  start(3, 999);
  bench.write(kKr, kAccess);
  bench.write(kWinr, 900);
  bench.run_for(Duration::from_us(100));
  PeripheralBench other;
  Peripheral& restored = other.add("iwdg", "st.iwdg", kIwdg, "", 0x400);
  other.clocks.signal("lsi").set(32'000);
  other.restore(bench.save());
  EdgeCounter others(other, restored.wire("reset"));
  bench.run_for(Duration::from_ms(1'100));
  other.run_for(Duration::from_ms(1'100));
  EXPECT_EQ(others.rises, 1u);
  EXPECT_EQ(others.last, resets.last);
  EXPECT_TRUE(bench.differences(other).empty());
}

class StWwdg : public ::testing::Test {
 protected:
  PeripheralBench bench;
  ClockSignal& pclk = bench.clocks.signal("pclk1");
  Peripheral& wwdg = bench.add("wwdg", "st.wwdg", kWwdg, "", 0x400);
  EdgeCounter resets{bench, wwdg.wire("reset")};
  EdgeCounter interrupts{bench, wwdg.wire("irq")};

  StWwdg() { pclk.set(4'096'000); }  // one step each millisecond with WDGTB = 0
};

// t = 4096 * 2^WDGTB * (T[5:0] + 1) / PCLK1.
TEST_F(StWwdg, BitesWhenT6Falls) {
  bench.write(kCr, 0x80 | 0x7F);
  bench.run_for(Duration::from_ms(10));
  EXPECT_EQ(bench.read(kCr), 0x80u | 0x75u);
  bench.run_for({Duration::from_ms(54).ps - 1});
  EXPECT_EQ(resets.rises, 0u);
  bench.run_for({1});
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StWwdg, ThePrescalerStretchesTheSteps) {
  bench.write(kCfr, 3u << 7 | 0x7F);
  bench.write(kCr, 0x80 | 0x41);  // two steps of 8 ms
  bench.run_for(Duration::from_ms(15));
  EXPECT_EQ(resets.rises, 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StWwdg, WarnsAt0x40) {
  bench.write(kCfr, 1u << 9 | 0x7F);
  bench.write(kCr, 0x80 | 0x42);
  bench.run_for(Duration::from_ms(2));
  EXPECT_EQ(interrupts.rises, 1u);
  EXPECT_EQ(bench.read(kWwdgSr), 1u);
  bench.write(kCr, 0x80 | 0x45);
  bench.write(kWwdgSr, 0);
  EXPECT_FALSE(wwdg.wire("irq")->level());
  bench.run_for(Duration::from_ms(4));
  EXPECT_EQ(resets.rises, 0u);
  bench.write(kCfr, 0x7F);  // EWI is cleared by a reset only
  EXPECT_EQ(bench.read(kCfr) & 1u << 9, 1u << 9);
}

TEST_F(StWwdg, BitesWhenRefreshedBeforeItsWindow) {
  bench.write(kCfr, 0x50);
  bench.write(kCr, 0x80 | 0x7F);
  bench.run_for(Duration::from_ms(0x7F - 0x50));
  bench.write(kCr, 0x80 | 0x7F);
  EXPECT_EQ(resets.rises, 0u);
  bench.run_for(Duration::from_ms(0x7F - 0x51));
  bench.write(kCr, 0x80 | 0x7F);
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StWwdg, BitesWhenT6IsWrittenAs0) {
  bench.write(kCr, 0x80 | 0x3F);
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StWwdg, CannotBeSwitchedOff) {
  bench.write(kCr, 0x80 | 0x42);
  bench.write(kCr, 0x42);
  EXPECT_EQ(bench.read(kCr), 0x80u | 0x42u);
  bench.run_for(Duration::from_ms(3));
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StWwdg, FollowsPclk1) {
  bench.write(kCr, 0x80 | 0x43);  // four steps
  bench.run_for(Duration::from_ms(2));
  pclk.set(2'048'000);
  bench.run_for(Duration::from_ms(3));
  EXPECT_EQ(resets.rises, 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(resets.rises, 1u);
}

TEST_F(StWwdg, HasTheSameFutureAfterRestore) {
  bench.write(kCfr, 1u << 9 | 0x7F);
  bench.write(kCr, 0x80 | 0x45);
  bench.run_for(Duration::from_us(3'300));
  PeripheralBench other;
  Peripheral& restored = other.add("wwdg", "st.wwdg", kWwdg, "", 0x400);
  other.clocks.signal("pclk1").set(4'096'000);
  other.restore(bench.save());
  EdgeCounter others(other, restored.wire("reset"));
  bench.run_for(Duration::from_ms(10));
  other.run_for(Duration::from_ms(10));
  EXPECT_EQ(others.rises, 1u);
  EXPECT_EQ(others.last, resets.last);
  EXPECT_TRUE(bench.differences(other).empty());
}

}  // namespace
}  // namespace tinyscope::test
