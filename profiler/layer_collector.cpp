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
      if (!frame.midway) row.handler = frame.id;
      frame.mark.bucket = row.bucket;
    }
  }
  const std::int32_t layer_before = frame.mark.layer;
  if (frame.midway) {
    make_room(frame.id);
  } else {
    classify(frame);
  }
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

void LayerCollector::make_room(FunctionId function) {
  if (function < function_costs_.size()) return;
  function_costs_.resize(function + 1);
  memo_.resize(function + 1);
}

void LayerCollector::classify(Frame& frame) {
  const FunctionTraits::Traits& function = traits_.of(frame.id);
  make_room(frame.id);
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

}  // namespace tinyscope
