#include "cores/cortex_m/mpu.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

constexpr std::uint32_t kRasrEnable = 1u << 0;
constexpr std::uint32_t kRasrXn = 1u << 28;
constexpr std::uint32_t kRbarValid = 1u << 4;
constexpr Address kPpbBase = 0xE0000000u;
constexpr Address kPpbEnd = 0xE0100000u;

// Execute-never regions of the default memory map (Arm DDI 0403E, B3.1): peripherals, devices
// and everything from the private peripheral bus up.
bool default_map_allows(Address address, AccessType type) {
  if (type != AccessType::kFetch) return true;
  return address < 0x40000000u || (address >= 0x60000000u && address < 0xA0000000u);
}

// Table B3-15, access permissions AP of RASR.
bool permission_allows(std::uint32_t ap, bool write, bool privileged) {
  switch (ap) {
    case 1: return privileged;
    case 2: return privileged || !write;
    case 3: return true;
    case 5: return privileged && !write;
    case 6:
    case 7: return !write;
    default: return false;
  }
}

// Arm DDI 0403E, B3.1.
MemoryAttributes default_attributes(Address address) {
  constexpr MemoryAttributes kWriteThrough = {MemoryType::kNormal, CachePolicy::kWriteThrough,
                                              false};
  constexpr MemoryAttributes kWriteBack = {MemoryType::kNormal,
                                           CachePolicy::kWriteBackWriteAllocate, false};
  constexpr MemoryAttributes kDevice = {MemoryType::kDevice, CachePolicy::kNonCacheable, true};
  switch (address >> 29) {
    case 0: return kWriteThrough;
    case 1:
    case 3: return kWriteBack;
    case 4: return kWriteThrough;
    default: break;
  }
  if (address < kPpbBase || address >= kPpbEnd) return kDevice;
  return {MemoryType::kStronglyOrdered, CachePolicy::kNonCacheable, true};
}

// Table B3-13, encoding of TEX, C, B and S of RASR; the inner policy counts.
MemoryAttributes region_attributes(std::uint32_t rasr) {
  constexpr CachePolicy kPolicies[] = {CachePolicy::kNonCacheable,
                                       CachePolicy::kWriteBackWriteAllocate,
                                       CachePolicy::kWriteThrough, CachePolicy::kWriteBack};
  const std::uint32_t tex = rasr >> 19 & 7u;
  const std::uint32_t cb = rasr >> 16 & 3u;
  const bool shareable = (rasr >> 18 & 1u) != 0;
  if ((tex & 4u) != 0) return {MemoryType::kNormal, kPolicies[cb], shareable};
  if (tex == 2) return {MemoryType::kDevice, CachePolicy::kNonCacheable, cb != 0};
  if (tex == 0 && cb == 0) {
    return {MemoryType::kStronglyOrdered, CachePolicy::kNonCacheable, true};
  }
  if (tex == 0 && cb == 1) return {MemoryType::kDevice, CachePolicy::kNonCacheable, true};
  if (tex == 0) return {MemoryType::kNormal, kPolicies[cb], shareable};
  const CachePolicy policy =
      cb == 3 ? CachePolicy::kWriteBackWriteAllocate : CachePolicy::kNonCacheable;
  return {MemoryType::kNormal, policy, shareable};
}

}  // namespace

void Mpu::add_registers(RegisterFile& registers) {
  const auto count = static_cast<std::uint32_t>(regions_.size());
  registers.add(0xD90, "MPU_TYPE").read_only().on_read([count] { return count << 8; });
  registers.add(0xD94, "MPU_CTRL")
      .on_read([this] { return control_; })
      .on_write([this, count](std::uint32_t value) {
        control_ = count == 0 ? 0 : value & 7u;
        changed();
      });
  registers.add(0xD98, "MPU_RNR")
      .on_read([this] { return number_; })
      .on_write([this, count](std::uint32_t value) {
        if (count != 0) number_ = (value & 0xFFu) % count;
      });
  // RBAR and RASR and their three aliases.
  for (Address alias = 0; alias < 4; ++alias) {
    registers.add(0xD9C + 8 * alias, alias == 0 ? "MPU_RBAR" : "MPU_RBAR_A")
        .on_read([this] { return regions_.empty() ? 0 : regions_[number_].rbar | number_; })
        .on_write([this, count](std::uint32_t value) {
          if (count == 0) return;
          if ((value & kRbarValid) != 0) number_ = (value & 0xFu) % count;
          regions_[number_].rbar = value & ~0x1Fu;
          changed();
        });
    registers.add(0xDA0 + 8 * alias, alias == 0 ? "MPU_RASR" : "MPU_RASR_A")
        .on_read([this] { return regions_.empty() ? 0 : regions_[number_].rasr; })
        .on_write([this](std::uint32_t value) {
          if (regions_.empty()) return;
          regions_[number_].rasr = value;
          changed();
        });
  }
}

