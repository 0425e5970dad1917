// RIFF: chunks of a four-letter name, a little-endian length and padded contents ("Multimedia
// Programming Interface and Data Specifications 1.0", Microsoft and IBM, 1991).
#include "peripherals/stimulus/riff_check.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <fstream>

namespace tinyscope {
namespace {

constexpr std::uint32_t kStreamed = 0xFFFF'FFFF;
constexpr std::uint64_t kFirstChunk = 12;  // after "RIFF", length, "WAVE"

struct ChunkHeader {
  std::string name;
  std::uint32_t length = 0;
};

bool read_header(std::ifstream& stream, ChunkHeader& header) {
  std::array<char, 8> raw{};
  if (!stream.read(raw.data(), raw.size())) return false;
  header.name.assign(raw.data(), 4);
  header.length = 0;
  for (unsigned i = 0; i < 4; ++i) {
    header.length |= static_cast<std::uint32_t>(static_cast<unsigned char>(raw[4 + i])) << 8 * i;
  }
  return true;
}

}  // namespace

std::string truncated_riff(const std::string& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const auto size = static_cast<std::uint64_t>(stream.tellg());
  stream.seekg(0);
  ChunkHeader header;
  if (!read_header(stream, header) || header.name != "RIFF") return {};
  for (std::uint64_t at = kFirstChunk; at + 8 <= size;) {
    stream.seekg(static_cast<std::streamoff>(at));
    if (!read_header(stream, header)) return {};
    const std::uint64_t end = at + 8 + header.length;
    if (header.name == "data") {
      if (header.length == 0 || header.length == kStreamed || end <= size) return {};
      return fmt::format("is cut short: its header promises {} bytes of sound, {} are there",
                         header.length, size - at - 8);
    }
    at = end + header.length % 2;
  }
  return "is cut short: it has no data";
}

}  // namespace tinyscope
