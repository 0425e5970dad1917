// Entries of .debug_info, as far as inlined functions need them: DWARF versions 2 to 5, 32-bit.
//
// Read by hand rather than through libdw, because the bytes come from outside and every step here
// is checked against their end. Not read: type units' contents, split DWARF (.dwo), 64-bit DWARF.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/image/byte_reader.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct DwarfInfoSections {
  using Bytes = std::span<const std::uint8_t>;
  Bytes info;         // .debug_info
  Bytes abbrev;       // .debug_abbrev
  Bytes str;          // .debug_str
  Bytes line_str;     // .debug_line_str
  Bytes str_offsets;  // .debug_str_offsets
  Bytes addr;         // .debug_addr
  Bytes ranges;       // .debug_ranges, before DWARF 5
  Bytes rnglists;     // .debug_rnglists
};

// Code addresses [begin, end).
struct DwarfRange {
  Address begin = 0;
  Address end = 0;
};

struct DwarfAbbreviation {
  struct Attribute {
    std::uint16_t name = 0;
    std::uint16_t form = 0;
    std::int64_t constant = 0;  // DW_FORM_implicit_const
  };
  std::uint16_t tag = 0;
  bool has_children = false;
  std::vector<Attribute> attributes;
};
using DwarfAbbreviations = std::map<std::uint64_t, DwarfAbbreviation>;  // by code

struct DwarfUnit {
  std::uint64_t offset = 0;  // of its header, in .debug_info
  std::uint64_t first = 0;   // of its first entry
  std::uint64_t end = 0;
  unsigned version = 0;
  const DwarfAbbreviations* abbreviations = nullptr;
  // From its first entry
  std::optional<std::uint64_t> line_table;  // offset in .debug_line
  std::uint64_t low_pc = 0;
  std::uint64_t str_offsets_base = 0;
  std::uint64_t addr_base = 0;
  std::uint64_t rnglists_base = 0;
};

// One entry. Tags and attributes: DWARF 5, section 7.5.
struct DwarfDie {
  static constexpr std::uint16_t kInlinedSubroutine = 0x1D, kSubprogram = 0x2E;

  std::uint16_t tag = 0;  // 0: the end of a list of children
  bool has_children = false;
  std::uint64_t next = 0;  // offset behind it: of its first child, or of what follows
  std::string_view name;
  std::string_view linkage_name;
  std::optional<std::uint64_t> low_pc;
  std::optional<std::uint64_t> high_pc;  // an address
  std::optional<std::uint64_t> ranges;   // DW_AT_ranges: offset, or index (ranges_indexed)
  bool ranges_indexed = false;
  std::optional<std::uint64_t> origin;  // DW_AT_abstract_origin or DW_AT_specification, an offset
  std::uint64_t call_file = 0;
  std::uint64_t call_line = 0;
};

// Throws MalformedData wherever the bytes do not follow the format, or ask for too much work.
class DwarfInfo {
 public:
  explicit DwarfInfo(const DwarfInfoSections& sections);

  // Those with entries of code, in the order of the file.
  const std::vector<DwarfUnit>& units() const { return units_; }
  // The unit that the entry at `offset` belongs to; null: there is none.
  const DwarfUnit* unit_of(std::uint64_t offset) const;
  DwarfDie read(const DwarfUnit& unit, std::uint64_t offset) const;
  // Where the code of an entry is; empty for declarations and abstract ones.
  std::vector<DwarfRange> ranges(const DwarfUnit& unit, const DwarfDie& die);

 private:
  struct Value;
  const DwarfAbbreviations& abbreviations_at(std::uint64_t offset);
  void read_unit_header(std::uint64_t offset, std::uint64_t end);
  void read_unit_bases(DwarfUnit& unit) const;
  Value read_value(const DwarfUnit& unit, ByteReader& reader, std::uint16_t form,
                   std::int64_t constant) const;
  std::uint64_t indexed_address(const DwarfUnit& unit, std::uint64_t index) const;
  std::string_view indexed_text(const DwarfUnit& unit, std::uint64_t index) const;
  std::vector<DwarfRange> old_ranges(const DwarfUnit& unit, std::uint64_t offset);
  std::vector<DwarfRange> range_list(const DwarfUnit& unit, std::uint64_t offset);
  void count_range();

  DwarfInfoSections sections_;
  std::map<std::uint64_t, DwarfAbbreviations> tables_;  // by offset
  std::size_t abbreviations_read_ = 0;
  std::size_t ranges_read_ = 0;
  std::vector<DwarfUnit> units_;
};

}  // namespace tinyscope
