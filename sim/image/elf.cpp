// ELF32 little-endian Arm executables: Tool Interface Standard ELF 1.2, and ELF for the Arm
// Architecture (Arm IHI 0044). The only file that includes libelf.
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <tuple>

#include "sim/error.hpp"
#include "sim/image/byte_reader.hpp"
#include "sim/image/demangle.hpp"
#include "sim/image/dwarf_inlines.hpp"
#include "sim/image/dwarf_lines.hpp"
#include "sim/image/elf_identity.hpp"
#include "sim/image/formats.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

struct LoadSegment {
  std::uint64_t offset = 0;
  std::uint64_t file_size = 0;
  std::uint64_t memory_size = 0;
  Address virtual_address = 0;
  Address physical_address = 0;
};

struct Section {
  Elf_Scn* handle = nullptr;
  std::string name;
  GElf_Shdr header{};
};

// $a, $t, $d and $d.suffix mark code and data (Arm IHI 0044, 5.5.5); they name nothing.
bool is_mapping_symbol(std::string_view name) {
  return name.size() >= 2 && name[0] == '$' &&
         (name[1] == 'a' || name[1] == 't' || name[1] == 'd') &&
         (name.size() == 2 || name[2] == '.');
}

// Bounds what overlapping names in a small file can make the program allocate.
constexpr std::size_t kMostNameBytes = 256u << 20;

struct RankedSymbol {
  Symbol symbol;
  int rank = 0;  // of several names for one address the lowest is preferred
};

bool is_wanted(const GElf_Sym& entry, std::string_view name) {
  const unsigned type = GELF_ST_TYPE(entry.st_info);
  return entry.st_shndx != SHN_UNDEF && entry.st_shndx != SHN_COMMON &&
         (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE) && !name.empty() &&
         !is_mapping_symbol(name);
}

RankedSymbol make_symbol(const GElf_Sym& entry, const char* name) {
  RankedSymbol ranked;
  Symbol& symbol = ranked.symbol;
  symbol.name = name;
  symbol.demangled = demangle(symbol.name);
  symbol.address = static_cast<Address>(entry.st_value);
  symbol.size = static_cast<std::uint32_t>(entry.st_size);
  const unsigned type = GELF_ST_TYPE(entry.st_info);
  if (type == STT_OBJECT) symbol.kind = SymbolKind::kObject;
  if (type == STT_FUNC) {
    symbol.kind = SymbolKind::kFunction;
    symbol.address &= ~Address{1};  // Thumb bit
  }
  const unsigned binding = GELF_ST_BIND(entry.st_info);
  ranked.rank = binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 1 : 2;
  return ranked;
}

std::vector<Symbol> ordered(std::vector<RankedSymbol> found) {
  std::sort(found.begin(), found.end(), [](const RankedSymbol& a, const RankedSymbol& b) {
    return std::tie(a.symbol.address, a.rank, a.symbol.name) <
           std::tie(b.symbol.address, b.rank, b.symbol.name);
  });
  std::vector<Symbol> symbols;
  symbols.reserve(found.size());
  for (RankedSymbol& ranked : found) symbols.push_back(std::move(ranked.symbol));
  return symbols;
}

class ElfReader {
 public:
  ElfReader(std::span<const std::uint8_t> bytes, const std::string& file)
      : bytes_(bytes), file_(file) {}

  FirmwareImage read() {
    require_arm_executable(bytes_, file_);  // before libelf sees the file
    open();
    read_segments();
    read_sections();
    FirmwareImage image;
    image.segments = flash_contents();
    image.entry = header_.e_entry;
    std::vector<Symbol> symbols = read_symbols();
    size_open_functions(symbols);
    image.symbols = SymbolTable(std::move(symbols));
    image.sections = describe_sections();
    image.lines = read_lines(image.symbols, image.sections);
    image.inlines = read_inlines(image);
    return image;
  }

 private:
  struct End {
    void operator()(Elf* elf) const { elf_end(elf); }
  };

