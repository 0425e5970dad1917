// The callgrind file, as text and as callgrind_annotate of Valgrind reads it.
#include "profiler/exporters/callgrind.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/profiler/code_report.hpp"
#include "tests/support/command_output.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string callgrind(const ProfileReport& report) {
  std::ostringstream out;
  CallgrindExporter().write(report, out);
  return out.str();
}

TEST(CallgrindExporter, GivesEachInstructionWithItsLineAndCauses) {
  const std::string text = callgrind(test::code_report());
  EXPECT_THAT(text, HasSubstr("positions: instr line\n"));
  EXPECT_THAT(text, HasSubstr("events: Cycles Instructions Issue LoadUse Branch Interrupt Sleep\n"))
      << "causes that occur";
  EXPECT_THAT(text, HasSubstr("0x104 6 6 2 2 0 4 0 0\n"));
  EXPECT_THAT(text, HasSubstr("totals: 216 73 73 15 6 22 100\n"));
}

TEST(CallgrindExporter, PutsInlinedCodeUnderItsOwnFile) {
  const std::string text = callgrind(test::code_report());
  EXPECT_THAT(text, ContainsRegex("fn=\\([0-9]+\\) nn::dot\\(int\\)\n|fn=\\([0-9]+\\)\nfi="));
  EXPECT_THAT(text, ContainsRegex("fi=\\([0-9]+\\) /src/clamp.h\n0x200 3 45 30 30 15 0 0 0\n"
                                  "fe=\\([0-9]+\\)\n0x204 13 30 30 30 0 0 0 0\n"));
}

TEST(CallgrindExporter, GivesCallsWithWhatTheyCost) {
  const std::string text = callgrind(test::code_report());
  EXPECT_THAT(text, ContainsRegex("calls=2 0x200 10\n0x104 6 50 40\n"));
  EXPECT_THAT(text, ContainsRegex("calls=1 0x200 10\n0x108 7 25 20\n"));
}

TEST(CallgrindExporter, KeepsSleepAndExceptionsApart) {
  const std::string text = callgrind(test::code_report());
  EXPECT_THAT(text, ContainsRegex("\\[sleep\\]\n0x0 0 100 0 0 0 0 0 100\n"));
  EXPECT_THAT(text, ContainsRegex("\\[exception entry and return\\]\n0x0 0 22 0 0 0 0 22 0\n"));
}

TEST(CallgrindExporter, KeepsNamesOnOneLine) {
  ProfileReport report = test::code_report();
  report.functions[0].name = "ma\nin\r";
  EXPECT_THAT(callgrind(report), Not(HasSubstr("\nin")));
}

TEST(CallgrindExporter, IsReadByCallgrindAnnotate) {
  if (std::system("command -v callgrind_annotate >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no valgrind";
  }
  const test::TemporaryFolder folder;
  const auto path = folder.write("callgrind.out.1", callgrind(test::code_report()));
  const std::string read = test::output_of("callgrind_annotate --inclusive=yes --threshold=100 " +
                                           path.string() + " 2>&1");
  EXPECT_THAT(read, ContainsRegex("\n216 [^\n]*PROGRAM TOTALS")) << read;
  // main: its own 19, and 75 of what it calls.
  EXPECT_THAT(read, ContainsRegex("\n *94 [^\n]*main.c:main")) << read;
  EXPECT_THAT(read, ContainsRegex("\n *75 [^\n]*nn::dot\\(int\\)")) << read;
}

}  // namespace
}  // namespace tinyscope
