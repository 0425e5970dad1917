// The event queue of a machine. Order: time, priority, insertion; so a run is deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "sim/snapshot.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class Scheduler;

// Something that will happen. A member of its owner; cancels itself when destroyed.
class Event {
 public:
  // Among events of one instant a lower priority value fires first.
  Event(Scheduler& scheduler, std::function<void()> action, int priority = 0)
      : scheduler_(scheduler), action_(std::move(action)), priority_(priority) {}
  ~Event() { cancel(); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Schedules the event, or moves it if it is scheduled already. A time in the past means now.
  void at(TimePoint when);
  void after(Duration delay);
  void cancel();
  bool scheduled() const { return position_ != kIdle; }
  TimePoint when() const { return when_; }

  // Saves or restores whether and for when the event is scheduled, and its place among others of
  // the same instant.
  void snapshot(StateArchive& archive);

 private:
  friend class Scheduler;
  static constexpr std::size_t kIdle = static_cast<std::size_t>(-1);

  Scheduler& scheduler_;
  std::function<void()> action_;
  int priority_;
  TimePoint when_{};
  std::uint64_t sequence_ = 0;
  std::size_t position_ = kIdle;  // index in the scheduler's heap
};

class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  TimePoint now() const { return now_; }
  // The time of the next event; nullopt: nothing is scheduled.
  std::optional<TimePoint> next() const;
  // Moves time forward without firing anything; `time` must not lie beyond the next event.
  void set_now(TimePoint time);
  // Moves time forward to `time` and fires every event due until then, in order.
  void advance_to(TimePoint time);
  // Counts changes to the earliest due time, so that a run loop knows when to ask next() again.
  std::uint64_t revision() const { return revision_; }

  void schedule(Event& event, TimePoint at);
  void cancel(Event& event);

  // Restores the clock itself; events restore themselves.
  void snapshot(StateArchive& archive) { archive(now_.ps, next_sequence_); }

 private:
  friend class Event;
  static bool before(const Event& a, const Event& b);
  void insert(Event& event, TimePoint at, std::uint64_t sequence);
  void place(Event& event, std::size_t position);
  void sift_up(std::size_t position);
  void sift_down(std::size_t position);

  TimePoint now_{};
  std::uint64_t next_sequence_ = 0;
  std::uint64_t revision_ = 0;
  std::vector<Event*> heap_;
};

}  // namespace tinyscope
