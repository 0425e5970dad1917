#include "profiler/object_table.hpp"

#include <algorithm>

namespace tinyscope {

ObjectTable::ObjectTable(const SymbolTable& symbols, std::uint32_t smallest) {
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind == SymbolKind::kObject && symbol.size >= smallest) objects_.push_back(&symbol);
  }
  std::stable_sort(objects_.begin(), objects_.end(),
                   [](const Symbol* a, const Symbol* b) { return a->address < b->address; });
}

const Symbol* ObjectTable::at(Address address) const {
  auto after = std::upper_bound(
      objects_.begin(), objects_.end(), address,
      [](Address wanted, const Symbol* object) { return wanted < object->address; });
  if (after == objects_.begin()) return nullptr;
  const Symbol* const object = *--after;
  return address - object->address < object->size ? object : nullptr;
}

}  // namespace tinyscope
