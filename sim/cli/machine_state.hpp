// The state of a machine at one moment: to go back to it, or to go on from it in another machine.
//
// Memories are kept as pages that states share as long as nothing has changed them, so that a state
// costs little more than what was written since the one before. Machine::restore() copies only what
// differs, and what the core knows of code that stays the same stays too.
//
//   const auto state = machine.save();
//   machine.core().run();
//   machine.restore(*state);  // and it runs on as it did before, cycle for cycle
//   other.restore(*state);    // so does another machine of the same board, image and options
//
// Not part of a state is what a host keeps outside of the machine: what was printed so far, files
// that firmware has opened by semihosting, events that the host has put into the scheduler itself.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sim/time.hpp"

namespace tinyscope {

class MachineState {
 public:
  MachineState(const MachineState&) = delete;
  MachineState& operator=(const MachineState&) = delete;
  ~MachineState();

  // When it was taken.
  Cycles cycles() const { return cycles_; }
  TimePoint time() const { return time_; }

  struct Size {
    std::size_t own_bytes = 0;     // of nobody else: would be free again without this state
    std::size_t shared_bytes = 0;  // of pages that other states or machines hold as well
  };
  Size size() const;

 private:
  friend class StateKeeper;
  struct Contents;
  explicit MachineState(std::unique_ptr<Contents> contents);

  std::unique_ptr<Contents> contents_;
  Cycles cycles_{};
  TimePoint time_{};
};

}  // namespace tinyscope
