// Addresses to source lines from DWARF line programs, versions 2 to 5.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "sim/image/image.hpp"

namespace tinyscope {

struct DwarfLineSections {
  std::span<const std::uint8_t> line;      // .debug_line
  std::span<const std::uint8_t> line_str;  // .debug_line_str
  std::span<const std::uint8_t> str;       // .debug_str
};

// `keep(first, last)` decides about each run of contiguous code: linkers leave those of discarded
// functions behind, at address 0. Null if no line is left. Throws MalformedData.
std::shared_ptr<const LineTable> read_dwarf_lines(
    const DwarfLineSections& sections, const std::function<bool(Address, Address)>& keep);

}  // namespace tinyscope
