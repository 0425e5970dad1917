// I2C of the STM32F4 ("v1"). RM0090, chapter "Inter-integrated circuit (I2C) interface". The
// sequences are those of its transfer sequence diagrams.
#include <gtest/gtest.h>

#include "peripherals/st/pad_lines.hpp"
#include "tests/support/i2c_register_part.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBase = 0x4000'5400;
constexpr Address kCr1 = kBase + 0x00;
constexpr Address kCr2 = kBase + 0x04;
constexpr Address kDr = kBase + 0x10;
constexpr Address kSr1 = kBase + 0x14;
constexpr Address kSr2 = kBase + 0x18;
constexpr Address kCcr = kBase + 0x1C;

constexpr std::uint32_t kPe = 1, kStart = 1u << 8, kStop = 1u << 9, kAck = 1u << 10;
constexpr std::uint32_t kPos = 1u << 11;
constexpr std::uint32_t kSb = 1, kAddr = 2, kBtf = 4, kRxne = 1u << 6, kTxe = 1u << 7;
constexpr std::uint32_t kAf = 1u << 10;
constexpr std::uint32_t kBusy = 2, kTra = 4;
constexpr std::uint8_t kWriteAddress = I2cRegisterPart::kAddress << 1;
constexpr std::uint8_t kReadAddress = kWriteAddress | 1;

// RM0090, CCR in standard mode: 2 * 40 cycles of 8 MHz are 10 us.
constexpr Duration kBit = Duration::from_us(10);

class I2cV1 : public ::testing::Test {
 protected:
  I2cV1() {
    bus.attach(part);
    bench.fabric.connect_pads(i2c_key("PB8", "PB9"), bus);
    bench.add("i2c1", "st.i2c_v1", kBase,
              "clock = \"pclk1\"\nscl = [\"PB8 AF4\"]\nsda = [\"PB9 AF4\"]\nedges_ns = 0", 0x400);
    bench.clocks.signal("pclk1").set(8'000'000);
    for (const char* pad : {"PB8", "PB9"}) {
      bench.fabric.line(st::alternate_line(pad, 4)).set(true);
    }
    bench.write(kCcr, 40);
    bench.write(kCr1, kPe);
  }
  bool flag(std::uint32_t bit) { return (bench.read(kSr1) & bit) != 0; }
  void await(std::uint32_t flags) {
    const TimePoint limit = bench.now() + Duration::from_ms(10);
    while (!flag(flags)) {
      const auto next = bench.scheduler.next();
      if (!next || *next > limit) {
        ADD_FAILURE() << "flags " << flags << " never come; SR1 " << bench.read(kSr1);
        return;
      }
      bench.run_until(*next);
    }
  }
  void await_stop() {
    bench.run_for(Duration::from_ms(1));
    EXPECT_EQ(bench.read(kSr2) & kBusy, 0u);
  }
  void set(std::uint32_t bits) { bench.write(kCr1, bench.read(kCr1) | bits); }
  void clear(std::uint32_t bits) { bench.write(kCr1, bench.read(kCr1) & ~bits); }
  void address(std::uint8_t byte) {
    set(kStart);
    await(kSb);
    bench.write(kDr, byte);
    await(kAddr | kAf);
  }
  void clear_addr() {
    bench.read(kSr1);
    bench.read(kSr2);
  }
  std::uint32_t data() { return bench.read(kDr); }

  PeripheralBench bench;
  I2cRegisterPart part;
  I2cBus bus;
};

TEST_F(I2cV1, WritesBytes) {
  set(kStart);
  EXPECT_NE(bench.read(kSr2) & kBusy, 0u);
  await(kSb);
  EXPECT_EQ(bench.now() - TimePoint{}, kBit);
  bench.write(kDr, kWriteAddress);
  EXPECT_FALSE(flag(kSb));
  await(kAddr);
  EXPECT_EQ(bench.now() - TimePoint{}, kBit * 10);
  EXPECT_FALSE(flag(kTxe));  // not before ADDR is cleared
  clear_addr();
  EXPECT_TRUE(flag(kTxe));
  EXPECT_NE(bench.read(kSr2) & kTra, 0u);
  bench.write(kDr, 0x04);
  EXPECT_TRUE(flag(kTxe));  // in the shift register
  bench.write(kDr, 0xAA);
  EXPECT_FALSE(flag(kTxe));
  await(kBtf);
  EXPECT_EQ(bench.now() - TimePoint{}, kBit * 28);
  set(kStop);
  await_stop();
  EXPECT_EQ(bench.read(kCr1) & kStop, 0u);
  EXPECT_EQ(part.log, "[w 04 AA]");
}

