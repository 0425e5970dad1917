// What the timeline keeps: spans that nest, within bounds, at the right times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "profiler/counter_track.hpp"
#include "profiler/span_track.hpp"
#include "profiler/timeline_collector.hpp"
#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> texts(const Timeline& timeline, std::string_view track) {
  std::vector<std::string> found;
  for (const Timeline::Span& span : timeline.spans) {
    if (timeline.tracks[span.track].name != track) continue;
    found.push_back(span.name + " " + std::to_string(span.start_ns) + ".." +
                    std::to_string(span.end_ns));
  }
  return found;
}

// On one track two spans are apart, or one lies in the other.
void expect_nested(const Timeline& timeline) {
  std::map<std::uint32_t, std::vector<std::uint64_t>> open;
  std::uint64_t last = 0;
  for (const Timeline::Span& span : timeline.spans) {
    ASSERT_LT(span.track, timeline.tracks.size());
    EXPECT_LE(last, span.start_ns) << "not by start";
    last = span.start_ns;
    EXPECT_LE(span.start_ns, span.end_ns);
    std::vector<std::uint64_t>& ends = open[span.track];
    while (!ends.empty() && ends.back() <= span.start_ns) ends.pop_back();
    if (!ends.empty()) {
      EXPECT_LE(span.end_ns, ends.back())
          << span.name << " on " << timeline.tracks[span.track].name << " overlaps";
    }
    ends.push_back(span.end_ns);
  }
}

// A profiler of 1 MHz with a timeline: a cycle is 1000 ns.
class TimelineBench : public test::ProfilerBench {
 public:
  explicit TimelineBench(std::size_t most_functions = 0, LayerRules rules = test::sample_rules())
      : ProfilerBench({std::move(rules)}) {
    profiler->collect_timeline({.most_functions = most_functions});
    script = std::make_unique<test::Script>(both_, test::kMain);
  }
  TimelineCollector& timeline() { return *profiler->timeline(); }

 private:
  // The core tells both, the profiler's own listener first.
  class Both final : public SimListener {
   public:
    explicit Both(TimelineBench& bench) : bench_(bench) {}
    void on_block_retired(const BlockRetired& block) override {
      bench_.profiler->listener().on_block_retired(block);
      bench_.timeline().on_block_retired(block);
    }
    void on_exception(const ExceptionEvent& event) override {
      bench_.profiler->listener().on_exception(event);
      bench_.timeline().on_exception(event);
    }
    void on_sleep(const SleepEvent& event) override {
      bench_.profiler->listener().on_sleep(event);
      bench_.timeline().on_sleep(event);
    }
    void on_reset(Cycles cycle, Address pc, Address sp) override {
      bench_.profiler->listener().on_reset(cycle, pc, sp);
      bench_.timeline().on_reset(cycle, pc, sp);
    }

   private:
    TimelineBench& bench_;
  };
  Both both_{*this};
};

TEST(Timeline, IsEmptyUnlessAskedFor) {
  test::ProfilerBench bench;
  bench.inference();
  const Timeline timeline = bench.report().timeline;
  EXPECT_THAT(timeline.tracks, IsEmpty());
  EXPECT_THAT(timeline.spans, IsEmpty());
}

TEST(Timeline, ShowsInterruptsFromEntryToReturnAndHowTheyNest) {
  TimelineBench bench;
  bench.script->work(100);
  bench.script->interrupt(24, test::kIrq);  // entered at 100, runs from 112 on
  bench.script->work(50);
  bench.script->interrupt(25, test::kIrq);  // at 162
  bench.script->work(10);
  bench.script->leave_handler();  // from 184 to 196
  bench.script->leave_handler();  // from 196 to 208
  const Timeline timeline = bench.report().timeline;
  EXPECT_THAT(texts(timeline, "interrupts"),
              ElementsAre("TIMER0_IRQHandler 100000..208000", "TIMER0_IRQHandler 162000..196000"));
  expect_nested(timeline);
}

TEST(Timeline, ShowsOneSpanForASleepInPieces) {
  TimelineBench bench;
  bench.script->work(10);
  bench.script->sleep(1000);
  bench.script->sleep(500);
  bench.script->work(10);
  bench.script->sleep(30);
  EXPECT_THAT(texts(bench.report().timeline, "sleep"),
              ElementsAre("asleep 10000..1510000", "asleep 1520000..1550000"));
}

