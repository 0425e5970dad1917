// Encodings: Armv7-M Architecture Reference Manual, DDI 0403, A5.2 and A5.3.
#include "profiler/code_inspection.hpp"

namespace tinyscope {

namespace {

bool is_wide(std::uint16_t halfword) { return halfword >= 0xE800; }

constexpr unsigned kFramePointer = 7;

// STR, STRB or STRH of R0, narrow: the base register; 16 for other instructions.
unsigned base_of_store_of_r0(std::uint16_t halfword) {
  const int opcode = halfword & 0xF800;
  const bool store = opcode == 0x6000 || opcode == 0x7000 || opcode == 0x8000;
  return store && (halfword & 0x7) == 0 ? halfword >> 3 & 0x7u : 16u;
}

// ADD.W, ADDW, SUB.W and SUBW with a constant: large frames take their address in steps.
bool adds_constant(std::uint16_t first) {
  const int opcode = first & 0xFBF0;
  return opcode == 0xF100 || opcode == 0xF200 || opcode == 0xF1A0 || opcode == 0xF2A0;
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
  constexpr std::size_t kPrologue = 16;  // halfwords
  unsigned in_frame = 0;                 // registers that hold an address in the frame, by bit
  for (std::size_t i = 0; i < code.size() && i < kPrologue; ++i) {
    if (is_wide(code[i])) {
      if (i + 1 < code.size() && adds_constant(code[i]) && (in_frame >> (code[i] & 15) & 1) != 0) {
        in_frame |= 1u << (code[i + 1] >> 8 & 15);
      }
      ++i;
      continue;
    }
    if ((code[i] & 0xFF00) == 0xAF00) in_frame |= 1u << kFramePointer;  // ADD R7, SP, #imm
    if ((in_frame >> base_of_store_of_r0(code[i]) & 1) != 0) return true;
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
