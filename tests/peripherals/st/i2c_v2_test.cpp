// I2C of the STM32L4+ ("v2"). RM0432, chapter "Inter-integrated circuit interface (I2C)". The
// sequences are those of its figures "Transfer sequence flow for I2C master".
#include <gtest/gtest.h>

#include <vector>

#include "peripherals/st/pad_lines.hpp"
#include "tests/support/i2c_register_part.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4000'5400;
constexpr Address kCr1 = kBase + 0x00;
constexpr Address kCr2 = kBase + 0x04;
constexpr Address kTimingr = kBase + 0x10;
constexpr Address kIsr = kBase + 0x18;
constexpr Address kIcr = kBase + 0x1C;
constexpr Address kRxdr = kBase + 0x24;
constexpr Address kTxdr = kBase + 0x28;

constexpr std::uint32_t kTxe = 1u << 0;
constexpr std::uint32_t kTxis = 1u << 1;
constexpr std::uint32_t kRxne = 1u << 2;
constexpr std::uint32_t kNackf = 1u << 4;
constexpr std::uint32_t kStopf = 1u << 5;
constexpr std::uint32_t kTc = 1u << 6;
constexpr std::uint32_t kTcr = 1u << 7;
constexpr std::uint32_t kBusy = 1u << 15;

constexpr std::uint32_t kRead = 1u << 10;
constexpr std::uint32_t kStart = 1u << 13;
constexpr std::uint32_t kStop = 1u << 14;
constexpr std::uint32_t kReload = 1u << 24;
constexpr std::uint32_t kAutoend = 1u << 25;
constexpr std::uint32_t to(std::uint32_t address, std::uint32_t bytes) {
  return address << 1 | bytes << 16;
}

// RM0432, example for 8 MHz and 100 kHz: PRESC 1, SCLL 0x13, SCLH 0xF; the counters make 9 us and
// the synchronisation 4 cycles, 0.5 us, at least.
constexpr std::uint32_t kTiming100kHz = 0x1042'0F13;
constexpr Duration kBit = Duration::from_ns(9500);

class I2cV2 : public ::testing::Test {
 protected:
  I2cV2() {
    bus.attach(part);
    bench.fabric.connect_pads(i2c_key("PB8", "PB9"), bus);
    bench.add("i2c1", "st.i2c_v2", kBase,
              "clock = \"ker\"\nscl = [\"PB6 AF4\", \"PB8 AF4\"]\nsda = [\"PB9 AF4\"]\n"
              "edges_ns = 0\nfilter_ns = 0",
              0x400);
    bench.clocks.signal("ker").set(8'000'000);
    bench.fabric.line(st::alternate_line("PB8", 4)).set(true);
    bench.fabric.line(st::alternate_line("PB9", 4)).set(true);
    bench.write(kTimingr, kTiming100kHz);
    bench.write(kCr1, 1);
  }
  bool flag(std::uint32_t bit) { return (bench.read(kIsr) & bit) != 0; }
  // Runs until one of these flags is set; fails after 10 ms.
  void await(std::uint32_t flags) {
    const TimePoint limit = bench.now() + Duration::from_ms(10);
    while (!flag(flags)) {
      const auto next = bench.scheduler.next();
      if (!next || *next > limit) {
        ADD_FAILURE() << "flags " << flags << " never come; ISR " << bench.read(kIsr);
        return;
      }
      bench.run_until(*next);
    }
  }
  void send(std::uint8_t byte) {
    await(kTxis);
    bench.write(kTxdr, byte);
  }
  std::uint8_t receive() {
    await(kRxne);
    return static_cast<std::uint8_t>(bench.read(kRxdr));
  }

  PeripheralBench bench;
  I2cRegisterPart part;
  I2cBus bus;
};

TEST_F(I2cV2, IsrReadsTransmitRegisterEmptyAfterReset) { EXPECT_EQ(bench.read(kIsr), kTxe); }

TEST_F(I2cV2, WritesBytesAndStopsByItself) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 2) | kAutoend | kStart);
  EXPECT_TRUE(flag(kBusy));
  await(kTxis);
  // START and nine bits of address.
  EXPECT_EQ(bench.now() - TimePoint{}, kBit * 10);
  EXPECT_EQ(bench.read(kCr2) & kStart, 0u);  // cleared by hardware after the address
  send(0x04);
  send(0xAA);
  EXPECT_FALSE(flag(kTxis));  // NBYTES have been written
  await(kStopf);
  EXPECT_EQ(bench.now() - TimePoint{}, kBit * (10 + 18 + 1));
  EXPECT_EQ(part.log, "[w 04 AA]");
  EXPECT_FALSE(flag(kBusy));
  bench.write(kIcr, kStopf);
  EXPECT_FALSE(flag(kStopf));
}

// As HAL_I2C_Mem_Read: register address without AUTOEND, then a repeated START to read.
TEST_F(I2cV2, ReadsAfterARepeatedStart) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kStart);
  send(0x05);
  await(kTc);
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 3) | kRead | kAutoend | kStart);
  EXPECT_FALSE(flag(kTc));
  EXPECT_EQ(receive(), 0x15);
  EXPECT_EQ(receive(), 0x16);
  EXPECT_EQ(receive(), 0x17);
  await(kStopf);
  EXPECT_EQ(part.log, "[w 05[r 15 16 17]");
  EXPECT_EQ(bench.now() - TimePoint{}, kBit * (10 + 9 + 10 + 27 + 1));
}

