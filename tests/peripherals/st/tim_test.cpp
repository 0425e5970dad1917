// Timers of STM32. RM0432, chapters of TIM1/TIM8, TIM2 to TIM5, TIM6/TIM7 and TIM15 to TIM17.
//
// Times: the counter starts one clock after CEN (RM0432, CR1.CEN), so that it shows n from
// n + 1 clocks after the write on, times PSC + 1.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kTim = 0x4000'0000;
constexpr Address kOther = 0x4000'0400;
constexpr Address kCr1 = 0x00;
constexpr Address kCr2 = 0x04;
constexpr Address kSmcr = 0x08;
constexpr Address kDier = 0x0C;
constexpr Address kSr = 0x10;
constexpr Address kEgr = 0x14;
constexpr Address kCcmr1 = 0x18;
constexpr Address kCcer = 0x20;
constexpr Address kCnt = 0x24;
constexpr Address kPsc = 0x28;
constexpr Address kArr = 0x2C;
constexpr Address kRcr = 0x30;
constexpr Address kCcr1 = 0x34;
constexpr Address kCcr2 = 0x38;
constexpr Address kBdtr = 0x44;
constexpr Address kDcr = 0x48;
constexpr Address kDmar = 0x4C;

constexpr std::uint32_t kCen = 1u << 0;
constexpr std::uint32_t kUif = 1u << 0;
constexpr std::uint32_t kCc1if = 1u << 1;

constexpr std::string_view kGeneral = "clock = \"ker\"\nchannels = 4";
constexpr std::string_view kWide = "clock = \"ker\"\nchannels = 4\nbits = 32";
constexpr std::string_view kAdvanced = "clock = \"ker\"\nchannels = 6\ncomplementary = 3";
constexpr std::string_view kBasic = "clock = \"ker\"";

// The kernel clock is 10 MHz: a tick is 100 ns.
class TimBench : public ::testing::Test {
 protected:
  explicit TimBench(std::string_view params)
      : tim(bench.add("tim", "st.tim", kTim, params, 0x400)) {
    bench.clocks.signal("ker").set(10'000'000);
  }
  void set(Address offset, std::uint32_t value) { bench.write(kTim + offset, value); }
  std::uint32_t get(Address offset) { return bench.read(kTim + offset); }
  void ticks(std::uint64_t n) { bench.run_for(Duration::from_ns(100) * n); }
  // Starts the counter; on return it is about to become 1 after psc + 1 ticks.
  void start(std::uint32_t cr1 = 0) {
    set(kCr1, cr1 | kCen);
    ticks(1);
  }
  bool irq() { return tim.wire("irq")->level(); }

  PeripheralBench bench;
  Peripheral& tim;
};

class Tim : public TimBench {
 protected:
  Tim() : TimBench(kGeneral) {}
};
class WideTim : public TimBench {
 protected:
  WideTim() : TimBench(kWide) {}
};
class AdvancedTim : public TimBench {
 protected:
  AdvancedTim() : TimBench(kAdvanced) {}
};
class BasicTim : public TimBench {
 protected:
  BasicTim() : TimBench(kBasic) {}
};

TEST_F(Tim, CountsFromOneClockAfterEnable) {
  set(kCr1, kCen);
  EXPECT_EQ(get(kCnt), 0u);
  ticks(1);
  EXPECT_EQ(get(kCnt), 0u);
  ticks(1);
  EXPECT_EQ(get(kCnt), 1u);
  ticks(1234);
  EXPECT_EQ(get(kCnt), 1235u);
}

TEST_F(Tim, UpCounterShowsArrForATickThenWrapsWithAnUpdate) {
  set(kArr, 9);
  start();
  ticks(9);
  EXPECT_EQ(get(kCnt), 9u);
  EXPECT_EQ(get(kSr) & kUif, 0u);
  ticks(1);
  EXPECT_EQ(get(kCnt), 0u);
  EXPECT_EQ(get(kSr) & kUif, kUif);
}

