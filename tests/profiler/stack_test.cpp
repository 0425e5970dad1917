// Stacks: peaks with their path, room and overflow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/stack_room.hpp"
#include "tests/profiler/memory_bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Stacks, NameThePathAtTheDeepestMoment) {
  MemoryBench bench;
  bench.script->call(kHelper);
  bench.script->push(100);
  bench.script->call(kKernel);
  bench.script->work(50, 60);
  bench.script->ret();
  bench.script->ret();
  bench.script->call(kSoftmax);
  bench.script->work(50, 150);
  bench.script->ret();
  const StackRow main = bench.report().memory.stacks.at(0);
  EXPECT_EQ(main.name, "main");
  EXPECT_EQ(main.top, Script::kStackTop);
  EXPECT_EQ(main.peak_bytes, 160u);
  EXPECT_THAT(main.path, ElementsAre("main", "rt::reset_arena", "rt_conv_s8"));
  EXPECT_EQ(main.size_bytes, 0x1000u);
  EXPECT_EQ(main.size_source, "__StackLimit");
  EXPECT_FALSE(main.overflow);
}

TEST(Stacks, PutAnInterruptOnTopOfWhatItInterrupts) {
  MemoryBench bench;
  bench.script->call(kHelper);
  bench.script->push(100);
  bench.script->interrupt(16 + 8, kIrq);
  bench.script->work(20, 40);
  bench.script->leave_handler();
  bench.script->ret();
  const StackRow main = bench.report().memory.stacks.at(0);
  EXPECT_EQ(main.peak_bytes, 100u + 32 + 40);  // the frame has 32 bytes
  EXPECT_THAT(main.path, ElementsAre("main", "rt::reset_arena", "<IRQ 8>", "TIMER0_IRQHandler"));
}

TEST(Stacks, OverflowBelowTheirRoom) {
  MemoryBench bench;
  bench.script->call(kHelper);
  bench.script->work(20, 0x1000 + 8);
  bench.script->ret();
  const ProfileReport report = bench.report();
  EXPECT_TRUE(report.memory.stacks.at(0).overflow);
  EXPECT_THAT(report.memory.findings, Contains(HasSubstr("stack 'main' overflowed")));
  EXPECT_THAT(report.memory.findings, Contains(HasSubstr("8 below its room (__StackLimit)")));
}

TEST(Stacks, OfThreadsAreTheirOwn) {
  MemoryBench bench;
  // PendSV starts a thread on worker_stack, whose handler frames stay on the main stack.
  bench.script->interrupt(14, kIrq);
  Script::Suspended thread;
  thread.pc = kHelper;
  thread.sp = 0x20002000 + 512;
  thread.calls = {};
  bench.process_stack = true;
  bench.script->resume(thread);
  bench.script->work(20, 300);
  bench.process_stack = false;
  bench.script->interrupt(16, kIrq, Script::kStackTop - 64);
  bench.script->work(10, 16);
  bench.process_stack = true;
  bench.script->leave_handler();
  const MemoryReport memory = bench.report().memory;
  ASSERT_EQ(memory.stacks.size(), 2u);
  EXPECT_EQ(memory.stacks[1].name, "worker_stack");
  EXPECT_EQ(memory.stacks[1].size_bytes, 512u);
  EXPECT_EQ(memory.stacks[1].peak_bytes, 300u);
  EXPECT_THAT(memory.stacks[1].path, ElementsAre("rt::reset_arena"));
  EXPECT_EQ(memory.stacks[0].peak_bytes, 64u + 16);
  EXPECT_THAT(memory.stacks[0].path, ElementsAre("<IRQ 0>", "TIMER0_IRQHandler"));
}

TEST(Stacks, OfAThreadOverflowIntoTheObjectBelow) {
  MemoryBench bench;
  bench.script->interrupt(14, kIrq);
  Script::Suspended thread;
  thread.pc = kHelper;
  thread.sp = 0x20002000 + 512;
  bench.process_stack = true;
  bench.script->resume(thread);
  bench.script->work(20, 400);
  bench.script->work(20, 520);
  const MemoryReport memory = bench.report().memory;
  ASSERT_EQ(memory.stacks.size(), 2u);
  EXPECT_EQ(memory.stacks[1].peak_bytes, 520u);
  EXPECT_TRUE(memory.stacks[1].overflow);
  EXPECT_THAT(memory.findings, Contains(HasSubstr("stack 'worker_stack' overflowed")));
}

TEST(Stacks, OfAThreadInAnAllocatedBlockHaveItsRoom) {
  MemoryBench bench;
  // The heap is an array, so the block lies in an object.
  bench.call_allocator(kMalloc, 512, 0, 0x20000400);
  bench.script->interrupt(14, kIrq);
  Script::Suspended thread;
  thread.pc = kHelper;
  thread.sp = 0x20000400 + 512 - 8;
  bench.process_stack = true;
  bench.script->resume(thread);
  bench.script->work(20, 100);
  const MemoryReport memory = bench.report().memory;
  ASSERT_EQ(memory.stacks.size(), 2u);
  EXPECT_EQ(memory.stacks[1].top, 0x20000400u + 512);
  EXPECT_EQ(memory.stacks[1].size_bytes, 512u);
  EXPECT_EQ(memory.stacks[1].peak_bytes, 108u);
}

TEST(StackRoom, IsWhatLinkerScriptsOfVendorsSay) {
  FirmwareImage image;
  image.sections.push_back({".bss", 0x20000000, 0, 0x1000, false, true, false});
  const Address top = 0x20008000;
  // Nothing but static data: as far as that.
  StackRoom room = main_stack_room(image, top);
  EXPECT_EQ(room.bytes, 0x7000u);
  EXPECT_EQ(room.limit, 0x20001000u);
  // ST asks for a smallest size, and the stack may go on below it.
  image.symbols =
      SymbolTable({{"_Min_Stack_Size", "_Min_Stack_Size", 0x400, 0, SymbolKind::kOther}});
  room = main_stack_room(image, top);
  EXPECT_EQ(room.bytes, 0x400u);
  EXPECT_EQ(room.limit, 0x20001000u);
  // A section of its own.
  image.sections.push_back({".stack", 0x20007800, 0, 0x800, false, true, false});
  room = main_stack_room(image, top);
  EXPECT_EQ(room.bytes, 0x800u);
  EXPECT_EQ(room.limit, 0x20007800u);
}

}  // namespace
}  // namespace tinyscope
