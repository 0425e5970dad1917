// Energy from currents and how long each was drawn: energy = supply voltage × current × time.
//
// Currents are data of chip and board (CurrentDescription). The CPU's time in run and sleep comes
// from its cycles, that of every other unit from PowerTracker. Bounds: each current is taken at its
// lower or upper end, all at once, so that they contain the truth also when errors add up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/report.hpp"
#include "sim/description/soc.hpp"
#include "sim/power_tracker.hpp"
#include "sim/run_notes.hpp"
#include "sim/time.hpp"

namespace tinyscope {

// Electric charge in microampere-seconds, or a current in microamperes.
struct Bounded {
  double value = 0;
  double low = 0;
  double high = 0;

  Bounded& operator+=(const Bounded& other) {
    value += other.value;
    low += other.low;
    high += other.high;
    return *this;
  }
  friend Bounded operator*(const Bounded& a, double factor) {
    return {a.value * factor, a.low * factor, a.high * factor};
  }
};

class EnergyMeter {
 public:
  // `board_currents`: drawn on the board beside the chip, at the same supply voltage.
  EnergyMeter(const PowerDescription& power, const std::vector<CurrentDescription>& board_currents,
              std::uint64_t cpu_hz);

  void set_clock(std::uint64_t hz);
  void change(const PowerStateChanged& change);
  // Counts CPU cycles under the states in force and returns the charge that everything together
  // drew meanwhile.
  Bounded run(std::uint64_t cycles);
  Bounded sleep(std::uint64_t cycles);

  // Energy of a charge in microjoules.
  Estimate energy_uj(const Bounded& charge) const;
  // `end`: when the run stopped. Parts are sorted by unit and state; per_inference_uj is left open.
  EnergyReport report(TimePoint end) const;
  // States what had to be assumed, for example a condition that nobody reported.
  void note_assumptions(RunNotes& notes) const;
  bool has_currents() const { return !entries_.empty(); }

 private:
  struct Entry {
    CurrentDescription current;
    Bounded microamps;
    Bounded per_mhz;             // of the CPU clock; microamps
    std::string condition_unit;  // of `when`; empty: unconditional
    std::string condition_state;
    double seconds = 0;
    double megacycles = 0;  // of the CPU meanwhile; CPU entries only
  };
  static constexpr int kNone = -1;

  int choose(std::string_view unit, std::string_view state) const;
  void choose_all();
  void advance(TimePoint now);
  Bounded draw(int cpu_entry, std::uint64_t cycles);

  std::vector<Entry> entries_;
  std::map<std::string, std::string, std::less<>> states_;  // as reported; without "cpu"
  std::string sleep_state_ = "sleep";
  std::vector<int> active_;  // entries drawing now, without the CPU's
  Bounded units_microamps_;  // their sum
  int run_entry_ = kNone;
  int sleep_entry_ = kNone;
  double supply_volts_ = 0;
  std::string supply_source_;
  double seconds_per_cycle_ = 0;
  TimePoint last_change_{};
  mutable std::map<std::string, std::string> assumed_;  // unit and state -> condition taken
};

}  // namespace tinyscope
