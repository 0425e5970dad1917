// Spans of one track of the timeline while a run goes on: each has a begin, an end and a name, and
// they nest. Bounded: when it is full, the shortest go first, so that what remains is what one
// would look at; a caller is never shorter than what it calls, so the rest still nests.
#pragma once

#include <cstdint>
#include <vector>

namespace tinyscope {

class SpanTrack {
 public:
  struct Span {
    std::uint64_t begin = 0;  // cycles
    std::uint64_t end = 0;
    std::uint32_t name = 0;  // whatever the owner numbers
  };

  // Keeps at least half of `most` spans, and at most that many.
  explicit SpanTrack(std::size_t most = kMostSpans) : most_(most) {}

  // Begins a span within the innermost open one; cycles never run backwards.
  void begin(std::uint64_t cycle, std::uint32_t name) { open_.push_back({cycle, cycle, name}); }
  // Ends the innermost open span. Nothing is open: nothing happens.
  void end(std::uint64_t cycle);
  // For tracks that say what is going on, one thing at a time: ends what is open. A state that goes
  // on keeps its span.
  void switch_to(std::uint64_t cycle, std::uint32_t name);
  // The same, with nothing to say.
  void clear(std::uint64_t cycle);

  std::size_t open() const { return open_.size(); }
  std::uint64_t dropped() const { return dropped_; }
  // All that ended, by begin, outer ones first. What is open is ended at `cycle`.
  std::vector<Span> take(std::uint64_t cycle);

  static constexpr std::size_t kMostSpans = 100'000;

 private:
  void keep(const Span& span);
  void drop_shortest();

  std::size_t most_;
  std::vector<Span> open_;      // innermost last
  std::vector<Span> done_;      // in the order of their ends
  std::uint64_t shortest_ = 0;  // shorter spans than this are dropped
  std::uint64_t dropped_ = 0;
};

}  // namespace tinyscope
