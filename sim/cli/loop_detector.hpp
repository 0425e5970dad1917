// Notices firmware that loops on the spot and can do nothing else any more, and ends its run: in a
// fault handler, or with nothing scheduled that could interrupt it.
#pragma once

#include "sim/cli/machine.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

class LoopDetector : public SimListener {
 public:
  // To be added to the machine's core.
  explicit LoopDetector(Machine& machine) : machine_(machine) {}

  void on_block_retired(const BlockRetired& block) override {
    if (block.transfer == Transfer::kJump && block.next == block.start && block.instructions == 1) {
      on_spot(block.start);
    }
  }
  // The same for a machine that it does not listen to: does the core loop on the spot now?
  void look();

  // The run has ended, or is about to, because a fault handler loops.
  bool fault_loop() const { return fault_loop_; }
  void forget_fault_loop() { fault_loop_ = false; }

 private:
  void on_spot(Address address);

  Machine& machine_;
  bool fault_loop_ = false;
};

}  // namespace tinyscope
