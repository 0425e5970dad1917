#include "cores/memory/cached_data.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tinyscope {

CachedData::CachedData(LineCache& cache, std::function<bool(Address)> keeps_stores)
    : cache_(cache), keeps_stores_(std::move(keeps_stores)) {
  cache_.set_contents(this);
}

void CachedData::follow(Bus& bus) {
  regions_.clear();
  for (const auto& mapped : bus.memories()) {
    if (mapped.memory->kind() != MemoryKind::kRam) continue;
    regions_.push_back({mapped.base,
                        mapped.size,
                        mapped.memory->data() + mapped.memory_offset,
                        std::vector<std::uint8_t>(mapped.size / kLineBytes),
                        {}});
  }
  bus.set_master_view(this);
}

const CachedData::Region* CachedData::find(Address address) const {
  for (const Region& region : regions_) {
    if (address - region.base < region.size) return &region;
  }
  return nullptr;
}

const std::uint8_t* CachedData::states(Address address, Address& base) const {
  const Region* const region = find(address);
  if (region == nullptr) return nullptr;
  base = region->base;
  return region->states.data();
}

void CachedData::keep_copy(Region& region, std::size_t line) {
  if (region.held.empty()) region.held.resize(region.size);
  std::memcpy(region.held.data() + line * kLineBytes, region.host + line * kLineBytes, kLineBytes);
}

void CachedData::show_copy(Region& region, std::size_t line) {
  std::memcpy(region.host + line * kLineBytes, region.held.data() + line * kLineBytes, kLineBytes);
  const auto offset = static_cast<std::uint32_t>(line * kLineBytes);
  if (changed_) changed_(region.base + offset, kLineBytes);
}

bool CachedData::before_store(Address address, std::uint32_t bytes) {
  Region* const region = find(address);
  if (region == nullptr) return true;
  bool followed = true;
  const std::size_t last =
      std::min(line_of(*region, address + bytes - 1), region->states.size() - 1);
  for (std::size_t line = line_of(*region, address); line <= last; ++line) {
    std::uint8_t& state = region->states[line];
    if (state == kDirty) continue;
    const bool kept = keeps_stores_(address);
    if (state == kStale) {
      followed = false;
      if (!kept) through_.push_back({address, bytes});
    } else if (kept) {
      keep_copy(*region, line);
      state = kDirty;
      fresh_.push_back(region->base + static_cast<std::uint32_t>(line * kLineBytes));
    }
  }
  return followed;
}

void CachedData::settle() {
  for (const Address line : fresh_) {
    Region& region = *find(line);
    std::uint8_t& state = region.states[line_of(region, line)];
    if (state == kDirty && !cache_.is_dirty(line)) state = kSame;
  }
  fresh_.clear();
  for (const Range& range : through_) {
    Region& region = *find(range.address);
    const std::uint32_t offset = range.address - region.base;
    const std::uint32_t bytes = std::min(range.bytes, region.size - offset);
    std::memcpy(region.held.data() + offset, region.host + offset, bytes);
  }
  through_.clear();
}

void CachedData::on_line_lost(Address line, bool dirty) {
  Region* const region = find(line);
  if (region == nullptr) return;
  std::uint8_t& state = region->states[line_of(*region, line)];
  if (state == kSame) return;
  if (!dirty && state == kStale) show_copy(*region, line_of(*region, line));
  state = kSame;
}

void CachedData::cleaned(Address line) {
  if (!cache_.is_dirty(line)) return;
  if (Region* const region = find(line)) region->states[line_of(*region, line)] = kSame;
}

void CachedData::invalidated(Address line) {
  Region* const region = find(line);
  if (region == nullptr) return;
  std::uint8_t& state = region->states[line_of(*region, line)];
  if (state != kSame) show_copy(*region, line_of(*region, line));
  state = kSame;
}

void CachedData::reset() {
  for (Region& region : regions_) std::fill(region.states.begin(), region.states.end(), kSame);
  fresh_.clear();
  through_.clear();
}

void CachedData::snapshot(StateArchive& archive) {
  for (Region& region : regions_) {
    // Few lines of a large memory differ from what the core sees.
    std::vector<std::uint32_t> lines;
    std::vector<std::uint8_t> states;
    std::vector<std::uint8_t> held;
    if (!archive.is_loading()) {
      for (std::size_t line = 0; line < region.states.size(); ++line) {
        if (region.states[line] == kSame) continue;
        lines.push_back(static_cast<std::uint32_t>(line));
        states.push_back(region.states[line]);
        const auto first = region.held.begin() + static_cast<std::ptrdiff_t>(line * kLineBytes);
        held.insert(held.end(), first, first + kLineBytes);
      }
    }
    archive(lines, states, held);
    if (!archive.is_loading()) continue;
    if (!lines.empty() && region.held.empty()) region.held.resize(region.size);
    std::fill(region.states.begin(), region.states.end(), std::uint8_t{kSame});
    for (std::size_t i = 0; i < lines.size(); ++i) {
      region.states.at(lines[i]) = states.at(i);
      std::copy_n(held.begin() + static_cast<std::ptrdiff_t>(i * kLineBytes), kLineBytes,
                  region.held.begin() + static_cast<std::ptrdiff_t>(lines[i] * kLineBytes));
    }
  }
  archive(fresh_, through_);
}

void CachedData::read(Address address, std::span<std::uint8_t> bytes) const {
  const Region* const region = find(address);
  if (region == nullptr || region->held.empty()) return;
  const std::size_t begin = address - region->base;
  const std::size_t end = std::min<std::size_t>(begin + bytes.size(), region->size);
  for (std::size_t at = begin; at < end;) {
    const std::size_t next = std::min(end, (at / kLineBytes + 1) * kLineBytes);
    if (region->states[at / kLineBytes] != kSame) {
      std::memcpy(bytes.data() + (at - begin), region->held.data() + at, next - at);
    }
    at = next;
  }
}

bool CachedData::write(Address address, std::span<const std::uint8_t> bytes) {
  Region* const region = find(address);
  if (region == nullptr || !cache_.holds(address)) return false;
  const std::size_t line = line_of(*region, address);
  std::uint8_t& state = region->states[line];
  if (state == kSame) {
    keep_copy(*region, line);
    state = kStale;
  }
  std::memcpy(region->held.data() + (address - region->base), bytes.data(), bytes.size());
  return true;
}

}  // namespace tinyscope
