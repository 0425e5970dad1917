// Every case of tests/timing/m4 through the Cortex-M4 model: the cycles that manuals and
// measurements give.
#include <gtest/gtest.h>

#include "cores/memory/flat_memory_timing.hpp"
#include "tests/cores/timing/timing_case.hpp"

namespace tinyscope::test {
namespace {

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  const auto folder = std::filesystem::path(TINYSCOPE_SOURCE_DIR) / "tests/timing/m4";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".s") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// An STM32F407's memories: flash, SRAM1, SRAM2, CCM.
FlatMemoryTiming memories() {
  return FlatMemoryTiming({{0x0800'0000, 0x10'0000},
                           {0x2000'0000, 0x1'C000},
                           {0x2001'C000, 0x4000},
                           {0x1000'0000, 0x1'0000}});
}

class CortexM4Cases : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(CortexM4Cases, TakesAsLongAsItsSourceSays) {
  TINYSCOPE_NEED_ARM_TOOLS();
  const TimingCase timing_case = read_timing_case(GetParam());
  FlatMemoryTiming memory = memories();
  const auto model = make_timing_model("cortex-m4", memory);
  const StallCycles cycles = CaseWalk(timing_case, *model).run();
  std::string by_cause;
  for (std::size_t i = 0; i < kStallCauseCount; ++i) {
    if (cycles.by_cause[i] != 0) {
      by_cause += fmt::format(" {} {}", name_of(static_cast<StallCause>(i)), cycles.by_cause[i]);
    }
  }
  EXPECT_GE(cycles.total(), timing_case.least) << timing_case.source << ":" << by_cause;
  EXPECT_LE(cycles.total(), timing_case.most) << timing_case.source << ":" << by_cause;
}

INSTANTIATE_TEST_SUITE_P(Files, CortexM4Cases, testing::ValuesIn(case_files()),
                         [](const auto& file) { return file.param.stem().string(); });

TEST(CortexM4CaseFiles, AreAtLeastSixty) { EXPECT_GE(case_files().size(), 60u); }

}  // namespace
}  // namespace tinyscope::test
