// The only file that includes libdw. Not used: columns, view numbers, VLIW operation indices.
//
// libdw sees .debug_line and .debug_line_str alone: it opens no other file then, and what the
// hostile could write into other sections does not matter. The price: compilation folders, which
// stand in .debug_info before DWARF 5, are not known, so that relative names stay relative.
#include "sim/image/dwarf_lines.hpp"

#include <elfutils/libdw.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/image/byte_reader.hpp"
#include "sim/image/dwarf_line_sections.hpp"

namespace tinyscope {
namespace {

// Bounds what a file of a few megabytes can make the program allocate.
constexpr std::size_t kMostPathBytes = 64u << 20;

struct Row {
  Address address = 0;
  std::uint32_t path = 0;  // index
  std::int32_t line = 0;   // 0: no source line
};

// Contiguous code, as the compiler wrote it.
struct Sequence {
  std::vector<Row> rows;
  Address end = 0;  // byte after the last instruction
};

class DwarfLineTable : public LineTable {
 public:
  std::optional<SourceLine> find(Address address) const override {
    auto after = std::upper_bound(sequences_.begin(), sequences_.end(), address,
                                  [](Address at, const Range& s) { return at < s.start; });
    if (after == sequences_.begin()) return std::nullopt;
    const Range& range = *std::prev(after);
    if (address >= range.end) return std::nullopt;
    const auto first = rows_.begin() + static_cast<std::ptrdiff_t>(range.first_row);
    const auto last = first + static_cast<std::ptrdiff_t>(range.row_count);
    const auto above = std::upper_bound(
        first, last, address, [](Address at, const Row& row) { return at < row.address; });
    if (above == first) return std::nullopt;
    const Row& row = *std::prev(above);
    if (row.line <= 0) return std::nullopt;
    return SourceLine{paths_[row.path], row.line};
  }

  std::string file(std::uint64_t offset, std::uint64_t index) const override {
    const auto unit = files_.find(offset);
    if (unit == files_.end() || index >= unit->second.size()) return {};
    return paths_[unit->second[static_cast<std::size_t>(index)]];
  }

  bool empty() const { return sequences_.empty(); }

  void add_files(std::uint64_t offset, std::vector<std::uint32_t> paths) {
    files_.emplace(offset, std::move(paths));
  }

  void add(const Sequence& sequence) {
    sequences_.push_back(
        {sequence.rows.front().address, sequence.end, rows_.size(), sequence.rows.size()});
    rows_.insert(rows_.end(), sequence.rows.begin(), sequence.rows.end());
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
                     [](const Range& a, const Range& b) { return a.start < b.start; });
    path_indices_.clear();
  }

 private:
  struct Range {
    Address start = 0;
    Address end = 0;
    std::size_t first_row = 0;
    std::size_t row_count = 0;
  };
  std::vector<std::string> paths_;
  std::map<std::uint64_t, std::vector<std::uint32_t>> files_;  // of each table, by its offset
  std::vector<Row> rows_;                                      // by sequence, then by address
  std::vector<Range> sequences_;                               // by start
  std::map<std::string, std::uint32_t> path_indices_;
  std::size_t path_bytes_ = 0;
};

class Reader {
 public:
  Reader(const DwarfLineSections& debug, const SymbolTable& symbols,
         std::span<const SectionInfo> sections)
      : file_(debug), sections_(sections) {
    elf_version(EV_CURRENT);
    elf_.reset(elf_memory(file_.bytes.data(), file_.bytes.size()));
    if (!elf_) throw MalformedData(elf_errmsg(-1));
    const auto& all = symbols.all();
    const bool function_at_zero = std::any_of(all.begin(), all.end(), [](const Symbol& symbol) {
      return symbol.address == 0 && symbol.kind == SymbolKind::kFunction;
    });
    if (!function_at_zero) return;
    for (const Symbol& symbol : all) {
      if (symbol.kind == SymbolKind::kFunction) ends_.push_back(symbol.address + symbol.size);
    }
    std::sort(ends_.begin(), ends_.end());
  }

  std::shared_ptr<const LineTable> read() {
    for (const LineUnit& unit : file_.units) read_unit(unit);
    // Prefer no line over a wrong one.
    if (at_zero_.size() == 1 && is_executable(at_zero_.front())) table_->add(at_zero_.front());
    if (table_->empty()) return nullptr;
    table_->finish();
    return table_;
  }

 private:
  struct EndElf {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  struct EndDwarf {
    void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
  };

