// USART and LPUART of the STM32L4+. RM0432, chapters "USART" and "LPUART".
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4000'8000;
constexpr Address kCr1 = kBase + 0x00;
constexpr Address kCr2 = kBase + 0x04;
constexpr Address kCr3 = kBase + 0x08;
constexpr Address kBrr = kBase + 0x0C;
constexpr Address kRtor = kBase + 0x14;
constexpr Address kRqr = kBase + 0x18;
constexpr Address kIsr = kBase + 0x1C;
constexpr Address kIcr = kBase + 0x20;
constexpr Address kRdr = kBase + 0x24;
constexpr Address kTdr = kBase + 0x28;
constexpr Address kPresc = kBase + 0x2C;

constexpr std::uint32_t kUe = 1u << 0;
constexpr std::uint32_t kRe = 1u << 2;
constexpr std::uint32_t kTe = 1u << 3;
constexpr std::uint32_t kOre = 1u << 3;
constexpr std::uint32_t kIdle = 1u << 4;
constexpr std::uint32_t kRxne = 1u << 5;
constexpr std::uint32_t kTc = 1u << 6;
constexpr std::uint32_t kTxe = 1u << 7;

// 16 MHz and BRR = 16: a bit is a microsecond, a frame of ten bits 10 us.
class UsartBench : public ::testing::Test {
 protected:
  explicit UsartBench(std::string_view type = "st.usart_v3")
      : usart(bench.add("usart1", type, kBase, "clock = \"ker\"", 0x400)),
        port(*dynamic_cast<UartPort*>(usart.port("uart"))) {
    bench.clocks.signal("ker").set(16'000'000);
    port.on_transmit([this](std::uint8_t byte, TimePoint when) {
      bytes.push_back(byte);
      times.push_back(when);
    });
  }
  // On, and past the idle frame that setting TE sends.
  void start(std::uint32_t cr1 = 0, std::uint32_t brr = 16) {
    bench.write(kBrr, brr);
    bench.write(kCr1, cr1 | kUe | kTe | kRe);
    bench.run_for(Duration::from_ms(20));
  }
  bool flag(std::uint32_t bit) { return (bench.read(kIsr) & bit) != 0; }
  void send(std::string_view text) {
    for (const char c : text) port.receive(static_cast<std::uint8_t>(c));
  }
  std::uint64_t since(TimePoint from, std::size_t byte = 0) { return (times.at(byte) - from).ps; }

  PeripheralBench bench;
  Peripheral& usart;
  UartPort& port;
  std::vector<std::uint8_t> bytes;
  std::vector<TimePoint> times;
};

class Usart : public UsartBench {};

class Lpuart : public UsartBench {
 protected:
  Lpuart() : UsartBench("st.lpuart") {}
};

TEST_F(Usart, IsrReadsTransmitterEmptyAfterReset) {
  EXPECT_EQ(bench.read(kIsr), 0xC0u);  // RM0432, USART_ISR with FIFO mode disabled
}

TEST_F(Usart, AcknowledgesTransmitterAndReceiver) {
  bench.write(kBrr, 16);
  bench.write(kCr1, kUe | kTe | kRe);
  EXPECT_TRUE(flag(1u << 21));  // TEACK
  EXPECT_TRUE(flag(1u << 22));  // REACK
}

TEST_F(Usart, DoesNotAcknowledgeWithoutKernelClock) {
  bench.clocks.signal("ker").set(0);
  bench.write(kBrr, 16);
  bench.write(kCr1, kUe | kTe | kRe);
  EXPECT_FALSE(flag(3u << 21));
}

TEST_F(Usart, SendsTenBitsPerByteAndRaisesTcAtTheEnd) {
  start();
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'A');
  EXPECT_TRUE(flag(kTxe));  // already in the shift register
  EXPECT_FALSE(flag(kTc));
  bench.run_for(Duration{9'999'999});
  EXPECT_TRUE(bytes.empty());
  bench.run_for(Duration{1});
  ASSERT_EQ(bytes, (std::vector<std::uint8_t>{'A'}));
  EXPECT_EQ(since(begin), 10'000'000u);
  EXPECT_TRUE(flag(kTc));
}

// RM0432, "Character transmission procedure": an idle frame comes first.
TEST_F(Usart, SendsAnIdleFrameAfterTeWasSet) {
  bench.write(kBrr, 16);
  bench.write(kCr1, kUe | kTe);
  bench.write(kTdr, 'A');
  EXPECT_FALSE(flag(kTxe));
  bench.run_for(Duration::from_us(20));
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(since({}), 20'000'000u);
}

