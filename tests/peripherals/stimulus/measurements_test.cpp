// Recordings as what surrounds a sensor.
#include "peripherals/stimulus/measurements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/peripherals/stimulus/surroundings.hpp"

namespace tinyscope::test {
namespace {

using ::testing::HasSubstr;

class MeasurementsTest : public ::testing::Test {
 protected:
  Surroundings around;

  Measurements of(std::string_view csv, std::string_view name, std::string_view unit) {
    return around.open(around.csv(csv), {{name, unit}});
  }
  // The first row's value of the one column beside the time.
  double converted(const std::string& heading, double value, std::string_view name,
                   std::string_view unit) {
    return of("time_s," + heading + "\n0," + std::to_string(value) + "\n", name, unit).at(0, {});
  }
};

TEST_F(MeasurementsTest, RestWithoutAStimulus) {
  const auto quiet = around.open({}, {{"az", "g", 1.0}});
  EXPECT_EQ(quiet.at(0, at_seconds(5)), 1.0);
  EXPECT_FALSE(quiet.given(0));
  EXPECT_FALSE(quiet.source(0, {}).has_value());
}

TEST_F(MeasurementsTest, AreInterpolatedLinearlyBetweenRowsAndHeldOutside) {
  const auto walk = of("time_s,ax_g\n1,0.5\n2,1.5\n4,-0.5\n", "ax", "g");
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(0)), 0.5) << "before the first row";
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(1)), 0.5);
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(1.25)), 0.75);
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(2)), 1.5);
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(3)), 0.5);
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(100)), -0.5) << "behind the last row";
}

TEST_F(MeasurementsTest, FollowARateInsteadOfAColumnOfTime) {
  const auto walk = of("# rate_hz = 50\nax_g\n0\n1\n2\n", "ax", "g");
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(0.01)), 0.5);
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(0.04)), 2);
}

TEST_F(MeasurementsTest, OfASingleRowNeedNoTime) {
  EXPECT_DOUBLE_EQ(of("ax_g\n0.5\n", "ax", "g").at(0, at_seconds(7)), 0.5);
}

TEST_F(MeasurementsTest, SayInTheReportAtWhichRateTheyCome) {
  of("# rate_hz = 50\nax_g\n0\n1\n2\n", "ax", "g");
  ASSERT_EQ(around.notes.assumptions().size(), 1u);
  EXPECT_THAT(around.notes.assumptions()[0].text,
              HasSubstr("3 rows over 0.04 s, 50 Hz in the mean; the part samples at a rate of its "
                        "own, and values between rows are interpolated linearly"));
}

TEST_F(MeasurementsTest, TakeTimesInSecondsMillisecondsAndMicroseconds) {
  for (const char* csv : {"time_s,ax_g\n0,0\n2,2\n", "t_ms,ax_g\n0,0\n2000,2\n",
                          "timestamp [us],ax_g\n0,0\n2000000,2\n", "Time (s),ax_g\n0,0\n2,2\n",
                          "timestamp_ns,ax_g\n0,0\n2000000000,2\n"}) {
    EXPECT_DOUBLE_EQ(of(csv, "ax", "g").at(0, at_seconds(0.5)), 0.5) << csv;
  }
}

TEST_F(MeasurementsTest, CountFromTheFirstRowIfTheFileAsks) {
  const auto walk =
      of("# time_origin = first_row\ntime_s,ax_g\n1700000000.5,0\n1700000001.5,2\n", "ax", "g");
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(0.5)), 1);
}

// Conversions by definition: standard gravity 9.80665 m/s^2; 1 gauss is 100 uT; 0 degC is 273.15 K.
TEST_F(MeasurementsTest, AreConvertedToTheUnitOfThePart) {
  EXPECT_NEAR(converted("ax_m/s^2", 9.80665, "ax", "g"), 1, 1e-9);
  EXPECT_NEAR(converted("ax_mg", 250, "ax", "g"), 0.25, 1e-9);
  EXPECT_NEAR(converted("gx_rad/s", 3.14159265358979, "gx", "dps"), 180, 1e-4);
  EXPECT_NEAR(converted("mx_gauss", 0.5, "mx", "uT"), 50, 1e-9);
  EXPECT_NEAR(converted("mx_mT", 0.05, "mx", "uT"), 50, 1e-9);
  EXPECT_NEAR(converted("mx_uT", 50, "mx", "gauss"), 0.5, 1e-9);
  EXPECT_NEAR(converted("temperature_K", 293.15, "temperature", "degC"), 20, 1e-9);
  EXPECT_NEAR(converted("temperature_degF", 68, "temperature", "degC"), 20, 1e-9);
  EXPECT_NEAR(converted("pressure_Pa", 101325, "pressure", "hPa"), 1013.25, 1e-9);
  EXPECT_NEAR(converted("pressure_kPa", 101.325, "pressure", "hPa"), 1013.25, 1e-9);
  EXPECT_NEAR(converted("volts_mV", 1650, "volts", "V"), 1.65, 1e-9);
  EXPECT_NEAR(converted("humidity_%", 45, "humidity", "%RH"), 45, 1e-9);
  EXPECT_NEAR(converted("light_klux", 1.5, "light", "lux"), 1500, 1e-9);
}

