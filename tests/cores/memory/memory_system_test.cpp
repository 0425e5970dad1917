#include "cores/memory/memory_system.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr Address kFlash = 0x0800'0000;
constexpr Address kAlias = 0x0000'0000;
constexpr Address kRam = 0x2000'0000;
constexpr Address kPeripheral = 0x4000'0000;
constexpr std::uint32_t kFlashBytes = 0x2'0000;

MemorySystem::Parameters chip() {
  return {.blocks = {{kRam, 0x1'0000, 1}},
          .windows = {{kFlash, kFlashBytes, 0}, {kAlias, kFlashBytes, 0}},
          .flash = FlashShape{.size = kFlashBytes, .read_bytes = 16, .banks = 2},
          .bridges = {{kPeripheral, 0x1'0000, 3, 2}}};
}

TEST(MemorySystem, ShowsOneFlashInAllItsWindows) {
  MemorySystem memory(chip());
  memory.flash()->apply({.wait_states = 4});
  EXPECT_EQ(memory.fetch_wait(kFlash + 0x100, 100), 4u);
  EXPECT_EQ(memory.fetch_wait(kAlias + 0x104, 105), 0u) << "the same line";
}

TEST(MemorySystem, AnotherMasterDelaysOneAccessToItsBlockInItsCycle) {
  MemorySystem memory(chip());
  const Address ram = 0x2000'0000;
  memory.master_access(ram, 50);
  EXPECT_EQ(memory.contention(ram + 4, 49), 0u);
  EXPECT_EQ(memory.contention(kFlash, 50), 0u) << "another block";
  const MemoryPosition position = memory.position(45);
  EXPECT_EQ(memory.contention(ram + 4, 50), 1u);
  EXPECT_EQ(memory.contention(ram + 8, 50), 0u) << "once";
  memory.set_position(position, 145);
  EXPECT_EQ(memory.contention(ram, 150), 1u) << "the same, met later";
  memory.master_access(kPeripheral, 60);
  EXPECT_EQ(memory.contention(kPeripheral, 60), 0u) << "peripherals are not modelled so";
}

TEST(MemorySystem, RunsCodeFromRamWithoutWaits) {
  MemorySystem memory(chip());
  memory.flash()->apply({.wait_states = 4});
  EXPECT_EQ(memory.fetch_wait(kRam, 100), 0u);
  EXPECT_EQ(memory.data_wait(kRam, AccessType::kRead, 100), 0u);
}

TEST(MemorySystem, GrantsRamAsItsBlockSays) {
  const MemorySystem memory(chip());
  EXPECT_EQ(memory.first_read_cycles(kRam), 1u);
  EXPECT_EQ(memory.first_read_cycles(kFlash), 0u);
}

TEST(MemorySystem, TimesAMovedRangeAsTheMemoryThatItIsMovedTo) {
  MemorySystem::Parameters parameters = chip();
  parameters.moved = {{kFlash + 0x200, 0x40, kRam + 0x10}, {kRam + 0x1000, 0x100, kFlash}};
  MemorySystem memory(parameters);
  memory.flash()->apply({.wait_states = 4});
  EXPECT_EQ(memory.data_wait(kFlash + 0x200, AccessType::kRead, 100), 0u);
  EXPECT_EQ(memory.fetch_wait(kFlash + 0x23C, 110), 0u);
  EXPECT_EQ(memory.fetch_wait(kFlash + 0x240, 120), 4u) << "behind it";
  EXPECT_EQ(memory.block(kFlash + 0x200), memory.block(kRam));
  EXPECT_EQ(memory.first_read_cycles(kFlash + 0x200), 1u);
  EXPECT_EQ(memory.data_wait(kRam + 0x1000, AccessType::kRead, 130), 4u);
  EXPECT_EQ(memory.block(kRam + 0x10FC), memory.block(kFlash));
  EXPECT_EQ(memory.block(kRam + 0x1100), memory.block(kRam));
  const std::vector<Address> edges = {kFlash + 0x200, kFlash + 0x240, kRam + 0x1000, kRam + 0x1100};
  std::vector<Address> boundaries = memory.boundaries();
  std::sort(boundaries.begin(), boundaries.end());
  EXPECT_EQ(boundaries.size(), edges.size());
  EXPECT_TRUE(std::is_permutation(boundaries.begin(), boundaries.end(), edges.begin()));
}

TEST(MemorySystem, RefusesMovedRangesThatOverlapOrSplitWords) {
  MemorySystem::Parameters parameters = chip();
  parameters.moved = {{kFlash, 0x40, kRam}, {kFlash + 0x3C, 0x10, kRam}};
  EXPECT_THROW(MemorySystem{parameters}, InputError);
  parameters.moved = {{kRam, 0x40, kFlash + 4}};
  EXPECT_THROW(MemorySystem{parameters}, InputError) << "lines of 16 bytes";
  parameters.moved = {{kFlash + 2, 0x40, kRam + 2}};
  EXPECT_THROW(MemorySystem{parameters}, InputError);
}

TEST(MemorySystem, WaitsForPeripheralsBehindABridge) {
  MemorySystem memory(chip());
  EXPECT_EQ(memory.data_wait(kPeripheral, AccessType::kRead, 100), 3u);
  EXPECT_EQ(memory.data_wait(kPeripheral + 0xFFFC, AccessType::kWrite, 100), 2u);
  EXPECT_EQ(memory.data_wait(kPeripheral + 0x1'0000, AccessType::kRead, 100), 0u) << "beyond it";
  memory.set_bridge_waits(0, 6, 4);
  EXPECT_EQ(memory.data_wait(kPeripheral, AccessType::kRead, 200), 6u);
  EXPECT_EQ(memory.data_wait(kPeripheral, AccessType::kWrite, 200), 4u);
}

TEST(MemorySystem, CountsEachBankOfFlashAsABlock) {
  const MemorySystem memory(chip());
  EXPECT_EQ(memory.block(kFlash), memory.block(kFlash + kFlashBytes / 2 - 4));
  EXPECT_NE(memory.block(kFlash), memory.block(kFlash + kFlashBytes / 2));
  EXPECT_NE(memory.block(kFlash), memory.block(kRam));
}

TEST(MemorySystem, IsTheSameAfterRestore) {
  MemorySystem memory(chip());
  memory.flash()->apply({.wait_states = 4});
  memory.set_bridge_waits(0, 6, 4);
  memory.fetch_wait(kFlash, 100);
  StateArchive saved = StateArchive::saving();
  memory.snapshot(saved);
  MemorySystem restored(chip());
  StateArchive loaded = StateArchive::loading(saved.bytes());
  restored.snapshot(loaded);
  EXPECT_EQ(restored.data_wait(kPeripheral, AccessType::kRead, 200), 6u);
  EXPECT_EQ(restored.fetch_wait(kFlash + 4, 104), 0u);
  EXPECT_EQ(restored.fetch_wait(kFlash + 0x10, 105), 4u);
}

TEST(MemorySystem, NumbersItsSettings) {
  MemorySystem memory(chip());
  const auto first = memory.settings();
  memory.flash()->apply({.wait_states = 4});
  const auto second = memory.settings();
  EXPECT_NE(second, first);
  memory.set_bridge_waits(0, 7, 7);
  EXPECT_NE(memory.settings(), first);
  EXPECT_NE(memory.settings(), second);
  memory.set_bridge_waits(0, 3, 2);
  EXPECT_EQ(memory.settings(), second) << "as before";
}

TEST(MemorySystem, NamesAllCachesAndBuffers) {
  MemorySystem::Parameters parameters = chip();
  parameters.flash->instruction_cache = LineCache::Geometry{4, 2, 16};
  MemorySystem memory(parameters);
  EXPECT_EQ(memory.caches().size(), 2u) << "the instruction cache and the line kept for data";
}

TEST(MemorySystem, NeedsNoFlashWithWaits) {
  MemorySystem memory({.blocks = {{kFlash, kFlashBytes, 0}, {kRam, 0x1000, 0}}});
  EXPECT_EQ(memory.flash(), nullptr);
  EXPECT_EQ(memory.fetch_wait(kFlash, 100), 0u);
  EXPECT_EQ(memory.position(100), MemoryPosition());
  EXPECT_NE(memory.block(kFlash), memory.block(kRam));
}

}  // namespace
}  // namespace tinyscope
