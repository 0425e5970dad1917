// Encodings: Armv7-M Architecture Reference Manual, DDI 0403, A5.2 and A5.3.
#include "profiler/code_inspection.hpp"

namespace tinyscope {

namespace {

bool is_wide(std::uint16_t halfword) { return halfword >= 0xE800; }

bool stores_r0_relative_to_r7(std::uint16_t halfword) {
  const int opcode = halfword & 0xF800;
  const bool store = opcode == 0x6000 || opcode == 0x7000 || opcode == 0x8000;  // STR, STRB, STRH
  return store && (halfword & 0x003F) == 0x0038;                                // Rn 7, Rt 0
}

}  // namespace

std::vector<std::uint16_t> code_at(const FirmwareImage& image, Address begin, std::uint32_t size) {
  std::vector<std::uint16_t> code;
  for (const ImageSegment& segment : image.segments) {
    const std::uint64_t offset = static_cast<std::uint64_t>(begin) - segment.address;
    if (begin < segment.address || offset >= segment.bytes.size()) continue;
    const std::uint64_t end = std::min<std::uint64_t>(segment.bytes.size(), offset + size);
    for (std::uint64_t i = offset; i + 2 <= end; i += 2) {
      const unsigned low = segment.bytes[i];
      const unsigned high = segment.bytes[i + 1];
      code.push_back(static_cast<std::uint16_t>(low | high << 8));
    }
    break;
  }
  return code;
}

bool looks_unoptimised(const std::vector<std::uint16_t>& code) {
  constexpr std::size_t kPrologue = 8;  // halfwords
  bool frame = false;
  for (std::size_t i = 0; i < code.size() && i < kPrologue; ++i) {
    if (is_wide(code[i])) {
      ++i;
      continue;
    }
    if ((code[i] & 0xFF00) == 0xAF00) frame = true;  // ADD R7, SP, #imm
    if (frame && stores_r0_relative_to_r7(code[i])) return true;
  }
  return false;
}

bool has_dual_multiply(const std::vector<std::uint16_t>& code) {
  for (std::size_t i = 0; i + 1 < code.size(); ++i) {
    if (!is_wide(code[i])) continue;
    const int first = code[i] & 0xFFF0;
    const int operation = code[i + 1] & 0x00F0;
    const bool short_form = (first == 0xFB20 || first == 0xFB40) && operation <= 0x10;
    const bool long_form = (first == 0xFBC0 || first == 0xFBD0) && (operation & 0xE0) == 0xC0;
    if (short_form || long_form) return true;
    ++i;
  }
  return false;
}

}  // namespace tinyscope
