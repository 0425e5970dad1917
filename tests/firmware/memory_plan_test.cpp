#include "runtime/memory_plan.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "random_tensors.hpp"

namespace {

std::size_t plan(std::vector<mlrt::PlannedBlock>& blocks) {
  std::vector<std::uint16_t> order(blocks.size());
  return mlrt::plan_memory(blocks.data(), order.data(), blocks.size());
}

TEST(MemoryPlan, SharesMemoryBetweenDisjointLifetimes) {
  std::vector<mlrt::PlannedBlock> blocks = {{64, 0, 1, 0}, {32, 2, 3, 0}};
  EXPECT_EQ(plan(blocks), 64u);
  EXPECT_EQ(blocks[1].offset, 0u);
}

TEST(MemoryPlan, SeparatesBlocksThatMeetInOneStep) {
  std::vector<mlrt::PlannedBlock> blocks = {{64, 0, 1, 0}, {32, 1, 2, 0}};
  EXPECT_EQ(plan(blocks), 96u);
}

TEST(MemoryPlan, FillsAHoleBetweenPlacedBlocks) {
  // The middle block of the first three dies early; the last one fits its place.
  std::vector<mlrt::PlannedBlock> blocks = {
      {100, 0, 9, 0}, {96, 0, 3, 0}, {90, 0, 9, 0}, {64, 4, 9, 0}};
  EXPECT_EQ(plan(blocks), 286u);
  EXPECT_EQ(blocks[3].offset, 100u);
}

TEST(MemoryPlan, NeverOverlapsLivingBlocks) {
  RandomTensors random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<mlrt::PlannedBlock> blocks(static_cast<std::size_t>(random.integer(1, 30)));
    std::size_t sum = 0;
    for (auto& block : blocks) {
      block.bytes = 16 * static_cast<std::size_t>(random.integer(0, 20));
      block.first = random.integer(0, 15);
      block.last = block.first + random.integer(0, 6);
      sum += block.bytes;
    }
    const std::size_t total = plan(blocks);
    EXPECT_LE(total, sum);
    for (const auto& a : blocks) {
      EXPECT_LE(a.offset + a.bytes, total);
      for (const auto& b : blocks) {
        if (&a == &b || a.first > b.last || b.first > a.last) continue;
        EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
      }
    }
  }
}

}  // namespace
