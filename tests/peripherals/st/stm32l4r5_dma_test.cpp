// Serial ports, timers and DMA of the STM32L4R5 together, wired as the chip's description says.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/description/soc.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kUsart1 = 0x4001'3800;
constexpr Address kTim2 = 0x4000'0000;
constexpr Address kTim3 = 0x4000'0400;
constexpr Address kDma1 = 0x4002'0000;
constexpr Address kDma2 = 0x4002'0400;
constexpr Address kMux = 0x4002'0800;
constexpr Address kBuffer = PeripheralBench::kRam + 0x100;

const SocDescription& chip() {
  static const SocDescription kSoc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/stm32l4r5.toml");
  return kSoc;
}

// 80 MHz everywhere.
class Stm32l4r5Dma : public ::testing::Test {
 protected:
  Stm32l4r5Dma() {
    const auto ours = [](const PeripheralDescription& entry) {
      for (const char* type :
           {"st.usart_v3", "st.lpuart", "st.tim", "st.dma", "st.dmamux", "st.adc_v2"}) {
        if (entry.type == type) return true;
      }
      return false;
    };
    for (const auto& entry : chip().peripherals) {
      if (ours(entry)) bench.add(entry);
    }
    for (const auto& entry : chip().peripherals) {
      if (ours(entry)) bench.connect(entry);
    }
    for (const char* name : {"hclk", "usart1_ker", "lpuart1_ker", "tim_pclk1", "tim_pclk2"}) {
      bench.clocks.signal(name).set(80'000'000);
    }
  }
  void channel(Address dma, unsigned number, Address peripheral, Address memory,
               std::uint32_t count, std::uint32_t control) {
    const Address base = dma + 0x08 + 0x14 * (number - 1);
    bench.write(base + 4, count);
    bench.write(base + 8, peripheral);
    bench.write(base + 12, memory);
    bench.write(base, control | 1u);
  }
  UartPort& port(std::string_view peripheral) {
    return *dynamic_cast<UartPort*>(bench.peripheral(peripheral).port("uart"));
  }
  std::string text(std::size_t count) {
    const auto data = bench.bytes(kBuffer, count);
    return {data.begin(), data.end()};
  }

  PeripheralBench bench;
};

// As HAL_UARTEx_ReceiveToIdle_DMA does: a circular buffer, and IDLE says that a message has ended.
TEST_F(Stm32l4r5Dma, UsartReceivesByDmaUntilTheLineIsIdle) {
  bench.write(kMux + 0x10, 24);  // channel 4 is channel 5 of DMA1; USART1_RX
  channel(kDma1, 5, kUsart1 + 0x24, kBuffer, 16, 1u << 7 | 1u << 5);
  bench.write(kUsart1 + 0x0C, 80);  // 1 Mbaud
  bench.write(kUsart1 + 0x08, 1u << 6);
  bench.write(kUsart1 + 0x00, 1u | 1u << 2 | 1u << 4);  // UE, RE, IDLEIE
  UartPort& line = port("usart1");
  EXPECT_EQ(line.frame_time.ps, 10'000'000u);
  for (const char c : std::string("hello")) {
    bench.run_for(line.frame_time);
    line.receive(static_cast<std::uint8_t>(c));
    EXPECT_FALSE(bench.wire("usart1.irq").level());
  }
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(text(5), "hello");
  EXPECT_EQ(bench.read(kDma1 + 0x08 + 0x14 * 4 + 4), 11u);
  EXPECT_FALSE(bench.wire("usart1.irq").level());
  bench.run_for(Duration::from_us(10));
  EXPECT_TRUE(bench.wire("usart1.irq").level());
  EXPECT_EQ(bench.read(kUsart1 + 0x1C) & (1u << 3), 0u);  // no overrun
}

