#include "profiler/layer_collector.hpp"

#include "sim/error.hpp"

namespace tinyscope {

namespace {

// Objects smaller than this are no thread stacks.
constexpr std::uint32_t kSmallestStackBytes = 256;

}  // namespace

LayerCollector::LayerCollector(const SymbolTable& symbols, FunctionTable& functions,
                               const std::vector<LayerRules>& rules, EnergyMeter& energy,
                               TimeAxis& time)
    : functions_(functions),
      energy_(energy),
      time_(time),
      traits_(symbols, functions, rules),
      buckets_(1),
      rule_phases_(name_phases()),
      stack_(functions, *this) {
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind == SymbolKind::kObject && symbol.size >= kSmallestStackBytes) {
      objects_.push_back({symbol.address, symbol.address + symbol.size});
    }
  }
  std::sort(objects_.begin(), objects_.end(),
            [](const Object& a, const Object& b) { return a.begin < b.begin; });
}

std::vector<std::uint32_t> LayerCollector::name_phases() {
  std::vector<std::uint32_t> indices;
  for (const LayerRules::Phase* const rule : traits_.phases()) {
    indices.push_back(phase(rule->name));
  }
  return indices;
}

// --- functions and rules -------------------------------------------------------------------------

FunctionId LayerCollector::kernel_of(const CollectedLayer& layer) const {
  CollectedLayer::FunctionCycles most;
  CollectedLayer::FunctionCycles kernel;
  for (const auto& candidate : layer.functions) {
    if (most.function == kNoFunction || candidate.cycles > most.cycles) most = candidate;
    if (candidate.kernel_cycles > kernel.kernel_cycles) kernel = candidate;
  }
  // A known kernel name is no help where it did next to nothing.
  const bool worth = kernel.function != kNoFunction && kernel.kernel_cycles >= most.cycles / 10;
  return worth ? kernel.function : most.function;
}

// --- frames --------------------------------------------------------------------------------------

void LayerCollector::on_enter(Frame& frame, const Frame* caller, std::uint32_t exception) {
  if (caller == nullptr) {
    frame.mark = {};
    if (exception != 0) {
      CollectedInterrupt& row = interrupt(exception);
      row.handler = frame.id;
      frame.mark.bucket = row.bucket;
    }
  }
  const std::int32_t layer_before = frame.mark.layer;
  classify(frame);
  frame.mark.node = caller == nullptr
                        ? tree_.root(frame.id, exception)
                        : tree_.call(caller->mark.node, frame.id, frame.return_address,
                                     layer_begun(frame, layer_before));
  for (FrameListener* const listener : frame_listeners_) {
    listener->on_frame_entered(frame, caller, exception, now_);
  }
}

void LayerCollector::on_tail_call(Frame& frame) {
  const std::int32_t layer_before = frame.mark.layer;
  classify(frame);
  frame.mark.node = tree_.tail_call(frame.mark.node, frame.id, layer_begun(frame, layer_before));
  for (FrameListener* const listener : frame_listeners_) listener->on_frame_renamed(frame, now_);
}

void LayerCollector::on_leave(const Frame& frame) {
  leave(frame);
  for (FrameListener* const listener : frame_listeners_) listener->on_frame_left(frame, now_);
}

// The position within its inference of the layer that `frame` has just begun; -1: it has not.
std::int32_t LayerCollector::layer_begun(const Frame& frame, std::int32_t layer_before) const {
  if (frame.mark.layer == layer_before) return -1;
  const CollectedInference& inference = inferences_[static_cast<std::size_t>(frame.mark.inference)];
  return static_cast<std::int32_t>(inference.layers.size()) - 1;
}

void LayerCollector::leave(const Frame& frame) {
  if (frame.mark.begins_layer) {
    layers_[static_cast<std::size_t>(frame.mark.layer)].end_cycle = now_;
  }
  if (frame.mark.begins_inference) {
    CollectedInference& inference = inferences_[static_cast<std::size_t>(frame.mark.inference)];
    note_end(inference);
    end_inference(inference, !resetting_);
  }
  if (frame.serial == group_.layer_in_progress) {
    group_.layer_in_progress = 0;
    note_end(inferences_[static_cast<std::size_t>(group_.inference)]);
  }
}