bool Mpu::allows(Address address, std::uint32_t size, AccessType type, bool privileged,
                 bool negative_priority) const {
  if (!enabled() || (negative_priority && (control_ & kHfnmiena) == 0)) {
    return default_map_allows(address, type);
  }
  Known& known = known_[static_cast<std::size_t>(type)];
  const Address last = address + std::max(size, 1u) - 1;
  if (address < known.first || address > known.last || known.privileged != privileged) {
    known = find_out(address, type, privileged);
  }
  return known.allowed && (last <= known.last || allows_byte(last, type, privileged));
}

Mpu::Known Mpu::find_out(Address address, AccessType type, bool privileged) const {
  Known found{0, 0xFFFF'FFFFu, privileged, allows_byte(address, type, privileged)};
  std::vector<Address> bounds = boundaries();
  // Those of the default memory map.
  bounds.insert(bounds.end(), {0x4000'0000u, 0x6000'0000u, 0xA000'0000u, kPpbBase, kPpbEnd});
  for (const Address bound : bounds) {
    if (bound <= address) {
      found.first = std::max(found.first, bound);
    } else {
      found.last = std::min(found.last, bound - 1);
    }
  }
  return found;
}

// The highest-numbered matching region decides.
const Mpu::Region* Mpu::region_of(Address address) const {
  for (auto region = regions_.rbegin(); region != regions_.rend(); ++region) {
    if ((region->rasr & kRasrEnable) == 0) continue;
    const std::uint32_t size_field = region->rasr >> 1 & 0x1Fu;
    if (size_field < 4) continue;  // smallest region: 32 bytes
    const std::uint64_t size = std::uint64_t{2} << size_field;
    const Address base = region->rbar & ~static_cast<std::uint32_t>(size - 1);
    if (address < base || address - base >= size) continue;
    if (size >= 256) {
      const std::uint64_t subregion = (address - base) / (size / 8);
      if ((region->rasr >> (8 + subregion) & 1u) != 0) continue;
    }
    return &*region;
  }
  return nullptr;
}

bool Mpu::allows_byte(Address address, AccessType type, bool privileged) const {
  if (address >= kPpbBase && address < kPpbEnd) return type != AccessType::kFetch;
  if (const Region* const region = region_of(address)) {
    const std::uint32_t ap = region->rasr >> 24 & 7u;
    if (type == AccessType::kFetch) {
      return (region->rasr & kRasrXn) == 0 && permission_allows(ap, false, privileged) &&
             default_map_allows(address, type);
    }
    return permission_allows(ap, type == AccessType::kWrite, privileged);
  }
  return privileged && (control_ & kPrivdefena) != 0 && default_map_allows(address, type);
}

MemoryAttributes Mpu::attributes(Address address) const {
  const bool private_bus = address >= kPpbBase && address < kPpbEnd;
  const Region* const region = enabled() && !private_bus ? region_of(address) : nullptr;
  return region != nullptr ? region_attributes(region->rasr) : default_attributes(address);
}

std::vector<AttributeRange> Mpu::attribute_ranges() const {
  std::vector<Address> bounds = {0};
  for (Address region = 1; region < 8; ++region) bounds.push_back(region << 29);
  bounds.push_back(kPpbEnd);
  if (enabled()) {
    const std::vector<Address> regions = boundaries();
    bounds.insert(bounds.end(), regions.begin(), regions.end());
  }
  std::sort(bounds.begin(), bounds.end());
  std::vector<AttributeRange> ranges;
  for (const Address bound : bounds) {
    const MemoryAttributes found = attributes(bound);
    if (ranges.empty() || ranges.back().attributes != found) ranges.push_back({bound, found});
  }
  return ranges;
}

std::vector<Address> Mpu::boundaries() const {
  std::vector<Address> found;
  for (const Region& region : regions_) {
    const std::uint32_t size_field = region.rasr >> 1 & 0x1Fu;
    if ((region.rasr & kRasrEnable) == 0 || size_field < 4) continue;
    const std::uint64_t size = std::uint64_t{2} << size_field;
    const Address base = region.rbar & ~static_cast<std::uint32_t>(size - 1);
    const std::uint64_t step = size >= 256 && (region.rasr >> 8 & 0xFFu) != 0 ? size / 8 : size;
    for (std::uint64_t at = base; at <= base + size && at <= 0xFFFF'FFFFu; at += step) {
      found.push_back(static_cast<Address>(at));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

void Mpu::reset() {
  for (Region& region : regions_) region = Region{};
  control_ = 0;
  number_ = 0;
  changed();
}

void Mpu::snapshot(StateArchive& archive) {
  const std::vector<Region> regions = regions_;
  const std::uint32_t control = control_;
  archive(regions_, control_, number_);
  if (!archive.is_loading() || (regions_ == regions && control_ == control)) return;
  ++version_;
  known_ = {};
}

}  // namespace tinyscope
