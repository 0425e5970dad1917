#include "profiler/stack_collector.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

// Objects smaller than this are no stacks.
constexpr std::uint32_t kSmallestStackBytes = 256;

}  // namespace

StackCollector::StackCollector(const SymbolTable& symbols, const CallStack& calls,
                               std::function<bool()> process_stack)
    : calls_(calls),
      process_stack_(std::move(process_stack)),
      objects_(symbols, kSmallestStackBytes),
      stacks_(1) {
  stacks_[0].main = true;
}

void StackCollector::on_reset(Cycles, Address, Address sp) {
  Stack& main = stacks_[0];
  if (main.top == 0) main.lowest = sp;
  main.top = std::max(main.top, sp);
  on_process_stack_ = false;
  thread_ = kNotKnown;
  low_ = 1;
  span_ = 0;
}

void StackCollector::on_exception(const ExceptionEvent& event) {
  const std::uint64_t cycle = event.cycles_before.count + event.cycles.total();
  // The frame lies on the stack of what is interrupted.
  if (event.phase == ExceptionPhase::kEntry) look(event.frame, cycle, event.number);
  // Another context runs from here on, maybe on another stack. Handlers use the main stack.
  on_process_stack_ =
      event.phase == ExceptionPhase::kReturn && event.return_to == 0 && process_stack_();
  thread_ = kNotKnown;
  low_ = 1;
  span_ = 0;
}

// A thread that overflows its stack leaves the object that holds it, so it is known by where it ran
// before rather than by the object that it runs into.
StackCollector::Stack& StackCollector::stack_of(Address sp) {
  if (!on_process_stack_) return stacks_[0];
  if (thread_ != kNotKnown) return stacks_[thread_];
  for (std::size_t i = 1; i < stacks_.size(); ++i) {
    if (sp < stacks_[i].lowest || sp > stacks_[i].top) continue;
    thread_ = i;
    return stacks_[i];
  }
  // SP points at the byte behind the stack while that is empty. A heap in an array is an object
  // too.
  MemoryRange room = block_at_ ? block_at_(sp - 1) : MemoryRange{};
  const Symbol* object = nullptr;
  if (room.bytes == 0 && (object = objects_.at(sp - 1)) != nullptr) {
    room = {object->address, object->size};
  }
  const Address top = room.bytes != 0 ? room.begin + room.bytes : calls_.stack_top();
  for (thread_ = 1; thread_ < stacks_.size(); ++thread_) {
    const Stack& known = stacks_[thread_];
    if (known.top == top && known.room.begin == room.begin) return stacks_[thread_];
  }
  return stacks_.emplace_back(Stack{false, room, object, top, top, 0, {}});
}

std::vector<StackCollector::Step> StackCollector::path(std::uint32_t entering) const {
  std::vector<Step> steps;
  const bool shared = calls_.interrupted_main_stack();
  calls_.visit_contexts([&](std::uint32_t exception, const std::vector<Frame>& frames) {
    // Below handlers lies what they interrupted, unless that has a stack of its own.
    if (exception == 0 && calls_.exception_number() != 0 && !shared) return;
    if (exception != 0) steps.push_back({exception, kNoFunction});
    for (const Frame& frame : frames) steps.push_back({0, frame.id});
  });
  if (entering != 0) steps.push_back({entering, kNoFunction});
  return steps;
}

void StackCollector::look(Address lowest, std::uint64_t cycle, std::uint32_t entering) {
  if (entering == 0 && calls_.exception_number() == 0) {
    const bool process = process_stack_();
    if (process != on_process_stack_) thread_ = kNotKnown;
    on_process_stack_ = process;
  }
  Stack& stack = stack_of(lowest);
  stack.top = std::max(stack.top, lowest);
  if (lowest < stack.lowest) {
    stack.lowest = lowest;
    stack.peak_cycle = cycle;
    stack.path = path(entering);
  }
  if (stack.main && heap_ + (stack.top - lowest) > combined_.bytes) {
    combined_ = {heap_ + (stack.top - lowest), cycle};
  }
  watch(stack);
}

void StackCollector::watch(const Stack& stack) {
  low_ = stack.lowest;
  if (stack.main && combined_.bytes >= heap_) {
    // Deeper than this is a new peak of stack and heap together.
    const std::uint64_t depth = combined_.bytes - heap_;
    if (depth <= stack.top) low_ = std::max(low_, stack.top - static_cast<Address>(depth));
  }
  span_ = stack.top - low_;
}

void StackCollector::set_heap(std::uint64_t bytes, std::uint64_t cycle) {
  heap_ = bytes;
  if (bytes > combined_.bytes) combined_ = {bytes, cycle};
  low_ = 1;
  span_ = 0;
}

std::vector<StackCollector::Stack> StackCollector::stacks() const {
  std::vector<Stack> result;
  for (const Stack& stack : stacks_) {
    auto same = std::find_if(result.begin(), result.end(), [&stack](const Stack& known) {
      return known.main == stack.main && known.lowest < stack.top && stack.lowest < known.top;
    });
    if (same == result.end()) {
      result.push_back(stack);
      continue;
    }
    same->top = std::max(same->top, stack.top);
    if (stack.lowest < same->lowest) {
      same->lowest = stack.lowest;
      same->peak_cycle = stack.peak_cycle;
      same->path = stack.path;
    }
  }
  return result;
}

}  // namespace tinyscope