TEST_F(Usart, SendsBytesBackToBack) {
  start();
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'A');
  bench.write(kTdr, 'B');
  EXPECT_FALSE(flag(kTxe));
  bench.run_for(Duration::from_us(10));
  EXPECT_TRUE(flag(kTxe));
  EXPECT_FALSE(flag(kTc));
  bench.run_for(Duration::from_us(10));
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{'A', 'B'}));
  EXPECT_EQ(since(begin, 1), 20'000'000u);
  EXPECT_TRUE(flag(kTc));
}

// 80 MHz / 694 = 115274 baud: a bit is 694 * 12.5 ns = 8.675 us.
TEST_F(Usart, TakesTheBitTimeFromTheDivider) {
  bench.clocks.signal("ker").set(80'000'000);
  start(0, 694);
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'x');
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(since(begin), 86'750'000u);
}

// OVER8: BRR = 0x23 is USARTDIV = 0x26 = 38; a bit is 38 / 2 = 19 cycles of 16 MHz.
TEST_F(Usart, OversamplesByEight) {
  start(1u << 15, 0x23);
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'x');
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(since(begin), 10u * 19u * 62'500u);
}

TEST_F(Usart, PrescalerDividesTheKernelClock) {
  bench.write(kPresc, 3);  // by 6
  start();
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'x');
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(since(begin), 60'000'000u);
}

TEST_F(Usart, WordLengthAndStopBitsChangeTheFrame) {
  struct Case {
    std::uint32_t cr1, cr2;
    std::uint64_t us;
  };
  for (const Case& each : {Case{0, 2u << 12, 11},                       // 8 bits, two stop bits
                           Case{1u << 12, 0, 11},                       // 9 bits
                           Case{1u << 28, 0, 9},                        // 7 bits
                           Case{1u << 12 | 1u << 10, 2u << 12, 12}}) {  // 8 + parity, two stops
    bench.write(kCr1, 0);
    bench.write(kCr2, each.cr2);
    start(each.cr1);
    const TimePoint begin = bench.now();
    const std::size_t index = times.size();
    bench.write(kTdr, 0x55);
    bench.run_for(Duration::from_ms(1));
    EXPECT_EQ(since(begin, index), each.us * 1'000'000u);
  }
}

TEST_F(Usart, ReceivedWordCarriesTheParityBit) {
  start(1u << 12 | 1u << 10);  // 8 data bits and even parity
  port.receive(0x07);          // three ones
  EXPECT_EQ(bench.read(kRdr), 0x107u);
  port.receive(0x03);
  EXPECT_EQ(bench.read(kRdr), 0x003u);
}

TEST_F(Usart, FollowsTheKernelClockInMidFrame) {
  start();
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'A');
  bench.run_for(Duration::from_us(4));        // four bits at 16 MHz
  bench.clocks.signal("ker").set(8'000'000);  // the other six take 2 us each
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(since(begin), 16'000'000u);
}

TEST_F(Usart, AFrameWaitsWhileTheKernelClockStands) {
  start();
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'A');
  bench.run_for(Duration::from_us(4));
  bench.clocks.signal("ker").set(0);
  bench.run_for(Duration::from_us(100));
  EXPECT_TRUE(bytes.empty());
  bench.clocks.signal("ker").set(16'000'000);
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(since(begin), 110'000'000u);
}

TEST_F(Usart, TellsTheSenderHowLongAFrameIs) {
  EXPECT_EQ(port.frame_time.ps, 0u);
  start();
  EXPECT_EQ(port.frame_time.ps, 10'000'000u);
  bench.clocks.signal("ker").set(8'000'000);
  EXPECT_EQ(port.frame_time.ps, 20'000'000u);
  bench.write(kCr1, 0);
  EXPECT_EQ(port.frame_time.ps, 0u);
}

TEST_F(Usart, ReceivesAByteAndClearsRxneWhenItIsRead) {
  start(1u << 5);  // RXNEIE
  send("A");
  EXPECT_TRUE(flag(kRxne));
  EXPECT_TRUE(usart.wire("irq")->level());
  EXPECT_EQ(bench.read(kRdr), 'A');
  EXPECT_FALSE(flag(kRxne));
  EXPECT_FALSE(usart.wire("irq")->level());
}