// PSC is buffered: it acts after the next update.
TEST_F(Tim, PrescalerActsAtTheNextUpdate) {
  set(kArr, 9);
  set(kPsc, 3);
  start();
  ticks(10);
  EXPECT_EQ(get(kCnt), 0u);
  ticks(4);
  EXPECT_EQ(get(kCnt), 1u);
  ticks(3);
  EXPECT_EQ(get(kCnt), 1u);
  ticks(1);
  EXPECT_EQ(get(kCnt), 2u);
}

TEST_F(Tim, UgLoadsThePrescalerAndClearsTheCounter) {
  set(kCnt, 77);
  set(kPsc, 9);
  set(kEgr, 1);
  EXPECT_EQ(get(kCnt), 0u);
  EXPECT_EQ(get(kSr) & kUif, kUif);
  set(kSr, 0);
  start();
  ticks(9);
  EXPECT_EQ(get(kCnt), 0u);
  ticks(1);
  EXPECT_EQ(get(kCnt), 1u);
}

TEST_F(Tim, WithUrsUgRaisesNoFlag) {
  set(kCr1, 1u << 2);
  set(kEgr, 1);
  EXPECT_EQ(get(kSr) & kUif, 0u);
}

TEST_F(Tim, WithUdisNoUpdateHappens) {
  set(kCr1, 1u << 1);
  set(kArr, 4);
  start(1u << 1);
  ticks(23);
  EXPECT_EQ(get(kCnt), 3u);
  EXPECT_EQ(get(kSr) & kUif, 0u);
}

TEST_F(Tim, PreloadedArrWaitsForTheUpdate) {
  set(kArr, 9);
  start(1u << 7);  // ARPE
  set(kArr, 4);
  ticks(9);
  EXPECT_EQ(get(kCnt), 9u);
  ticks(1);
  EXPECT_EQ(get(kCnt), 0u);
  ticks(5);
  EXPECT_EQ(get(kCnt), 0u);
}

TEST_F(Tim, ArrBelowTheCounterWrapsAtTheEndOfItsBits) {
  set(kCnt, 100);
  set(kArr, 50);
  start();
  ticks(0x10000 - 100 + 7);
  EXPECT_EQ(get(kCnt), 7u);
  EXPECT_EQ(get(kSr) & kUif, 0u);
}

TEST_F(Tim, IsBlockedWhileArrIsZero) {
  set(kArr, 0);
  start();
  ticks(1000);
  EXPECT_EQ(get(kCnt), 0u);
  EXPECT_EQ(get(kSr), 0u);
}

TEST_F(Tim, DownCounterReloadsArrAfterZero) {
  set(kCr1, 1u << 4);
  set(kArr, 9);
  set(kEgr, 1);
  set(kSr, 0);
  EXPECT_EQ(get(kCnt), 9u);
  start(1u << 4);
  ticks(9);
  EXPECT_EQ(get(kCnt), 0u);
  EXPECT_EQ(get(kSr) & kUif, 0u);
  ticks(1);
  EXPECT_EQ(get(kCnt), 9u);
  EXPECT_EQ(get(kSr) & kUif, kUif);
}

// RM0432, "Center-aligned mode": 0 to ARR - 1, overflow, ARR to 1, underflow.
TEST_F(Tim, CentreAlignedCounterTurnsAtArrAndAtZero) {
  set(kArr, 4);
  start(1u << 5);
  std::vector<std::uint32_t> seen;
  std::vector<bool> updates;
  for (int i = 0; i < 12; ++i) {
    set(kSr, 0);
    ticks(1);
    seen.push_back(get(kCnt));
    updates.push_back((get(kSr) & kUif) != 0);
  }
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4}));
  EXPECT_EQ(updates, (std::vector<bool>{false, false, false, true, false, false, false, true, false,
                                        false, false, true}));
}

TEST_F(Tim, DirShowsTheWayOfACentreAlignedCounter) {
  set(kArr, 10);
  start(3u << 5);
  ticks(5);
  EXPECT_EQ(get(kCr1) >> 4 & 1u, 0u);
  ticks(10);
  EXPECT_EQ(get(kCr1) >> 4 & 1u, 1u);
  EXPECT_EQ(get(kCnt), 5u);
}

