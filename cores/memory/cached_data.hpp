// What the data cache holds as data: where the core and memory see different things.
//
// Host memory is what the core sees. For lines that memory holds otherwise there is a copy of what
// it holds: lines that the core has written and the cache has not written back (dirty), and lines
// that another master has written while the cache holds them (stale). A dirty line that goes takes
// its copy along: memory now holds what the core wrote. A stale one makes it the core's.
//
// Not modelled: a core that looks past dirty lines because its cache has been switched off.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cores/memory/line_cache.hpp"
#include "sim/bus.hpp"
#include "sim/master_view.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class CachedData final : public MasterView, private LineCache::Contents {
 public:
  enum State : std::uint8_t { kSame, kDirty, kStale };

  // `keeps_stores`: does a store to this address stay in the cache?
  CachedData(LineCache& cache, std::function<bool(Address)> keeps_stores);
  CachedData(const CachedData&) = delete;
  CachedData& operator=(const CachedData&) = delete;

  // Follows all RAM of the bus, and what other masters do to it.
  void follow(Bus& bus);
  // Called when the core begins to see something else in a range without having written it.
  void on_change(std::function<void(Address, std::uint32_t)> listener) {
    changed_ = std::move(listener);
  }

  // State by line of the memory at `address`, from `base` on; null: the cache never holds it.
  const std::uint8_t* states(Address address, Address& base) const;
  // To be called before the core stores. False: the range touches a stale line, so that the store
  // has to be followed one by one.
  bool before_store(Address address, std::uint32_t bytes);
  // To be called when the cache has been asked about these stores.
  bool unsettled() const { return !fresh_.empty() || !through_.empty(); }
  void settle();

  // Maintenance, before the line goes.
  void cleaned(Address line);
  void invalidated(Address line);
  void reset();
  void snapshot(StateArchive& archive);

  // MasterView
  void read(Address address, std::span<std::uint8_t> bytes) const override;
  bool write(Address address, std::span<const std::uint8_t> bytes) override;
  std::uint32_t line_bytes() const override { return kLineBytes; }

 private:
  static constexpr std::uint32_t kLineBytes = 32;
  struct Region {
    Address base = 0;
    std::uint32_t size = 0;
    std::uint8_t* host = nullptr;
    std::vector<std::uint8_t> states;  // by line
    std::vector<std::uint8_t> held;    // what memory holds, where it differs; empty: nowhere yet
  };
  struct Range {
    Address address = 0;
    std::uint32_t bytes = 0;
  };

  void on_line_lost(Address line, bool dirty) override;
  const Region* find(Address address) const;
  Region* find(Address address) {
    return const_cast<Region*>(static_cast<const CachedData*>(this)->find(address));
  }
  static std::size_t line_of(const Region& region, Address address) {
    return (address - region.base) / kLineBytes;
  }
  static void keep_copy(Region& region, std::size_t line);
  void show_copy(Region& region, std::size_t line);

  LineCache& cache_;
  std::function<bool(Address)> keeps_stores_;
  std::function<void(Address, std::uint32_t)> changed_;
  std::vector<Region> regions_;
  std::vector<Address> fresh_;  // lines that stores to come may make dirty
  std::vector<Range> through_;  // stores to stale lines, which memory sees as well
};

}  // namespace tinyscope
