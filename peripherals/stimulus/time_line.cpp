#include "peripherals/stimulus/time_line.hpp"

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {

PieceTime::PieceTime(const StimulusPiece& piece, Duration material)
    : start_{piece.start.ps},
      material_(material),
      period_{material.ps + piece.gap.ps},
      times_(period_.ps == 0 ? 1 : piece.times) {
  if (piece.origin == StimulusPiece::Origin::kFirstUse) {
    throw InputError(piece.where +
                     ": from: this part cannot begin at its first use; expected "
                     "\"power_on\"");
  }
  if (piece.length) end_ = start_ + *piece.length;
}

std::optional<PieceTime::Position> PieceTime::at(TimePoint when) const {
  if (when < start_ || (end_ && when >= *end_)) return std::nullopt;
  const std::uint64_t since = when.ps - start_.ps;
  Position position;
  std::uint64_t into = since;
  if (times_ != 1) {
    position.repetition = since / period_.ps;
    into = since % period_.ps;
    if (times_ != 0 && position.repetition >= times_) {
      position.repetition = times_ - 1;
      into = material_.ps;
    }
  }
  position.over = into >= material_.ps;
  position.into = {std::min(into, material_.ps)};
  return position;
}

std::optional<TimePoint> PieceTime::next_border(TimePoint when) const {
  if (when < start_) return start_;
  if (end_ && when >= *end_) return std::nullopt;
  std::optional<TimePoint> next = end_;
  const auto earlier = [&](std::uint64_t ps) {
    if (ps > when.ps && (!next || ps < next->ps)) next = TimePoint{ps};
  };
  const std::uint64_t repetition = times_ == 1 ? 0 : (when.ps - start_.ps) / period_.ps;
  if (times_ == 0 || repetition < times_) {
    const std::uint64_t begin = start_.ps + repetition * period_.ps;
    earlier(begin + material_.ps);
    if (times_ != 1 && !is_last(repetition)) earlier(begin + period_.ps);
  }
  return next;
}

}  // namespace tinyscope
