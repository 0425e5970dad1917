// Decoded instructions by address, so that each is decoded once. Knows which instructions an IT
// block predicates, because the IT is met first.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "cores/decode/decoder.hpp"
#include "cores/decode/insn.hpp"
#include "sim/bus.hpp"

namespace tinyscope {

struct CachedInsn {
  Insn insn;
  bool watched = false;  // somebody wants to know when control arrives here
  // The run loop has to look at the instruction before it runs: floating point, divide, exclusive
  // store, or watched.
  bool needs_care = false;
};

class InsnCache {
 public:
  InsnCache(const Bus& bus, Decoder& decoder) : bus_(bus), decoder_(decoder) {}

  // The instruction at `address`. The reference stays valid until its code is invalidated.
  const CachedInsn& at(Address address) {
    if (address >> kPageBits != last_number_ || last_page_ == nullptr) {
      last_number_ = address >> kPageBits;
      last_page_ = find_page(address);
    }
    const CachedInsn* found = find(address);
    return found != nullptr ? *found : decode(address, false);
  }

  // Decodes what is left of an IT block that is entered in its middle; `state` is ITSTATE there.
  void enter_it_block(Address address, unsigned state);

  // Is there decoded code in the 4 KiB page of `address`?
  bool has_code(Address address) const { return page(address) != nullptr; }
  // Is there decoded code in a page that the range touches?
  bool has_code_in(Address address, std::uint32_t size) const;
  // Forgets instructions that overlap the range. References to them stay valid until
  // release_dropped(), since the running instruction may be among them. False: there were none.
  bool invalidate(Address address, std::uint32_t size);
  void clear();
  bool has_dropped() const { return !dropped_.empty(); }
  void release_dropped() { dropped_.clear(); }

  void set_watched(Address address, bool watched);

 private:
  static constexpr unsigned kPageBits = 12, kTableBits = 10;
  struct Page {
    std::array<std::unique_ptr<CachedInsn>, 1u << (kPageBits - 1)> insns;
  };
  using Table = std::array<std::unique_ptr<Page>, 1u << kTableBits>;

  Page* page(Address address) const {
    // Code runs in the page it ran in.
    if (last_page_ != nullptr && address >> kPageBits == last_number_) return last_page_;
    return find_page(address);
  }
  Page* find_page(Address address) const {
    const auto& table = tables_[address >> (kPageBits + kTableBits)];
    return table ? (*table)[address >> kPageBits & ((1u << kTableBits) - 1)].get() : nullptr;
  }
  CachedInsn* find(Address address) const {
    Page* const found = page(address);
    return found != nullptr ? found->insns[(address & 0xFFFu) >> 1].get() : nullptr;
  }
  const CachedInsn& decode(Address address, bool in_it);
  void drop(std::unique_ptr<CachedInsn>& place);

  const Bus& bus_;
  Decoder& decoder_;
  std::set<Address> watched_;
  std::vector<std::unique_ptr<CachedInsn>> dropped_;
  std::array<std::unique_ptr<Table>, 1u << (32 - kPageBits - kTableBits)> tables_;
  Address last_number_ = 0;  // of the page that at() was asked for last
  Page* last_page_ = nullptr;
};

}  // namespace tinyscope
