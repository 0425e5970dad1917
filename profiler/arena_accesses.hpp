// Where in the arena tensors lie, learnt from what layers read and write there: a tensor is found
// where the layer that makes it wrote a run of bytes of just its size, or one that uses it read
// one. A tensor that lies next to another piece of memory that the same layer uses stays unknown.
#pragma once

#include <cstdint>
#include <vector>

#include "profiler/layer_collector.hpp"
#include "profiler/report.hpp"
#include "sim/access_listener.hpp"

namespace tinyscope {

class ArenaAccesses final : public AccessListener {
 public:
  ArenaAccesses(Address address, std::uint32_t bytes, const LayerCollector& layers);

  void on_accesses(std::span<const DataAccess> accesses) override;
  // The run is over.
  void finish() { close(); }
  // Takes back what finish() did since `before` was copied from this.
  void go_on(ArenaAccesses&& before) {
    layer_ = before.layer_;
    read_ = std::move(before.read_);
    written_ = std::move(before.written_);
    seen_ = std::move(before.seen_);
  }

  // Gives tensors their offsets; `layers` are those of the inference, in the model's order.
  void place(std::vector<ArenaTensor>& tensors, const std::vector<std::uint32_t>& layers) const;

  // Layers beyond this many of the run are not looked at: inferences repeat themselves.
  static constexpr std::size_t kMostLayers = 1024;

 private:
  struct Run {
    std::uint32_t begin = 0;
    std::uint32_t bytes = 0;
  };
  struct Layer {
    std::vector<Run> only_read;
    std::vector<Run> only_written;
    std::vector<Run> written;
  };
  void close();
  static std::vector<Run> runs(const std::vector<bool>& touched);
  const Layer* layer_of(const std::vector<std::uint32_t>& layers, int index) const;
  // Offset of the only run of this size; -1: there is none, or several.
  static std::int32_t only_run(const std::vector<Run>& runs, std::uint32_t bytes);

  Address address_;
  std::uint32_t bytes_;
  const LayerCollector& layers_;
  std::int32_t layer_ = -1;
  std::vector<bool> read_;
  std::vector<bool> written_;
  std::vector<Layer> seen_;  // by layer of the run
};

}  // namespace tinyscope
