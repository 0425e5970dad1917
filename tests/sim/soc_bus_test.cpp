#include "sim/description/soc_bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sim/description/soc.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kChip = R"(name = "chip"
vendor = "Somebody"
cpu_hz = 64_000_000
[core]
type = "cortex-m4f"
interrupts = 48
priority_bits = 3
[[memory]]
name = "flash"
kind = "flash"
base = 0x0
size = 0x10_0000
[[memory]]
name = "ram"
kind = "ram"
base = 0x2000_0000
size = 0x4_0000
)";

constexpr std::string_view kFlashRead = R"([flash_read]
memory = "flash"
port = "nvmc.flash_read"
read_bytes = 16
source = "estimate"
)";

constexpr std::string_view kBridge = R"([[bridge]]
name = "apb1"
base = 0x4000_0000
size = 0x1_0000
read_cycles = 3
write_cycles = 2
source = "estimate"
)";

SocDescription read(const std::string& more) {
  return read_soc(TomlTable::from_text(std::string(kChip) + more, "chip.toml"));
}

std::string error_of(const std::string& more) {
  try {
    read(more);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string with(std::string_view text, const std::string& from, const std::string& to) {
  std::string result(text);
  return result.replace(result.find(from), from.size(), to);
}

TEST(SocBus, FlashWithoutSectionHasNoWaits) {
  const SocDescription soc = read("");
  EXPECT_FALSE(soc.flash_read.has_value());
  EXPECT_TRUE(soc.bridges.empty());
}

TEST(SocBus, ReadsHowFlashIsRead) {
  const auto flash = read(std::string(kFlashRead) + R"(counter_port = "nvmc.icache"
wide_read_bytes = 32
banks = 2
data_buffer = false
instruction_cache = { sets = 64, ways = 2, line_bytes = 16 }
data_cache = { sets = 1, ways = 8, line_bytes = 32 }
)")
                         .flash_read;
  ASSERT_TRUE(flash.has_value());
  EXPECT_EQ(flash->memory, "flash");
  EXPECT_EQ(flash->port, "nvmc.flash_read");
  EXPECT_EQ(flash->counter_port, "nvmc.icache");
  EXPECT_EQ(flash->read_bytes, 16u);
  EXPECT_EQ(flash->wide_read_bytes, 32u);
  EXPECT_EQ(flash->banks, 2u);
  EXPECT_FALSE(flash->data_buffer);
  EXPECT_FALSE(flash->shared_cache);
  EXPECT_EQ(flash->instruction_cache->sets, 64u);
  EXPECT_EQ(flash->instruction_cache->ways, 2u);
  EXPECT_EQ(flash->data_cache->line_bytes, 32u);
}

TEST(SocBus, ReadsBridges) {
  const SocDescription soc = read(std::string(kBridge) + "clock = \"pclk1\"\n");
  ASSERT_EQ(soc.bridges.size(), 1u);
  EXPECT_EQ(soc.bridges[0].base, 0x4000'0000u);
  EXPECT_EQ(soc.bridges[0].read_cycles, 3u);
  EXPECT_EQ(soc.bridges[0].write_cycles, 2u);
  EXPECT_EQ(soc.bridges[0].clock, "pclk1");
}

TEST(SocBus, SaysWhatIsWrongAndWhere) {
  const auto flash_with = [](const std::string& from, const std::string& to) {
    return error_of(with(kFlashRead, from, to));
  };
  EXPECT_THAT(flash_with("\"flash\"", "\"flesh\""), HasSubstr("'flesh' is no flash; did you mean"));
  EXPECT_THAT(flash_with("\"flash\"", "\"ram\""), HasSubstr("chip.toml:19: flash_read.memory"));
  EXPECT_THAT(flash_with("nvmc.flash_read", "nvmc"), HasSubstr("expected \"peripheral.port\""));
  EXPECT_THAT(flash_with("16", "12"), HasSubstr("expected a power of two"));
  EXPECT_THAT(flash_with("16", "2"), HasSubstr("expected 4 to"));
  EXPECT_THAT(flash_with("\"estimate\"", "\"\""), HasSubstr("source"));
  EXPECT_THAT(error_of(std::string(kFlashRead) + "banks = 3\n"), HasSubstr("expected 1 to 2"));
  EXPECT_THAT(error_of(std::string(kFlashRead) + "wide_read_bytes = 8\n"),
              HasSubstr("expected 16 to"));
  EXPECT_THAT(error_of(std::string(kFlashRead) + "shared_cache = true\n"),
              HasSubstr("expected instruction_cache"));
  EXPECT_THAT(
      error_of(std::string(kFlashRead) + "data_cache = { sets = 3, ways = 8, line_bytes = 16 }\n"),
      HasSubstr("expected a power of two, found 3"));
  EXPECT_THAT(error_of(with(kBridge, "read_cycles = 3", "read_cycles = 0")),
              HasSubstr("expected 1 to"));
  EXPECT_THAT(error_of(with(kBridge, "0x1_0000", "0xD000_0000")), HasSubstr("4 GiB"));
  EXPECT_THAT(error_of(std::string(kBridge) + "waits = 1\n"), HasSubstr("waits"));
}

}  // namespace
}  // namespace tinyscope
