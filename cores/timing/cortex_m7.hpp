// Cortex-M7 pipeline: what each retired instruction adds to the clock. Follows measurements of
// jnk0le/random and LLVM's scheduling model (cortex_m7_latencies.hpp), as Arm publishes no table.
//
// An instruction issues in a new cycle, or in that of the one before if the two may pair; then it
// costs nothing. It waits until all operands will be there in the stage that takes them, so that
// nothing waits behind issue but for memory, which holds up the whole pipeline.
//
// Not modelled: what pairs of narrow and wide instructions do to the fetch beyond their bytes
// ("slippery"), the cycle that a multiple transfer may lose in purely wide code, floating-point
// operands (double precision takes its usual time), the cycles a debugger takes.
#pragma once

#include "cores/timing/branch_predictor.hpp"
#include "cores/timing/prefetch_queue.hpp"
#include "cores/timing/scoreboard.hpp"
#include "cores/timing/timing_model.hpp"

namespace tinyscope {

class CortexM7 final : public TimingModel {
 public:
  explicit CortexM7(MemoryTiming& memory) : memory_(&memory) {}

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
  std::vector<LineCache*> tables() override { return predictor_.tables(); }
  Address bank_bit() const override { return kBankBit; }
  unsigned longest_instruction() const override { return kLongestInstruction; }
  void master_access(Address address, std::int64_t cycles) override;
  void use_memory(MemoryTiming& memory) override { memory_ = &memory; }
  void note_assumptions(RunNotes& notes) const override;

 private:
  using Time = MemoryTiming::Time;
  static constexpr Address kBankBit = 4;  // even and odd words
  static constexpr unsigned kLongestInstruction = 48;
  static constexpr Time kEpoch = 64;  // so that earlier cycles exist

  // The instruction that issued last, if another may still issue in its cycle.
  struct Older {
    bool open = false;
    bool loads = false;  // from the bank `odd`
    bool odd = false;
    bool lone_multiply_add = false;  // a multiply-accumulate with none before it for a while
    std::uint16_t needs = 0;

    void snapshot(StateArchive& archive) { archive(open, loads, odd, lone_multiply_add, needs); }
  };

  // Everything that an instruction leaves for those behind it.
  struct State {
    cortex_m7::PrefetchQueue fetch;
    cortex_m7::Scoreboard results;
    Older older;
    bool restart = true;  // the next instruction begins a new stream
    std::uint32_t auxiliary_control = 0;
    Address next_address = 0;
    Time finish = kEpoch;    // when the next instruction may issue, unless it pairs
    Time adder_free = 0;     // for the FPU's additions, behind a multiply-accumulate
    Time transfer_free = 0;  // for VLDR and its like as the younger instruction
    Time fused_free = 0;     // for VFMA, behind VMLA
    Time chain_free = 0;     // before it, a double multiply-accumulate follows another directly

    // The earliest cycle in which an instruction to come may issue.
    Time next_issue() const { return older.open ? finish - 1 : finish; }
    State normalised() const;
    void snapshot(StateArchive& archive);
  };

  // Being built up while one instruction is priced.
  struct Pricing {
    const RetiredInsn& retired;
    std::uint16_t needs = 0;
    bool younger = false;
    Time start = 0;       // of execution
    unsigned cycles = 1;  // of execution
    StallCycles cost{};

    Time last() const { return start + cycles - 1; }
  };
  struct Ready {
    Time issue;
    StallCause cause;
  };

  bool pairs(const Pricing& pricing, Time fetched, const Ready& operands) const;
  Ready operands_ready(const Insn& insn, std::uint16_t needs) const;
  void wait_until(Pricing& pricing, Time ready, StallCause cause) const;
  void extend(Pricing& pricing, unsigned cycles, StallCause cause) const;
  void execute(Pricing& pricing);
  void execute_load(Pricing& pricing);
  void execute_store(Pricing& pricing);
  void execute_float(Pricing& pricing);
  void transfer(Pricing& pricing);
  void load(Pricing& pricing, Address address);
  void store(Pricing& pricing, Address address, unsigned bytes);
  void leave_results(const Pricing& pricing);
  void leave_core_results(const Pricing& pricing);
  void leave_float_results(const Pricing& pricing);
  bool predicted(const Pricing& pricing, bool taken);
  void follow_branch(Pricing& pricing);
  void remember(const Pricing& pricing);
  Time earliest_access() const;
  unsigned words_delay(Address first, unsigned words, AccessType type, Time at);

  MemoryTiming* memory_;
  State state_;
  cortex_m7::BranchPredictor predictor_;
};

}  // namespace tinyscope
