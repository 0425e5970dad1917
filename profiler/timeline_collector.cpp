#include "profiler/timeline_collector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "profiler/timeline_rows.hpp"

namespace tinyscope {

TimelineCollector::TimelineCollector(const TimelineOptions& options, const FunctionTable& functions,
                                     const TimeAxis& time)
    : function_table_(functions), time_(time) {
  if (options.most_functions != 0) {
    functions_ = std::make_unique<FunctionSpans>(options.most_functions);
  }
}

void TimelineCollector::on_exception(const ExceptionEvent& event) {
  const std::uint64_t begin = event.cycles_before.count;
  switch (event.phase) {
    case ExceptionPhase::kEntry: interrupts_.begin(begin, event.number); break;
    case ExceptionPhase::kTailChain:
      interrupts_.end(begin);
      interrupts_.begin(begin, event.number);
      break;
    case ExceptionPhase::kReturn: interrupts_.end(begin + event.cycles.total()); break;
  }
}

// One sleep may come in pieces, when something other than the core woke up meanwhile.
void TimelineCollector::on_sleep(const SleepEvent& event) {
  const std::uint64_t begin = event.cycles_before.count;
  if (begin != sleep_end_) {
    sleep_.clear(sleep_end_);
    sleep_.begin(begin, 0);
  }
  sleep_end_ = begin + event.length.count;
}

void TimelineCollector::on_reset(Cycles cycle, Address, Address) { interrupts_.clear(cycle.count); }

void TimelineCollector::on_power_state(const PowerStateChanged& change_of) {
  change(signal(std::string(change_of.unit), false), change_of.when, change_of.state);
}

SpanTrack& TimelineCollector::track(std::string_view name) {
  for (NamedTrack& track : tracks_) {
    if (track.name == name) return track.spans;
  }
  return tracks_.emplace_back(std::string(name), SpanTrack()).spans;
}

std::uint32_t TimelineCollector::name(std::string_view text) {
  const auto found = std::find(names_.begin(), names_.end(), text);
  if (found != names_.end()) return static_cast<std::uint32_t>(found - names_.begin());
  names_.emplace_back(text);
  return static_cast<std::uint32_t>(names_.size() - 1);
}

CounterTrack& TimelineCollector::counter(std::string name, std::string unit) {
  return counters_.emplace_back(std::move(name), std::move(unit));
}

void TimelineCollector::pin_changed(const std::string& pin, TimePoint when,
                                    std::string_view level) {
  change(signal(pin, true), when, level);
}

Timeline::Signal& TimelineCollector::signal(const std::string& name, bool pin) {
  Timeline::Signal& signal = signals_[{!pin, name}];  // pins come first
  signal.name = name;
  signal.pin = pin;
  return signal;
}

void TimelineCollector::change(Timeline::Signal& signal, TimePoint when, std::string_view value) {
  const std::uint64_t ns = when.ps / 1000;
  if (!signal.changes.empty()) {
    if (signal.changes.back().value == value) return;
    if (signal.changes.back().ns == ns) {
      signal.changes.back().value = value;
      return;
    }
  }
  if (signal.changes.size() == kMostChanges) {
    ++dropped_changes_;
    return;
  }
  signal.changes.push_back({ns, std::string(value)});
}

void TimelineCollector::add_track(Timeline& timeline, const std::string& name, SpanTrack& spans,
                                  std::uint64_t end_cycle,
                                  const std::function<std::string(std::uint32_t)>& name_of) {
  const std::vector<SpanTrack::Span> done = spans.take(end_cycle);
  timeline.dropped += spans.dropped();
  if (done.empty()) return;
  const auto track = static_cast<std::uint32_t>(timeline.tracks.size());
  timeline.tracks.push_back({name});
  for (const SpanTrack::Span& span : done) {
    timeline.spans.push_back({track, name_of(span.name), time_.ns(span.begin), time_.ns(span.end)});
  }
}

void TimelineCollector::add_functions(Timeline& timeline, std::uint64_t end_cycle) {
  if (!functions_) return;
  std::map<std::uint32_t, unsigned> seen;  // lanes by exception
  for (FunctionSpans::Lane& lane : functions_->lanes()) {
    const unsigned number = ++seen[lane.exception];
    std::string name = lane.exception == 0
                           ? "functions"
                           : fmt::format("functions of {}", exception_name(lane.exception));
    if (number > 1) name += fmt::format(" ({})", number);
    add_track(timeline, name, lane.spans, end_cycle, [this](std::uint32_t id) {
      return FunctionTable::short_name(function_table_.name(id));
    });
  }
}

Timeline TimelineCollector::finish(const ProfileReport& report, std::uint64_t end_cycle) {
  Timeline timeline;
  add_inferences(timeline, report);
  for (NamedTrack& track : tracks_) {
    if (track.name == kThreads && report.threads.threads.size() < 2) continue;  // no news
    add_track(timeline, track.name, track.spans, end_cycle,
              [this](std::uint32_t name) { return names_[name]; });
  }
  add_track(timeline, "interrupts", interrupts_, end_cycle, [&report](std::uint32_t number) {
    for (const InterruptRow& row : report.interrupts) {
      if (row.number == number) return row.name;
    }
    return exception_name(number);
  });
  sleep_.clear(sleep_end_);
  add_track(timeline, "sleep", sleep_, end_cycle, [](std::uint32_t) { return "asleep"; });
  add_functions(timeline, end_cycle);
  std::stable_sort(
      timeline.spans.begin(), timeline.spans.end(),
      [](const Timeline::Span& a, const Timeline::Span& b) { return a.start_ns < b.start_ns; });
  for (const CounterTrack& counter : counters_) {
    timeline.counters.push_back(counter.finish(time_));
    timeline.dropped += counter.dropped();
  }
  for (auto& [key, signal] : signals_) {
    const bool changed = signal.changes.back().ns != 0;  // a pin that only lies there is no news
    if (changed || !signal.pin) timeline.signals.push_back(std::move(signal));
  }
  timeline.dropped += dropped_changes_;
  return timeline;
}

}  // namespace tinyscope
