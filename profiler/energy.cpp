#include "profiler/energy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace tinyscope {

namespace {

Bounded bounded(double typical, double uncertainty) {
  return {typical, std::max(0.0, typical * (1 - uncertainty)), typical * (1 + uncertainty)};
}

void split_condition(const std::string& when, std::string& unit, std::string& state) {
  const std::size_t equals = when.find('=');
  if (equals == std::string::npos) return;
  unit = when.substr(0, equals);
  state = when.substr(equals + 1);
}

}  // namespace

EnergyMeter::EnergyMeter(const PowerDescription& power,
                         const std::vector<CurrentDescription>& board_currents,
                         std::uint64_t cpu_hz)
    : supply_volts_(power.supply_volts),
      measured_volts_(power.measured_volts > 0 ? power.measured_volts : power.supply_volts),
      supply_source_(power.supply_source) {
  auto add = [this](const CurrentDescription& current) {
    Entry entry;
    entry.current = current;
    entry.scale = scale_of(current.regulator, current.volts);
    entry.microamps = bounded(current.microamps, current.uncertainty) * entry.scale;
    entry.per_mhz = bounded(current.microamps_per_mhz, current.uncertainty) * entry.scale;
    split_condition(current.when, entry.condition_unit, entry.condition_state);
    minds_ram_ = minds_ram_ || current.code == "ram";
    entries_.push_back(std::move(entry));
  };
  for (const CurrentDescription& current : power.currents) add(current);
  for (const CurrentDescription& current : board_currents) add(current);
  for (const ActivityDescription& activity : power.activities) {
    Charge charge;
    charge.activity = activity;
    charge.scale = scale_of(activity.regulator, activity.volts);
    charge.each = bounded(activity.picocoulombs * 1e-6, activity.uncertainty) * charge.scale;
    split_condition(activity.when, charge.condition_unit, charge.condition_state);
    charges_.push_back(std::move(charge));
  }
  for (const WakeUpDescription& wake_up : power.wake_ups) {
    const double scale = scale_of(wake_up.regulator, wake_up.volts);
    wake_ups_.push_back(
        {wake_up, bounded(wake_up.nanocoulombs * 1e-3, wake_up.uncertainty) * scale, 0, scale});
  }
  set_clock(cpu_hz);
}

// By which a charge changes at the supply in force.
double EnergyMeter::scale_of(Regulator regulator, double volts) const {
  if (regulator == Regulator::kLinear || supply_volts_ <= 0) return 1;
  return (volts > 0 ? volts : measured_volts_) / supply_volts_;
}

void EnergyMeter::begin(TimePoint now, std::uint64_t hz,
                        const std::map<std::string, std::string>& states) {
  begin_time_ = cycle_time_ = unit_time_ = now.seconds();
  for (const auto& [unit, state] : states) change({unit, state, now});
  set_clock(hz);
}

void EnergyMeter::set_clock(std::uint64_t hz) {
  seconds_per_cycle_ = hz == 0 ? 0 : 1.0 / static_cast<double>(hz);
  choose_all();
}

// The entry whose condition holds, before one without a condition. If only the reports about the
// condition's unit are missing, the largest current is assumed.
int EnergyMeter::choose(std::string_view unit, std::string_view state,
                        std::string_view code) const {
  const double megahertz = seconds_per_cycle_ == 0 ? 0 : 1e-6 / seconds_per_cycle_;
  const auto microamps = [megahertz](const Entry& entry) {
    return entry.current.microamps + entry.current.microamps_per_mhz * megahertz;
  };
  int unconditional = kNone;
  int largest = kNone;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.current.unit != unit || entry.current.state != state || entry.current.code != code) {
      continue;
    }
    const int index = static_cast<int>(i);
    if (entry.condition_unit.empty()) {
      unconditional = index;
      continue;
    }
    const auto reported = states_.find(entry.condition_unit);
    if (reported == states_.end()) {
      if (largest == kNone ||
          microamps(entry) > microamps(entries_[static_cast<std::size_t>(largest)])) {
        largest = index;
      }
    } else if (reported->second == entry.condition_state) {
      return index;
    }
  }
  return unconditional != kNone ? unconditional : largest;
}

