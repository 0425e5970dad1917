// DMA with streams of the STM32F4, F7 and H7. RM0385, chapter "Direct memory access controller
// (DMA)".
//
// HCLK is 100 MHz here, 10 ns a cycle; an item takes 4 cycles on each port, one more for each
// further item of a burst and two more for a peripheral (parameters of the model, given here so
// that the tests do not follow its defaults).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr Address kDma = 0x4002'6400;
constexpr Address kLisr = kDma + 0x00;
constexpr Address kHisr = kDma + 0x04;
constexpr Address kLifcr = kDma + 0x08;
constexpr Address cr(unsigned stream) { return kDma + 0x10 + 0x18 * stream; }
constexpr Address ndtr(unsigned stream) { return cr(stream) + 0x04; }
constexpr Address par(unsigned stream) { return cr(stream) + 0x08; }
constexpr Address m0ar(unsigned stream) { return cr(stream) + 0x0C; }
constexpr Address m1ar(unsigned stream) { return cr(stream) + 0x10; }
constexpr Address fcr(unsigned stream) { return cr(stream) + 0x14; }

constexpr std::uint32_t kEn = 1u << 0;
constexpr std::uint32_t kTcie = 1u << 4;
constexpr std::uint32_t kToPeripheral = 1u << 6;
constexpr std::uint32_t kMemToMem = 2u << 6;
constexpr std::uint32_t kCirc = 1u << 8;
constexpr std::uint32_t kPinc = 1u << 9;
constexpr std::uint32_t kMinc = 1u << 10;
constexpr std::uint32_t psize(unsigned code) { return code << 11; }
constexpr std::uint32_t msize(unsigned code) { return code << 13; }
constexpr std::uint32_t priority(unsigned level) { return level << 16; }
constexpr std::uint32_t kDbm = 1u << 18;
constexpr std::uint32_t kCt = 1u << 19;
constexpr std::uint32_t chsel(unsigned channel) { return channel << 25; }
constexpr std::uint32_t kFifo = 1u << 2;  // DMDIS

// LISR of stream 0.
constexpr std::uint32_t kFeif = 1u << 0;
constexpr std::uint32_t kTeif = 1u << 3;
constexpr std::uint32_t kHtif = 1u << 4;
constexpr std::uint32_t kTcif = 1u << 5;

constexpr Address kFrom = PeripheralBench::kRam + 0x100;
constexpr Address kTo = PeripheralBench::kRam + 0x800;
constexpr Address kPeripheral = 0x4000'0000;

// A data register: reads count up, writes are kept.
class DataRegister final : public BusTarget {
 public:
  std::uint32_t read(const BusAccess&) override { return next++; }
  void write(const BusAccess&, std::uint32_t value) override { written.push_back(value); }
  std::uint32_t next = 1;
  std::vector<std::uint32_t> written;
};

class DmaV2 : public ::testing::Test {
 protected:
  explicit DmaV2(std::string_view type = "st.dma_v2") {
    bench.clocks.signal("hclk").set(100'000'000);
    bench.add("dma2", type, kDma, "port_cycles = 4\nbeat_cycles = 1\nperipheral_cycles = 2", 0x400);
    bench.bus.add_target("data", kPeripheral, 0x400, data);
    std::vector<std::uint8_t> pattern(256);
    std::iota(pattern.begin(), pattern.end(), std::uint8_t{1});
    bench.fill(kFrom, pattern);
  }
  void cycles(std::uint64_t n) { bench.run_for(Duration::from_ns(10) * n); }
  void stream(unsigned number, Address peripheral, Address memory, std::uint32_t count,
              std::uint32_t control, std::uint32_t fifo = 0) {
    bench.write(ndtr(number), count);
    bench.write(par(number), peripheral);
    bench.write(m0ar(number), memory);
    bench.write(fcr(number), fifo);
    bench.write(cr(number), control);
    bench.write(cr(number), control | kEn);
  }
  DataRegister data;
  PeripheralBench bench;
};

// SVD, DMA2: SxFCR 0x21.
TEST_F(DmaV2, ResetValues) {
  EXPECT_EQ(bench.read(fcr(3)), 0x21u);
  EXPECT_EQ(bench.read(cr(3)), 0u);
  EXPECT_EQ(bench.read(kLisr), 0u);
}

