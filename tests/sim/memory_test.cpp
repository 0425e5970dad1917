#include "sim/memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

TEST(Memory, IsPageAlignedAndFilled) {
  const Memory memory("flash", MemoryKind::kFlash, 0x0800'0000, 0x2000, 0xFF);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 4096, 0u);
  EXPECT_EQ(memory.bytes().size(), 0x2000u);
  EXPECT_EQ(memory.read(0x1FFC, AccessSize::kWord), 0xFFFFFFFFu);
}

TEST(Memory, KnowsItsRange) {
  const Memory memory("ram", MemoryKind::kRam, 0xFFFF'F000, 0x1000, 0);
  EXPECT_TRUE(memory.contains(0xFFFF'F000, 0x1000));
  EXPECT_FALSE(memory.contains(0xFFFF'F001, 0x1000));
  EXPECT_FALSE(memory.contains(0xFFFF'EFFF, 1));
}

TEST(Memory, AnAccessBeyondTheEndIsABugOfOurs) {
  Memory memory("ram", MemoryKind::kRam, 0, 0x1000, 0);
  EXPECT_THROW(memory.read(0xFFE, AccessSize::kWord), SimulatorFault);
  EXPECT_THROW(memory.write(0x1000, AccessSize::kByte, 0), SimulatorFault);
  EXPECT_THROW(Memory("odd", MemoryKind::kRam, 0, 0x800, 0), SimulatorFault);
}

}  // namespace
}  // namespace tinyscope
