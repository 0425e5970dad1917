// UARTE with EasyDMA. nRF52840 PS, chapter "UARTE".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kUarte = 0x4000'2000;
constexpr Address kStartRx = kUarte + 0x000;
constexpr Address kStopRx = kUarte + 0x004;
constexpr Address kStartTx = kUarte + 0x008;
constexpr Address kStopTx = kUarte + 0x00C;
constexpr Address kFlushRx = kUarte + 0x02C;
constexpr Address kRxdRdy = kUarte + 0x108;
constexpr Address kEndRx = kUarte + 0x110;
constexpr Address kTxdRdy = kUarte + 0x11C;
constexpr Address kEndTx = kUarte + 0x120;
constexpr Address kError = kUarte + 0x124;
constexpr Address kRxTo = kUarte + 0x144;
constexpr Address kRxStarted = kUarte + 0x14C;
constexpr Address kTxStarted = kUarte + 0x150;
constexpr Address kTxStopped = kUarte + 0x158;
constexpr Address kShorts = kUarte + 0x200;
constexpr Address kIntenSet = kUarte + 0x304;
constexpr Address kErrorSrc = kUarte + 0x480;
constexpr Address kEnable = kUarte + 0x500;
constexpr Address kPselTxd = kUarte + 0x50C;
constexpr Address kPselRxd = kUarte + 0x514;
constexpr Address kBaudrate = kUarte + 0x524;
constexpr Address kRxdPtr = kUarte + 0x534;
constexpr Address kRxdMaxcnt = kUarte + 0x538;
constexpr Address kRxdAmount = kUarte + 0x53C;
constexpr Address kTxdPtr = kUarte + 0x544;
constexpr Address kTxdMaxcnt = kUarte + 0x548;
constexpr Address kTxdAmount = kUarte + 0x54C;
constexpr Address kConfig = kUarte + 0x56C;
constexpr Address kPower = kUarte + 0xFFC;

constexpr Address kBuffer = PeripheralBench::kRam + 0x100;

// BAUDRATE for 1 Mbaud: 16 cycles of 16 MHz, so a frame of ten bits takes 10 us.
constexpr std::uint32_t k1Mbaud = 0x1000'0000;
constexpr Duration kFrame = Duration::from_us(10);

struct Line {
  explicit Line(Peripheral& uarte) : port(*dynamic_cast<UartPort*>(uarte.port("uart"))) {
    port.on_transmit([this](std::uint8_t byte, TimePoint when) {
      text.push_back(static_cast<char>(byte));
      times.push_back(when);
    });
  }
  void send(std::string_view bytes) {
    for (const char c : bytes) port.receive(static_cast<std::uint8_t>(c));
  }
  UartPort& port;
  std::string text;
  std::vector<TimePoint> times;
};

void configure(PeripheralBench& bench) {
  bench.write(kPselTxd, 35);
  bench.write(kPselRxd, 42);
  bench.write(kBaudrate, k1Mbaud);
  bench.write(kEnable, 8);
}

