// Cortex-M4 pipeline: what each retired instruction adds to the clock. Follows Arm DDI 0439D,
// chapter 3 and 7, with the fetch buffer and pairing rules as measured (cortex_m4_latencies.hpp).
//
// A load pays its own second cycle; whatever may run in that cycle (a pairing load, a store, a
// NOP) starts one cycle early and so costs one less. The time between instructions is kept as an
// absolute cycle number, so that waits which overlap are not counted twice.
//
// Not modelled: the cycles a debugger takes.
#pragma once

#include "cores/timing/fetch_buffer.hpp"
#include "cores/timing/timing_model.hpp"

namespace tinyscope {

class CortexM4 final : public TimingModel {
 public:
  explicit CortexM4(MemoryTiming& memory) : memory_(&memory) {}

  StallCycles retire(const RetiredInsn& retired) override;
  Cycles access_offset(const Insn& insn) const override;
  Cycles exception_cycles(const ExceptionWork& work) override;
  Cycles lazy_stacking_cycles(Address address) override;
  Cycles abandonable_cycles(const RetiredInsn& coming) const override;
  unsigned transferred_after(const RetiredInsn& coming, Cycles after) const override;
  void set_auxiliary_control(std::uint32_t actlr) override { state_.auxiliary_control = actlr; }
  void flush() override;
  void snapshot(StateArchive& archive) override;
  PipelineState pipeline_state() const override;
  void set_pipeline_state(const PipelineState& state) override;
  std::uint8_t divide_class(const Insn& insn, std::uint32_t dividend,
                            std::uint32_t divisor) const override;
  unsigned longest_instruction() const override { return kLongestInstruction; }
  void master_access(Address address, std::int64_t cycles) override;
  void use_memory(MemoryTiming& memory) override { memory_ = &memory; }
  void note_assumptions(RunNotes& notes) const override;

 private:
  using Time = cortex_m4::FetchBuffer::Time;

  // What the last instruction leaves for the next one.
  struct Previous {
    bool narrow = false;     // an IT may fold onto it
    bool load_tail = false;  // its last cycle may be shared with a pairing access
    bool shares_with_nop = false;
    std::uint8_t block = 0;  // memory block it accessed
    RegisterSet writes;

    void snapshot(StateArchive& archive) {
      archive(narrow, load_tail, shares_with_nop, block, writes);
    }
  };

  // Everything that an instruction leaves for those behind it.
  struct State {
    cortex_m4::FetchBuffer fetch;
    bool restart = true;           // the next instruction begins a new stream
    std::uint32_t head_start = 0;  // cycles by which that was requested early
    std::uint32_t auxiliary_control = 0;
    Address next_address = 0;
    Time finish = kEpoch;    // the cycle after the last instruction's cycles
    Time address_ready = 0;  // when the last result may form an address
    Time store_done = 0;     // when the bus has finished the last store
    Time float_ready = 0;    // when the last FP result may be used
    Time float_free = 0;     // when the FPU takes another instruction
    RegisterSet computed;    // written by the last data-processing instruction
    RegisterSet float_result;
    Previous previous;

    State normalised() const;
    void snapshot(StateArchive& archive);
  };

  // Being built up while one instruction is priced.
  struct Pricing {
    const RetiredInsn& retired;
    Time start;           // of execution
    unsigned cycles = 1;  // of execution
    unsigned overlap = 0;
    bool behind_load = false;  // its address is formed in the second cycle of a load
    StallCycles cost{};
  };

  bool follows_load(const Insn& insn) const;
  bool starts_early(const RetiredInsn& retired) const;
  bool folds(const Insn& insn) const;
  void wait_until(Pricing& pricing, Time ready, StallCause cause) const;
  void wait_for_fetch(Pricing& pricing);
  void wait_for_operands(Pricing& pricing) const;
  void wait_for_store(Pricing& pricing) const;
  void execute(Pricing& pricing);
  bool controlled(std::uint32_t bit) const { return (state_.auxiliary_control & bit) != 0; }
  // What is added to the accesses of one instruction.
  struct Delay {
    unsigned memory = 0;      // alignment and wait states
    unsigned contention = 0;  // other bus masters
    unsigned total() const { return memory + contention; }
  };
  Delay access_delay(const RetiredInsn& retired, Time at);
  unsigned words_delay(Address first, unsigned words, AccessType type, Time at);
  void execute_load(Pricing& pricing);
  void execute_store(Pricing& pricing);
  void execute_float(Pricing& pricing);
  void extend(Pricing& pricing, unsigned cycles, StallCause cause) const;
  void follow_branch(Pricing& pricing);
  RegisterSet awaited_registers(const Pricing& pricing) const;
  void remember(const Pricing& pricing);
  Time earliest_access() const;

  MemoryTiming* memory_;
  State state_;

  static constexpr Time kEpoch = 64;  // so that earlier cycles exist
  static constexpr unsigned kLongestInstruction = 20;
};

}  // namespace tinyscope
