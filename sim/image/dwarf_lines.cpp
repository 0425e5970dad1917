// DWARF Debugging Information Format, version 5, section 6.2 "Line Number Information"; version 4,
// section 6.2 for the older file tables.
//
// Read here and not with a DWARF library for two reasons: a library that returns lines sorted by
// address mixes the code of discarded functions, which linkers leave at address 0, with the real
// code of chips whose flash begins there; and a hostile file must not be able to crash the program.
// Not read: columns, view numbers, VLIW operation indices.
#include "sim/image/dwarf_lines.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "sim/image/byte_reader.hpp"

namespace tinyscope {
namespace {

enum StandardOpcode : std::uint8_t {
  DW_LNS_copy = 1,
  DW_LNS_advance_pc = 2,
  DW_LNS_advance_line = 3,
  DW_LNS_set_file = 4,
  DW_LNS_set_column = 5,
  DW_LNS_negate_stmt = 6,
  DW_LNS_set_basic_block = 7,
  DW_LNS_const_add_pc = 8,
  DW_LNS_fixed_advance_pc = 9,
};
enum ExtendedOpcode : std::uint8_t {
  DW_LNE_end_sequence = 1,
  DW_LNE_set_address = 2,
};
enum ContentType : std::uint8_t { DW_LNCT_path = 1, DW_LNCT_directory_index = 2 };
enum Form : std::uint8_t {
  DW_FORM_data2 = 0x05,
  DW_FORM_data4 = 0x06,
  DW_FORM_data8 = 0x07,
  DW_FORM_string = 0x08,
  DW_FORM_block = 0x09,
  DW_FORM_data1 = 0x0B,
  DW_FORM_strp = 0x0E,
  DW_FORM_udata = 0x0F,
  DW_FORM_data16 = 0x1E,
  DW_FORM_line_strp = 0x1F,
};

// Bounds what a file of a few kilobytes can make the program allocate.
constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kMostPathBytes = 64u << 20;

struct Row {
  Address address = 0;
  std::uint32_t path = 0;  // index
  std::int32_t line = 0;   // 0: no source line
};

struct Sequence {
  Address start = 0;
  Address end = 0;  // byte after the last instruction
  std::size_t first_row = 0;
  std::size_t row_count = 0;
};

class DwarfLineTable : public LineTable {
 public:
  std::optional<SourceLine> find(Address address) const override {
    auto after = std::upper_bound(sequences_.begin(), sequences_.end(), address,
                                  [](Address at, const Sequence& s) { return at < s.start; });
    if (after == sequences_.begin()) return std::nullopt;
    const Sequence& sequence = *std::prev(after);
    if (address >= sequence.end) return std::nullopt;
    const auto first = rows_.begin() + static_cast<std::ptrdiff_t>(sequence.first_row);
    const auto last = first + static_cast<std::ptrdiff_t>(sequence.row_count);
    const auto above = std::upper_bound(
        first, last, address, [](Address at, const Row& row) { return at < row.address; });
    if (above == first) return std::nullopt;
    const Row& row = *std::prev(above);
    if (row.line <= 0) return std::nullopt;
    return SourceLine{paths_[row.path], row.line};
  }

  bool empty() const { return sequences_.empty(); }

  void add(std::vector<Row>& rows, Address end) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& a, const Row& b) { return a.address < b.address; });
    sequences_.push_back({rows.front().address, end, rows_.size(), rows.size()});
    rows_.insert(rows_.end(), rows.begin(), rows.end());
  }

  std::uint32_t path_index(std::string path) {
    const auto [known, added] =
        path_indices_.emplace(std::move(path), static_cast<std::uint32_t>(paths_.size()));
    if (added) {
      path_bytes_ += known->first.size();
      if (path_bytes_ > kMostPathBytes) throw MalformedData("too many file names");
      paths_.push_back(known->first);
    }
    return known->second;
  }

  void finish() {
    std::stable_sort(sequences_.begin(), sequences_.end(),
                     [](const Sequence& a, const Sequence& b) { return a.start < b.start; });
    path_indices_.clear();
  }

 private:
  std::vector<std::string> paths_;
  std::vector<Row> rows_;            // by sequence, then by address
  std::vector<Sequence> sequences_;  // by start
  std::map<std::string, std::uint32_t> path_indices_;
  std::size_t path_bytes_ = 0;
};

std::string join_path(std::string_view folder, std::string_view name) {
  if (folder.size() + name.size() > kLongestPath) throw MalformedData("file name too long");
  if (folder.empty() || name.starts_with('/')) return std::string(name);
  return std::string(folder) + "/" + std::string(name);
}

