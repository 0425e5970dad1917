// Cycles of the core to simulated time.
#include "profiler/time_axis.hpp"

#include <gtest/gtest.h>

namespace tinyscope {
namespace {

TEST(TimeAxis, CountsAtTheFirstClockUntilAChange) {
  const TimeAxis axis(64'000'000);
  EXPECT_EQ(axis.ns(0), 0u);
  EXPECT_EQ(axis.at(1).ps, 15'625u);
  EXPECT_EQ(axis.ns(64'000'000), 1'000'000'000u);
}

TEST(TimeAxis, KeepsEarlierTimesWhenTheClockChanges) {
  TimeAxis axis(4'000'000);  // 250 ns a cycle
  axis.set_clock(80'000'000, 1000);
  axis.set_clock(40'000'000, 1800);
  EXPECT_EQ(axis.ns(1000), 250'000u);
  EXPECT_EQ(axis.ns(500), 125'000u);
  EXPECT_EQ(axis.ns(1800), 260'000u);  // 800 cycles of 12.5 ns
  EXPECT_EQ(axis.ns(1840), 261'000u);  // 40 of 25 ns
  EXPECT_EQ(axis.hz(999), 4'000'000u);
  EXPECT_EQ(axis.hz(1000), 80'000'000u);
}

TEST(TimeAxis, TheLastOfTwoChangesInOneCycleCounts) {
  TimeAxis axis(1'000'000);
  axis.set_clock(2'000'000, 10);
  axis.set_clock(4'000'000, 10);
  EXPECT_EQ(axis.ns(10), 10'000u);
  EXPECT_EQ(axis.ns(14), 11'000u);
}

TEST(TimeAxis, DoesNotDriftOverASecondOfUnevenCycles) {
  TimeAxis axis(3'000'000);  // 333,333.3 ps a cycle
  EXPECT_EQ(axis.at(3'000'000).ps, 1'000'000'000'000u);
  EXPECT_EQ(axis.at(1).ps, 333'334u);  // the first picosecond at which it has happened
}

}  // namespace
}  // namespace tinyscope
