// The clocks of a chip by name: a clock controller drives them, everything else follows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

// One clock net. 0 Hz: the clock stands still.
class ClockSignal {
 public:
  explicit ClockSignal(std::uint64_t hz = 0) : hz_(hz) {}
  ClockSignal(const ClockSignal&) = delete;
  ClockSignal& operator=(const ClockSignal&) = delete;

  std::uint64_t hz() const { return hz_; }
  // Listeners are told of each change, at the simulated time at which it happens; never at
  // connection time.
  void on_change(std::function<void(std::uint64_t hz)> listener) {
    listeners_.push_back(std::move(listener));
  }
  void set(std::uint64_t hz) {
    driven_ = true;
    if (hz == hz_) return;
    hz_ = hz;
    for (const auto& listener : listeners_) listener(hz);
  }
  // Restores the frequency without telling the listeners: they restore their own state.
  void restore(std::uint64_t hz) { hz_ = hz; }
  // Has anybody ever set it? A clock that is followed but never driven is a wrong name.
  bool driven() const { return driven_; }

 private:
  std::uint64_t hz_;
  bool driven_ = false;
  std::vector<std::function<void(std::uint64_t)>> listeners_;
};

// Signals are made when somebody first names them and live as long as the tree.
class ClockTree {
 public:
  ClockSignal& signal(std::string_view name) {
    const auto found = signals_.find(name);
    if (found != signals_.end()) return *found->second;
    return *signals_.emplace(std::string(name), std::make_unique<ClockSignal>()).first->second;
  }
  const std::map<std::string, std::unique_ptr<ClockSignal>, std::less<>>& signals() const {
    return signals_;
  }

 private:
  std::map<std::string, std::unique_ptr<ClockSignal>, std::less<>> signals_;
};

}  // namespace tinyscope
