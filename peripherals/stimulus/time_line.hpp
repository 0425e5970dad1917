// When a piece of a stimulus plays: from its start, once or several times with gaps, until its
// length is over.
#pragma once

#include <optional>

#include "sim/stimulus.hpp"

namespace tinyscope {

class PieceTime {
 public:
  // `material`: how long the piece's file or action is by itself; a piece without length of its own
  // does not repeat. Throws InputError for a piece that counts from the first use of its part:
  // only sound does.
  PieceTime(const StimulusPiece& piece, Duration material);

  struct Position {
    std::uint64_t repetition = 0;
    Duration into{};    // the material; its end while it is over
    bool over = false;  // in a gap, or behind the last repetition
  };
  // nullopt: the piece has not begun, or it ended and what was before it holds again.
  std::optional<Position> at(TimePoint when) const;
  // The first moment after `when` at which the piece begins, repeats, pauses or ends.
  std::optional<TimePoint> next_border(TimePoint when) const;

  TimePoint start() const { return start_; }
  bool repeats_at_once() const { return times_ != 1 && period_ == material_; }
  // The last repetition, behind which nothing follows.
  bool is_last(std::uint64_t repetition) const { return times_ != 0 && repetition + 1 == times_; }

 private:
  TimePoint start_;
  Duration material_;
  Duration period_;
  std::uint64_t times_;
  std::optional<TimePoint> end_;
};

}  // namespace tinyscope
