#include "sim/insn_counts.hpp"

#include <algorithm>

namespace tinyscope {

InsnCounts::Page& InsnCounts::page(Address address) {
  auto& table = tables_[address >> (kPageBits + kTableBits)];
  if (!table) table = std::make_unique<Table>();
  auto& found = (*table)[address >> kPageBits & ((1u << kTableBits) - 1)];
  if (!found) found = std::make_unique<Page>(Page{});
  return *found;
}

InsnCount& InsnCounts::add(std::uint32_t& place, Address address) {
  counts_.push_back({.address = address, .count = 0, .stalls = {}});
  place = static_cast<std::uint32_t>(counts_.size());
  return counts_.back();
}

std::vector<InsnCount> InsnCounts::by_address() const {
  std::vector<InsnCount> sorted = counts_;
  std::sort(sorted.begin(), sorted.end(),
            [](const InsnCount& a, const InsnCount& b) { return a.address < b.address; });
  return sorted;
}

void InsnCounts::clear() {
  for (auto& table : tables_) table.reset();
  counts_.clear();
  last_page_ = nullptr;
}

}  // namespace tinyscope
