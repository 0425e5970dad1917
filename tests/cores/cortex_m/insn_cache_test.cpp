#include "cores/cortex_m/insn_cache.hpp"

#include <gtest/gtest.h>

namespace tinyscope {
namespace {

constexpr std::uint32_t kMiB = 1u << 20;

TEST(InsnCache, KnowsWhichLongRangesHoldCode) {
  RunNotes notes;
  Bus bus(notes);
  // bx lr, in the last page of 16 MiB: behind tables of pages that hold nothing.
  Memory& memory = bus.add_memory("ram", MemoryKind::kRam, 0x6000'0000u, 16 * kMiB, 0);
  constexpr Address kCode = 0x6000'0000u + 16 * kMiB - 8;
  memory.write(kCode - memory.base(), AccessSize::kHalf, 0x4770);
  Decoder decoder;
  InsnCache cache(bus, decoder);
  EXPECT_FALSE(cache.has_code_in(0, 0xFFFF'FFFFu));

  EXPECT_EQ(cache.at(kCode).insn.size, 2);
  EXPECT_TRUE(cache.has_code_in(0x6000'0000u, 16 * kMiB));
  EXPECT_TRUE(cache.has_code_in(0x6000'0000u + 3 * kMiB, 13 * kMiB));
  EXPECT_TRUE(cache.has_code_in(0, 0xFFFF'FFFFu));
  EXPECT_TRUE(cache.has_code_in(kCode, 1));
  EXPECT_FALSE(cache.has_code_in(0x6000'0000u, 16 * kMiB - 4096));
  EXPECT_FALSE(cache.has_code_in(0x6100'0000u, 32 * kMiB));
  EXPECT_FALSE(cache.has_code_in(0xFFFF'F000u, 4096));
}

}  // namespace
}  // namespace tinyscope
