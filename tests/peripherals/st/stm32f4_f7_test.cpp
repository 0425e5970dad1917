// All blocks of the STM32F407, F446 and F746 together, made from the chips' descriptions; and the
// blocks that differ from those of other STM32 in their registers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/description/soc.hpp"
#include "sim/ports.hpp"
#include "tests/support/chip_bench.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::ElementsAre;

const SocDescription& description(const std::string& name) {
  static std::map<std::string, SocDescription> socs;
  if (!socs.contains(name)) {
    socs.emplace(name, load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/" + name + ".toml"));
  }
  return socs.at(name);
}

// Leaves clocks, a watchdog, the calendar, DMA and a flash erase under way.
void keep_busy(PeripheralBench& bench) {
  const std::pair<Address, std::uint32_t> writes[] = {
      {0x4000'7000, 0xC100},                      // PWR_CR: DBP
      {0x4002'3C00, 7},                           // FLASH_ACR
      {0x4002'3804, 16u | 192u << 6 | 4u << 24},  // PLLCFGR: HSI / 16 * 192 / 2
      {0x4002'3870, 1u << 15 | 2u << 8},          // BDCR: RTC from LSI
      {0x4002'3874, 1},                           // LSI
      {0x4002'380C, 0x7F00},                      // CIR
      {0x4002'3800, 1u << 24 | 1u << 26 | 0x81},  // PLL, PLLI2S
      {0x4002'3808, 2},                           // SW: PLL, once it is ready
      {0x4000'3000, 0xCCCC},                      // IWDG
      {0x4000'2824, 0xCA},
      {0x4000'2824, 0x53},  // RTC: keys, wake-up timer
      {0x4000'2814, 100},
      {0x4000'2808, 1u << 10 | 1u << 14},
      {0x4002'3C04, 0x4567'0123},
      {0x4002'3C04, 0xCDEF'89AB},
      {0x4002'3C10, 1u << 1},
      {0x4002'3C10, 1u << 1 | 1u << 16 | 1u << 24},  // erases sector 0
      {0x4002'6414, 60'000},
      {0x4002'6418, 0x2000'0000},
      {0x4002'641C, 0x2000'8000},
      {0x4002'6424, 4},
      {0x4002'6410, 1u | 2u << 6 | 2u << 11 | 2u << 13},  // DMA2 stream 0
  };
  for (const auto& [address, value] : writes) ASSERT_TRUE(bench.write(address, value)) << address;
}

class Stm32f : public ::testing::TestWithParam<const char*> {};

TEST_P(Stm32f, EveryInterruptOfTheDescriptionIsAWireOfItsModel) {
  expect_interrupt_wires(description(GetParam()));
}

TEST_P(Stm32f, EveryClockThatABlockFollowsIsDriven) {
  expect_driven_clocks(description(GetParam()));
}

// CMSIS, IRQn_Type: the three chips agree.
TEST_P(Stm32f, InterruptNumbersAreThoseOfTheVendor) {
  expect_interrupt_numbers(description(GetParam()), {{"wwdg.irq", 0},
                                                     {"flash_if.irq", 4},
                                                     {"rcc.irq", 5},
                                                     {"exti.irq15_10", 40},
                                                     {"exti.irq_wkup", 3},
                                                     {"dma1.s0", 11},
                                                     {"dma1.s7", 47},
                                                     {"dma2.s4", 60},
                                                     {"dma2.s5", 68},
                                                     {"dma2.s7", 70},
                                                     {"usart1.irq", 37},
                                                     {"usart2.irq", 38},
                                                     {"usart6.irq", 71},
                                                     {"uart5.irq", 53},
                                                     {"tim1.cc", 27},
                                                     {"tim2.irq", 28},
                                                     {"tim5.irq", 50},
                                                     {"tim6.irq", 54},
                                                     {"tim14.irq", 45}});
}

// HSI / 16 * 192 / 2 = 96 MHz.
TEST_P(Stm32f, EveryBlockHasTheSameFutureAfterRestore) {
  expect_same_future_after_restore(description(GetParam()), keep_busy, "hclk", 96'000'000);
}

TEST_P(Stm32f, RandomRegisterTrafficIsHarmless) {
  expect_harmless_traffic(description(GetParam()), 20'000);
}

INSTANTIATE_TEST_SUITE_P(Chips, Stm32f, ::testing::Values("stm32f407", "stm32f446", "stm32f746"),
                         [](const auto& chip) { return std::string(chip.param); });

// RM0090, USART register map. 16 MHz and BRR = 16: a bit is a microsecond, a frame of ten 10 us.
class UsartV1 : public ::testing::Test {
 protected:
  static constexpr Address kSr = 0x4001'1000;
  static constexpr Address kDr = kSr + 0x04;
  static constexpr Address kBrr = kSr + 0x08;
  static constexpr Address kCr1 = kSr + 0x0C;
  static constexpr Address kCr3 = kSr + 0x14;
  static constexpr std::uint32_t kUeTeRe = 1u << 13 | 3u << 2;
  static constexpr std::uint32_t kRxneie = 1u << 5;
  static constexpr std::uint32_t kOre = 1u << 3;
  static constexpr std::uint32_t kIdle = 1u << 4;
  static constexpr std::uint32_t kRxne = 1u << 5;
  static constexpr std::uint32_t kTc = 1u << 6;
  static constexpr std::uint32_t kTxe = 1u << 7;

  UsartV1()
      : usart(bench.add("usart1", "st.usart_v1", kSr, "clock = \"ker\"", 0x400)),
        port(*dynamic_cast<UartPort*>(usart.port("uart"))) {
    bench.clocks.signal("ker").set(16'000'000);
    port.on_transmit([this](std::uint8_t byte, TimePoint) { sent.push_back(byte); });
  }
  void start(std::uint32_t cr1 = 0) {
    bench.write(kBrr, 16);
    bench.write(kCr1, cr1 | kUeTeRe);
    bench.run_for(Duration::from_us(100));
  }
  PeripheralBench bench;
  Peripheral& usart;
  UartPort& port;
  std::vector<std::uint8_t> sent;
};

TEST_F(UsartV1, ReadsTxeAndTcAfterReset) { EXPECT_EQ(bench.read(kSr), kTxe | kTc); }

TEST_F(UsartV1, SendsWhatIsWrittenToDr) {
  start();
  bench.read(kSr);
  bench.write(kDr, 'h');
  bench.write(kDr, 'i');
  EXPECT_EQ(bench.read(kSr) & (kTxe | kTc), 0u);
  bench.run_for(Duration::from_us(11));
  EXPECT_EQ(bench.read(kSr) & (kTxe | kTc), kTxe);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bench.read(kSr) & (kTxe | kTc), kTxe | kTc);
  EXPECT_THAT(sent, ElementsAre('h', 'i'));
}

// RM0090, SR.TC: cleared by a read of SR and a write of DR, or by writing 0; not by the write
// alone.
TEST_F(UsartV1, TcNeedsAReadOfSrOrAZero) {
  start();
  bench.write(kDr, 'x');
  EXPECT_NE(bench.read(kSr) & kTc, 0u);
  bench.write(kSr, ~kTc);
  EXPECT_EQ(bench.read(kSr) & kTc, 0u);
}

TEST_F(UsartV1, RaisesItsInterruptForAByteAndTakesItBackWithTheRead) {
  start(kRxneie);
  port.receive('a');
  EXPECT_TRUE(bench.wire("usart1.irq").level());
  EXPECT_NE(bench.read(kSr) & kRxne, 0u);
  EXPECT_EQ(bench.read(kDr), 'a');
  EXPECT_FALSE(bench.wire("usart1.irq").level());
  EXPECT_EQ(bench.read(kSr) & kRxne, 0u);
}

// RM0090, SR.ORE and SR.IDLE: a read of SR followed by a read of DR.
TEST_F(UsartV1, OverrunAndIdleGoWithSrThenDr) {
  start();
  port.receive('a');
  port.receive('b');
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(bench.read(kDr), 'a');
  EXPECT_EQ(bench.read(kSr) & (kOre | kIdle), kOre | kIdle);
  bench.read(kDr);
  EXPECT_EQ(bench.read(kSr) & (kOre | kIdle), 0u);
}

// RM0090, "Fractional baud rate generation", OVER8 = 1: the fraction has three bits: 16 MHz / (8 *
// 2) with BRR = 0x20; a byte of ten bits takes 10 us.
TEST_F(UsartV1, OversamplingBy8) {
  bench.write(kBrr, 0x20);
  bench.write(kCr1, kUeTeRe | 1u << 15);
  EXPECT_EQ(port.frame_time, Duration::from_us(10));
}

// With DMA: a request for each byte, until the buffer is in memory.
TEST_F(UsartV1, ReceivesByDma) {
  bench.clocks.signal("hclk").set(100'000'000);
  bench.add("dma2", "st.dma_v2", 0x4002'6400, "", 0x400);
  bench.connect("usart1.dma_rx", "dma2.s2c4");
  start();
  bench.write(kCr3, 1u << 6);
  constexpr Address kStream2 = 0x4002'6410 + 2 * 0x18;
  bench.write(kStream2 + 0x04, 3);
  bench.write(kStream2 + 0x08, kDr);
  bench.write(kStream2 + 0x0C, PeripheralBench::kRam);
  bench.write(kStream2, 4u << 25 | 1u << 10 | 1);
  for (const std::uint8_t byte : {'d', 'm', 'a'}) {
    port.receive(byte);
    bench.run_for(Duration::from_us(10));
  }
  EXPECT_THAT(bench.bytes(PeripheralBench::kRam, 3), ElementsAre('d', 'm', 'a'));
  EXPECT_EQ(bench.read(kSr) & kRxne, 0u);
}

// RM0090, CRC: polynomial 0x04C11DB7 on words, from 0xFFFFFFFF. CRC-32/MPEG-2 of "1234" and "5678".
TEST(CrcF4, IsThatOfEthernetOnWords) {
  PeripheralBench bench;
  constexpr Address kDr = 0x4002'3000;
  bench.add("crc", "st.crc_f4", kDr, "", 0x400);
  const auto mpeg2 = [](std::initializer_list<std::uint32_t> words) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const std::uint32_t word : words) {
      crc ^= word;
      for (int i = 0; i < 32; ++i) crc = crc << 1 ^ ((crc >> 31) != 0 ? 0x04C1'1DB7u : 0u);
    }
    return crc;
  };
  bench.write(kDr, 0x3132'3334);
  bench.write(kDr, 0x3536'3738);
  EXPECT_EQ(bench.read(kDr), mpeg2({0x3132'3334, 0x3536'3738}));
  bench.write(kDr + 8, 1);
  EXPECT_EQ(bench.read(kDr), 0xFFFF'FFFFu);
}

// RM0385, GPIOx_MODER: pins are inputs after reset but for the debug port.
TEST(GpioF4, PinsAreInputsAfterReset) {
  PeripheralBench bench;
  bench.add("gpioa", "st.gpio_f4", 0x4002'0000, "port = 0", 0x400);
  bench.add("gpiok", "st.gpio_f4", 0x4002'2800, "port = 10\npins = 8", 0x400);
  EXPECT_EQ(bench.read(0x4002'0000), 0xA800'0000u);
  EXPECT_EQ(bench.read(0x4002'2800), 0u);
  bench.wire("gpiok.in3").set(true);
  EXPECT_EQ(bench.read(0x4002'2810), 1u << 3);
}

// RM0385, EXTI: RTC wake-up is line 22, IRQ RTC_WKUP; SYSCFG_EXTICR routes port K to line 3.
TEST(ExtiF7, LinesFromPinsAndFromTheRtc) {
  PeripheralBench bench;
  bench.add("gpiok", "st.gpio_f4", 0x4002'2800, "port = 10\npins = 8", 0x400);
  bench.add("syscfg", "st.syscfg_f7", 0x4001'3800, "", 0x400);
  bench.add("exti", "st.exti_f7", 0x4001'3C00, "", 0x400);
  bench.reset(ResetKind::kPowerOn);
  bench.write(0x4001'3808, 0xAu << 12);
  bench.write(0x4001'3C00, 1u << 3 | 1u << 22);
  bench.write(0x4001'3C08, 1u << 3 | 1u << 22);
  bench.wire("gpiok.in3").set(true);
  EXPECT_TRUE(bench.wire("exti.irq3").level());
  bench.fabric.line("exti.22").set(true);
  EXPECT_TRUE(bench.wire("exti.irq_wkup").level());
  EXPECT_EQ(bench.read(0x4001'3C14), 1u << 3 | 1u << 22);
  bench.write(0x4001'3C14, 1u << 3);
  EXPECT_FALSE(bench.wire("exti.irq3").level());
}

}  // namespace
}  // namespace tinyscope::test
