#include "profiler/call_stack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/profiler/script.hpp"

namespace tinyscope {
namespace {

using test::function;
using test::Script;
using ::testing::ElementsAre;

// Feeds a call stack and remembers which frames came and went.
class Recorder : public SimListener, public CallStackObserver {
 public:
  explicit Recorder(std::vector<Symbol> symbols)
      : table_(std::move(symbols)), functions_(table_), stack_(functions_, *this) {}

  void on_block_retired(const BlockRetired& block) override {
    if (!stack_.stays(block)) stack_.transfer(block);
  }
  void on_exception(const ExceptionEvent& event) override { stack_.exception(event); }
  void on_reset(Cycles, Address pc, Address sp) override { stack_.reset(pc, sp); }

  void on_enter(Frame&, const Frame*, std::uint32_t) override { ++live; }
  void on_tail_call(Frame&) override { ++tail_calls; }
  void on_leave(const Frame&) override { --live; }

  void begin(const CallStack::Position& position) { stack_.begin(position); }
  void transfer(Address start, Address next, Transfer transfer, Address sp) {
    BlockRetired block;
    block.start = start;
    block.end = start + 4;
    block.next = next;
    block.transfer = transfer;
    block.sp = block.lowest_sp = sp;
    on_block_retired(block);
  }

  // Names of the running context's functions, root first.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const Frame& frame : stack_.frames()) result.push_back(functions_.name(frame.id));
    return result;
  }
  const CallStack& stack() const { return stack_; }

  int live = 0;  // frames entered and not left; counts from construction
  int tail_calls = 0;

