#include "profiler/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tinyscope {
namespace {

using ::testing::Not;

// A run at 1 MHz: an inference of 900 cycles as warm-up, one of 100 and one of 300, whose elapsed
// time has 20 us of interrupts in it, and one that the run's end cut off.
ProfileReport report() {
  ProfileReport report;
  const auto inference = [&report](std::uint64_t cycles, bool warm_up, bool complete) {
    InferenceRow row;
    row.warm_up = warm_up;
    row.complete = complete;
    row.cycles = cycles;
    row.instructions = cycles / 2;
    row.start_ns = 5'000;
    row.end_ns = row.start_ns + (cycles + 20) * 1'000;
    const double uj = static_cast<double>(cycles) / 10;
    row.energy_uj = {uj, uj / 2, uj * 2};
    row.layers.resize(2);
    row.layers[0].macs = 50;
    report.inferences.push_back(row);
  };
  inference(900, true, true);
  inference(100, false, true);
  inference(300, false, true);
  inference(7, false, false);
  report.total_cycles = 2'000;
  report.energy.parts.resize(1);
  report.energy.average_mw = {8, 6, 10};
  report.memory.sections.resize(1);
  report.memory.symbols.resize(1);
  report.memory.ram_peak_bytes = 5'000;
  report.memory.static_ram_bytes = 4'000;
  report.memory.stack_peak_bytes = 1'000;
  report.memory.flash_bytes = 60'000;
  report.memory.arena.symbol = "arena";
  report.memory.arena.bytes = 3'000;
  report.memory.arena.used_bytes = 2'000;
  return report;
}

std::map<std::string, Metric, std::less<>> by_name(const ProfileReport& report) {
  std::map<std::string, Metric, std::less<>> named;
  for (const Metric& metric : metrics(report)) named.emplace(metric.name, metric);
  return named;
}

double value(const ProfileReport& report, std::string_view name) {
  return by_name(report).at(std::string(name)).value;
}

TEST(Metrics, AreOfSteadyInferences) {
  EXPECT_EQ(value(report(), "cycles"), 200);
  EXPECT_EQ(value(report(), "cycles_max"), 300);
  EXPECT_EQ(value(report(), "instructions"), 100);
  EXPECT_DOUBLE_EQ(value(report(), "latency_ms"), 0.22);
  EXPECT_DOUBLE_EQ(value(report(), "latency_max_ms"), 0.32);
  EXPECT_EQ(value(report(), "macs"), 50);
  EXPECT_DOUBLE_EQ(value(report(), "macs_per_cycle"), 0.25);
}

TEST(Metrics, CountAllCompleteInferences) { EXPECT_EQ(value(report(), "inferences"), 3); }

TEST(Metrics, TakeWarmUpIfThereIsNothingElse) {
  ProfileReport short_run = report();
  short_run.inferences.resize(1);
  EXPECT_EQ(value(short_run, "cycles"), 900);
}

TEST(Metrics, KeepTheBoundsOfEstimates) {
  const auto named = by_name(report());
  EXPECT_DOUBLE_EQ(named.at("energy_uj").value, 20);
  EXPECT_DOUBLE_EQ(named.at("energy_uj").low, 10);
  EXPECT_DOUBLE_EQ(named.at("energy_uj").high, 40);
  EXPECT_EQ(named.at("average_mw").high, 10);
  EXPECT_EQ(named.at("cycles").low, named.at("cycles").high);
}

TEST(Metrics, GiveMemory) {
  EXPECT_EQ(value(report(), "ram_bytes"), 5'000);
  EXPECT_EQ(value(report(), "static_ram_bytes"), 4'000);
  EXPECT_EQ(value(report(), "stack_bytes"), 1'000);
  EXPECT_EQ(value(report(), "flash_bytes"), 60'000);
  EXPECT_EQ(value(report(), "arena_bytes"), 2'000);
  EXPECT_EQ(value(report(), "heap_bytes"), 0) << "with symbols an allocator would have been seen";
}

TEST(Metrics, TakeTheArenasSizeWhereItsUseIsNotKnown) {
  ProfileReport unknown = report();
  unknown.memory.arena.used_bytes = 0;
  EXPECT_EQ(value(unknown, "arena_bytes"), 3'000);
}

TEST(Metrics, LeaveOutWhatIsNotKnown) {
  ProfileReport raw;  // a raw binary on a chip without currents that never ran an inference
  raw.total_cycles = 10;
  std::vector<std::string> names;
  for (const Metric& metric : metrics(raw)) names.emplace_back(metric.name);
  EXPECT_THAT(names, testing::ElementsAre("stack_bytes", "inferences", "total_cycles"));
  ProfileReport no_model = report();
  for (InferenceRow& row : no_model.inferences) row.layers[0].macs.reset();
  EXPECT_THAT(by_name(no_model), Not(testing::Contains(testing::Key("macs"))));
  EXPECT_THAT(by_name(no_model), Not(testing::Contains(testing::Key("macs_per_cycle"))));
}

TEST(Metrics, HaveKindsInTheSameOrder) {
  std::vector<std::string_view> known;
  for (const MetricKind& kind : metric_kinds()) known.push_back(kind.name);
  std::vector<std::string_view> given;
  for (const Metric& metric : metrics(report())) given.push_back(metric.name);
  EXPECT_EQ(given, known) << "this report knows all of them";
}

}  // namespace
}  // namespace tinyscope
