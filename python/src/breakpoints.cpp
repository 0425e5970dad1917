#include "python/src/breakpoints.hpp"

namespace tinyscope {

Breakpoints::~Breakpoints() {
  for (const auto& [id, point] : points_) core_.unwatch(point.watch);
}

Breakpoints::Id Breakpoints::add(Address address) {
  const Id id = ++last_;
  points_[id].watch = core_.watch_address(address, [this, id, address] { reached(id, address); });
  return id;
}

Breakpoints::Id Breakpoints::watch(Address address, std::uint32_t size) {
  const Id id = ++last_;
  points_[id].watch = core_.watch_stores(address, size, [this, id, address] { hit_(id, address); });
  return id;
}

void Breakpoints::remove(Id id) {
  const auto found = points_.find(id);
  if (found == points_.end()) return;
  core_.unwatch(found->second.watch);
  points_.erase(found);
}

void Breakpoints::reached(Id id, Address address) {
  const std::uint64_t instructions = core_.counts().instructions;
  if (address == resumed_at_ && instructions == resumed_after_) return;
  Point& point = points_.at(id);
  if (point.hit_after == instructions) return;
  point.hit_after = hit_after_ = instructions;
  hit_at_ = address;
  hit_(id, address);
}

void Breakpoints::snapshot(StateArchive& archive) {
  archive(hit_at_, hit_after_);
  if (!archive.is_loading()) return;
  for (auto& [id, point] : points_) point.hit_after = ~std::uint64_t{0};
}

}  // namespace tinyscope