void LayerCollector::classify(Frame& frame) {
  const FunctionTraits::Traits& function = traits_.of(frame.id);
  if (frame.id >= function_costs_.size()) {
    function_costs_.resize(frame.id + 1);
    memo_.resize(frame.id + 1);
  }
  ++function_costs_[frame.id].calls;
  switch (frame.mark.role) {
    case kOutside: {
      const std::uint32_t invoked = function.invoke;
      const std::uint32_t called = function.operators & ~function.except;
      for (std::uint32_t rule = 0; rule < traits_.active().size(); ++rule) {
        if ((invoked >> rule & 1u) != 0) return begin_inference(frame, rule);
        const bool grouped = traits_.active()[rule]->inference == LayerRules::Inference::kGroup;
        if (grouped && (called >> rule & 1u) != 0) return begin_grouped_layer(frame, rule);
      }
      if (function.phase >= 0 && stack_.exception_number() == 0) {
        const auto index = static_cast<std::size_t>(function.phase);
        begin_phase(frame, rule_phases_[index], traits_.phases()[index]->by_user);
      }
      break;
    }
    case kLoop: {
      const std::uint32_t rule = inference_rule_[static_cast<std::size_t>(frame.mark.inference)];
      const auto is = [rule](std::uint32_t bits) { return (bits >> rule & 1u) != 0; };
      if (is(function.invoke)) break;
      if (is(function.except)) {
        frame.mark.role = kHelper;
      } else if (is(function.dispatch)) {
        break;
      } else if (is(function.operators)) {
        begin_layer(frame);
      } else if (traits_.active()[rule]->depth == LayerRules::Depth::kDirect) {
        frame.mark.role = kHelper;
      }
      break;
    }
    case kLayer: use_slot(frame); break;
    default: break;
  }
}

// The innermost function with a phase counts, but one that the user named keeps what it calls from
// rules that came with us.
void LayerCollector::begin_phase(Frame& frame, std::uint32_t phase, bool by_user) {
  FrameMark& mark = frame.mark;
  CollectedPhase& begun = phases_[phase];
  if (mark.bucket == begun.bucket || (mark.phase_by_user && !by_user)) return;
  mark.bucket = begun.bucket;
  mark.phase_by_user = by_user;
  ++begun.count;
}

std::uint32_t LayerCollector::phase(const std::string& name) {
  for (std::size_t i = 0; i < phases_.size(); ++i) {
    if (phases_[i].name == name) return static_cast<std::uint32_t>(i);
  }
  phases_.push_back({name, new_bucket(), 0});
  return static_cast<std::uint32_t>(phases_.size() - 1);
}

const CollectedPhase* LayerCollector::phase_of(const FrameMark& mark) const {
  const std::uint32_t bucket = owner(mark);
  for (const CollectedPhase& phase : phases_) {
    if (phase.bucket == bucket) return &phase;
  }
  return nullptr;
}

void LayerCollector::mark_phase(std::uint32_t phase) {
  flush();
  if (phase == kNoPhase) {
    marked_bucket_ = kUnattributed;
    return;
  }
  ++phases_[phase].count;
  marked_bucket_ = phases_[phase].bucket;
}

void LayerCollector::begin_inference(Frame& frame, std::uint32_t rule) {
  CollectedInference inference;
  inference.rules = traits_.active()[rule];
  inference.function = frame.id;
  inference.own_bucket = new_bucket();
  inference.start_cycle = now_;
  inference.interrupt_cycles_before = interrupt_cycles_;
  frame.mark.role = kLoop;
  frame.mark.inference = static_cast<std::int32_t>(inferences_.size());
  frame.mark.bucket = inference.own_bucket;
  frame.mark.begins_inference = true;
  inference_rule_.push_back(rule);
  inferences_.push_back(std::move(inference));
}

void LayerCollector::note_end(CollectedInference& inference) {
  inference.end_cycle = now_;
  inference.interrupt_cycles = interrupt_cycles_ - inference.interrupt_cycles_before;
}

void LayerCollector::end_inference(CollectedInference& inference, bool complete) {
  inference.ended = true;
  inference.complete = complete;
  if (complete) ++completed_;
}

// A group ends with its last layer, which is known to be the last only when the next group begins.
void LayerCollector::end_group() {
  if (group_.inference < 0) return;
  CollectedInference& inference = inferences_[static_cast<std::size_t>(group_.inference)];
  const bool cut = group_.layer_in_progress != 0;
  if (cut) note_end(inference);
  end_inference(inference, !cut);
  group_ = {};
}

void LayerCollector::begin_layer(Frame& frame) {
  CollectedLayer layer;
  layer.function = frame.id;
  layer.bucket = new_bucket();
  layer.start_cycle = now_;
  const auto index = static_cast<std::uint32_t>(layers_.size());
  layers_.push_back(std::move(layer));
  inferences_[static_cast<std::size_t>(frame.mark.inference)].layers.push_back(index);
  frame.mark.role = kLayer;
  frame.mark.begins_layer = true;
  frame.mark.layer = static_cast<std::int32_t>(index);
  frame.mark.kernel = -1;
  frame.mark.bucket = layers_.back().bucket;
  use_slot(frame);
}

