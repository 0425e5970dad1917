#include "profiler/arena_accesses.hpp"

#include <algorithm>

namespace tinyscope {

ArenaAccesses::ArenaAccesses(Address address, std::uint32_t bytes, const LayerCollector& layers)
    : address_(address), bytes_(bytes), layers_(layers), read_(bytes), written_(bytes) {}

void ArenaAccesses::on_accesses(std::span<const DataAccess> accesses) {
  const std::int32_t layer = layers_.call_stack().top().mark.layer;
  if (layer < 0 || static_cast<std::size_t>(layer) >= kMostLayers) return;
  if (layer != layer_) {
    close();
    layer_ = layer;
  }
  for (const DataAccess& access : accesses) {
    const std::uint32_t offset = access.address - address_;
    if (offset >= bytes_ || access.size() > bytes_ - offset || access.pc == 0) continue;
    std::vector<bool>& touched = access.write ? written_ : read_;
    for (std::uint32_t i = offset; i < offset + access.size(); ++i) touched[i] = true;
  }
}

std::vector<ArenaAccesses::Run> ArenaAccesses::runs(const std::vector<bool>& touched) {
  std::vector<Run> runs;
  auto at = touched.begin();
  while (at != touched.end()) {
    const auto begin = std::find(at, touched.end(), true);
    at = std::find(begin, touched.end(), false);
    if (begin == touched.end()) break;
    runs.push_back({static_cast<std::uint32_t>(begin - touched.begin()),
                    static_cast<std::uint32_t>(at - begin)});
  }
  return runs;
}

void ArenaAccesses::close() {
  if (layer_ < 0) return;
  const auto index = static_cast<std::size_t>(layer_);
  if (seen_.size() <= index) seen_.resize(index + 1);
  seen_[index] = {runs(read_), runs(written_)};
  std::fill(read_.begin(), read_.end(), false);
  std::fill(written_.begin(), written_.end(), false);
  layer_ = -1;
}

std::int32_t ArenaAccesses::only_run(const std::vector<Run>& runs, std::uint32_t bytes) {
  std::int32_t offset = -1;
  for (const Run& run : runs) {
    if (run.bytes != bytes) continue;
    if (offset >= 0) return -1;
    offset = static_cast<std::int32_t>(run.begin);
  }
  return offset;
}

void ArenaAccesses::place(std::vector<ArenaTensor>& tensors,
                          const std::vector<std::uint32_t>& layers) const {
  const auto layer = [&](int index) -> const Layer* {
    const auto place = static_cast<std::size_t>(index);
    const bool known = place < layers.size() && layers[place] < seen_.size();
    return known ? &seen_[layers[place]] : nullptr;
  };
  for (ArenaTensor& tensor : tensors) {
    if (const Layer* const maker = layer(tensor.first_layer); maker != nullptr) {
      tensor.offset = only_run(maker->written, tensor.bytes);
    }
    // Inputs are written before any layer runs.
    for (int i = tensor.first_layer; tensor.offset < 0 && i <= tensor.last_layer; ++i) {
      if (const Layer* const user = layer(i); user != nullptr) {
        tensor.offset = only_run(user->read, tensor.bytes);
      }
    }
  }
}

}  // namespace tinyscope
