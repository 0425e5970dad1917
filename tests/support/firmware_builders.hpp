// Small firmware files, byte by byte, so that tests need no toolchain and can break any field.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope::test {

using Bytes = std::vector<std::uint8_t>;

// Appends little-endian values.
void put(Bytes& bytes, std::uint64_t value, unsigned size);
void put(Bytes& bytes, std::string_view text);  // with a final zero
// Overwrites a little-endian value.
void poke(Bytes& bytes, std::size_t offset, std::uint64_t value, unsigned size);
std::uint64_t peek(const Bytes& bytes, std::size_t offset, unsigned size);
Bytes to_bytes(std::string_view text);

// An ELF32 little-endian Arm executable: header, program headers, segments, sections, symbols.
class ElfBuilder {
 public:
  // A loadable segment; the memory size is that of the bytes unless given.
  ElfBuilder& segment(Address virtual_address, Address physical_address, Bytes bytes,
                      std::uint32_t memory_size = 0);
  // A section over bytes of the segment that holds `address`, or without bytes (SHT_NOBITS).
  ElfBuilder& section(std::string name, std::uint32_t type, std::uint32_t flags, Address address,
                      std::uint32_t size);
  // A section that is not loaded.
  ElfBuilder& debug_section(std::string name, Bytes bytes);
  ElfBuilder& symbol(std::string name, std::uint32_t value, std::uint32_t size, unsigned type,
                     unsigned binding = STB_GLOBAL, std::uint16_t section = 1);
  ElfBuilder& entry(Address address);
  // Lets the first segment begin with the ELF headers, as some linkers do.
  ElfBuilder& first_segment_holds_headers();
  Bytes build() const;

 private:
  struct Segment {
    Address virtual_address = 0;
    Address physical_address = 0;
    Bytes bytes;
    std::uint32_t memory_size = 0;
  };
  struct Section {
    std::string name;
    std::uint32_t type = 0;
    std::uint32_t flags = 0;
    Address address = 0;
    std::uint32_t size = 0;
    Bytes own_bytes;
  };
  struct Symbol {
    std::string name;
    Elf32_Sym entry{};
  };
  std::vector<Segment> segments_;
  std::vector<Section> sections_;
  std::vector<Symbol> symbols_;
  Address entry_ = 0;
  bool headers_in_segment_ = false;
};

// A DWARF 5 line program unit with one folder and one file per sequence of lines. Each line of a
// sequence covers `bytes_per_line` bytes.
struct LineSequence {
  Address start = 0;
  std::vector<int> lines;
  std::uint32_t bytes_per_line = 2;
};
Bytes dwarf5_line_unit(std::string_view folder, std::string_view file,
                       const std::vector<LineSequence>& sequences);
// The same in version 4 with folder and file tables of the older kind.
Bytes dwarf4_line_unit(std::string_view folder, std::string_view file,
                       const std::vector<LineSequence>& sequences);

// Pieces of such units: a header up to its folder tables, and a unit of a header and a program.
Bytes line_header_start(std::uint16_t version);
Bytes line_unit(std::uint16_t version, const Bytes& header, const Bytes& program);

// ":LLAAAATT…CC" with a correct checksum, without line end.
std::string hex_record(std::uint8_t type, std::uint16_t offset, const Bytes& data);
inline constexpr std::string_view kHexEnd = ":00000001FF\n";

struct Uf2Block {
  Address address = 0;
  Bytes payload;
  std::uint32_t flags = 0x2000;       // family ID present
  std::uint32_t family = 0xADA52840;  // nRF52840
};
Bytes uf2_file(const std::vector<Uf2Block>& blocks);

// A whole valid example of each format, with everything the reader of that format looks at.
Bytes example_elf();
Bytes example_hex();
Bytes example_uf2();

}  // namespace tinyscope::test
