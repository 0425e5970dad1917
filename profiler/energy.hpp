// Energy from currents, how long each was drawn, and charges of events:
// energy = supply voltage × (current × time + charge × events).
//
// Currents and charges are data of chip and board (sim/description/power.hpp). The CPU's time in
// run and sleep comes from its cycles, what it did meanwhile from the blocks that retired, the time
// of every other unit from PowerTracker. Bounds: each current and charge is taken at its lower or
// upper end, all at once, so that they contain the truth also when errors are correlated.
//
// Charges are those that the supply in force delivers: behind a switching regulator the power is
// what stays, so at another supply the charge is another.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/report.hpp"
#include "sim/description/power.hpp"
#include "sim/listener.hpp"
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

// What the core did in a stretch of cycles, as far as energy cares.
struct Activity {
  std::array<std::uint64_t, kActivityEventCount> events{};
  std::uint64_t ram_cycles = 0;  // of code outside of flash

  void add(const BlockRetired& block) {
    events[0] += block.instructions;
    events[1] += block.loads;
    events[2] += block.stores;
    events[3] += block.multiplies;
    events[4] += block.float_ops;
    events[5] += block.flash_reads;
  }
};

class EnergyMeter {
 public:
  // `board_currents`: drawn on the board beside the chip, at the same supply voltage.
  EnergyMeter(const PowerDescription& power, const std::vector<CurrentDescription>& board_currents,
              std::uint64_t cpu_hz);

  // Begins in mid-run, with the units in these states; nothing must have been counted before.
  void begin(TimePoint now, std::uint64_t hz, const std::map<std::string, std::string>& states);
  void set_clock(std::uint64_t hz);
  void change(const PowerStateChanged& change);
  // Counts CPU cycles under the states in force. Returns the charge that everything together has
  // drawn since the last call, so that the sum of all is the sum of all parts.
  Bounded run(std::uint64_t cycles, const Activity& activity = {});
  Bounded sleep(std::uint64_t cycles);

  // Energy of a charge in microjoules.
  Estimate energy_uj(const Bounded& charge) const;
  // `end`: when the run stopped. Parts are sorted by unit and state; per_inference_uj is left open.
  EnergyReport report(TimePoint end) const;
  // States what had to be assumed, for example a condition that nobody reported.
  void note_assumptions(RunNotes& notes) const;
  bool has_currents() const { return !entries_.empty(); }
  // Must activities count cycles of code in RAM?
  bool minds_code_in_ram() const { return minds_ram_; }
  double supply_volts() const { return supply_volts_; }
  // At which numbers hold that name no voltage of their own.
  double measured_volts() const { return measured_volts_; }

  // One number of the descriptions; energy is the sum of value × weight over all terms.
  struct Term {
    enum class Kind : std::uint8_t { kMicroamps, kMicroampsPerMhz, kPicocoulombs, kNanocoulombs };
    std::size_t entry = 0;  // several terms may share one
    Kind kind = Kind::kMicroamps;
    double value = 0;
    double uncertainty = 0;
    bool free = false;
    double microjoules_each = 0;  // of a unit of the value and of use
  };
  // All numbers, in the order of the descriptions; the order never changes.
  std::vector<Term> terms() const;
  // How much each of them was in use so far: seconds, megacycles, events.
  void uses(std::vector<double>& out) const;
  // The description behind an entry, for reports; exactly one is set.
  struct Origin {
    const CurrentDescription* current = nullptr;
    const ActivityDescription* activity = nullptr;
    const WakeUpDescription* wake_up = nullptr;
  };
  Origin origin(std::size_t entry) const;
  // Lets units draw until then; the CPU draws with its cycles.
  void advance(TimePoint now);

  // What the chip draws in a low-power state of its CPU, other units at rest; nothing if there is
  // no current for it. And which such states there are.
  struct RestingState {
    std::string state;
    Bounded microamps;
    Bounded wake_up;  // charge of coming back, microampere-seconds
    std::string source;
  };
  std::vector<RestingState> resting_states() const;
  // Of all cycles asleep so far: seconds, and what everything together drew meanwhile.
  double sleep_seconds() const { return sleep_seconds_; }
  const Bounded& sleep_charge() const { return sleep_charge_; }
  const std::string& sleep_state() const { return sleep_state_; }

 private:
  // A current, or the charge of an event.
  struct Entry {
    CurrentDescription current;
    Bounded microamps;           // at the supply in force
    Bounded per_mhz;             // of the CPU clock; microamps
    std::string condition_unit;  // of `when`; empty: unconditional
    std::string condition_state;
    double seconds = 0;
    double megacycles = 0;  // of the CPU meanwhile; CPU entries only
    double scale = 1;       // of the charge, for the supply in force
  };
  struct Charge {
    ActivityDescription activity;
    Bounded each;  // microampere-seconds
    std::string condition_unit;
    std::string condition_state;
    double count = 0;
    double scale = 1;
  };
  struct WakeUp {
    WakeUpDescription wake_up;
    Bounded each;
    double count = 0;
    double scale = 1;
  };
  static constexpr int kNone = -1;

  double scale_of(Regulator regulator, double volts) const;
  int choose(std::string_view unit, std::string_view state, std::string_view code) const;
  int choose_charge(ActivityEvent event) const;
  void choose_all();
  void accrue(double until);
  void draw(int cpu_entry, std::uint64_t cycles);
  Bounded take();

  std::vector<Entry> entries_;
  std::vector<Charge> charges_;
  std::vector<WakeUp> wake_ups_;
  std::map<std::string, std::string, std::less<>> states_;  // as reported; without "cpu"
  std::string sleep_state_ = "sleep";
  bool cpu_rests_ = false;
  std::vector<int> active_;  // entries drawing now, without the CPU's
  Bounded units_microamps_;  // their sum
  std::array<int, kActivityEventCount> active_charges_{};
  int run_entry_ = kNone;
  int ram_entry_ = kNone;
  int sleep_entry_ = kNone;
  bool minds_ram_ = false;
  double supply_volts_ = 0;
  double measured_volts_ = 0;
  std::string supply_source_;
  double seconds_per_cycle_ = 0;
  double cycle_time_ = 0;  // seconds that cycles have taken so far
  double unit_time_ = 0;   // until which units have drawn
  double begin_time_ = 0;
  Bounded drawn_;  // since the last take()
  double sleep_seconds_ = 0;
  Bounded sleep_charge_;
  std::map<std::string, std::string> assumed_;  // unit and state -> condition taken
};

}  // namespace tinyscope