TEST(Timeline, ShowsInferencesAndTheirLayers) {
  TimelineBench bench;
  bench.script->work(70);
  bench.inference(1000, 100);
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.inferences, SizeIs(1));
  ASSERT_THAT(report.inferences[0].layers, SizeIs(2));
  const LayerRow& softmax = report.inferences[0].layers[1];
  EXPECT_THAT(texts(report.timeline, "inferences"), SizeIs(1));
  EXPECT_THAT(texts(report.timeline, "layers"), SizeIs(2));
  EXPECT_EQ(texts(report.timeline, "layers")[1], "[1] SOFTMAX " + std::to_string(softmax.start_ns) +
                                                     ".." + std::to_string(softmax.end_ns));
  EXPECT_GE(softmax.end_ns - softmax.start_ns, 100'000u);
  expect_nested(report.timeline);
}

TEST(Timeline, ShowsFunctionsFromCallToReturnIfAsked) {
  TimelineBench bench(1000);
  bench.script->work(20);
  bench.script->call(test::kConv);  // a block of 10 cycles
  bench.script->call(test::kKernel);
  bench.script->work(100);
  bench.script->ret();
  bench.script->ret();
  const Timeline timeline = bench.report().timeline;
  EXPECT_THAT(
      texts(timeline, "functions"),
      ElementsAre("main 0..160000", "rt::eval_conv 30000..160000", "rt_conv_s8 40000..150000"));
  expect_nested(timeline);
}

TEST(Timeline, KeepsHandlersAndThreadsApartFromMainsFunctions) {
  TimelineBench bench(1000);
  bench.script->call(test::kConv);
  bench.script->interrupt(24, test::kIrq);
  bench.script->call(test::kHelper);
  bench.script->ret();
  bench.script->leave_handler();
  bench.script->ret();
  const Timeline timeline = bench.report().timeline;
  EXPECT_THAT(texts(timeline, "functions of IRQ 8"), SizeIs(2));
  EXPECT_THAT(texts(timeline, "functions"), SizeIs(2));
  expect_nested(timeline);
}

TEST(Timeline, ShowsPhasesAsTheirFunctionsBeginAndEnd) {
  LayerRules rules = test::sample_rules();
  rules.phases = {{"feature extraction", {"rt::reset_arena()"}, false}};
  TimelineBench bench(0, rules);
  bench.script->call(test::kHelper);  // a block of 10 cycles, then the phase begins
  bench.script->call(test::kKernel);
  bench.script->interrupt(24, test::kIrq);  // belongs to no phase and ends none
  bench.script->leave_handler();
  bench.script->ret();
  bench.script->ret();
  bench.script->work(5);
  bench.inference();
  const Timeline timeline = bench.report().timeline;
  const std::uint64_t end = 10 + 10 + 2 * test::Script::kExceptionCycles + 10 + 10;
  ASSERT_THAT(texts(timeline, "phases"), SizeIs(2));
  EXPECT_EQ(texts(timeline, "phases")[0],
            "feature extraction 10000.." + std::to_string(end * 1000));
  EXPECT_EQ(texts(timeline, "phases")[1].substr(0, 10), "inference ");
  EXPECT_EQ(
      texts(timeline, "phases")[1].substr(10),
      texts(timeline, "inferences")[0].substr(texts(timeline, "inferences")[0].rfind(' ') + 1));
  expect_nested(timeline);
}

TEST(Timeline, StaysWithinItsBoundsAndSaysWhatItDropped) {
  constexpr std::size_t kMost = 100;
  TimelineBench bench(kMost);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    bench.script->call(test::kConv);
    bench.script->call(test::kKernel);
    bench.script->work(10 + i % 7);
    bench.script->ret();
    bench.script->ret();
    bench.script->jump(test::kMain);  // or it would run on into the next function
  }
  const Timeline timeline = bench.report().timeline;
  EXPECT_LE(texts(timeline, "functions").size(), kMost);
  EXPECT_GE(texts(timeline, "functions").size(), kMost / 2);
  EXPECT_EQ(texts(timeline, "functions").size() + timeline.dropped, 2001u);  // main is the one
  EXPECT_EQ(texts(timeline, "functions")[0].substr(0, 7), "main 0.");        // the longest stays
  expect_nested(timeline);
}

