// Random programs: calls, tail calls, loops, setjmp and longjmp, nested and tail-chained
// interrupts, switches between threads. The generator knows which functions are on which stack;
// the call stack must agree after every step.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "profiler/call_stack.hpp"
#include "tests/profiler/script.hpp"

namespace tinyscope {
namespace {

constexpr Address kFirstFunction = 0x1000;
constexpr Address kFunctionBytes = 0x100;
constexpr unsigned kFunctions = 12;
constexpr unsigned kThreads = 4;

class NoObserver : public CallStackObserver {
 public:
  void on_enter(Frame&, const Frame*, std::uint32_t) override {}
  void on_tail_call(Frame&) override {}
  void on_leave(const Frame&) override {}
};

// What the processor's stack holds, known to the generator only.
struct TrueFrame {
  Address function = 0;  // as the call stack is expected to name it
  Address code = 0;      // where it really is
  Address return_address = 0;
  Address entry_sp = 0;
};

struct SetJump {
  std::size_t depth = 0;
  Address pc = 0;
  Address sp = 0;
};

struct TrueContext {
  std::vector<TrueFrame> frames;
  std::vector<SetJump> jumps;
  Address pc = 0;
  Address sp = 0;
  Address frame = 0;  // exception frame while it is suspended
  std::uint32_t exception = 0;
};

class RandomProgram {
 public:
  RandomProgram(unsigned seed, bool with_symbols)
      : random_(seed),
        symbols_(with_symbols),
        table_(with_symbols ? SymbolTable(make_symbols()) : SymbolTable()),
        functions_(table_),
        stack_(functions_, observer_) {
    const Address start = pick_function();
    current_ = {{{start, start, 1, 0x20010000}}, {}, start, 0x20010000, 0, 0};
    stack_.reset(start, current_.sp);
    for (unsigned i = 1; i < kThreads; ++i) {
      const Address entry = pick_function();
      const Address top = 0x20010000 + 0x8000 * i;
      waiting_.push_back({{{entry, entry, 1, top}}, {}, entry, top, top - 32, 0});
    }
  }

  void step() {
    switch (random_() % 16) {
      case 0:
      case 1:
      case 2: call(); break;
      case 3:
      case 4:
      case 5: ret(); break;
      case 6: tail_call(); break;
      case 7: loop(); break;
      case 8: push(); break;
      case 9: set_jump(); break;
      case 10: long_jump(); break;
      case 11: interrupt(); break;
      case 12:
      case 13: leave_handler(); break;
      case 14: tail_chain(); break;
      default: switch_thread(); break;
    }
  }

  std::vector<Address> expected() const {
    std::vector<Address> result;
    for (const TrueFrame& frame : current_.frames) result.push_back(frame.function);
    return result;
  }
  std::vector<Address> seen() const {
    std::vector<Address> result;
    for (const Frame& frame : stack_.frames()) result.push_back(frame.function);
    return result;
  }
  std::uint32_t exception() const { return current_.exception; }
  std::uint32_t seen_exception() const { return stack_.exception_number(); }

 private:
  static std::vector<Symbol> make_symbols() {
    std::vector<Symbol> symbols;
    for (unsigned i = 0; i < kFunctions; ++i) {
      symbols.push_back(test::function("f" + std::to_string(i), kFirstFunction + i * kFunctionBytes,
                                       kFunctionBytes));
    }
    return symbols;
  }

  Address pick_function() {
    return kFirstFunction + kFunctionBytes * static_cast<Address>(random_() % kFunctions);
  }
  // Any place in the running function but its first instruction; while it has no frame on the
  // stack also not the place to which it will return, where compiled code has one.
  Address pick_place() {
    for (;;) {
      const TrueFrame& frame = current_.frames.back();
      const Address place = frame.code + 4 + 4 * static_cast<Address>(random_() % 60);
      if (has_frame() || place != frame.return_address) return place;
    }
  }

  void block(Address next, Transfer transfer, Address sp) {
    BlockRetired retired;
    retired.start = current_.pc;
    retired.end = current_.pc + 4;
    retired.next = next;
    retired.transfer = transfer;
    retired.instructions = 1;
    retired.sp = sp;
    retired.lowest_sp = std::min(sp, current_.sp);
    current_.pc = next;
    current_.sp = sp;
    if (!stack_.stays(retired)) stack_.transfer(retired);
  }

  // A function that calls has saved at least LR.
  bool has_frame() const { return current_.sp < current_.frames.back().entry_sp; }

  void push() {
    if (has_frame()) return;
    block(pick_place(), Transfer::kJump,
          current_.sp - 8 * (1 + static_cast<Address>(random_() % 8)));
  }

