#include "profiler/layer_collector.hpp"

#include "profiler/glob.hpp"
#include "sim/error.hpp"

namespace tinyscope {

namespace {

constexpr std::size_t kMaxRules = 32;
// Objects smaller than this are no thread stacks.
constexpr std::uint32_t kSmallestStackBytes = 256;

bool any_function_matches(const SymbolTable& symbols, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (pattern.starts_with("0x")) return true;  // an address needs no symbol
  }
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind == SymbolKind::kFunction && glob_match_any(patterns, symbol.demangled)) {
      return true;
    }
  }
  return false;
}

std::vector<const LayerRules*> rules_for(const SymbolTable& symbols,
                                         const std::vector<LayerRules>& rules) {
  std::vector<const LayerRules*> active;
  for (const LayerRules& rule : rules) {
    if (rule.inference != LayerRules::Inference::kInvoke) continue;
    if (!rule.required.empty() && !any_function_matches(symbols, rule.required)) continue;
    if (any_function_matches(symbols, rule.invoke)) active.push_back(&rule);
  }
  if (active.empty()) {
    for (const LayerRules& rule : rules) {
      if (rule.inference != LayerRules::Inference::kGroup) continue;
      if (any_function_matches(symbols, rule.operators)) active.push_back(&rule);
    }
  }
  if (active.size() > kMaxRules) {
    throw InputError(
        "profiler rules: more than 32 rule files apply to this firmware; name the "
        "ones that matter");
  }
  return active;
}

}  // namespace

LayerCollector::LayerCollector(const SymbolTable& symbols, FunctionTable& functions,
                               const std::vector<LayerRules>& rules, EnergyMeter& energy,
                               TimeAxis& time)
    : functions_(functions),
      energy_(energy),
      time_(time),
      active_(rules_for(symbols, rules)),
      buckets_(1),
      stack_(functions, *this) {
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind == SymbolKind::kObject && symbol.size >= kSmallestStackBytes) {
      objects_.push_back({symbol.address, symbol.address + symbol.size});
    }
  }
  std::sort(objects_.begin(), objects_.end(),
            [](const Object& a, const Object& b) { return a.begin < b.begin; });
}

// --- functions and rules -------------------------------------------------------------------------

const LayerCollector::Traits& LayerCollector::traits(FunctionId id) {
  while (traits_.size() <= id) {
    const auto next = static_cast<FunctionId>(traits_.size());
    const std::string& name = functions_.name(next);
    Traits traits;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const LayerRules& rules = *active_[i];
      const std::uint32_t bit = 1u << i;
      if (glob_match_any(rules.invoke, name)) traits.invoke |= bit;
      if (glob_match_any(rules.except, name)) traits.except |= bit;
      if (glob_match_any(rules.dispatch, name)) traits.dispatch |= bit;
      if (glob_match_any(rules.operators, name)) traits.operators |= bit;
      const bool kernel = glob_match_any(rules.kernels, name);
      if (kernel && !glob_match_any(rules.kernels_except, name)) traits.kernel |= bit;
    }
    traits_.push_back(traits);
    memo_.emplace_back();
    function_cycles_.push_back(0);
  }
  return traits_[id];
}

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
  classify(frame);
  for (FrameListener* const listener : frame_listeners_) {
    listener->on_frame_entered(frame, caller, exception, now_);
  }
}

void LayerCollector::on_tail_call(Frame& frame) {
  classify(frame);
  for (FrameListener* const listener : frame_listeners_) listener->on_frame_renamed(frame, now_);
}

void LayerCollector::on_leave(const Frame& frame) {
  leave(frame);
  for (FrameListener* const listener : frame_listeners_) listener->on_frame_left(frame, now_);
}

void LayerCollector::leave(const Frame& frame) {
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
  const Traits& function = traits(frame.id);
  switch (frame.mark.role) {
    case kOutside: {
      const std::uint32_t invoked = function.invoke;
      const std::uint32_t called = function.operators & ~function.except;
      for (std::uint32_t rule = 0; rule < active_.size(); ++rule) {
        if ((invoked >> rule & 1u) != 0) return begin_inference(frame, rule);
        const bool grouped = active_[rule]->inference == LayerRules::Inference::kGroup;
        if (grouped && (called >> rule & 1u) != 0) return begin_grouped_layer(frame, rule);
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
      } else if (active_[rule]->depth == LayerRules::Depth::kDirect) {
        frame.mark.role = kHelper;
      }
      break;
    }
    case kLayer: use_slot(frame); break;
    default: break;
  }
}

void LayerCollector::begin_inference(Frame& frame, std::uint32_t rule) {
  CollectedInference inference;
  inference.rules = active_[rule];
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
  const auto index = static_cast<std::uint32_t>(layers_.size());
  layers_.push_back(std::move(layer));
  inferences_[static_cast<std::size_t>(frame.mark.inference)].layers.push_back(index);
  frame.mark.role = kLayer;
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
    inference.rules = active_[rule];
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
  if (frame.mark.kernel < 0 && (traits_[frame.id].kernel >> rule & 1u) != 0) {
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
  CostBucket& bucket = buckets_[frame.mark.bucket];
  const std::uint64_t asleep = pending_.stalls[StallCause::kSleep];
  bucket.stalls += pending_.stalls;
  bucket.instructions += pending_.instructions;
  bucket.charge += energy_.run(cycles - asleep);
  if (asleep != 0) {
    bucket.charge += energy_.sleep(asleep);
    sleep_cycles_ += asleep;
  }
  function_cycles_[frame.id] += cycles;
  if (frame.mark.layer >= 0) {
    auto& slots = layers_[static_cast<std::size_t>(frame.mark.layer)].functions;
    slots[frame.mark.slot].cycles += cycles;
    if (frame.mark.kernel >= 0) {
      slots[static_cast<std::size_t>(frame.mark.kernel)].kernel_cycles += cycles;
    }
  }
  if (stack_.exception_number() != 0 && frame.mark.role == kOutside) interrupt_cycles_ += cycles;
  if (pending_.lowest_sp != 0xFFFFFFFFu) note_stack(frame.mark.bucket, pending_.lowest_sp);
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
  stack_.exception(event);
}

void LayerCollector::on_sleep(const SleepEvent& event) {
  flush();
  now_ = event.cycles_before.count + event.length.count;
  sleep_cycles_ += event.length.count;
  const FrameMark& mark = stack_.top().mark;
  CostBucket& bucket = buckets_[mark.bucket];
  bucket.stalls[StallCause::kSleep] += event.length.count;
  bucket.charge += energy_.sleep(event.length.count);
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
}

void LayerCollector::finish() {
  flush();
  end_group();
  for (CollectedInference& inference : inferences_) {
    if (!inference.ended) note_end(inference);
  }
}

std::uint32_t LayerCollector::main_stack_peak_bytes() const {
  return main_lowest_ < main_top_ ? main_top_ - main_lowest_ : 0;
}

}  // namespace tinyscope
