// The readers of the single firmware formats, and what they share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/image/image.hpp"

namespace tinyscope {

// `file` is the name for messages. Each returns everything but path, format and sha256, and throws
// InputError.
FirmwareImage parse_elf(std::span<const std::uint8_t> bytes, const std::string& file);
FirmwareImage parse_intel_hex(std::span<const std::uint8_t> bytes, const std::string& file);
FirmwareImage parse_uf2(std::span<const std::uint8_t> bytes, const std::string& file);
FirmwareImage parse_bin(std::span<const std::uint8_t> bytes, const std::string& file,
                        std::optional<Address> address);

bool looks_like_elf(std::span<const std::uint8_t> bytes);
bool looks_like_intel_hex(std::span<const std::uint8_t> bytes);
bool looks_like_uf2(std::span<const std::uint8_t> bytes);

// Pieces of an image in any order, each with the place it came from ("line 3").
class SegmentCollector {
 public:
  explicit SegmentCollector(const std::string& file) : file_(file) {}
  // Throws InputError if the bytes reach beyond the address space.
  void add(std::uint64_t address, std::span<const std::uint8_t> bytes, std::string where);
  bool empty() const { return pieces_.empty(); }
  // Sorted, adjacent pieces joined. Throws InputError if two pieces overlap.
  std::vector<ImageSegment> take();

 private:
  struct Piece {
    Address address = 0;
    std::vector<std::uint8_t> bytes;
    std::string where;
  };
  const std::string& file_;
  std::vector<Piece> pieces_;
};

}  // namespace tinyscope
