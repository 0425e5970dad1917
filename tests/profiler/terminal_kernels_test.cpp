// Kernels, notes and the roof in the terminal table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "profiler/exporters/terminal_table.hpp"
#include "profiler/report.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

LayerRow layer(unsigned index, KernelKind kind, std::vector<std::string> notes) {
  LayerRow row;
  row.index = index;
  row.op = "DEPTHWISE_CONV_2D";
  row.kernel = "arm_depthwise_conv_3x3_s8_with_a_long_name";
  row.kernel_kind = kind;
  row.output_shape = {1, 125, 125, 64};
  row.macs = 123'456'789;
  row.roof_percent = 41.7;
  row.cycles = 987'654'321;
  row.notes = std::move(notes);
  return row;
}

ProfileReport report() {
  ProfileReport result;
  result.clock_hz = 64'000'000;
  result.roof = {0.889, "from somewhere"};
  InferenceRow row;
  row.model = "model";
  row.function = "invoke()";
  row.layers = {layer(0, KernelKind::kOptimised, {"slow because"}),
                layer(1, KernelKind::kReference, {}),
                layer(2, KernelKind::kFloat, {"slow because", "another reason"}),
                layer(3, KernelKind::kUnknown, {})};
  for (const LayerRow& part : row.layers) row.cycles += part.cycles;
  result.inferences.push_back(row);
  return result;
}

std::string table(const ProfileReport& report, unsigned width = 120) {
  TerminalOptions options;
  options.width = width;
  std::ostringstream out;
  TerminalTable(options).write(report, out);
  return out.str();
}

TEST(TerminalKernels, MarkKindsAndSayPercentOfTheRoof) {
  const std::string text = table(report());
  EXPECT_THAT(text, HasSubstr(" opt "));
  EXPECT_THAT(text, HasSubstr(" ref "));
  EXPECT_THAT(text, HasSubstr(" f32 "));
  EXPECT_THAT(text, HasSubstr(" roof% "));
  EXPECT_THAT(text, HasSubstr(" 42 "));
  EXPECT_THAT(text, HasSubstr("roof: 0.89 MACs a cycle (from somewhere)"));
}

TEST(TerminalKernels, SayNotesOnceForAllLayersThatShareThem) {
  const std::string text = table(report());
  EXPECT_THAT(text, HasSubstr("#0, #2: slow because\n"));
  EXPECT_THAT(text, HasSubstr("#2: another reason\n"));
}

TEST(TerminalKernels, KeepTheLayerTableWithinTheWidth) {
  std::istringstream lines(table(report()));
  std::string line;
  while (std::getline(lines, line)) EXPECT_LE(line.size(), 120u) << line;
}

TEST(TerminalKernels, SayNothingOfARoofThatNothingIsMeasuredAgainst) {
  ProfileReport unknown = report();
  for (LayerRow& row : unknown.inferences[0].layers) row.roof_percent.reset();
  EXPECT_THAT(table(unknown), Not(HasSubstr("roof:")));
}

}  // namespace
}  // namespace tinyscope
