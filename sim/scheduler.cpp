#include "sim/scheduler.hpp"

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {

void Event::at(TimePoint when) { scheduler_.schedule(*this, when); }
void Event::after(Duration delay) { scheduler_.schedule(*this, scheduler_.now() + delay); }
void Event::cancel() { scheduler_.cancel(*this); }

void Event::snapshot(StateArchive& archive) {
  bool pending = scheduled();
  // What an idle event was last scheduled for is no state: equal machines give equal bytes.
  TimePoint when = pending ? when_ : TimePoint{};
  std::uint64_t sequence = pending ? sequence_ : 0;
  archive(pending, when.ps, sequence);
  if (!archive.is_loading()) return;
  cancel();
  if (pending) scheduler_.insert(*this, when, sequence);
}

bool Scheduler::before(const Event& a, const Event& b) {
  if (a.when_ != b.when_) return a.when_ < b.when_;
  if (a.priority_ != b.priority_) return a.priority_ < b.priority_;
  return a.sequence_ < b.sequence_;
}

std::optional<TimePoint> Scheduler::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->when_;
}

void Scheduler::set_now(TimePoint time) {
  TINYSCOPE_ASSERT(time >= now_);
  now_ = time;
}

void Scheduler::advance_to(TimePoint time) {
  while (!heap_.empty() && heap_.front()->when_ <= time) {
    Event& event = *heap_.front();
    now_ = std::max(now_, event.when_);
    cancel(event);
    event.action_();
  }
  now_ = std::max(now_, time);
}

void Scheduler::schedule(Event& event, TimePoint at) {
  cancel(event);
  insert(event, std::max(at, now_), next_sequence_++);
}

void Scheduler::insert(Event& event, TimePoint at, std::uint64_t sequence) {
  event.when_ = at;
  event.sequence_ = sequence;
  heap_.push_back(&event);
  event.position_ = heap_.size() - 1;
  sift_up(event.position_);
  ++revision_;
}

void Scheduler::cancel(Event& event) {
  if (!event.scheduled()) return;
  const std::size_t position = event.position_;
  Event* const last = heap_.back();
  heap_.pop_back();
  event.position_ = Event::kIdle;
  if (last != &event) {
    place(*last, position);
    sift_up(position);
    sift_down(last->position_);
  }
  ++revision_;
}

void Scheduler::place(Event& event, std::size_t position) {
  heap_[position] = &event;
  event.position_ = position;
}

void Scheduler::sift_up(std::size_t position) {
  Event* const event = heap_[position];
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!before(*event, *heap_[parent])) break;
    place(*heap_[parent], position);
    position = parent;
  }
  place(*event, position);
}

void Scheduler::sift_down(std::size_t position) {
  Event* const event = heap_[position];
  while (true) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(*heap_[child + 1], *heap_[child])) ++child;
    if (!before(*heap_[child], *event)) break;
    place(*heap_[child], position);
    position = child;
  }
  place(*event, position);
}

}  // namespace tinyscope
