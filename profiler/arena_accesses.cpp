#include "profiler/arena_accesses.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

// Do both lie in the same memory while both are needed? An operator may write its result over one
// of its inputs.
bool clash(const ArenaTensor& a, const ArenaTensor& b) {
  if (a.offset < 0 || b.offset < 0) return false;
  const auto end = [](const ArenaTensor& tensor) {
    return static_cast<std::uint32_t>(tensor.offset) + tensor.bytes;
  };
  const bool overlap = static_cast<std::uint32_t>(a.offset) < end(b) &&
                       static_cast<std::uint32_t>(b.offset) < end(a);
  return overlap && a.first_layer < b.last_layer && b.first_layer < a.last_layer;
}

}  // namespace

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
  Layer& layer = seen_[index];
  layer.written = runs(written_);
  std::vector<bool> one_way(bytes_);
  std::transform(written_.begin(), written_.end(), read_.begin(), one_way.begin(),
                 [](bool written, bool read) { return written && !read; });
  layer.only_written = runs(one_way);
  std::transform(written_.begin(), written_.end(), read_.begin(), one_way.begin(),
                 [](bool written, bool read) { return read && !written; });
  layer.only_read = runs(one_way);
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

const ArenaAccesses::Layer* ArenaAccesses::layer_of(const std::vector<std::uint32_t>& layers,
                                                    int index) const {
  const auto place = static_cast<std::size_t>(index);
  const bool known = place < layers.size() && layers[place] < seen_.size();
  return known ? &seen_[layers[place]] : nullptr;
}

void ArenaAccesses::place(std::vector<ArenaTensor>& tensors,
                          const std::vector<std::uint32_t>& layers) const {
  const auto alone_at = [&tensors](const ArenaTensor& tensor, int layer) {
    return std::none_of(tensors.begin(), tensors.end(), [&](const ArenaTensor& other) {
      return &other != &tensor && other.bytes == tensor.bytes && other.first_layer <= layer &&
             layer <= other.last_layer;
    });
  };
  for (ArenaTensor& tensor : tensors) {
    if (const Layer* const maker = layer_of(layers, tensor.first_layer); maker != nullptr) {
      tensor.offset = only_run(maker->only_written, tensor.bytes);
      if (tensor.offset < 0) tensor.offset = only_run(maker->written, tensor.bytes);
    }
    // Inputs of the model are written before any layer runs.
    for (int i = tensor.first_layer; tensor.offset < 0 && i <= tensor.last_layer; ++i) {
      const Layer* const user = layer_of(layers, i);
      if (user != nullptr && alone_at(tensor, i)) {
        tensor.offset = only_run(user->only_read, tensor.bytes);
      }
    }
  }
  std::vector<bool> wrong(tensors.size());
  for (std::size_t a = 0; a < tensors.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (!clash(tensors[a], tensors[b])) continue;
      wrong[a] = wrong[b] = true;
    }
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (wrong[i]) tensors[i].offset = -1;
  }
}

}  // namespace tinyscope
