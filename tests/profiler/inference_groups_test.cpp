// Several inferences and several models in one run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(InferenceGroups, LeaveTheFirstOfSeveralOutAsWarmUp) {
  ProfilerBench bench;
  bench.inference(9000, 100);
  bench.inference(1000, 100);
  bench.inference(1300, 100);
  bench.inference(1600, 100);
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.groups, SizeIs(1));
  const InferenceGroup& group = report.groups[0];
  EXPECT_THAT(group.inferences, ElementsAre(0u, 1u, 2u, 3u));
  EXPECT_EQ(group.warm_up, 1u);
  EXPECT_EQ(group.steady, 3u);
  EXPECT_TRUE(report.inferences[0].warm_up);
  EXPECT_FALSE(report.inferences[1].warm_up);
  const double rest = static_cast<double>(report.inferences[1].cycles) - 1000;
  EXPECT_DOUBLE_EQ(group.cycles.mean, 1300 + rest);
  EXPECT_DOUBLE_EQ(group.cycles.min, 1000 + rest);
  EXPECT_DOUBLE_EQ(group.cycles.max, 1600 + rest);
  // Of the population 1000, 1300, 1600: the root of (300² + 0 + 300²) / 3.
  EXPECT_DOUBLE_EQ(group.cycles.deviation, std::sqrt(60'000.0));
  ASSERT_THAT(group.layer_cycles, SizeIs(2));
  EXPECT_DOUBLE_EQ(group.layer_cycles[1].deviation, 0);
  EXPECT_DOUBLE_EQ(group.layer_cycles[0].max - group.layer_cycles[0].min, 600);
}

TEST(InferenceGroups, OfOneInferenceHaveNoWarmUp) {
  ProfilerBench bench;
  bench.inference();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.groups, SizeIs(1));
  EXPECT_EQ(report.groups[0].warm_up, 0u);
  EXPECT_EQ(report.groups[0].steady, 1u);
}

TEST(InferenceGroups, SkipAsManyAsTheUserSays) {
  ProfilerBench bench;
  for (int i = 0; i < 5; ++i) bench.inference();
  bench.profiler->skip_inferences(3);
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.groups.at(0).warm_up, 3u);
  EXPECT_EQ(report.groups.at(0).steady, 2u);

  ProfilerBench few;
  few.inference();
  few.profiler->skip_inferences(3);
  const ProfileReport none = few.report();
  EXPECT_EQ(none.groups.at(0).warm_up, 1u);
  EXPECT_EQ(none.groups.at(0).steady, 0u);
  EXPECT_THAT(none.groups.at(0).layer_cycles, IsEmpty());

  ProfilerBench all;
  all.inference();
  all.inference();
  all.profiler->skip_inferences(0);
  EXPECT_EQ(all.report().groups.at(0).steady, 2u);
}

TEST(InferenceGroups, KeepModelsApart) {
  ProfilerBench bench;
  Script& script = *bench.script;
  const auto other_model = [&script] {  // the same interpreter, other operators
    script.call(kInvoke);
    script.call(kSoftmax);
    script.work(300);
    script.ret();
    script.ret();
  };
  bench.inference(1000, 100);
  other_model();
  bench.inference(2000, 100);
  other_model();
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.groups, SizeIs(2));
  EXPECT_THAT(report.groups[0].inferences, ElementsAre(0u, 2u));
  EXPECT_THAT(report.groups[1].inferences, ElementsAre(1u, 3u));
  EXPECT_EQ(report.groups[0].steady, 1u);
  EXPECT_THAT(report.groups[1].layer_cycles, SizeIs(1));
}

TEST(InferenceGroups, OneCutShortIsCountedButNotAveraged) {
  ProfilerBench bench;
  Script& script = *bench.script;
  bench.inference();
  bench.inference();
  script.call(kInvoke);
  script.call(kConv);
  script.work(5);
  const ProfileReport report = bench.report();
  ASSERT_THAT(report.groups, SizeIs(1));
  EXPECT_THAT(report.groups[0].inferences, ElementsAre(0u, 1u, 2u));
  EXPECT_EQ(report.groups[0].steady, 1u);
}

TEST(InferenceGroups, TimesAreThoseOfTheClockInForce) {
  ProfilerBench bench;  // 1 MHz
  Script& script = *bench.script;
  script.work(500);
  bench.inference(1000, 100);
  const std::uint64_t change = script.now();
  bench.profiler->listener().on_clock(4'000'000, {change});
  bench.inference(1000, 100);
  const ProfileReport report = bench.report();
  const InferenceRow& slow = report.inferences.at(0);
  const InferenceRow& fast = report.inferences.at(1);
  EXPECT_EQ(slow.start_ns, 510'000u);  // behind the call
  EXPECT_EQ(slow.end_ns - slow.start_ns, slow.elapsed_cycles * 1000);
  EXPECT_EQ(fast.start_ns, change * 1000 + 10 * 250);
  EXPECT_EQ(fast.end_ns - fast.start_ns, fast.elapsed_cycles * 250);
  // The convolution begins when it was called: a push and a call later.
  EXPECT_EQ(slow.layers.at(0).start_ns, slow.start_ns + 20'000);
  EXPECT_EQ(slow.layers[0].end_ns - slow.layers[0].start_ns, slow.layers[0].cycles * 1000);
  EXPECT_GE(slow.layers.at(1).start_ns, slow.layers[0].end_ns);
  EXPECT_DOUBLE_EQ(report.groups.at(0).milliseconds.mean,
                   static_cast<double>(fast.end_ns - fast.start_ns) * 1e-6);
}

}  // namespace
}  // namespace tinyscope
