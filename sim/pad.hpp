// A pad of the chip as the board sees it: what parts on the board may do to it and learn from it.
// The chip's GPIO port offers one for each of its pads, under the pad's name ("P0.13", "PA5").
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "sim/ports.hpp"
#include "sim/time.hpp"

namespace tinyscope {

// A digital signal that changes too often for one event for each edge, such as the pixel clock of
// a camera: its level is computed when somebody looks.
class PadSignal {
 public:
  virtual ~PadSignal() = default;
  virtual bool level(TimePoint when) = 0;
  // The first change after `when`; nullopt: none until PadPort::follow() is called again.
  virtual std::optional<TimePoint> next_edge(TimePoint when) = 0;
};

// What a pad carries beside a logic level. Shared between the pad's GPIO port and the blocks of the
// chip that look at it or drive it (EventFabric::pad).
class PadNode {
 public:
  // The voltage that the board puts on the pad; nullopt: nobody drives it.
  std::function<std::optional<double>(TimePoint)> volts;
  // The first change of volts() after a time; that time itself: it changes all the while; nullopt:
  // it stays. Empty: as if it changed all the while. Spares a comparator from looking in vain.
  std::function<std::optional<TimePoint>(TimePoint)> volts_change;

  // The frequency of the clock that a block of the chip puts on the pad; 0 Hz: none.
  void set_clock_hz(double hz) {
    if (hz == clock_hz_) return;
    clock_hz_ = hz;
    for (const auto& listener : listeners_) listener(hz);
  }
  double clock_hz() const { return clock_hz_; }
  void on_clock(std::function<void(double)> listener) { listeners_.push_back(std::move(listener)); }

  // What a block of the chip drives the pad with while its level changes too often for one event
  // each edge, such as PWM, and the part of the time, 0 to 1, for which it is high. To be called
  // again whenever the signal's future edges have changed; null: the block drives levels again.
  void set_output(PadSignal* signal, double duty = 0) {
    restore_output(signal, duty);
    for (const auto& listener : output_listeners_) listener();
  }
  // After a restored snapshot: tells nobody, for they restore their own state.
  void restore_output(PadSignal* signal, double duty) {
    output_ = signal;
    duty_ = duty;
  }
  PadSignal* output() const { return output_; }
  // nullopt: the pad is driven by levels (PadPort::level) or not at all.
  std::optional<double> duty() const {
    return output_ == nullptr ? std::nullopt : std::optional(duty_);
  }
  // Called after each set_output(), as a lamp needs it that shows the duty cycle.
  void on_output(std::function<void()> listener) {
    output_listeners_.push_back(std::move(listener));
  }

  // The level now, for blocks of the chip that look at the pad at times of their own. Set by the
  // pad's GPIO port; empty: there is none.
  std::function<bool()> level_now;

 private:
  double clock_hz_ = 0;
  std::vector<std::function<void(double)>> listeners_;
  PadSignal* output_ = nullptr;
  double duty_ = 0;
  std::vector<std::function<void()>> output_listeners_;
};

class PadPort : public Port {
 public:
  // The board drives the pad. Where the chip drives it too, the chip wins.
  virtual void drive(bool level) = 0;
  // The board lets go: the pad follows the chip, or its pull resistor, or reads 0.
  virtual void release() = 0;
  // The board drives the pad with `signal`, which must outlive this; null: as release(). To be
  // called again whenever the signal's future edges have changed, and after a restored snapshot.
  virtual void follow(PadSignal* signal) = 0;
  // Of the pad now, whoever drives it. A signal that the pad follows is not seen here.
  virtual bool level() const = 0;
  // Called at each change of level().
  virtual void on_level(std::function<void(bool)> listener) = 0;
  virtual PadNode& node() = 0;
};

}  // namespace tinyscope