TEST_F(MeasurementsTest, UnderstandTheSpellingsOfCommonRecorders) {
  for (const char* heading : {"ax_g", "ax [g]", "ax (g)", "accX_g", "acc_x_g", "accel.x [g]",
                              "AccelerationX (g)", "\"acc_x [g]\"", "acceleration_x_g"}) {
    EXPECT_DOUBLE_EQ(converted(heading, 0.5, "ax", "g"), 0.5) << heading;
  }
  EXPECT_NEAR(converted("gyro_x_deg_s", 5, "gx", "dps"), 5, 1e-9);
  EXPECT_NEAR(converted("acc_x_m_s2", 9.80665, "ax", "g"), 1, 1e-9);
  EXPECT_NEAR(converted("temp_c", 21, "temperature", "degC"), 21, 1e-9);
  EXPECT_NEAR(converted("t_degC", 21, "temperature", "degC"), 21, 1e-9) << "no column of time";
  EXPECT_NEAR(converted("Voltage (V)", 3, "volts", "V"), 3, 1e-9);
}

TEST_F(MeasurementsTest, ReadFilesWithOtherSeparatorsCommentsAndLineEnds) {
  const auto walk =
      of("\xEF\xBB\xBF# walking, 3rd of May\r\n\r\ntime_s;ax_g\r\n0;1\r\n# a "
         "remark\r\n1; +2.5e0\r\n",
         "ax", "g");
  EXPECT_DOUBLE_EQ(walk.at(0, at_seconds(1)), 2.5);
  EXPECT_DOUBLE_EQ(of("time_s\tax_g\n0\t7\n", "ax", "g").at(0, {}), 7);
}

TEST_F(MeasurementsTest, SkipColumnsAsTheFileAsksAndSaySo) {
  const auto walk = of("# ignore = label, note\ntime_s,ax_g,label,note\n0,3,walk,\n", "ax", "g");
  EXPECT_DOUBLE_EQ(walk.at(0, {}), 3);
  EXPECT_THAT(around.notes.assumptions()[0].text,
              HasSubstr("columns skipped as the file asks: label, note"));
}

TEST_F(MeasurementsTest, OfOneFileMayFeedSeveralPartsOfWhichEachTakesItsOwn) {
  Stimulus both = around.csv("time_s,ax_g,mx_uT\n0,0.5,30\n");
  both.columns = std::make_shared<StimulusColumns>();
  const auto inertial = around.open(both, {{"ax", "g"}});
  EXPECT_THROW(both.columns->require_all_taken(), InputError) << "nobody has taken mx yet";
  const auto magnetometer = around.open(both, {{"mx", "gauss"}});
  both.columns->require_all_taken();
  EXPECT_DOUBLE_EQ(inertial.at(0, {}), 0.5);
  EXPECT_DOUBLE_EQ(magnetometer.at(0, {}), 0.3);
}

TEST_F(MeasurementsTest, OfLevelsKeepEachValueUntilTheNext) {
  const auto button =
      around.open(around.csv("time_s,level\n0,1\n1,0\n2,1\n"), {{"level", "", 0, true}});
  EXPECT_EQ(button.at(0, at_seconds(0.9)), 1);
  EXPECT_EQ(button.at(0, at_seconds(1)), 0);
  EXPECT_EQ(button.next_change(at_seconds(0.2)), at_seconds(1));
  EXPECT_EQ(button.next_change(at_seconds(1)), at_seconds(2));
  EXPECT_FALSE(button.next_change(at_seconds(2)).has_value());
}

}  // namespace
}  // namespace tinyscope::test
