// `tinyscope verify`: a table of timing cases, and an exit status that says whether all agree.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/cli/commands.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

struct Outcome {
  int status;
  std::string out;
  std::string error;
};

Outcome verify(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), {"tinyscope", "verify"});
  std::ostringstream out;
  std::ostringstream error;
  const int status =
      run_command_line(static_cast<int>(arguments.size()), arguments.data(), out, error);
  return {status, out.str(), error.str()};
}

// A data folder of its own with one case: two one-cycle instructions.
class VerifyOneCase : public testing::Test {
 protected:
  void expect_cycles(int cycles) {
    folder_.write("cores/verification/cortex-m4.toml",
                  "[[case]]\nname = \"two\"\ntitle = \"Two instructions.\"\nleast = " +
                      std::to_string(cycles) + "\nmost = " + std::to_string(cycles) +
                      "\nsource = \"a manual\"\nbase = 0x08000000\nentry = 0x08000000\n"
                      "start = 0x08000004\nend = 0x08000008\n"
                      // isb; adds r0, #1; adds r0, #1; b .
                      "code = \"bff36f8f01300130fee7\"\n");
    setenv("TINYSCOPE_DATA", folder_.path().c_str(), 1);
  }
  ~VerifyOneCase() override { unsetenv("TINYSCOPE_DATA"); }

  test::TemporaryFolder folder_;
};

TEST(Verify, AllShippedCasesAgree) {
  const Outcome outcome = verify({});
  EXPECT_EQ(outcome.status, kPass);
  EXPECT_THAT(outcome.out, HasSubstr(" 0 differ"));
}

TEST(Verify, FilterSelectsByNameOrSource) {
  const Outcome by_name = verify({"--filter", "load_load"});
  EXPECT_EQ(by_name.status, kPass);
  EXPECT_THAT(by_name.out, HasSubstr("load_load_load"));
  EXPECT_THAT(by_name.out, testing::Not(HasSubstr("divide")));
  EXPECT_THAT(verify({"--filter", "compendium"}).out, HasSubstr("divide_by_zero"));
}

TEST(Verify, FilterThatFitsNothingIsAWrongOption) {
  const Outcome outcome = verify({"--filter", "no such case"});
  EXPECT_EQ(outcome.status, kUsage);
  EXPECT_THAT(outcome.error, HasSubstr("--filter"));
}

TEST_F(VerifyOneCase, ACaseThatTakesOtherCyclesFails) {
  expect_cycles(2);
  EXPECT_EQ(verify({}).status, kPass);
  expect_cycles(3);
  const Outcome outcome = verify({});
  EXPECT_EQ(outcome.status, kFirmwareFailed);
  EXPECT_THAT(outcome.out, HasSubstr("-1  a manual"));
  // Those of the other core agree.
  EXPECT_THAT(outcome.out, ContainsRegex("1[0-9][0-9] agree, 1 differ"));
}

TEST_F(VerifyOneCase, WritesTheResultsAsJson) {
  expect_cycles(2);
  const std::string path = folder_.path() / "cases.json";
  ASSERT_EQ(verify({"--json", path.c_str()}).status, kPass);
  std::ifstream file(path);
  const nlohmann::json json = nlohmann::json::parse(file);
  EXPECT_EQ(json["cases"][0]["name"], "two");
  EXPECT_EQ(json["cases"][0]["cycles"], 2);
  EXPECT_EQ(json["cases"][0]["difference"], 0);
  EXPECT_EQ(json["differ"], 0);
}

}  // namespace
}  // namespace tinyscope
