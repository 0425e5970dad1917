// Parts on the board that can be given something else to sense while the machine exists.
#pragma once

#include "sim/stimulus.hpp"

namespace tinyscope {

class FedPart {
 public:
  virtual ~FedPart() = default;
  // What the part senses from the start of each piece on, counted from power-on: on top of what it
  // was given when it was built, and instead of what it was fed before. Empty: nothing. Throws
  // InputError as when it is built, and then changes nothing.
  virtual void set_fed(const Stimulus& stimulus) = 0;
};

}  // namespace tinyscope
