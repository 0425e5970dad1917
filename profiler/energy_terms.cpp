// The numbers that energy is made of, one by one: for calibration and for battery life.
#include <algorithm>

#include "profiler/energy.hpp"

namespace tinyscope {

std::vector<EnergyMeter::Term> EnergyMeter::terms() const {
  std::vector<Term> terms;
  std::size_t at = 0;
  for (const Entry& entry : entries_) {
    const CurrentDescription& current = entry.current;
    const double each = entry.scale * supply_volts_;
    Term term{at++, Term::Kind::kMicroamps, current.microamps, current.uncertainty, current.free,
              each};
    terms.push_back(term);
    term.kind = Term::Kind::kMicroampsPerMhz;
    term.value = current.microamps_per_mhz;
    terms.push_back(term);
  }
  for (const Charge& charge : charges_) {
    terms.push_back({at++, Term::Kind::kPicocoulombs, charge.activity.picocoulombs,
                     charge.activity.uncertainty, charge.activity.free,
                     1e-6 * charge.scale * supply_volts_});
  }
  for (const WakeUp& wake_up : wake_ups_) {
    terms.push_back({at++, Term::Kind::kNanocoulombs, wake_up.wake_up.nanocoulombs,
                     wake_up.wake_up.uncertainty, false, 1e-3 * wake_up.scale * supply_volts_});
  }
  return terms;
}

void EnergyMeter::uses(std::vector<double>& out) const {
  out.clear();
  for (const Entry& entry : entries_) {
    out.push_back(entry.seconds);
    out.push_back(entry.megacycles);
  }
  for (const Charge& charge : charges_) out.push_back(charge.count);
  for (const WakeUp& wake_up : wake_ups_) out.push_back(wake_up.count);
}

EnergyMeter::Origin EnergyMeter::origin(std::size_t entry) const {
  Origin origin;
  if (entry < entries_.size()) {
    origin.current = &entries_[entry].current;
  } else if (entry - entries_.size() < charges_.size()) {
    origin.activity = &charges_[entry - entries_.size()].activity;
  } else {
    origin.wake_up = &wake_ups_[entry - entries_.size() - charges_.size()].wake_up;
  }
  return origin;
}

std::vector<EnergyMeter::RestingState> EnergyMeter::resting_states() const {
  const double megahertz = seconds_per_cycle_ == 0 ? 0 : 1e-6 / seconds_per_cycle_;
  std::vector<std::string> names;
  for (const Entry& entry : entries_) {
    const CurrentDescription& current = entry.current;
    const bool known = std::find(names.begin(), names.end(), current.state) != names.end();
    if (current.unit == "cpu" && current.state != "run" && !known) names.push_back(current.state);
  }
  std::vector<RestingState> states;
  for (const std::string& name : names) {
    const int chosen = choose("cpu", name, "");
    if (chosen == kNone) continue;
    const Entry& entry = entries_[static_cast<std::size_t>(chosen)];
    Bounded microamps = entry.microamps;
    microamps += entry.per_mhz * megahertz;
    Bounded back;
    for (const WakeUp& wake_up : wake_ups_) {
      if (wake_up.wake_up.state == name) back = wake_up.each;
    }
    states.push_back({name, microamps, back, entry.current.source});
  }
  return states;
}

}  // namespace tinyscope
