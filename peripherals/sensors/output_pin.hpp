// An output of a part on the board that may be soldered to a pad of the chip, or to nothing.
#pragma once

#include "sim/pad.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class OutputPin {
 public:
  // The pad gets what the part drives already.
  void connect(PadPort& pad) {
    pad_ = &pad;
    if (state_ != State::kReleased) apply();
  }
  bool connected() const { return pad_ != nullptr; }
  // A part without supply, or whose output is an open drain at rest, lets go.
  void drive(bool level) { set(level ? State::kHigh : State::kLow); }
  void release() { set(State::kReleased); }
  // Lets go where the output is not `enabled`, and as an open drain instead of driving high.
  void show(bool enabled, bool level, bool open_drain) {
    if (enabled && !(open_drain && level)) {
      drive(level);
    } else {
      release();
    }
  }

  // The pad's own state comes back with the chip; this only remembers what was driven.
  void snapshot(StateArchive& archive) { archive(state_); }

 private:
  enum class State : std::uint8_t { kReleased, kLow, kHigh };
  void set(State state) {
    if (state == state_) return;
    state_ = state;
    if (pad_ != nullptr) apply();
  }
  void apply() {
    if (state_ == State::kReleased) {
      pad_->release();
    } else {
      pad_->drive(state_ == State::kHigh);
    }
  }

  PadPort* pad_ = nullptr;
  State state_ = State::kReleased;
};

}  // namespace tinyscope
