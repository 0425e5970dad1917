// The table [boot] of a board.
#include "sim/description/boot.hpp"

#include <gtest/gtest.h>

#include <string>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

BootDescription read(const std::string& text) {
  TomlTable table = TomlTable::from_text(text, "board.toml");
  BootDescription boot = read_boot(table);
  table.reject_unknown_keys();
  return boot;
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

const std::string kHead = "application = 0x10000\nsource = \"measured\"\n";

TEST(Boot, StepsKeepTheirOrder) {
  const BootDescription boot = read(kHead +
                                    "leaves = [\n"
                                    "  { address = 0x40000008, value = 1 },\n"
                                    "  { pulse = \"clock_power.settle\" },\n"
                                    "  { address = 0x40000104, value = 0 },\n"
                                    "]\n");
  EXPECT_EQ(boot.application, 0x1'0000u);
  EXPECT_EQ(boot.source, "measured");
  ASSERT_EQ(boot.steps.size(), 3u);
  EXPECT_EQ(boot.steps[0].address, 0x4000'0008u);
  EXPECT_EQ(boot.steps[0].value, 1u);
  EXPECT_EQ(boot.steps[1].pulse, "clock_power.settle");
  EXPECT_EQ(boot.steps[2].address, 0x4000'0104u);
}

TEST(Boot, MistakesAreNamedWithTheirLine) {
  EXPECT_NE(refusal("application = 0x10004\nsource = \"x\"\n").find("board.toml:1: application"),
            std::string::npos);
  EXPECT_NE(refusal("application = 0x10000\nsource = \"\"\n").find("board.toml:2: source"),
            std::string::npos);
  EXPECT_NE(refusal(kHead + "leaves = [{ address = 0x40000002, value = 1 }]\n").find("multiple"),
            std::string::npos);
  EXPECT_NE(refusal(kHead + "leaves = [{ pulse = \"clock_power\" }]\n").find("peripheral.wire"),
            std::string::npos);
  EXPECT_NE(refusal(kHead + "leaves = [{ address = 0x40000000 }]\n").find("value"),
            std::string::npos);
  EXPECT_NE(
      refusal(kHead + "leaves = [{ address = 0x40000000, value = 1, mask = 1 }]\n").find("mask"),
      std::string::npos);
}

}  // namespace
}  // namespace tinyscope
