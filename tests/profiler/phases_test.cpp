// Every cycle in exactly one phase.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t kBlock = Script::kBlockCycles;

LayerRules with_phases(std::vector<LayerRules::Phase> phases) {
  LayerRules rules = sample_rules();
  rules.phases = std::move(phases);
  return rules;
}

LayerRules phases_of_functions() {
  return with_phases({{"feature extraction", {"rt::reset_arena()"}, false},
                      {"post-processing", {"__aeabi_*"}, false}});
}

std::map<std::string, std::uint64_t> cycles(const ProfileReport& report) {
  std::map<std::string, std::uint64_t> result;
  for (const PhaseRow& row : report.phases) result[row.name] = row.cycles;
  return result;
}

const PhaseRow& phase_row(const ProfileReport& report, const std::string& name) {
  for (const PhaseRow& row : report.phases) {
    if (row.name == name) return row;
  }
  throw std::runtime_error("no phase " + name);
}

TEST(Phases, WithoutRulesAreInferenceInterruptsSleepAndOther) {
  ProfilerBench bench;
  Script& script = *bench.script;
  script.work(500);
  bench.inference(1000, 100);
  script.interrupt(24, kIrq);
  script.work(70);
  script.leave_handler();
  script.sleep(4000);
  const ProfileReport report = bench.report();
  const std::uint64_t inference = report.inferences.at(0).cycles;
  EXPECT_THAT(cycles(report),
              UnorderedElementsAre(Pair("inference", inference),
                                   Pair("interrupts", 70 + 2 * Script::kExceptionCycles),
                                   Pair("sleep", 4000), Pair("other", 500 + kBlock)));
  EXPECT_EQ(phase_row(report, "inference").count, 1u);
  EXPECT_EQ(phase_row(report, "interrupts").count, 1u);
  EXPECT_EQ(phase_row(report, "sleep").count, 1u);
}

TEST(Phases, OfAFunctionIncludeWhatItCalls) {
  ProfilerBench bench({phases_of_functions()});
  Script& script = *bench.script;
  for (int i = 0; i < 3; ++i) {
    script.call(kHelper);
    script.call(kKernel);
    script.work(200);
    script.ret();
    script.ret();
  }
  const ProfileReport report = bench.report();
  const PhaseRow& row = phase_row(report, "feature extraction");
  EXPECT_EQ(row.cycles, 3 * (200 + 3 * kBlock));
  EXPECT_EQ(row.count, 3u);
  EXPECT_EQ(row.stalls.total(), row.cycles);
}

TEST(Phases, TheInnermostFunctionCounts) {
  ProfilerBench bench({phases_of_functions()});
  Script& script = *bench.script;
  script.call(kHelper);
  script.call(kFloatHelper);
  script.work(200);
  script.ret();
  script.work(40);
  const ProfileReport report = bench.report();
  EXPECT_EQ(phase_row(report, "post-processing").cycles, 200 + kBlock);
  EXPECT_EQ(phase_row(report, "feature extraction").cycles, 40 + kBlock);
}

TEST(Phases, OfTheUserKeepWhatTheyCallFromShippedRules) {
  ProfilerBench bench({with_phases(
      {{"mine", {"rt::reset_arena()"}, true}, {"post-processing", {"__aeabi_*"}, false}})});
  Script& script = *bench.script;
  script.call(kHelper);
  script.call(kFloatHelper);
  script.work(200);
  const ProfileReport report = bench.report();
  EXPECT_EQ(phase_row(report, "mine").cycles, 200 + kBlock);
}

TEST(Phases, AnInferenceIsOneWhereverItIsCalled) {
  ProfilerBench bench({phases_of_functions()});
  Script& script = *bench.script;
  script.call(kHelper);
  bench.inference(1000, 100);
  script.work(60);
  const ProfileReport report = bench.report();
  EXPECT_EQ(phase_row(report, "inference").cycles, report.inferences.at(0).cycles);
  EXPECT_EQ(phase_row(report, "feature extraction").cycles, 60 + kBlock);  // and the call
}

TEST(Phases, FunctionsWithinAnInferenceAreItsOwn) {
  ProfilerBench bench({with_phases({{"feature extraction", {"rt_conv_s8"}, false}})});
  bench.inference();
  EXPECT_THAT(cycles(bench.report()),
              UnorderedElementsAre(Pair("inference", ::testing::_), Pair("other", kBlock)));
}

TEST(Phases, HandlersAreInterruptsWhateverTheyCall) {
  ProfilerBench bench({phases_of_functions()});
  Script& script = *bench.script;
  script.interrupt(24, kIrq);
  script.call(kHelper);
  script.work(90);
  script.ret();
  script.leave_handler();
  EXPECT_THAT(cycles(bench.report()),
              ElementsAre(Pair("interrupts", 90 + 2 * kBlock + 2 * Script::kExceptionCycles)));
}

TEST(Phases, SleepIsOneWhoeverSleeps) {
  ProfilerBench bench({phases_of_functions()});
  Script& script = *bench.script;
  script.call(kHelper);
  script.sleep(1000);
  script.ret();
  script.call(kInvoke);
  script.call(kConv);
  script.sleep(2000);
  script.ret();
  script.ret();
  script.interrupt(24, kIrq);
  script.sleep(4000);
  script.leave_handler();
  const ProfileReport report = bench.report();
  EXPECT_EQ(phase_row(report, "sleep").cycles, 7000u);
  EXPECT_EQ(phase_row(report, "sleep").count, 3u);
  EXPECT_EQ(report.sleep_cycles, 7000u);
}

TEST(Phases, MarkersTakeWhatHasNoOtherOwner) {
  ProfilerBench bench({phases_of_functions()});
  Script& script = *bench.script;
  const std::uint32_t marked = bench.profiler->phase("calibration");
  script.work(100);
  bench.profiler->mark_phase(marked);
  script.work(200);
  script.call(kHelper);  // its own phase, before the marker's
  script.work(30);
  script.ret();
  bench.inference(1000, 100);
  script.work(50);
  bench.profiler->mark_phase(LayerCollector::kNoPhase);
  script.work(7);
  const ProfileReport report = bench.report();
  const PhaseRow& row = phase_row(report, "calibration");
  EXPECT_EQ(row.cycles, 200 + 50 + 2 * kBlock);  // two calls
  EXPECT_EQ(row.count, 1u);
  EXPECT_EQ(phase_row(report, "other").cycles, 107u);
  EXPECT_EQ(phase_row(report, "feature extraction").cycles, 30 + kBlock);
}

TEST(Phases, AMarkerAndAFunctionOfOneNameAreOnePhase) {
  ProfilerBench bench({phases_of_functions()});
  Script& script = *bench.script;
  bench.profiler->mark_phase(bench.profiler->phase("feature extraction"));
  script.work(100);
  script.call(kHelper);
  script.work(20);
  EXPECT_THAT(cycles(bench.report()), ElementsAre(Pair("feature extraction", 120 + kBlock)));
}

TEST(Phases, CostsOfPhasesStayUnattributed) {
  ProfilerBench bench({phases_of_functions()});
  bench.script->call(kHelper);
  bench.script->work(100);
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.unattributed_cycles, report.total_cycles);
  EXPECT_EQ(report.unattributed_stalls.total(), report.total_cycles);
}

}  // namespace
}  // namespace tinyscope
