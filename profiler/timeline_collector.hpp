// What happened when, for outputs that show a run over time (ProfileReport::timeline). Only made
// when one is asked for, since it costs memory and a call for each exception and sleep.
//
// Inferences and layers come from the report itself. Interrupts, sleep and functions are collected
// here; other collectors add what they know: threads() and counter(). Pins and power states come
// with their simulated time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/counter_track.hpp"
#include "profiler/function_spans.hpp"
#include "profiler/function_table.hpp"
#include "profiler/report.hpp"
#include "profiler/span_track.hpp"
#include "profiler/time_axis.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

struct TimelineOptions {
  std::size_t most_functions = 0;  // spans of functions to keep; 0: none
};

class TimelineCollector final : public SimListener {
 public:
  // References must outlive the collector.
  TimelineCollector(const TimelineOptions& options, const FunctionTable& functions,
                    const TimeAxis& time);

  void on_exception(const ExceptionEvent& event) override;
  void on_sleep(const SleepEvent& event) override;
  void on_reset(Cycles cycle, Address pc, Address sp) override;
  void on_power_state(const PowerStateChanged& change) override;

  // Hears of functions; null: not asked for.
  FrameListener* functions() { return functions_.get(); }

  // A track of the given name on which whoever knows says what goes on: "phases", "threads". Lives
  // as long as the collector. Names of its spans are numbers from name().
  SpanTrack& track(std::string_view name);
  std::uint32_t name(std::string_view text);
  // A quantity over time; lives as long as the collector.
  CounterTrack& counter(std::string name, std::string unit);
  // The level of a pin: "0", "1", "z", or "x" where it changes too often to follow.
  void pin_changed(const std::string& pin, TimePoint when, std::string_view level);

  // The run ended at `end_cycle`. Adds what the rows of the report say about time.
  Timeline finish(const ProfileReport& report, std::uint64_t end_cycle);

  static constexpr std::string_view kThreads = "threads";  // a track left out if there is but one
  static constexpr std::size_t kMostChanges = 100'000;     // of one signal

 private:
  struct NamedTrack {
    std::string name;
    SpanTrack spans;
  };

  void add_track(Timeline& timeline, const std::string& name, SpanTrack& spans,
                 std::uint64_t end_cycle, const std::function<std::string(std::uint32_t)>& name_of);
  void add_functions(Timeline& timeline, std::uint64_t end_cycle);
  Timeline::Signal& signal(const std::string& name, bool pin);
  void change(Timeline::Signal& signal, TimePoint when, std::string_view value);

  const FunctionTable& function_table_;
  const TimeAxis& time_;
  std::unique_ptr<FunctionSpans> functions_;
  SpanTrack interrupts_;  // names are exception numbers
  SpanTrack sleep_;
  std::uint64_t sleep_end_ = ~std::uint64_t{0};
  std::deque<NamedTrack> tracks_;
  std::vector<std::string> names_;
  std::deque<CounterTrack> counters_;
  std::map<std::pair<bool, std::string>, Timeline::Signal> signals_;
  std::uint64_t dropped_changes_ = 0;
};

}  // namespace tinyscope