// RM0432, "Overrun error": RDR keeps its content, what came later is lost.
TEST_F(Usart, OverrunKeepsTheFirstByteAndInterrupts) {
  start(1u << 5);
  send("AB");
  EXPECT_TRUE(flag(kOre));
  EXPECT_EQ(bench.read(kRdr), 'A');
  EXPECT_FALSE(flag(kRxne));
  EXPECT_TRUE(usart.wire("irq")->level());  // ORE interrupts with RXNEIE
  bench.write(kIcr, kOre);
  EXPECT_FALSE(flag(kOre));
  EXPECT_FALSE(usart.wire("irq")->level());
}

TEST_F(Usart, WithOverrunDisabledTheNewByteReplacesTheOld) {
  bench.write(kCr3, 1u << 12);
  start();
  send("AB");
  EXPECT_FALSE(flag(kOre));
  EXPECT_EQ(bench.read(kRdr), 'B');
}

// A frame, and half a bit in which a byte that follows at once would show.
TEST_F(Usart, IdleComesOneFrameAfterTheLastByte) {
  start(1u << 4);  // IDLEIE
  send("A");
  bench.run_for(Duration{10'499'999});
  EXPECT_FALSE(flag(kIdle));
  bench.run_for(Duration{1});
  EXPECT_TRUE(flag(kIdle));
  bench.write(kIcr, kIdle);
  bench.run_for(Duration::from_ms(1));
  EXPECT_FALSE(flag(kIdle));  // once for each pause
}

TEST_F(Usart, BytesBackToBackLeaveNoIdleBetween) {
  start();
  for (int i = 0; i < 5; ++i) {
    send("A");
    bench.read(kRdr);
    bench.run_for(port.frame_time);
    EXPECT_FALSE(flag(kIdle));
  }
}

TEST_F(Usart, ReceiverTimeoutCountsBits) {
  bench.write(kCr2, 1u << 23);  // RTOEN
  bench.write(kRtor, 35);
  start(1u << 26);  // RTOIE
  send("A");
  bench.run_for(Duration{34'999'999});
  EXPECT_FALSE(flag(1u << 11));
  bench.run_for(Duration{1});
  EXPECT_TRUE(flag(1u << 11));
  EXPECT_TRUE(usart.wire("irq")->level());
}

TEST_F(Usart, CharacterMatchInterrupts) {
  bench.write(kCr2, 0x0Au << 24);
  start(1u << 14);  // CMIE
  send("A");
  EXPECT_FALSE(usart.wire("irq")->level());
  bench.read(kRdr);
  send("\n");
  EXPECT_TRUE(flag(1u << 17));
  EXPECT_TRUE(usart.wire("irq")->level());
}

TEST_F(Usart, FifoTakesEightWordsBeyondTheShiftRegister) {
  start(1u << 29);
  const TimePoint begin = bench.now();
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(flag(kTxe)) << i;  // TXFNF
    bench.write(kTdr, 'a' + static_cast<unsigned>(i));
  }
  EXPECT_FALSE(flag(kTxe));
  bench.run_for(Duration::from_us(90));
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "abcdefghi");
  EXPECT_EQ(since(begin, 8), 90'000'000u);
  EXPECT_TRUE(flag(kTc));
  EXPECT_TRUE(flag(1u << 23));  // TXFE
}

// RM0432, RXFT: half of the FIFO is four words; RXFF: the FIFO and RDR; ORE: one more.
TEST_F(Usart, ReceiveFifoRaisesThresholdFullAndOverrun) {
  bench.write(kCr3, 2u << 25);  // RXFTCFG: 1/2
  start(1u << 29);
  send("abc");
  EXPECT_FALSE(flag(1u << 26));
  send("d");
  EXPECT_TRUE(flag(1u << 26));
  send("efgh");
  EXPECT_FALSE(flag(1u << 24));
  send("i");
  EXPECT_TRUE(flag(1u << 24));
  EXPECT_FALSE(flag(kOre));
  send("j");
  EXPECT_TRUE(flag(kOre));
  for (const char expected : std::string("abcdefghi")) {
    EXPECT_EQ(bench.read(kRdr), static_cast<std::uint32_t>(expected));
  }
  EXPECT_FALSE(flag(kRxne));
}

