// Decoding of Thumb encodings as laid out in Arm DDI 0403E, chapter A5: private to this folder.
#pragma once

#include <cstdint>

#include "cores/decode/insn.hpp"

namespace tinyscope::thumb {

// Bits `high` … `low` of an encoding. A wide instruction is one word: first halfword on top.
constexpr std::uint32_t bits(std::uint32_t word, unsigned high, unsigned low) {
  return word >> low & (0xFFFFFFFFu >> (31u - (high - low)));
}
constexpr bool bit(std::uint32_t word, unsigned position) { return (word >> position & 1u) != 0; }
// The low `width` bits of `value` as a two's complement number.
constexpr std::int32_t sign_extend(std::uint32_t value, unsigned width) {
  const std::uint32_t sign = 1u << (width - 1);
  return static_cast<std::int32_t>((value ^ sign) - sign);
}

inline constexpr unsigned kSp = 13;
inline constexpr unsigned kLr = 14;
inline constexpr unsigned kPc = 15;

// Size in bytes from the first halfword (A5.1).
constexpr std::uint8_t size_of(std::uint32_t first_halfword) {
  return first_halfword >= 0xE800u ? 4 : 2;
}

// Collects what an encoding says. Every decode_ function starts from one, and leaves `op` at
// kUndefined where the architecture defines nothing.
struct Encoding : Insn {
  void read(unsigned reg) { reads.add(reg); }
  void write(unsigned reg) {
    writes.add(reg);
    if (reg < kPc && destination == kNoRegister) destination = static_cast<std::uint8_t>(reg);
  }
  void read_shifted(unsigned reg) {
    read(reg);
    shifter_reads.add(reg);
  }
  void accumulate(unsigned reg) {
    read(reg);
    accumulator.add(reg);
  }
  void read_flags() { reads.add(RegisterSet::kFlags); }
  void write_flags() { writes.add(RegisterSet::kFlags); }  // Q and GE alone
  void set_flags() {                                       // NZCV
    write_flags();
    sets_flags = true;
  }
  // One float (`doubles` false) or both halves of a double.
  void read_float(unsigned reg, bool doubles) { add_float(reads, reg, doubles); }
  void write_float(unsigned reg, bool doubles) { add_float(writes, reg, doubles); }
  static void add_float(RegisterSet& set, unsigned reg, bool doubles) {
    if (doubles) {
      set.add(RegisterSet::kFirstFloat + 2 * reg);
      set.add(RegisterSet::kFirstFloat + 2 * reg + 1);
    } else {
      set.add(RegisterSet::kFirstFloat + reg);
    }
  }

  void address_base(unsigned reg) {
    base = static_cast<std::uint8_t>(reg);
    read(reg);
    if (reg != kPc) address_reads.add(reg);
  }
  void address_index(unsigned reg, unsigned shift) {
    index = static_cast<std::uint8_t>(reg);
    index_shift = static_cast<std::uint8_t>(shift);
    read(reg);
    address_reads.add(reg);
  }
  void store(unsigned reg) {
    read(reg);
    store_data.add(reg);
  }
  void update_base() {
    writeback = true;
    writes.add(base);
  }
  void branch_to(std::int32_t offset_from_pc) {
    target = address + 4u + static_cast<std::uint32_t>(offset_from_pc);
    writes.add(kPc);
  }
  void undefine() { op = Op::kUndefined; }
};

void decode_narrow(Encoding& insn, std::uint32_t halfword);
void decode_wide(Encoding& insn, std::uint32_t word);

// Parts of decode_wide by the groups of A5.3.
void decode_wide_data(Encoding& insn, std::uint32_t word);      // data processing
void decode_wide_multiply(Encoding& insn, std::uint32_t word);  // multiply and divide
void decode_wide_memory(Encoding& insn, std::uint32_t word);    // one element
void decode_wide_transfer(Encoding& insn, std::uint32_t word);  // multiple, dual, exclusive, TBB
void decode_wide_control(Encoding& insn, std::uint32_t word);   // branches and system
void decode_coprocessor(Encoding& insn, std::uint32_t word);    // FPU and others

}  // namespace tinyscope::thumb
