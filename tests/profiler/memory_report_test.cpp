#include "profiler/memory_report.hpp"

#include <gtest/gtest.h>

#include "tests/profiler/bench.hpp"

namespace tinyscope {
namespace {

TEST(MemoryReport, AddsUpWritableSectionsInRamButNoRoomForStackAndHeap) {
  FirmwareImage image;
  image.sections.push_back({".text", 0x0, 0x0, 5000, true, false, true});
  image.sections.push_back({".data", 0x20000000, 5000, 100, true, true, false});
  image.sections.push_back({".bss", 0x20000100, 0, 900, false, true, false});
  image.sections.push_back({".stack_dummy", 0x2000F000, 0, 4096, false, true, false});
  image.sections.push_back({".heap", 0x20001000, 0, 8192, false, true, false});
  image.segments.push_back({0x0, std::vector<std::uint8_t>(5100)});
  image.segments.push_back({0x10001000, std::vector<std::uint8_t>(8)});  // RAM by its alias
  const MemoryReport report = static_memory(image, test::sample_soc(), {"*arena*"});
  EXPECT_EQ(report.static_ram_bytes, 1000u);
  EXPECT_EQ(report.flash_bytes, 5100u);
  EXPECT_EQ(report.flash_total_bytes, 0x10000u);
  EXPECT_EQ(report.ram_total_bytes, 0x20000u);  // the alias is no further memory
  EXPECT_EQ(report.arena_bytes, 0u);
}

TEST(MemoryReport, TakesTheLargestObjectThatMatchesAsTheArena) {
  FirmwareImage image;
  image.symbols = SymbolTable(test::sample_symbols());
  const MemoryReport report = static_memory(image, test::sample_soc(), {"*arena*"});
  EXPECT_EQ(report.arena_bytes, 0x1000u);
  EXPECT_EQ(report.arena_symbol, "tensor_arena");
}

}  // namespace
}  // namespace tinyscope
