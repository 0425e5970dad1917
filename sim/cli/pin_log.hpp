// What the board's pins have done, pin by pin, with times.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/cli/machine.hpp"
#include "sim/pad.hpp"

namespace tinyscope {

struct PinChange {
  TimePoint when{};
  double level = 0;  // 0 or 1; in between: the part of the time for which PWM drives it high
};

class PinLog {
 public:
  // Of each pin the last so many changes are kept.
  static constexpr std::size_t kMostChanges = 100'000;

  // Listens to all pins that the board names. Must outlive the machine's runs.
  explicit PinLog(Machine& machine);

  // By name. Throws InputError if the board has no such pin.
  PadPort& port(const std::string& pin);
  const std::vector<PinChange>& changes(const std::string& pin);
  std::vector<std::string> names() const;
  static double level_of(PadPort& pad) {
    return pad.node().duty().value_or(pad.level() ? 1.0 : 0.0);
  }

  // All changes, for a state to go back to.
  using History = std::map<std::string, std::vector<PinChange>>;
  History history() const;
  void go_back_to(const History& history);

 private:
  struct Pin {
    PadPort* port = nullptr;
    std::vector<PinChange> changes;
  };
  Pin& find(const std::string& name);
  void note(Pin& pin);

  Machine& machine_;
  std::map<std::string, Pin> pins_;
};

}  // namespace tinyscope
