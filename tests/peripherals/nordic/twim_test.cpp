// TWIM and TWIS. nRF52840 PS, chapters "TWIM" and "TWIS"; register values from nrf52840.svd.
#include "tests/peripherals/nordic/serial_bench.hpp"

namespace tinyscope::test {
namespace {

using namespace nordic::serial;
using Bytes = std::vector<std::uint8_t>;

constexpr Address kShorts = 0x200;
constexpr Address kMaxcnt = 4;
constexpr Address kAmount = 8;
constexpr Address kList = 12;
constexpr std::uint32_t kLastTxStartRx = 1u << 7;
constexpr std::uint32_t kLastTxSuspend = 1u << 8;
constexpr std::uint32_t kLastTxStop = 1u << 9;
constexpr std::uint32_t kLastRxStop = 1u << 12;
constexpr Duration kBit = Duration::from_us(4);  // K250

class Twim : public SerialBench {
 protected:
  void SetUp() override {
    SerialBench::SetUp();
    write(kPsel, kScl);
    write(kPsel + 4, kSda);
    write(kFrequency, 0x0400'0000);
    write(kAddress, I2cRegisterPart::kAddress);
    write(kEnable, kEnableTwim);
  }
  void send(const Bytes& bytes, std::uint32_t shorts) {
    bench.fill(kBuffer, bytes);
    write(kTxdPtr, kBuffer);
    write(kTxdPtr + kMaxcnt, static_cast<std::uint32_t>(bytes.size()));
    write(kShorts, shorts);
    trigger(kStartTx);
  }
  void expect_bytes(std::uint32_t count) {
    write(kRxdPtr, kBuffer + 0x40);
    write(kRxdPtr + kMaxcnt, count);
  }
  Bytes received(std::size_t count) { return bench.bytes(kBuffer + 0x40, count); }
};

// PS, "Master write sequence": LASTTX when the last byte begins; STOP by shortcut.
TEST_F(Twim, WritesABufferAndStops) {
  send({0x04, 0xAA, 0xBB}, kLastTxStop);
  EXPECT_TRUE(set(kTxStarted));
  EXPECT_EQ(await(kLastTx) - TimePoint{}, kBit * (1 + 9 + 2 * 9));
  EXPECT_EQ(await(kStopped) - TimePoint{}, kBit * (1 + 9 + 3 * 9 + 1));
  EXPECT_EQ(part.log, "[w 04 AA BB]");
  EXPECT_EQ(read(kTxdPtr + kAmount), 3u);
}

// PS, "Master repeated start sequence".
TEST_F(Twim, ReadsAfterARepeatedStart) {
  expect_bytes(3);
  send({0x05}, kLastTxStartRx | kLastRxStop);
  await(kStopped);
  EXPECT_EQ(part.log, "[w 05[r 15 16 17]");
  EXPECT_EQ(received(3), (Bytes{0x15, 0x16, 0x17}));
  EXPECT_EQ(read(kRxdPtr + kAmount), 3u);
  EXPECT_TRUE(set(kRxStarted));
  EXPECT_TRUE(set(kLastRx));
  // START, address and register; START, address and three bytes; STOP.
  EXPECT_EQ(bench.now() - TimePoint{}, kBit * (1 + 9 + 9 + 1 + 9 + 27 + 1));
}

TEST_F(Twim, HoldsTheBusAfterTheLastByte) {
  send({0x05}, 0);
  bench.run_for(Duration::from_ms(2));
  EXPECT_EQ(part.log, "[w 05");
  EXPECT_EQ(bench.power_state("twi0"), "on");
  trigger(kStop);
  await(kStopped);
  EXPECT_EQ(bench.power_state("twi0"), "");
}

TEST_F(Twim, SuspendsAfterTheLastByteAndGoesOnWithANewBuffer) {
  send({0x05}, kLastTxSuspend);
  await(kSuspended);
  send({0x06, 0x01}, kLastTxStop);
  bench.run_for(Duration::from_ms(2));
  EXPECT_EQ(part.log, "[w 05");
  trigger(kResume);
  await(kStopped);
  EXPECT_EQ(part.log, "[w 05[w 06 01]");
}

// SVD, STOP: "Must be issued while the TWI master is not suspended."
TEST_F(Twim, StopOfASuspendedTransferWaitsForResume) {
  send({0x05}, kLastTxSuspend);
  await(kSuspended);
  trigger(kStop);
  bench.run_for(Duration::from_ms(2));
  EXPECT_FALSE(set(kStopped));
  EXPECT_TRUE(bench.assumed("twi0.twim_stop_while_suspended"));
  trigger(kResume);
  await(kStopped);
}

TEST_F(Twim, ReportsAddressThatNobodyAcknowledges) {
  write(kAddress, 0x11);
  send({0x05, 0x06}, kLastTxStop);
  await(kError);
  EXPECT_EQ(read(kErrorSrc), kAnack);
  EXPECT_FALSE(set(kLastTx));
  trigger(kStop);
  await(kStopped);
  EXPECT_EQ(read(kTxdPtr + kAmount), 0u);
}

// SVD, AMOUNT: "In case of NACK error, includes the NACK'ed byte."
TEST_F(Twim, CountsTheByteThatWasNotAcknowledged) {
  part.accepts = 1;
  send({0x05, 0x06, 0x07}, kLastTxStop);
  await(kError);
  EXPECT_EQ(read(kErrorSrc), kDnack);
  EXPECT_EQ(read(kTxdPtr + kAmount), 2u);
  trigger(kStop);
  await(kStopped);
  EXPECT_EQ(part.log, "[w 05 06]");
}

// PS, "EasyDMA array list".
TEST_F(Twim, ListGoesOnWhereTheLastTransferEnded) {
  write(kRxdPtr + kList, 1);
  expect_bytes(2);
  write(kShorts, kLastRxStop);
  for (int i = 0; i < 3; ++i) {
    trigger(kStartRx);
    await(kStopped);
  }
  EXPECT_EQ(received(6), (Bytes{0x10, 0x11, 0x12, 0x13, 0x14, 0x15}));
}

// PS, "EasyDMA": Data RAM only.
TEST_F(Twim, ReportsDmaFromFlash) {
  write(kTxdPtr, 0x1000);
  write(kTxdPtr + kMaxcnt, 1);
  write(kShorts, kLastTxStop);
  trigger(kStartTx);
  await(kStopped);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
}

TEST_F(Twim, DoesNotWriteFlashByDma) {
  const Bytes before = bench.bytes(0x1000, 4);
  write(kRxdPtr, 0x1000);
  write(kRxdPtr + kMaxcnt, 4);
  write(kShorts, kLastRxStop);
  trigger(kStartRx);
  await(kStopped);
  EXPECT_EQ(bench.bytes(0x1000, 4), before);
  EXPECT_TRUE(bench.reported("EasyDMA outside Data RAM"));
}

TEST_F(Twim, ContinuesFromASnapshot) {
  expect_bytes(4);
  write(kShorts, kLastRxStop);
  trigger(kStartRx);
  bench.run_for(kBit * 24);
  const auto saved = bench.save();
  const I2cRegisterPart part_then = part;
  const I2cBus i2c_then = i2c;
  const TimePoint end = await(kStopped);
  const Bytes bytes = received(4);
  EXPECT_EQ(bytes, (Bytes{0x10, 0x11, 0x12, 0x13}));
  bench.restore(saved);
  part = part_then;
  i2c = i2c_then;
  EXPECT_EQ(await(kStopped), end);
  EXPECT_EQ(received(4), bytes);
}

class Twis : public SerialBench {
 protected:
  void SetUp() override {
    SerialBench::SetUp();
    write(kAddress, 0x33);
    write(kAddress + 4, 0x44);
    write(kOrc, 0xEE);
    write(kEnable, kEnableTwis);
    outside.attach(dynamic_cast<I2cTarget&>(*window.port("twis")));
    bench.fill(kBuffer, Bytes{1, 2, 3});
    write(kTxdPtr, kBuffer);
    write(kTxdPtr + kMaxcnt, 3);
    write(kRxdPtr, kBuffer + 0x40);
    write(kRxdPtr + kMaxcnt, 2);
  }
  I2cBus outside;
};

TEST_F(Twis, ReceivesIntoThePreparedBuffer) {
  trigger(kPrepareRx);
  EXPECT_TRUE(outside.start(0x33, false));
  EXPECT_TRUE(set(kWrite));
  EXPECT_TRUE(set(kRxStarted));
  EXPECT_TRUE(outside.write(0xA1));
  outside.stop();
  EXPECT_TRUE(set(kStopped));
  EXPECT_EQ(read(kRxdPtr + kAmount), 1u);
  EXPECT_EQ(bench.bytes(kBuffer + 0x40, 1), Bytes{0xA1});
}

TEST_F(Twis, DoesNotAcknowledgeMoreThanTheBufferHolds) {
  trigger(kPrepareRx);
  outside.start(0x33, false);
  outside.write(1);
  EXPECT_TRUE(outside.write(2));
  EXPECT_FALSE(outside.write(3));
  EXPECT_TRUE(set(kError));
  EXPECT_EQ(read(kTwisErrorSrc), 5u);  // OVERFLOW, DNACK
}

// SVD, ORC: "Character sent out in case of an over-read of the transmit buffer."
TEST_F(Twis, SendsTheBufferAndThenOrc) {
  trigger(kPrepareTx);
  EXPECT_TRUE(outside.start(0x33, true));
  EXPECT_TRUE(set(kRead));
  EXPECT_EQ(outside.read(), 1);
  EXPECT_EQ(outside.read(), 2);
  EXPECT_EQ(outside.read(), 3);
  EXPECT_FALSE(set(kError));
  EXPECT_EQ(outside.read(), 0xEE);
  EXPECT_EQ(read(kTwisErrorSrc), 8u);  // OVERREAD
  outside.stop();
  EXPECT_EQ(read(kTxdPtr + kAmount), 3u);
}

TEST_F(Twis, MatchesTheAddressesThatConfigEnables) {
  trigger(kPrepareRx);
  EXPECT_FALSE(outside.start(0x44, false));
  write(kTwisConfig, 3);
  EXPECT_TRUE(outside.start(0x44, false));
  EXPECT_EQ(read(kMatch), 1u);
}

TEST_F(Twis, ReportsATransferThatWasNotPrepared) {
  EXPECT_FALSE(outside.start(0x33, true));
  EXPECT_TRUE(set(kRead));
  EXPECT_TRUE(bench.reported("not prepared"));
}

TEST_F(Twis, IsSilentWhileDisabled) {
  trigger(kPrepareRx);
  write(kEnable, 0);
  EXPECT_FALSE(outside.start(0x33, false));
}

}  // namespace
}  // namespace tinyscope::test
