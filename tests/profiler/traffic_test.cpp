// Traffic, working sets, uninitialised reads, caches and arena: figures follow from the accesses
// that the script makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/arena_accesses.hpp"
#include "tests/profiler/memory_bench.hpp"

namespace tinyscope {
namespace {

using namespace test;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const TrafficRow* row_of(const std::vector<TrafficRow>& rows, const std::string& region) {
  for (const TrafficRow& row : rows) {
    if (row.region == region) return &row;
  }
  return nullptr;
}

// An inference whose convolution reads eight words of flash twice and stores three of them.
void inference(MemoryBench& bench) {
  Script& script = *bench.script;
  script.call(kInvoke);
  script.push(32);
  script.call(kConv);
  for (int i = 0; i < 2; ++i) bench.access(0x1000, false, 4, 8);
  bench.access(0x20000000, true, 4, 3);
  bench.access(0x10000008, true, 4, 1);  // the last of them again, by the alias
  bench.access(0x40001000, false);
  bench.access(0x2000FF00, true, 4, 8, 0);  // stacked for an exception
  script.work();
  script.ret();
  script.call(kSoftmax);
  bench.access(0x20000002, false, 2);
  script.work();
  script.ret();
  script.ret();
}

TEST(Traffic, CountsAccessesAndDistinctBytesOfEachLayerAndOfTheRun) {
  MemoryBench bench({.traffic = true});
  bench.access(0x20000001, false, 1);
  inference(bench);
  inference(bench);
  bench.profiler->memory()->traffic()->on_master_transfer({0x20000100, 64, AccessType::kWrite, {}});
  const ProfileReport report = bench.report();
  for (const InferenceRow& row : report.inferences) {
    const std::vector<TrafficRow>& conv = row.layers.at(0).traffic;
    const TrafficRow* const flash = row_of(conv, "flash");
    ASSERT_NE(flash, nullptr);
    EXPECT_EQ(flash->reads, 16u);
    EXPECT_EQ(flash->read_bytes, 64u);
    EXPECT_EQ(flash->working_set_bytes, 32u);
    const TrafficRow* const ram = row_of(conv, "ram");
    ASSERT_NE(ram, nullptr);
    EXPECT_EQ(ram->writes, 4u);
    EXPECT_EQ(ram->reads, 0u);
    EXPECT_EQ(ram->working_set_bytes, 12u);
    ASSERT_NE(row_of(conv, "peripherals"), nullptr);
    EXPECT_EQ(row_of(conv, "peripherals")->reads, 1u);
    const std::vector<TrafficRow>& softmax = row.layers.at(1).traffic;
    ASSERT_EQ(softmax.size(), 1u);
    EXPECT_EQ(softmax[0].reads, 1u);
    EXPECT_EQ(softmax[0].read_bytes, 2u);
    EXPECT_EQ(softmax[0].working_set_bytes, 2u);
  }
  const TrafficRow* const ram = row_of(report.memory.traffic, "ram");
  ASSERT_NE(ram, nullptr);
  EXPECT_EQ(ram->reads, 1u + 2);
  EXPECT_EQ(ram->writes, 2u * (4 + 8));
  EXPECT_EQ(ram->working_set_bytes, 12u + 32);
  const TrafficRow* const dma = row_of(report.memory.traffic, "ram (DMA)");
  ASSERT_NE(dma, nullptr);
  EXPECT_EQ(dma->written_bytes, 64u);
}

TEST(Traffic, IsNotCountedUnlessAskedFor) {
  MemoryBench bench;
  EXPECT_TRUE(bench.profiler->memory()->access_listeners().empty());
  inference(bench);
  const ProfileReport report = bench.report();
  EXPECT_TRUE(report.memory.traffic.empty());
  EXPECT_TRUE(report.inferences.at(0).layers.at(0).traffic.empty());
}

TEST(Traffic, TellsWhichBytesOfTheArenaWereInUse) {
  MemoryBench bench({.traffic = true});
  bench.access(0x20000000, false, 4, 16);  // both ends of tensor_arena, 0x1000 bytes
  bench.access(0x20000FF0, false, 4, 4);
  bench.access(0x20000800, true, 4, 4);  // written and never read
  const ArenaReport arena = bench.report().memory.arena;
  EXPECT_EQ(arena.symbol, "tensor_arena");
  EXPECT_EQ(arena.used_bytes, 64u + 16);
  EXPECT_EQ(arena.suggested_bytes, 128u);  // 80 and room for alignment, in steps of 64
}

TEST(Arena, TensorsLieWhereTheirLayersWriteAndReadThem) {
  MemoryBench bench;
  ArenaAccesses arena(0x20000000, 0x1000, bench.profiler->layers());
  const auto access = [&arena](Address offset, std::uint8_t count, bool write) {
    const std::array<DataAccess, 1> seen = {
        DataAccess{0x20000000 + offset, kKernel, 1, count, write}};
    arena.on_accesses(seen);
  };
  Script& script = *bench.script;
  script.call(kInvoke);
  script.push(32);
  script.call(kConv);
  access(128, 32, false);  // the input
  access(64, 40, true);    // scratch memory just behind the output
  access(64, 40, false);
  access(0, 64, true);
  script.ret();
  script.call(kSoftmax);
  access(0, 64, false);
  access(256, 10, true);
  script.ret();
  script.ret();
  arena.finish();
  // The last one is never touched.
  std::vector<ArenaTensor> tensors = {{"input", 32, -1, 0, 0},
                                      {"features", 64, -1, 0, 1},
                                      {"scores", 10, -1, 1, 1},
                                      {"other", 77, -1, 0, 1}};
  arena.place(tensors, {0, 1});
  EXPECT_EQ(tensors[0].offset, 128);
  EXPECT_EQ(tensors[1].offset, 0);
  EXPECT_EQ(tensors[2].offset, 256);
  EXPECT_EQ(tensors[3].offset, -1);
}

TEST(Arena, IsJudgedByItsContentOtherwise) {
  MemoryBench bench;
  bench.script->call(kInvoke);
  bench.script->push(32);
  bench.script->call(kConv);
  bench.ram[0] = bench.ram[99] = 1;
  bench.script->work();
  bench.script->ret();
  bench.ram[0] = 0;  // seen all the same
  bench.script->ret();
  EXPECT_EQ(bench.report().memory.arena.used_bytes, 2u);  // the gap has more than 63 bytes
}

TEST(UninitialisedReads, AreThoseOfBytesThatNobodyWrote) {
  MemoryBench bench({.uninitialised = true});
  bench.access(0x20000400, true, 4, 2);
  bench.access(0x20000400, false, 4, 2);  // fine
  bench.access(0x20000404, false, 4, 2);  // the second word is not
  bench.access(0x20000404, false, 4, 2);
  bench.profiler->memory()->uninitialised()->on_written(0x20000500, 16);  // DMA
  bench.access(0x2000050C, false);
  bench.access(0x10000600, true);  // by the alias
  bench.access(0x20000600, false);
  bench.access(0x1000, false);  // flash
  bench.access(0x40000000, false);
  const auto findings = bench.report().memory.findings;
  EXPECT_THAT(findings,
              ElementsAre(HasSubstr("uninitialised RAM read in rt_conv_s8: 2 times, first at "
                                    "0x20000408 (tensor_arena+1032) by 0x500")));
}

TEST(Caches, AreToldByLayer) {
  MemoryBench bench;
  Script& script = *bench.script;
  bench.cache = {10, 1};
  script.call(kInvoke);
  script.push(32);
  bench.cache = {20, 2};
  script.call(kConv);
  bench.cache = {120, 12};
  script.work();
  script.interrupt(16, kIrq);
  bench.cache = {150, 15};  // of the handler
  script.work();
  script.leave_handler();
  bench.cache = {151, 16};
  script.ret();
  script.ret();
  const ProfileReport report = bench.report();
  const std::vector<CacheRow>& conv = report.inferences.at(0).layers.at(0).caches;
  ASSERT_EQ(conv.size(), 1u);
  EXPECT_EQ(conv[0].hits, 100u + 1);
  EXPECT_EQ(conv[0].misses, 10u + 1);
  ASSERT_EQ(report.memory.caches.size(), 1u);
  EXPECT_EQ(report.memory.caches[0].hits, 151u);
  EXPECT_EQ(report.memory.caches[0].misses, 16u);
}

}  // namespace
}  // namespace tinyscope