// A read on one port and a write on the other, 4 cycles each.
TEST_F(DmaV2, MemoryToMemoryMovesWordsAndEnds) {
  stream(0, kFrom, kTo, 8, kMemToMem | kPinc | kMinc | psize(2) | msize(2) | kTcie, kFifo);
  cycles(8 * 8 - 1);
  EXPECT_EQ(bench.read(kLisr) & kTcif, 0u);
  cycles(1);
  EXPECT_EQ(bench.read(kLisr), kTcif | kHtif);
  EXPECT_EQ(bench.bytes(kTo, 32), bench.bytes(kFrom, 32));
  EXPECT_EQ(bench.read(cr(0)) & kEn, 0u);
  EXPECT_EQ(bench.read(ndtr(0)), 0u);
  EXPECT_TRUE(bench.wire("dma2.s0").level());
  bench.write(kLifcr, kTcif | kHtif);
  EXPECT_FALSE(bench.wire("dma2.s0").level());
  EXPECT_EQ(bench.read(kLisr), 0u);
}

// RM0385, "Burst": four words are one transaction of 4 + 3 cycles on each port.
TEST_F(DmaV2, BurstsTakeOneCycleForEachFurtherItem) {
  const std::uint32_t bursts = 1u << 21 | 1u << 23;
  stream(0, kFrom, kTo, 4, kMemToMem | kPinc | kMinc | psize(2) | msize(2) | bursts, kFifo | 3);
  cycles(13);
  EXPECT_EQ(bench.read(kLisr) & kTcif, 0u);
  cycles(1);
  EXPECT_EQ(bench.read(kLisr) & kTcif, kTcif);
  EXPECT_EQ(bench.bytes(kTo, 16), bench.bytes(kFrom, 16));
}

TEST_F(DmaV2, OneItemForEachRequestOfTheChosenChannel) {
  stream(2, kPeripheral, kTo, 3, chsel(4) | kMinc | psize(0) | msize(0));
  bench.wire("dma2.s2c3").pulse();
  cycles(100);
  EXPECT_EQ(bench.read(ndtr(2)), 3u);
  for (int i = 0; i < 3; ++i) {
    bench.wire("dma2.s2c4").pulse();
    cycles(100);
  }
  EXPECT_THAT(bench.bytes(kTo, 4), ElementsAre(1, 2, 3, 0));
  EXPECT_EQ(bench.read(kLisr), (kTcif | kHtif) << 16);
}

