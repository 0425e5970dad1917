// A profiler that begins in mid-run, reports in mid-run, and makes room for another.
#include <gtest/gtest.h>

#include <sstream>

#include "profiler/exporters/json.hpp"
#include "profiler/layer_rules.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

const std::string kSamples = TINYSCOPE_SOURCE_DIR "/firmware-samples/";

struct Target {
  std::string board;
  std::string image;
};
const Target kNano{"nano33ble-sense", "kws/prebuilt/kws-measure-dsp.elf"};
const Target kGesture{"nano33ble-sense", "gesture/prebuilt/gesture-dsp.elf"};
const Target kDisco{"disco-f746ng", "kws/prebuilt/kws-disco_f746ng-dsp.elf"};

struct Course {
  FirmwareImage image;
  Machine machine;
  std::unique_ptr<Profiler> profiler;

  explicit Course(const Target& target)
      : image(load_image(kSamples + target.image, "")),
        machine(load_board(target.board), image, {}) {}
  ~Course() { stop_profiling(); }
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;

  void profile() {
    stop_profiling();
    profiler = std::make_unique<Profiler>(image, shipped_layer_rules(), machine.board().soc,
                                          machine.board().currents);
    attach_memory(*profiler, machine, {});
    attach(*profiler, machine);
    attach_code(*profiler, machine);
  }
  void profile_from_here() {
    profile();
    profiler->begin(position_of(machine));
  }
  void stop_profiling() {
    if (profiler) detach(*profiler, machine);
    profiler.reset();
  }
  void run_to(std::uint64_t cycle) {
    machine.core().set_cycle_limit({cycle});
    machine.core().run();
  }
  RunSummary summary() {
    RunSummary run;
    run.board = machine.board().name;
    run.clock_hz = machine.core().clock_hz();
    run.total_cycles = machine.core().cycles().count;
    run.end = machine.core().now();
    return run;
  }
  ProfileReport report() { return profiler->report(summary(), machine.notes()); }
  ProfileReport report_so_far() { return profiler->report_so_far(summary(), machine.notes()); }
};

std::string json(const ProfileReport& report) {
  std::ostringstream text;
  JsonExporter().write(report, text);
  return text.str();
}

// Stops alone change how sums of floating point are made, in their last digits: so all runs make
// the same stops.
TEST(ProfileMidway, AReportInBetweenChangesNothing) {
  for (const Target& target : {kNano, kGesture, kDisco}) {
    std::vector<std::uint64_t> stops;
    for (std::uint64_t cycle = 999'983; cycle < 8'000'000; cycle += 1'700'021) {
      stops.push_back(cycle);
    }
    const auto report_at = [&](std::size_t last) {
      Course course(target);
      course.profile();
      course.machine.power_on();
      for (std::size_t i = 0; i <= last; ++i) course.run_to(stops[i]);
      return json(course.report());
    };
    Course reporting(target);
    reporting.profile();
    reporting.machine.power_on();
    std::vector<std::string> so_far;
    for (const std::uint64_t stop : stops) {
      reporting.run_to(stop);
      so_far.push_back(json(reporting.report_so_far()));
    }
    for (const std::size_t last : {std::size_t{2}, stops.size() - 1}) {
      EXPECT_EQ(so_far[last], report_at(last)) << target.image << " at " << stops[last];
    }
    EXPECT_EQ(json(reporting.report()), so_far.back()) << target.image;
  }
}

// Inferences that begin and end behind the beginning are those of the whole run.
TEST(ProfileMidway, WhatRunsBehindTheBeginningIsAsInTheWholeRun) {
  for (const Target& target : {kNano, kDisco}) {
    constexpr std::uint64_t kEnd = 24'000'000;
    Course through(target);
    through.profile();
    through.machine.power_on();
    through.run_to(kEnd);
    const ProfileReport whole = through.report();
    std::size_t compared = 0;
    for (const std::uint64_t begin : {1'234'567ull, 9'876'543ull}) {
      Course run(target);
      run.machine.power_on();
      run.run_to(begin);
      const std::uint64_t from = run.machine.core().cycles().count;
      run.profile_from_here();
      run.run_to(kEnd);
      const ProfileReport report = run.report();
      EXPECT_EQ(report.total_cycles, run.machine.core().cycles().count - from);
      EXPECT_EQ(report.stalls.total(), report.total_cycles);
      EXPECT_EQ(report.memory.stacks.front().top, whole.memory.stacks.front().top);
      for (const InferenceRow& expected : whole.inferences) {
        if (expected.start_cycle < from || !expected.complete) continue;
        const auto same = std::find_if(
            report.inferences.begin(), report.inferences.end(),
            [&](const InferenceRow& row) { return row.start_cycle == expected.start_cycle; });
        ASSERT_NE(same, report.inferences.end()) << target.image << " from " << begin;
        EXPECT_EQ(same->cycles, expected.cycles);
        EXPECT_EQ(same->start_ns, expected.start_ns);
        ASSERT_EQ(same->layers.size(), expected.layers.size());
        for (std::size_t i = 0; i < expected.layers.size(); ++i) {
          EXPECT_EQ(same->layers[i].cycles, expected.layers[i].cycles);
          EXPECT_NEAR(same->layers[i].energy_uj.value, expected.layers[i].energy_uj.value,
                      1e-6 * expected.layers[i].energy_uj.value);
        }
        ++compared;
      }
    }
    EXPECT_GT(compared, 0u) << target.image;
  }
}

TEST(ProfileMidway, EachRestoredRunHasItsOwnProfile) {
  Course run(kNano);
  run.machine.power_on();
  run.run_to(10'000'000);
  const auto state = run.machine.save();
  std::vector<std::string> reports;
  for (int round = 0; round < 3; ++round) {
    run.machine.restore(*state);
    run.profile_from_here();
    run.run_to(20'000'000);
    reports.push_back(json(run.report()));
    if (round == 1) run.run_to(31'000'000);
  }
  EXPECT_EQ(reports[1], reports[0]);
  EXPECT_EQ(reports[2], reports[0]);
}

TEST(ProfileMidway, ListeningChangesNoCycle) {
  Course quiet(kNano);
  quiet.machine.power_on();
  quiet.run_to(20'000'000);
  Course run(kNano);
  run.machine.power_on();
  for (std::uint64_t cycle = 1'000'003; cycle < 20'000'000; cycle += 2'100'001) {
    run.run_to(cycle);
    if (run.profiler) {
      run.stop_profiling();
    } else {
      run.profile_from_here();
    }
  }
  run.run_to(20'000'000);
  EXPECT_EQ(run.machine.core().cycles().count, quiet.machine.core().cycles().count);
  EXPECT_EQ(run.machine.core().counts().cycles.by_cause,
            quiet.machine.core().counts().cycles.by_cause);
}

}  // namespace
}  // namespace tinyscope
