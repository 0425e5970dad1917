// What exceptions cost on a Cortex-M4, and which instructions they abandon: Arm DDI 0439D 3.9.
#include <algorithm>

#include "cores/timing/auxiliary_control.hpp"
#include "cores/timing/cortex_m4.hpp"
#include "cores/timing/cortex_m4_latencies.hpp"

namespace tinyscope {
namespace {

using namespace cortex_m4;

bool is_code_bus(Address address) { return address < 0x2000'0000u; }

bool is_multiple_transfer(const Insn& insn) {
  return insn.op == Op::kLoadMultiple || insn.op == Op::kStoreMultiple ||
         insn.op == Op::kFpLoadMultiple || insn.op == Op::kFpStoreMultiple;
}

}  // namespace

unsigned CortexM4::words_delay(Address first, unsigned words, AccessType type, Time at) {
  unsigned delay = 0;
  for (unsigned i = 0; i < words; ++i) {
    delay += memory_->data_wait(first + 4 * i, type, at + i + delay);
  }
  return delay;
}

// While the frame is written, the vector is read and the handler fetched over the other bus.
Cycles CortexM4::exception_cycles(const ExceptionWork& work) {
  constexpr unsigned kBasicWords = 8, kFloatWords = 25;
  const unsigned words = work.fp_frame ? kFloatWords : kBasicWords;
  const Time begin = state_.finish;
  unsigned cycles = kTailChain;
  unsigned head_start = 0;
  switch (work.phase) {
    case ExceptionPhase::kEntry: {
      cycles = work.fp_frame ? kExceptionEntryFloat : kExceptionEntry;
      const Time at = begin + kExceptionEntry - kEntryStacking;
      cycles += words_delay(work.frame, words, AccessType::kWrite, at);
      const bool behind_vector = !is_code_bus(work.frame) && !is_code_bus(work.vector);
      const bool behind_handler = !is_code_bus(work.frame) && !is_code_bus(work.handler);
      const unsigned wait = memory_->fetch_wait(work.vector, behind_vector ? begin + cycles : at);
      if (behind_vector) {
        cycles += kVectorRead + wait + kHandlerFetch;
      } else if (behind_handler) {
        cycles += kHandlerFetch;
      } else {
        const unsigned beside =
            kExceptionEntry - kEntryStacking + kVectorRead + wait + kHandlerFetch;
        head_start = cycles > beside ? cycles - beside : 0;
        cycles = std::max(cycles, beside);
      }
      break;
    }
    case ExceptionPhase::kReturn:
      cycles = work.fp_frame ? kExceptionReturnFloat : kExceptionReturn;
      cycles += words_delay(work.frame, words, AccessType::kRead, begin);
      break;
    case ExceptionPhase::kTailChain: cycles += memory_->fetch_wait(work.vector, begin); break;
  }
  flush();
  state_.head_start = head_start;
  return {cycles};
}

Cycles CortexM4::lazy_stacking_cycles(Address address) {
  const unsigned delay = words_delay(address, kLazyStacking, AccessType::kWrite, state_.finish);
  state_.finish += kLazyStacking + delay;
  return {kLazyStacking + delay};
}

Cycles CortexM4::abandonable_cycles(const RetiredInsn& coming) const {
  const Insn& insn = coming.insn;
  if (controlled(actlr::kDismcycint)) return {0};
  if (insn.op == Op::kDivide) {
    return {divide_cycles(coming.dividend, coming.divisor, insn.signed_divide)};
  }
  return {is_multiple_transfer(insn) ? insn.access_count - coming.transferred : 0u};
}

// A word is moved whose address has been on the bus. In an IT block there is no room to remember,
// and a load that replaces its own base starts anew (Arm DDI 0403E B1.5.10).
unsigned CortexM4::transferred_after(const RetiredInsn& coming, Cycles after) const {
  const Insn& insn = coming.insn;
  if (!is_multiple_transfer(insn) || insn.in_it) return 0;
  if (insn.is_load() && !insn.writeback && insn.writes.contains(insn.base)) return 0;
  const auto moved = static_cast<unsigned>(after.count) + coming.transferred;
  return std::min(moved, insn.access_count - 1u);
}

}  // namespace tinyscope