TEST_F(Stm32l4r5Dma, LpuartSendsByDmaWithoutGaps) {
  constexpr Address kLpuart1 = 0x4000'8000;
  std::string sent;
  std::vector<TimePoint> times;
  port("lpuart1").on_transmit([&](std::uint8_t byte, TimePoint when) {
    sent.push_back(static_cast<char>(byte));
    times.push_back(when);
  });
  const std::string message = "0123456789";
  bench.fill(kBuffer, {reinterpret_cast<const std::uint8_t*>(message.data()), message.size()});
  bench.write(kMux + 4 * 7, 35);  // channel 7 is channel 1 of DMA2; LPUART1_TX
  bench.write(kLpuart1 + 0x0C, 256 * 80);
  bench.write(kLpuart1 + 0x00, 1u | 1u << 3);
  bench.run_for(Duration::from_us(10));  // the idle frame
  bench.write(kLpuart1 + 0x20, 1u << 6);
  bench.write(kLpuart1 + 0x08, 1u << 7);
  channel(kDma2, 1, kLpuart1 + 0x28, kBuffer, 10, 1u << 7 | 1u << 4 | 1u << 1);
  bench.run_for(Duration::from_us(95));
  EXPECT_TRUE(bench.wire("dma2.ch1").level());  // the last byte is in TDR or on the line
  EXPECT_EQ(bench.read(kLpuart1 + 0x1C) & (1u << 6), 0u);
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(sent, message);
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_EQ((times[i] - times[i - 1]).ps, 10'000'000u);
  }
  EXPECT_NE(bench.read(kLpuart1 + 0x1C) & (1u << 6), 0u);  // TC
}

// A table of compare values, one for each period: the way LED strips are driven.
TEST_F(Stm32l4r5Dma, ATimerFeedsItsCompareRegisterByDma) {
  const std::uint16_t values[] = {100, 200, 300, 400};
  for (unsigned i = 0; i < 4; ++i) {
    bench.write(kBuffer + 2 * i, values[i], AccessSize::kHalf);
  }
  bench.write(kMux, 60);  // TIM2_UP
  channel(kDma1, 1, kTim2 + 0x34, kBuffer, 4, 1u << 7 | 1u << 4 | 2u << 8 | 1u << 10);
  bench.write(kTim2 + 0x2C, 799);  // 10 us
  bench.write(kTim2 + 0x0C, 1u << 8);
  bench.write(kTim2 + 0x00, 1);
  for (const std::uint32_t expected : values) {
    bench.run_for(Duration::from_us(10));
    bench.run_for(Duration::from_ns(200));
    EXPECT_EQ(bench.read(kTim2 + 0x34), expected);
  }
  EXPECT_EQ(bench.read(kDma1) & 2u, 2u);
}

TEST_F(Stm32l4r5Dma, TimersReachOneAnotherOverInternalTriggers) {
  bench.write(kTim2 + 0x04, 2u << 4);      // TRGO: update
  bench.write(kTim2 + 0x2C, 79);           // 1 us
  bench.write(kTim3 + 0x08, 1u << 4 | 7);  // ITR1 of TIM3 is TIM2
  bench.write(kTim3 + 0x00, 1);
  bench.write(kTim2 + 0x00, 1);
  bench.run_for(Duration::from_us(50));
  bench.run_for(Duration::from_ns(100));
  EXPECT_EQ(bench.read(kTim3 + 0x24), 50u);
}

TEST_F(Stm32l4r5Dma, ASnapshotInMidTransferContinuesTheSame) {
  bench.write(kMux + 0x10, 24);
  channel(kDma1, 5, kUsart1 + 0x24, kBuffer, 16, 1u << 7 | 1u << 5);
  bench.write(kUsart1 + 0x0C, 80);
  bench.write(kUsart1 + 0x08, 1u << 6);
  bench.write(kUsart1 + 0x00, 1u | 1u << 2);
  port("usart1").receive('a');
  bench.run_for(Duration::from_ns(50));  // the item is in the hands of DMA
  const auto saved = bench.save();
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(text(1), "a");
  bench.restore(saved);
  EXPECT_NE(text(1), "a");
  bench.run_for(Duration::from_us(100));
  EXPECT_EQ(text(1), "a");
  EXPECT_EQ(bench.read(kUsart1 + 0x1C) & (1u << 5), 0u);
}

}  // namespace
}  // namespace tinyscope::test
