#include "sim/time.hpp"

#include <gtest/gtest.h>

#include "sim/snapshot.hpp"

namespace tinyscope {
namespace {

class ClockAt : public ::testing::TestWithParam<std::uint64_t> {};

// 64 MHz divides a picosecond count evenly, 32768 Hz and 3 Hz do not.
INSTANTIATE_TEST_SUITE_P(Frequencies, ClockAt,
                         ::testing::Values(3u, 32'768u, 64'000'000u, 480'000'000u));

TEST_P(ClockAt, TickTimesRoundTrip) {
  const ClockDomain clock(GetParam(), TimePoint{12'345}, 7);
  for (const std::uint64_t tick : {8u, 9u, 1'000u, 123'457u, 40'000'000u}) {
    EXPECT_EQ(clock.tick_at(clock.time_of(tick)), tick);
    EXPECT_EQ(clock.tick_at(TimePoint{clock.time_of(tick).ps - 1}), tick - 1);
  }
}

TEST_P(ClockAt, DoesNotDriftOverADay) {
  const ClockDomain clock(GetParam());
  const TimePoint day = TimePoint{} + Duration::from_ms(86'400'000);
  EXPECT_EQ(clock.tick_at(day), GetParam() * 86'400u);
}

TEST(ClockDomain, KeepsItsTicksWhenTheFrequencyChanges) {
  ClockDomain clock(1'000'000);
  const TimePoint change = TimePoint{} + Duration::from_us(10);
  clock.set_hz(4'000'000, change);
  EXPECT_EQ(clock.tick_at(change), 10u);
  EXPECT_EQ(clock.tick_at(change + Duration::from_us(10)), 50u);
}

TEST(ClockDomain, CountsTimesBeforeTheAnchorAsTheAnchor) {
  const ClockDomain clock(1'000'000, TimePoint{} + Duration::from_us(5), 3);
  EXPECT_EQ(clock.tick_at(TimePoint{}), 3u);
  EXPECT_EQ(clock.time_of(0), TimePoint{} + Duration::from_us(5));
}

TEST(ClockDomain, RestartsCounting) {
  ClockDomain clock(1'000'000);
  clock.restart(TimePoint{} + Duration::from_us(100));
  EXPECT_EQ(clock.tick_at(TimePoint{} + Duration::from_us(103)), 3u);
}

TEST(ClockDomain, SurvivesASnapshot) {
  ClockDomain clock(32'768, TimePoint{99}, 5);
  StateArchive saved = StateArchive::saving();
  clock.snapshot(saved);
  ClockDomain other(1);
  StateArchive loaded = StateArchive::loading(saved.bytes());
  other.snapshot(loaded);
  EXPECT_EQ(other.hz(), 32'768u);
  EXPECT_EQ(other.time_of(1'000), clock.time_of(1'000));
}

}  // namespace
}  // namespace tinyscope
