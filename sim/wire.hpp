// One-bit signals between parts of a machine: interrupt requests, DMA requests, pins.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "sim/snapshot.hpp"

namespace tinyscope {

class Wire {
 public:
  Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Adds a listener. It is called at each change of level, never at connection time.
  void connect(std::function<void(bool)> listener) { listeners_.push_back(std::move(listener)); }
  bool connected() const { return !listeners_.empty(); }

  void set(bool level) {
    if (level == level_) return;
    level_ = level;
    for (const auto& listener : listeners_) listener(level);
  }
  // A level that lasts no time: listeners see it rise and fall.
  void pulse() {
    set(true);
    set(false);
  }
  bool level() const { return level_; }

  // Restores the level without telling the listeners: they restore their own state.
  void snapshot(StateArchive& archive) { archive(level_); }

 private:
  bool level_ = false;
  std::vector<std::function<void(bool)>> listeners_;
};

}  // namespace tinyscope
