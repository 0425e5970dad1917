// Who wants to know when the core comes to an address, or stores to one.
#include <algorithm>
#include <utility>

#include "cores/cortex_m/core.hpp"

namespace tinyscope {

CortexM::WatchId CortexM::watch_address(Address address, std::function<void()> action) {
  const Address place = address & ~1u;
  address_watches_.emplace(place, AddressWatch{++last_watch_, std::move(action)});
  cache_.set_watched(place, true);
  forget_blocks();
  return last_watch_;
}

CortexM::WatchId CortexM::watch_stores(Address address, std::uint32_t size,
                                       std::function<void()> action) {
  store_watches_.push_back({++last_watch_, address, address + size - 1, std::move(action)});
  store_watch_first_ = std::min(store_watch_first_, address);
  store_watch_last_ = std::max(store_watch_last_, address + size - 1);
  return last_watch_;
}

void CortexM::unwatch(WatchId watch) {
  for (auto& [address, each] : address_watches_) {
    if (each.id == watch) each.action = nullptr;
  }
  for (StoreWatch& each : store_watches_) {
    if (each.id == watch) each.action = nullptr;
  }
  if (!telling_watches_) drop_removed_watches();
}

void CortexM::drop_removed_watches() {
  for (auto each = address_watches_.begin(); each != address_watches_.end();) {
    if (each->second.action) {
      ++each;
      continue;
    }
    const Address address = each->first;
    each = address_watches_.erase(each);
    if (address_watches_.contains(address)) continue;
    cache_.set_watched(address, false);
    forget_blocks();
  }
  std::erase_if(store_watches_, [](const StoreWatch& watch) { return !watch.action; });
  store_watch_first_ = 0xFFFFFFFFu;
  store_watch_last_ = 0;
  for (const StoreWatch& watch : store_watches_) {
    store_watch_first_ = std::min(store_watch_first_, watch.first);
    store_watch_last_ = std::max(store_watch_last_, watch.last);
  }
}

// Actions are copied before they run, since they may remove themselves.
void CortexM::tell_address_watches(Address address) {
  telling_watches_ = true;
  const auto [first, last] = address_watches_.equal_range(address);
  for (auto watch = first; watch != last; ++watch) {
    if (const auto action = watch->second.action) action();
  }
  telling_watches_ = false;
  drop_removed_watches();
  refresh_deadline();
}

void CortexM::tell_store_watches(std::span<const MemoryAccess> accesses) {
  telling_watches_ = true;
  for (std::size_t i = 0; i < store_watches_.size(); ++i) {
    const auto touches = [&](const MemoryAccess& access) {
      return access.write && access.address <= store_watches_[i].last &&
             access.address + access.size > store_watches_[i].first;
    };
    if (std::none_of(accesses.begin(), accesses.end(), touches)) continue;
    if (const auto action = store_watches_[i].action) action();
  }
  telling_watches_ = false;
  drop_removed_watches();
  refresh_deadline();
}

}  // namespace tinyscope