// Without an invoke function the place of the first call tells where the next inference begins:
// when the same chain of calls leads to an operator again, after calls from other places or from a
// caller that has returned in between.
void LayerCollector::begin_grouped_layer(Frame& frame, std::uint32_t rule) {
  const std::vector<Frame>& frames = stack_.frames();
  std::uint64_t path = 0xCBF29CE484222325u;  // FNV-1a
  for (const Frame& step : frames) path = (path ^ step.return_address) * 0x100000001B3u;
  const std::uint64_t parent = frames.size() >= 2 ? frames[frames.size() - 2].serial : 0;

  const bool again = group_.inference >= 0 && path == group_.first_path &&
                     (group_.other_paths || parent != group_.first_parent);
  if (again) end_group();
  if (group_.inference < 0) {
    CollectedInference inference;
    inference.rules = traits_.active()[rule];
    inference.function = frames.size() >= 2 ? frames[frames.size() - 2].id : frame.id;
    inference.own_bucket = new_bucket();
    inference.start_cycle = now_;
    inference.interrupt_cycles_before = interrupt_cycles_;
    group_.inference = static_cast<std::int32_t>(inferences_.size());
    group_.first_path = path;
    group_.first_parent = parent;
    inference_rule_.push_back(rule);
    inferences_.push_back(std::move(inference));
  }
  if (path != group_.first_path) group_.other_paths = true;
  group_.layer_in_progress = frame.serial;
  frame.mark.inference = group_.inference;
  begin_layer(frame);
}

void LayerCollector::use_slot(Frame& frame) {
  Memo& memo = memo_[frame.id];
  if (memo.layer != frame.mark.layer) {
    auto& slots = layers_[static_cast<std::size_t>(frame.mark.layer)].functions;
    std::uint32_t slot = 0;
    while (slot < slots.size() && slots[slot].function != frame.id) ++slot;
    if (slot == slots.size()) slots.push_back({frame.id, 0, 0});
    memo = {frame.mark.layer, slot};
  }
  frame.mark.slot = memo.slot;
  const std::uint32_t rule = inference_rule_[static_cast<std::size_t>(frame.mark.inference)];
  if (frame.mark.kernel < 0 && (traits_.of(frame.id).kernel >> rule & 1u) != 0) {
    frame.mark.kernel = static_cast<std::int32_t>(memo.slot);
  }
}

std::uint32_t LayerCollector::new_bucket() {
  buckets_.emplace_back();
  return static_cast<std::uint32_t>(buckets_.size() - 1);
}

CollectedInterrupt& LayerCollector::interrupt(std::uint32_t number) {
  const auto [row, added] = interrupts_.try_emplace(number);
  if (added) row->second.bucket = new_bucket();
  return row->second;
}

// --- events --------------------------------------------------------------------------------------

void LayerCollector::flush() {
  const std::uint64_t cycles = pending_.stalls.total();
  if (pending_.instructions == 0 && cycles == 0) return;
  const Frame& frame = stack_.top();
  const std::uint32_t owner = this->owner(frame.mark);
  CostBucket& bucket = buckets_[owner];
  const std::uint64_t asleep = pending_.stalls[StallCause::kSleep];
  bucket.stalls += pending_.stalls;
  bucket.instructions += pending_.instructions;
  bucket.charge += energy_.run(cycles - asleep, pending_.activity);
  if (asleep != 0) {
    const Bounded charge = energy_.sleep(asleep);
    bucket.charge += charge;
    bucket.sleep_charge += charge;
    sleep_cycles_ += asleep;
  }
  FunctionCost& function = function_costs_[frame.id];
  function.stalls += pending_.stalls;
  function.instructions += pending_.instructions;
  tree_.add_cycles(frame.mark.node, cycles - asleep, pending_.instructions);
  if (asleep != 0) tree_.add_sleep(frame.mark.node, asleep);
  if (frame.mark.layer >= 0) {
    auto& slots = layers_[static_cast<std::size_t>(frame.mark.layer)].functions;
    slots[frame.mark.slot].cycles += cycles;
    if (frame.mark.kernel >= 0) {
      slots[static_cast<std::size_t>(frame.mark.kernel)].kernel_cycles += cycles;
    }
  }
  if (stack_.exception_number() != 0 && frame.mark.role == kOutside) interrupt_cycles_ += cycles;
  if (pending_.lowest_sp != 0xFFFFFFFFu) note_stack(owner, pending_.lowest_sp);
  now_ += cycles;
  pending_ = {};
}