// Likewise; a charge whose condition nobody reports is not taken, since its current may hold it.
int EnergyMeter::choose_charge(ActivityEvent event) const {
  int unconditional = kNone;
  for (std::size_t i = 0; i < charges_.size(); ++i) {
    const Charge& charge = charges_[i];
    if (charge.activity.event != event) continue;
    if (charge.condition_unit.empty()) {
      unconditional = static_cast<int>(i);
      continue;
    }
    const auto reported = states_.find(charge.condition_unit);
    if (reported != states_.end() && reported->second == charge.condition_state) {
      return static_cast<int>(i);
    }
  }
  return unconditional;
}

void EnergyMeter::choose_all() {
  active_.clear();
  units_microamps_ = {};
  for (const auto& [unit, state] : states_) {
    const int entry = choose(unit, state, "");
    if (entry == kNone) continue;
    active_.push_back(entry);
    units_microamps_ += entries_[static_cast<std::size_t>(entry)].microamps;
  }
  for (std::size_t i = 0; i < kActivityEventCount; ++i) {
    active_charges_[i] = choose_charge(static_cast<ActivityEvent>(i));
  }
  run_entry_ = choose("cpu", "run", "");
  ram_entry_ = choose("cpu", "run", "ram");
  if (ram_entry_ == kNone) ram_entry_ = run_entry_;
  sleep_entry_ = choose("cpu", sleep_state_, "");
}

// Units draw under the states in force.
void EnergyMeter::accrue(double until) {
  if (until <= unit_time_) return;
  const double seconds = until - unit_time_;
  unit_time_ = until;
  if (active_.empty()) return;
  for (const int entry : active_) entries_[static_cast<std::size_t>(entry)].seconds += seconds;
  drawn_ += units_microamps_ * seconds;
}

void EnergyMeter::advance(TimePoint now) { accrue(now.seconds()); }

void EnergyMeter::change(const PowerStateChanged& change) {
  advance(change.when);
  if (change.unit == "cpu") {
    // How long comes from cycles; the report only says which kind of sleep it is.
    const bool rests = change.state != "run" && !change.state.empty();
    if (rests) {
      sleep_state_ = std::string(change.state);
    } else if (cpu_rests_) {
      for (WakeUp& wake_up : wake_ups_) {
        if (wake_up.wake_up.state != sleep_state_) continue;
        wake_up.count += 1;
        drawn_ += wake_up.each;
      }
    }
    cpu_rests_ = rests;
  } else {
    states_[std::string(change.unit)] = std::string(change.state);
  }
  choose_all();
}

void EnergyMeter::draw(int cpu_entry, std::uint64_t cycles) {
  const double seconds = static_cast<double>(cycles) * seconds_per_cycle_;
  cycle_time_ += seconds;
  accrue(cycle_time_);
  if (cpu_entry == kNone) return;
  Entry& entry = entries_[static_cast<std::size_t>(cpu_entry)];
  // One microampere for each megahertz is 1e-6 microampere-seconds a cycle, at any clock.
  const double megacycles = static_cast<double>(cycles) * 1e-6;
  entry.seconds += seconds;
  entry.megacycles += megacycles;
  drawn_ += entry.microamps * seconds;
  drawn_ += entry.per_mhz * megacycles;
  if (!entry.condition_unit.empty() && states_.find(entry.condition_unit) == states_.end()) {
    assumed_[entry.current.unit + "." + entry.current.state] = entry.current.when;
  }
}

Bounded EnergyMeter::take() {
  const Bounded drawn = drawn_;
  drawn_ = {};
  return drawn;
}