// One unit of .debug_line: a header with file names, and a program.
class LineUnit {
 public:
  LineUnit(std::span<const std::uint8_t> bytes, const DwarfLineSections& sections,
           const std::function<bool(Address, Address)>& keep, DwarfLineTable& table)
      : reader_(bytes), sections_(sections), keep_(keep), table_(table) {}

  void read() {
    read_header();
    while (!reader_.at_end()) step();
  }

 private:
  struct File {
    std::string_view name;
    std::uint64_t folder = 0;
  };
  struct EntryFormat {
    std::uint64_t content = 0;
    std::uint64_t form = 0;
  };
  struct Entry {
    std::string_view path;
    std::uint64_t folder = 0;
  };

  void read_header() {
    version_ = reader_.u16();
    if (version_ < 2 || version_ > 5) throw MalformedData("unknown version of the line table");
    if (version_ >= 5) reader_.skip(2);  // address size, segment selector size
    const std::uint32_t header_length = reader_.u32();
    ByteReader header(reader_.take(header_length));
    minimum_instruction_length_ = header.u8();
    if (version_ >= 4) header.skip(1);  // maximum operations per instruction
    header.skip(1);                     // default_is_stmt
    line_base_ = static_cast<std::int8_t>(header.u8());
    line_range_ = header.u8();
    opcode_base_ = header.u8();
    if (line_range_ == 0 || opcode_base_ == 0) throw MalformedData("line range or opcode base 0");
    for (unsigned opcode = 1; opcode < opcode_base_; ++opcode) operands_[opcode] = header.u8();
    if (version_ >= 5) {
      read_tables(header);
    } else {
      read_old_tables(header);
    }
  }

  // Versions 2 to 4: folder 0 is the compilation folder, which stands elsewhere; files from 1.
  void read_old_tables(ByteReader& header) {
    folders_.push_back({});
    for (auto folder = header.c_string(); !folder.empty(); folder = header.c_string()) {
      folders_.push_back(folder);
    }
    files_.push_back({});
    for (auto name = header.c_string(); !name.empty(); name = header.c_string()) {
      const std::uint64_t folder = header.uleb();
      header.uleb();  // modification time
      header.uleb();  // length
      files_.push_back({name, folder});
    }
  }

  void read_tables(ByteReader& header) {
    for (const Entry& entry : read_entries(header)) folders_.push_back(entry.path);
    for (const Entry& entry : read_entries(header)) files_.push_back({entry.path, entry.folder});
  }

  std::vector<Entry> read_entries(ByteReader& header) {
    std::vector<EntryFormat> formats(header.u8());
    for (EntryFormat& format : formats) {
      format.content = header.uleb();
      format.form = header.uleb();
    }
    const std::uint64_t count = header.uleb();
    if (formats.empty() && count != 0) throw MalformedData("file names without a format");
    std::vector<Entry> entries;  // each takes a byte at least, so that the header bounds them
    for (std::uint64_t i = 0; i < count; ++i) {
      Entry entry;
      for (const EntryFormat& format : formats) read_field(header, format, entry);
      entries.push_back(entry);
    }
    return entries;
  }

  void read_field(ByteReader& header, const EntryFormat& format, Entry& entry) const {
    std::string_view text;
    std::uint64_t number = 0;
    switch (format.form) {
      case DW_FORM_string: text = header.c_string(); break;
      case DW_FORM_line_strp: text = string_at(sections_.line_str, header.u32()); break;
      case DW_FORM_strp: text = string_at(sections_.str, header.u32()); break;
      case DW_FORM_udata: number = header.uleb(); break;
      case DW_FORM_data1: number = header.u8(); break;
      case DW_FORM_data2: number = header.u16(); break;
      case DW_FORM_data4: number = header.u32(); break;
      case DW_FORM_data8: number = header.unsigned_integer(8); break;
      case DW_FORM_data16: header.skip(16); break;
      case DW_FORM_block: header.skip(header.uleb()); break;
      default: throw MalformedData("unknown form in the table of file names");
    }
    if (format.content == DW_LNCT_path) entry.path = text;
    if (format.content == DW_LNCT_directory_index) entry.folder = number;
  }

  static std::string_view string_at(std::span<const std::uint8_t> strings, std::uint32_t offset) {
    ByteReader reader(strings);
    reader.skip(offset);
    return reader.c_string();
  }