TEST_F(Tim, ACentreAlignedCounterPutOnATurningPointTurns) {
  set(kArr, 4);
  set(kCcr1, 4);
  set(kCcr2, 0);
  start(1u << 5);
  ticks(6);
  set(kCnt, 0);  // on its way down
  ticks(1);
  EXPECT_EQ(get(kCnt), 1u);
  set(kCnt, 4);  // on its way up
  ticks(1);
  EXPECT_EQ(get(kCnt), 3u);
}

TEST_F(Tim, OnePulseModeStopsAtTheUpdate) {
  set(kArr, 9);
  start(1u << 3);
  ticks(1000);
  EXPECT_EQ(get(kCr1) & kCen, 0u);
  EXPECT_EQ(get(kCnt), 0u);
  EXPECT_EQ(get(kSr) & kUif, kUif);
}

TEST_F(Tim, InterruptsAtTheUpdateExactly) {
  EdgeCounter edges(bench, tim.wire("irq"));
  set(kArr, 999);
  set(kDier, 1);
  const TimePoint begin = bench.now();
  start();
  ticks(1500);
  EXPECT_EQ(edges.rises, 1u);
  EXPECT_EQ((edges.last - begin).ps, Duration::from_ns(100'100).ps);
  set(kSr, 0);
  EXPECT_FALSE(irq());
  ticks(500);
  EXPECT_EQ(edges.rises, 2u);
  EXPECT_EQ((edges.last - begin).ps, Duration::from_ns(200'100).ps);
}

TEST_F(Tim, WritingZerosClearsFlagsOnly) {
  set(kArr, 9);
  start();
  ticks(20);
  EXPECT_NE(get(kSr) & kCc1if, 0u);  // CCR1 = 0 was passed
  set(kSr, ~kUif);
  EXPECT_EQ(get(kSr) & kUif, 0u);
  EXPECT_NE(get(kSr) & kCc1if, 0u);
}

TEST_F(Tim, CounterStaysRightWhenTheClockChanges) {
  start();
  ticks(100);
  bench.clocks.signal("ker").set(1'000'000);
  bench.run_for(Duration::from_us(50));
  EXPECT_EQ(get(kCnt), 150u);
  bench.clocks.signal("ker").set(0);
  bench.run_for(Duration::from_ms(50));
  EXPECT_EQ(get(kCnt), 150u);
  bench.clocks.signal("ker").set(10'000'000);
  ticks(7);
  EXPECT_EQ(get(kCnt), 157u);
}

TEST_F(Tim, AnUpdateComesAtItsTimeAlthoughTheClockChanges) {
  EdgeCounter edges(bench, tim.wire("irq"));
  set(kArr, 99);
  set(kDier, 1);
  start();
  ticks(50);
  bench.clocks.signal("ker").set(1'000'000);
  const TimePoint change = bench.now();
  bench.run_for(Duration::from_us(60));
  EXPECT_EQ(edges.rises, 1u);
  EXPECT_EQ((edges.last - change).ps, Duration::from_us(50).ps);
}

TEST_F(Tim, CountsLongPausesWithoutBeingLookedAt) {
  set(kArr, 6);
  start();
  ticks(7'000'000'003);  // 700 s: a billion periods
  EXPECT_EQ(get(kCnt), 3u);
  EXPECT_EQ(get(kSr) & kUif, kUif);
}

TEST_F(Tim, UifremapShowsTheFlagInTheCounter) {
  set(kArr, 9);
  start(1u << 11);
  ticks(3);
  EXPECT_EQ(get(kCnt), 3u);
  ticks(10);
  EXPECT_EQ(get(kCnt), 0x8000'0003u);
}

TEST_F(WideTim, CountsThirtyTwoBits) {
  EXPECT_EQ(get(kArr), 0xFFFF'FFFFu);
  set(kCnt, 0xFFFF'FFF0u);
  start();
  ticks(0x1F);
  EXPECT_EQ(get(kCnt), 0xFu);
  EXPECT_EQ(get(kSr) & kUif, kUif);
}

// As the MLPerf Tiny images use TIM5: a free-running microsecond clock.
TEST_F(WideTim, IsAMicrosecondClock) {
  set(kPsc, 9);
  set(kEgr, 1);
  start();
  bench.run_for(Duration::from_us(123'456'789));
  EXPECT_EQ(get(kCnt), 123'456'789u);
}

TEST_F(Tim, CompareRaisesItsFlagInterruptAndDmaRequest) {
  EdgeCounter interrupts(bench, tim.wire("irq"));
  EdgeCounter requests(bench, tim.wire("dma_cc1"));
  set(kArr, 99);
  set(kCcr1, 40);
  set(kDier, 1u << 1 | 1u << 9);
  start();
  const TimePoint begin = bench.now();
  ticks(39);
  EXPECT_EQ(get(kSr) & kCc1if, 0u);
  ticks(1);
  EXPECT_EQ(get(kSr) & kCc1if, kCc1if);
  EXPECT_EQ((interrupts.last - begin).ps, Duration::from_us(4).ps);
  ticks(200);
  EXPECT_EQ(requests.rises, 3u);
  EXPECT_EQ(interrupts.rises, 1u);
}

// RM0432, SR.CC1IF: a compare value above ARR matches at the overflow.
TEST_F(Tim, CompareAboveArrMatchesAtTheOverflow) {
  set(kArr, 9);
  set(kCcr1, 20);
  start();
  ticks(9);
  EXPECT_EQ(get(kSr) & kCc1if, 0u);
  ticks(1);
  EXPECT_EQ(get(kSr) & kCc1if, kCc1if);
}

TEST_F(Tim, PreloadedCompareWaitsForTheUpdate) {
  set(kArr, 99);
  set(kCcmr1, 1u << 3);  // OC1PE
  set(kCcr1, 40);
  start();
  ticks(50);
  EXPECT_EQ(get(kSr) & kCc1if, 0u);
  ticks(90);
  EXPECT_EQ(get(kSr) & kCc1if, kCc1if);
}

// PWM mode 1: high while CNT < CCR1.
TEST_F(Tim, PwmOutputHasThePeriodAndDutyOfItsRegisters) {
  std::vector<std::pair<bool, std::uint64_t>> edges;
  set(kArr, 9);
  set(kCcr1, 3);
  set(kCcmr1, 6u << 4);
  const TimePoint begin = bench.now();
  tim.wire("ch1")->connect(
      [&](bool level) { edges.emplace_back(level, (bench.now() - begin).ps / 100'000); });
  set(kCcer, 1);
  start();
  ticks(24);
  EXPECT_EQ(edges, (std::vector<std::pair<bool, std::uint64_t>>{
                       {true, 0}, {false, 4}, {true, 11}, {false, 14}, {true, 21}, {false, 24}}));
}

TEST_F(AdvancedTim, OutputsNeedMoe) {
  set(kArr, 9);
  set(kCcr1, 3);
  set(kCcmr1, 6u << 4);
  set(kCcer, 5);  // CC1E, CC1NE
  EXPECT_FALSE(tim.wire("ch1")->level());
  set(kBdtr, 1u << 15);
  EXPECT_TRUE(tim.wire("ch1")->level());
  EXPECT_FALSE(tim.wire("ch1n")->level());
}

TEST_F(AdvancedTim, RepetitionCounterSkipsUpdates) {
  EdgeCounter updates(bench, tim.wire("dma_up"));
  set(kArr, 9);
  set(kRcr, 2);
  set(kEgr, 1);
  set(kDier, 1u << 8);
  start();
  ticks(29);
  EXPECT_EQ(updates.rises, 0u);
  ticks(1);
  EXPECT_EQ(updates.rises, 1u);
  ticks(60);
  EXPECT_EQ(updates.rises, 3u);
}

TEST_F(AdvancedTim, RepetitionCounterKeepsItsPhaseOverALongPause) {
  set(kArr, 9);
  set(kRcr, 2);
  set(kEgr, 1);
  set(kSr, 0);
  start();
  ticks(30'000'010);
  set(kSr, 0);
  ticks(19);
  EXPECT_EQ(get(kSr) & kUif, 0u);
  ticks(1);
  EXPECT_EQ(get(kSr) & kUif, kUif);
}

TEST_F(AdvancedTim, HasAnInterruptForEachGroupOfFlags) {
  set(kDier, 0xFF);
  set(kEgr, 1u << 0);
  EXPECT_TRUE(tim.wire("up")->level());
  EXPECT_FALSE(tim.wire("cc")->level());
  set(kEgr, 1u << 2);
  EXPECT_TRUE(tim.wire("cc")->level());
  EXPECT_FALSE(tim.wire("trg_com")->level());
  set(kEgr, 1u << 6);
  EXPECT_TRUE(tim.wire("trg_com")->level());
  EXPECT_FALSE(tim.wire("brk")->level());
  set(kEgr, 1u << 7);
  EXPECT_TRUE(tim.wire("brk")->level());
  set(kSr, 0);
  EXPECT_FALSE(tim.wire("up")->level());
}

TEST_F(Tim, CapturesTheCounterOnARisingEdge) {
  set(kCcmr1, 1);  // CC1 is input TI1
  set(kCcer, 1);
  start();
  ticks(37);
  tim.wire("ti1")->set(true);
  ticks(10);
  tim.wire("ti1")->set(false);
  EXPECT_EQ(get(kSr) & kCc1if, kCc1if);
  EXPECT_EQ(get(kCcr1), 37u);
  EXPECT_EQ(get(kSr) & kCc1if, 0u);  // reading clears
  tim.wire("ti1")->set(true);
  tim.wire("ti1")->set(false);
  tim.wire("ti1")->set(true);
  EXPECT_EQ(get(kSr) & (1u << 9), 1u << 9);  // CC1OF: the first was not read
}

TEST_F(Tim, CapturesEveryFourthFallingEdgeOfTheOtherInput) {
  set(kCcmr1, 2u << 8 | 2u << 10);  // CC2 is input TI1, IC2PSC: every 4th
  set(kCcer, 3u << 4);              // CC2E, falling
  start();
  for (int i = 0; i < 4; ++i) {
    tim.wire("ti1")->set(true);
    EXPECT_EQ(get(kSr) & (1u << 2), 0u);
    ticks(10);
    tim.wire("ti1")->set(false);
  }
  EXPECT_EQ(get(kCcr2), 40u);
}

TEST_F(Tim, BurstsReachTheRegistersFromDba) {
  EdgeCounter requests(bench, tim.wire("dma_up"));
  set(kDier, 1u << 8);
  set(kDcr, 2u << 8 | 13);  // three from CCR1 on
  set(kEgr, 1);
  set(kDmar, 11);
  set(kDmar, 22);
  set(kDmar, 33);
  EXPECT_EQ(requests.rises, 3u);  // the update's, and two more
  EXPECT_EQ(get(kCcr1), 11u);
  EXPECT_EQ(get(kCcr1 + 4), 22u);
  EXPECT_EQ(get(kCcr1 + 8), 33u);
}

TEST_F(Tim, ClocksAnotherTimerThroughTrgo) {
  Peripheral& other = bench.add("other", "st.tim", kOther, kGeneral, 0x400);
  tim.wire("trgo")->connect([&](bool level) { other.wire("itr1")->set(level); });
  set(kCr2, 2u << 4);  // MMS: update
  set(kArr, 9);
  bench.write(kOther + kSmcr, 1u << 4 | 7);  // ITR1, external clock mode 1
  bench.write(kOther + kArr, 4);
  bench.write(kOther + kCr1, kCen);
  start();
  ticks(39);
  EXPECT_EQ(bench.read(kOther + kCnt), 3u);
  ticks(21);
  EXPECT_EQ(bench.read(kOther + kCnt), 1u);
  EXPECT_EQ(bench.read(kOther + kSr) & kUif, kUif);
}

TEST_F(Tim, ATriggerStartsResetsOrGatesTheCounter) {
  Wire& itr = *tim.wire("itr0");
  set(kSmcr, 6);  // trigger mode
  ticks(50);
  EXPECT_EQ(get(kCnt), 0u);
  itr.pulse();
  ticks(11);
  EXPECT_EQ(get(kCnt), 10u);
  EXPECT_NE(get(kSr) & (1u << 6), 0u);
  set(kSmcr, 4);  // reset mode
  itr.pulse();
  EXPECT_EQ(get(kCnt), 0u);
  ticks(10);
  EXPECT_EQ(get(kCnt), 10u);
  set(kSmcr, 5);  // gated mode, gate closed
  ticks(10);
  EXPECT_EQ(get(kCnt), 10u);
  itr.set(true);
  ticks(11);
  itr.set(false);
  ticks(10);
  EXPECT_EQ(get(kCnt), 20u);
}

TEST_F(Tim, ReportsEncoderModeAndInputFilters) {
  set(kSmcr, 3);
  EXPECT_TRUE(bench.reported("SMS = 3"));
  set(kCcmr1, 1 | 5u << 4);
  EXPECT_TRUE(bench.reported("ICxF"));
}

TEST_F(BasicTim, HasOnlyATimeBase) {
  set(kArr, 99);
  set(kPsc, 9);
  set(kEgr, 1);
  set(kSr, 0);
  set(kDier, 1);
  start();
  ticks(999);
  EXPECT_FALSE(irq());
  ticks(1);
  EXPECT_TRUE(irq());
  set(kCcr1, 5);
  EXPECT_TRUE(bench.reported("+0x034"));
}

TEST_F(Tim, ASnapshotContinuesTheSame) {
  EdgeCounter edges(bench, tim.wire("irq"));
  set(kArr, 99);
  set(kPsc, 6);
  set(kEgr, 1);
  set(kSr, 0);
  set(kDier, 1);
  start();
  ticks(345);
  const auto saved = bench.save();
  ticks(1000);
  const TimePoint first = edges.last;
  ASSERT_EQ(edges.rises, 1u);
  bench.restore(saved);
  EXPECT_EQ(get(kCnt), 345u / 7u);
  ticks(1000);
  EXPECT_EQ(edges.rises, 2u);
  EXPECT_EQ(edges.last, first);
}

// A counter that is looked at every now and then is where one that nobody saw for long is, whatever
// was programmed: the periods that are skipped in one go count like those that are counted.
TEST(TimAtRandom, LookingDoesNotChangeWhatIsSeen) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 engine(seed);
    const auto random = [&engine](std::uint32_t below) {
      return static_cast<std::uint32_t>(engine()) % below;
    };
    PeripheralBench seldom;
    PeripheralBench often;
    const auto both = [&](auto&& action) {
      action(seldom);
      action(often);
    };
    both([](PeripheralBench& bench) {
      bench.add("tim", "st.tim", kTim, kAdvanced, 0x400);
      bench.clocks.signal("ker").set(10'000'000);
    });
    for (int round = 0; round < 10; ++round) {
      const std::pair<Address, std::uint32_t> writes[] = {
          {kCr1, random(2) << 7 | random(4) << 5 | random(2) << 4 | random(4) << 1 | kCen},
          {kArr, random(40)},
          {kPsc, random(3)},
          {kRcr, random(4)},
          {kCcr1, random(45)},
          {kCcr2, random(45)},
          {kCcmr1, random(8) << 4 | random(2) << 3 | random(8) << 12 | random(2) << 11},
          {kCnt, random(50)},
          {kSr, random(0x20)},
      };
      for (const auto& [offset, value] : writes) {
        if (random(3) == 0) continue;
        both([&](PeripheralBench& bench) { bench.write(kTim + offset, value); });
      }
      for (int part = 0; part < 50; ++part) {
        const Duration pause = Duration::from_ns(random(20'000));
        both([&](PeripheralBench& bench) { bench.run_for(pause); });
        often.read(kTim + (random(2) == 0 ? kCnt : kSr));
      }
      for (const Address offset : {kCnt, kSr, kCr1, kCcr1, kBdtr}) {
        EXPECT_EQ(seldom.read(kTim + offset), often.read(kTim + offset))
            << "seed " << seed << " round " << round << " offset " << offset;
      }
    }
  }
}

}  // namespace
}  // namespace tinyscope::test
