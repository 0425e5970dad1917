// What exceptions cost on a Cortex-M7: entry, return, tail-chaining, lazy stacking, and which
// instructions they abandon. Arm publishes no table; see cortex_m7_latencies.hpp.
#include <algorithm>

#include "cores/timing/cortex_m7.hpp"

namespace tinyscope {
namespace {

using namespace cortex_m7;

bool is_multiple_transfer(const Insn& insn) {
  return insn.op == Op::kLoadMultiple || insn.op == Op::kStoreMultiple ||
         insn.op == Op::kFpLoadMultiple || insn.op == Op::kFpStoreMultiple;
}

}  // namespace

// Waits of the memory for words that move in pairs.
unsigned CortexM7::words_delay(Address first, unsigned words, AccessType type, Time at) {
  unsigned delay = 0;
  for (unsigned i = 0; i < words; i += 2) {
    const Address address = first + 4 * i;
    const Time cycle = at + i / 2 + delay;
    delay += type == AccessType::kWrite ? memory_->store_wait(address, kFetchBytes, cycle)
                                        : memory_->data_wait(address, type, cycle);
  }
  return delay;
}

Cycles CortexM7::exception_cycles(const ExceptionWork& work) {
  const Time begin = state_.finish;
  const unsigned words = work.fp_frame ? kFloatWords : kBasicWords;
  const unsigned more = work.fp_frame ? word_pairs(kFloatWords - kBasicWords) : 0;
  unsigned cycles = kTailChain;
  switch (work.phase) {
    case ExceptionPhase::kEntry: {
      // The vector is read while the frame is written.
      const unsigned stacking = words_delay(work.frame, words, AccessType::kWrite, begin);
      const unsigned vector = memory_->fetch_wait(work.vector & ~Address{7}, begin);
      cycles = kExceptionEntry + more + std::max(stacking, vector);
      break;
    }
    case ExceptionPhase::kReturn:
      cycles = kExceptionReturn + more;
      cycles += words_delay(work.frame, words, AccessType::kRead, begin);
      break;
    case ExceptionPhase::kTailChain:
      cycles += memory_->fetch_wait(work.vector & ~Address{7}, begin);
      break;
  }
  flush();
  return {cycles};
}

Cycles CortexM7::lazy_stacking_cycles(Address address) {
  const unsigned delay = words_delay(address, kLazyWords, AccessType::kWrite, state_.finish);
  const unsigned cycles = word_pairs(kLazyWords) + delay;
  state_.finish += cycles;
  state_.older.open = false;
  return {cycles};
}

Cycles CortexM7::abandonable_cycles(const RetiredInsn& coming) const {
  const Insn& insn = coming.insn;
  if (insn.op == Op::kDivide) {
    return {divide_cycles(coming.dividend, coming.divisor, insn.signed_divide)};
  }
  return {is_multiple_transfer(insn) ? word_pairs(insn.access_count - coming.transferred) : 0u};
}

// In an IT block there is no room to remember, and a load that replaces its own base starts anew
// (Arm DDI 0403E B1.5.10).
unsigned CortexM7::transferred_after(const RetiredInsn& coming, Cycles after) const {
  const Insn& insn = coming.insn;
  if (!is_multiple_transfer(insn) || insn.in_it) return 0;
  if (insn.is_load() && !insn.writeback && insn.writes.contains(insn.base)) return 0;
  const auto moved = 2 * static_cast<unsigned>(after.count) + coming.transferred;
  return std::min(moved, insn.access_count - 1u);
}

}  // namespace tinyscope
