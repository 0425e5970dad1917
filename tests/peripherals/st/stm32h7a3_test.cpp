// All blocks of the STM32H7A3 together, made from the chip's description.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/description/soc.hpp"
#include "sim/ports.hpp"
#include "tests/support/chip_bench.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope::test {
namespace {

const SocDescription& description() {
  static const SocDescription kSoc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/stm32h7a3.toml");
  return kSoc;
}

struct Chip : ChipBench {
  Chip() : ChipBench(description()) {}
};

// As in the machine: with the wires between its blocks.
struct WiredChip : Chip {
  WiredChip() {
    for (const PeripheralDescription& entry : description().peripherals) bench.connect(entry);
  }
};

// Leaves clocks, watchdogs, the calendar and a flash erase under way.
void keep_busy(PeripheralBench& bench) {
  const std::pair<Address, std::uint32_t> writes[] = {
      {0x5802'480C, 1u << 2},                              // PWR_CR3: SMPS
      {0x5802'4800, 1u << 8},                              // PWR_CR1: DBP
      {0x5802'4818, 3u << 14},                             // PWR_SRDCR: VOS0
      {0x5200'2000, 0x36},                                 // FLASH_ACR: 6 wait states
      {0x5802'4428, 1u << 4 | 32u << 12 | 32u << 20 | 1},  // PLLCKSELR: CSI
      {0x5802'442C, 0x01FF'0000 | 2u << 2},                // PLLCFGR: 4 to 8 MHz
      {0x5802'4430, 69u | 1u << 16},                       // PLL1DIVR: 4 MHz * 70
      {0x5802'4474, 1},                                    // LSI
      {0x5802'4470, 1u << 15 | 2u << 8},                   // BDCR: RTC from LSI
      {0x5802'4460, 0x1FF},                                // CIER
      {0x5802'4400, 1u << 24 | 1u << 7 | 1},               // PLL1, CSI
      {0x5802'4410, 3},                                    // SW: PLL1, once it is ready
      {0x5800'4800, 0xCCCC},                               // IWDG
      {0x5000'3004, 1u << 9 | 3u << 7 | 0x7F},             // WWDG
      {0x5000'3000, 0xFF},
      {0x5800'4024, 0xCA},
      {0x5800'4024, 0x53},  // RTC: keys, wake-up timer
      {0x5800'4014, 100},
      {0x5800'4018, 1u << 10 | 1u << 14},
      {0x5200'2104, 0x4567'0123},
      {0x5200'2104, 0xCDEF'89AB},
      {0x5200'210C, 1u << 2 | 1u << 5 | 1u << 16},  // erases sector 0 of bank 2
      {0x4000'0000, 1},                             // TIM2
  };
  for (const auto& [address, value] : writes) ASSERT_TRUE(bench.write(address, value)) << address;
}

TEST(Stm32h7a3, EveryInterruptOfTheDescriptionIsAWireOfItsModel) {
  expect_interrupt_wires(description());
}

TEST(Stm32h7a3, EveryClockThatABlockFollowsIsDriven) { expect_driven_clocks(description()); }

// CMSIS, IRQn_Type of stm32h7a3xxq.h.
TEST(Stm32h7a3, InterruptNumbersAreThoseOfTheVendor) {
  expect_interrupt_numbers(description(), {{"wwdg.irq", 0},
                                           {"flash_if.irq", 4},
                                           {"rcc.irq", 5},
                                           {"usart1.irq", 37},
                                           {"usart3.irq", 39},
                                           {"uart4.irq", 52},
                                           {"lpuart1.irq", 142},
                                           {"tim2.irq", 28},
                                           {"tim5.irq", 50},
                                           {"tim6.irq", 54},
                                           {"tim17.irq", 118},
                                           {"lptim1.irq", 93},
                                           {"exti.irq15_10", 40},
                                           {"hsem.irq", 125},
                                           {"bdma2.ch8", 136},
                                           {"dmamux2.irq", 128}});
}

TEST(Stm32h7a3, EveryBlockHasTheSameFutureAfterRestore) {
  expect_same_future_after_restore(description(), keep_busy, "cpuclk", 280'000'000);
}

TEST(Stm32h7a3, RandomRegisterTrafficIsHarmless) { expect_harmless_traffic(description(), 20'000); }

TEST(Stm32h7a3, AResetBringsBackTheClocksAndStopsTheWatchdogs) {
  Chip chip;
  keep_busy(chip.bench);
  chip.bench.run_for(Duration::from_ms(1));
  chip.bench.reset(ResetKind::kPowerOn);
  EXPECT_EQ(chip.bench.clocks.signal("cpuclk").hz(), 64'000'000u);
  const Chip fresh;
  EXPECT_EQ(chip.bench.scheduler.next(), fresh.bench.scheduler.next());
}

// CMSIS stm32h7a3xxq.h, RTC_TypeDef and TAMP_TypeDef: flags of version 3 are in SR and go by SCR.
TEST(Stm32h7a3, RtcRaisesItsWakeUpInSrAndKeepsBackupRegistersInTamp) {
  Chip chip;
  keep_busy(chip.bench);
  chip.bench.run_for(Duration::from_ms(60));  // WUT = 100 at 32 kHz / 16: 50 ms
  constexpr std::uint32_t kWutf = 1u << 2;
  EXPECT_EQ(chip.bench.read(0x5800'4050), kWutf);
  EXPECT_EQ(chip.bench.read(0x5800'4054), kWutf);
  chip.bench.write(0x5800'405C, kWutf);
  EXPECT_EQ(chip.bench.read(0x5800'4050), 0u);
  chip.bench.write(0x5800'4500, 0x1234);
  chip.bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(chip.bench.read(0x5800'4500), 0x1234u);
}

// EXTI: masks stand apart from edges; a pin reaches its line by way of SYSCFG_EXTICR.
TEST(Stm32h7a3, AnEdgeAtAPinInterruptsByWayOfExti) {
  Chip chip;
  PeripheralBench& bench = chip.bench;
  bench.write(0x5802'0800, 0xF3FF'FFFF);  // GPIOC_MODER: PC13 is an input
  bench.write(0x5800'0414, 2u << 4);      // SYSCFG_EXTICR4: line 13 from port C
  bench.write(0x5800'0000, 1u << 13);     // RTSR1
  bench.write(0x5800'0080, 1u << 13);     // IMR1
  bench.wire("gpioc.in13").set(true);
  EXPECT_TRUE(bench.wire("exti.irq15_10").level());
  EXPECT_EQ(bench.read(0x5800'0088), 1u << 13);
  bench.write(0x5800'0088, 1u << 13);  // PR1
  EXPECT_FALSE(bench.wire("exti.irq15_10").level());
}

// RM0455, "HSEM": a read of RLR locks for the core, its own write without LOCK frees.
TEST(Stm32h7a3, SemaphoresBelongToWhoTookThem) {
  Chip chip;
  constexpr Address kR2 = 0x4802'0808;
  constexpr Address kRlr2 = 0x4802'0888;
  constexpr std::uint32_t kMine = 1u << 31 | 1u << 8;  // CMSIS, HSEM_CPU1_COREID
  chip.bench.write(0x4802'0900, 1u << 2);              // C1IER
  EXPECT_EQ(chip.bench.read(kRlr2), kMine);
  chip.bench.write(kR2, 1u << 8 | 5);  // another process
  EXPECT_EQ(chip.bench.read(kR2), kMine);
  chip.bench.write(kR2, 1u << 8);
  EXPECT_EQ(chip.bench.read(kR2), 0u);
  EXPECT_TRUE(chip.bench.wire("hsem.irq").level());
}

// DMAMUX1 channel 0 is stream 0 of DMA1; DMA_REQUEST_USART3_TX of the HAL is 46.
TEST(Stm32h7a3, UsartSendsByAStreamBehindDmamux1) {
  WiredChip chip;
  PeripheralBench& bench = chip.bench;
  const std::string text = "hello";
  bench.fill(PeripheralBench::kRam, std::vector<std::uint8_t>(text.begin(), text.end()));
  std::string sent;
  auto& port = *dynamic_cast<UartPort*>(bench.peripheral("usart3").port("uart"));
  port.on_transmit([&](std::uint8_t byte, TimePoint) { sent += static_cast<char>(byte); });
  bench.write(0x4000'480C, 64);       // BRR: 1 Mbaud at 64 MHz
  bench.write(0x4000'4808, 1u << 7);  // CR3: DMAT
  bench.write(0x4000'4800, 1u << 3 | 1u);
  bench.write(0x4002'0800, 46);
  bench.write(0x4002'0014, 5);            // S0NDTR
  bench.write(0x4002'0018, 0x4000'4828);  // S0PAR: TDR
  bench.write(0x4002'001C, PeripheralBench::kRam);
  bench.write(0x4002'0010, 1u << 10 | 1u << 6 | 1u << 4 | 1u);  // S0CR: MINC, to periph., TCIE
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(sent, text);
  EXPECT_EQ(bench.read(0x4002'0000) & 1u << 5, 1u << 5);  // LISR.TCIF0
  EXPECT_TRUE(bench.wire("dma1.s0").level());
}

// The LPUART is in the SRD domain: BDMA2 behind DMAMUX2, BDMA_REQUEST_LPUART1_TX = 10.
TEST(Stm32h7a3, LpuartSendsByBdma2) {
  WiredChip chip;
  PeripheralBench& bench = chip.bench;
  bench.fill(PeripheralBench::kRam, std::vector<std::uint8_t>{'o', 'k'});
  std::string sent;
  auto& port = *dynamic_cast<UartPort*>(bench.peripheral("lpuart1").port("uart"));
  port.on_transmit([&](std::uint8_t byte, TimePoint) { sent += static_cast<char>(byte); });
  bench.write(0x5800'0C0C, 64 * 256);  // BRR: 1 Mbaud
  bench.write(0x5800'0C08, 1u << 7);
  bench.write(0x5800'0C00, 1u << 3 | 1u);
  bench.write(0x5802'5800, 10);
  bench.write(0x5802'540C, 2);            // CNDTR0
  bench.write(0x5802'5410, 0x5800'0C28);  // CPAR0: TDR
  bench.write(0x5802'5414, PeripheralBench::kRam);
  bench.write(0x5802'5408, 1u << 7 | 1u << 4 | 1u << 1 | 1u);  // CCR0: MINC, DIR, TCIE
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(sent, "ok");
  EXPECT_TRUE(bench.wire("bdma2.ch1").level());
}

// CMSIS: UID_BASE, FLASHSIZE_BASE; DEV_ID 0x480: HAL_GetDEVID() of the STM32H7A3.
TEST(Stm32h7a3, TellsWhatItIs) {
  Chip chip;
  EXPECT_EQ(chip.bench.read(0x08FF'F80C) & 0xFFFFu, 2048u);
  EXPECT_EQ(chip.bench.read(0x5C00'1000) & 0xFFFu, 0x480u);
}

}  // namespace
}  // namespace tinyscope::test
