// One [[memory]] entry, of a chip or of the board around it.
#pragma once

#include "sim/description/soc.hpp"

namespace tinyscope {

// Throws InputError with file:line: key. Names and overlaps are the business of SocChecks.
MemoryDescription read_memory(TomlTable& entry);

// What a board has on the chip's external bus: adds the [[memory]] entries of `document` to those
// of the chip. Throws InputError for a name that is taken, and for one that overlaps anything
// known.
void read_board_memories(TomlTable& document, SocDescription& soc);

}  // namespace tinyscope
