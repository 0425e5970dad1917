// SPIM. nRF52840 PS, chapter "SPIM"; register values from nrf52840.svd.
#include "tests/peripherals/nordic/spi_bench.hpp"

namespace tinyscope::test {
namespace {

using namespace nordic::serial;

constexpr Address kStarted = kRxStarted;
constexpr Duration kByteTime = Duration::from_us(2);  // 4 Mbps

class Spim : public SpiBench {
 protected:
  void SetUp() override {
    SpiBench::SetUp();
    configure(kEnableSpim);
    write(kOrc, 0x55);
  }
  void prepare(const Bytes& out, std::uint32_t receive) {
    bench.fill(kBuffer, out);
    write(kTxdPtr, kBuffer);
    write(kTxdPtr + 4, static_cast<std::uint32_t>(out.size()));
    write(kRxdPtr, kBuffer + 0x40);
    write(kRxdPtr + 4, receive);
  }
  Bytes exchange(const Bytes& out, std::uint32_t receive) {
    prepare(out, receive);
    spi.select(flash, true);
    trigger(kStart);
    await(kEnd);
    spi.select(flash, false);
    return received(receive);
  }
  Bytes received(std::size_t count) { return bench.bytes(kBuffer + 0x40, count); }
  void loop_back() { write(kPsel + 8, kMosi); }
};

TEST_F(Spim, ExchangesBuffersWithAFlashMemory) {
  EXPECT_EQ(exchange({0x9F}, 4), (Bytes{0xFF, 0xC2, 0x28, 0x17}));
  exchange({0x06}, 0);
  exchange({0x02, 0, 0, 2, 0x12, 0x34}, 0);
  EXPECT_EQ(exchange({0x03, 0, 0, 2}, 6), (Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0x12, 0x34}));
}

// PS: "If RXD.MAXCNT is larger than TXD.MAXCNT, the remaining transmitted bytes will contain the
// value defined in the ORC register."
TEST_F(Spim, SendsOrcBeyondItsBuffer) {
  loop_back();
  EXPECT_EQ(exchange({0x01, 0x02}, 4), (Bytes{0x01, 0x02, 0x55, 0x55}));
  EXPECT_EQ(read(kTxdPtr + 8), 2u);
  EXPECT_EQ(read(kRxdPtr + 8), 4u);
}

// PS: "If TXD.MAXCNT is larger than RXD.MAXCNT, the additional received bytes will be discarded."
TEST_F(Spim, DiscardsWhatItsBufferDoesNotHold) {
  loop_back();
  bench.fill(kBuffer + 0x40, Bytes{0xEE, 0xEE});
  exchange({0x01, 0x02, 0x03}, 1);
  EXPECT_EQ(received(2), (Bytes{0x01, 0xEE}));
}

// PS, "EasyDMA": ENDTX and ENDRX when each buffer is done, END when both are.
TEST_F(Spim, SaysWhenEachBufferIsDone) {
  prepare({1}, 3);
  trigger(kStart);
  EXPECT_TRUE(set(kStarted));
  EXPECT_EQ(await(kEndTx) - TimePoint{}, kByteTime);
  EXPECT_FALSE(set(kEndRx));
  EXPECT_EQ(await(kEndRx) - TimePoint{}, kByteTime * 3);
  EXPECT_EQ(await(kEnd) - TimePoint{}, kByteTime * 3);
}

TEST_F(Spim, EndsAtOnceWithoutBuffers) {
  prepare({}, 0);
  trigger(kStart);
  EXPECT_EQ(await(kEnd), TimePoint{});
}

// PS: the ENDTX and ENDRX events come also when STOP cuts the transfer short.
TEST_F(Spim, StopsAfterTheByteOnTheWire) {
  prepare({1, 2, 3, 4}, 4);
  trigger(kStart);
  bench.run_for({kByteTime.ps + 1});
  trigger(kStop);
  EXPECT_EQ(await(kStopped) - TimePoint{}, kByteTime * 2);
  EXPECT_TRUE(set(kEndTx));
  EXPECT_TRUE(set(kEndRx));
  EXPECT_EQ(read(kTxdPtr + 8), 2u);
  EXPECT_EQ(read(kRxdPtr + 8), 2u);
  EXPECT_EQ(bench.power_state("twi0"), "");
}

TEST_F(Spim, SuspendsBetweenBytes) {
  loop_back();
  prepare({1, 2, 3}, 3);
  trigger(kStart);
  trigger(kSuspend);
  bench.run_for(Duration::from_ms(1));
  EXPECT_FALSE(set(kEnd));
  trigger(kResume);
  await(kEnd);
  EXPECT_EQ(received(3), (Bytes{1, 2, 3}));
}

TEST_F(Spim, ShortcutStartsAgainWithList) {
  loop_back();
  prepare({1, 2, 3, 4}, 2);
  write(kTxdPtr + 4, 2);
  write(kTxdPtr + 12, 1);
  write(kRxdPtr + 12, 1);
  write(0x200, 1u << 17);  // END_START
  trigger(kStart);
  await(kEnd);
  write(0x200, 0);
  await(kEnd);
  EXPECT_EQ(received(4), (Bytes{1, 2, 3, 4}));
}

TEST_F(Spim, ReportsDmaFromFlash) {
  loop_back();
  prepare({}, 2);
  write(kTxdPtr, 0x1000);
  write(kTxdPtr + 4, 2);
  trigger(kStart);
  await(kEnd);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
}

TEST_F(Spim, ContinuesFromASnapshot) {
  loop_back();
  prepare({1, 2, 3, 4}, 4);
  trigger(kStart);
  bench.run_for({kByteTime.ps * 3 / 2});
  const auto saved = bench.save();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(await(kEnd) - TimePoint{}, kByteTime * 4);
    EXPECT_EQ(received(4), (Bytes{1, 2, 3, 4}));
    bench.restore(saved);
  }
}