 private:
  SymbolTable table_;
  FunctionTable functions_;
  CallStack stack_;
};

std::vector<Symbol> program() {
  return {function("main", 0x100),     function("f", 0x200),      function("g", 0x300),
          function("h", 0x400),        function("f.cold", 0x500), function("longjmp", 0x600),
          function("irq", 0x700),      function("irq2", 0x800),   function("thread_a", 0x900),
          function("thread_b", 0xA00), function("pendsv", 0xB00)};
}

TEST(CallStack, FindsCallersOneByOneWhereItBeginsInMidRun) {
  Recorder recorder(program());
  recorder.begin({.pc = 0x310, .sp = 0x2000'0F00, .lr = 0x3FF, .main_top = 0x2000'1000});
  EXPECT_THAT(recorder.names(), ElementsAre("g"));
  EXPECT_TRUE(recorder.stack().top().midway);
  EXPECT_EQ(recorder.stack().stack_top(), 0x2000'1000u);
  recorder.transfer(0x310, 0x400, Transfer::kCall, 0x2000'0F00);
  EXPECT_THAT(recorder.names(), ElementsAre("g", "h"));
  EXPECT_FALSE(recorder.stack().top().midway);
  recorder.transfer(0x400, 0x314, Transfer::kReturn, 0x2000'0F00);
  EXPECT_THAT(recorder.names(), ElementsAre("g"));
  recorder.transfer(0x320, 0x240, Transfer::kReturn, 0x2000'0F20);
  EXPECT_THAT(recorder.names(), ElementsAre("f"));
  EXPECT_TRUE(recorder.stack().top().midway);
  recorder.transfer(0x240, 0x180, Transfer::kReturn, 0x2000'0F40);
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
  recorder.transfer(0x180, 0x200, Transfer::kCall, 0x2000'0F40);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
}

TEST(CallStack, TakesAFunctionThatIsAboutToBeginAsCalled) {
  Recorder recorder(program());
  recorder.begin({.pc = 0x300, .sp = 0x2000'0F00, .lr = 0x211, .main_top = 0x2000'1000});
  EXPECT_THAT(recorder.names(), ElementsAre("f", "g"));
  EXPECT_FALSE(recorder.stack().top().midway);
  recorder.transfer(0x310, 0x210, Transfer::kReturn, 0x2000'0F00);
  EXPECT_THAT(recorder.names(), ElementsAre("f"));
}

TEST(CallStack, BeginsInAHandler) {
  Recorder recorder(program());
  recorder.begin({.pc = 0x710,
                  .sp = 0x2000'0E00,
                  .lr = 0xFFFF'FFF9,
                  .exception = 17,
                  .main_top = 0x2000'1000});
  EXPECT_THAT(recorder.names(), ElementsAre("irq"));
  EXPECT_EQ(recorder.stack().exception_number(), 17u);
  ExceptionEvent event;
  event.phase = ExceptionPhase::kReturn;
  event.number = 17;
  event.pc = 0x220;
  event.sp = 0x2000'0E20;
  event.frame = 0x2000'0E00;
  recorder.on_exception(event);
  EXPECT_THAT(recorder.names(), ElementsAre("f"));
  EXPECT_TRUE(recorder.stack().top().midway);
  EXPECT_EQ(recorder.stack().exception_number(), 0u);
}

TEST(CallStack, FollowsCallsAndReturns) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.call(0x300);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f", "g"));
  script.work();
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, TellsRecursiveCallsWithOneReturnAddressApart) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  for (int i = 0; i < 5; ++i) {
    script.push(8);
    script.jump(0x240);  // one call site for all levels
    script.call(0x200);
  }
  EXPECT_EQ(recorder.stack().frames().size(), 7u);
  for (std::size_t left = 6; left >= 2; --left) {
    script.ret();
    EXPECT_EQ(recorder.stack().frames().size(), left);
  }
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, StaysInTheCalleeWhenItsLoopJumpsToItsOwnReturnAddress) {
  // f calls itself, and the instruction behind that call is the head of a loop in f.
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.jump(0x240);
  script.call(0x200);
  script.push(8);
  script.jump(0x244);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f", "f"));
}

TEST(CallStack, NamesTheFunctionThatWasTailCalledAndReturnsToTheFirstCaller) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.tail_call(0x300);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "g"));
  EXPECT_EQ(recorder.tail_calls, 1);
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, TakesAJumpToASplitOffColdPartAsTheSameFunction) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.jump(0x500);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
  script.jump(0x244);
  script.work();
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
  EXPECT_EQ(recorder.tail_calls, 0);
}

TEST(CallStack, KeepsTheFunctionThatJumpsIntoTheMiddleOfAnother) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.jump(0x320);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, DropsTheFramesThatLongjmpLeaves) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(32);
  const Address resume = script.pc();
  const Address sp = script.sp();
  const std::size_t calls = script.calls();
  script.call(0x300);
  script.push(24);
  script.call(0x400);
  script.push(8);
  script.call(0x600);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f", "g", "h", "longjmp"));
  script.long_jump(resume, sp, calls);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, LongjmpIntoAnOuterCallOfTheSameFunctionDropsTheInnerOne) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(32);
  const Address resume = script.pc();
  const Address sp = script.sp();
  const std::size_t calls = script.calls();
  script.call(0x200);
  script.push(32);
  script.call(0x600);
  script.long_jump(resume, sp, calls);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
}

TEST(CallStack, GivesHandlersFramesOfTheirOwnAndRestoresTheInterruptedOnes) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.interrupt(16, 0x700);
  EXPECT_EQ(recorder.stack().exception_number(), 16u);
  script.push(8);
  script.call(0x300);
  EXPECT_THAT(recorder.names(), ElementsAre("irq", "g"));
  script.interrupt(17, 0x800);
  EXPECT_THAT(recorder.names(), ElementsAre("irq2"));
  script.leave_handler();
  EXPECT_EQ(recorder.stack().exception_number(), 16u);
  EXPECT_THAT(recorder.names(), ElementsAre("irq", "g"));
  script.ret();
  script.leave_handler();
  EXPECT_EQ(recorder.stack().exception_number(), 0u);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
}