// RM0385, "Direct mode": the first item is read from memory as soon as the stream is enabled.
TEST_F(DmaV2, MemoryToPeripheralFollowsALevel) {
  stream(7, kPeripheral, kFrom, 4, kToPeripheral | kMinc | psize(0));
  cycles(100);
  EXPECT_TRUE(data.written.empty());
  bench.wire("dma2.s7c0").set(true);
  cycles(100);
  EXPECT_THAT(data.written, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(bench.read(kHisr), (kTcif | kHtif) << 22);
}

// RM0385, "Packing": bytes from the peripheral, words to memory once half of the FIFO is full.
TEST_F(DmaV2, FifoPacksBytesIntoWordsAtTheThreshold) {
  stream(1, kPeripheral, kTo, 10, kMinc | psize(0) | msize(2), kFifo | 1);
  const auto request = [&] {
    bench.wire("dma2.s1c0").pulse();
    cycles(50);
  };
  for (int i = 0; i < 7; ++i) request();
  EXPECT_THAT(bench.bytes(kTo, 8), Each(0));
  EXPECT_EQ(bench.read(fcr(1)) >> 3 & 7, 1u);  // FS: a quarter to a half
  request();
  EXPECT_THAT(bench.bytes(kTo, 8), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  request();
  request();  // the last two leave as less than a word
  EXPECT_THAT(bench.bytes(kTo + 8, 4), ElementsAre(9, 10, 0, 0));
  EXPECT_EQ(bench.read(kLisr) >> 6 & kTcif, kTcif);
}

TEST_F(DmaV2, CircularModeStartsAgain) {
  stream(0, kPeripheral, kTo, 2, kCirc | kMinc | psize(0));
  for (int i = 0; i < 3; ++i) {
    bench.wire("dma2.s0c0").pulse();
    cycles(50);
  }
  EXPECT_THAT(bench.bytes(kTo, 2), ElementsAre(3, 2));
  EXPECT_EQ(bench.read(ndtr(0)), 1u);
  EXPECT_EQ(bench.read(cr(0)) & kEn, kEn);
}

// RM0385, "Double-buffer mode": CT shows the memory in use; the other address can be written.
TEST_F(DmaV2, DoubleBufferModeChangesTheMemory) {
  bench.write(m1ar(0), kTo + 0x40);
  stream(0, kPeripheral, kTo, 2, kDbm | kMinc | psize(0));
  bench.wire("dma2.s0c0").set(true);
  cycles(2 * 10);
  EXPECT_EQ(bench.read(cr(0)) & kCt, kCt);
  bench.write(m1ar(0), 0);
  EXPECT_EQ(bench.read(m1ar(0)), kTo + 0x40);
  bench.write(m0ar(0), kTo + 0x80);
  cycles(4 * 10);
  bench.wire("dma2.s0c0").set(false);
  EXPECT_THAT(bench.bytes(kTo, 2), ElementsAre(1, 2));
  EXPECT_THAT(bench.bytes(kTo + 0x40, 2), ElementsAre(3, 4));
  EXPECT_THAT(bench.bytes(kTo + 0x80, 2), ElementsAre(5, 6));
}

TEST_F(DmaV2, TheHigherPriorityGoesFirst) {
  stream(0, kPeripheral, kTo, 1, kMinc | psize(0));
  stream(5, kPeripheral, kTo + 1, 1, kMinc | psize(0) | priority(2));
  stream(6, kPeripheral, kTo + 2, 1, kMinc | psize(0));
  bench.wire("dma2.s6c0").set(true);  // is in hand when the others come
  bench.wire("dma2.s0c0").set(true);
  bench.wire("dma2.s5c0").set(true);
  cycles(100);
  EXPECT_THAT(bench.bytes(kTo, 3), ElementsAre(3, 2, 1));
}

// RM0385, "DMA transfer suspension": what was taken reaches memory, TCIF is set, NDTR is kept.
TEST_F(DmaV2, DisablingFlushesTheFifo) {
  stream(0, kPeripheral, kTo, 8, kMinc | psize(0) | msize(0), kFifo | 3);
  for (int i = 0; i < 3; ++i) {
    bench.wire("dma2.s0c0").pulse();
    cycles(50);
  }
  bench.write(cr(0), kMinc);
  EXPECT_THAT(bench.bytes(kTo, 4), ElementsAre(1, 2, 3, 0));
  EXPECT_EQ(bench.read(ndtr(0)), 5u);
  EXPECT_EQ(bench.read(kLisr), kTcif);
}

TEST_F(DmaV2, ABusErrorDisablesTheStream) {
  stream(0, 0x6000'0000, kTo, 4, kMemToMem | kPinc | kMinc, kFifo);
  cycles(100);
  EXPECT_EQ(bench.read(kLisr), kTeif);
  EXPECT_EQ(bench.read(cr(0)) & kEn, 0u);
}

// RM0385, table "FIFO threshold configurations": four words do not fit a threshold of half.
TEST_F(DmaV2, ABurstThatDoesNotFitTheThresholdIsAFifoError) {
  stream(0, kFrom, kTo, 4, kMemToMem | kMinc | psize(2) | msize(2) | 1u << 23, kFifo | 1);
  EXPECT_EQ(bench.read(kLisr), kFeif);
  EXPECT_EQ(bench.read(cr(0)) & kEn, 0u);
}

TEST_F(DmaV2, ConfigurationIsKeptWhileEnabled) {
  stream(0, kPeripheral, kTo, 4, kMinc | psize(0));
  bench.write(ndtr(0), 9);
  bench.write(par(0), 9);
  bench.write(cr(0), kEn | kTcie | psize(2));
  EXPECT_EQ(bench.read(ndtr(0)), 4u);
  EXPECT_EQ(bench.read(par(0)), kPeripheral);
  EXPECT_EQ(bench.read(cr(0)), kEn | kTcie | kMinc);
}

TEST(DmaV2Limits, MemoriesOfTheCoreAloneAreOutOfReach) {
  PeripheralBench bench;
  bench.clocks.signal("hclk").set(100'000'000);
  bench.bus.add_memory("ccm", MemoryKind::kRam, 0x1000'0000, 0x1000, 0);
  bench.add("dma2", "st.dma_v2", kDma, "unreachable = [\"ccm\"]", 0x400);
  bench.write(ndtr(0), 1);
  bench.write(par(0), kFrom);
  bench.write(m0ar(0), 0x1000'0000);
  bench.write(cr(0), kMemToMem | kEn);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kLisr) & (kTeif | kTcif), kTeif);
}

class DmaH7 : public DmaV2 {
 protected:
  DmaH7() : DmaV2("st.dma_h7") {}
};

TEST_F(DmaH7, TakesItsRequestsFromADmamuxAndAcknowledgesThem) {
  EdgeCounter acknowledged(bench, &bench.wire("dma2.acknowledge2"));
  stream(2, kPeripheral, kTo, 2, kMinc | psize(0));
  bench.wire("dma2.request2").set(true);
  cycles(100);
  EXPECT_EQ(acknowledged.rises, 2u);
  EXPECT_THAT(bench.bytes(kTo, 2), ElementsAre(1, 2));
}

}  // namespace
}  // namespace tinyscope::test
