// Recordings that cannot be what the user meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/peripherals/stimulus/surroundings.hpp"

namespace tinyscope::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class MeasurementsErrors : public ::testing::Test {
 protected:
  Surroundings around;

  std::string error(std::string_view csv) {
    return around.refusal(around.csv(csv), {{"ax", "g"}, {"temperature", "degC"}});
  }
};

TEST_F(MeasurementsErrors, NameTheFileThatCannotBeRead) {
  EXPECT_THAT(around.refusal("/nowhere/walk.csv", {{"ax", "g"}}),
              StartsWith("/nowhere/walk.csv: cannot be read; expected a CSV file"));
  EXPECT_THAT(around.refusal(around.folder.path().string(), {{"ax", "g"}}),
              HasSubstr("cannot be read"));
}

TEST_F(MeasurementsErrors, SayThatAFileIsEmpty) {
  EXPECT_THAT(error(""), StartsWith("walk.csv: is empty; expected a line of column names"));
  EXPECT_THAT(error("# only a remark\n"), HasSubstr("is empty"));
  EXPECT_THAT(error("time_s,ax_g\n"), StartsWith("walk.csv:1: has no rows"));
}

TEST_F(MeasurementsErrors, SayThatColumnNamesAreMissing) {
  EXPECT_THAT(error("0,1\n1,2\n"),
              StartsWith("walk.csv:1: column 1: '0' is a number; expected a line of column names"));
  EXPECT_THAT(error("time_s,,ax_g\n0,1,2\n"), StartsWith("walk.csv:1: column 2: has no name"));
}

TEST_F(MeasurementsErrors, NameAWrongUnitAndTheRightOnes) {
  EXPECT_THAT(error("time_s,ax_dps\n0,1\n"),
              StartsWith("walk.csv:1: column 'ax_dps': 'dps' is no unit of ax; expected ax in g, "
                         "mg, m/s^2, for example ax_g"));
  EXPECT_THAT(error("time_s,temp [V]\n0,1\n"),
              StartsWith("walk.csv:1: column 'temp [V]': 'V' is no unit of temperature; expected "
                         "temperature in degC, K, degF"));
}

TEST_F(MeasurementsErrors, AskForAUnitThatIsMissing) {
  EXPECT_THAT(error("time_s,accX\n0,1\n"),
              StartsWith("walk.csv:1: column 'accX': names no unit; expected ax in g, mg, m/s^2"));
  EXPECT_THAT(error("timestamp,ax_g\n0,1\n5,1\n"),
              StartsWith("walk.csv:1: column 'timestamp': names no unit; expected s, ms, us or ns, "
                         "for example timestamp_ms"));
}

TEST_F(MeasurementsErrors, NameAColumnThatNobodyMeasuresAndTheKnownOnes) {
  EXPECT_THAT(
      error("time_s,ax_g,heart_bpm\n0,1,60\n"),
      StartsWith("walk.csv:1: column 'heart_bpm': no part that this stimulus feeds knows that; "
                 "expected ax [g, mg, m/s^2], temperature [degC, K, degF]. Leave the column out, "
                 "or skip it with a line \"# ignore = heart_bpm\""));
}

TEST_F(MeasurementsErrors, NameColumnsThatAreThereTwice) {
  EXPECT_THAT(error("time_s,ax_g,ax_g\n0,1,1\n"),
              StartsWith("walk.csv:1: column 'ax_g': is there twice"));
  EXPECT_THAT(error("time_s,ax_g,accX [m/s^2]\n0,1,1\n"),
              StartsWith("walk.csv:1: column 'accX [m/s^2]': is the same as 'ax_g'"));
  EXPECT_THAT(error("time_s,t_ms,ax_g\n0,0,1\n"),
              StartsWith("walk.csv:1: column 't_ms': is a second column of time beside 'time_s'"));
}

