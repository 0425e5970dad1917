#include "cores/memory/memory_system.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {

// The banks of a flash work side by side, so each is a block of its own.
std::vector<MemoryBlock> MemorySystem::all_blocks(const Parameters& parameters) {
  std::vector<MemoryBlock> blocks = parameters.blocks;
  for (const FlashWindow& window : parameters.windows) {
    const std::uint32_t bank_bytes =
        parameters.flash ? parameters.flash->size / parameters.flash->banks : window.size;
    const std::uint32_t end = window.offset + window.size;
    for (std::uint32_t from = window.offset; from < end;) {
      const std::uint32_t to = std::min(end, (from / bank_bytes + 1) * bank_bytes);
      blocks.push_back({window.base + (from - window.offset), to - from, 0});
      from = to;
    }
  }
  return blocks;
}

MemorySystem::MemorySystem(const Parameters& parameters)
    : windows_(parameters.flash ? parameters.windows : std::vector<FlashWindow>()),
      map_(all_blocks(parameters)),
      bridges_(parameters.bridges),
      moved_(parameters.moved) {
  if (parameters.flash) flash_.emplace(*parameters.flash);
  check_moved();
}

void MemorySystem::check_moved() {
  std::sort(moved_.begin(), moved_.end(),
            [](const MovedRange& a, const MovedRange& b) { return a.base < b.base; });
  // What is asked of a cache is remembered by how far it lies from the access, so lines must stay
  // lines.
  std::uint32_t line_bytes = 4;
  for (const LineCache* const cache : caches()) {
    line_bytes = std::max(line_bytes, cache->geometry().line_bytes);
  }
  for (std::size_t i = 0; i < moved_.size(); ++i) {
    const MovedRange& range = moved_[i];
    const bool overlaps = i > 0 && range.base - moved_[i - 1].base < moved_[i - 1].size;
    const std::uint32_t grain = window(range.as) == nullptr ? 4 : line_bytes;
    if (range.size == 0 || range.base % 4 != 0 || range.size % 4 != 0 || overlaps ||
        (range.as - range.base) % grain != 0) {
      throw InputError(
          fmt::format("moved range of {} bytes at 0x{:08x}: expected disjoint ranges of whole "
                      "words, moved by a multiple of {} bytes",
                      range.size, range.base, grain));
    }
  }
}

const FlashWindow* MemorySystem::window(Address address) const {
  for (const FlashWindow& candidate : windows_) {
    if (address - candidate.base < candidate.size) return &candidate;
  }
  return nullptr;
}

std::vector<Address> MemorySystem::boundaries() const {
  std::vector<Address> result;
  for (const MovedRange& range : moved_) {
    result.push_back(range.base);
    result.push_back(range.base + range.size);
  }
  return result;
}

unsigned MemorySystem::fetch_wait(Address word, Time at) {
  word = timed_as(word);
  const FlashWindow* const found = window(word);
  return found == nullptr ? 0 : flash_->fetch_wait(word - found->base + found->offset, at);
}

// Stores to flash go to its controller, which takes them without keeping the bus.
unsigned MemorySystem::data_wait(Address address, AccessType type, Time at) {
  const bool write = type == AccessType::kWrite;
  address = timed_as(address);
  if (const FlashWindow* const found = window(address)) {
    return write ? 0 : flash_->data_wait(address - found->base + found->offset, at);
  }
  for (const Bridge& bridge : bridges_) {
    if (address - bridge.base < bridge.size) return write ? bridge.write_wait : bridge.read_wait;
  }
  return 0;
}

void MemorySystem::set_bridge_waits(std::size_t index, unsigned read_wait, unsigned write_wait) {
  bridges_.at(index).read_wait = read_wait;
  bridges_.at(index).write_wait = write_wait;
  bridges_changed_ = true;
}

std::vector<LineCache*> MemorySystem::caches() {
  return flash_ ? flash_->caches() : std::vector<LineCache*>();
}

unsigned MemorySystem::longest_wait() const {
  unsigned longest = flash_ ? flash_->longest_wait() : 0;
  for (const Bridge& bridge : bridges_) {
    longest = std::max({longest, bridge.read_wait + 1, bridge.write_wait + 1});
  }
  return longest;
}

std::uint64_t MemorySystem::settings() const {
  const bool same = number_ < combinations_.size() && !bridges_changed_ &&
                    (!flash_ || flash_->settings() == combinations_[number_].flash);
  if (same) return number_;
  bridges_changed_ = false;
  Combination combination;
  if (flash_) combination.flash = flash_->settings();
  for (const Bridge& bridge : bridges_) {
    combination.waits.push_back(bridge.read_wait);
    combination.waits.push_back(bridge.write_wait);
  }
  const auto known = std::find(combinations_.begin(), combinations_.end(), combination);
  number_ = static_cast<std::size_t>(known - combinations_.begin());
  if (known == combinations_.end()) combinations_.push_back(std::move(combination));
  return number_;
}

// Memory only: a peripheral behind a bridge is not reached by the core in the same cycle.
void MemorySystem::master_access(Address address, Time at) {
  const std::uint8_t number = block(address);
  if (number == 0) return;
  claims_[0] = claims_[1];
  claims_[1] = {number, at};
}

unsigned MemorySystem::contention(Address address, Time at) {
  if (claims_[1].block == 0) return 0;
  for (Claim& claim : claims_) {
    if (claim.at != at || claim.block != block(address)) continue;
    claim = {};
    return 1;
  }
  return 0;
}

void MemorySystem::reset() {
  claims_ = {};
  if (flash_) flash_->reset();
}

void MemorySystem::snapshot(StateArchive& archive) {
  for (Bridge& bridge : bridges_) archive(bridge.read_wait, bridge.write_wait);
  archive(claims_);
  if (flash_) flash_->snapshot(archive);
  bridges_changed_ = true;
}

std::uint64_t MemorySystem::longest_waits(std::uint32_t code_bytes, std::uint32_t accesses) const {
  std::uint64_t longest = flash_ ? flash_->longest_waits(code_bytes, accesses) : 0;
  for (const Bridge& bridge : bridges_) {
    longest = std::max(
        longest, std::uint64_t{accesses} * (std::max(bridge.read_wait, bridge.write_wait) + 1));
  }
  return longest;
}

// Claims in two words behind those of the flash: block, and how far they lie ahead.
MemoryPosition MemorySystem::position(Time now) const {
  MemoryPosition position = flash_ ? flash_->position(now) : MemoryPosition();
  std::size_t place = kLastClaim;
  for (auto claim = claims_.rbegin(); claim != claims_.rend(); ++claim) {
    if (claim->block == 0 || claim->at < now) continue;
    position.words[place--] = claim->block << 32 | (claim->at - now);
  }
  return position;
}

void MemorySystem::set_position(const MemoryPosition& position, Time now) {
  if (flash_) flash_->set_position(position, now);
  const auto claim = [now](std::uint64_t word) {
    return word == 0 ? Claim{} : Claim{word >> 32, now + (word & 0xFFFFFFFFu)};
  };
  claims_ = {claim(position.words[kLastClaim - 1]), claim(position.words[kLastClaim])};
}

}  // namespace tinyscope
