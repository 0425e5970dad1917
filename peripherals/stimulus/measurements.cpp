#include "peripherals/stimulus/measurements.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "peripherals/common/gaussian.hpp"
#include "peripherals/stimulus/measurements_builder.hpp"

namespace tinyscope {

Measurements::Measurements(DeviceContext& context, std::span<const Quantity> quantities,
                           std::span<const std::string_view> actions)
    : name_(context.name),
      seed_(context.seed),
      quantities_(quantities.begin(), quantities.end()),
      action_names_(actions.begin(), actions.end()) {
  Builder({name_, seed_, &context.notes, context.stimulus}, quantities_, action_names_)
      .build(pieces_, actions_);
  own_pieces_ = pieces_.size();
  own_actions_ = actions_.size();
}

void Measurements::set_fed(const Stimulus& stimulus) {
  std::vector<Piece> pieces;
  std::vector<Acting> actions;
  Builder({name_, seed_, nullptr, stimulus}, quantities_, action_names_).build(pieces, actions);
  pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(own_pieces_), pieces_.end());
  actions_.erase(actions_.begin() + static_cast<std::ptrdiff_t>(own_actions_), actions_.end());
  std::move(pieces.begin(), pieces.end(), std::back_inserter(pieces_));
  std::move(actions.begin(), actions.end(), std::back_inserter(actions_));
}

bool Measurements::given(std::size_t quantity) const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Piece& piece) { return !piece.values.at(quantity).empty(); });
}

std::optional<std::size_t> Measurements::source(std::size_t quantity, TimePoint when) const {
  for (std::size_t i = pieces_.size(); i-- > 0;) {
    if (!pieces_[i].values.at(quantity).empty() && pieces_[i].time.at(when)) return i;
  }
  return std::nullopt;
}

double Measurements::at(std::size_t quantity, TimePoint when) const {
  const std::optional<std::size_t> index = source(quantity, when);
  if (!index) return quantities_.at(quantity).rest;
  const Piece& piece = pieces_[*index];
  double result = piece.gain * value(piece, *piece.time.at(when), quantity);
  if (const double rms = piece.noise_rms[quantity]; rms != 0) {
    result += rms * gaussian(piece.seed + quantity, when.ps);
  }
  return result;
}

double Measurements::value(const Piece& piece, const PieceTime::Position& position,
                           std::size_t quantity) const {
  const std::vector<double>& values = piece.values[quantity];
  const auto next = std::upper_bound(piece.times.begin(), piece.times.end(), position.into.ps);
  if (next == piece.times.begin()) return values.front();
  const auto row = static_cast<std::size_t>(next - piece.times.begin()) - 1;
  if (quantities_[quantity].steps) return values[row];
  std::uint64_t end = 0;
  double goal = 0;
  if (next != piece.times.end()) {
    end = *next;
    goal = values[row + 1];
  } else if (piece.time.repeats_at_once() && !piece.time.is_last(position.repetition)) {
    end = piece.material.ps;  // on to the first row of the next repetition
    goal = values.front();
  }
  if (end <= piece.times[row]) return values[row];
  const double part = static_cast<double>(position.into.ps - piece.times[row]) /
                      static_cast<double>(end - piece.times[row]);
  return values[row] + part * (goal - values[row]);
}

std::optional<TimePoint> Measurements::next_change(TimePoint when) const {
  std::optional<TimePoint> change;
  const auto consider = [&](std::optional<TimePoint> candidate) {
    if (candidate && *candidate > when && (!change || *candidate < *change)) change = candidate;
  };
  for (const Piece& piece : pieces_) {
    consider(piece.time.next_border(when));
    const auto position = piece.time.at(when);
    if (!position || position->over) continue;
    const auto next = std::upper_bound(piece.times.begin(), piece.times.end(), position->into.ps);
    if (next != piece.times.end()) consider(TimePoint{when.ps + (*next - position->into.ps)});
  }
  for (const Acting& acting : actions_) consider(acting.time.next_border(when));
  return change;
}

std::optional<Measurements::Action> Measurements::action(TimePoint when) const {
  for (std::size_t i = actions_.size(); i-- > 0;) {
    const auto position = actions_[i].time.at(when);
    if (position && !position->over) {
      return Action{actions_[i].kind, position->into, actions_[i].length};
    }
  }
  return std::nullopt;
}

}  // namespace tinyscope
