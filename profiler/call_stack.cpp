#include "profiler/call_stack.hpp"

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {

namespace {

constexpr Address kNoReturn = 1;  // odd: no instruction lies there
// Branches to 0xFxxxxxxx are exception returns (Arm DDI 0403E, B1.5.8).
constexpr Address kFirstExcReturn = 0xF0000000u;

}  // namespace

CallStack::CallStack(FunctionTable& functions, CallStackObserver& observer)
    : functions_(functions), observer_(observer) {
  // Until the first reset is seen nothing is known: one root frame that covers all code.
  reset(0, 0);
}

CallStack::Context& CallStack::new_context(std::uint32_t exception, Address pc, Address sp,
                                           bool main_stack) {
  Context* free = nullptr;
  Context* oldest = nullptr;
  for (Context& context : contexts_) {
    if (!context.in_use) {
      free = &context;
      break;
    }
    const bool thread = context.suspended && context.exception == 0;
    if (thread && (oldest == nullptr || context.suspended_serial < oldest->suspended_serial)) {
      oldest = &context;
    }
  }
  if (free == nullptr && contexts_.size() >= kMaxContexts && oldest != nullptr) {
    release(*oldest);
    free = oldest;
  }
  if (free == nullptr) free = &contexts_.emplace_back();
  free->frames.clear();
  free->frames.reserve(64);
  free->base = sp;
  free->lowest = sp;
  free->exception = exception;
  free->suspended = false;
  free->main_stack = main_stack;
  free->in_use = true;
  current_ = free;
  enter_root(*free, pc, sp);
  return *free;
}

void CallStack::enter_root(Context& context, Address pc, Address sp) {
  Frame root;
  const CodeRange range = functions_.range(pc);
  root.midway = began_midway_ && !(range.named && range.begin == pc);
  root.function = range.named ? range.begin : pc;
  root.id = functions_.id(root.function);
  root.return_address = kNoReturn;
  root.serial = ++serial_;
  root.sp = sp;
  root.limit = sp;
  root.body = range;
  context.frames.push_back(root);
  refresh_top();
  observer_.on_enter(*top_, nullptr, context.exception);
}

void CallStack::release(Context& context) {
  while (!context.frames.empty()) {
    observer_.on_leave(context.frames.back());
    context.frames.pop_back();
  }
  context.in_use = false;
  context.suspended = false;
}

void CallStack::run(Context& context) {
  context.suspended = false;
  current_ = &context;
  refresh_top();
}

void CallStack::reset(Address pc, Address sp) {
  for (Context& context : contexts_) {
    if (context.in_use) release(context);
  }
  activations_.clear();
  main_top_ = sp;
  began_midway_ = false;
  new_context(0, pc, sp, true);
}

void CallStack::begin(const Position& position) {
  for (Context& context : contexts_) {
    if (context.in_use) release(context);
  }
  activations_.clear();
  main_top_ = position.main_top;
  began_midway_ = true;
  const CodeRange range = functions_.range(position.pc);
  const bool called = range.named && position.pc == range.begin && position.lr < kFirstExcReturn;
  const Address caller = position.lr & ~1u;
  Context& context = new_context(position.exception, called ? caller : position.pc, position.sp,
                                 position.main_stack);
  if (position.main_stack) context.base = std::max(main_top_, position.sp);
  if (position.exception != 0) activations_.push_back(&context);
  if (called) push(position.pc, caller, position.sp);
}

void CallStack::push(Address function, Address return_address, Address sp) {
  std::vector<Frame>& frames = current_->frames;
  if (frames.size() >= kMaxDepth) {
    const auto first = frames.begin() + 1;
    const auto last = frames.begin() + static_cast<std::ptrdiff_t>(kMaxDepth / 2);
    for (auto frame = last; frame != first; --frame) observer_.on_leave(*std::prev(frame));
    frames.erase(first, last);
  }
  const Frame caller = frames.back();
  Frame& frame = frames.emplace_back();
  frame.body = functions_.range(function);
  frame.function = frame.body.named ? frame.body.begin : function;
  frame.id = functions_.id(function);
  frame.serial = ++serial_;
  frame.return_address = return_address;
  frame.sp = sp;
  frame.limit = sp;
  frame.mark = caller.mark;
  frame.mark.begins_inference = false;
  frame.mark.begins_layer = false;
  refresh_top();
  observer_.on_enter(frame, &caller, current_->exception);
}

void CallStack::pop_to(std::size_t depth) {
  std::vector<Frame>& frames = current_->frames;
  while (frames.size() > depth) {
    observer_.on_leave(frames.back());
    frames.pop_back();
  }
  refresh_top();
}

void CallStack::unwind(Address sp) {
  Frame& frame = *top_;
  if (sp <= frame.limit) return;
  if (current_->frames.size() == 1) {
    // The root stays whatever SP does; its stack reaches as high as was ever seen.
    current_->base = frame.limit = std::max(current_->base, sp);
    return;
  }
  if (sp > current_->base) {
    // Above the stack itself: the code has moved to another stack (MSR MSP or PSP in thread mode).
    // The frames stay; the running one now lives over there.
    current_->base = sp;
    frame.limit = sp;
    return;
  }
  std::size_t depth = current_->frames.size();
  while (depth > 1 && current_->frames[depth - 1].limit < sp) --depth;
  pop_to(depth);
}

bool CallStack::return_to_caller(Address next, Address sp) {
  // Of several frames with this return address (recursion) the outermost that SP allows is meant:
  // those above it are below SP, so they are gone.
  const std::vector<Frame>& frames = current_->frames;
  std::size_t found = 0;
  for (std::size_t i = frames.size() - 1; i > 0; --i) {
    const Frame& frame = frames[i];
    if (frame.limit > sp && frame.sp != sp) break;
    if (frame.return_address == next) found = i;
  }
  if (found == 0) return false;
  // With more stack given back than the frame had, this may be a longjmp even further down.
  const bool exact = frames[found].sp == sp;
  pop_to(found);
  return exact;
}

// In the middle of a function that has a frame below: is it meant, the callees having no stack
// left?
bool CallStack::land_in_caller(const CodeRange& range, Address sp) {
  if (!range.named || range.part) return false;
  const std::vector<Frame>& frames = current_->frames;
  std::size_t found = 0;
  for (std::size_t depth = frames.size(); depth > 1; --depth) {
    if (frames[depth - 1].limit > sp) break;
    const Frame& candidate = frames[depth - 2];
    if (!range.contains(candidate.function)) continue;
    found = depth - 1;
    // A function that called others has saved LR, so its SP is below that at its entry.
    if (candidate.limit > sp) break;
  }
  if (found == 0) return false;
  pop_to(found);
  top_->body = range;
  return true;
}

void CallStack::arrive(Address next, Address sp) {
  Frame& frame = *top_;
  const CodeRange range = functions_.range(next);
  const CodeRange own = functions_.range(frame.function);
  if (own.begin == range.begin || !range.named) {
    frame.body = range;  // code without a symbol is the same function, as far as known
    return;
  }
  if (next == range.begin && !range.part) {
    frame.function = next;
    frame.id = functions_.id(next);
    frame.body = range;
    observer_.on_tail_call(frame);
    return;
  }
  if (!land_in_caller(range, sp)) frame.body = range;
}

void CallStack::transfer(const BlockRetired& block) {
  if (block.next >= kFirstExcReturn) return;  // the exception event tells the rest
  if (block.transfer == Transfer::kCall) {
    unwind(block.sp);
    push(block.next, block.end, block.sp);
    return;
  }
  const bool returned = block.transfer != Transfer::kNone && return_to_caller(block.next, block.sp);
  if (block.transfer == Transfer::kReturn && !returned && top_->midway &&
      current_->frames.size() == 1) {
    // To a caller from before the run was listened to.
    observer_.on_leave(*top_);
    current_->frames.clear();
    current_->base = std::max(current_->base, block.sp);
    enter_root(*current_, block.next, block.sp);
    return;
  }
  unwind(block.sp);
  if (block.transfer == Transfer::kReturn && !returned && top_->limit <= block.sp) {
    // A return to where no frame expects one: longjmp, or an exception that lands in its handler.
    const CodeRange range = functions_.range(block.next);
    if (block.next != range.begin && land_in_caller(range, block.sp)) return;
  }
  if (!top_->body.contains(block.next)) arrive(block.next, block.sp);
}

void CallStack::exception(const ExceptionEvent& event) {
  switch (event.phase) {
    case ExceptionPhase::kEntry:
      if (activations_.empty()) interrupted_ = current_;
      current_->suspended = true;
      current_->suspended_at = event.frame;
      current_->suspended_serial = ++serial_;
      enter_handler(event);
      break;
    case ExceptionPhase::kTailChain:
      if (!activations_.empty()) {
        release(*activations_.back());
        activations_.pop_back();
      }
      enter_handler(event);
      break;
    case ExceptionPhase::kReturn: leave_handler(event); break;
  }
}

void CallStack::enter_handler(const ExceptionEvent& event) {
  Context& handler = new_context(event.number, event.pc, event.sp, true);
  // Handlers share the main stack, whose top is that of the reset.
  handler.base = std::max(main_top_, event.sp);
  activations_.push_back(&handler);
}

CallStack::Context* CallStack::find_suspended(const ExceptionEvent& event) {
  Context* exact = nullptr;
  Context* around = nullptr;
  for (Context& context : contexts_) {
    if (!context.in_use || !context.suspended || context.exception != event.return_to) continue;
    if (context.suspended_at == event.frame) {
      if (exact == nullptr || context.suspended_serial > exact->suspended_serial) exact = &context;
    } else if (context.suspended_at <= event.sp && event.sp <= context.base) {
      if (around == nullptr || context.suspended_at > around->suspended_at) around = &context;
    }
  }
  return exact != nullptr ? exact : around;
}

void CallStack::leave_handler(const ExceptionEvent& event) {
  if (!activations_.empty()) {
    release(*activations_.back());
    activations_.pop_back();
  } else if (current_->in_use && !current_->suspended) {
    release(*current_);  // a handler whose entry was not seen
  }
  Context* resumed = find_suspended(event);
  const bool exact = resumed != nullptr && resumed->suspended_at == event.frame;
  if (resumed != nullptr && !exact && event.sp >= resumed->frames.front().sp) {
    // The same stack from its top, with a frame that no exception wrote: a new thread on the
    // memory of an old one.
    release(*resumed);
    resumed = nullptr;
  }
  if (resumed == nullptr) {
    Context& thread = new_context(event.return_to, event.pc, event.sp, event.return_to != 0);
    if (event.return_to != 0) {
      thread.base = std::max(main_top_, event.sp);
      activations_.push_back(&thread);
    }
    return;
  }
  run(*resumed);
  unwind(event.sp);
  // The handler may have written another PC into the frame.
  if (!top_->body.contains(event.pc)) arrive(event.pc, event.sp);
}

}  // namespace tinyscope