TEST(CallStack, ReplacesTheHandlerOnTailChaining) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.interrupt(16, 0x700);
  script.push(8);
  script.call(0x300);
  script.tail_chain(17, 0x800);
  EXPECT_THAT(recorder.names(), ElementsAre("irq2"));
  EXPECT_EQ(recorder.stack().exception_number(), 17u);
  script.leave_handler();
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, KeepsTheFramesOfThreadsAcrossContextSwitches) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(64);
  // The first thread begins with a frame that no exception wrote.
  script.interrupt(11, 0xB00);
  const Script::Suspended main = script.take_interrupted();
  script.resume({0x900, 0x20002000, {}, 0});
  EXPECT_THAT(recorder.names(), ElementsAre("thread_a"));
  script.push(16);
  script.call(0x200);
  script.push(8);

  script.interrupt(14, 0xB00, 0x2000FF00);
  const Script::Suspended thread_a = script.take_interrupted();
  script.resume({0xA00, 0x20004000, {}, 0});
  EXPECT_THAT(recorder.names(), ElementsAre("thread_b"));
  script.push(16);
  script.call(0x300);
  script.push(8);

  script.interrupt(14, 0xB00, 0x2000FF00);
  const Script::Suspended thread_b = script.take_interrupted();
  script.resume(thread_a);
  EXPECT_THAT(recorder.names(), ElementsAre("thread_a", "f"));
  script.ret();

  script.interrupt(14, 0xB00, 0x2000FF00);
  script.take_interrupted();
  script.resume(thread_b);
  EXPECT_THAT(recorder.names(), ElementsAre("thread_b", "g"));

  script.interrupt(14, 0xB00, 0x2000FF00);
  script.take_interrupted();
  script.resume(main);
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, StartsAfreshWhenANewThreadUsesTheStackOfAnOldOne) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(64);
  script.interrupt(11, 0xB00);
  script.take_interrupted();
  script.resume({0x900, 0x20002000, {}, 0});
  script.push(16);
  script.call(0x200);
  script.interrupt(14, 0xB00, 0x2000FF00);
  script.take_interrupted();
  script.resume({0xA00, 0x20002000, {}, 0});
  EXPECT_THAT(recorder.names(), ElementsAre("thread_b"));
}

TEST(CallStack, FollowsAHandlerThatChangesTheReturnAddressOfTheInterruptedCode) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.interrupt(16, 0x700);
  Script::Suspended back = script.take_interrupted();
  back.pc = 0x400;  // goes on in h instead, on the same stack
  script.resume(back);
  EXPECT_THAT(recorder.names(), ElementsAre("main", "h"));
}

TEST(CallStack, KeepsFramesWhenCodeMovesToAHigherStackInThreadMode) {
  Recorder recorder(program());
  Script script(recorder, 0x100, 0x20001000);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.long_jump(0x240, 0x20008000, 1);  // MSR PSP, then a jump within f
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
  script.call(0x300);
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("main", "f"));
  script.ret();  // back on the first stack
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
}

TEST(CallStack, FollowsCallsWithoutSymbols) {
  Recorder recorder({});
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.push(8);
  script.call(0x300);
  EXPECT_THAT(recorder.names(), ElementsAre("0x00000100", "0x00000200", "0x00000300"));
  script.tail_call(0x400);
  script.ret();
  script.ret();
  EXPECT_THAT(recorder.names(), ElementsAre("0x00000100"));
}

TEST(CallStack, StaysBoundedWhenCodeCallsAndNeverReturns) {
  Recorder recorder(program());
  Script script(recorder);
  for (int i = 0; i < 100'000; ++i) script.call(i % 2 == 0 ? 0x200 : 0x300);
  EXPECT_LE(recorder.stack().frames().size(), CallStack::kMaxDepth);
  EXPECT_EQ(recorder.live, static_cast<int>(recorder.stack().frames().size()));
}

TEST(CallStack, StaysBoundedWhenThreadsAreMadeAndAbandoned) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(64);
  script.interrupt(11, 0xB00);
  for (Address i = 0; i < 5000; ++i) {
    script.take_interrupted();
    script.resume({0x900, 0x30000000 + 0x100 * i, {}, 0});
    script.interrupt(14, 0xB00, 0x2000FF00);
  }
  EXPECT_LE(recorder.live, static_cast<int>(CallStack::kMaxContexts));
}

TEST(CallStack, ForgetsEverythingOnReset) {
  Recorder recorder(program());
  Script script(recorder);
  script.push(16);
  script.call(0x200);
  script.interrupt(16, 0x700);
  recorder.on_reset({0}, 0x100, Script::kStackTop);
  EXPECT_THAT(recorder.names(), ElementsAre("main"));
  EXPECT_EQ(recorder.live, 1);
}

}  // namespace
}  // namespace tinyscope
