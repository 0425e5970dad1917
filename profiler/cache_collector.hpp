// What caches answered, by layer: the difference of their counters from when a layer began to run
// to when something else does. Whatever asked meanwhile, an exception entry for example, is in it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "profiler/report.hpp"

namespace tinyscope {

// The caches of a chip. `read` writes hits and misses since reset of each, in the order of `names`.
struct CacheSource {
  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  std::vector<std::string> names;
  std::function<void(std::vector<Counts>& counts)> read;
};

class CacheCollector {
 public:
  explicit CacheCollector(CacheSource source);

  // The run had begun before: what was answered until now does not count.
  void begin() { source_.read(before_); }

  // See LayerWatch.
  void on_layer(std::int32_t from);

  std::vector<CacheRow> of_run() const { return rows(run_); }
  std::vector<CacheRow> of_layer(std::uint32_t layer) const;

 private:
  using Counts = std::vector<CacheSource::Counts>;
  std::vector<CacheRow> rows(const Counts& counts) const;

  CacheSource source_;
  Counts before_;
  Counts now_;
  Counts run_;
  std::vector<Counts> layers_;
};

}  // namespace tinyscope
