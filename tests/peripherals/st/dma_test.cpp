// DMA and DMAMUX of the STM32L4+. RM0432, chapters "DMA" and "DMAMUX".
//
// HCLK is 100 MHz here, 10 ns a cycle; an item takes 5 cycles between memories, 7 with a peripheral
// on one side (parameters of the model, given here so that the tests do not follow its defaults).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "sim/bus.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::ElementsAre;

constexpr Address kDma = 0x4002'0000;
constexpr Address kMux = 0x4002'0800;
constexpr Address kIsr = kDma + 0x00;
constexpr Address kIfcr = kDma + 0x04;

constexpr Address ccr(unsigned channel) { return kDma + 0x08 + 0x14 * (channel - 1); }
constexpr Address cndtr(unsigned channel) { return ccr(channel) + 4; }
constexpr Address cpar(unsigned channel) { return ccr(channel) + 8; }
constexpr Address cmar(unsigned channel) { return ccr(channel) + 12; }
constexpr std::uint32_t tcif(unsigned channel) { return 2u << (4 * (channel - 1)); }
constexpr std::uint32_t htif(unsigned channel) { return 4u << (4 * (channel - 1)); }
constexpr std::uint32_t teif(unsigned channel) { return 8u << (4 * (channel - 1)); }

constexpr std::uint32_t kEn = 1u << 0;
constexpr std::uint32_t kTcie = 1u << 1;
constexpr std::uint32_t kHtie = 1u << 2;
constexpr std::uint32_t kDir = 1u << 4;
constexpr std::uint32_t kCirc = 1u << 5;
constexpr std::uint32_t kPinc = 1u << 6;
constexpr std::uint32_t kMinc = 1u << 7;
constexpr std::uint32_t kMem2Mem = 1u << 14;
constexpr std::uint32_t psize(unsigned code) { return code << 8; }
constexpr std::uint32_t msize(unsigned code) { return code << 10; }
constexpr std::uint32_t priority(unsigned level) { return level << 12; }

constexpr Address kFrom = PeripheralBench::kRam + 0x100;
constexpr Address kTo = PeripheralBench::kRam + 0x800;

class Dma : public ::testing::Test {
 protected:
  Dma() {
    bench.clocks.signal("hclk").set(100'000'000);
    std::vector<std::uint8_t> pattern(256);
    std::iota(pattern.begin(), pattern.end(), std::uint8_t{1});
    bench.fill(kFrom, pattern);
  }
  void cycles(std::uint64_t n) { bench.run_for(Duration::from_ns(10) * n); }
  void channel(unsigned number, Address peripheral, Address memory, std::uint32_t count,
               std::uint32_t control) {
    bench.write(ccr(number), 0);
    bench.write(cndtr(number), count);
    bench.write(cpar(number), peripheral);
    bench.write(cmar(number), memory);
    bench.write(ccr(number), control | kEn);
  }
  bool flag(std::uint32_t bit) { return (bench.read(kIsr) & bit) != 0; }
  Wire& request(unsigned number) { return bench.wire("dma1.request" + std::to_string(number)); }

  PeripheralBench bench;
  Peripheral& dma =
      bench.add("dma1", "st.dma", kDma, "item_cycles = 5\nperipheral_cycles = 2", 0x400);
};

