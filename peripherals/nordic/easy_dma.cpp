#include "peripherals/nordic/easy_dma.hpp"

#include <algorithm>

namespace tinyscope::nordic {

void EasyDma::tell(Address address, std::size_t length, AccessType type) const {
  bus_.tell_master_transfer({address, static_cast<std::uint32_t>(length), type, scheduler_.now()});
}

bool EasyDma::in_ram(Address buffer, std::uint32_t offset, std::size_t length, bool write) {
  const auto place = bus_.memory_at(buffer + offset);
  const bool fits = place.memory != nullptr && place.memory->kind() == MemoryKind::kRam &&
                    length <= place.memory->size() - place.offset;
  if (!fits) {
    notes_.unmodelled(owner_, "EasyDMA outside Data RAM", buffer, write,
                      offset + static_cast<std::uint32_t>(length));
  }
  return fits;
}

bool EasyDma::read(Address buffer, std::span<std::uint8_t> to, std::uint32_t offset) {
  if (to.empty()) return true;
  if (in_ram(buffer, offset, to.size(), false)) {
    tell(buffer + offset, to.size(), AccessType::kRead);
    return bus_.copy_out(buffer + offset, to);
  }
  std::fill(to.begin(), to.end(), std::uint8_t{0});
  return false;
}

bool EasyDma::write(Address buffer, std::span<const std::uint8_t> from, std::uint32_t offset) {
  if (from.empty()) return true;
  if (!in_ram(buffer, offset, from.size(), true)) return false;
  tell(buffer + offset, from.size(), AccessType::kWrite);
  return bus_.copy_in(buffer + offset, from);
}

}  // namespace tinyscope::nordic
