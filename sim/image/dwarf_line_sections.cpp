// DWARF Debugging Information Format, versions 2 to 5, section 6.2.4 "The Line Number Program
// Header": lengths and version only, the rest is the library's.
#include "sim/image/dwarf_line_sections.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "sim/image/byte_reader.hpp"

namespace tinyscope {
namespace {

using Span = std::span<const std::uint8_t>;

// libdw 0.188 holds about 100 bytes for each row, of which a table has at most one for each byte,
// and the whole path for each file name, of which it has at most one for each five bytes. These
// bounds keep the memory for the worst of tables near 400 MiB.
constexpr std::size_t kLargestSection = 32u << 20;
constexpr std::size_t kLargestUnit = 4u << 20;
constexpr std::uint64_t kMostPathBytes = 1u << 30;  // table size times longest name

// libdw 0.188 may look up to four bytes beyond the end of a table whose header is cut off.
constexpr std::size_t kPadding = 16;

std::size_t longest_text(Span bytes) {
  std::size_t longest = 0;
  for (auto at = bytes.begin(); at != bytes.end();) {
    const auto end = std::find(at, bytes.end(), std::uint8_t{0});
    longest = std::max(longest, static_cast<std::size_t>(end - at));
    at = end == bytes.end() ? end : end + 1;
  }
  return longest;
}

template <class Struct>
void put(std::vector<char>& bytes, std::size_t at, const Struct& value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// Where the line program of a unit begins, after length, version and header.
std::size_t find_program(Span unit, unsigned& version) {
  ByteReader reader(unit);
  reader.skip(4);
  version = reader.u16();
  if (version < 2 || version > 5) throw MalformedData("unknown version of the line table");
  if (version >= 5 && reader.u16() != 4) throw MalformedData("addresses are not of 4 bytes");
  reader.skip(reader.u32());
  return reader.position();
}

// Moves what is set to address 0 into windows. DW_LNE_set_address is 0, length 5, opcode 2, four
// bytes of address; the same bytes cannot occur across other instructions of a program, because
// the zeros at their end would be an extended instruction of length 0.
void mark_windows(std::span<char> program) {
  constexpr std::array<char, 7> kSetAddressToZero = {0, 5, 2, 0, 0, 0, 0};
  std::uint64_t count = 0;
  for (auto at = program.begin();;) {
    at = std::search(at, program.end(), kSetAddressToZero.begin(), kSetAddressToZero.end());
    if (at == program.end()) return;
    const std::uint64_t window = std::min(count++, LineWindows::kCount - 1);
    const auto address =
        static_cast<std::uint32_t>(LineWindows::kBase + window * LineWindows::kSize);
    for (unsigned i = 0; i < 4; ++i) at[3 + i] = static_cast<char>(address >> (8 * i));
    at += kSetAddressToZero.size();
  }
}

}  // namespace

LineElf::LineElf(const DwarfLineSections& debug) {
  constexpr std::string_view kNames("\0.debug_line\0.debug_line_str\0.shstrtab\0", 39);
  struct Part {
    std::size_t name;
    std::uint32_t type;
    Span bytes;
  };
  const std::array<Part, 3> parts = {
      Part{kNames.find(".debug_line"), SHT_PROGBITS, debug.line},
      Part{kNames.find(".debug_line_str"), SHT_PROGBITS, debug.line_str},
      Part{kNames.find(".shstrtab"),
           SHT_STRTAB,
           {reinterpret_cast<const std::uint8_t*>(kNames.data()), kNames.size()}}};
  if (debug.line.size() > kLargestSection || debug.line_str.size() > kLargestSection) {
    throw MalformedData("the line tables are larger than 32 MiB");
  }
  if (!debug.line_str.empty() && debug.line_str.back() != 0) {
    throw MalformedData("the file names do not end");
  }

  std::array<Elf32_Shdr, 4> headers{};
  bytes.resize(sizeof(Elf32_Ehdr));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Elf32_Shdr& header = headers[i + 1];
    header.sh_name = static_cast<Elf32_Word>(parts[i].name);
    header.sh_type = parts[i].type;
    header.sh_offset = static_cast<Elf32_Off>(bytes.size());
    header.sh_size = static_cast<Elf32_Word>(parts[i].bytes.size());
    header.sh_addralign = 1;
    bytes.insert(bytes.end(), parts[i].bytes.begin(), parts[i].bytes.end());
    bytes.resize((bytes.size() + kPadding + 15) / 16 * 16);
  }
  Elf32_Ehdr file{};
  std::memcpy(file.e_ident, ELFMAG, SELFMAG);
  file.e_ident[EI_CLASS] = ELFCLASS32;
  file.e_ident[EI_DATA] = ELFDATA2LSB;
  file.e_ident[EI_VERSION] = EV_CURRENT;
  file.e_type = ET_EXEC;
  file.e_machine = EM_ARM;
  file.e_version = EV_CURRENT;
  file.e_ehsize = sizeof(Elf32_Ehdr);
  file.e_shoff = static_cast<Elf32_Off>(bytes.size());
  file.e_shentsize = sizeof(Elf32_Shdr);
  file.e_shnum = headers.size();
  file.e_shstrndx = headers.size() - 1;
  bytes.resize(bytes.size() + sizeof headers);
  put(bytes, 0, file);
  put(bytes, file.e_shoff, headers);

  constexpr std::uint32_t kReservedLengths = 0xFFFF'FFF0;  // 64-bit DWARF and reserved values
  const std::size_t longest_shared = longest_text(debug.line_str);
  ByteReader reader(debug.line);
  while (!reader.at_end()) {
    LineUnit unit{.offset = reader.position()};
    const std::uint32_t length = reader.u32();
    if (length >= kReservedLengths) throw MalformedData("64-bit DWARF");
    reader.skip(length);
    const Span all = debug.line.subspan(static_cast<std::size_t>(unit.offset), length + 4u);
    const std::size_t program = find_program(all, unit.version);
    // A program may define files too, but their names take their own place; folders do not.
    const std::uint64_t longest = std::max(longest_shared, longest_text(all.first(program)));
    if (all.size() > kLargestUnit || all.size() * longest > kMostPathBytes) {
      throw MalformedData("a line table is larger than those of any firmware");
    }
    const auto start = headers[1].sh_offset + static_cast<std::size_t>(unit.offset) + program;
    mark_windows(std::span(bytes).subspan(start, all.size() - program));
    units.push_back(unit);
  }
}

}  // namespace tinyscope
