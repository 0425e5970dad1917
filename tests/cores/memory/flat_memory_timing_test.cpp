#include "cores/memory/flat_memory_timing.hpp"

#include <gtest/gtest.h>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

TEST(FlatMemoryTiming, TellsBlocksApart) {
  const FlatMemoryTiming memory({{0x2000'0000, 0x1'C000}, {0x2001'C000, 0x4000}, {0, 0x10'0000}});
  EXPECT_EQ(memory.block(0x2000'0000), memory.block(0x2001'BFFF));
  EXPECT_NE(memory.block(0x2001'BFFF), memory.block(0x2001'C000));
  EXPECT_NE(memory.block(0x2000'0000), memory.block(0x0000'0000));
  EXPECT_NE(memory.block(0x000F'FFFF), memory.block(0x0010'0000)) << "outside of all blocks";
}

TEST(FlatMemoryTiming, AddsNoWaits) {
  FlatMemoryTiming memory({{0x2000'0000, 0x1'0000}});
  EXPECT_EQ(memory.data_wait(0x2000'0000, AccessType::kRead, 100), 0u);
  EXPECT_EQ(memory.data_wait(0x4000'0000, AccessType::kWrite, 100), 0u);
  EXPECT_EQ(memory.fetch_wait(0x2000'0000, 100), 0u);
}

TEST(FlatMemoryTiming, ABlockMayGrantReadsLate) {
  const FlatMemoryTiming memory({{0x2000'0000, 0x1'0000, 1}, {0x1000'0000, 0x1'0000}});
  EXPECT_EQ(memory.first_read_cycles(0x2000'FFFC), 1u);
  EXPECT_EQ(memory.first_read_cycles(0x1000'0000), 0u);
  EXPECT_EQ(memory.first_read_cycles(0x2001'0000), 0u) << "outside of all blocks";
}

TEST(FlatMemoryTiming, ABlockMayEndWithTheAddressSpace) {
  const FlatMemoryTiming memory({{0xF000'0000, 0x1000'0000}});
  EXPECT_EQ(memory.block(0xFFFF'FFFF), memory.block(0xF000'0000));
}

TEST(FlatMemoryTiming, RefusesRangesThatMakeNoSense) {
  EXPECT_THROW(FlatMemoryTiming({{0x1000, 0x1000}, {0x1800, 0x10}}), InputError) << "overlap";
  EXPECT_THROW(FlatMemoryTiming({{0x1000, 0}}), InputError) << "empty";
  EXPECT_THROW(FlatMemoryTiming({{0xFFFF'F000, 0x2000}}), InputError) << "wraps";
}

}  // namespace
}  // namespace tinyscope
