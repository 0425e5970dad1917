// All blocks of the STM32L4R5 together, made from the chip's description.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/description/soc.hpp"
#include "tests/support/chip_bench.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope::test {
namespace {

using ::testing::IsEmpty;

const SocDescription& description() {
  static const SocDescription kSoc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/stm32l4r5.toml");
  return kSoc;
}

struct Chip : ChipBench {
  Chip() : ChipBench(description()) {}
};

// Leaves clocks, watchdogs, the calendar and a flash erase under way.
void keep_busy(PeripheralBench& bench) {
  const std::pair<Address, std::uint32_t> writes[] = {
      {0x4000'7080, 0},                         // PWR_CR5: boost
      {0x4000'7000, 0x300},                     // PWR_CR1: DBP
      {0x4002'2000, 0x705},                     // FLASH_ACR: 5 wait states
      {0x4002'100C, 1u << 24 | 60u << 8 | 1},   // PLLCFGR: MSI * 60 / 2
      {0x4002'1090, 1u << 15 | 2u << 8},        // BDCR: RTC from LSI
      {0x4002'1094, 1},                         // LSI
      {0x4002'1018, 0x7FF},                     // CIER
      {0x4002'1000, 1u << 24 | 1u << 8 | 1},    // PLL, HSI16
      {0x4002'1008, 3},                         // SW: PLL, once it is ready
      {0x4000'3000, 0xCCCC},                    // IWDG
      {0x4000'2C04, 1u << 9 | 3u << 7 | 0x7F},  // WWDG
      {0x4000'2C00, 0xFF},
      {0x4000'2824, 0xCA},
      {0x4000'2824, 0x53},  // RTC: keys, wake-up timer
      {0x4000'2814, 100},
      {0x4000'2808, 1u << 10 | 1u << 14},
      {0x4002'2008, 0x4567'0123},
      {0x4002'2008, 0xCDEF'89AB},
      {0x4002'2014, 1u << 1},
      {0x4002'2014, 1u << 1 | 1u << 16 | 1u << 24},  // erases page 0
  };
  for (const auto& [address, value] : writes) ASSERT_TRUE(bench.write(address, value)) << address;
}

TEST(Stm32l4r5, EveryInterruptOfTheDescriptionIsAWireOfItsModel) {
  expect_interrupt_wires(description());
}

TEST(Stm32l4r5, EveryClockThatABlockFollowsIsDriven) { expect_driven_clocks(description()); }

// CMSIS, IRQn_Type of stm32l4r5xx.h.
TEST(Stm32l4r5, InterruptNumbersAreThoseOfTheVendor) {
  expect_interrupt_numbers(description(), {{"wwdg.irq", 0},
                                           {"flash_if.irq", 4},
                                           {"rcc.irq", 5},
                                           {"usart1.irq", 37},
                                           {"usart2.irq", 38},
                                           {"usart3.irq", 39},
                                           {"uart4.irq", 52},
                                           {"uart5.irq", 53},
                                           {"lpuart1.irq", 70},
                                           {"tim2.irq", 28},
                                           {"tim5.irq", 50},
                                           {"tim6.irq", 54}});
}

TEST(Stm32l4r5, TwoChipsThatDoTheSameAreInTheSameState) {
  Chip one;
  Chip two;
  keep_busy(one.bench);
  keep_busy(two.bench);
  one.bench.run_for(Duration::from_ms(30));
  two.bench.run_for(Duration::from_ms(30));
  EXPECT_THAT(one.bench.differences(two.bench), IsEmpty());
}

TEST(Stm32l4r5, EveryBlockHasTheSameFutureAfterRestore) {
  expect_same_future_after_restore(description(), keep_busy, "hclk", 120'000'000);
}

TEST(Stm32l4r5, AResetBringsBackTheClocksAndStopsTheWatchdogs) {
  Chip chip;
  keep_busy(chip.bench);
  chip.bench.run_for(Duration::from_ms(1));
  chip.bench.reset(ResetKind::kPowerOn);
  EXPECT_EQ(chip.bench.clocks.signal("hclk").hz(), 4'000'000u);
  const auto notes = chip.bench.notes.unmodelled_accesses().size();
  chip.bench.run_for(Duration::from_ms(60'000));
  EXPECT_EQ(chip.bench.notes.unmodelled_accesses().size(), notes);
  Chip fresh;
  EXPECT_EQ(chip.bench.scheduler.next(), fresh.bench.scheduler.next());
}

TEST(Stm32l4r5, RandomRegisterTrafficIsHarmless) { expect_harmless_traffic(description(), 60'000); }

}  // namespace
}  // namespace tinyscope::test
