#include "profiler/cache_collector.hpp"

namespace tinyscope {

CacheCollector::CacheCollector(CacheSource source)
    : source_(std::move(source)),
      before_(source_.names.size()),
      now_(source_.names.size()),
      run_(source_.names.size()) {}

void CacheCollector::on_layer(std::int32_t from) {
  source_.read(now_);
  if (from >= 0 && layers_.size() <= static_cast<std::size_t>(from)) {
    layers_.resize(static_cast<std::size_t>(from) + 1, Counts(now_.size()));
  }
  for (std::size_t i = 0; i < now_.size(); ++i) {
    // A reset sets the counters to zero.
    if (now_[i].hits < before_[i].hits || now_[i].misses < before_[i].misses) before_[i] = {};
    const std::uint64_t hits = now_[i].hits - before_[i].hits;
    const std::uint64_t misses = now_[i].misses - before_[i].misses;
    run_[i].hits += hits;
    run_[i].misses += misses;
    if (from >= 0) {
      CacheSource::Counts& layer = layers_[static_cast<std::size_t>(from)][i];
      layer.hits += hits;
      layer.misses += misses;
    }
  }
  before_ = now_;
}

std::vector<CacheRow> CacheCollector::rows(const Counts& counts) const {
  std::vector<CacheRow> rows;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    rows.push_back({source_.names[i], counts[i].hits, counts[i].misses});
  }
  return rows;
}

std::vector<CacheRow> CacheCollector::of_layer(std::uint32_t layer) const {
  return layer < layers_.size() ? rows(layers_[layer]) : std::vector<CacheRow>();
}

}  // namespace tinyscope
