#include "tests/support/firmware_builders.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace tinyscope::test {
namespace {

template <class T>
void put_struct(Bytes& bytes, const T& value) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), first, first + sizeof value);
}

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void put_uleb(Bytes& bytes, std::uint64_t value) {
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7F);
    value >>= 7;
    bytes.push_back(value != 0 ? static_cast<std::uint8_t>(low | 0x80) : low);
  } while (value != 0);
}

void put_sleb(Bytes& bytes, std::int64_t value) {
  while (true) {
    const auto low = static_cast<std::uint8_t>(value & 0x7F);
    value >>= 7;
    const bool last = (value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0);
    bytes.push_back(last ? low : static_cast<std::uint8_t>(low | 0x80));
    if (last) return;
  }
}

constexpr std::uint8_t kOpcodeBase = 13;

Bytes line_program(const std::vector<LineSequence>& sequences) {
  Bytes program;
  for (const LineSequence& sequence : sequences) {
    put(program, 0, 1);  // DW_LNE_set_address
    put_uleb(program, 5);
    put(program, 2, 1);
    put(program, sequence.start, 4);
    std::int64_t line = 1;
    for (const int wanted : sequence.lines) {
      put(program, 3, 1);  // DW_LNS_advance_line
      put_sleb(program, wanted - line);
      line = wanted;
      put(program, 1, 1);  // DW_LNS_copy
      put(program, 2, 1);  // DW_LNS_advance_pc
      put_uleb(program, sequence.bytes_per_line);
    }
    put(program, 0, 1);  // DW_LNE_end_sequence
    put_uleb(program, 1);
    put(program, 1, 1);
  }
  return program;
}

}  // namespace

void put(Bytes& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.push_back(0);
}