void LayerCollector::note_stack(std::uint32_t bucket, Address lowest) {
  if (stack_.is_new_lowest(lowest)) {
    // A jump into an object that does not hold the stack so far is a change to a stack of its own
    // in thread mode, as some RTOSes do before the first context switch.
    const Object* object = object_at(lowest);
    const bool same = object == nullptr ||
                      (stack_.stack_top() > object->begin && stack_.stack_top() <= object->end);
    if (!same && stack_.exception_number() == 0) stack_.move_to_stack(object->end);
  }
  const Address top = stack_.stack_top();
  if (stack_.on_main_stack()) {
    main_lowest_ = std::min(main_lowest_, lowest);
    main_top_ = std::max(main_top_, top);
  }
  if (top <= lowest) return;
  CostBucket& owner = buckets_[bucket];
  owner.stack_peak_bytes = std::max(owner.stack_peak_bytes, top - lowest);
}

const LayerCollector::Object* LayerCollector::object_at(Address address) const {
  auto after =
      std::upper_bound(objects_.begin(), objects_.end(), address,
                       [](Address wanted, const Object& object) { return wanted < object.begin; });
  if (after == objects_.begin()) return nullptr;
  --after;
  return address < after->end ? &*after : nullptr;
}

void LayerCollector::leave_block(const BlockRetired& block) {
  flush();
  now_ = block.cycles_before.count + block.cycles.total();
  stack_.transfer(block);
}

void LayerCollector::on_exception(const ExceptionEvent& event) {
  flush();
  const std::uint64_t cycles = event.cycles.total();
  now_ = event.cycles_before.count + cycles;
  CollectedInterrupt& row = interrupt(event.number);
  if (event.phase != ExceptionPhase::kReturn) ++row.count;
  if (event.phase == ExceptionPhase::kEntry && stack_.on_main_stack()) {
    main_lowest_ = std::min(main_lowest_, event.frame);
  }
  CostBucket& bucket = buckets_[row.bucket];
  bucket.stalls += event.cycles;
  bucket.charge += energy_.run(cycles);
  interrupt_cycles_ += cycles;
  exception_cycles_ += cycles;
  stack_.exception(event);
  if (exception_listener_ != nullptr) exception_listener_->on_exception(event);
}

void LayerCollector::on_sleep(const SleepEvent& event) {
  flush();
  if (exception_listener_ != nullptr) exception_listener_->on_sleep(event);
  now_ = event.cycles_before.count + event.length.count;
  sleep_cycles_ += event.length.count;
  ++sleeps_;
  const Frame& frame = stack_.top();
  const FrameMark& mark = frame.mark;
  CostBucket& bucket = buckets_[owner(mark)];
  bucket.stalls[StallCause::kSleep] += event.length.count;
  const Bounded charge = energy_.sleep(event.length.count);
  bucket.charge += charge;
  bucket.sleep_charge += charge;
  function_costs_[frame.id].stalls[StallCause::kSleep] += event.length.count;
  tree_.add_sleep(mark.node, event.length.count);
  if (stack_.exception_number() != 0 && mark.role == kOutside) {
    interrupt_cycles_ += event.length.count;
  }
}

void LayerCollector::on_power_state(const PowerStateChanged& change) {
  flush();
  energy_.change(change);
}

void LayerCollector::on_clock(std::uint64_t hz, Cycles cycle) {
  flush();
  time_.set_clock(hz, cycle.count);
  energy_.set_clock(hz);
}

void LayerCollector::on_reset(Cycles cycle, Address pc, Address sp) {
  flush();
  now_ = std::max(now_, cycle.count);
  end_group();
  resetting_ = true;
  stack_.reset(pc, sp);
  resetting_ = false;
  if (exception_listener_ != nullptr) exception_listener_->on_reset(cycle, pc, sp);
}

void LayerCollector::finish() {
  flush();
  buckets_[kUnattributed].charge += energy_.run(0);  // what a wake-up took last
  end_group();
  for (CollectedInference& inference : inferences_) {
    if (!inference.ended) note_end(inference);
    for (const std::uint32_t index : inference.layers) {
      CollectedLayer& layer = layers_[index];
      if (layer.end_cycle == 0) layer.end_cycle = inference.end_cycle;
    }
  }
}

CostBucket LayerCollector::unattributed() const {
  CostBucket sum = nobody();
  for (const CollectedPhase& phase : phases_) {
    const CostBucket& part = buckets_[phase.bucket];
    sum.stalls += part.stalls;
    sum.instructions += part.instructions;
    sum.stack_peak_bytes = std::max(sum.stack_peak_bytes, part.stack_peak_bytes);
    sum.charge += part.charge;
    sum.sleep_charge += part.sleep_charge;
  }
  return sum;
}

std::uint32_t LayerCollector::main_stack_peak_bytes() const {
  return main_lowest_ < main_top_ ? main_top_ - main_lowest_ : 0;
}

}  // namespace tinyscope