TEST_F(I2cV1, TellsOfAnAddressThatNobodyAcknowledges) {
  address(0x22);
  EXPECT_TRUE(flag(kAf));
  EXPECT_FALSE(flag(kAddr));
  bench.write(kSr1, ~kAf);
  EXPECT_FALSE(flag(kAf));
  set(kStop);
  await_stop();
  EXPECT_EQ(part.log, "");
}

// RM0090: N = 1: ACK = 0 before ADDR is cleared, STOP after.
TEST_F(I2cV1, ReceivesOneByte) {
  address(kReadAddress);
  clear(kAck);
  clear_addr();
  set(kStop);
  await(kRxne);
  EXPECT_EQ(data(), 0x10u);
  await_stop();
  EXPECT_EQ(part.log, "[r 10]");
}

// RM0090: N = 2: POS and ACK, ADDR cleared, ACK = 0, BTF, STOP, two reads of DR.
TEST_F(I2cV1, ReceivesTwoBytes) {
  set(kAck | kPos);
  address(kReadAddress);
  clear_addr();
  clear(kAck);
  await(kBtf);
  set(kStop);
  EXPECT_EQ(data(), 0x10u);
  EXPECT_EQ(data(), 0x11u);
  await_stop();
  EXPECT_EQ(part.log, "[r 10 11]");
}

// RM0090: N = 3: BTF with two bytes waiting, ACK = 0, read, BTF, STOP, two reads.
TEST_F(I2cV1, ReceivesThreeBytes) {
  set(kAck);
  address(kReadAddress);
  clear_addr();
  await(kBtf);
  clear(kAck);
  EXPECT_EQ(data(), 0x10u);
  await(kBtf);
  set(kStop);
  EXPECT_EQ(data(), 0x11u);
  EXPECT_EQ(data(), 0x12u);
  await_stop();
  EXPECT_EQ(part.log, "[r 10 11 12]");
}

// HAL_I2C_EV_IRQHandler reads SR2 first, then SR1: ADDR is still there for it.
TEST_F(I2cV1, KeepsAddrUntilSr2IsReadAfterSr1) {
  set(kStart | kAck);
  await(kSb);
  bench.write(kDr, kReadAddress);
  bench.run_for(kBit * 10);
  bench.read(kSr2);
  EXPECT_TRUE(flag(kAddr));
  bench.read(kSr2);
  EXPECT_FALSE(flag(kAddr));
}

TEST_F(I2cV1, ReadsARegisterAfterARepeatedStart) {
  address(kWriteAddress);
  clear_addr();
  bench.write(kDr, 0x07);
  await(kBtf);
  address(kReadAddress);
  clear_addr();
  set(kStop);
  await(kRxne);
  EXPECT_EQ(data(), 0x17u);
  await_stop();
  EXPECT_EQ(part.log, "[w 07[r 17]");
}

// RM0090, LAST: the byte after EOT_1 of DMA is not acknowledged, and no more are clocked in.
TEST_F(I2cV1, EndsReceptionWithTheLastItemOfDma) {
  bench.write(kCr2, 1u << 11 | 1u << 12);
  set(kAck);
  address(kReadAddress);
  clear_addr();
  Wire& request = bench.wire("i2c1.dma_rx");
  await(kRxne);
  EXPECT_TRUE(request.level());
  EXPECT_EQ(data(), 0x10u);
  bench.wire("i2c1.dma_last").pulse();
  await(kRxne);
  EXPECT_EQ(data(), 0x11u);
  bench.run_for(Duration::from_ms(1));
  EXPECT_FALSE(flag(kRxne));
  set(kStop);
  await_stop();
  EXPECT_EQ(part.log, "[r 10 11]");
}

TEST_F(I2cV1, InterruptsForEventsAndErrors) {
  bench.write(kCr2, 3u << 8);  // ITERREN, ITEVTEN
  set(kStart);
  await(kSb);
  EXPECT_TRUE(bench.wire("i2c1.irq_ev").level());
  bench.write(kDr, 0x22);
  EXPECT_FALSE(bench.wire("i2c1.irq_ev").level());
  await(kAf);
  EXPECT_TRUE(bench.wire("i2c1.irq_er").level());
}

// RM0090, CCR: in fast mode 3 * CCR cycles, 25 * CCR with DUTY.
TEST_F(I2cV1, CountsItsClockByModeAndDuty) {
  bench.write(kCcr, 1u << 15 | 8);
  set(kStart);
  await(kSb);
  EXPECT_EQ((bench.now() - TimePoint{}).ps, 24u * 125'000u);
  bench.write(kCr1, 0);
  bench.write(kCcr, 3u << 14 | 1);
  bench.write(kCr1, kPe);
  const TimePoint begin = bench.now();
  set(kStart);
  await(kSb);
  EXPECT_EQ((bench.now() - begin).ps, 25u * 125'000u);
}

}  // namespace
}  // namespace tinyscope::test