TEST_F(Dma, CopiesMemoryAtItsOwnPace) {
  channel(1, kFrom, kTo, 4, kMem2Mem | kPinc | kMinc | psize(2) | msize(2));
  cycles(19);
  EXPECT_EQ(bench.read(cndtr(1)), 1u);
  EXPECT_EQ(bench.read(kTo + 8), 0x0C0B'0A09u);
  EXPECT_EQ(bench.read(kTo + 12), 0u);
  EXPECT_FALSE(flag(tcif(1)));
  cycles(1);
  EXPECT_EQ(bench.read(cndtr(1)), 0u);
  EXPECT_EQ(bench.read(kTo + 12), 0x100F'0E0Du);
  EXPECT_TRUE(flag(tcif(1)));
}

// RM0432, "Programmable data widths", with PINC = MINC = 1.
TEST_F(Dma, WidensWithZerosAndNarrowsToTheLowBits) {
  channel(1, kFrom, kTo, 2, kMem2Mem | kPinc | kMinc | psize(0) | msize(2));
  cycles(10);
  EXPECT_THAT(bench.bytes(kTo, 8), ElementsAre(1, 0, 0, 0, 2, 0, 0, 0));
  channel(1, kFrom, kTo, 2, kMem2Mem | kPinc | kMinc | psize(2) | msize(1));
  cycles(10);
  EXPECT_THAT(bench.bytes(kTo, 4), ElementsAre(1, 2, 5, 6));
}

TEST_F(Dma, DirChoosesTheSource) {
  channel(1, kTo, kFrom, 1, kMem2Mem | kDir | psize(0) | msize(0));
  cycles(5);
  EXPECT_EQ(bench.read(kTo), 1u);
}

TEST_F(Dma, MovesAnItemForEachRequest) {
  channel(3, kFrom, kTo, 8, kMinc);
  cycles(100);
  EXPECT_EQ(bench.read(cndtr(3)), 8u);
  request(3).pulse();
  cycles(4);
  EXPECT_EQ(bench.read(cndtr(3)), 8u);
  cycles(1);
  EXPECT_EQ(bench.read(cndtr(3)), 7u);
  cycles(100);
  EXPECT_EQ(bench.read(cndtr(3)), 7u);
}

TEST_F(Dma, ServesALevelUntilItFalls) {
  channel(1, kFrom, kTo, 100, kMinc);
  request(1).set(true);
  cycles(17);
  request(1).set(false);
  cycles(100);
  EXPECT_EQ(bench.read(cndtr(1)), 97u);  // at 5, 10, 15; the fourth was withdrawn
}

TEST_F(Dma, RequestsOfADisabledChannelAreLost) {
  request(1).pulse();
  channel(1, kFrom, kTo, 4, kMinc);
  cycles(100);
  EXPECT_EQ(bench.read(cndtr(1)), 4u);
}

TEST_F(Dma, CircularModeRaisesHalfAndCompleteAndStartsAgain) {
  EdgeCounter edges(bench, dma.wire("ch2"));
  channel(2, kFrom, kTo, 4, kCirc | kMinc | kTcie | kHtie);
  const auto serve = [&] {
    request(2).pulse();
    cycles(5);
  };
  serve();
  EXPECT_EQ(bench.read(kIsr), 0u);
  serve();
  EXPECT_EQ(bench.read(kIsr), htif(2) | 1u << 4);  // with GIF
  EXPECT_EQ(edges.rises, 1u);
  bench.write(kIfcr, htif(2));
  EXPECT_EQ(bench.read(kIsr), 0u);
  serve();
  serve();
  EXPECT_TRUE(flag(tcif(2)));
  EXPECT_EQ(edges.rises, 2u);
  EXPECT_EQ(bench.read(cndtr(2)), 4u);
  bench.write(kIfcr, 1u << 4);  // CGIF clears all of the channel
  EXPECT_EQ(bench.read(kIsr), 0u);
  bench.write(kFrom, 0x77);
  serve();
  EXPECT_THAT(bench.bytes(kTo, 4), ElementsAre(0x77, 1, 1, 1));
}

TEST_F(Dma, WithoutCircularModeItStopsAtTheEnd) {
  channel(1, kFrom, kTo, 2, kMinc);
  request(1).set(true);
  cycles(100);
  EXPECT_EQ(bench.read(cndtr(1)), 0u);
  EXPECT_EQ(bench.read(ccr(1)) & kEn, kEn);
  EXPECT_EQ(bench.read(kTo + 2) & 0xFF, 0u);
}

// RM0432, "Arbitration": PL first, then the lower number.
TEST_F(Dma, ServesByPriorityThenByNumber) {
  std::vector<Address> order;
  bench.bus.on_master_transfer([&](const MasterTransfer& transfer) {
    if (transfer.type == AccessType::kWrite) order.push_back(transfer.address);
  });
  channel(1, kFrom, kTo, 1, priority(0));
  channel(2, kFrom, kTo + 4, 1, priority(1));
  channel(3, kFrom, kTo + 8, 1, priority(3));
  channel(4, kFrom, kTo + 12, 1, priority(3));
  request(4).set(true);  // starts at once: nothing else asks yet
  request(1).set(true);
  request(2).set(true);
  request(3).set(true);
  cycles(20);
  EXPECT_THAT(order, ElementsAre(kTo + 12, kTo + 8, kTo + 4, kTo));
}

TEST_F(Dma, CopyingToNowhereIsAnErrorThatDisablesTheChannel) {
  channel(1, kFrom, 0x3000'0000, 4, kMem2Mem | kPinc | kMinc | 1u << 3);
  cycles(20);
  EXPECT_TRUE(flag(teif(1)));
  EXPECT_EQ(bench.read(ccr(1)) & kEn, 0u);
  EXPECT_TRUE(dma.wire("ch1")->level());
  EXPECT_EQ(bench.read(cndtr(1)), 4u);
}

TEST_F(Dma, CndtrIsReadOnlyWhileEnabled) {
  channel(1, kFrom, kTo, 4, 0);
  bench.write(cndtr(1), 9);
  EXPECT_EQ(bench.read(cndtr(1)), 4u);
}

TEST_F(Dma, TellsTheBusWhatItTouchesAndWhen) {
  std::vector<MasterTransfer> seen;
  bench.bus.on_master_transfer([&](const MasterTransfer& each) { seen.push_back(each); });
  channel(1, kFrom, kTo, 1, kMem2Mem | psize(1) | msize(1));
  cycles(5);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].address, kFrom);
  EXPECT_EQ(seen[0].bytes, 2u);
  EXPECT_EQ(seen[0].type, AccessType::kRead);
  EXPECT_EQ(seen[0].when.ps, 50'000u);
  EXPECT_EQ(seen[1].address, kTo);
  EXPECT_EQ(seen[1].type, AccessType::kWrite);
}

TEST_F(Dma, StoresDropTranslatedCode) {
  std::vector<Address> changed;
  bench.bus.on_bulk_write([&](Address address, std::uint32_t) { changed.push_back(address); });
  channel(1, kFrom, kTo, 1, kMem2Mem | psize(2) | msize(2));
  cycles(5);
  EXPECT_THAT(changed, ElementsAre(kTo));
}

TEST_F(Dma, WaitsWhileHclkStands) {
  channel(1, kFrom, kTo, 2, kMem2Mem | kMinc);
  cycles(7);
  bench.clocks.signal("hclk").set(0);
  bench.run_for(Duration::from_ms(1));
  EXPECT_EQ(bench.read(cndtr(1)), 1u);
  bench.clocks.signal("hclk").set(50'000'000);
  bench.run_for(Duration::from_ns(59));
  EXPECT_EQ(bench.read(cndtr(1)), 1u);
  bench.run_for(Duration::from_ns(1));
  EXPECT_EQ(bench.read(cndtr(1)), 0u);
}

TEST_F(Dma, ASnapshotInMidTransferContinuesTheSame) {
  channel(1, kFrom, kTo, 10, kMem2Mem | kPinc | kMinc);
  cycles(23);
  const auto saved = bench.save();
  cycles(100);
  bench.restore(saved);
  EXPECT_EQ(bench.read(cndtr(1)), 6u);
  cycles(26);
  EXPECT_EQ(bench.read(cndtr(1)), 1u);
  EXPECT_FALSE(flag(tcif(1)));
  cycles(1);
  EXPECT_TRUE(flag(tcif(1)));
  EXPECT_EQ(bench.bytes(kTo, 10), bench.bytes(kFrom, 10));
}

TEST_F(Dma, ItsSpeedIsAnAssumptionUnlessGiven) {
  EXPECT_FALSE(bench.assumed("dma1.item_cycles"));
  bench.add("dma2", "st.dma", kDma + 0x400, "", 0x400);
  EXPECT_TRUE(bench.assumed("dma2.item_cycles"));
}

class Dmamux : public Dma {
 protected:
  void SetUp() override {
    for (unsigned i = 0; i < 7; ++i) {
      bench.connect("mux.channel" + std::to_string(i), "dma1.request" + std::to_string(i + 1));
      bench.connect("dma1.acknowledge" + std::to_string(i + 1),
                    "mux.acknowledge" + std::to_string(i));
    }
  }
  static constexpr Address cxcr(unsigned channel) { return kMux + 4 * channel; }
  static constexpr Address rgcr(unsigned generator) { return kMux + 0x100 + 4 * generator; }
  std::uint32_t left(unsigned number) { return bench.read(cndtr(number)); }

  Peripheral& mux = bench.add("mux", "st.dmamux", kMux, "channels = 14\ninputs = 20", 0x400);
};

TEST_F(Dmamux, RoutesTheSelectedRequest) {
  bench.write(cxcr(1), 42);
  channel(2, kFrom, kTo, 8, kMinc);
  mux.wire("request41")->pulse();
  cycles(20);
  EXPECT_EQ(left(2), 8u);
  mux.wire("request42")->pulse();
  cycles(20);
  EXPECT_EQ(left(2), 7u);
}

TEST_F(Dmamux, SelectingARequestThatIsHighAsksAtOnce) {
  mux.wire("request42")->set(true);
  channel(1, kFrom, kTo, 3, kMinc);
  bench.write(cxcr(0), 42);
  cycles(20);
  EXPECT_EQ(left(1), 0u);
}

// RM0432, "DMAMUX request generator": GNBREQ + 1 requests for each trigger.
TEST_F(Dmamux, GeneratorMakesRequestsFromAnInput) {
  bench.write(rgcr(0), 3u | 1u << 16 | 1u << 17 | 2u << 19);  // input 3, rising, three requests
  bench.write(cxcr(0), 1);
  channel(1, kFrom, kTo, 100, kMinc);
  mux.wire("input3")->set(true);
  cycles(100);
  EXPECT_EQ(left(1), 97u);
  mux.wire("input3")->set(false);
  cycles(100);
  EXPECT_EQ(left(1), 97u);
  bench.fabric.line("exti.3").set(true);
  cycles(100);
  EXPECT_EQ(left(1), 94u);
}

TEST_F(Dmamux, ATriggerBeforeTheRequestsAreServedIsAnOverrun) {
  bench.write(rgcr(1), 3u | 1u << 8 | 1u << 16 | 1u << 17 | 2u << 19);
  mux.wire("input3")->pulse();
  EXPECT_EQ(bench.read(kMux + 0x140), 0u);
  mux.wire("input3")->pulse();
  EXPECT_EQ(bench.read(kMux + 0x140), 2u);
  EXPECT_TRUE(mux.wire("irq")->level());
  bench.write(kMux + 0x144, 2);
  EXPECT_FALSE(mux.wire("irq")->level());
}

// RM0432, "Synchronization mode": each edge lets NBREQ + 1 requests through.
TEST_F(Dmamux, SynchronisationLetsRequestsThroughInPortions) {
  EdgeCounter events(bench, mux.wire("event0"));
  bench.write(cxcr(0), 42u | 1u << 9 | 1u << 16 | 1u << 17 | 1u << 19 | 5u << 24);
  channel(1, kFrom, kTo, 100, kMinc);
  mux.wire("request42")->set(true);
  cycles(100);
  EXPECT_EQ(left(1), 100u);
  mux.wire("input5")->pulse();
  cycles(100);
  EXPECT_EQ(left(1), 98u);
  EXPECT_EQ(events.rises, 1u);
  mux.wire("input5")->pulse();
  cycles(100);
  EXPECT_EQ(left(1), 96u);
}

TEST_F(Dmamux, ReportsInputsThatNothingDrives) {
  bench.write(rgcr(0), 20u | 1u << 16 | 1u << 17);
  EXPECT_TRUE(bench.reported("input 20"));
}

}  // namespace
}  // namespace tinyscope::test
