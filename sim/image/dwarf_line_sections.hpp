// What is done to .debug_line before a DWARF library sees it: an ELF file of its own around the
// section, limits that the library does not have, and marks on the code at address 0.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/image/dwarf_lines.hpp"

namespace tinyscope {

// GNU ld resolves the addresses of sections that --gc-sections dropped to 0, and libdw sorts the
// lines of a table by address, so that those of discarded functions would come between those of
// real code where flash or ITCM begins at 0. So each sequence of lines that starts at 0 is moved to
// a window of its own, to addresses where no code can be: from 0xA0000000 on Armv7-M never executes
// (Armv7-M Architecture Reference Manual, B3.1). Linkers that mark discarded code by themselves
// (LLVM lld: 0xFFFFFFFF) use that range as well.
struct LineWindows {
  static constexpr std::uint64_t kBase = 0xA000'0000;
  static constexpr std::uint64_t kSize = 0x10'0000;
  static constexpr std::uint64_t kCount = 0x6000'0000 / kSize;  // the last takes all that remain
};

// One table of .debug_line.
struct LineUnit {
  std::uint64_t offset = 0;  // in .debug_line
  unsigned version = 0;
};

// A little-endian ELF32 file with .debug_line, its windows marked, and .debug_line_str, nothing
// else, and the tables in it. Throws MalformedData.
struct LineElf {
  explicit LineElf(const DwarfLineSections& debug);

  std::vector<char> bytes;
  std::vector<LineUnit> units;
};

}  // namespace tinyscope
