#include "sim/description/tuning.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/description/board.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TuningDescription tuning(const std::string& text) {
  return read_tuning(TomlTable::from_text(text, "chip.toml"));
}

std::string refusal(const std::string& text) {
  try {
    tuning(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Tuning, ReadsWhatFirmwareCanChoose) {
  const auto read = tuning(R"(
instruction_cache = "ICEN = 1"
highest_cpu_hz = 80_000_000
clock = "start the PLL"
[[needed_wait_states]]
unit = "pwr"
states = ["range1"]
hz_per_wait_state = 20_000_000
most = 3
source = "RM"
[[operating_point]]
name = "80 MHz"
hz = 80_000_000
wait_states = 3
unit = "pwr"
state = "range1"
source = "RM"
)");
  EXPECT_EQ(read.instruction_cache, "ICEN = 1");
  EXPECT_EQ(read.data_cache, "");
  ASSERT_EQ(read.needed_wait_states.size(), 1u);
  EXPECT_THAT(read.needed_wait_states[0].highest_hz,
              ElementsAre(20'000'000, 40'000'000, 60'000'000, 80'000'000));
  ASSERT_EQ(read.operating_points.size(), 1u);
  EXPECT_EQ(read.operating_points[0].wait_states, 3u);
}

TEST(Tuning, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(refusal("highest_cpu_hz = 80_000_000"), HasSubstr("clock"));
  EXPECT_THAT(refusal("code_memory = \"ram\""), HasSubstr("code_memory_source"));
  const std::string point = "[[operating_point]]\nname = \"x\"\nhz = 1\nsource = \"RM\"\n";
  EXPECT_THAT(refusal(point + "wait_states = 99"),
              HasSubstr("chip.toml:5: operating_point.wait_states"));
  EXPECT_THAT(refusal(point + "wait_states = 1\nunit = \"pwr\""), HasSubstr("state"));
}

TEST(Tuning, OfTheShippedBoardsNamesMemoriesAndUnitsThatTheyHave) {
  for (const std::string& name : list_boards()) {
    const BoardDescription board = load_board(name);
    if (!board.soc.tuning) continue;
    const auto units = power_units(board.soc);
    const auto known = [&](const std::string& unit) {
      return std::find(units.begin(), units.end(), unit) != units.end();
    };
    for (const auto& needed : board.soc.tuning->needed_wait_states) {
      EXPECT_TRUE(known(needed.unit)) << name << ": " << needed.unit;
    }
    for (const auto& regulator : board.soc.tuning->regulators) {
      EXPECT_TRUE(known(regulator.unit)) << name << ": " << regulator.unit;
    }
    const std::string& code = board.soc.tuning->code_memory;
    const bool exists = std::any_of(board.soc.memories.begin(), board.soc.memories.end(),
                                    [&](const auto& memory) { return memory.name == code; });
    EXPECT_TRUE(code.empty() || exists) << name << ": " << code;
  }
}

}  // namespace
}  // namespace tinyscope
