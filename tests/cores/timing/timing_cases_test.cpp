// Every case of tests/timing run on the simulated core: the cycles that manuals and measurements
// give.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cores/verification/timing_case.hpp"

namespace tinyscope {

// How a case shows up in messages of the test program.
void PrintTo(const TimingCase& timing_case, std::ostream* out) { *out << timing_case.name; }

namespace {

std::string by_cause(const StallCycles& cycles) {
  std::string text;
  for (std::size_t i = 0; i < kStallCauseCount; ++i) {
    if (cycles.by_cause[i] == 0) continue;
    text += fmt::format(" {} {}", name_of(static_cast<StallCause>(i)), cycles.by_cause[i]);
  }
  return text;
}

class TimingCases : public testing::TestWithParam<TimingCase> {};

TEST_P(TimingCases, TakesAsLongAsItsSourceSays) {
  const TimingCaseResult result = run_timing_case(GetParam());
  ASSERT_EQ(result.not_reached, "");
  EXPECT_GE(result.cycles.total(), GetParam().least)
      << GetParam().source << ":" << by_cause(result.cycles);
  EXPECT_LE(result.cycles.total(), GetParam().most)
      << GetParam().source << ":" << by_cause(result.cycles);
}

INSTANTIATE_TEST_SUITE_P(CortexM4, TimingCases, testing::ValuesIn(load_timing_cases("cortex-m4")),
                         [](const auto& one) { return one.param.name; });
INSTANTIATE_TEST_SUITE_P(CortexM7, TimingCases, testing::ValuesIn(load_timing_cases("cortex-m7")),
                         [](const auto& one) { return one.param.name; });

TEST(TimingCaseFiles, AreMany) {
  EXPECT_GE(load_timing_cases("cortex-m4").size(), 135u);
  EXPECT_GE(load_timing_cases("cortex-m7").size(), 100u);
}

TEST(TimingCaseResult, DifferenceCountsFromTheNearerEndOfTheRange) {
  TimingCase timing_case;
  timing_case.least = 3;
  timing_case.most = 5;
  const auto took = [&](std::uint64_t cycles) {
    TimingCaseResult result;
    result.cycles[StallCause::kIssue] = cycles;
    return result.difference(timing_case);
  };
  EXPECT_EQ(took(2), -1);
  EXPECT_EQ(took(3), 0);
  EXPECT_EQ(took(5), 0);
  EXPECT_EQ(took(8), 3);
}

TEST(TimingCaseResult, SaysThatTheProgramDidNotReachItsEnd) {
  TimingCase timing_case;
  timing_case.base = timing_case.entry = timing_case.start = 0x0800'0000;
  timing_case.end = 0x0800'0002;
  timing_case.code = {0xFE, 0xE7};  // b .
  const TimingCaseResult result = run_timing_case(timing_case);
  EXPECT_THAT(result.not_reached, testing::HasSubstr("before 'end'"));
  EXPECT_FALSE(result.agrees(timing_case));
}

}  // namespace
}  // namespace tinyscope