TEST_F(Spim, DisablingEndsATransferWithoutEvents) {
  prepare({1, 2, 3, 4}, 4);
  trigger(kStart);
  bench.run_for(kByteTime);
  write(kEnable, 0);
  bench.run_for(Duration::from_ms(1));
  EXPECT_FALSE(set(kEnd));
  EXPECT_EQ(bench.power_state("twi0"), "");
}

// SPIM3, with CSN on P1.02 and DCX on P0.27. PS, "SPIM", "Instances".
class Spim3 : public ::testing::Test {
 protected:
  static constexpr Address kBase = 0x4002'F000;
  static constexpr Address kBuffer = PeripheralBench::kRam + 0x100;

  void SetUp() override {
    bench.add("p0", "nordic.gpio", 0x5000'0500, "port = 0\npins = 32", 0x300);
    bench.add("p1", "nordic.gpio", 0x5000'0800, "port = 1\npins = 16", 0x300);
    bench.add("spim3", "nordic.spim3", kBase);
    spi.attach(flash);
    bench.fabric.connect_pads(spi_key("P0.13", "P1.01", "P1.08"), spi);
    write(kPsel, 13);
    write(kPsel + 4, 33);
    write(kPsel + 8, 40);
    write(kPsel + 12, 34);
    write(kPselDcx, 27);
    write(kFrequency, 0x1400'0000);  // M32
  }
  void write(Address offset, std::uint32_t value) { bench.write(kBase + offset, value); }
  bool set(Address event) { return bench.read(kBase + event) != 0; }
  void start(std::uint32_t count) {
    write(kTxdPtr, kBuffer);
    write(kTxdPtr + 4, count);
    write(kRxdPtr, kBuffer + 0x40);
    write(kRxdPtr + 4, count);
    write(kStart, 1);
  }
  bool csn() { return bench.fabric.line("pad34.level").level(); }
  bool dcx() { return bench.fabric.line("pad27.level").level(); }

  PeripheralBench bench;
  SpiFlashPart flash;
  SpiBus spi;
};

// SVD, CSNDUR: in cycles of 64 MHz, at the start and at the end.
TEST_F(Spim3, SelectsByHardware) {
  write(kCsnDur, 64);  // 1 us
  write(kEnable, kEnableSpim);
  EXPECT_TRUE(csn());
  start(4);
  EXPECT_FALSE(csn());
  bench.run_for(Duration::from_us(2));
  EXPECT_FALSE(csn());
  EXPECT_TRUE(set(kEndRx));
  EXPECT_FALSE(set(kEnd));
  bench.run_for(Duration::from_us(1));  // 1 us, four bytes of 250 ns, 1 us
  EXPECT_TRUE(set(kEnd));
  EXPECT_TRUE(csn());
}

TEST_F(Spim3, SelectsActiveHighWhenAsked) {
  write(kCsnPol, 1);
  write(kEnable, kEnableSpim);
  EXPECT_FALSE(csn());
  start(4);
  EXPECT_TRUE(csn());
}

// SVD, DCXCNT: so many command bytes come before the data.
TEST_F(Spim3, TellsCommandFromData) {
  write(kCsnDur, 0);
  write(kDcxCnt, 2);
  write(kFrequency, 0x1000'0000);  // 1 Mbps: 8 us a byte
  write(kEnable, kEnableSpim);
  start(3);
  bench.run_for(Duration::from_us(15));
  EXPECT_FALSE(dcx());
  bench.run_for(Duration::from_us(2));
  EXPECT_TRUE(dcx());
}

// SVD, FREQUENCY: M16 0x0A000000, M32 0x14000000.
TEST_F(Spim3, GoesUpTo32Mbps) {
  write(kCsnDur, 0);
  write(kEnable, kEnableSpim);
  start(100);
  bench.run_for(Duration::from_us(25));
  EXPECT_TRUE(set(kEnd));
  write(kEnd, 0);
  write(kFrequency, 0x0A00'0000);
  start(100);
  bench.run_for(Duration::from_us(49));
  EXPECT_FALSE(set(kEnd));
  bench.run_for(Duration::from_us(1));
  EXPECT_TRUE(set(kEnd));
}

TEST_F(Spim3, KeepsChipSelectOverASnapshot) {
  write(kCsnDur, 64);
  write(kEnable, kEnableSpim);
  start(4);
  const auto saved = bench.save();
  bench.run_for(Duration::from_us(3));
  EXPECT_TRUE(csn());
  bench.restore(saved);
  EXPECT_FALSE(csn());
  bench.run_for(Duration::from_us(3));
  EXPECT_TRUE(csn());
}

TEST_F(Spim3, HasNoOtherPeripheralInItsWindow) {
  write(kEnable, kEnableTwi);
  EXPECT_TRUE(bench.reported("no such peripheral"));
}

}  // namespace
}  // namespace tinyscope::test
