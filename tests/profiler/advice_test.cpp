#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profiler/advice/estimates.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ProfileReport with_layer(const std::string& op, KernelKind kind, std::uint64_t cycles,
                         std::uint64_t macs) {
  LayerRow layer;
  layer.op = op;
  layer.kernel_kind = kind;
  layer.cycles = cycles;
  layer.macs = macs;
  layer.energy_uj.value = 100;
  InferenceRow row;
  row.layers = {layer};
  ProfileReport report;
  report.inferences = {row};
  return report;
}

std::vector<AdviceRow> kernels(const ProfileReport& report) {
  std::vector<AdviceRow> rows;
  advise_dsp_kernels(report, rows);
  return rows;
}

TEST(Advice, ReplacesReferenceKernelsByTheRateOfDspKernels) {
  const double rate = dsp_kernel_rate("CONV_2D")->cycles_per_mac;
  const auto rows = kernels(with_layer("CONV_2D", KernelKind::kReference, 20'000, 1000));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_NEAR(rows[0].cycles_saved, 20'000 - 1000 * rate, 1);
  EXPECT_NEAR(rows[0].uj_saved, 100 * (1 - 1000 * rate / 20'000), 0.1);
  EXPECT_THAT(rows[0].how, HasSubstr("estimated"));
  EXPECT_THAT(rows[0].how, HasSubstr("sample"));
}

TEST(Advice, LeavesKernelsAloneThatAreOptimisedFastOrUnknown) {
  EXPECT_THAT(kernels(with_layer("CONV_2D", KernelKind::kOptimised, 20'000, 1000)), IsEmpty());
  EXPECT_THAT(kernels(with_layer("CONV_2D", KernelKind::kReference, 1000, 1000)), IsEmpty());
  EXPECT_THAT(kernels(with_layer("LSTM", KernelKind::kReference, 20'000, 1000)), IsEmpty());
  EXPECT_THAT(kernels({}), IsEmpty());
}

TEST(Advice, ShrinksArenaAndStacksToWhatWasUsed) {
  ProfileReport report;
  report.memory.arena.bytes = 10'000;
  report.memory.arena.used_bytes = 6000;
  report.memory.arena.suggested_bytes = 6100;
  StackRow stack;
  stack.name = "main";
  stack.size_bytes = 8192;
  stack.peak_bytes = 1000;
  report.memory.stacks = {stack};
  std::vector<AdviceRow> rows;
  advise_memory(report, rows);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].ram_bytes_saved, 3900);
  EXPECT_EQ(rows[1].ram_bytes_saved, 8192 - 1280) << "1000 and a quarter, in steps of 64";
  report.memory.stacks[0].overflow = true;
  report.memory.arena.suggested_bytes = 0;
  rows.clear();
  advise_memory(report, rows);
  EXPECT_THAT(rows, IsEmpty());
}

TEST(Advice, RanksByCyclesThenEnergyThenMemory) {
  const auto row = [](const char* title, double cycles, double uj, std::int64_t ram) {
    AdviceRow made;
    made.title = title;
    made.cycles_saved = cycles;
    made.uj_saved = uj;
    made.ram_bytes_saved = ram;
    return made;
  };
  std::vector<AdviceRow> rows = {row("memory", 0, 0, 500), row("loss", -5, 0, 0),
                                 row("energy", 0, 3, 0), row("cycles", 10, 0, 0)};
  rank_advice(rows);
  std::vector<std::string> titles;
  for (const AdviceRow& one : rows) titles.push_back(one.title);
  EXPECT_THAT(titles, ::testing::ElementsAre("cycles", "energy", "memory", "loss"));
}

}  // namespace
}  // namespace tinyscope
