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
  // Cycles of an exception entry, tail-chain or return. `fp_frame`: the frame holds FP registers
  // and they are moved now (not lazily).
  virtual Cycles exception_cycles(ExceptionPhase phase, bool fp_frame) const = 0;
  // Cycles of writing the FP registers of a lazily reserved frame.
  virtual Cycles lazy_stacking_cycles() const = 0;
  // Forgets the pipeline state: reset, exception entry and return, debugger.
  virtual void flush() = 0;
  // Saves or restores the pipeline state.
  virtual void snapshot(StateArchive& archive) = 0;
  // The state of the pipeline and, in time, of the memory system, such that states from which
  // everything goes on alike are equal byte for byte; the same at whatever cycle they are met.
  virtual PipelineState pipeline_state() const = 0;
  virtual void set_pipeline_state(const PipelineState& state) = 0;
  // States what the model assumes.
  virtual void note_assumptions(RunNotes& notes) const = 0;
};

// "cortex-m4": throws InputError for an unknown name. `memory` outlives the model.
std::unique_ptr<TimingModel> make_timing_model(std::string_view name, MemoryTiming& memory);

}  // namespace tinyscope