  void call() {
    if (current_.frames.size() > 40) return;
    push();
    block(pick_place(), Transfer::kJump, current_.sp);
    const Address target = pick_function();
    current_.frames.push_back({target, target, current_.pc + 4, current_.sp});
    block(target, Transfer::kCall, current_.sp);
  }

  void ret() {
    if (current_.frames.size() == 1) return;
    const TrueFrame frame = current_.frames.back();
    current_.frames.pop_back();
    forget_jumps();
    block(frame.return_address, Transfer::kReturn, frame.entry_sp);
  }

  void tail_call() {
    if (current_.frames.size() == 1) return;
    TrueFrame& frame = current_.frames.back();
    const Address target = pick_function();
    if (target == frame.code) return;  // a jump to the own first instruction is a loop
    frame.code = target;
    if (symbols_) frame.function = target;
    std::erase_if(current_.jumps,
                  [&](const SetJump& jump) { return jump.depth >= current_.frames.size(); });
    block(target, Transfer::kJump, frame.entry_sp);
  }

  void loop() { block(pick_place(), Transfer::kJump, current_.sp); }

  void set_jump() {
    push();
    current_.jumps.push_back({current_.frames.size(), pick_place(), current_.sp});
  }

  void long_jump() {
    // Without symbols a frame that was called with the same SP cannot be told from its caller.
    if (!symbols_ || current_.jumps.empty()) return;
    const SetJump jump = current_.jumps[random_() % current_.jumps.size()];
    if (jump.depth == current_.frames.size()) return;
    call();  // longjmp itself
    push();
    current_.frames.resize(jump.depth);
    forget_jumps();
    block(jump.pc, Transfer::kReturn, jump.sp);
  }

  void forget_jumps() {
    std::erase_if(current_.jumps,
                  [&](const SetJump& jump) { return jump.depth > current_.frames.size(); });
  }

  void tell(ExceptionPhase phase, std::uint32_t number, Address frame) {
    ExceptionEvent event;
    event.phase = phase;
    event.number = number;
    event.return_to = phase == ExceptionPhase::kReturn ? current_.exception : 0;
    event.pc = current_.pc;
    event.sp = current_.sp;
    event.frame = frame;
    stack_.exception(event);
  }

  void enter(ExceptionPhase phase, Address sp) {
    const Address handler = pick_function();
    const std::uint32_t number = 16 + static_cast<std::uint32_t>(interrupted_.size());
    const Address frame = phase == ExceptionPhase::kEntry ? interrupted_.back().frame : sp;
    current_ = {{{handler, handler, 1, sp}}, {}, handler, sp, 0, number};
    tell(phase, number, frame);
  }

  void interrupt() {
    if (interrupted_.size() >= 4) return;
    current_.frame = (current_.sp - 32) & ~7u;
    const bool thread = current_.exception == 0;
    const Address handler_sp = thread ? 0x2000F000u : current_.frame;
    interrupted_.push_back(current_);
    enter(ExceptionPhase::kEntry, handler_sp);
  }

  void tail_chain() {
    if (interrupted_.empty()) return;
    enter(ExceptionPhase::kTailChain, current_.frames.front().entry_sp);
  }

  void leave_handler() {
    if (interrupted_.empty()) return;
    const std::uint32_t number = current_.exception;
    current_ = interrupted_.back();
    interrupted_.pop_back();
    tell(ExceptionPhase::kReturn, number, current_.frame);
  }

  void switch_thread() {
    if (interrupted_.size() != 1) return;
    std::swap(interrupted_.back(), waiting_[random_() % waiting_.size()]);
    leave_handler();
  }

  std::mt19937 random_;
  bool symbols_;
  SymbolTable table_;
  FunctionTable functions_;
  NoObserver observer_;
  CallStack stack_;
  TrueContext current_;
  std::vector<TrueContext> interrupted_;  // outermost first
  std::vector<TrueContext> waiting_;      // other threads
};

class CallStackRandom : public ::testing::TestWithParam<bool> {};

TEST_P(CallStackRandom, AgreesWithTheGeneratorAfterEveryStep) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    RandomProgram program(seed, GetParam());
    for (int step = 0; step < 1000; ++step) {
      program.step();
      ASSERT_EQ(program.seen(), program.expected()) << "seed " << seed << " step " << step;
      ASSERT_EQ(program.seen_exception(), program.exception()) << "seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Symbols, CallStackRandom, ::testing::Bool(),
                         [](const auto& which) { return which.param ? "With" : "Without"; });

}  // namespace
}  // namespace tinyscope
