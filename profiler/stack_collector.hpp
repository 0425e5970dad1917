// How deep each stack goes, with the path of calls at its deepest moment, and when main stack and
// heap together take most.
//
// A peak is the lowest value that SP had, exception frames included. Painting a stack before the
// run sees less where a function makes room that it never writes to.
//
// It has to hear of blocks and exceptions before the LayerCollector does, whose call stack then
// still shows who ran.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "profiler/call_stack.hpp"
#include "profiler/function_table.hpp"
#include "profiler/object_table.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

class StackCollector final : public SimListener {
 public:
  struct Step {
    std::uint32_t exception = 0;  // not 0: a handler begins, `function` is not set
    FunctionId function = kNoFunction;
  };
  struct Stack {
    bool main = false;
    MemoryRange room;  // of a thread's: the allocated block or the object that it lies in, if any
    const Symbol* object = nullptr;  // if it is an object
    Address top = 0;
    Address lowest = 0;
    std::uint64_t peak_cycle = 0;
    std::vector<Step> path;  // outermost first
  };
  struct Combined {
    std::uint64_t bytes = 0;  // of main stack and heap
    std::uint64_t cycle = 0;
  };

  // `process_stack`: does the core use its process stack (CONTROL.SPSEL) now?
  StackCollector(const SymbolTable& symbols, const CallStack& calls,
                 std::function<bool()> process_stack);

  void on_block_retired(const BlockRetired& block) override {
    if (block.lowest_sp - low_ <= span_) return;
    look(block.lowest_sp, block.cycles_before.count + block.cycles.total(), 0);
  }
  void on_exception(const ExceptionEvent& event) override;
  void on_reset(Cycles cycle, Address pc, Address sp) override;

  // Where a block was allocated that holds an address.
  void find_blocks_by(std::function<MemoryRange(Address)> find) { block_at_ = std::move(find); }
  // The heap takes `bytes` from now on.
  void set_heap(std::uint64_t bytes, std::uint64_t cycle);

  // Main stack first; stacks that overlap are one.
  std::vector<Stack> stacks() const;
  const Combined& combined() const { return combined_; }

 private:
  void look(Address lowest, std::uint64_t cycle, std::uint32_t entering);
  Stack& stack_of(Address sp);
  std::vector<Step> path(std::uint32_t entering) const;
  void watch(const Stack& stack);

  static constexpr std::size_t kNotKnown = ~std::size_t{0};

  const CallStack& calls_;
  std::function<bool()> process_stack_;
  std::function<MemoryRange(Address)> block_at_;
  ObjectTable objects_;
  std::vector<Stack> stacks_;       // the first is the main stack
  bool on_process_stack_ = false;   // the running code
  std::size_t thread_ = kNotKnown;  // stack of the running thread, until the next exception
  std::uint64_t heap_ = 0;
  Combined combined_;
  // SP within [low_, low_ + span_] is nothing new.
  Address low_ = 1;
  std::uint32_t span_ = 0;
};

}  // namespace tinyscope
