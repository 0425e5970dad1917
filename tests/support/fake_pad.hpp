// A pad of a chip without the chip, for tests of parts that hang on one.
#pragma once

#include <functional>
#include <vector>

#include "sim/pad.hpp"

namespace tinyscope::test {

class FakePad : public PadPort {
 public:
  // What the part does.
  void drive(bool level) override {
    driven = true;
    signal = nullptr;
    set(level);
  }
  void release() override {
    driven = false;
    signal = nullptr;
  }
  void follow(PadSignal* followed) override {
    driven = followed != nullptr;
    signal = followed;
  }
  bool level() const override { return level_; }
  void on_level(std::function<void(bool)> listener) override {
    listeners_.push_back(std::move(listener));
  }
  PadNode& node() override { return node_; }

  // What the chip does.
  void set(bool level) {
    if (level == level_) return;
    level_ = level;
    for (const auto& listener : listeners_) listener(level);
  }

  bool driven = false;
  PadSignal* signal = nullptr;

 private:
  bool level_ = false;
  PadNode node_;
  std::vector<std::function<void(bool)>> listeners_;
};

}  // namespace tinyscope::test
