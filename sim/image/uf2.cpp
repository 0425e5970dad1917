// UF2: USB Flashing Format, github.com/microsoft/uf2, README.md, "File format".
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "sim/error.hpp"
#include "sim/image/formats.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kBlockBytes = 512;
constexpr std::size_t kPayloadOffset = 32;
constexpr std::size_t kLargestPayload = 476;
constexpr std::uint32_t kMagicStart0 = 0x0A324655;  // "UF2\n"
constexpr std::uint32_t kMagicStart1 = 0x9E5D5157;
constexpr std::uint32_t kMagicEnd = 0x0AB16F30;
constexpr std::uint32_t kFlagNotMainFlash = 0x0000'0001;
constexpr std::uint32_t kFlagFileContainer = 0x0000'1000;
constexpr std::uint32_t kFlagFamilyId = 0x0000'2000;

std::uint32_t word(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | bytes[offset + i];
  return value;
}

}  // namespace

bool looks_like_uf2(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 4 && word(bytes, 0) == kMagicStart0;
}

FirmwareImage parse_uf2(std::span<const std::uint8_t> bytes, const std::string& file) {
  std::size_t block_start = 0;
  const auto fail = [&](std::size_t offset, const std::string& message) {
    throw InputError(fmt::format("{}: offset 0x{:X} (block {}): {}", file, block_start + offset,
                                 block_start / kBlockBytes, message));
  };
  if (bytes.size() % kBlockBytes != 0) {
    throw InputError(
        fmt::format("{}: expected blocks of 512 bytes, found {} bytes left over at offset 0x{:X}; "
                    "the file is truncated, copy it again",
                    file, bytes.size() % kBlockBytes, bytes.size() - bytes.size() % kBlockBytes));
  }
  const std::size_t count = bytes.size() / kBlockBytes;
  std::optional<std::uint32_t> family;
  bool first_with_data = true;
  SegmentCollector segments(file);
  for (std::size_t index = 0; index < count; ++index) {
    block_start = index * kBlockBytes;
    const auto block = bytes.subspan(block_start, kBlockBytes);
    const auto expect = [&](std::size_t offset, std::uint32_t expected, std::string_view what) {
      const std::uint32_t found = word(block, offset);
      if (found == expected) return;
      fail(offset, fmt::format("{}: expected 0x{:08X}, found 0x{:08X}; the file is damaged or was "
                               "cut, build or copy it again",
                               what, expected, found));
    };
    expect(0, kMagicStart0, "first magic number");
    expect(4, kMagicStart1, "second magic number");
    expect(kBlockBytes - 4, kMagicEnd, "final magic number");
    expect(20, static_cast<std::uint32_t>(index), "block number");
    expect(24, static_cast<std::uint32_t>(count), "number of blocks");
    const std::uint32_t flags = word(block, 8);
    const std::uint32_t size = word(block, 16);
    if (size > kLargestPayload) {
      fail(16, fmt::format("payload size: expected at most 476 bytes, found {}", size));
    }
    if ((flags & (kFlagNotMainFlash | kFlagFileContainer)) != 0) continue;  // not for the flash
    const auto this_family = (flags & kFlagFamilyId) != 0 ? std::optional(word(block, 28))
                                                          : std::optional<std::uint32_t>();
    if (first_with_data) {
      family = this_family;
      first_with_data = false;
    } else if (family != this_family) {
      const auto show = [](std::optional<std::uint32_t> id) {
        return id ? fmt::format("0x{:08X}", *id) : std::string("none");
      };
      fail(28, fmt::format("chip family {} after {}; give an image for one chip only",
                           show(this_family), show(family)));
    }
    segments.add(word(block, 12), block.subspan(kPayloadOffset, size),
                 fmt::format("block {}", index));
  }
  if (segments.empty()) {
    throw InputError(fmt::format("{}: no block holds data for the flash; build it again", file));
  }
  FirmwareImage image;
  image.segments = segments.take();
  return image;
}

}  // namespace tinyscope
