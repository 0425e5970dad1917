// 32-bit loads, stores and table branches: Arm DDI 0403E, A5.3.5 to A5.3.10.
#include <bit>

#include "cores/decode/thumb.hpp"

namespace tinyscope::thumb {
namespace {

std::int32_t signed_offset(std::uint32_t magnitude, bool add) {
  const auto offset = static_cast<std::int32_t>(magnitude);
  return add ? offset : -offset;
}

// Fills the address of LDR, STR and their kin; false if the form is not defined.
bool single_address(Encoding& insn, std::uint32_t word, bool load) {
  const unsigned base = bits(word, 19, 16);
  insn.address_base(base);
  if (base == kPc) {
    insn.address_mode = AddressMode::kLiteral;
    insn.displacement = signed_offset(bits(word, 11, 0), bit(word, 23));
    return load;
  }
  insn.address_mode = AddressMode::kImmediate;
  if (bit(word, 23)) {
    insn.displacement = static_cast<std::int32_t>(bits(word, 11, 0));
    return true;
  }
  if (!bit(word, 11)) {
    insn.address_mode = AddressMode::kRegister;
    insn.address_index(bits(word, 3, 0), bits(word, 5, 4));
    return bits(word, 10, 6) == 0;
  }
  const bool before = bit(word, 10);
  const bool add = bit(word, 9);
  const bool write_back = bit(word, 8);
  insn.displacement = signed_offset(bits(word, 7, 0), add);
  if (!before && !write_back) return false;
  insn.unprivileged = before && add && !write_back;
  if (write_back) {
    insn.address_mode = before ? AddressMode::kPreIndex : AddressMode::kPostIndex;
    insn.update_base();
  }
  return true;
}

}  // namespace

void decode_wide_memory(Encoding& insn, std::uint32_t word) {
  const bool load = bit(word, 20);
  const bool is_signed = bit(word, 24);
  const std::uint32_t log_size = bits(word, 22, 21);
  const unsigned reg = bits(word, 15, 12);
  if (log_size == 3 || (is_signed && (!load || log_size == 2))) return;
  const bool defined = single_address(insn, word, load);
  const bool hint = load && reg == kPc && log_size != 2;
  if (!defined || (reg == kPc && !load)) {
    insn.undefine();
    return;
  }
  if (hint) {
    // PLD and PLI have no effect here and form no address; with write-back they are
    // UNPREDICTABLE, and "memory hints" that are not allocated are NOPs too (A5.3.9).
    insn.op = Op::kPreload;
    insn.address_mode = AddressMode::kNone;
    insn.address_reads = RegisterSet();
    return;
  }
  insn.op = load ? Op::kLoad : Op::kStore;
  insn.access_bytes = static_cast<std::uint8_t>(1u << log_size);
  insn.access_count = 1;
  if (load) {
    insn.write(reg);
  } else {
    insn.store(reg);
  }
  insn.is_return = load && reg == kPc && insn.base == kSp &&
                   insn.address_mode == AddressMode::kPostIndex && insn.displacement == 4;
}

namespace {

void multiple(Encoding& insn, std::uint32_t word) {
  const std::uint32_t mode = bits(word, 24, 23);
  const bool load = bit(word, 20);
  const bool write_back = bit(word, 21);
  const unsigned base = bits(word, 19, 16);
  const std::uint32_t list = bits(word, 15, 0);
  const std::uint32_t forbidden = load ? 1u << kSp : 1u << kSp | 1u << kPc;
  // Modes 0 and 3 are SRS and RFE, which this profile lacks.
  if (mode == 0 || mode == 3 || list == 0 || (list & forbidden) != 0 || base == kPc) return;
  insn.op = load ? Op::kLoadMultiple : Op::kStoreMultiple;
  insn.address_mode = AddressMode::kMultiple;
  insn.access_bytes = 4;
  insn.access_count = static_cast<std::uint8_t>(std::popcount(list));
  insn.address_base(base);
  if (mode == 2) insn.displacement = -4 * insn.access_count;
  for (unsigned reg = 0; reg < 16; ++reg) {
    if (!bit(list, reg)) continue;
    if (load) {
      insn.write(reg);
    } else {
      insn.store(reg);
    }
  }
  if (write_back) insn.update_base();
  insn.is_return = load && base == kSp && write_back && mode == 1 && bit(list, kPc);
}

void pair(Encoding& insn, std::uint32_t word) {
  const bool load = bit(word, 20);
  const bool before = bit(word, 24);
  const bool write_back = bit(word, 21);
  const unsigned base = bits(word, 19, 16);
  const unsigned first = bits(word, 15, 12);
  const unsigned second = bits(word, 11, 8);
  const bool literal = base == kPc;
  if (first == kPc || second == kPc || (literal && (!load || write_back))) return;
  insn.op = load ? Op::kLoadDouble : Op::kStoreDouble;
  insn.access_bytes = 4;
  insn.access_count = 2;
  insn.address_base(base);
  insn.displacement = signed_offset(bits(word, 7, 0) * 4, bit(word, 23));
  insn.address_mode = literal ? AddressMode::kLiteral : AddressMode::kImmediate;
  if (load) {
    insn.write(first);
    insn.write(second);
  } else {
    insn.store(first);
    insn.store(second);
  }
  if (write_back) {
    insn.address_mode = before ? AddressMode::kPreIndex : AddressMode::kPostIndex;
    insn.update_base();
  }
}

void exclusive(Encoding& insn, std::uint32_t word, std::uint8_t size, unsigned status) {
  const bool load = bit(word, 20);
  insn.op = load ? Op::kLoadExclusive : Op::kStoreExclusive;
  insn.access_bytes = size;
  insn.access_count = 1;
  insn.address_mode = AddressMode::kImmediate;
  insn.address_base(bits(word, 19, 16));
  if (load) {
    insn.write(bits(word, 15, 12));
  } else {
    insn.store(bits(word, 15, 12));
    insn.write(status);
  }
}

void table_branch(Encoding& insn, std::uint32_t word) {
  insn.op = Op::kTableBranch;
  insn.access_bytes = bit(word, 4) ? 2 : 1;
  insn.access_count = 1;
  insn.address_mode = AddressMode::kRegister;
  insn.address_base(bits(word, 19, 16));
  insn.address_index(bits(word, 3, 0), bit(word, 4) ? 1 : 0);
  insn.writes.add(kPc);
}

void exclusive_or_table(Encoding& insn, std::uint32_t word) {
  if (!bit(word, 23)) {
    exclusive(insn, word, 4, bits(word, 11, 8));
    insn.displacement = static_cast<std::int32_t>(bits(word, 7, 0) * 4);
    return;
  }
  switch (bits(word, 7, 4)) {
    case 0:
    case 1:
      if (bit(word, 20)) table_branch(insn, word);
      break;
    case 4: exclusive(insn, word, 1, bits(word, 3, 0)); break;
    case 5: exclusive(insn, word, 2, bits(word, 3, 0)); break;
    default: break;  // LDREXD and the acquire and release forms belong to other profiles
  }
}

}  // namespace

void decode_wide_transfer(Encoding& insn, std::uint32_t word) {
  if (!bit(word, 22)) {
    multiple(insn, word);
  } else if (bit(word, 24) || bit(word, 21)) {
    pair(insn, word);
  } else {
    exclusive_or_table(insn, word);
  }
}

}  // namespace tinyscope::thumb
