// How cycles reach their owner: what the core tells, summed up for the frame in force.
#include "profiler/layer_collector.hpp"

namespace tinyscope {

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

void LayerCollector::begin(std::uint64_t cycle, const CallStack::Position& position) {
  now_ = cycle;
  stack_.begin(position);
}

struct LayerCollector::Progress {
  Pending pending;
  std::vector<CostBucket> buckets;
  std::vector<CollectedInference> inferences;
  std::vector<CollectedLayer> layers;
  std::vector<FunctionCost> function_costs;
  CallTree tree;
  std::uint64_t interrupt_cycles;
  std::uint64_t sleep_cycles;
  std::uint64_t now;
  unsigned completed;
  Group group;
  Address main_lowest;
  Address main_top;
  CallStack::Extent extent;
};

std::shared_ptr<LayerCollector::Progress> LayerCollector::progress() const {
  return std::make_shared<Progress>(
      Progress{pending_, buckets_, inferences_, layers_, function_costs_, tree_, interrupt_cycles_,
               sleep_cycles_, now_, completed_, group_, main_lowest_, main_top_, stack_.extent()});
}

void LayerCollector::go_on(Progress& progress) {
  pending_ = progress.pending;
  buckets_ = std::move(progress.buckets);
  inferences_ = std::move(progress.inferences);
  layers_ = std::move(progress.layers);
  function_costs_ = std::move(progress.function_costs);
  tree_ = std::move(progress.tree);
  interrupt_cycles_ = progress.interrupt_cycles;
  sleep_cycles_ = progress.sleep_cycles;
  now_ = progress.now;
  completed_ = progress.completed;
  group_ = progress.group;
  main_lowest_ = progress.main_lowest;
  main_top_ = progress.main_top;
  stack_.set_extent(progress.extent);
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
