// Addresses to source lines from DWARF line tables, versions 2 to 5, through libdw.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "sim/image/image.hpp"

namespace tinyscope {

struct DwarfLineSections {
  std::span<const std::uint8_t> line;      // .debug_line
  std::span<const std::uint8_t> line_str;  // .debug_line_str
};

// Lines outside the executable ones of `sections` are left out, and those of functions that the
// linker discarded and left at address 0; `symbols` tell whether a function really lies there.
// Null if no line is left. Throws MalformedData.
std::shared_ptr<const LineTable> read_dwarf_lines(const DwarfLineSections& debug,
                                                  const SymbolTable& symbols,
                                                  std::span<const SectionInfo> sections);

}  // namespace tinyscope
