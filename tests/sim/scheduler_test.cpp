#include "sim/scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;

TimePoint at_ns(std::uint64_t ns) { return TimePoint{} + Duration::from_ns(ns); }

class SchedulerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Event> event(const std::string& name, int priority = 0) {
    return std::make_unique<Event>(
        scheduler_, [this, name] { fired_.push_back(name); }, priority);
  }

  Scheduler scheduler_;
  std::vector<std::string> fired_;
};

TEST_F(SchedulerTest, FiresByTimeThenPriorityThenInsertion) {
  const auto a = event("a"), b = event("b"), urgent = event("urgent", -1), late = event("late");
  late->at(at_ns(20));
  b->at(at_ns(10));
  a->at(at_ns(10));
  urgent->at(at_ns(10));
  scheduler_.advance_to(at_ns(30));
  EXPECT_THAT(fired_, ElementsAre("urgent", "b", "a", "late"));
  EXPECT_EQ(scheduler_.now(), at_ns(30));
}

TEST_F(SchedulerTest, FiresOnlyWhatIsDue) {
  const auto a = event("a"), b = event("b");
  a->at(at_ns(10));
  b->at(at_ns(11));
  EXPECT_EQ(scheduler_.next(), at_ns(10));
  scheduler_.advance_to(at_ns(10));
  EXPECT_THAT(fired_, ElementsAre("a"));
  EXPECT_EQ(scheduler_.next(), at_ns(11));
  EXPECT_FALSE(a->scheduled());
  EXPECT_TRUE(b->scheduled());
}

TEST_F(SchedulerTest, ShowsEachEventItsOwnTime) {
  TimePoint seen{};
  Event event(scheduler_, [&] { seen = scheduler_.now(); });
  event.at(at_ns(7));
  scheduler_.advance_to(at_ns(100));
  EXPECT_EQ(seen, at_ns(7));
}

TEST_F(SchedulerTest, FiresEventsThatWereScheduledWhileFiring) {
  int count = 0;
  Event periodic(scheduler_, [&] {
    if (++count < 5) periodic.after(Duration::from_ns(10));
  });
  periodic.after(Duration::from_ns(10));
  scheduler_.advance_to(at_ns(45));
  EXPECT_EQ(count, 4);
  scheduler_.advance_to(at_ns(50));
  EXPECT_EQ(count, 5);
  EXPECT_EQ(scheduler_.next(), std::nullopt);
}

TEST_F(SchedulerTest, TakesTimesInThePastAsNow) {
  scheduler_.advance_to(at_ns(50));
  const auto a = event("a");
  a->at(at_ns(10));
  EXPECT_EQ(a->when(), at_ns(50));
  scheduler_.advance_to(at_ns(50));
  EXPECT_THAT(fired_, ElementsAre("a"));
}

TEST_F(SchedulerTest, MovesAnEventThatIsScheduledAgain) {
  const auto a = event("a");
  a->at(at_ns(10));
  a->at(at_ns(30));
  scheduler_.advance_to(at_ns(20));
  EXPECT_TRUE(fired_.empty());
  scheduler_.advance_to(at_ns(30));
  EXPECT_THAT(fired_, ElementsAre("a"));
}

TEST_F(SchedulerTest, ForgetsCancelledAndDestroyedEvents) {
  const auto a = event("a");
  auto b = event("b");
  a->at(at_ns(10));
  b->at(at_ns(10));
  a->cancel();
  b.reset();
  scheduler_.advance_to(at_ns(20));
  EXPECT_TRUE(fired_.empty());
}

TEST_F(SchedulerTest, AnEventMayCancelAnotherOfTheSameInstant) {
  const auto victim = event("victim");
  Event first(
      scheduler_, [&] { victim->cancel(); }, -1);
  victim->at(at_ns(10));
  first.at(at_ns(10));
  scheduler_.advance_to(at_ns(10));
  EXPECT_TRUE(fired_.empty());
}

