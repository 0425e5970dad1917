// Which current-drawing states a chip and its board are in: "cpu" run or sleep, "pdm" on or off,
// "regulator" ldo or dcdc. Peripherals report changes; the energy model looks up what each state
// draws. No currents here: those are in the SoC and board descriptions.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.hpp"

namespace tinyscope {

struct PowerStateChanged {
  std::string_view unit;   // instance name of the peripheral or device, or "cpu"
  std::string_view state;  // empty: off
  TimePoint when{};
};

class PowerTracker {
 public:
  void on_change(std::function<void(const PowerStateChanged&)> listener) {
    listeners_.push_back(std::move(listener));
  }
  // Whatever is reported of this unit, it is taken to be in this state.
  void force(std::string_view unit, std::string_view state) {
    forced_[std::string(unit)] = std::string(state);
  }
  void set(std::string_view unit, std::string_view state, TimePoint now) {
    if (const auto forced = forced_.find(unit); forced != forced_.end()) state = forced->second;
    auto& current = states_[std::string(unit)];
    if (current == state) return;
    current = state;
    for (const auto& listener : listeners_) listener({unit, current, now});
  }
  const std::map<std::string, std::string>& states() const { return states_; }

 private:
  std::map<std::string, std::string> states_;
  std::map<std::string, std::string, std::less<>> forced_;
  std::vector<std::function<void(const PowerStateChanged&)>> listeners_;
};

}  // namespace tinyscope