void poke(Bytes& bytes, std::size_t offset, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) {
    bytes.at(offset + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::uint64_t peek(const Bytes& bytes, std::size_t offset, unsigned size) {
  std::uint64_t value = 0;
  for (unsigned i = size; i-- > 0;) value = value << 8 | bytes.at(offset + i);
  return value;
}

Bytes to_bytes(std::string_view text) { return {text.begin(), text.end()}; }

ElfBuilder& ElfBuilder::segment(Address virtual_address, Address physical_address, Bytes bytes,
                                std::uint32_t memory_size) {
  const auto size = memory_size != 0 ? memory_size : static_cast<std::uint32_t>(bytes.size());
  segments_.push_back({virtual_address, physical_address, std::move(bytes), size});
  return *this;
}

ElfBuilder& ElfBuilder::section(std::string name, std::uint32_t type, std::uint32_t flags,
                                Address address, std::uint32_t size) {
  sections_.push_back({std::move(name), type, flags, address, size, {}});
  return *this;
}

ElfBuilder& ElfBuilder::debug_section(std::string name, Bytes bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  sections_.push_back({std::move(name), SHT_PROGBITS, 0, 0, size, std::move(bytes)});
  return *this;
}

ElfBuilder& ElfBuilder::symbol(std::string name, std::uint32_t value, std::uint32_t size,
                               unsigned type, unsigned binding, std::uint16_t section) {
  Symbol added;
  added.name = std::move(name);
  added.entry.st_value = value;
  added.entry.st_size = size;
  added.entry.st_info = static_cast<unsigned char>(ELF32_ST_INFO(binding, type));
  added.entry.st_shndx = section;
  symbols_.push_back(std::move(added));
  return *this;
}

ElfBuilder& ElfBuilder::entry(Address address) {
  entry_ = address;
  return *this;
}

ElfBuilder& ElfBuilder::first_segment_holds_headers() {
  headers_in_segment_ = true;
  return *this;
}

Bytes ElfBuilder::build() const {
  const std::size_t headers = sizeof(Elf32_Ehdr) + segments_.size() * sizeof(Elf32_Phdr);
  Bytes body;  // what follows the headers
  const auto offset_here = [&] { return static_cast<Elf32_Off>(headers + body.size()); };

  std::vector<Elf32_Phdr> programs;
  std::vector<Elf32_Off> contents;  // where the bytes of each segment begin
  for (const Segment& segment : segments_) {
    const bool with_headers = headers_in_segment_ && programs.empty();
    const auto extra = with_headers ? static_cast<std::uint32_t>(headers) : 0u;
    Elf32_Phdr program{};
    program.p_type = PT_LOAD;
    program.p_offset = with_headers ? 0 : offset_here();
    program.p_vaddr = segment.virtual_address - extra;
    program.p_paddr = segment.physical_address - extra;
    program.p_filesz = static_cast<std::uint32_t>(segment.bytes.size()) + extra;
    program.p_memsz = segment.memory_size + extra;
    program.p_flags = PF_R | PF_X;
    contents.push_back(offset_here());
    append(body, segment.bytes);
    programs.push_back(program);
  }

  Bytes names = {0};
  const auto name_of = [&](std::string_view name) {
    const auto at = static_cast<Elf32_Word>(names.size());
    put(names, name);
    return at;
  };
  std::vector<Elf32_Shdr> headers_of_sections(1);
  const auto add_section = [&](std::string_view name, std::uint32_t type, std::uint32_t size,
                               Elf32_Off offset) -> Elf32_Shdr& {
    Elf32_Shdr header{};
    header.sh_name = name_of(name);
    header.sh_type = type;
    header.sh_offset = offset;
    header.sh_size = size;
    header.sh_addralign = 1;
    headers_of_sections.push_back(header);
    return headers_of_sections.back();
  };
  for (const Section& section : sections_) {
    Elf32_Off offset = offset_here();
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const Address into = section.address - segments_[i].virtual_address;
      if (section.own_bytes.empty() && into < segments_[i].bytes.size())
        offset = contents[i] + into;
    }
    append(body, section.own_bytes);
    Elf32_Shdr& header = add_section(section.name, section.type, section.size, offset);
    header.sh_flags = section.flags;
    header.sh_addr = section.address;
  }

  Bytes strings = {0};
  Bytes symbols;
  put_struct(symbols, Elf32_Sym{});
  for (const Symbol& symbol : symbols_) {
    Elf32_Sym entry = symbol.entry;
    entry.st_name = static_cast<Elf32_Word>(strings.size());
    put(strings, symbol.name);
    put_struct(symbols, entry);
  }
  while ((headers + body.size()) % 4 != 0) body.push_back(0);
  const auto symbol_count = static_cast<std::uint32_t>(symbols.size());
  Elf32_Shdr& table = add_section(".symtab", SHT_SYMTAB, symbol_count, offset_here());
  table.sh_entsize = sizeof(Elf32_Sym);
  table.sh_link = static_cast<Elf32_Word>(headers_of_sections.size());
  table.sh_info = 1;
  append(body, symbols);
  add_section(".strtab", SHT_STRTAB, static_cast<std::uint32_t>(strings.size()), offset_here());
  append(body, strings);
  const auto names_offset = offset_here();
  const Elf32_Word names_index = static_cast<Elf32_Word>(headers_of_sections.size());
  add_section(".shstrtab", SHT_STRTAB, 0, names_offset);
  headers_of_sections.back().sh_size = static_cast<std::uint32_t>(names.size());
  append(body, names);
  while ((headers + body.size()) % 4 != 0) body.push_back(0);

  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_ARM;
  header.e_version = EV_CURRENT;
  header.e_entry = entry_;
  header.e_phoff = sizeof(Elf32_Ehdr);
  header.e_shoff = offset_here();
  header.e_flags = 0x05000400;  // EABI 5, hard float
  header.e_ehsize = sizeof(Elf32_Ehdr);
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = static_cast<Elf32_Half>(programs.size());
  header.e_shentsize = sizeof(Elf32_Shdr);
  header.e_shnum = static_cast<Elf32_Half>(headers_of_sections.size());
  header.e_shstrndx = static_cast<Elf32_Half>(names_index);

  Bytes file;
  put_struct(file, header);
  for (const Elf32_Phdr& program : programs) put_struct(file, program);
  append(file, body);
  for (const Elf32_Shdr& section : headers_of_sections) put_struct(file, section);
  return file;
}

Bytes line_header_start(std::uint16_t version) {
  Bytes header;
  put(header, 1, 1);                    // minimum instruction length
  if (version >= 4) put(header, 1, 1);  // maximum operations per instruction
  put(header, 1, 1);                    // default_is_stmt
  put(header, 0xFB, 1);                 // line_base -5
  put(header, 14, 1);                   // line_range
  put(header, kOpcodeBase, 1);
  for (const unsigned operands : {0u, 1u, 1u, 1u, 1u, 0u, 0u, 0u, 1u, 0u, 0u, 1u}) {
    put(header, operands, 1);
  }
  return header;
}

Bytes line_unit(std::uint16_t version, const Bytes& header, const Bytes& program) {
  Bytes body;
  put(body, version, 2);
  if (version >= 5) put(body, 0x0004, 2);  // address size 4, no segment selector
  put(body, header.size(), 4);
  append(body, header);
  append(body, program);
  Bytes unit;
  put(unit, body.size(), 4);
  append(unit, body);
  return unit;
}

Bytes dwarf5_line_unit(std::string_view folder, std::string_view file,
                       const std::vector<LineSequence>& sequences) {
  Bytes header = line_header_start(5);
  put(header, 1, 1);  // folders: one field, DW_LNCT_path as DW_FORM_string
  put(header, 0x0801, 2);
  put_uleb(header, 1);
  put(header, folder);
  put(header, 2, 1);  // files: path as DW_FORM_string, folder as DW_FORM_udata
  put(header, 0x0801, 2);
  put(header, 0x0F02, 2);
  put_uleb(header, 2);
  for (int i = 0; i < 2; ++i) {  // file 0 is the unit itself, and compilers repeat it as file 1
    put(header, file);
    put_uleb(header, 0);
  }
  return line_unit(5, header, line_program(sequences));
}

Bytes dwarf4_line_unit(std::string_view folder, std::string_view file,
                       const std::vector<LineSequence>& sequences) {
  Bytes header = line_header_start(4);
  put(header, folder);
  put(header, 0, 1);
  put(header, file);
  put_uleb(header, 1);
  put_uleb(header, 0);
  put_uleb(header, 0);
  put(header, 0, 1);
  return line_unit(4, header, line_program(sequences));
}

std::string hex_record(std::uint8_t type, std::uint16_t offset, const Bytes& data) {
  Bytes bytes = {static_cast<std::uint8_t>(data.size()), static_cast<std::uint8_t>(offset >> 8),
                 static_cast<std::uint8_t>(offset), type};
  append(bytes, data);
  unsigned sum = 0;
  std::string text = ":";
  for (const std::uint8_t byte : bytes) {
    sum += byte;
    text += fmt::format("{:02X}", byte);
  }
  return text + fmt::format("{:02X}", (0x100 - sum % 0x100) % 0x100);
}

Bytes uf2_file(const std::vector<Uf2Block>& blocks) {
  Bytes file;
  std::uint32_t index = 0;
  for (const Uf2Block& block : blocks) {
    const std::size_t start = file.size();
    put(file, 0x0A324655, 4);
    put(file, 0x9E5D5157, 4);
    put(file, block.flags, 4);
    put(file, block.address, 4);
    put(file, block.payload.size(), 4);
    put(file, index, 4);
    put(file, blocks.size(), 4);
    put(file, block.family, 4);
    append(file, block.payload);
    file.resize(start + 508);
    put(file, 0x0AB16F30, 4);
    ++index;
  }
  return file;
}

Bytes example_elf() {
  Bytes code(64, 0xBF);
  Bytes lines = dwarf5_line_unit("/src", "main.c", {{0x1'0000, {10, 11, 14}, 4}});
  append(lines, dwarf4_line_unit("lib", "dot.c", {{0x1'0020, {3, 4}, 2}, {0, {7}, 2}}));
  return ElfBuilder()
      .segment(0x1'0000, 0x1'0000, code)
      .segment(0x2000'0000, 0x1'0040, {1, 2, 3, 4}, 16)
      .section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0x1'0000, 64)
      .section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 0x2000'0000, 4)
      .section(".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0x2000'0004, 12)
      .debug_section(".debug_line", lines)
      .symbol("$t", 0x1'0000, 0, STT_NOTYPE, STB_LOCAL)
      .symbol("main", 0x1'0001, 12, STT_FUNC)
      .symbol("_ZN2nn3dotEPKai", 0x1'0021, 8, STT_FUNC)
      .symbol("weights", 0x2000'0000, 4, STT_OBJECT, STB_GLOBAL, 2)
      .entry(0x1'0001)
      .build();
}

Bytes example_hex() {
  return to_bytes(hex_record(4, 0, {0x00, 0x01}) + "\r\n" + hex_record(0, 0, {1, 2, 3, 4}) +
                  "\r\n" + hex_record(2, 0, {0x20, 0x00}) + "\n" +
                  hex_record(0, 0xFFFE, {5, 6, 7, 8}) + "\n" +
                  hex_record(5, 0, {0x00, 0x01, 0x00, 0x01}) + "\n" + std::string(kHexEnd));
}

Bytes example_uf2() {
  Uf2Block other;
  other.flags = 1;
  other.payload = {9};
  return uf2_file({{0x2'6000, Bytes(256, 0xA5)}, {0x2'6100, Bytes(256, 0x5A)}, other});
}

}  // namespace tinyscope::test
