// No timing: every instruction takes one cycle, and nothing else takes any. For runs whose results
// count and not their time.
#pragma once

#include "cores/timing/timing_model.hpp"

namespace tinyscope {

class FunctionalTiming final : public TimingModel {
 public:
  StallCycles retire(const RetiredInsn&) override {
    StallCycles cycles;
    cycles[StallCause::kIssue] = 1;
    return cycles;
  }
  Cycles access_offset(const Insn&) const override { return {}; }
  Cycles exception_cycles(const ExceptionWork&) override { return {}; }
  Cycles lazy_stacking_cycles(Address) override { return {}; }
  Cycles abandonable_cycles(const RetiredInsn&) const override { return {}; }
  unsigned transferred_after(const RetiredInsn&, Cycles) const override { return 0; }
  void set_auxiliary_control(std::uint32_t) override {}
  void flush() override {}
  void snapshot(StateArchive&) override {}
  PipelineState pipeline_state() const override { return {}; }
  void set_pipeline_state(const PipelineState&) override {}
  std::uint8_t divide_class(const Insn&, std::uint32_t, std::uint32_t) const override { return 0; }
  unsigned longest_instruction() const override { return 1; }
  void master_access(Address, std::int64_t) override {}
  void use_memory(MemoryTiming&) override {}
  void note_assumptions(RunNotes& notes) const override {
    notes.assume({"timing.functional",
                  "functional speed: every instruction takes one cycle, memories and exceptions "
                  "none; cycles, and the times and energy that follow from them, are not those of "
                  "the chip",
                  "chosen by the user"});
  }
};

}  // namespace tinyscope
