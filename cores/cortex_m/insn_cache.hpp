// Decoded instructions by address, so that each is decoded once. Knows which instructions an IT
// block predicates, because the IT is met first.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>

#include "cores/decode/decoder.hpp"
#include "cores/decode/insn.hpp"
#include "sim/bus.hpp"

namespace tinyscope {

struct CachedInsn {
  Insn insn;
  bool watched = false;  // somebody wants to know when control arrives here
  // The run loop has to look at the instruction before it runs: floating point, divide, exclusive
  // store, wait and the like.
  bool needs_care = false;
};

class InsnCache {
 public:
  InsnCache(const Bus& bus, Decoder& decoder) : bus_(bus), decoder_(decoder) {}

  // The instruction at `address`. The reference stays valid until its code is invalidated.
  const CachedInsn& at(Address address) {
    const CachedInsn* found = find(address);
    return found != nullptr ? *found : decode(address, false);
  }

  // Is there decoded code in the 4 KiB page of `address`?
  bool has_code(Address address) const { return page(address) != nullptr; }
  // Forgets instructions that overlap the range.
  void invalidate(Address address, std::uint32_t size);
  void clear();

  void set_watched(Address address, bool watched);

 private:
  static constexpr unsigned kPageBits = 12, kTableBits = 10;
  struct Page {
    std::array<std::unique_ptr<CachedInsn>, 1u << (kPageBits - 1)> insns;
  };
  using Table = std::array<std::unique_ptr<Page>, 1u << kTableBits>;

  Page* page(Address address) const {
    const auto& table = tables_[address >> (kPageBits + kTableBits)];
    return table ? (*table)[address >> kPageBits & ((1u << kTableBits) - 1)].get() : nullptr;
  }
  CachedInsn* find(Address address) const {
    Page* const found = page(address);
    return found != nullptr ? found->insns[(address & 0xFFFu) >> 1].get() : nullptr;
  }
  const CachedInsn& decode(Address address, bool in_it);

  const Bus& bus_;
  Decoder& decoder_;
  std::set<Address> watched_;
  std::array<std::unique_ptr<Table>, 1u << (32 - kPageBits - kTableBits)> tables_;
};

}  // namespace tinyscope
