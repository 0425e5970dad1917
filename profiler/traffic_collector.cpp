#include "profiler/traffic_collector.hpp"

#include <algorithm>

namespace tinyscope {
TrafficCollector::TrafficCollector(const SocDescription& soc, const LayerCollector& layers)
    : layers_(layers),
      index_(soc),
      counts_(index_.regions().size()),
      master_counts_(index_.regions().size()),
      run_(index_),
      read_(index_) {}

TrafficCollector::Counts* TrafficCollector::counts_of(std::int32_t layer) {
  const std::size_t owner = static_cast<std::size_t>(layer + 1) * index_.regions().size();
  if (counts_.size() < owner + index_.regions().size())
    counts_.resize(owner + index_.regions().size());
  return &counts_[owner];
}

void TrafficCollector::count(const DataAccess& access, Counts* counts, ByteSet& touched) {
  const MemoryIndex::Place home = index_.find(access.address);
  Counts& sum = counts[home.region];
  const std::uint32_t size = access.size();
  if (access.write) {
    sum.writes += access.count;
    sum.written_bytes += size;
  } else {
    sum.reads += access.count;
    sum.read_bytes += size;
  }
  if (!home.memory) return;
  touched.add(home.byte, size);
  if (!access.write && access.pc != 0) read_.add(home.byte, size);
}

void TrafficCollector::on_accesses(std::span<const DataAccess> accesses) {
  const std::int32_t layer = layers_.call_stack().top().mark.layer;
  if (layer != layer_) switch_to(layer);
  Counts* const mine = counts_of(layer);
  ByteSet& touched = layer < 0 ? run_ : open_.front().bytes;
  for (const DataAccess& access : accesses) {
    if (access.pc == 0) {
      count(access, counts_of(-1), run_);
    } else {
      count(access, mine, touched);
    }
  }
}

void TrafficCollector::on_master_transfer(const MasterTransfer& transfer) {
  Counts& sum = master_counts_[index_.find(transfer.address).region];
  if (transfer.type == AccessType::kWrite) {
    ++sum.writes;
    sum.written_bytes += transfer.bytes;
  } else {
    ++sum.reads;
    sum.read_bytes += transfer.bytes;
  }
}

void TrafficCollector::switch_to(std::int32_t layer) {
  layer_ = layer;
  if (layer < 0) return;
  auto found = std::find_if(open_.begin(), open_.end(),
                            [layer](const OpenSet& set) { return set.layer == layer; });
  if (found == open_.end()) {
    if (open_.size() < kOpenSets) {
      open_.push_back({-1, ByteSet(index_)});
    } else {
      close(open_.back());
    }
    open_.back().layer = layer;
    found = open_.end() - 1;
  }
  std::rotate(open_.begin(), found, found + 1);
}

void TrafficCollector::close(OpenSet& set) {
  if (set.layer < 0) return;
  Counts* const counts = counts_of(set.layer);
  for (std::size_t i = 0; i < index_.regions().size(); ++i) {
    counts[i].working_set += set.bytes.count(index_.regions()[i]);
  }
  run_.add(set.bytes);
  set.bytes.clear();
  set.layer = -1;
}

void TrafficCollector::go_on(TrafficCollector&& before) {
  counts_ = std::move(before.counts_);
  run_ = std::move(before.run_);
  open_ = std::move(before.open_);
  layer_ = before.layer_;
}

void TrafficCollector::finish() {
  for (OpenSet& set : open_) close(set);
  layer_ = -1;
  open_.clear();
  total_.assign(index_.regions().size(), {});
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    Counts& sum = total_[i % index_.regions().size()];
    sum.reads += counts_[i].reads;
    sum.writes += counts_[i].writes;
    sum.read_bytes += counts_[i].read_bytes;
    sum.written_bytes += counts_[i].written_bytes;
  }
  for (std::size_t i = 0; i < index_.regions().size(); ++i) {
    total_[i].working_set = run_.count(index_.regions()[i]);
  }
}

std::vector<TrafficRow> TrafficCollector::rows(const Counts* counts) const {
  std::vector<TrafficRow> rows;
  const auto add = [&](std::size_t i, const Counts& sum, const std::string& suffix) {
    if (sum.reads == 0 && sum.writes == 0) return;
    rows.push_back({index_.regions()[i].name + suffix, sum.reads, sum.writes, sum.read_bytes,
                    sum.written_bytes, sum.working_set});
  };
  const auto all = [&](const Counts* from, const std::string& suffix) {
    for (std::size_t i = MemoryIndex::kFirstMemory; i < index_.regions().size(); ++i)
      add(i, from[i], suffix);
    for (std::size_t i = 0; i < MemoryIndex::kFirstMemory; ++i) add(i, from[i], suffix);
  };
  all(counts, "");
  if (counts == total_.data()) all(master_counts_.data(), " (DMA)");
  return rows;
}

std::vector<TrafficRow> TrafficCollector::of_run() const { return rows(total_.data()); }

std::vector<TrafficRow> TrafficCollector::of_layer(std::uint32_t layer) const {
  const std::size_t owner = (std::size_t{layer} + 1) * index_.regions().size();
  if (owner + index_.regions().size() > counts_.size()) return {};
  return rows(&counts_[owner]);
}

std::vector<bool> TrafficCollector::bytes_read(Address address, std::uint32_t size) const {
  std::vector<bool> read(size);
  const MemoryIndex::Place home = index_.find(address);
  for (std::uint32_t i = 0; home.memory && i < size; ++i) read[i] = read_.contains(home.byte + i);
  return read;
}

}  // namespace tinyscope
