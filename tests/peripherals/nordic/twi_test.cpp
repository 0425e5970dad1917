// TWI without DMA. nRF52840 PS, chapter "TWI — I2C compatible two-wire interface"; sequences as
// nrfx_twi.c of Mbed OS drives them (arduino/mbed-os, targets/TARGET_NORDIC).
#include "tests/peripherals/nordic/serial_bench.hpp"

namespace tinyscope::test {
namespace {

using namespace nordic::serial;

constexpr std::uint32_t kBbSuspend = 1u << 0;
constexpr std::uint32_t kBbStop = 1u << 1;
constexpr Address kShorts = 0x200;
constexpr Address kIntenSet = 0x304;
// FREQUENCY K250: 4 us for each bit.
constexpr Duration kBit = Duration::from_us(4);

class Twi : public SerialBench {
 protected:
  void SetUp() override {
    SerialBench::SetUp();
    configure();
  }
  void configure() {
    write(kPsel, kScl);
    write(kPsel + 4, kSda);
    write(kFrequency, 0x0400'0000);
    write(kAddress, I2cRegisterPart::kAddress);
    write(kEnable, kEnableTwi);
  }
  // twi_tx_start_transfer().
  void transmit(const std::vector<std::uint8_t>& bytes, bool stop = true) {
    write(kShorts, 0);
    trigger(kResume);
    trigger(kStartTx);
    for (const std::uint8_t byte : bytes) {
      write(kTxd, byte);
      await(kTxdSent);
    }
    trigger(stop ? kStop : kSuspend);
    if (stop) await(kStopped);
  }
  // twi_rx_start_transfer() and twi_receive_byte().
  std::vector<std::uint8_t> receive(std::size_t count) {
    write(kShorts, count == 1 ? kBbStop : kBbSuspend);
    trigger(kResume);
    trigger(kStartRx);
    std::vector<std::uint8_t> bytes;
    while (bytes.size() < count) {
      await(kRxdReady);
      bytes.push_back(static_cast<std::uint8_t>(read(kRxd)));
      if (bytes.size() == count - 1) write(kShorts, kBbStop);
      if (bytes.size() < count) trigger(kResume);
    }
    await(kStopped);
    return bytes;
  }
};

// PS, "Master write sequence".
TEST_F(Twi, WritesBytesAndStops) {
  transmit({0x02, 0xAB, 0xCD});
  EXPECT_EQ(part.log, "[w 02 AB CD]");
  EXPECT_EQ(part.registers[2], 0xAB);
  EXPECT_EQ(read(kErrorSrc), 0u);
}

// Nine bit times for each byte, one for START and one for STOP.
TEST_F(Twi, TakesTheTimeOfTheWire) {
  trigger(kStartTx);
  write(kTxd, 0x02);
  EXPECT_EQ(await(kTxdSent) - TimePoint{}, kBit * (1 + 9 + 9));
  trigger(kStop);
  EXPECT_EQ(await(kStopped) - TimePoint{}, kBit * (1 + 9 + 9 + 1));
}

// SVD, FREQUENCY: 0x01980000 is "100 kbps"; as a phase accumulator it is 408 / 65536 of 16 MHz.
TEST_F(Twi, CountsFrequencyAsAPhaseAccumulator) {
  write(kFrequency, 0x0198'0000);
  trigger(kStartTx);
  write(kTxd, 0);
  const double seconds = (await(kTxdSent) - TimePoint{}).seconds();
  EXPECT_NEAR(19 / seconds, 16e6 * 408 / 65536, 1);
}

// "If the CPU is late, the master stretches the clock until a byte has been written to TXD."
TEST_F(Twi, HoldsTheClockUntilTxdIsWritten) {
  trigger(kStartTx);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(part.log, "[w");
  EXPECT_FALSE(set(kTxdSent));
  write(kTxd, 0x33);
  await(kTxdSent);
  EXPECT_EQ(part.log, "[w 33");
}

// A byte may stand in TXD before the START.
TEST_F(Twi, SendsAByteThatWasWrittenBeforeStart) {
  write(kTxd, 0x05);
  trigger(kStartTx);
  await(kTxdSent);
  EXPECT_EQ(part.log, "[w 05");
}

// PS, "Master read sequence", with the shortcuts that nrfx_twi uses.
TEST_F(Twi, ReadsBytesWithShortcuts) {
  transmit({0x00}, false);
  EXPECT_EQ(receive(4), (std::vector<std::uint8_t>{0x10, 0x11, 0x12, 0x13}));
  EXPECT_EQ(part.log, "[w 00[r 10 11 12 13]");
}

TEST_F(Twi, ReadsASingleByte) {
  transmit({0x0F}, false);
  EXPECT_EQ(receive(1), (std::vector<std::uint8_t>{0x68}));
  EXPECT_EQ(part.log, "[w 0F[r 68]");
}

TEST_F(Twi, ReadsTwoBytes) {
  transmit({0x03});
  EXPECT_EQ(receive(2), (std::vector<std::uint8_t>{0x13, 0x14}));
  EXPECT_EQ(part.log, "[w 03][r 13 14]");
}

// Eight bits until RXDREADY, the ninth when it is known whether another byte follows.
TEST_F(Twi, ReadTakesTheTimeOfTheWire) {
  write(kShorts, kBbSuspend);
  trigger(kStartRx);
  EXPECT_EQ(await(kRxdReady) - TimePoint{}, kBit * (1 + 9 + 8));
  EXPECT_TRUE(set(kSuspended));
  read(kRxd);
  write(kShorts, kBbStop);
  trigger(kResume);
  EXPECT_EQ(await(kRxdReady) - TimePoint{}, kBit * (1 + 9 + 9 + 8));
  read(kRxd);
  EXPECT_EQ(await(kStopped) - TimePoint{}, kBit * (1 + 9 + 9 + 9 + 1));
}

// PS: "the TWI master will delay sending the ACK/NACK bit by stretching the clock until the CPU has
// extracted the received byte".
TEST_F(Twi, HoldsTheClockUntilRxdIsRead) {
  trigger(kStartRx);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(part.log, "[r 10");
  EXPECT_EQ(read(kRxd), 0x10u);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(part.log, "[r 10 11");
  // STOP before the last byte is extracted ends the read after it.
  trigger(kStop);
  bench.run_for(Duration::from_ms(5));
  EXPECT_FALSE(set(kStopped));
  EXPECT_EQ(read(kRxd), 0x11u);
  await(kStopped);
  EXPECT_EQ(part.log, "[r 10 11]");
}

// SVD: "Register is cleared on read".
TEST_F(Twi, RxdIsClearedWhenRead) {
  trigger(kStartRx);
  await(kRxdReady);
  EXPECT_EQ(read(kRxd), 0x10u);
  EXPECT_EQ(read(kRxd), 0u);
}

// SVD, BB: "byte boundary, generated before each byte that is sent or received".
TEST_F(Twi, AnnouncesByteBoundaries) {
  trigger(kStartTx);
  write(kTxd, 0x01);
  EXPECT_EQ(await(kBb) - TimePoint{}, kBit * 10);
  await(kTxdSent);
  EXPECT_FALSE(set(kBb));
  write(kTxd, 0x02);
  EXPECT_TRUE(set(kBb));
}

TEST_F(Twi, ReportsAddressThatNobodyAcknowledges) {
  write(kAddress, 0x20);
  write(kIntenSet, 1u << 9);
  trigger(kStartTx);
  write(kTxd, 0x01);
  await(kError);
  EXPECT_EQ(read(kErrorSrc), kAnack);
  EXPECT_FALSE(set(kTxdSent));
  EXPECT_FALSE(set(kStopped));
  trigger(kStop);
  await(kStopped);
  // ERRORSRC: "write '1' to clear".
  write(kErrorSrc, kAnack);
  EXPECT_EQ(read(kErrorSrc), 0u);
  EXPECT_EQ(part.log, "");
}

TEST_F(Twi, ReportsDataThatIsNotAcknowledged) {
  part.accepts = 1;
  trigger(kStartTx);
  write(kTxd, 0x01);
  await(kTxdSent);
  write(kTxd, 0x02);
  await(kError);
  EXPECT_EQ(read(kErrorSrc), kDnack);
  trigger(kStop);
  await(kStopped);
  EXPECT_EQ(part.log, "[w 01 02]");
}

TEST_F(Twi, NobodyAcknowledgesOnPadsWithoutBus) {
  write(kEnable, 0);
  write(kPsel, 3);
  write(kEnable, kEnableTwi);
  trigger(kStartRx);
  await(kError);
  EXPECT_EQ(read(kErrorSrc), kAnack);
}

TEST_F(Twi, NobodyAcknowledgesWithoutPullUps) {
  i2c.set_pulled_up(false);
  trigger(kStartRx);
  await(kError);
  EXPECT_EQ(read(kErrorSrc), kAnack);
  EXPECT_TRUE(bench.assumed("twi0.no_pull_up"));
}

// nrfx_twi with no bytes, as bus scanners do: STOP follows STARTTX at once.
TEST_F(Twi, StopDuringTheAddressEndsAfterIt) {
  trigger(kStartTx);
  trigger(kStop);
  EXPECT_EQ(await(kStopped) - TimePoint{}, kBit * (1 + 9 + 1));
  EXPECT_EQ(read(kErrorSrc), 0u);
  EXPECT_EQ(part.log, "[w]");
  write(kAddress, 0x20);
  trigger(kStartTx);
  trigger(kStop);
  await(kError);
  EXPECT_EQ(read(kErrorSrc), kAnack);
  await(kStopped);
}

// i2c_byte_read() and i2c_stop() of Mbed OS with a single byte.
TEST_F(Twi, StopEndsASuspendedRead) {
  write(kShorts, kBbSuspend);
  trigger(kStartRx);
  await(kRxdReady);
  read(kRxd);
  trigger(kStop);
  await(kStopped);
  EXPECT_EQ(part.log, "[r 10]");
  EXPECT_TRUE(bench.assumed("twi0.twi_stop_while_suspended"));
}

TEST_F(Twi, SaysWhenFrequencyIsNoneOfTheListedCodes) {
  EXPECT_FALSE(bench.assumed("twi0.frequency"));
  write(kFrequency, 0x0300'0000);
  EXPECT_TRUE(bench.assumed("twi0.frequency"));
}

TEST_F(Twi, InterruptsWhileAnEnabledEventIsSet) {
  write(kIntenSet, 1u << 1);  // STOPPED
  const Wire& irq = bench.wire("twi0.irq");
  transmit({0x01}, false);
  EXPECT_FALSE(irq.level());
  trigger(kResume);
  trigger(kStop);
  bench.run_for(Duration::from_us(100));
  EXPECT_TRUE(irq.level());
  write(kStopped, 0);
  EXPECT_FALSE(irq.level());
}

TEST_F(Twi, DoesNothingWhileDisabled) {
  write(kEnable, 0);
  trigger(kStartTx);
  write(kTxd, 0x01);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(part.log, "");
  EXPECT_EQ(bench.scheduler.next(), std::nullopt);
}

TEST_F(Twi, DisablingEndsATransferWithoutEvents) {
  trigger(kStartTx);
  write(kTxd, 0x01);
  await(kTxdSent);
  write(kEnable, 0);
  EXPECT_EQ(part.log, "[w 01]");
  EXPECT_EQ(bench.power_state("twi0"), "");
  bench.run_for(Duration::from_ms(5));
  EXPECT_FALSE(set(kStopped));
  write(kEnable, kEnableTwi);
  transmit({0x02});
  EXPECT_EQ(part.log, "[w 01][w 02]");
}

TEST_F(Twi, DrawsCurrentFromStartToStop) {
  EXPECT_EQ(bench.power_state("twi0"), "");
  trigger(kStartTx);
  EXPECT_EQ(bench.power_state("twi0"), "on");
  write(kTxd, 0);
  await(kTxdSent);
  trigger(kStop);
  await(kStopped);
  EXPECT_EQ(bench.power_state("twi0"), "");
}

// Part and bus are no peripherals, so they are brought back by hand.
TEST_F(Twi, ContinuesFromASnapshot) {
  transmit({0x01}, false);
  write(kShorts, kBbSuspend);
  trigger(kResume);
  trigger(kStartRx);
  bench.run_for(kBit * 5);
  const auto saved = bench.save();
  const I2cRegisterPart part_then = part;
  const I2cBus i2c_then = i2c;
  const auto finish = [this] {
    std::vector<std::uint64_t> seen;
    seen.push_back(await(kRxdReady).ps);
    seen.push_back(read(kRxd));
    write(kShorts, kBbStop);
    trigger(kResume);
    seen.push_back(await(kRxdReady).ps);
    seen.push_back(read(kRxd));
    seen.push_back(await(kStopped).ps);
    return seen;
  };
  const auto first = finish();
  EXPECT_EQ(first[1], 0x11u);
  EXPECT_EQ(first[3], 0x12u);
  bench.restore(saved);
  part = part_then;
  i2c = i2c_then;
  EXPECT_EQ(finish(), first);
}

}  // namespace
}  // namespace tinyscope::test