class Uarte : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& uarte = bench.add("uarte0", "nordic.uarte", kUarte);
  Line line{uarte};

  void SetUp() override { configure(bench); }

  void put(std::string_view text, Address address = kBuffer) {
    bench.fill(address, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  void transmit(std::string_view text) {
    put(text);
    bench.write(kTxdPtr, kBuffer);
    bench.write(kTxdMaxcnt, static_cast<std::uint32_t>(text.size()));
    bench.write(kStartTx, 1);
  }
  void receive_into(Address address, std::uint32_t count) {
    bench.write(kRxdPtr, address);
    bench.write(kRxdMaxcnt, count);
    bench.write(kStartRx, 1);
  }
  std::string memory(Address address, std::size_t count) {
    const auto bytes = bench.bytes(address, count);
    return {bytes.begin(), bytes.end()};
  }
};

TEST_F(Uarte, DeliversEachByteWhenItsStopBitHasLeft) {
  transmit("abc");
  EXPECT_EQ(bench.read(kTxStarted), 1u);
  bench.run_for(Duration::from_us(29));
  EXPECT_EQ(line.text, "ab");
  EXPECT_EQ(bench.read(kTxdRdy), 1u);
  EXPECT_EQ(bench.read(kEndTx), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(line.text, "abc");
  EXPECT_EQ(bench.read(kEndTx), 1u);
  EXPECT_EQ(bench.read(kTxdAmount), 3u);
  ASSERT_EQ(line.times.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(line.times[i].ps, (kFrame * (i + 1)).ps);
}

// PS, BAUDRATE: nominal and actual rates.
TEST_F(Uarte, TellsTheBusOfEachTransfer) {
  std::vector<MasterTransfer> seen;
  bench.bus.on_master_transfer([&](const MasterTransfer& each) { seen.push_back(each); });
  receive_into(kBuffer + 0x40, 1);
  transmit("a");
  bench.run_for(kFrame);
  line.send("b");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].address, kBuffer);
  EXPECT_EQ(seen[0].type, AccessType::kRead);
  EXPECT_EQ(seen[0].when.ps, 0u);
  EXPECT_EQ(seen[1].address, kBuffer + 0x40);
  EXPECT_EQ(seen[1].type, AccessType::kWrite);
  EXPECT_EQ(seen[1].when.ps, kFrame.ps);
}

TEST_F(Uarte, KeepsTheActualBaudRatesOfTheProductSpecification) {
  struct Rate {
    std::uint32_t code;
    double baud;
  };
  for (const Rate rate :
       {Rate{0x0027'5000, 9598}, Rate{0x01D6'0000, 115'108}, Rate{0x03B0'0000, 231'884},
        Rate{0x0F00'0000, 941'176}, Rate{0x1000'0000, 1'000'000}}) {
    bench.write(kBaudrate, rate.code);
    EXPECT_NEAR(10.0 / line.port.frame_time.seconds(), rate.baud, 0.6) << rate.code;
  }
}

TEST_F(Uarte, FrameGrowsWithParityAndASecondStopBit) {
  EXPECT_EQ(line.port.frame_time.ps, kFrame.ps);
  bench.write(kConfig, 0x7u << 1);
  EXPECT_EQ(line.port.frame_time.ps, Duration::from_us(11).ps);
  bench.write(kConfig, (0x7u << 1) | (1u << 4));
  EXPECT_EQ(line.port.frame_time.ps, Duration::from_us(12).ps);
  bench.write(kEnable, 0);
  EXPECT_EQ(line.port.frame_time.ps, 0u);
}

TEST_F(Uarte, RaisesIrqOnEndtx) {
  EdgeCounter irq(bench, uarte.wire("irq"));
  bench.write(kIntenSet, 1u << 8);
  transmit("hello");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(irq.rises, 1u);
  EXPECT_EQ(irq.last.ps, (kFrame * 5).ps);
}

// "If the ENDTX event has not already been generated when the transmitter has come to a stop,
// UARTE generates it", then TXSTOPPED; the byte on the line is completed.
TEST_F(Uarte, StoptxCompletesTheByteAndEndsTheBuffer) {
  transmit("abcdef");
  bench.run_for(Duration::from_us(25));
  bench.write(kStopTx, 1);
  EXPECT_EQ(bench.read(kTxStopped), 0u);
  bench.run_for(Duration::from_us(5));
  EXPECT_EQ(bench.read(kTxStopped), 1u);
  EXPECT_EQ(bench.read(kEndTx), 1u);
  EXPECT_EQ(bench.read(kTxdAmount), 3u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(line.text, "abc");
}

TEST_F(Uarte, StoptxOfAnIdleTransmitterStopsAtOnce) {
  bench.write(kStopTx, 1);
  EXPECT_EQ(bench.read(kTxStopped), 1u);
  EXPECT_EQ(bench.read(kEndTx), 0u);
}

TEST_F(Uarte, DrawsCurrentFromStarttxToStoptx) {
  transmit("a");
  EXPECT_EQ(bench.power_state("uarte0"), "on");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.power_state("uarte0"), "on");
  bench.write(kStopTx, 1);
  EXPECT_EQ(bench.power_state("uarte0"), "");
}

TEST_F(Uarte, EmptyBufferEndsAtOnce) {
  transmit("");
  EXPECT_EQ(bench.read(kTxStarted), 1u);
  EXPECT_EQ(bench.read(kEndTx), 1u);
  EXPECT_EQ(bench.read(kTxdAmount), 0u);
  EXPECT_EQ(line.text, "");
}

// "EasyDMA": only Data RAM can be reached.
TEST_F(Uarte, ReportsABufferInFlashAndSendsNothingOfIt) {
  bench.write(kTxdPtr, 0x100);
  bench.write(kTxdMaxcnt, 2);
  bench.write(kStartTx, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
  EXPECT_EQ(line.text, std::string(2, '\0'));
  EXPECT_EQ(bench.read(kEndTx), 1u);
}

TEST_F(Uarte, ReportsABufferThatRunsOutOfRam) {
  bench.write(kTxdPtr, PeripheralBench::kRam + PeripheralBench::kRamSize - 1);
  bench.write(kTxdMaxcnt, 2);
  bench.write(kStartTx, 1);
  bench.run_for(Duration::from_ms(1));
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
}

TEST_F(Uarte, SendsNothingWhenDisabledOrUnconnected) {
  bench.write(kEnable, 0);
  transmit("a");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kTxStarted), 0u);
  bench.write(kEnable, 8);
  bench.write(kPselTxd, 0xFFFF'FFFF);
  transmit("b");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(kEndTx), 1u);
  EXPECT_EQ(line.text, "");
}

// Mbed OS sends one before it connects the pins, so that EVENTS_TXDRDY is set (serial_api.c of
// TARGET_NRF52, serial_init).
TEST_F(Uarte, WarnsOfLostBytesButNotOfASingleOne) {
  bench.write(kPselTxd, 0xFFFF'FFFF);
  ::testing::internal::CaptureStderr();
  transmit("x");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ::testing::internal::CaptureStderr();
  transmit("lost");
  bench.run_for(Duration::from_ms(1));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("uarte0: transmits with PSEL.TXD disconnected"));
}

// Not in PS; the nRF51 Series Reference Manual has it in the register table of its UART.
TEST_F(Uarte, PowerResetsTheBlockAndIsKnown) {
  transmit("abc");
  bench.write(kPower, 0);
  EXPECT_EQ(bench.read(kPower), 0u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(line.text, "");
  EXPECT_EQ(bench.read(kEnable), 0u);
  EXPECT_EQ(bench.read(kPselTxd), 0xFFFF'FFFFu);
  bench.write(kPower, 1);
  EXPECT_EQ(bench.read(kPower), 1u);
  configure(bench);
  transmit("d");
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(line.text, "d");
  EXPECT_FALSE(bench.reported("POWER"));
}

TEST_F(Uarte, FillsTheReceiveBufferAndEnds) {
  receive_into(kBuffer, 4);
  EXPECT_EQ(bench.read(kRxStarted), 1u);
  line.send("abc");
  EXPECT_EQ(bench.read(kRxdRdy), 1u);
  EXPECT_EQ(bench.read(kEndRx), 0u);
  line.send("d");
  EXPECT_EQ(bench.read(kEndRx), 1u);
  EXPECT_EQ(bench.read(kRxdAmount), 4u);
  EXPECT_EQ(memory(kBuffer, 4), "abcd");
}

// "RXD.PTR is double-buffered": the next buffer may be prepared after RXSTARTED, and the shortcut
// ENDRX_STARTRX goes on without losing a byte.
TEST_F(Uarte, ChangesBuffersWithTheShortcut) {
  bench.write(kShorts, 1u << 5);
  receive_into(kBuffer, 2);
  bench.write(kRxdPtr, kBuffer + 0x40);
  line.send("abcd");
  EXPECT_EQ(memory(kBuffer, 2), "ab");
  EXPECT_EQ(memory(kBuffer + 0x40, 2), "cd");
}

TEST_F(Uarte, KeepsSixBytesBetweenBuffersAndThenOverruns) {
  receive_into(kBuffer, 1);
  line.send("a123456");
  EXPECT_EQ(bench.read(kError), 0u);
  line.send("7");
  EXPECT_EQ(bench.read(kError), 1u);
  EXPECT_EQ(bench.read(kErrorSrc), 1u);  // OVERRUN
  bench.write(kErrorSrc, 1);
  EXPECT_EQ(bench.read(kErrorSrc), 0u);
  receive_into(kBuffer + 0x40, 6);
  EXPECT_EQ(memory(kBuffer + 0x40, 6), "123456");
  EXPECT_EQ(bench.read(kRxdAmount), 6u);
}

// "ENDRX is generated before RXTO", also for a buffer that is not full.
TEST_F(Uarte, StoprxEndsTheBufferBeforeRxto) {
  std::vector<Address> order;
  bench.fabric.subscribe([&](Address event) { order.push_back(event); });
  receive_into(kBuffer, 10);
  line.send("ab");
  bench.write(kStopRx, 1);
  line.send("cd");  // still taken: up to four bytes after STOPRX
  EXPECT_EQ(bench.read(kRxTo), 0u);
  bench.run_for(Duration::from_us(40));
  EXPECT_EQ(bench.read(kRxTo), 1u);
  EXPECT_EQ(bench.read(kRxdAmount), 4u);
  EXPECT_EQ(memory(kBuffer, 4), "abcd");
  ASSERT_GE(order.size(), 2u);
  EXPECT_EQ(order[order.size() - 2], kEndRx);
  EXPECT_EQ(order.back(), kRxTo);
  line.send("x");
  EXPECT_EQ(memory(kBuffer + 4, 1), std::string(1, '\0'));
}

// Start-up code of Mbed OS on the Nano 33 BLE relies on the bootloader having started reception:
// without STARTRX no RXTO comes.
TEST_F(Uarte, StoprxWithoutReceptionGivesNoRxto) {
  bench.write(kStopRx, 1);
  bench.run_for(Duration::from_ms(10));
  EXPECT_EQ(bench.read(kRxTo), 0u);
}

TEST_F(Uarte, FlushrxMovesTheFifoAfterTheReceiverHasStopped) {
  receive_into(kBuffer, 1);
  line.send("a");
  bench.write(kStopRx, 1);
  line.send("bc");
  bench.run_for(Duration::from_us(40));
  bench.write(kEndRx, 0);
  bench.write(kRxdPtr, kBuffer + 0x40);
  bench.write(kRxdMaxcnt, 5);
  bench.write(kFlushRx, 1);
  EXPECT_EQ(bench.read(kEndRx), 1u);
  EXPECT_EQ(bench.read(kRxdAmount), 2u);
  EXPECT_EQ(memory(kBuffer + 0x40, 2), "bc");
}

TEST_F(Uarte, ReceivesNothingIntoFlashAndReportsIt) {
  receive_into(0x100, 1);
  line.send("a");
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
  EXPECT_EQ(bench.bytes(0x100, 1)[0], 0xFF);
  EXPECT_EQ(bench.read(kEndRx), 1u);
}

TEST_F(Uarte, ReportsAReceiveBufferWithoutRoomAndKeepsTheBytes) {
  bench.write(kShorts, 1u << 5);
  receive_into(kBuffer, 0);
  line.send("ab");
  EXPECT_TRUE(bench.reported("RXD.MAXCNT of 0"));
  EXPECT_EQ(bench.read(kEndRx), 0u);
  receive_into(kBuffer, 2);
  EXPECT_EQ(memory(kBuffer, 2), "ab");
}

TEST_F(Uarte, HasTheSameFutureAfterRestoreInTheMiddleOfATransmission) {
  transmit("the quick brown fox");
  bench.run_for(Duration::from_us(57));
  const auto state = bench.save();
  bench.run_for(Duration::from_ms(1));

  PeripheralBench other;
  Peripheral& restored = other.add("uarte0", "nordic.uarte", kUarte);
  Line other_line(restored);
  other.restore(state);
  other.run_for(Duration::from_ms(1));
  EXPECT_EQ(line.text, "the quick brown fox");
  EXPECT_EQ(other_line.text, line.text.substr(5));
  EXPECT_EQ(other_line.times.back().ps, line.times.back().ps);
  EXPECT_EQ(other.read(kTxdAmount), 19u);
  EXPECT_EQ(other.read(kEndTx), 1u);
}

}  // namespace
}  // namespace tinyscope::test
