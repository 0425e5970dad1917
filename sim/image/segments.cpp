#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/image/formats.hpp"

namespace tinyscope {

void SegmentCollector::add(std::uint64_t address, std::span<const std::uint8_t> bytes,
                           std::string where) {
  if (bytes.empty()) return;
  constexpr std::uint64_t kAddressSpace = std::uint64_t{1} << 32;
  if (address >= kAddressSpace || bytes.size() > kAddressSpace - address) {
    throw InputError(
        fmt::format("{}: {}: {} bytes at 0x{:08X} reach beyond the 4 GiB address space; check the "
                    "addresses the image was built for",
                    file_, where, bytes.size(), address));
  }
  pieces_.push_back(
      {static_cast<Address>(address), {bytes.begin(), bytes.end()}, std::move(where)});
}

std::vector<ImageSegment> SegmentCollector::take() {
  std::stable_sort(pieces_.begin(), pieces_.end(),
                   [](const Piece& a, const Piece& b) { return a.address < b.address; });
  std::vector<ImageSegment> segments;
  const Piece* below = nullptr;
  for (const Piece& piece : pieces_) {
    const std::uint64_t end =
        below == nullptr ? 0 : std::uint64_t{below->address} + below->bytes.size();
    if (below != nullptr && piece.address < end) {
      throw InputError(fmt::format(
          "{}: {}: the bytes at 0x{:08X} to 0x{:08X} overlap those of {}; an image gives each "
          "address once, so build or merge it again",
          file_, piece.where, piece.address, std::uint64_t{piece.address} + piece.bytes.size() - 1,
          below->where));
    }
    if (below != nullptr && piece.address == end) {
      auto& joined = segments.back().bytes;
      joined.insert(joined.end(), piece.bytes.begin(), piece.bytes.end());
    } else {
      segments.push_back({piece.address, piece.bytes});
    }
    below = &piece;
  }
  pieces_.clear();
  return segments;
}

}  // namespace tinyscope