  void step() {
    const std::uint8_t opcode = reader_.u8();
    if (opcode >= opcode_base_) {
      const unsigned adjusted = opcode - opcode_base_;
      advance_address(adjusted / line_range_);
      advance_line(line_base_ + static_cast<int>(adjusted % line_range_));
      append_row();
      return;
    }
    switch (opcode) {
      case 0: extended(); return;
      case DW_LNS_copy: append_row(); return;
      case DW_LNS_advance_pc: advance_address(reader_.uleb()); return;
      case DW_LNS_advance_line: advance_line(reader_.sleb()); return;
      case DW_LNS_set_file: file_ = reader_.uleb(); return;
      case DW_LNS_set_column: reader_.uleb(); return;
      case DW_LNS_negate_stmt:
      case DW_LNS_set_basic_block: return;
      case DW_LNS_const_add_pc: advance_address((255u - opcode_base_) / line_range_); return;
      case DW_LNS_fixed_advance_pc: address_ += reader_.u16(); return;
      default:  // prologue end, epilogue begin, ISA and unknown ones: operands are LEB128
        for (unsigned i = 0; i < operands_[opcode]; ++i) reader_.uleb();
    }
  }

  void extended() {
    const std::uint64_t length = reader_.uleb();
    ByteReader operation(reader_.take(length));
    if (operation.at_end()) return;
    switch (operation.u8()) {
      case DW_LNE_end_sequence: end_sequence(); return;
      case DW_LNE_set_address: address_ = operation.u32(); return;
      default: return;  // defines a file, or a discriminator
    }
  }

  // Addresses wrap at 32 bits and lines at 31, whatever a damaged program adds.
  void advance_address(std::uint64_t operations) {
    address_ += static_cast<Address>(operations * minimum_instruction_length_);
  }
  void advance_line(std::int64_t change) {
    line_ = static_cast<std::int32_t>(
        (static_cast<std::uint64_t>(line_) + static_cast<std::uint64_t>(change)) & 0x7FFF'FFFFu);
  }

  void append_row() { rows_.push_back({address_, path_of(file_), line_}); }

  void end_sequence() {
    if (!rows_.empty() && address_ > rows_.front().address &&
        keep_(rows_.front().address, address_ - 1)) {
      table_.add(rows_, address_);
    }
    rows_.clear();
    address_ = 0;
    file_ = 1;
    line_ = 1;
  }

  std::uint32_t path_of(std::uint64_t file) {
    const auto known = path_indices_.find(file);
    if (known != path_indices_.end()) return known->second;
    if (file >= files_.size()) throw MalformedData("a line names a file that is not listed");
    const File& entry = files_[static_cast<std::size_t>(file)];
    std::string path(entry.name);
    if (entry.folder < folders_.size()) {
      path = join_path(folders_[static_cast<std::size_t>(entry.folder)], path);
      if (version_ >= 5 && entry.folder != 0) path = join_path(folders_[0], path);
    }
    const std::uint32_t index = table_.path_index(std::move(path));
    path_indices_.emplace(file, index);
    return index;
  }

  ByteReader reader_;
  const DwarfLineSections& sections_;
  const std::function<bool(Address, Address)>& keep_;
  DwarfLineTable& table_;

  unsigned version_ = 0;
  unsigned minimum_instruction_length_ = 1;
  int line_base_ = 0;
  unsigned line_range_ = 1;
  unsigned opcode_base_ = 1;
  std::array<std::uint8_t, 256> operands_{};
  std::vector<std::string_view> folders_;
  std::vector<File> files_;
  std::map<std::uint64_t, std::uint32_t> path_indices_;

  Address address_ = 0;
  std::uint64_t file_ = 1;
  std::int32_t line_ = 1;
  std::vector<Row> rows_;
};

}  // namespace

std::shared_ptr<const LineTable> read_dwarf_lines(
    const DwarfLineSections& sections, const std::function<bool(Address, Address)>& keep) {
  constexpr std::uint32_t kReservedLengths = 0xFFFF'FFF0;  // 64-bit DWARF and reserved values
  auto table = std::make_shared<DwarfLineTable>();
  ByteReader reader(sections.line);
  while (!reader.at_end()) {
    const std::uint32_t length = reader.u32();
    if (length >= kReservedLengths) throw MalformedData("64-bit DWARF");
    LineUnit(reader.take(length), sections, keep, *table).read();
  }
  if (table->empty()) return nullptr;
  table->finish();
  return table;
}

}  // namespace tinyscope