  [[noreturn]] void fail(std::uint64_t offset, std::string_view message) const {
    throw InputError(fmt::format("{}: offset 0x{:X}: {}", file_, offset, message));
  }

  bool in_file(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }

  void open() {
    static std::once_flag once;
    std::call_once(once, [] { TINYSCOPE_ASSERT(elf_version(EV_CURRENT) != EV_NONE); });
    // libelf wants a writable pointer; it changes the bytes only when asked to.
    auto* data = const_cast<char*>(reinterpret_cast<const char*>(bytes_.data()));
    elf_.reset(elf_memory(data, bytes_.size()));
    if (!elf_ || elf_kind(elf_.get()) != ELF_K_ELF ||
        gelf_getehdr(elf_.get(), &header_) == nullptr) {
      fail(0, fmt::format("the ELF header cannot be read ({}); build the image again",
                          elf_errmsg(-1)));
    }
  }

  void read_segments() {
    const std::size_t count = header_.e_phnum;
    if (count == 0) {
      fail(offsetof(Elf32_Ehdr, e_phnum),
           "there are no program headers, so nothing to load; link an executable");
    }
    if (header_.e_phentsize != sizeof(Elf32_Phdr)) {
      fail(offsetof(Elf32_Ehdr, e_phentsize),
           fmt::format("expected program headers of {} bytes, found {}", sizeof(Elf32_Phdr),
                       header_.e_phentsize));
    }
    if (!in_file(header_.e_phoff, count * sizeof(Elf32_Phdr))) {
      fail(offsetof(Elf32_Ehdr, e_phoff),
           fmt::format("{} program headers at 0x{:X} lie beyond the end of the file; the file is "
                       "truncated, copy it again",
                       count, header_.e_phoff));
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t at = header_.e_phoff + i * sizeof(Elf32_Phdr);
      GElf_Phdr program{};
      if (gelf_getphdr(elf_.get(), static_cast<int>(i), &program) == nullptr) {
        fail(at, fmt::format("a program header cannot be read ({})", elf_errmsg(-1)));
      }
      if (program.p_type != PT_LOAD) continue;
      if (!in_file(program.p_offset, program.p_filesz)) {
        fail(at, fmt::format("segment {} needs {} bytes from 0x{:X}, the file has {}; it is "
                             "truncated, copy it again",
                             i, program.p_filesz, program.p_offset, bytes_.size()));
      }
      if (program.p_memsz < program.p_filesz) {
        fail(at,
             fmt::format("segment {} holds {} bytes and occupies only {}; build the image again", i,
                         program.p_filesz, program.p_memsz));
      }
      loads_.push_back({program.p_offset, program.p_filesz, program.p_memsz,
                        static_cast<Address>(program.p_vaddr),
                        static_cast<Address>(program.p_paddr)});
    }
  }

  void read_sections() {
    std::size_t names = 0;
    const bool named = elf_getshdrstrndx(elf_.get(), &names) == 0;
    if (header_.e_shoff != 0 &&
        !in_file(header_.e_shoff, std::uint64_t{header_.e_shnum} * sizeof(Elf32_Shdr))) {
      fail(offsetof(Elf32_Ehdr, e_shoff),
           fmt::format("{} section headers at 0x{:X} lie beyond the end of the file; the file is "
                       "truncated, copy it again",
                       header_.e_shnum, header_.e_shoff));
    }
    for (Elf_Scn* scn = elf_nextscn(elf_.get(), nullptr); scn != nullptr;
         scn = elf_nextscn(elf_.get(), scn)) {
      Section section;
      section.handle = scn;
      if (gelf_getshdr(scn, &section.header) == nullptr) {
        fail(header_.e_shoff,
             fmt::format("section header {} cannot be read ({})", elf_ndxscn(scn), elf_errmsg(-1)));
      }
      const bool has_bytes =
          section.header.sh_type != SHT_NOBITS && section.header.sh_type != SHT_NULL;
      if (has_bytes && !in_file(section.header.sh_offset, section.header.sh_size)) {
        fail(header_.e_shoff + elf_ndxscn(scn) * sizeof(Elf32_Shdr),
             fmt::format("section {} needs {} bytes from 0x{:X}, the file has {}; it is truncated, "
                         "copy it again",
                         elf_ndxscn(scn), section.header.sh_size, section.header.sh_offset,
                         bytes_.size()));
      }
      const char* name = named ? elf_strptr(elf_.get(), names, section.header.sh_name) : nullptr;
      if (name != nullptr) section.name = name;
      sections_.push_back(std::move(section));
    }
  }

