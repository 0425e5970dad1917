// A shadow call stack: which function is running, called by which, from retired blocks and
// exceptions alone.
//
// Frames live in contexts. A context is one thread of execution with a stack of its own: thread
// mode after reset, each handler in progress, each thread of an RTOS. An exception entry suspends
// the running context at the address of its exception frame; the return that reads this frame
// resumes it, which also holds for threads that PendSV switches.
//
// Rules, in the order in which they are tried when control leaves a block:
//   1. A call pushes a frame: function, return address, SP.
//   2. Control that arrives at a frame's return address with SP not below the frame's removes it
//      and everything above.
//   3. SP above a frame's SP means that the frame is gone (longjmp, C++ exceptions).
//   4. Arriving in the middle of a function that has a frame below, with the SP of that frame,
//      removes what is above (longjmp between frames of equal SP).
//   5. A jump to the first instruction of another function is a tail call: same frame, new name.
// Rules 4 and 5 need symbols; without them the frame keeps the name of the function called.
//
// Not modelled: coroutines that change stacks in thread mode keep the frames of the stack they
// left until SP says otherwise.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "profiler/function_table.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

// What the observer wants to keep with a frame. The call stack copies it from the caller's frame
// and never looks into it.
struct FrameMark {
  std::uint32_t bucket = 0;
  std::uint32_t slot = 0;
  std::int32_t inference = -1;
  std::int32_t layer = -1;
  std::int32_t kernel = -1;
  std::uint8_t role = 0;
  std::uint32_t node = 0;  // of the call tree
  bool phase_by_user = false;
  // Of this frame alone, not of its callees.
  bool begins_inference = false;
  bool begins_layer = false;
};

struct Frame {
  Address function = 0;        // first instruction of the function; after a tail call the new one
  Address return_address = 0;  // 1: none, the frame is the root of a context
  Address sp = 0;              // at entry
  Address limit = 0;           // SP above this means that the frame is gone
  FunctionId id = kNoFunction;
  std::uint64_t serial = 0;  // no other frame ever has the same
  // The function had begun before the run was listened to: this is no call of it.
  bool midway = false;
  CodeRange body;  // of the code being executed for this frame
  FrameMark mark;
};

class CallStackObserver {
 public:
  virtual ~CallStackObserver() = default;
  // `frame` is the new top; `caller` is null for the root of a context of `exception` (0: thread).
  virtual void on_enter(Frame& frame, const Frame* caller, std::uint32_t exception) = 0;
  // `frame` goes on as another function.
  virtual void on_tail_call(Frame& frame) = 0;
  // `frame` is about to be removed.
  virtual void on_leave(const Frame& frame) = 0;
};

class CallStack {
 public:
  CallStack(FunctionTable& functions, CallStackObserver& observer);

  void reset(Address pc, Address sp);
  // Begins in mid-run: nothing is known of what has led there. A function whose first instruction
  // is about to run counts as called from where LR says; callers further out are found when they
  // are returned to.
  struct Position {
    Address pc = 0;
    Address sp = 0;
    Address lr = 0;
    std::uint32_t exception = 0;  // being handled; 0: thread mode
    bool main_stack = true;
    Address main_top = 0;  // where the main stack begins
  };
  void begin(const Position& position);

  // True if the block changes neither frame nor context; the only test for most blocks.
  bool stays(const BlockRetired& block) const {
    const Frame& frame = *top_;
    return block.sp <= frame.limit && block.transfer <= Transfer::kJump &&
           frame.body.contains(block.next) && block.next != frame.return_address;
  }
  // What a block does that does not stay.
  void transfer(const BlockRetired& block);
  void exception(const ExceptionEvent& event);

  Frame& top() { return *top_; }
  const Frame& top() const { return *top_; }
  // Frames of the running context, root first.
  const std::vector<Frame>& frames() const { return current_->frames; }
  // Calls `visit(exception, frames)` for what was interrupted, then for each handler in progress,
  // the running one last. Exception 0 is thread mode.
  template <class Visit>
  void visit_contexts(Visit&& visit) const {
    if (current_->exception != 0) {
      if (interrupted_ != nullptr && interrupted_->in_use && interrupted_->suspended) {
        visit(interrupted_->exception, interrupted_->frames);
      }
      for (const Context* handler : activations_) {
        if (handler != current_) visit(handler->exception, handler->frames);
      }
    }
    visit(current_->exception, current_->frames);
  }
  // Is what the handlers in progress have interrupted on the main stack, as they are?
  bool interrupted_main_stack() const {
    return interrupted_ != nullptr && interrupted_->in_use && interrupted_->main_stack;
  }
  // Number of the exception being handled, 0 in thread mode.
  std::uint32_t exception_number() const { return current_->exception; }
  // True if the running context is on the main stack: after reset and in handlers.
  bool on_main_stack() const { return current_->main_stack; }
  // Highest SP of the running context's stack that is known.
  Address stack_top() const { return current_->base; }
  // What the two below change of the running context.
  struct Extent {
    Address base = 0;
    Address lowest = 0;
    bool main_stack = false;
  };
  Extent extent() const { return {current_->base, current_->lowest, current_->main_stack}; }
  void set_extent(const Extent& extent) {
    current_->base = extent.base;
    current_->lowest = extent.lowest;
    current_->main_stack = extent.main_stack;
  }
  // True if the running context's stack was never that deep; remembers it.
  bool is_new_lowest(Address sp) {
    if (sp >= current_->lowest) return false;
    current_->lowest = sp;
    return true;
  }
  // The running context turns out to use another stack, whose highest SP is `top`.
  void move_to_stack(Address top) {
    current_->base = top;
    current_->main_stack = false;
  }

  // More frames than this are taken as garbage of code that never returns: the oldest go.
  static constexpr std::size_t kMaxDepth = 2048;
  // More suspended threads than this: the one suspended longest is forgotten.
  static constexpr std::size_t kMaxContexts = 256;

 private:
  struct Context {
    std::vector<Frame> frames;
    Address base = 0;
    Address lowest = 0xFFFFFFFFu;
    Address suspended_at = 0;  // address of the exception frame
    std::uint64_t suspended_serial = 0;
    std::uint32_t exception = 0;
    bool suspended = false;
    bool main_stack = false;
    bool in_use = false;
  };

  Context& new_context(std::uint32_t exception, Address pc, Address sp, bool main_stack);
  void release(Context& context);
  void run(Context& context);
  void enter_handler(const ExceptionEvent& event);
  void leave_handler(const ExceptionEvent& event);
  Context* find_suspended(const ExceptionEvent& event);
  void enter_root(Context& context, Address pc, Address sp);
  void push(Address function, Address return_address, Address sp);
  void pop_to(std::size_t depth);
  void unwind(Address sp);
  bool return_to_caller(Address next, Address sp);
  bool land_in_caller(const CodeRange& range, Address sp);
  void arrive(Address next, Address sp);
  void refresh_top() { top_ = &current_->frames.back(); }

  FunctionTable& functions_;
  CallStackObserver& observer_;
  std::deque<Context> contexts_;       // stable addresses; reused
  std::vector<Context*> activations_;  // handlers in progress, innermost last
  Context* current_ = nullptr;
  Context* interrupted_ = nullptr;  // in thread mode, by the outermost handler in progress
  Frame* top_ = nullptr;
  Address main_top_ = 0;
  bool began_midway_ = false;
  std::uint64_t serial_ = 0;
};

}  // namespace tinyscope
