#include "sim/stimulus.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {

void StimulusColumns::offer(std::vector<std::string> known) {
  for (std::string& name : known) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      known_.push_back(std::move(name));
    }
  }
}

void StimulusColumns::mention(const std::string& what, const std::string& where, bool taken,
                              const std::string& remedy) {
  const auto found = std::find_if(mentions_.begin(), mentions_.end(), [&](const Mention& mention) {
    return mention.what == what && mention.where == where;
  });
  if (found == mentions_.end()) {
    mentions_.push_back({what, where, remedy, taken});
  } else {
    found->taken = found->taken || taken;
  }
}

void StimulusColumns::require_all_taken() const {
  for (const Mention& mention : mentions_) {
    if (mention.taken) continue;
    throw InputError(
        fmt::format("{}: {}: no part that this stimulus feeds knows that; expected {}{}",
                    mention.where, mention.what, join(known_), mention.remedy));
  }
}

const std::string& Stimulus::only_file() const {
  static const std::string kNone;
  if (pieces.empty()) return kNone;
  const StimulusPiece& piece = pieces.front();
  const bool plain = pieces.size() == 1 && !piece.file.empty() && piece.start.ps == 0 &&
                     piece.times == 1 && !piece.length && piece.gain == 1 && piece.noise_rms == 0 &&
                     piece.noise.empty();
  if (plain) return piece.file;
  throw InputError(fmt::format(
      "{}: this part can be fed from one file, from power-on on, without loops, gain or noise",
      piece.where.empty() ? piece.file : piece.where));
}

}  // namespace tinyscope
