// Gives every cycle of a run exactly one owner: a layer of an inference, an interrupt handler
// (its entry and return included), or nobody in particular ("unattributed": start-up, main loop,
// the invoke function itself, sleep outside of the others).
//
// The owner follows from the shadow call stack: each frame carries the number of a bucket, which
// callees inherit, so that between calls and returns a block only adds to a pending sum. A block
// belongs to the frame in force when it ran; its call or return takes effect behind it.
//
// An inference may run in thread mode, in a handler or in a thread of an RTOS; handlers that
// interrupt it count as interrupts, never as part of a layer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "profiler/call_stack.hpp"
#include "profiler/call_tree.hpp"
#include "profiler/energy.hpp"
#include "profiler/frame_listener.hpp"
#include "profiler/function_table.hpp"
#include "profiler/function_traits.hpp"
#include "profiler/layer_rules.hpp"
#include "profiler/time_axis.hpp"
#include "sim/image/image.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

// What one owner has cost.
struct CostBucket {
  StallCycles stalls;
  std::uint64_t instructions = 0;
  std::uint32_t stack_peak_bytes = 0;
  Bounded charge;
  Bounded sleep_charge;  // of that, while the core slept
};

// A function over the whole run.
struct FunctionCost {
  StallCycles stalls;  // of its own
  std::uint64_t instructions = 0;
  std::uint64_t calls = 0;  // tail calls included
};

struct CollectedLayer {
  struct FunctionCycles {
    FunctionId function = kNoFunction;
    std::uint64_t cycles = 0;  // of its own, callees excluded
    // Of a kernel that no other kernel called: callees included.
    std::uint64_t kernel_cycles = 0;
  };

  FunctionId function = kNoFunction;  // the operator
  std::uint32_t bucket = 0;
  std::vector<FunctionCycles> functions;
  std::uint64_t start_cycle = 0;
  std::uint64_t end_cycle = 0;  // 0: it has not ended
};

struct CollectedInference {
  const LayerRules* rules = nullptr;
  FunctionId function = kNoFunction;
  std::uint32_t own_bucket = 0;       // the invoke function outside of layers
  std::vector<std::uint32_t> layers;  // indices, in the order in which they began
  std::uint64_t start_cycle = 0;
  std::uint64_t end_cycle = 0;
  std::uint64_t interrupt_cycles = 0;         // in handlers between start and end
  std::uint64_t interrupt_cycles_before = 0;  // in handlers from the reset to the start
  bool ended = false;
  bool complete = false;  // ended by itself, not by a reset
};

struct CollectedInterrupt {
  std::uint32_t bucket = 0;
  std::uint64_t count = 0;
  FunctionId handler = kNoFunction;
};

// What firmware did outside of inferences and handlers.
struct CollectedPhase {
  std::string name;
  std::uint32_t bucket = 0;
  std::uint64_t count = 0;  // times it began
};

class LayerCollector final : public SimListener, private CallStackObserver {
 public:
  // References must outlive the collector. Which rules apply: see FunctionTraits.
  LayerCollector(const SymbolTable& symbols, FunctionTable& functions,
                 const std::vector<LayerRules>& rules, EnergyMeter& energy, TimeAxis& time);

  // `listener` must outlive the run; to be added before it.
  void add_frame_listener(FrameListener& listener) { frame_listeners_.push_back(&listener); }
  // Hears of exceptions, sleep and resets, not of blocks, which would cost time for each of them.
  void set_exception_listener(SimListener& listener) { exception_listener_ = &listener; }

  // Code outside of these addresses runs from RAM.
  void set_flash(Address first, std::uint32_t bytes) {
    flash_first_ = first;
    flash_bytes_ = bytes;
    minds_ram_ = energy_.minds_code_in_ram();
  }

  void on_block_retired(const BlockRetired& block) override {
    pending_.stalls += block.cycles;
    pending_.instructions += block.instructions;
    pending_.activity.add(block);
    if (minds_ram_ && block.start - flash_first_ >= flash_bytes_) {
      pending_.activity.ram_cycles += block.cycles.total();
    }
    pending_.lowest_sp = std::min(pending_.lowest_sp, block.lowest_sp);
    if (stack_.stays(block)) return;
    leave_block(block);
  }
  void on_exception(const ExceptionEvent& event) override;
  void on_sleep(const SleepEvent& event) override;
  void on_power_state(const PowerStateChanged& change) override;
  void on_clock(std::uint64_t hz, Cycles cycle) override;
  void on_reset(Cycles cycle, Address pc, Address sp) override;

  // Begins in mid-run instead of at a reset; nothing must have been heard before.
  void begin(std::uint64_t cycle, const CallStack::Position& position);

  // The phase of that name, made if there is none yet. To be called before the run.
  std::uint32_t phase(const std::string& name);
  // From here on what has no other owner belongs to `phase`; kNoPhase: to nobody in particular. The
  // block in which this happens is the first one.
  void mark_phase(std::uint32_t phase);
  static constexpr std::uint32_t kNoPhase = 0xFFFFFFFFu;

  // Brings all sums up to date, as if the run ended here.
  void finish();
  // What finish() changes. To go on as if it had not been called, keep it before and put it back.
  struct Progress;
  std::shared_ptr<Progress> progress() const;
  void go_on(Progress& progress);

