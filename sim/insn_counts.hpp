// How often each instruction of a run retired and what it cost, by cause.
//
// Counted are instructions: what they took, waits before them, early ends and lazy stacking
// included. Exception entries and returns, and sleep, belong to no instruction.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/listener.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct InsnCount {
  Address address = 0;
  std::uint64_t count = 0;  // retired, skipped ones of an IT block included
  StallCycles stalls;       // total() is what it took
};

class InsnCounts {
 public:
  InsnCounts() = default;
  InsnCounts(const InsnCounts&) = delete;
  InsnCounts& operator=(const InsnCounts&) = delete;

  // The entry of the instruction at `address`, new if it has not been met; valid until the next
  // call.
  InsnCount& at(Address address) {
    if (last_page_ == nullptr || address >> kPageBits != last_number_) {
      last_number_ = address >> kPageBits;
      last_page_ = &page(address);
    }
    std::uint32_t& place = (*last_page_)[(address & ((1u << kPageBits) - 1)) >> 1];
    return place != 0 ? counts_[place - 1] : add(place, address);
  }
  // All instructions met, by address.
  std::vector<InsnCount> by_address() const;
  void clear();

 private:
  static constexpr unsigned kPageBits = 12, kTableBits = 10;
  using Page = std::array<std::uint32_t, 1u << (kPageBits - 1)>;  // index + 1; 0: none
  using Table = std::array<std::unique_ptr<Page>, 1u << kTableBits>;

  Page& page(Address address);
  InsnCount& add(std::uint32_t& place, Address address);

  std::array<std::unique_ptr<Table>, 1u << (32 - kPageBits - kTableBits)> tables_;
  std::vector<InsnCount> counts_;  // in the order of their first run
  Address last_number_ = 0;        // of the page that at() was asked for last
  Page* last_page_ = nullptr;
};

}  // namespace tinyscope