TEST_F(SchedulerTest, CountsChangesToWhatIsDue) {
  const auto a = event("a");
  const std::uint64_t before = scheduler_.revision();
  a->at(at_ns(10));
  const std::uint64_t scheduled = scheduler_.revision();
  EXPECT_NE(scheduled, before);
  a->cancel();
  EXPECT_NE(scheduler_.revision(), scheduled);
}

TEST_F(SchedulerTest, RefusesToMoveTimeBackwards) {
  scheduler_.set_now(at_ns(10));
  EXPECT_THROW(scheduler_.set_now(at_ns(9)), SimulatorFault);
}

// The heap against a sorted list.
TEST_F(SchedulerTest, AgreesWithASortedListOnRandomSchedules) {
  std::mt19937 random(1);
  std::vector<std::unique_ptr<Event>> events;
  std::vector<int> fired;
  for (int i = 0; i < 64; ++i) {
    events.push_back(std::make_unique<Event>(
        scheduler_, [&fired, i] { fired.push_back(i); }, static_cast<int>(i % 3)));
  }
  struct Due {
    std::uint64_t ns;
    int priority;
    int order;
    int index;
  };
  std::vector<Due> expected;
  for (int order = 0; order < 2'000; ++order) {
    const int index = static_cast<int>(random() % 64);
    std::erase_if(expected, [&](const Due& due) { return due.index == index; });
    if (random() % 4 == 0) {
      events[static_cast<std::size_t>(index)]->cancel();
      continue;
    }
    const std::uint64_t ns = random() % 50;
    events[static_cast<std::size_t>(index)]->at(at_ns(ns));
    expected.push_back({ns, index % 3, order, index});
  }
  std::sort(expected.begin(), expected.end(), [](const Due& a, const Due& b) {
    return std::tie(a.ns, a.priority, a.order) < std::tie(b.ns, b.priority, b.order);
  });
  scheduler_.advance_to(at_ns(50));
  ASSERT_EQ(fired.size(), expected.size());
  for (std::size_t i = 0; i < fired.size(); ++i) EXPECT_EQ(fired[i], expected[i].index) << i;
}

TEST_F(SchedulerTest, GivesTheSameFutureAfterASnapshot) {
  const auto a = event("a"), b = event("b"), c = event("c"), idle = event("idle");
  scheduler_.advance_to(at_ns(5));
  c->at(at_ns(20));
  b->at(at_ns(10));
  a->at(at_ns(10));  // after b, although its owner is asked first
  const auto exchange = [&](StateArchive& archive) {
    scheduler_.snapshot(archive);
    a->snapshot(archive);
    b->snapshot(archive);
    c->snapshot(archive);
    idle->snapshot(archive);
  };
  StateArchive saved = StateArchive::saving();
  exchange(saved);

  scheduler_.advance_to(at_ns(30));
  const std::vector<std::string> first = fired_;
  EXPECT_THAT(first, ElementsAre("b", "a", "c"));

  fired_.clear();
  idle->at(at_ns(40));
  StateArchive loaded = StateArchive::loading(saved.bytes());
  exchange(loaded);
  EXPECT_EQ(scheduler_.now(), at_ns(5));
  EXPECT_FALSE(idle->scheduled());
  scheduler_.advance_to(at_ns(30));
  EXPECT_EQ(fired_, first);
}

TEST_F(SchedulerTest, EventsScheduledAfterARestoreComeAfterRestoredOnes) {
  const auto a = event("a"), b = event("b");
  a->at(at_ns(10));
  StateArchive saved = StateArchive::saving();
  scheduler_.snapshot(saved);
  a->snapshot(saved);

  Scheduler fresh;
  std::vector<std::string> fired;
  Event restored(fresh, [&] { fired.push_back("restored"); });
  Event added(fresh, [&] { fired.push_back("added"); });
  StateArchive loaded = StateArchive::loading(saved.bytes());
  fresh.snapshot(loaded);
  restored.snapshot(loaded);
  added.at(at_ns(10));
  fresh.advance_to(at_ns(10));
  EXPECT_THAT(fired, ElementsAre("restored", "added"));
}

}  // namespace
}  // namespace tinyscope