TEST_F(Usart, TransmitThresholdCountsEmptyLocations) {
  bench.write(kCr3, 4u << 29 | 1u << 23);  // TXFTCFG: 7/8, TXFTIE
  start(1u << 29);
  EXPECT_TRUE(usart.wire("irq")->level());
  bench.write(kTdr, '1');  // to the shift register
  bench.write(kTdr, '2');
  EXPECT_TRUE(usart.wire("irq")->level());  // seven are empty
  bench.write(kTdr, '3');
  EXPECT_FALSE(usart.wire("irq")->level());
}

TEST_F(Usart, FlushRequestsDropWhatWaits) {
  start();
  send("A");
  bench.write(kRqr, 1u << 3);  // RXFRQ
  EXPECT_FALSE(flag(kRxne));
}

TEST_F(Usart, DmaRequestsFollowTheFlags) {
  start();
  Wire& rx = *usart.wire("dma_rx");
  Wire& tx = *usart.wire("dma_tx");
  EXPECT_FALSE(tx.level());
  bench.write(kCr3, 3u << 6);  // DMAR, DMAT
  EXPECT_TRUE(tx.level());
  EXPECT_FALSE(rx.level());
  send("A");
  EXPECT_TRUE(rx.level());
  bench.read(kRdr);
  EXPECT_FALSE(rx.level());
}

TEST_F(Usart, SwitchingOffDropsTheFrameAndTheFlags) {
  start();
  bench.write(kTdr, 'A');
  send("BC");
  bench.write(kCr1, 0);
  EXPECT_EQ(bench.read(kIsr), 0xC0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_TRUE(bytes.empty());
}

TEST_F(Usart, ReportsWhatItDoesNotModel) {
  bench.write(kCr3, 1u << 9);  // CTSE
  EXPECT_TRUE(bench.reported("CTSE"));
  bench.write(kRqr, 1u << 1);
  EXPECT_TRUE(bench.reported("SBKRQ"));
}

TEST_F(Usart, ASnapshotInMidFrameContinuesTheSame) {
  start(1u << 29);
  const TimePoint begin = bench.now();
  for (const char c : std::string("abc")) bench.write(kTdr, static_cast<std::uint32_t>(c));
  send("xy");
  bench.run_for(Duration::from_us(13));
  const auto saved = bench.save();
  bench.run_for(Duration::from_ms(1));
  bytes.clear();
  times.clear();
  bench.restore(saved);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "bc");
  EXPECT_EQ(since(begin, 1), 30'000'000u);
  EXPECT_EQ(bench.read(kRdr), 'x');
  EXPECT_EQ(bench.read(kRdr), 'y');
}

TEST_F(Usart, ResetFromRccIsAPowerOnInSmall) {
  start();
  send("A");
  bench.fabric.line("rcc.reset.usart1").set(true);
  EXPECT_EQ(bench.read(kCr1), 0u);
  EXPECT_EQ(bench.read(kIsr), 0xC0u);
}

// RM0432, "LPUART baud rate generation": baud = 256 * fck / LPUARTDIV. 120 MHz and 115200 baud give
// 266667 (0x411AB): a frame is 10 * 266667 / 256 cycles = 10416.68 cycles, 86.8057 us.
TEST_F(Lpuart, BitIsADividerOf256) {
  bench.clocks.signal("ker").set(120'000'000);
  start(0, 266'667);
  const TimePoint begin = bench.now();
  bench.write(kTdr, 'x');
  bench.run_for(Duration::from_ms(1));
  // 2666670 / 256 / 120 MHz = 86.80566... us; the simulator rounds up to whole picoseconds.
  EXPECT_EQ(since(begin), 86'805'665u);
}

// 32768 Hz and BRR = 0x369 (RM0432's example for 9600 baud): 10 * 873 / 256 / 32768 s = 1.0407 ms.
TEST_F(Lpuart, ReachesNinetySixHundredBaudFromTheLowSpeedClock) {
  bench.clocks.signal("ker").set(32'768);
  bench.write(kBrr, 0x369);
  bench.write(kCr1, kUe | kTe);
  bench.write(kTdr, 'x');
  bench.run_for(Duration::from_ms(5));
  ASSERT_EQ(times.size(), 1u);
  // Two frames, the idle one first: 2 * 10 * 873 / 256 / 32768 s.
  EXPECT_NEAR(static_cast<double>(since({})), 2.081394e9, 1e6);
}

}  // namespace
}  // namespace tinyscope::test
