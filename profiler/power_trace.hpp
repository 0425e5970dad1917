// Power over time: what the energy model says of each stretch ("bin") of a run.
//
// For the "power" counter of a timeline, and for calibration, which also wants to know how much of
// each free number of the model was in use in each bin. A block belongs to the bin it
// begins in; sleep is divided exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/energy.hpp"
#include "profiler/report.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

class PowerTrace final : public SimListener {
 public:
  struct Bin {
    double microjoules = 0;
    std::int32_t cpu_state = -1;  // index in state_names(): what the core was in for longest
  };
  // `bin_seconds`: at first. When there are `most_bins`, two become one and bins twice as long; 0:
  // never, for calibration.
  PowerTrace(const PowerDescription& power, const std::vector<CurrentDescription>& board_currents,
             std::uint64_t cpu_hz, double bin_seconds, std::size_t most_bins);
  // As LayerCollector::set_flash().
  void set_flash(Address first, std::uint32_t bytes);
  // Keeps the use of these terms (indices of EnergyMeter::terms()) for each bin; before the run.
  void follow(std::vector<std::size_t> terms) { followed_ = std::move(terms); }

  void on_block_retired(const BlockRetired& block) override {
    cycles_ += block.cycles.total();
    activity_.add(block);
    if (minds_ram_ && block.start - flash_first_ >= flash_bytes_) {
      activity_.ram_cycles += block.cycles.total();
    }
    if (cycles_ >= cycles_left_) end_stretch();
  }
  void on_exception(const ExceptionEvent& event) override;
  void on_sleep(const SleepEvent& event) override;
  void on_power_state(const PowerStateChanged& change) override;
  void on_clock(std::uint64_t hz, Cycles cycle) override;

  void finish();

  const EnergyMeter& meter() const { return meter_; }
  double bin_seconds() const { return bin_seconds_; }
  const std::vector<Bin>& bins() const { return bins_; }
  // Of followed term `which` in each bin.
  const std::vector<float>& use(std::size_t which) const { return uses_[which]; }
  // Milliwatts at the begin of each bin; bins of equal power are left out.
  Timeline::Counter counter() const;
  // "run when pwr=boost", by Bin::cpu_state.
  const std::vector<std::string>& state_names() const { return state_names_; }

 private:
  void end_stretch();
  void sleep_for(std::uint64_t cycles);
  void take(const Bounded& charge);
  void set_cycles_left();
  void close_bin();
  void halve();
  std::int32_t busiest_state();

  EnergyMeter meter_;
  double bin_seconds_;
  std::size_t most_bins_;
  double hz_;
  double now_ = 0;      // seconds that cycles have taken
  double bin_end_ = 0;  // of the open bin
  std::uint64_t cycles_ = 0;
  std::uint64_t cycles_left_ = 0;  // until the open bin ends
  Activity activity_;
  Bin open_;
  std::vector<Bin> bins_;
  std::vector<std::size_t> followed_;
  std::vector<std::vector<float>> uses_;
  std::vector<double> before_;  // uses at the begin of the bin
  std::vector<double> uses_now_;
  std::vector<std::string> state_names_;
  std::vector<std::int32_t> state_of_entry_;
  bool resting_ = false;
  std::uint64_t slept_ = 0;  // cycles of the sleep under way that were charged already
  Address flash_first_ = 0;
  std::uint32_t flash_bytes_ = 0;
  bool minds_ram_ = false;
};

}  // namespace tinyscope
