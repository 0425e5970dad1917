// The heap as a program that calls malloc and its kin would use it; the figures follow from the
// calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/profiler/memory_bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::Contains;
using ::testing::HasSubstr;

TEST(Heap, KeepsLiveBytesTheirPeakAndWhoAskedForThem) {
  MemoryBench bench;
  bench.call_allocator(kMalloc, 100, 0, 0x20003000);
  bench.script->call(kHelper);
  bench.call_allocator(kMalloc, 50, 0, 0x20003100);
  bench.script->ret();
  bench.call_allocator(kFree, 0x20003000, 0, 0);
  bench.call_allocator(kMalloc, 20, 0, 0x20003000);
  const HeapReport heap = bench.report().memory.heap;
  EXPECT_EQ(heap.allocator, "malloc");
  EXPECT_EQ(heap.allocations, 3u);
  EXPECT_EQ(heap.frees, 1u);
  EXPECT_EQ(heap.peak_bytes, 150u);
  EXPECT_EQ(heap.live_bytes, 70u);
  ASSERT_EQ(heap.sites.size(), 3u);  // main calls from two places
  EXPECT_EQ(heap.sites[0].function, "main");
  EXPECT_EQ(heap.sites[0].peak_live_bytes, 100u);
  EXPECT_EQ(heap.sites[0].live_bytes, 0u);
  EXPECT_EQ(heap.sites[1].function, "rt::reset_arena()");
  EXPECT_EQ(heap.sites[1].live_bytes, 50u);
}

TEST(Heap, CountsNestedAllocatorsOnceForTheFunctionOutsideOfThem) {
  MemoryBench bench;
  bench.script->call(kHelper);
  bench.registers[0] = 64;
  bench.script->call(kOperatorNew);
  bench.script->push(8);
  bench.script->call(kMalloc);
  // malloc ends with a jump to _malloc_r(reent, size).
  bench.registers[0] = 0x20000500;
  bench.registers[1] = 64;
  bench.script->tail_call(kMallocR);
  bench.registers[0] = 72;
  bench.script->call(kSbrk);
  bench.registers[0] = 0x20004000;
  bench.script->ret();  // sbrk
  bench.registers[0] = 0x20004008;
  bench.script->ret();  // malloc
  bench.script->ret();  // new
  bench.script->ret();
  const ProfileReport report = bench.report();
  const HeapReport& heap = report.memory.heap;
  EXPECT_EQ(heap.allocations, 1u);
  EXPECT_EQ(heap.peak_bytes, 64u);
  EXPECT_EQ(heap.reserved_bytes, 72u);
  EXPECT_EQ(heap.room_bytes, 0x2000F000u - 0x20004000u);
  ASSERT_EQ(heap.sites.size(), 1u);
  EXPECT_EQ(heap.sites[0].function, "rt::reset_arena()");
}

TEST(Heap, SeesAnAllocatorThatWasJumpedTo) {
  MemoryBench bench;
  bench.script->call(kHelper);
  bench.registers[0] = 40;
  bench.script->tail_call(kMalloc);
  bench.registers[0] = 0x20004008;
  bench.script->ret();
  const HeapReport heap = bench.report().memory.heap;
  EXPECT_EQ(heap.live_bytes, 40u);
  ASSERT_EQ(heap.sites.size(), 1u);
  EXPECT_EQ(heap.sites[0].function, "main");  // what jumped is gone
}

TEST(Heap, MovesABlockThatReallocChanges) {
  MemoryBench bench;
  bench.call_allocator(kMalloc, 100, 0, 0x20003000);
  bench.call_allocator(kRealloc, 0x20003000, 300, 0x20003800);
  bench.call_allocator(kRealloc, 0x20003800, 5000, 0);  // fails: the block stays
  const ProfileReport report = bench.report();
  EXPECT_EQ(report.memory.heap.live_bytes, 300u);
  EXPECT_EQ(report.memory.heap.peak_bytes, 300u);
  EXPECT_EQ(report.memory.heap.failures, 1u);
  EXPECT_THAT(report.memory.findings, Contains(HasSubstr("first for 5000 bytes")));
}

TEST(Heap, TellsOfABlockThatIsGivenBackTwice) {
  MemoryBench bench;
  bench.call_allocator(kMalloc, 100, 0, 0x20003000);
  bench.call_allocator(kFree, 0x20003000, 0, 0);
  bench.call_allocator(kFree, 0x20003000, 0, 0);
  EXPECT_THAT(bench.report().memory.findings, Contains(HasSubstr("or twice")));
}

TEST(Heap, PeaksWithMainStackAtTheSameMoment) {
  MemoryBench bench;
  bench.call_allocator(kMalloc, 1000, 0, 0x20003000);
  bench.script->call(kHelper);
  bench.script->work(10, 200);  // 200 bytes deep with 1000 on the heap
  bench.script->ret();
  bench.call_allocator(kFree, 0x20003000, 0, 0);
  bench.script->call(kHelper);
  bench.script->work(10, 600);  // deeper, with nothing on the heap
  bench.script->ret();
  const MemoryReport memory = bench.report().memory;
  EXPECT_EQ(memory.ram_peak_bytes, 1200u);
  EXPECT_EQ(memory.stacks.at(0).peak_bytes, 600u);
}

TEST(Heap, IsKnownForEachLayer) {
  MemoryBench bench;
  bench.call_allocator(kMalloc, 1000, 0, 0x20003000);
  bench.script->call(kInvoke);
  bench.script->push(32);
  bench.script->call(kConv);
  bench.script->push(16);
  bench.call_allocator(kMalloc, 500, 0, 0x20003800);
  bench.call_allocator(kFree, 0x20003800, 0, 0);
  bench.script->ret();
  bench.script->call(kSoftmax);
  bench.script->work();
  bench.script->ret();
  bench.script->ret();
  const ProfileReport report = bench.report();
  ASSERT_EQ(report.inferences.at(0).layers.size(), 2u);
  EXPECT_EQ(report.inferences[0].layers[0].heap_peak_bytes, 1500u);
  EXPECT_EQ(report.inferences[0].layers[1].heap_peak_bytes, 1000u);
}

}  // namespace
}  // namespace tinyscope