Bounded EnergyMeter::run(std::uint64_t cycles, const Activity& activity) {
  const std::uint64_t in_ram = std::min(cycles, activity.ram_cycles);
  draw(run_entry_, cycles - in_ram);
  if (in_ram != 0) draw(ram_entry_, in_ram);
  if (!charges_.empty()) {
    for (std::size_t i = 0; i < kActivityEventCount; ++i) {
      if (active_charges_[i] == kNone) continue;
      Charge& charge = charges_[static_cast<std::size_t>(active_charges_[i])];
      const auto count = static_cast<double>(activity.events[i]);
      charge.count += count;
      drawn_ += charge.each * count;
    }
  }
  return take();
}

Bounded EnergyMeter::sleep(std::uint64_t cycles) {
  draw(sleep_entry_, cycles);
  const Bounded drawn = take();
  sleep_seconds_ += static_cast<double>(cycles) * seconds_per_cycle_;
  sleep_charge_ += drawn;
  return drawn;
}

Estimate EnergyMeter::energy_uj(const Bounded& charge) const {
  const Bounded energy = charge * supply_volts_;
  return {energy.value, energy.low, energy.high};
}

EnergyReport EnergyMeter::report(TimePoint end) const {
  EnergyMeter finished = *this;
  finished.advance(end);
  EnergyReport report;
  report.supply_volts = supply_volts_;
  const auto add = [&](EnergyPart part, const Bounded& charge) {
    part.uj = energy_uj(charge);
    report.total_uj.value += part.uj.value;
    report.total_uj.low += part.uj.low;
    report.total_uj.high += part.uj.high;
    report.parts.push_back(std::move(part));
  };
  for (const Entry& entry : finished.entries_) {
    if (entry.seconds == 0) continue;
    EnergyPart part;
    part.unit = entry.current.unit;
    part.state = entry.current.state;
    if (!entry.current.code.empty()) part.state += " from " + entry.current.code;
    part.condition = entry.current.when;
    part.seconds = entry.seconds;
    part.source = entry.current.source;
    Bounded charge = entry.microamps * entry.seconds;
    charge += entry.per_mhz * entry.megacycles;
    add(std::move(part), charge);
  }
  for (const Charge& charge : finished.charges_) {
    if (charge.count == 0) continue;
    EnergyPart part;
    part.unit = "cpu";
    part.state = std::string(name_of(charge.activity.event));
    part.condition = charge.activity.when;
    part.events = static_cast<std::uint64_t>(charge.count);
    part.source = charge.activity.source;
    add(std::move(part), charge.each * charge.count);
  }
  for (const WakeUp& wake_up : finished.wake_ups_) {
    if (wake_up.count == 0) continue;
    EnergyPart part;
    part.unit = "cpu";
    part.state = "wake-up from " + wake_up.wake_up.state;
    part.events = static_cast<std::uint64_t>(wake_up.count);
    part.source = wake_up.wake_up.source;
    add(std::move(part), wake_up.each * wake_up.count);
  }
  std::stable_sort(report.parts.begin(), report.parts.end(),
                   [](const EnergyPart& a, const EnergyPart& b) {
                     return std::tie(a.unit, a.state) < std::tie(b.unit, b.state);
                   });
  if (end.seconds() > begin_time_) {
    const double milliwatts = 1e-3 / (end.seconds() - begin_time_);
    report.average_mw = {report.total_uj.value * milliwatts, report.total_uj.low * milliwatts,
                         report.total_uj.high * milliwatts};
  }
  return report;
}

void EnergyMeter::note_assumptions(RunNotes& notes) const {
  if (!has_currents()) {
    notes.assume({"energy", "no currents are known for this board, so no energy is given",
                  "board description"});
    return;
  }
  notes.assume(
      {"energy.method",
       fmt::format("supply {} V times the typical currents of the states in force{}; "
                   "bounds take every current at its end at once; a layer is charged with "
                   "all that was drawn while it ran",
                   supply_volts_, charges_.empty() ? "" : " and charges of what the core did"),
       supply_source_.empty() ? "estimate" : supply_source_});
  for (const auto& [what, condition] : assumed_) {
    notes.assume({"energy." + what,
                  fmt::format("no model reported the condition, so {} (the largest current) is "
                              "taken",
                              condition),
                  "estimate"});
  }
}

}  // namespace tinyscope
