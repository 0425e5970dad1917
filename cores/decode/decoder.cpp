// Finds the instruction's size, decodes its encoding (thumb_*.cpp) and derives what follows from
// the register sets. Capstone writes the text for reports.
#include "cores/decode/decoder.hpp"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include "cores/decode/thumb.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

std::uint32_t halfword_at(std::span<const std::uint8_t> code, std::size_t offset) {
  return static_cast<std::uint32_t>(code[offset] | code[offset + 1] << 8);
}

}  // namespace

struct Decoder::Handle {
  csh capstone = 0;
  cs_insn* scratch = nullptr;
};

Decoder::Decoder() : handle_(std::make_unique<Handle>()) {
  const auto mode = static_cast<cs_mode>(CS_MODE_THUMB | CS_MODE_MCLASS);
  if (cs_open(CS_ARCH_ARM, mode, &handle_->capstone) != CS_ERR_OK) {
    throw SimulatorFault("Capstone has no Arm support: install Debian's libcapstone4");
  }
  handle_->scratch = cs_malloc(handle_->capstone);
}

Decoder::~Decoder() {
  cs_free(handle_->scratch, 1);
  cs_close(&handle_->capstone);
}

Insn Decoder::decode(std::span<const std::uint8_t> code, Address address, bool in_it) {
  thumb::Encoding insn;
  insn.address = address;
  insn.in_it = in_it;
  if (code.size() < 2) return insn;
  const std::uint32_t first = halfword_at(code, 0);
  insn.size = thumb::size_of(first);
  if (insn.size == 2) {
    thumb::decode_narrow(insn, first);
  } else if (code.size() >= 4) {
    thumb::decode_wide(insn, first << 16 | halfword_at(code, 2));
  }
  if (insn.op == Op::kUndefined) {
    Insn undefined;  // drops what a half-decoded encoding has left behind
    undefined.address = address;
    undefined.in_it = in_it;
    undefined.size = insn.size;
    undefined.is_fp = insn.is_fp;
    return undefined;
  }
  if (in_it && insn.op != Op::kBreakpoint) insn.read_flags();
  insn.writes_pc = insn.writes.contains(thumb::kPc);
  insn.writes_sp = insn.writes.contains(thumb::kSp);
  return insn;
}

std::string Decoder::text(std::span<const std::uint8_t> code, Address address) {
  const Insn insn = decode(code, address);
  if (insn.op == Op::kUndefined) return "<undefined>";
  const std::uint8_t* bytes = code.data();
  std::size_t size = insn.size;
  std::uint64_t at = address;
  const cs_insn& shown = *handle_->scratch;
  if (cs_disasm_iter(handle_->capstone, &bytes, &size, &at, handle_->scratch) &&
      shown.size == insn.size) {
    if (shown.op_str[0] == '\0') return shown.mnemonic;
    return fmt::format("{} {}", shown.mnemonic, shown.op_str);
  }
  if (insn.size == 2) return fmt::format(".short 0x{:04x}", halfword_at(code, 0));
  return fmt::format(".inst.w 0x{:04x}{:04x}", halfword_at(code, 0), halfword_at(code, 2));
}

}  // namespace tinyscope