  bool is_allocated(const Section& section) const {
    return (section.header.sh_flags & SHF_ALLOC) != 0 && section.header.sh_size != 0;
  }

  std::vector<ImageSegment> flash_contents() const {
    SegmentCollector segments(file_);
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      const LoadSegment& load = loads_[i];
      const std::uint64_t unused = std::min(headers_in_front(load), load.file_size);
      segments.add(load.physical_address + unused,
                   bytes_.subspan(static_cast<std::size_t>(load.offset + unused),
                                  static_cast<std::size_t>(load.file_size - unused)),
                   fmt::format("offset 0x{:X} (segment {})", load.offset, i));
    }
    if (segments.empty()) {
      fail(header_.e_phoff, "no segment holds bytes to load; link an executable with code");
    }
    return segments.take();
  }

  // Linkers may let the first segment begin with the ELF header itself. Flashing tools write
  // sections only, so what stands in front of the first section is not part of the image.
  std::uint64_t headers_in_front(const LoadSegment& load) const {
    if (load.offset != 0) return 0;
    std::uint64_t first = load.file_size;
    bool found = false;
    for (const Section& section : sections_) {
      if (!is_allocated(section) || section.header.sh_type == SHT_NOBITS) continue;
      if (section.header.sh_offset >= load.file_size) continue;
      first = std::min<std::uint64_t>(first, section.header.sh_offset);
      found = true;
    }
    return found ? first : 0;
  }

  std::vector<SectionInfo> describe_sections() const {
    std::vector<SectionInfo> infos;
    for (const Section& section : sections_) {
      if (!is_allocated(section)) continue;
      SectionInfo info;
      info.name = section.name;
      info.address = static_cast<Address>(section.header.sh_addr);
      info.load_address = info.address;
      info.size = static_cast<std::uint32_t>(section.header.sh_size);
      info.occupies_image = section.header.sh_type != SHT_NOBITS;
      info.writable = (section.header.sh_flags & SHF_WRITE) != 0;
      info.executable = (section.header.sh_flags & SHF_EXECINSTR) != 0;
      for (const LoadSegment& load : loads_) {
        const Address into = info.address - load.virtual_address;
        if (!info.occupies_image || info.address < load.virtual_address ||
            into >= load.memory_size) {
          continue;
        }
        info.load_address = load.physical_address + into;
        break;
      }
      infos.push_back(std::move(info));
    }
    return infos;
  }

  std::vector<Symbol> read_symbols() const {
    std::vector<RankedSymbol> found;
    std::size_t name_bytes = 0;
    for (const Section& section : sections_) {
      if (section.header.sh_type != SHT_SYMTAB) continue;
      Elf_Data* data = elf_getdata(section.handle, nullptr);
      if (data == nullptr) continue;
      const std::size_t count = data->d_size / sizeof(Elf32_Sym);
      for (std::size_t i = 0; i < count; ++i) {
        GElf_Sym entry{};
        if (gelf_getsym(data, static_cast<int>(i), &entry) == nullptr) break;
        const char* name = elf_strptr(elf_.get(), section.header.sh_link, entry.st_name);
        if (name == nullptr || !is_wanted(entry, name)) continue;
        found.push_back(make_symbol(entry, name));
        name_bytes += found.back().symbol.name.size() + found.back().symbol.demangled.size();
        if (name_bytes > kMostNameBytes) {
          fail(section.header.sh_offset,
               "the symbols' names are longer than 256 MiB; the file is "
               "damaged, build it again");
        }
      }
    }
    return ordered(std::move(found));
  }

  // Assembler functions without .size: up to the next symbol or the end of their section.
  void size_open_functions(std::vector<Symbol>& symbols) const {
    std::uint64_t next = std::uint64_t{1} << 32;  // address of the symbol above
    for (std::size_t i = symbols.size(); i-- > 0;) {
      Symbol& symbol = symbols[i];
      if (i + 1 < symbols.size() && symbols[i + 1].address > symbol.address) {
        next = symbols[i + 1].address;
      }
      if (symbol.kind != SymbolKind::kFunction || symbol.size != 0) continue;
      for (const Section& section : sections_) {
        const Address into = symbol.address - static_cast<Address>(section.header.sh_addr);
        if (!is_allocated(section) || into >= section.header.sh_size) continue;
        const std::uint64_t to_next = next - symbol.address;
        symbol.size = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(to_next, section.header.sh_size - into));
        break;
      }
    }
  }

  const Section* find_section(std::string_view name) const {
    for (const Section& section : sections_) {
      if (section.name == name && section.header.sh_type != SHT_NOBITS) return &section;
    }
    return nullptr;
  }

  std::span<const std::uint8_t> debug_bytes(std::string_view name) const {
    const Section* section = find_section(name);
    if (section == nullptr) return {};
    if ((section->header.sh_flags & SHF_COMPRESSED) != 0) decompress(*section);
    const Elf_Data* data = elf_getdata(section->handle, nullptr);
    if (data == nullptr || data->d_buf == nullptr) return {};
    return {static_cast<const std::uint8_t*>(data->d_buf), data->d_size};
  }

  static void decompress(const Section& section) {
    constexpr std::uint64_t kLargest = 64u << 20;
    GElf_Chdr compression{};
    if (gelf_getchdr(section.handle, &compression) == nullptr || compression.ch_size > kLargest ||
        elf_compress(section.handle, 0, 0) < 0) {
      throw MalformedData(fmt::format("section {} cannot be decompressed", section.name));
    }
  }

  std::shared_ptr<const LineTable> read_lines(const SymbolTable& symbols,
                                              std::span<const SectionInfo> sections) const {
    try {
      return read_dwarf_lines({debug_bytes(".debug_line"), debug_bytes(".debug_line_str")}, symbols,
                              sections);
    } catch (const MalformedData& error) {
      log::warning("{}: no source lines, the debug information is damaged ({})", file_,
                   error.what());
      return nullptr;
    }
  }

  std::shared_ptr<const InlineTable> read_inlines(const FirmwareImage& image) const {
    try {
      return dwarf_inlines({.info = debug_bytes(".debug_info"),
                            .abbrev = debug_bytes(".debug_abbrev"),
                            .str = debug_bytes(".debug_str"),
                            .line_str = debug_bytes(".debug_line_str"),
                            .str_offsets = debug_bytes(".debug_str_offsets"),
                            .addr = debug_bytes(".debug_addr"),
                            .ranges = debug_bytes(".debug_ranges"),
                            .rnglists = debug_bytes(".debug_rnglists")},
                           image, file_);
    } catch (const MalformedData& error) {
      log::warning("{}: no inlined functions, the debug information is damaged ({})", file_,
                   error.what());
      return nullptr;
    }
  }

  std::span<const std::uint8_t> bytes_;
  const std::string& file_;
  std::unique_ptr<Elf, End> elf_;
  GElf_Ehdr header_{};
  std::vector<LoadSegment> loads_;
  std::vector<Section> sections_;
};

}  // namespace

FirmwareImage parse_elf(std::span<const std::uint8_t> bytes, const std::string& file) {
  return ElfReader(bytes, file).read();
}

}  // namespace tinyscope
