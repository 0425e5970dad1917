// --trace-pins: a table of what the pins of the board do, LEDs among them.
#pragma once

#include <fstream>
#include <functional>
#include <string>

#include "sim/cli/machine.hpp"

namespace tinyscope {

// Every pin that the board names, with its pad. A pin that has two names comes under both.
void for_each_pin(Machine& machine,
                  const std::function<void(const std::string& label, PadPort& pad)>& action);

// One row for each change of a pin that the board names: time_s, pin, level (0 or 1), duty (0 to 1
// while PWM drives the pin; else empty).
class PinTrace {
 public:
  // Throws InputError if `file` cannot be written. The machine must not have started.
  PinTrace(Machine& machine, const std::string& file);

 private:
  void write(const std::string& pin, PadPort& pad);

  Machine& machine_;
  std::ofstream output_;
};

}  // namespace tinyscope
