#include "peripherals/nordic/easy_dma.hpp"

#include <algorithm>

namespace tinyscope::nordic {

bool EasyDma::in_ram(Address address, std::size_t length, bool write) {
  const auto place = bus_.memory_at(address);
  const bool fits = place.memory != nullptr && place.memory->kind() == MemoryKind::kRam &&
                    length <= place.memory->size() - place.offset;
  if (!fits) {
    notes_.unmodelled(owner_, "EasyDMA outside Data RAM", address, write,
                      static_cast<std::uint32_t>(length));
  }
  return fits;
}

bool EasyDma::read(Address from, std::span<std::uint8_t> to) {
  if (to.empty()) return true;
  if (in_ram(from, to.size(), false)) return bus_.copy_out(from, to);
  std::fill(to.begin(), to.end(), std::uint8_t{0});
  return false;
}

bool EasyDma::write(Address to, std::span<const std::uint8_t> from) {
  if (from.empty()) return true;
  return in_ram(to, from.size(), true) && bus_.copy_in(to, from);
}

}  // namespace tinyscope::nordic
