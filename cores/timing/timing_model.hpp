// What executed instructions cost. A model prices one retired instruction after the other and
// keeps the pipeline state it needs between them; it sees addresses and register numbers, never
// register values except where the hardware's time depends on them (divide).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cores/decode/insn.hpp"
#include "cores/memory/memory_timing.hpp"
#include "sim/description/core_type.hpp"
#include "sim/listener.hpp"
#include "sim/run_notes.hpp"
#include "sim/snapshot.hpp"
#include "sim/time.hpp"

namespace tinyscope {

struct MemoryAccess {
  Address address = 0;
  std::uint8_t size = 4;  // bytes
  bool write = false;
};

// One instruction that has run.
struct RetiredInsn {
  const Insn& insn;
  bool skipped = false;                      // its IT condition failed
  std::span<const MemoryAccess> accesses{};  // in program order
  Address next = 0;                          // address of the instruction that runs next
  std::uint32_t next_size = 2;               // its size in bytes, where known
  std::uint32_t dividend = 0;                // register values of a divide
  std::uint32_t divisor = 0;
  unsigned transferred = 0;  // words of a multiple transfer moved before an interrupt
};

// What an exception entry, tail-chain or return moves.
struct ExceptionWork {
  ExceptionPhase phase = ExceptionPhase::kEntry;
  bool fp_frame = false;  // the FP registers of the frame are moved now (not lazily)
  Address frame = 0;      // lowest address of the frame; of entry and return
  Address vector = 0;     // address of the vector read, and what it says; of entry and tail-chain
  Address handler = 0;
};

using PipelineState = std::vector<std::byte>;

class TimingModel {
 public:
  virtual ~TimingModel() = default;

  // Cycles of this instruction by cause; their total advances the clock. The total may be 0
  // (a folded IT).
  virtual StallCycles retire(const RetiredInsn& retired) = 0;
  // Cycles from the start of `insn` to its first data access, for the time an access is seen at.
  virtual Cycles access_offset(const Insn& insn) const = 0;
  // Cycles of an exception entry, tail-chain or return, behind which a new stream of instructions
  // begins.
  virtual Cycles exception_cycles(const ExceptionWork& work) = 0;
  // Cycles of writing the FP registers of a lazily reserved frame to `address` and above.
  virtual Cycles lazy_stacking_cycles(Address address) = 0;
  // For so long from its first cycle on may an interrupt abandon this instruction, which then runs
  // again or goes on behind the handler; 0: never. Accesses and successor do not matter.
  virtual Cycles abandonable_cycles(const RetiredInsn& coming) const = 0;
  // Words of a multiple transfer that need not be moved again if it is abandoned `after` cycles.
  virtual unsigned transferred_after(const RetiredInsn& coming, Cycles after) const = 0;
  // ACTLR of the core (auxiliary_control.hpp).
  virtual void set_auxiliary_control(std::uint32_t actlr) = 0;
  // Forgets the pipeline state: reset, debugger.
  virtual void flush() = 0;
  // Saves or restores the pipeline state.
  virtual void snapshot(StateArchive& archive) = 0;
  // The state of the pipeline and, in time, of the memory system, such that states from which
  // everything goes on alike are equal byte for byte; the same at whatever cycle they are met.
  virtual PipelineState pipeline_state() const = 0;
  virtual void set_pipeline_state(const PipelineState& state) = 0;
  // A number below 256 that stands for how long a divide of these operands takes.
  virtual std::uint8_t divide_class(const Insn& insn, std::uint32_t dividend,
                                    std::uint32_t divisor) const = 0;
  // Tables of the core itself that answers depend on beyond the pipeline state, such as those that
  // predict branches, in an order that never changes. As with caches of the memory, no cost may
  // depend on their contents except through what they answer.
  virtual std::vector<LineCache*> tables() { return {}; }
  // The address bit that says which of two banks a word is in, where that makes a difference; 0:
  // none.
  virtual Address bank_bit() const { return 0; }
  // Cycles that one instruction takes at most, waits and accesses apart: divide, FPU, refill.
  virtual unsigned longest_instruction() const = 0;
  // Another bus master uses the memory at `address`, so many cycles after the end of the last
  // instruction (before it: negative).
  virtual void master_access(Address address, std::int64_t cycles) = 0;
  // Asks another memory system from now on; it outlives the model.
  virtual void use_memory(MemoryTiming& memory) = 0;
  // States what the model assumes.
  virtual void note_assumptions(RunNotes& notes) const = 0;
};

// The name of the model for cores of a family.
std::string_view timing_model_of(CoreFamily family);

// "cortex-m4", "cortex-m7", "functional": throws InputError for an unknown name. `memory` outlives
// the model.
std::unique_ptr<TimingModel> make_timing_model(std::string_view name, MemoryTiming& memory);

}  // namespace tinyscope
