// Firmware as it would be flashed: bytes at addresses, plus symbols and lines where known.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope {

struct ImageSegment {
  Address address = 0;  // load address (LMA)
  std::vector<std::uint8_t> bytes;
};

enum class SymbolKind : std::uint8_t { kFunction, kObject, kOther };

struct Symbol {
  std::string name;        // as in the file (mangled)
  std::string demangled;   // equal to name where there is nothing to demangle
  Address address = 0;     // Thumb bit removed
  std::uint32_t size = 0;  // bytes; functions of size 0 reach to the next symbol
  SymbolKind kind = SymbolKind::kOther;
};

// Symbols sorted by address. Of several at one address the first one given is preferred.
class SymbolTable {
 public:
  SymbolTable() = default;
  explicit SymbolTable(std::vector<Symbol> symbols);

  const std::vector<Symbol>& all() const { return symbols_; }
  bool empty() const { return symbols_.empty(); }
  // The function that contains `address`, the innermost if they overlap; null if none.
  const Symbol* function_at(Address address) const;
  // Any kind; by mangled name first, then by demangled name, then by demangled name without its
  // parameter list if that is unambiguous. Null if none.
  const Symbol* find(std::string_view name) const;

 private:
  // Addresses from `start` up to the next range belong to `function` (kNone: to no function).
  struct Range {
    std::uint64_t start = 0;
    std::uint32_t function = 0;
  };
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  void build_ranges();

  std::vector<Symbol> symbols_;
  std::vector<Range> ranges_;  // sorted by start
};

// "ns::clamp<int>" of "int ns::clamp<int>(int) [clone .part.0]": without parameter list, what
// follows it, and the return type that templates have.
std::string_view without_parameters(std::string_view demangled);

struct SourceLine {
  std::string file;
  int line = 0;
};

// Address to source line, from DWARF.
class LineTable {
 public:
  virtual ~LineTable() = default;
  virtual std::optional<SourceLine> find(Address address) const = 0;
  // File number `index` of the table at `offset` in .debug_line; empty if there is none.
  virtual std::string file(std::uint64_t offset, std::uint64_t index) const = 0;
};

// A function that the compiler inlined, and where the call stands that it was inlined for.
struct InlinedCall {
  std::string function;  // demangled
  std::string file;      // of the call; empty: not known
  int line = 0;          // 0: not known
};

// Address to inlined functions, from DWARF.
class InlineTable {
 public:
  virtual ~InlineTable() = default;
  // Innermost first; empty where nothing is inlined.
  virtual std::vector<InlinedCall> at(Address address) const = 0;
};

struct SectionInfo {
  std::string name;
  Address address = 0;       // run-time address (VMA)
  Address load_address = 0;  // where its bytes lie in the image (LMA)
  std::uint32_t size = 0;
  bool occupies_image = false;  // false for .bss and the like
  bool writable = false;
  bool executable = false;
};

struct FirmwareImage {
  std::filesystem::path path;
  std::string format;                  // "elf", "hex", "bin", "uf2"
  std::vector<ImageSegment> segments;  // sorted, not overlapping
  std::optional<Address> entry;        // ELF e_entry or the start record of a HEX file
  SymbolTable symbols;
  std::vector<SectionInfo> sections;           // ELF only
  std::shared_ptr<const LineTable> lines;      // null if there is no line information
  std::shared_ptr<const InlineTable> inlines;  // null if there is no debug information
  std::string sha256;                          // of the file, lower-case hex
};

// Reads ELF32 little-endian Arm, Intel HEX, UF2 or a raw binary; the format is found by content,
// raw binaries by the suffix .bin. `bin_address` is where a raw binary goes (required for one,
// refused for other formats). Throws InputError naming file, offset or line, what was expected and
// what to do.
FirmwareImage load_firmware(const std::filesystem::path& path,
                            std::optional<Address> bin_address = std::nullopt);

// The same from bytes in memory; `path` is for messages and for the suffix.
FirmwareImage parse_firmware(std::span<const std::uint8_t> bytes, const std::filesystem::path& path,
                             std::optional<Address> bin_address = std::nullopt);

// Both in one, as in the flash of a board: bytes and symbols of both, everything else of the
// program. Throws InputError if they share an address.
FirmwareImage with_boot_loader(FirmwareImage program, const FirmwareImage& boot_loader);

}  // namespace tinyscope
