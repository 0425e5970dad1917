// A made-up program as the profiler sees it: blocks, exceptions and sleep, without an engine.
// The script keeps what a processor would keep (pc, sp, the pending return addresses), so that a
// test only says what the program does.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/image/image.hpp"
#include "sim/listener.hpp"

namespace tinyscope::test {

inline Symbol function(std::string name, Address address, std::uint32_t size = 0x100) {
  return {name, name, address, size, SymbolKind::kFunction};
}

inline Symbol object(std::string name, Address address, std::uint32_t size) {
  return {name, name, address, size, SymbolKind::kObject};
}

class Script {
 public:
  static constexpr Address kStackTop = 0x20010000;
  static constexpr std::uint64_t kBlockCycles = 10;
  static constexpr std::uint64_t kExceptionCycles = 12;

  explicit Script(SimListener& listener, Address pc = 0x100, Address sp = kStackTop)
      : listener_(listener), pc_(pc), sp_(sp) {
    listener_.on_reset({0}, pc, sp);
  }

  // Straight code of `cycles`; the stack reaches `depth` bytes below SP meanwhile.
  void work(std::uint64_t cycles = kBlockCycles, std::uint32_t depth = 0) {
    block(pc_ + 4, Transfer::kNone, sp_, cycles, depth);
  }
  // Makes room on the stack, as a function's first instructions do.
  void push(std::uint32_t bytes) { block(pc_ + 4, Transfer::kNone, sp_ - bytes); }
  // BL. The callee starts without a frame of its own.
  void call(Address target) {
    calls_.push_back({pc_ + 4, sp_});
    block(target, Transfer::kCall, sp_);
  }
  // Returns from the function called last.
  void ret() {
    const auto [address, sp] = calls_.back();
    calls_.pop_back();
    block(address, Transfer::kReturn, sp);
  }
  // B, with the stack of the running function given back as before a tail call.
  void tail_call(Address target) { block(target, Transfer::kJump, calls_.back().second); }
  void jump(Address target) { block(target, Transfer::kJump, sp_); }
  // What longjmp does last; forgets the calls above the first `calls`.
  void long_jump(Address target, Address sp, std::size_t calls) {
    calls_.resize(calls);
    block(target, Transfer::kReturn, sp);
  }
  std::size_t calls() const { return calls_.size(); }

  // Exception entry with a frame of 32 bytes. A handler on top of thread mode uses the main stack
  // at `main_sp` if the thread has a stack of its own (0: it has not).
  void interrupt(std::uint32_t number, Address handler, Address main_sp = 0) {
    suspended_.push_back({pc_, sp_, calls_, number_});
    calls_.clear();
    const Address frame = sp_ - 32;
    number_ = number;
    pc_ = handler;
    sp_ = main_sp != 0 ? main_sp : frame;
    exception(ExceptionPhase::kEntry, number, 0, frame);
  }
  void tail_chain(std::uint32_t number, Address handler) {
    calls_.clear();
    sp_ = suspended_.back().sp - 32;
    number_ = number;
    pc_ = handler;
    exception(ExceptionPhase::kTailChain, number, 0, sp_);
  }
  // Exception return to what was interrupted.
  void leave_handler() {
    const Suspended back = suspended_.back();
    suspended_.pop_back();
    resume(back);
  }
  struct Suspended {
    Address pc = 0;
    Address sp = 0;
    std::vector<std::pair<Address, Address>> calls;
    std::uint32_t number = 0;
  };
  // What a context switch does: the interrupted thread is handed out, another one goes on.
  Suspended take_interrupted() {
    Suspended back = suspended_.back();
    suspended_.pop_back();
    return back;
  }
  void resume(const Suspended& to) {
    const std::uint32_t from = number_;
    pc_ = to.pc;
    sp_ = to.sp;
    calls_ = to.calls;
    number_ = to.number;
    exception(ExceptionPhase::kReturn, from, to.number, to.sp - 32);
  }

  void sleep(std::uint64_t cycles) {
    listener_.on_sleep({{now_}, {cycles}});
    now_ += cycles;
  }

  std::uint64_t now() const { return now_; }
  Address pc() const { return pc_; }
  Address sp() const { return sp_; }

 private:
  void block(Address next, Transfer transfer, Address sp, std::uint64_t cycles = kBlockCycles,
             std::uint32_t depth = 0) {
    BlockRetired retired;
    retired.start = pc_;
    retired.end = pc_ + 4;
    retired.next = next;
    retired.transfer = transfer;
    retired.instructions = 2;
    retired.cycles_before = {now_};
    retired.cycles[StallCause::kIssue] = cycles < 2 ? cycles : 2;
    retired.cycles[StallCause::kFetch] = cycles < 2 ? 0 : cycles - 2;
    retired.lowest_sp = std::min(sp_, sp) - depth;
    retired.sp = sp;
    now_ += cycles;
    pc_ = next;
    sp_ = sp;
    listener_.on_block_retired(retired);
  }

  void exception(ExceptionPhase phase, std::uint32_t number, std::uint32_t return_to,
                 Address frame) {
    ExceptionEvent event;
    event.phase = phase;
    event.number = number;
    event.return_to = return_to;
    event.pc = pc_;
    event.sp = sp_;
    event.frame = frame;
    event.cycles_before = {now_};
    event.cycles[StallCause::kInterrupt] = kExceptionCycles;
    now_ += kExceptionCycles;
    listener_.on_exception(event);
  }

  SimListener& listener_;
  Address pc_;
  Address sp_;
  std::uint32_t number_ = 0;
  std::uint64_t now_ = 0;
  std::vector<std::pair<Address, Address>> calls_;
  std::vector<Suspended> suspended_;
};

}  // namespace tinyscope::test
