// Addresses to inlined functions from .debug_info, DWARF 2 to 5.
#pragma once

#include <memory>
#include <string>

#include "sim/image/dwarf_dies.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// Copies the sections and reads them when it is first asked, because most runs never do; what is
// damaged then costs the inlined functions and gives a warning that names `file`. Functions outside
// the executable sections of `image` are left out, and those that the linker discarded and left at
// address 0. Null if there is no debug information.
std::shared_ptr<const InlineTable> dwarf_inlines(const DwarfInfoSections& sections,
                                                 const FirmwareImage& image,
                                                 const std::string& file);

}  // namespace tinyscope