TEST_F(MeasurementsErrors, AskForTheTimeOrTheRate) {
  EXPECT_THAT(error("ax_g\n1\n2\n"),
              StartsWith("walk.csv:1: has no column of time; expected one such as time_s or "
                         "time_ms, or a line \"# rate_hz = 50\""));
  EXPECT_THAT(error("# rate_hz = 50\ntime_s,ax_g\n0,1\n"),
              StartsWith("walk.csv:2: column 'time_s': the file gives its rate"));
}

TEST_F(MeasurementsErrors, RefuseRatesThatAreNone) {
  for (const char* rate : {"0", "-5", "fast", "nan", "1e9", ""}) {
    EXPECT_THAT(error(std::string("# rate_hz = ") + rate + "\nax_g\n1\n"),
                StartsWith(std::string("walk.csv:1: # rate_hz: '") + rate + "' is no rate"))
        << rate;
  }
  EXPECT_THAT(error("ax_g\n1\n# rate_hz = 50\n"),
              StartsWith("walk.csv:3: # rate_hz: comes too late"));
}

TEST_F(MeasurementsErrors, NameTheCellThatIsNoNumber) {
  EXPECT_THAT(error("time_s,ax_g\n0,1\n1,nan\n"),
              StartsWith("walk.csv:3: column 'ax_g': 'nan' is no such number; expected a finite "
                         "number"));
  EXPECT_THAT(error("time_s,ax_g\n0,inf\n"), HasSubstr("walk.csv:2: column 'ax_g': 'inf'"));
  EXPECT_THAT(error("time_s,ax_g\n0,\n"), StartsWith("walk.csv:2: column 'ax_g': is empty"));
  EXPECT_THAT(error("time_s;ax_g\n0;1,5\n"), HasSubstr("'1,5' is no such number"));
  EXPECT_THAT(error("time_s,ax_g,label\n0,1,walk\n"), HasSubstr("\"# ignore = label\""));
}

TEST_F(MeasurementsErrors, NameARowOfAnotherLength) {
  EXPECT_THAT(error("time_s,ax_g\n0,1\n1\n"),
              StartsWith("walk.csv:3: has 1 cells; expected 2, one for each column name"));
  EXPECT_THAT(error("time_s,ax_g\n0,1,2\n"), StartsWith("walk.csv:2: has 3 cells; expected 2"));
}

TEST_F(MeasurementsErrors, NameTheRowWhereTimeRunsBackwardsOrStops) {
  EXPECT_THAT(error("time_s,ax_g\n0,1\n2,1\n1.5,1\n"),
              StartsWith("walk.csv:4: column 'time_s': 1.5 is not later than 2 in the row before"));
  EXPECT_THAT(error("time_s,ax_g\n0,1\n0,1\n"), HasSubstr("expected times that rise"));
}

TEST_F(MeasurementsErrors, PointOutTimesThatCountFromElsewhere) {
  for (const char* first : {"1700000000", "-1"}) {
    EXPECT_THAT(error(std::string("time_s,ax_g\n") + first + ",1\n"),
                HasSubstr("add a line \"# time_origin = first_row\""));
  }
  EXPECT_THAT(error("time_s,ax_g\n0,1\n2000000,1\n"), HasSubstr("expected at most 1000000 s"));
  EXPECT_THAT(error("# time_origin = noon\ntime_s,ax_g\n0,1\n"),
              StartsWith("walk.csv:1: # time_origin: 'noon'; expected first_row or zero"));
}

TEST_F(MeasurementsErrors, NameAColumnToIgnoreThatIsNotThere) {
  EXPECT_THAT(
      error("# ignore = lable\ntime_s,ax_g,label\n0,1,2\n"),
      StartsWith("walk.csv:2: # ignore: there is no column 'lable'; did you mean 'label'?"));
}

TEST_F(MeasurementsErrors, NameThePlaceInTheScenarioToo) {
  Stimulus stimulus = around.csv("time_s,ax_dps\n0,1\n");
  stimulus.pieces[0].where = "day.toml:3";
  EXPECT_THAT(around.refusal(stimulus, {{"ax", "g"}}),
              StartsWith("day.toml:3: walk.csv:1: column 'ax_dps'"));
}

}  // namespace
}  // namespace tinyscope::test