  unsigned inferences_completed() const { return completed_; }
  const std::vector<CollectedInference>& inferences() const { return inferences_; }
  const CollectedLayer& layer(std::uint32_t index) const { return layers_[index]; }
  const CostBucket& bucket(std::uint32_t index) const { return buckets_[index]; }
  // What belongs to no inference, handler or phase.
  const CostBucket& nobody() const { return buckets_[kUnattributed]; }
  // What belongs to no inference and no handler: nobody's and that of all phases.
  CostBucket unattributed() const;
  const std::vector<CollectedPhase>& phases() const { return phases_; }
  // The phase that a frame's own cycles belong to, awake; null: none, or an inference.
  const CollectedPhase* phase_of(const FrameMark& mark) const;
  // By exception number.
  const std::map<std::uint32_t, CollectedInterrupt>& interrupts() const { return interrupts_; }
  // By FunctionId; shorter than the function table if the last ones never ran. With the cycles of
  // exception entries and returns they sum up to the run's.
  const std::vector<FunctionCost>& functions() const { return function_costs_; }
  std::uint64_t exception_cycles() const { return exception_cycles_; }
  const CallTree& call_tree() const { return tree_; }
  // The function that stands for a layer's kernel: of those that match LayerRules::kernels the one
  // with most cycles, callees included, when it was called by no other kernel. If there is none, or
  // it did next to nothing: the function with most cycles of its own.
  FunctionId kernel_of(const CollectedLayer& layer) const;
  std::uint64_t sleep_cycles() const { return sleep_cycles_; }
  std::uint64_t sleeps() const { return sleeps_; }
  std::uint32_t main_stack_peak_bytes() const;
  // Rules that apply to this firmware.
  const std::vector<const LayerRules*>& active_rules() const { return traits_.active(); }
  const CallStack& call_stack() const { return stack_; }
  // The core's cycle count up to which everything has been told: behind the last block that left
  // its frame, exception or sleep.
  std::uint64_t now() const { return now_; }

 private:
  static constexpr std::uint32_t kUnattributed = 0;
  enum Role : std::uint8_t { kOutside, kLoop, kHelper, kLayer };

  struct Pending {
    StallCycles stalls;
    std::uint64_t instructions = 0;
    Activity activity;
    Address lowest_sp = 0xFFFFFFFFu;
  };
  struct Group {  // an inference without an invoke function, see LayerRules::Inference::kGroup
    std::int32_t inference = -1;
    std::uint64_t first_path = 0;
    std::uint64_t first_parent = 0;
    std::uint64_t layer_in_progress = 0;  // serial of its frame; 0: none
    bool other_paths = false;
  };
  struct Memo {
    std::int32_t layer = -1;
    std::uint32_t slot = 0;
  };
  struct Object {
    Address begin = 0;
    Address end = 0;
  };

  void on_enter(Frame& frame, const Frame* caller, std::uint32_t exception) override;
  void on_tail_call(Frame& frame) override;
  void on_leave(const Frame& frame) override;

  void make_room(FunctionId function);
  void leave_block(const BlockRetired& block);
  void flush();
  void note_stack(std::uint32_t bucket, Address lowest);
  const Object* object_at(Address address) const;
  void classify(Frame& frame);
  std::vector<std::uint32_t> name_phases();
  void begin_phase(Frame& frame, std::uint32_t phase, bool by_user);
  std::int32_t layer_begun(const Frame& frame, std::int32_t layer_before) const;
  std::uint32_t owner(const FrameMark& mark) const {
    return mark.bucket != kUnattributed ? mark.bucket : marked_bucket_;
  }
  void leave(const Frame& frame);
  void begin_inference(Frame& frame, std::uint32_t rule);
  void begin_layer(Frame& frame);
  void begin_grouped_layer(Frame& frame, std::uint32_t rule);
  void note_end(CollectedInference& inference);
  void end_inference(CollectedInference& inference, bool complete);
  void end_group();
  void use_slot(Frame& frame);
  std::uint32_t new_bucket();
  CollectedInterrupt& interrupt(std::uint32_t number);

  FunctionTable& functions_;
  EnergyMeter& energy_;
  TimeAxis& time_;
  std::vector<FrameListener*> frame_listeners_;
  SimListener* exception_listener_ = nullptr;
  FunctionTraits traits_;
  Address flash_first_ = 0;
  std::uint32_t flash_bytes_ = 0;
  bool minds_ram_ = false;
  std::vector<Memo> memo_;
  std::vector<FunctionCost> function_costs_;
  CallTree tree_;
  std::vector<Object> objects_;  // sorted; where thread stacks may lie

  std::vector<CostBucket> buckets_;
  std::vector<CollectedInference> inferences_;
  std::vector<CollectedLayer> layers_;
  std::map<std::uint32_t, CollectedInterrupt> interrupts_;
  std::vector<std::uint32_t> inference_rule_;  // rule bit of each inference
  std::vector<CollectedPhase> phases_;
  std::vector<std::uint32_t> rule_phases_;  // index in phases_ by that in FunctionTraits::phases()
  std::uint32_t marked_bucket_ = kUnattributed;
  std::uint64_t exception_cycles_ = 0;
  std::uint64_t interrupt_cycles_ = 0;
  std::uint64_t sleep_cycles_ = 0;
  std::uint64_t sleeps_ = 0;
  std::uint64_t now_ = 0;
  unsigned completed_ = 0;
  bool resetting_ = false;
  Group group_;
  Address main_lowest_ = 0xFFFFFFFFu;
  Address main_top_ = 0;

  Pending pending_;
  CallStack stack_;
};

}  // namespace tinyscope