TEST(Timeline, KeepsWhatPinsAndPowerStatesDid) {
  TimelineBench bench;
  bench.timeline().pin_changed("LED", {2'500'000}, "1");
  bench.timeline().pin_changed("LED", {2'500'000}, "0");  // the last one at a time counts
  bench.timeline().pin_changed("LED", {9'000'000}, "0");  // no change
  bench.timeline().on_power_state({"cpu", "run", {0}});
  bench.timeline().on_power_state({"cpu", "sleep", {5'000'000}});
  const Timeline timeline = bench.report().timeline;
  ASSERT_THAT(timeline.signals, SizeIs(2));
  EXPECT_EQ(timeline.signals[0].name, "LED");
  EXPECT_TRUE(timeline.signals[0].pin);
  ASSERT_THAT(timeline.signals[0].changes, SizeIs(1));
  EXPECT_EQ(timeline.signals[0].changes[0].ns, 2500u);
  EXPECT_EQ(timeline.signals[0].changes[0].value, "0");
  EXPECT_EQ(timeline.signals[1].name, "cpu");
  ASSERT_THAT(timeline.signals[1].changes, SizeIs(2));
  EXPECT_EQ(timeline.signals[1].changes[1].value, "sleep");
}

TEST(Timeline, IsTheSameForTwoRuns) {
  const auto run = [] {
    TimelineBench bench(50);
    for (int i = 0; i < 40; ++i) bench.inference();
    return bench.report().timeline;
  };
  const Timeline first = run();
  const Timeline second = run();
  ASSERT_EQ(first.spans.size(), second.spans.size());
  for (std::size_t i = 0; i < first.spans.size(); ++i) {
    EXPECT_EQ(first.spans[i].name, second.spans[i].name);
    EXPECT_EQ(first.spans[i].start_ns, second.spans[i].start_ns);
    EXPECT_EQ(first.spans[i].end_ns, second.spans[i].end_ns);
  }
}

TEST(SpanTrack, TellsOneStateAfterTheOther) {
  SpanTrack track;
  track.switch_to(0, 1);
  track.switch_to(10, 1);
  track.switch_to(20, 2);
  track.clear(30);
  track.switch_to(40, 1);
  const auto spans = track.take(50);
  ASSERT_THAT(spans, SizeIs(3));
  EXPECT_EQ(spans[0].end, 20u);
  EXPECT_EQ(spans[1].name, 2u);
  EXPECT_EQ(spans[1].end, 30u);
  EXPECT_EQ(spans[2].begin, 40u);
  EXPECT_EQ(spans[2].end, 50u);
}

TEST(CounterTrack, KeepsPeaksWhenItIsFull) {
  CounterTrack counter("heap", "bytes", 64);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    counter.set(i, i == 777 ? 5000.0 : static_cast<double>(i % 50));
  }
  const Timeline::Counter points = counter.finish(TimeAxis(1'000'000'000));
  EXPECT_LE(points.points.size(), 64u);
  EXPECT_EQ(points.points.size() + counter.dropped(), 10'000u);
  double highest = 0;
  std::uint64_t before = 0;
  for (const Timeline::Point& point : points.points) {
    highest = std::max(highest, point.value);
    EXPECT_GE(point.ns, before);
    before = point.ns;
  }
  EXPECT_EQ(highest, 5000.0);
}

TEST(CounterTrack, LeavesOutWhatDoesNotChange) {
  CounterTrack counter("power", "mW");
  counter.set(0, 1);
  counter.set(5, 1);
  counter.set(7, 2);
  counter.set(7, 3);
  const Timeline::Counter points = counter.finish(TimeAxis(1'000'000));
  ASSERT_THAT(points.points, SizeIs(2));
  EXPECT_EQ(points.points[1].ns, 7000u);
  EXPECT_EQ(points.points[1].value, 3.0);
}

}  // namespace
}  // namespace tinyscope