  // Each unit with a handle of its own, so that libdw's memory is that of one unit.
  void read_unit(const LineUnit& unit) {
    const std::unique_ptr<Dwarf, EndDwarf> dwarf(
        dwarf_begin_elf(elf_.get(), DWARF_C_READ, nullptr));
    Dwarf_Off next = 0;
    Dwarf_CU* owner = nullptr;
    Dwarf_Files* files = nullptr;
    Dwarf_Lines* lines = nullptr;
    std::size_t file_count = 0;
    std::size_t line_count = 0;
    if (!dwarf || dwarf_next_lines(dwarf.get(), unit.offset, &next, &owner, &files, &file_count,
                                   &lines, &line_count) != 0) {
      throw MalformedData(dwarf_errmsg(-1));
    }
    paths_.clear();
    folder_.clear();
    const char* const* folders = nullptr;
    std::size_t folder_count = 0;
    if (unit.version >= 5 && dwarf_getsrcdirs(files, &folders, &folder_count) == 0 &&
        folder_count != 0) {
      folder_ = folders[0];
    }
    read_files(unit, files, file_count);
    Sequence sequence;
    std::uint64_t base = 0;
    for (std::size_t i = 0; i < line_count; ++i) {
      Dwarf_Line* const line = dwarf_onesrcline(lines, i);
      Dwarf_Addr address = 0;
      int number = 0;
      bool ends = false;
      if (dwarf_lineaddr(line, &address) != 0 || dwarf_lineno(line, &number) != 0 ||
          dwarf_lineendsequence(line, &ends) != 0) {
        throw MalformedData(dwarf_errmsg(-1));
      }
      if (sequence.rows.empty()) base = window_of(address);
      const auto at = static_cast<Address>(address - base);
      if (!ends) {
        sequence.rows.push_back({at, path_of(line), number});
        continue;
      }
      sequence.end = at;
      if (!sequence.rows.empty() && at > sequence.rows.front().address) take(sequence, base);
      sequence.rows.clear();
    }
  }

  // Which file each number stands for, as entries of .debug_info name them.
  void read_files(const LineUnit& unit, Dwarf_Files* files, std::size_t count) {
    std::vector<std::uint32_t> paths;
    for (std::size_t i = 0; i < count; ++i) {
      const char* const name = dwarf_filesrc(files, i, nullptr, nullptr);
      if (name == nullptr) throw MalformedData(dwarf_errmsg(-1));
      paths.push_back(path_of(name));
    }
    table_->add_files(unit.offset, std::move(paths));
  }

  // The start of the window that an address lies in, 0 for those in none.
  static std::uint64_t window_of(std::uint64_t address) {
    if (address < LineWindows::kBase) return 0;
    return address - (address - LineWindows::kBase) % LineWindows::kSize;
  }

  void take(const Sequence& sequence, std::uint64_t base) {
    if (base == 0) {
      if (sequence.rows.front().address != 0 && is_executable(sequence)) table_->add(sequence);
    } else if (sequence.rows.front().address == 0 && ends_with_function(sequence.end) &&
               base < LineWindows::kBase + (LineWindows::kCount - 1) * LineWindows::kSize) {
      at_zero_.push_back(sequence);
    }
  }

  // Of the code at address 0 the linker kept what ends where a function does, but for padding.
  bool ends_with_function(Address end) const {
    constexpr Address kMostPadding = 3;
    const auto above = std::upper_bound(ends_.begin(), ends_.end(), end);
    return above != ends_.begin() && end - *std::prev(above) <= kMostPadding;
  }

  bool is_executable(const Sequence& sequence) const {
    const Address first = sequence.rows.front().address;
    const Address last = sequence.end - 1;
    return std::any_of(sections_.begin(), sections_.end(), [&](const SectionInfo& section) {
      return section.executable && first >= section.address && last >= first &&
             last - section.address < section.size;
    });
  }

  std::uint32_t path_of(Dwarf_Line* line) {
    const char* const name = dwarf_linesrc(line, nullptr, nullptr);
    if (name == nullptr) throw MalformedData(dwarf_errmsg(-1));
    return path_of(name);
  }

  std::uint32_t path_of(const char* name) {
    const auto known = paths_.find(name);
    if (known != paths_.end()) return known->second;
    const bool relative = *name != '/' && !folder_.empty();
    // Compilers keep "./" and "../" as they were written.
    const std::filesystem::path path(relative ? fmt::format("{}/{}", folder_, name) : name);
    const std::uint32_t index = table_->path_index(path.lexically_normal().string());
    paths_.emplace(name, index);
    return index;
  }

  LineElf file_;
  std::span<const SectionInfo> sections_;
  std::unique_ptr<Elf, EndElf> elf_;
  std::vector<Address> ends_;      // of functions, if there is one at 0
  std::vector<Sequence> at_zero_;  // what may be the code there
  std::shared_ptr<DwarfLineTable> table_ = std::make_shared<DwarfLineTable>();
  std::string folder_;                          // of the compilation, DWARF 5
  std::map<const char*, std::uint32_t> paths_;  // by libdw's pointer to the name
};

}  // namespace

std::shared_ptr<const LineTable> read_dwarf_lines(const DwarfLineSections& debug,
                                                  const SymbolTable& symbols,
                                                  std::span<const SectionInfo> sections) {
  if (debug.line.empty()) return nullptr;
  return Reader(debug, symbols, sections).read();
}

}  // namespace tinyscope
