#include "cores/cortex_m/insn_cache.hpp"

namespace tinyscope {
namespace {

bool needs_care(const Insn& insn) {
  if (insn.is_fp) return true;
  switch (insn.op) {
    case Op::kDivide:
    case Op::kStoreExclusive: return true;
    default: return false;
  }
}

}  // namespace

const CachedInsn& InsnCache::decode(Address address, bool in_it) {
  std::array<std::uint8_t, 4> code{};
  if (!bus_.copy_out(address, code)) {
    // The last halfword of a memory.
    bus_.copy_out(address, std::span(code).first(2));
  }
  auto entry = std::make_unique<CachedInsn>();
  entry->insn = decoder_.decode(code, address, in_it);
  entry->watched = watched_.contains(address);
  entry->needs_care = needs_care(entry->insn) || entry->watched;

  auto& table = tables_[address >> (kPageBits + kTableBits)];
  if (!table) table = std::make_unique<Table>();
  auto& slot = (*table)[address >> kPageBits & ((1u << kTableBits) - 1)];
  if (!slot) slot = std::make_unique<Page>();
  auto& place = slot->insns[(address & 0xFFFu) >> 1];
  drop(place);
  place = std::move(entry);
  const CachedInsn& result = *place;

  if (result.insn.op == Op::kIt) {
    enter_it_block(result.insn.end(), result.insn.immediate);
  }
  return result;
}

void InsnCache::enter_it_block(Address address, unsigned state) {
  for (unsigned i = it_block_length(state); i > 0; --i) {
    const CachedInsn* const known = find(address);
    address = (known != nullptr && known->insn.in_it ? *known : decode(address, true)).insn.end();
  }
}

void InsnCache::drop(std::unique_ptr<CachedInsn>& place) {
  if (place) dropped_.push_back(std::move(place));
}

bool InsnCache::has_code_in(Address address, std::uint32_t size) const {
  const Address last = (address + (size - 1)) >> kPageBits;
  constexpr Address kTablePages = 1u << kTableBits;
  for (Address number = address >> kPageBits; number <= last; ++number) {
    if (has_code(number << kPageBits)) return true;
    // A large memory is asked about at each entry of the fast path, and few hold code.
    if (tables_[number >> kTableBits] == nullptr) number |= kTablePages - 1;
  }
  return false;
}

bool InsnCache::invalidate(Address address, std::uint32_t size) {
  bool dropped = false;
  // A wide instruction may begin one halfword before the range. An IT before it says of up to four
  // instructions in it that they are conditional, so it has to be met again.
  constexpr Address kItReach = 18;
  const Address first = (address & ~1u) - kItReach;
  for (Address at = first; at - first < size + kItReach + 1; at += 2) {
    Page* const found = page(at);
    if (found == nullptr) continue;
    auto& place = found->insns[(at & 0xFFFu) >> 1];
    const bool overlaps = at - first >= kItReach - 2;
    if (place && (overlaps || place->insn.op == Op::kIt)) {
      drop(place);
      dropped = true;
    }
  }
  return dropped;
}

void InsnCache::clear() {
  for (auto& table : tables_) table.reset();
  dropped_.clear();
  last_page_ = nullptr;
}

void InsnCache::set_watched(Address address, bool watched) {
  if (watched) {
    watched_.insert(address);
  } else {
    watched_.erase(address);
  }
  if (CachedInsn* const entry = find(address); entry != nullptr) {
    entry->watched = watched;
    entry->needs_care = needs_care(entry->insn) || watched;
  }
}

}  // namespace tinyscope
