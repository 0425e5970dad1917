// Data traffic by memory and by layer, counted access by access, and working sets in bytes.
//
// The owner of an access is the layer of the frame on top when its block ran. What the core stacks
// and unstacks for exceptions belongs to no layer. Accesses of other bus masters (DMA) have rows of
// their own, of the run only. Instruction and vector fetches are no data accesses.
//
// A working set is the number of distinct bytes that one layer touched, exact to the byte. A layer
// that is interrupted by inferences of more than kOpenSets - 1 others may count bytes twice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/layer_collector.hpp"
#include "profiler/memory_index.hpp"
#include "profiler/report.hpp"
#include "sim/access_listener.hpp"
#include "sim/bus.hpp"
#include "sim/description/soc.hpp"

namespace tinyscope {

class TrafficCollector final : public AccessListener {
 public:
  TrafficCollector(const SocDescription& soc, const LayerCollector& layers);

  void on_accesses(std::span<const DataAccess> accesses) override;
  void on_master_transfer(const MasterTransfer& transfer);

  // Takes back what finish() did since `before` was copied from this.
  void go_on(TrafficCollector&& before);
  // Brings working sets up to date; call before the two below.
  void finish();
  std::vector<TrafficRow> of_run() const;
  std::vector<TrafficRow> of_layer(std::uint32_t layer) const;

  // Which bytes of [address, address + size) an instruction has read.
  std::vector<bool> bytes_read(Address address, std::uint32_t size) const;

 private:
  static constexpr std::size_t kOpenSets = 4;

  struct Counts {
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t working_set = 0;
  };
  struct OpenSet {
    std::int32_t layer = -1;
    ByteSet bytes;
  };

  void count(const DataAccess& access, Counts* counts, ByteSet& touched);
  void switch_to(std::int32_t layer);
  void close(OpenSet& set);
  std::vector<TrafficRow> rows(const Counts* counts) const;
  Counts* counts_of(std::int32_t layer);

  const LayerCollector& layers_;
  MemoryIndex index_;
  std::vector<Counts> counts_;         // regions of nobody, then of layer 0, 1, …
  std::vector<Counts> master_counts_;  // by region
  std::vector<Counts> total_;          // made by finish()
  ByteSet run_;                        // touched by anybody
  ByteSet read_;                       // read by an instruction
  std::vector<OpenSet> open_;          // of layers, the one used last first
  std::int32_t layer_ = -1;
};

}  // namespace tinyscope