// RM0432, "Master receiver": SCL is stretched while RXDR is full and the next byte complete.
TEST_F(I2cV2, StretchesTheClockUntilReceivedDataIsRead) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 2) | kRead | kAutoend | kStart);
  bench.run_for(Duration::from_ms(5));
  EXPECT_FALSE(flag(kStopf));
  EXPECT_EQ(receive(), 0x10);
  EXPECT_EQ(receive(), 0x11);
  await(kStopf);
}

TEST_F(I2cV2, StretchesTheClockUntilDataIsWritten) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kAutoend | kStart);
  bench.run_for(Duration::from_ms(5));
  EXPECT_EQ(part.log, "[w");
  send(0x01);
  await(kStopf);
  EXPECT_EQ(part.log, "[w 01]");
}

TEST_F(I2cV2, StopsAfterAnAddressThatNobodyAcknowledges) {
  bench.write(kCr2, to(0x11, 1) | kAutoend | kStart);
  await(kNackf);
  EXPECT_FALSE(flag(kTxis));
  await(kStopf);
  EXPECT_EQ(bench.now() - TimePoint{}, kBit * 11);
  EXPECT_EQ(part.log, "");
}

TEST_F(I2cV2, StopsAfterAByteThatIsNotAcknowledged) {
  part.accepts = 1;
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 3) | kStart);
  send(0x05);
  send(0x06);
  await(kNackf);
  await(kStopf);
  EXPECT_EQ(part.log, "[w 05 06]");
  EXPECT_FALSE(flag(kTc));
}

// As HAL_I2C_Mem_Read_IT, which writes the first byte to TXDR before START: nobody asks for it
// again.
TEST_F(I2cV2, SendsAByteThatWasWrittenBeforeStart) {
  bench.write(kTxdr, 0x05);
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kStart);
  while (!flag(kTc)) {
    EXPECT_FALSE(flag(kTxis));
    bench.run_until(*bench.scheduler.next());
  }
  EXPECT_EQ(part.log, "[w 05");
}

// As HAL_I2C_IsDeviceReady: no bytes at all.
TEST_F(I2cV2, AddressesAPartWithoutData) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 0) | kAutoend | kStart);
  await(kStopf);
  EXPECT_FALSE(flag(kNackf));
  EXPECT_EQ(part.log, "[w]");
}

// RM0432, "RELOAD": TCR and a stretched clock until NBYTES is written.
TEST_F(I2cV2, GoesOnAfterReload) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kReload | kStart);
  send(0x02);
  await(kTcr);
  EXPECT_FALSE(flag(kTxis));
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 2) | kAutoend);
  EXPECT_FALSE(flag(kTcr));
  send(0xA1);
  send(0xA2);
  await(kStopf);
  EXPECT_EQ(part.log, "[w 02 A1 A2]");
}

TEST_F(I2cV2, StopsOnRequestAfterTransferComplete) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kStart);
  send(0x02);
  await(kTc);
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kStop);
  await(kStopf);
  EXPECT_EQ(bench.read(kCr2) & kStop, 0u);
  EXPECT_EQ(part.log, "[w 02]");
}

TEST_F(I2cV2, InterruptsForEachEnabledEvent) {
  Wire& irq = bench.wire("i2c1.irq_ev");
  bench.write(kCr1, 1u | 1u << 1 | 1u << 5);  // TXIE, STOPIE
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kAutoend | kStart);
  EXPECT_FALSE(irq.level());
  await(kTxis);
  EXPECT_TRUE(irq.level());
  bench.write(kTxdr, 0);
  EXPECT_FALSE(irq.level());
  await(kStopf);
  EXPECT_TRUE(irq.level());
  bench.write(kIcr, kStopf);
  EXPECT_FALSE(irq.level());
}

// RM0432, "Software reset": the wires are released and flags return to their reset values.
TEST_F(I2cV2, LetsGoOfTheWiresWhenSwitchedOff) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kStart);
  await(kTxis);
  bench.write(kCr1, 0);
  EXPECT_EQ(bench.read(kIsr), kTxe);
  EXPECT_EQ(part.log, "[w]");
}

TEST_F(I2cV2, ReachesNobodyWithoutPadsInItsAlternateFunction) {
  bench.fabric.line(st::alternate_line("PB9", 4)).set(false);
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 1) | kAutoend | kStart);
  await(kNackf);
  EXPECT_TRUE(bench.assumed("i2c1.pads"));
}

TEST_F(I2cV2, ASnapshotInMidTransferContinuesTheSame) {
  bench.write(kCr2, to(I2cRegisterPart::kAddress, 2) | kRead | kAutoend | kStart);
  await(kRxne);
  const auto saved = bench.save();
  await(kBusy);
  receive();
  receive();
  await(kStopf);
  const TimePoint end = bench.now();
  bench.restore(saved);
  receive();
  receive();
  await(kStopf);
  EXPECT_EQ(bench.now(), end);
}

}  // namespace
}  // namespace tinyscope::test
