// The older UART in UARTE's window, ENABLE = 4. nRF52840 PS, chapter "UART".
#include <gtest/gtest.h>

#include <string>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kUart = 0x4000'2000;
constexpr Address kStartRx = kUart + 0x000;
constexpr Address kStopRx = kUart + 0x004;
constexpr Address kStartTx = kUart + 0x008;
constexpr Address kStopTx = kUart + 0x00C;
constexpr Address kSuspend = kUart + 0x01C;
constexpr Address kRxdRdy = kUart + 0x108;
constexpr Address kTxdRdy = kUart + 0x11C;
constexpr Address kError = kUart + 0x124;
constexpr Address kRxTo = kUart + 0x144;
constexpr Address kIntenSet = kUart + 0x304;
constexpr Address kEnable = kUart + 0x500;
constexpr Address kPselTxd = kUart + 0x50C;
constexpr Address kPselRxd = kUart + 0x514;
constexpr Address kRxd = kUart + 0x518;
constexpr Address kTxd = kUart + 0x51C;
constexpr Address kBaudrate = kUart + 0x524;

class Uart : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& uart = bench.add("uart0", "nordic.uarte", kUart);
  UartPort& port = *dynamic_cast<UartPort*>(uart.port("uart"));
  std::string sent;

  void SetUp() override {
    port.on_transmit(
        [this](std::uint8_t byte, TimePoint) { sent.push_back(static_cast<char>(byte)); });
    bench.write(kPselTxd, 6);
    bench.write(kPselRxd, 8);
    bench.write(kBaudrate, 0x1000'0000);  // 1 Mbaud: a frame takes 10 us
    bench.write(kEnable, 4);
  }
  void receive(std::string_view bytes) {
    for (const char c : bytes) port.receive(static_cast<std::uint8_t>(c));
  }
};

TEST_F(Uart, SendsWhatIsWrittenToTxd) {
  bench.write(kStartTx, 1);
  bench.write(kTxd, 'x');
  bench.run_for(Duration::from_us(9));
  EXPECT_EQ(bench.read(kTxdRdy), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kTxdRdy), 1u);
  EXPECT_EQ(sent, "x");
}

TEST_F(Uart, SendsBackToBackWhatIsWrittenDuringAFrame) {
  bench.write(kStartTx, 1);
  bench.write(kTxd, 'a');
  bench.write(kTxd, 'b');
  bench.run_for(Duration::from_us(20));
  EXPECT_EQ(sent, "ab");
}

TEST_F(Uart, IgnoresTxdBeforeStarttxAndAfterStoptx) {
  bench.write(kTxd, 'a');
  bench.run_for(Duration::from_us(20));
  bench.write(kStartTx, 1);
  bench.write(kStopTx, 1);
  bench.write(kTxd, 'b');
  bench.run_for(Duration::from_us(20));
  EXPECT_EQ(sent, "");
}

// "RXDRDY is generated each time a byte has moved to RXD"; reading RXD lets the next one through.
TEST_F(Uart, OffersReceivedBytesOneByOne) {
  EdgeCounter irq(bench, uart.wire("irq"));
  bench.write(kIntenSet, 1u << 2);
  bench.write(kStartRx, 1);
  receive("ab");
  EXPECT_EQ(irq.rises, 1u);
  bench.write(kRxdRdy, 0);
  EXPECT_EQ(bench.read(kRxd), static_cast<std::uint32_t>('a'));
  EXPECT_EQ(irq.rises, 2u);
  bench.write(kRxdRdy, 0);
  EXPECT_EQ(bench.read(kRxd), static_cast<std::uint32_t>('b'));
  EXPECT_EQ(bench.read(kRxdRdy), 0u);
}

TEST_F(Uart, DebuggerReadOfRxdTakesNothing) {
  bench.write(kStartRx, 1);
  receive("ab");
  bench.bus.read(kRxd, AccessSize::kWord, bench.now(), true);
  EXPECT_EQ(bench.read(kRxd), static_cast<std::uint32_t>('a'));
}

TEST_F(Uart, OverrunsWhenNobodyReads) {
  bench.write(kStartRx, 1);
  receive("1234567");  // one in RXD, six behind it
  EXPECT_EQ(bench.read(kError), 0u);
  receive("8");
  EXPECT_EQ(bench.read(kError), 1u);
}

TEST_F(Uart, SuspendStopsBothDirections) {
  bench.write(kStartRx, 1);
  bench.write(kStartTx, 1);
  bench.write(kSuspend, 1);
  bench.run_for(Duration::from_us(40));
  EXPECT_EQ(bench.read(kRxTo), 1u);
  EXPECT_EQ(bench.power_state("uart0"), "");
}

TEST_F(Uart, StoprxRaisesRxtoAfterFourFrames) {
  bench.write(kStartRx, 1);
  bench.write(kStopRx, 1);
  bench.run_for(Duration::from_us(39));
  EXPECT_EQ(bench.read(kRxTo), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kRxTo), 1u);
}

}  // namespace
}  // namespace tinyscope::test
