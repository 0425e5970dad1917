#include "sim/bus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/error.hpp"

namespace tinyscope {
namespace {
constexpr std::uint32_t kPageBytes = 4096;
constexpr std::size_t kMaxMappedMemories = 32;
}  // namespace

Memory& Bus::add_memory(std::string name, MemoryKind kind, Address base, std::uint32_t size,
                        std::uint8_t fill) {
  if (size == 0 || size % kPageBytes != 0 || base % kPageBytes != 0) {
    throw InputError(fmt::format(
        "memory '{}': base 0x{:08X} and size 0x{:X} must be multiples of 4096", name, base, size));
  }
  if (size - 1 > 0xFFFFFFFFu - base) {
    throw InputError(fmt::format(
        "memory '{}': 0x{:X} bytes at 0x{:08X} do not fit the address space", name, size, base));
  }
  require_free(name, base, size);
  owned_.push_back(std::make_unique<Memory>(name, kind, base, size, fill));
  map_memory(std::move(name), base, size, *owned_.back(), 0, false);
  return *owned_.back();
}

void Bus::add_memory_alias(std::string name, Address base, std::uint32_t size, Memory& target,
                           std::uint32_t target_offset) {
  if (size == 0 || size % kPageBytes != 0 || base % kPageBytes != 0 ||
      target_offset % kPageBytes != 0 || target_offset > target.size() ||
      size > target.size() - target_offset) {
    throw InputError(fmt::format("alias '{}' does not fit memory '{}'", name, target.name()));
  }
  require_free(name, base, size);
  map_memory(std::move(name), base, size, target, target_offset, true);
}

void Bus::map_memory(std::string name, Address base, std::uint32_t size, Memory& memory,
                     std::uint32_t offset, bool alias) {
  mapped_.reserve(kMaxMappedMemories);  // pages point into it
  TINYSCOPE_ASSERT(mapped_.size() < kMaxMappedMemories);
  mapped_.push_back({std::move(name), base, size, &memory, offset, alias});
  for (std::uint32_t at = 0; at < size; at += kPageBytes)
    make_page(base + at).memory = &mapped_.back();
}

void Bus::add_target(std::string name, Address base, std::uint32_t size, BusTarget& target) {
  add_window(std::move(name), base, size, &target);
}

void Bus::add_unmodelled(std::string name, Address base, std::uint32_t size) {
  add_window(std::move(name), base, size, nullptr);
}

void Bus::add_window(std::string name, Address base, std::uint32_t size, BusTarget* target) {
  if (size == 0 || size - 1 > 0xFFFFFFFFu - base) {
    throw InputError(
        fmt::format("'{}': window of 0x{:X} bytes at 0x{:08X} does not fit the address"
                    " space",
                    name, size, base));
  }
  require_free(name, base, size);
  windows_.push_back(std::make_unique<BusWindow>(BusWindow{std::move(name), base, size, target}));
  const BusWindow* window = windows_.back().get();
  const std::uint32_t first = base >> kPageBits;
  const std::uint32_t last = (base + size - 1) >> kPageBits;
  for (std::uint32_t index = first; index <= last; ++index) {
    make_page(index << kPageBits).windows.push_back(window);
  }
}

void Bus::require_free(std::string_view name, Address base, std::uint32_t size) const {
  const auto overlaps = [&](Address other_base, std::uint32_t other_size) {
    return base <= other_base + (other_size - 1) && other_base <= base + (size - 1);
  };
  const auto refuse = [&](std::string_view other, Address other_base, std::uint32_t other_size) {
    throw InputError(
        fmt::format("'{}' (0x{:08X}, 0x{:X} bytes) overlaps '{}' (0x{:08X}, 0x{:X} bytes)", name,
                    base, size, other, other_base, other_size));
  };
  for (const auto& memory : mapped_) {
    if (overlaps(memory.base, memory.size)) refuse(memory.name, memory.base, memory.size);
  }
  for (const auto& window : windows_) {
    if (overlaps(window->base, window->size)) refuse(window->name, window->base, window->size);
  }
}

std::vector<Bus::Range> Bus::free_ranges(Address base, std::uint32_t size) const {
  std::vector<Range> taken;
  for (const MappedMemory& memory : mapped_) taken.push_back({memory.base, memory.size});
  for (const auto& window : windows_) taken.push_back({window->base, window->size});
  std::sort(taken.begin(), taken.end(),
            [](const Range& a, const Range& b) { return a.base < b.base; });
  std::vector<Range> free;
  std::uint64_t at = base;
  const std::uint64_t end = at + size;
  for (const Range& range : taken) {
    const std::uint64_t begin = std::min<std::uint64_t>(range.base, end);
    if (begin > at) {
      free.push_back({static_cast<Address>(at), static_cast<std::uint32_t>(begin - at)});
    }
    at = std::max(at, std::uint64_t{range.base} + range.size);
    if (at >= end) return free;
  }
  if (at < end) free.push_back({static_cast<Address>(at), static_cast<std::uint32_t>(end - at)});
  return free;
}

const Bus::Page* Bus::page(Address address) const {
  const auto& table = tables_[address >> (kPageBits + kTableBits)];
  if (!table) return nullptr;
  return &(*table)[(address >> kPageBits) & ((1u << kTableBits) - 1)];
}

Bus::Page& Bus::make_page(Address address) {
  auto& table = tables_[address >> (kPageBits + kTableBits)];
  if (!table) table = std::make_unique<Table>();
  return (*table)[(address >> kPageBits) & ((1u << kTableBits) - 1)];
}

const BusWindow* Bus::window_at(Address address) const {
  const Page* found = page(address);
  if (found == nullptr) return nullptr;
  for (const BusWindow* window : found->windows) {
    if (window->contains(address)) return window;
  }
  return nullptr;
}

Bus::MemoryPlace Bus::memory_at(Address address) const {
  const Page* found = page(address);
  if (found == nullptr || found->memory == nullptr) return {};
  const MappedMemory& mapped = *found->memory;
  return {mapped.memory, address - mapped.base + mapped.memory_offset};
}

std::string_view Bus::name_at(Address address) const {
  const Page* found = page(address);
  if (found == nullptr) return {};
  if (found->memory != nullptr) return found->memory->name;
  const BusWindow* window = window_at(address);
  return window != nullptr ? std::string_view(window->name) : std::string_view();
}

BusReply Bus::read(Address address, AccessSize size, TimePoint now, bool debug) {
  if (const MemoryPlace place = memory_at(address); place.memory != nullptr) {
    if (bytes(size) > place.memory->size() - place.offset) return {0, false};
    return {place.memory->read(place.offset, size), true};
  }
  const BusReply reply = read_window(address, size, now, debug);
  if (window_access_ && !debug) {
    window_access_({address, size, false, reply.value, reply.ok, now});
  }
  return reply;
}

BusReply Bus::read_window(Address address, AccessSize size, TimePoint now, bool debug) {
  const BusWindow* window = window_at(address);
  if (window == nullptr) return {0, false};
  const Address offset = address - window->base;
  if (window->target == nullptr) {
    if (!debug)
      notes_.unmodelled(window->name, fmt::format("+0x{:03X}", offset), address, false, 0);
    return {0, true};
  }
  return {window->target->read({offset, size, now, debug, address}) & mask(size), true};
}

bool Bus::write(Address address, AccessSize size, std::uint32_t value, TimePoint now, bool debug) {
  value &= mask(size);
  if (const MemoryPlace place = memory_at(address); place.memory != nullptr) {
    Memory& memory = *place.memory;
    if (bytes(size) > memory.size() - place.offset) return false;
    if (memory.kind() == MemoryKind::kRam || debug) {
      memory.write(place.offset, size, value);
      if (debug && bulk_write_) bulk_write_(address, bytes(size));
      return true;
    }
    FlashWritePolicy* policy = memory.write_policy();
    if (policy == nullptr || !policy->cpu_writes_enabled()) return false;
    const auto outcome =
        policy->cpu_write(place.offset, size, memory.read(place.offset, size), value);
    if (outcome.accepted) memory.write(place.offset, size, outcome.stored);
    return outcome.accepted;
  }
  const bool ok = write_window(address, size, value, now, debug);
  if (window_access_ && !debug) window_access_({address, size, true, value, ok, now});
  return ok;
}

bool Bus::write_window(Address address, AccessSize size, std::uint32_t value, TimePoint now,
                       bool debug) {
  const BusWindow* window = window_at(address);
  if (window == nullptr) return false;
  const Address offset = address - window->base;
  if (window->target == nullptr) {
    if (!debug) {
      notes_.unmodelled(window->name, fmt::format("+0x{:03X}", offset), address, true, value);
    }
    return true;
  }
  window->target->write({offset, size, now, debug, address}, value);
  return true;
}

BusReply Bus::master_read(Address address, AccessSize size, TimePoint now) {
  tell_master_transfer({address, bytes(size), AccessType::kRead, now});
  notes_.set_other_master(true);
  BusReply reply = read(address, size, now);
  notes_.set_other_master(false);
  if (master_view_ != nullptr && reply.ok && memory_at(address).memory != nullptr) {
    std::array<std::uint8_t, sizeof reply.value> held{};
    std::memcpy(held.data(), &reply.value, held.size());
    master_view_->read(address, std::span(held).first(bytes(size)));
    std::memcpy(&reply.value, held.data(), held.size());
  }
  return reply;
}

bool Bus::master_write(Address address, AccessSize size, std::uint32_t value, TimePoint now) {
  tell_master_transfer({address, bytes(size), AccessType::kWrite, now});
  if (const MemoryPlace place = memory_at(address); master_view_ != nullptr &&
                                                    place.memory != nullptr &&
                                                    place.memory->kind() == MemoryKind::kRam) {
    std::array<std::uint8_t, sizeof value> from{};
    std::memcpy(from.data(), &value, from.size());
    return master_copy_in(address, std::span(from).first(bytes(size)));
  }
  notes_.set_other_master(true);
  const bool done = write(address, size, value, now);
  notes_.set_other_master(false);
  if (done && bulk_write_ && memory_at(address).memory != nullptr) {
    bulk_write_(address, bytes(size));
  }
  return done;
}

bool Bus::copy_out(Address address, std::span<std::uint8_t> to) const {
  if (to.empty()) return true;
  const MemoryPlace place = memory_at(address);
  if (place.memory == nullptr || to.size() > place.memory->size() - place.offset) return false;
  std::memcpy(to.data(), place.memory->data() + place.offset, to.size());
  return true;
}

bool Bus::master_copy_out(Address address, std::span<std::uint8_t> to) const {
  if (!copy_out(address, to)) return false;
  if (master_view_ != nullptr && !to.empty()) master_view_->read(address, to);
  return true;
}

bool Bus::master_copy_in(Address address, std::span<const std::uint8_t> from) {
  if (master_view_ == nullptr || from.empty()) return copy_in(address, from);
  const MemoryPlace place = memory_at(address);
  if (place.memory == nullptr || from.size() > place.memory->size() - place.offset) return false;
  const std::uint32_t line_bytes = master_view_->line_bytes();
  while (!from.empty()) {
    const std::size_t left = line_bytes - address % line_bytes;
    const auto part = from.first(std::min(left, from.size()));
    if (!master_view_->write(address, part)) copy_in(address, part);
    address += static_cast<std::uint32_t>(part.size());
    from = from.subspan(part.size());
  }
  return true;
}

bool Bus::copy_in(Address address, std::span<const std::uint8_t> from) {
  if (from.empty()) return true;
  const MemoryPlace place = memory_at(address);
  if (place.memory == nullptr || from.size() > place.memory->size() - place.offset) return false;
  std::memcpy(place.memory->data() + place.offset, from.data(), from.size());
  if (bulk_write_) bulk_write_(address, static_cast<std::uint32_t>(from.size()));
  return true;
}

}  // namespace tinyscope
