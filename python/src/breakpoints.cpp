#include "python/src/breakpoints.hpp"

namespace tinyscope {

Breakpoints::~Breakpoints() {
  for (const auto& [id, watch] : watches_) core_.unwatch(watch);
}

Breakpoints::Id Breakpoints::add(Address address) {
  const Id id = ++last_;
  watches_[id] = core_.watch_address(address, [this, id, address] { reached(id, address); });
  return id;
}

Breakpoints::Id Breakpoints::watch(Address address, std::uint32_t size) {
  const Id id = ++last_;
  watches_[id] = core_.watch_stores(address, size, [this, id, address] { hit_(id, address); });
  return id;
}

void Breakpoints::remove(Id id) {
  const auto found = watches_.find(id);
  if (found == watches_.end()) return;
  core_.unwatch(found->second);
  watches_.erase(found);
}

void Breakpoints::reached(Id id, Address address) {
  const std::uint64_t instructions = core_.counts().instructions;
  if (address == resumed_at_ && instructions == resumed_after_) return;
  hit_at_ = address;
  hit_after_ = instructions;
  hit_(id, address);
}

}  // namespace tinyscope
