#include "sim/cli/feeding.hpp"

#include <fmt/format.h>

#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {

std::vector<FedPart*> Feeding::parts(const std::string& name) const {
  std::vector<FedPart*> found;
  std::vector<std::string> known;
  bool left_out = false;
  for (const DeviceDescription& description : machine_.board().devices) {
    const bool meant = description.stimulus == name || description.name == name;
    Device* const device = machine_.device(description.name);
    left_out = left_out || (meant && device == nullptr);
    auto* const part = dynamic_cast<FedPart*>(device);
    if (part == nullptr) continue;
    known.push_back(description.stimulus.empty() ? description.name : description.stimulus);
    if (meant) found.push_back(part);
  }
  if (!found.empty()) return found;
  const std::string& board = machine_.board().name;
  if (left_out) {
    throw InputError(fmt::format(
        "'{}': board '{}' has this part only where something feeds it from power-on on; give the "
        "machine its first sound, file or picture when you build it",
        name, board));
  }
  throw InputError(
      fmt::format("board '{}' has nothing called '{}' that can be fed in mid-run; it has: {}",
                  board, name, known.empty() ? "nothing" : join(known)));
}

// Null: nothing is fed.
void Feeding::apply(const std::string& name, const StimulusPiece* piece) const {
  Stimulus stimulus;
  if (piece != nullptr) stimulus.pieces.push_back(*piece);
  stimulus.columns = std::make_shared<StimulusColumns>();
  for (FedPart* const part : parts(name)) part->set_fed(stimulus);
  if (piece != nullptr && !piece->file.empty()) stimulus.columns->require_all_taken();
}

void Feeding::feed(const std::string& name, const StimulusPiece& piece) {
  try {
    apply(name, &piece);
  } catch (...) {
    const auto before = fed_.find(name);
    apply(name, before == fed_.end() ? nullptr : &before->second);
    throw;
  }
  fed_[name] = piece;
}

void Feeding::go_back_to(const Fed& fed) {
  for (const auto& [name, piece] : fed_) {
    if (!fed.contains(name)) apply(name, nullptr);
  }
  for (const auto& [name, piece] : fed) {
    const auto now = fed_.find(name);
    const bool same = now != fed_.end() && now->second.file == piece.file &&
                      now->second.start == piece.start && now->second.times == piece.times;
    if (!same) apply(name, &piece);
  }
  fed_ = fed;
}

}  // namespace tinyscope
