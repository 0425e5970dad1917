// Power traces as instruments write them; the samples here are written by hand.
#include "profiler/measured_trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string error_of(std::string_view content, std::optional<double> volts = 3.0) {
  try {
    parse_power_trace(content, "t.csv", volts, std::nullopt);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

// 2 mA, then 4 mA, at 3 V.
TEST(MeasuredTrace, ReadsPpk2) {
  std::string text = "Timestamp(ms),Current(uA),D0-D7\n";
  for (int i = 0; i < 20; ++i) {
    text += std::to_string(i) + ".0," + (i < 10 ? "2000.5" : "4000") + ",00000000\n";
  }
  const MeasuredTrace trace = parse_power_trace(text, "t.csv", 3.0, std::nullopt);
  EXPECT_EQ(trace.layout, "PPK2");
  EXPECT_NEAR(trace.step_seconds, 1e-3, 1e-12);
  ASSERT_THAT(trace.milliwatts, SizeIs(20));
  EXPECT_NEAR(trace.milliwatts[0], 3 * 2.0005, 1e-9);
  EXPECT_NEAR(trace.milliwatts[19], 12, 1e-9);
  EXPECT_EQ(trace.volts, 0);
}

// Columns and units as in the example of pyjoulescope's downsample_logging.py.
TEST(MeasuredTrace, ReadsJoulescope) {
  std::string text = "time,current,voltage,power,charge,energy\n";
  for (int i = 1; i <= 12; ++i) {
    text += std::to_string(0.5 * i) + ",0.00329505,3.2998,0.0108731,0.197703,0.652385\n";
  }
  const MeasuredTrace trace = parse_power_trace(text, "t.csv", std::nullopt, std::nullopt);
  EXPECT_EQ(trace.layout, "Joulescope");
  EXPECT_NEAR(trace.step_seconds, 0.5, 1e-9);
  EXPECT_NEAR(trace.milliwatts[3], 10.8731, 1e-9);
  EXPECT_NEAR(trace.volts, 3.2998, 1e-9);
}

TEST(MeasuredTrace, ReadsLpm01aOfItsLibraryAndOfTheInstrument) {
  std::string table = "Current (uA), rx timestamp (us), board timestamp (ms)\n";
  for (int i = 0; i < 12; ++i) table += "640.9, " + std::to_string(i * 200) + ", 0\n";
  const MeasuredTrace first = parse_power_trace(table, "t.csv", 3.0, std::nullopt);
  EXPECT_EQ(first.layout, "LPM01A");
  EXPECT_NEAR(first.step_seconds, 200e-6, 1e-12);
  EXPECT_NEAR(first.milliwatts[0], 3 * 0.6409, 1e-9);

  std::string text = "TimeStamp: 003s 450ms, buff 00%\n";
  for (int i = 0; i < 12; ++i) text += "6409-07\n";
  const MeasuredTrace second = parse_power_trace(text, "t.csv", 3.0, 5000.0);
  EXPECT_THAT(second.milliwatts, SizeIs(12));
  EXPECT_NEAR(second.milliwatts[0], 3 * 0.6409, 1e-9);
  EXPECT_NEAR(second.step_seconds, 200e-6, 1e-12);
  EXPECT_THAT(error_of(text), HasSubstr("--trace-rate"));
}

// MLPerf Tiny's trace1-energy.bin: 0xF1, rate, milliwatts.
TEST(MeasuredTrace, ReadsEnergyRunner) {
  std::string content = "\xF1";
  const auto put = [&](float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int i = 0; i < 4; ++i) content += static_cast<char>(bits >> (8 * i) & 0xFFu);
  };
  put(1000.0f);
  for (int i = 0; i < 15; ++i) put(42.5f);
  const MeasuredTrace trace = parse_power_trace(content, "t.bin", std::nullopt, std::nullopt);
  EXPECT_EQ(trace.layout, "EnergyRunner");
  ASSERT_THAT(trace.milliwatts, SizeIs(15));
  EXPECT_EQ(trace.milliwatts[14], 42.5);
  EXPECT_NEAR(trace.step_seconds, 1e-3, 1e-12);
  EXPECT_THAT(error_of(content + "x"), HasSubstr("samples of four bytes"));
}

TEST(MeasuredTrace, ReadsAnyTableWithUnits) {
  std::string text = "Time [ms];Power [uW]\n";
  for (int i = 0; i < 12; ++i) text += std::to_string(2 * i) + ";1500\n";
  const MeasuredTrace trace = parse_power_trace(text, "t.csv", std::nullopt, std::nullopt);
  EXPECT_EQ(trace.layout, "CSV");
  EXPECT_NEAR(trace.milliwatts[0], 1.5, 1e-12);
  EXPECT_NEAR(trace.step_seconds, 2e-3, 1e-12);
}

TEST(MeasuredTrace, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(error_of(""), HasSubstr("is empty"));
  EXPECT_THAT(error_of("a,b,c\n1,2,3\n"), HasSubstr("no header was recognised"));
  const std::string head = "Timestamp(ms),Current(uA)\n";
  EXPECT_THAT(error_of(head + "0,1\n1,x\n"),
              HasSubstr("t.csv:3: expected a number for current in column 2, found 'x'"));
  EXPECT_THAT(error_of(head + "0,1\n1\n"), HasSubstr("t.csv:3: expected a number for current"));
  EXPECT_THAT(error_of(head + "5,1\n1,1\n"), HasSubstr("t.csv:3: time runs backwards"));
  EXPECT_THAT(error_of(head + "0,1\n1,1\n"), HasSubstr("holds 2 samples"));
  EXPECT_THAT(error_of(head + "0,1\n", std::nullopt), HasSubstr("--supply"));
  std::string gap = head;
  for (int i = 0; i < 400; ++i) gap += std::to_string(i < 200 ? i : i + 100'000) + ",1\n";
  EXPECT_THAT(error_of(gap), HasSubstr("samples are missing"));
}

}  // namespace
}  // namespace tinyscope
