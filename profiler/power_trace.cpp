#include "profiler/power_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tinyscope {

PowerTrace::PowerTrace(const PowerDescription& power,
                       const std::vector<CurrentDescription>& board_currents, std::uint64_t cpu_hz,
                       double bin_seconds, std::size_t most_bins)
    : meter_(power, board_currents, cpu_hz),
      bin_seconds_(bin_seconds),
      most_bins_(most_bins),
      hz_(static_cast<double>(cpu_hz)),
      bin_end_(bin_seconds) {
  for (const EnergyMeter::Term& term : meter_.terms()) {
    if (term.entry < state_of_entry_.size()) continue;
    const CurrentDescription* const current = meter_.origin(term.entry).current;
    std::int32_t state = -1;
    if (current != nullptr && current->unit == "cpu") {
      state = static_cast<std::int32_t>(state_names_.size());
      state_names_.push_back(current->state +
                             (current->when.empty() ? "" : " when " + current->when));
    }
    state_of_entry_.push_back(state);
  }
  meter_.uses(before_);
  set_cycles_left();
}

void PowerTrace::set_flash(Address first, std::uint32_t bytes) {
  flash_first_ = first;
  flash_bytes_ = bytes;
  minds_ram_ = meter_.minds_code_in_ram();
}

void PowerTrace::set_cycles_left() {
  const double left = std::ceil((bin_end_ - now_) * hz_);
  cycles_left_ = left < 1 ? 1 : static_cast<std::uint64_t>(left);
}

void PowerTrace::take(const Bounded& charge) {
  open_.microjoules += charge.value * meter_.supply_volts();
  while (now_ >= bin_end_ * (1 - 1e-12)) close_bin();
}

void PowerTrace::end_stretch() {
  now_ += static_cast<double>(cycles_) / hz_;
  const Bounded charge = meter_.run(cycles_, activity_);
  cycles_ = 0;
  activity_ = {};
  take(charge);
  set_cycles_left();
}

// The state with most time in the open bin.
std::int32_t PowerTrace::busiest_state() {
  meter_.uses(uses_now_);
  std::int32_t busiest = -1;
  double longest = 0;
  // Entries of currents have two terms each: seconds, then megacycles.
  for (std::size_t entry = 0; 2 * entry < uses_now_.size() && entry < state_of_entry_.size();
       ++entry) {
    if (state_of_entry_[entry] < 0) continue;
    const double seconds = uses_now_[2 * entry] - before_[2 * entry];
    if (seconds > longest) {
      longest = seconds;
      busiest = state_of_entry_[entry];
    }
  }
  return busiest;
}

void PowerTrace::close_bin() {
  open_.cpu_state = busiest_state();
  if (uses_.size() != followed_.size()) uses_.resize(followed_.size());
  for (std::size_t i = 0; i < followed_.size(); ++i) {
    uses_[i].push_back(static_cast<float>(uses_now_[followed_[i]] - before_[followed_[i]]));
  }
  before_.swap(uses_now_);
  bins_.push_back(open_);
  open_ = {};
  if (most_bins_ != 0 && bins_.size() >= most_bins_ && bins_.size() % 2 == 0) halve();
  bin_end_ = bin_seconds_ * static_cast<double>(bins_.size() + 1);
}

void PowerTrace::halve() {
  for (std::size_t i = 0; i < bins_.size() / 2; ++i) {
    bins_[i] = bins_[2 * i];
    bins_[i].microjoules += bins_[2 * i + 1].microjoules;
  }
  bins_.resize(bins_.size() / 2);
  bin_seconds_ *= 2;
}

void PowerTrace::on_exception(const ExceptionEvent& event) {
  cycles_ += event.cycles.total();
  if (cycles_ >= cycles_left_) end_stretch();
}

// In steps that do not cross the end of a bin.
void PowerTrace::sleep_for(std::uint64_t cycles) {
  while (cycles != 0) {
    set_cycles_left();
    const std::uint64_t step = std::min(cycles, cycles_left_);
    now_ += static_cast<double>(step) / hz_;
    take(meter_.sleep(step));
    cycles -= step;
  }
  set_cycles_left();
}

void PowerTrace::on_sleep(const SleepEvent& event) {
  if (cycles_ != 0) end_stretch();
  const std::uint64_t charged = std::min(slept_, event.length.count);
  slept_ = 0;
  sleep_for(event.length.count - charged);
}

void PowerTrace::on_power_state(const PowerStateChanged& change) {
  const bool cpu = change.unit == "cpu";
  if (resting_) {
    // on_sleep() comes when all is over.
    const double passed = (change.when.seconds() - now_) * hz_;
    if (passed > 0.5) {
      const auto cycles = static_cast<std::uint64_t>(passed + 0.5);
      slept_ += cycles;
      sleep_for(cycles);
    }
  } else if (cycles_ != 0) {
    end_stretch();
  }
  meter_.change(change);
  if (cpu) resting_ = change.state != "run" && !change.state.empty();
}

void PowerTrace::on_clock(std::uint64_t hz, Cycles /*cycle*/) {
  if (cycles_ != 0) end_stretch();
  hz_ = static_cast<double>(hz);
  meter_.set_clock(hz);
  set_cycles_left();
}

void PowerTrace::finish() {
  if (cycles_ != 0) end_stretch();
  open_.microjoules += meter_.run(0).value * meter_.supply_volts();
}

Timeline::Counter PowerTrace::counter() const {
  Timeline::Counter counter{"power", "mW", {}};
  double last = -1;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    const double milliwatts = bins_[i].microjoules / bin_seconds_ * 1e-3;
    if (milliwatts == last) continue;
    const double ns = static_cast<double>(i) * bin_seconds_ * 1e9;
    counter.points.push_back({static_cast<std::uint64_t>(std::llround(ns)), milliwatts});
    last = milliwatts;
  }
  return counter;
}

}  // namespace tinyscope
