// What an instruction of a Cortex-M7 does once it has issued: its cycles, its accesses, and when
// its results are ready.
#include <algorithm>

#include "cores/timing/cortex_m7.hpp"
#include "cores/timing/cortex_m7_latencies.hpp"
#include "cores/timing/issue_rules.hpp"

namespace tinyscope {
namespace {

using namespace cortex_m7;

constexpr std::uint64_t kCoreBits = 0x7FFF;  // R0 to R14
constexpr std::uint64_t kFloatBits = std::uint64_t{0xFFFFFFFF} << RegisterSet::kFirstFloat;
constexpr std::uint64_t kFlagsBit = std::uint64_t{1} << RegisterSet::kFlags;

RegisterSet only(RegisterSet set, std::uint64_t bits) { return RegisterSet(set.bits() & bits); }
RegisterSet without(RegisterSet set, RegisterSet others) {
  return RegisterSet(set.bits() & ~others.bits());
}

bool is_multiple(const Insn& insn) {
  switch (insn.op) {
    case Op::kLoadDouble:
    case Op::kStoreDouble:
    case Op::kLoadMultiple:
    case Op::kStoreMultiple:
    case Op::kFpLoadMultiple:
    case Op::kFpStoreMultiple: return true;
    default: return (insn.op == Op::kFpLoad || insn.op == Op::kFpStore) && insn.access_count == 2;
  }
}

bool is_fused(const Insn& insn) { return insn.form == Form::kFloatFused; }

// Can it run in the early ALU, if its operands are there?
bool may_be_early(const Insn& insn) {
  return !insn.in_it && (insn.form == Form::kAddMove || insn.form == Form::kShift);
}

// Issue cycles of arithmetic in double precision.
unsigned double_cycles(const Insn& insn, bool chained) {
  switch (insn.op) {
    case Op::kFpDivide: return kDoubleDivide;
    case Op::kFpSquareRoot: return kDoubleSquareRoot;
    case Op::kFpMultiplyAdd:
      if (is_fused(insn)) return chained ? kDoubleFusedChained : kDoubleFused;
      return chained ? kDoubleChainedChained : kDoubleChained;
    default: break;
  }
  if (insn.form == Form::kFloatMultiply) return kDoubleMultiply;
  return insn.form == Form::kFloatAdd ? kDoubleAdd : 1;
}

}  // namespace

void CortexM7::extend(Pricing& pricing, unsigned cycles, StallCause cause) const {
  pricing.cycles += cycles;
  pricing.cost[cause] += cycles;
}

void CortexM7::load(Pricing& pricing, Address address) {
  extend(pricing, memory_->contention(address, pricing.last()), StallCause::kContention);
  const unsigned wait = memory_->data_wait(address, AccessType::kRead, pricing.last());
  extend(pricing, wait, StallCause::kData);
}

void CortexM7::store(Pricing& pricing, Address address, unsigned bytes) {
  extend(pricing, memory_->contention(address, pricing.last()), StallCause::kContention);
  extend(pricing, memory_->store_wait(address, bytes, pricing.last()), StallCause::kData);
}

// Several words, two a cycle; one access for each eight aligned bytes.
void CortexM7::transfer(Pricing& pricing) {
  const RetiredInsn& retired = pricing.retired;
  const Insn& insn = retired.insn;
  const unsigned left = insn.access_count - retired.transferred;
  const auto accesses =
      retired.accesses.subspan(std::min<std::size_t>(retired.transferred, retired.accesses.size()));
  const auto eight = [](Address address) { return address / kFetchBytes; };
  for (unsigned i = 0; i < left; ++i) {
    if (i != 0 && i % 2 == 0) extend(pricing, 1, StallCause::kMultiCycle);
    if (i >= accesses.size()) continue;
    const Address address = accesses[i].address;
    if (i != 0 && eight(address) == eight(accesses[i - 1].address)) continue;
    const bool both = i + 1 < accesses.size() && eight(address) == eight(accesses[i + 1].address);
    if (insn.is_store()) {
      store(pricing, address, both ? 8 : 4);
    } else {
      load(pricing, address);
    }
  }
  const bool crosses = !accesses.empty() && (accesses.front().address & kBankBit) != 0;
  if (insn.is_store() && left % 2 == 0 && crosses) {
    extend(pricing, kStoreAlignment, StallCause::kMultiCycle);
  }
}

void CortexM7::execute_load(Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  if (is_multiple(insn)) {
    transfer(pricing);
    return;
  }
  if (insn.op == Op::kTableBranch) extend(pricing, kTableBranch - 1, StallCause::kMultiCycle);
  if (pricing.retired.accesses.empty()) return;
  const MemoryAccess& one = pricing.retired.accesses.front();
  load(pricing, one.address);
  if ((one.address & (one.size - 1u)) == 0) return;
  extend(pricing, pricing.younger ? kUnalignedYounger : kUnalignedOlder, StallCause::kData);
  const Address end = one.address + one.size - 1;
  if (one.address / kFetchBytes != end / kFetchBytes) load(pricing, end & ~(kFetchBytes - 1));
}

void CortexM7::execute_store(Pricing& pricing) {
  if (is_multiple(pricing.retired.insn)) {
    transfer(pricing);
    return;
  }
  for (const MemoryAccess& one : pricing.retired.accesses) {
    const Address boundary = (one.address / kFetchBytes + 1) * kFetchBytes;
    const unsigned before = std::min<unsigned>(one.size, boundary - one.address);
    store(pricing, one.address, before);
    if (before < one.size) store(pricing, boundary, one.size - before);
  }
}

void CortexM7::execute_float(Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  if (insn.fp_double && insn.op != Op::kFpMove) {
    const bool chained = pricing.start <= state_.chain_free;
    extend(pricing, double_cycles(insn, chained) - 1, StallCause::kFpu);
  } else if (insn.op == Op::kFpDivide) {
    extend(pricing, kFloatDivide - 1, StallCause::kFpu);
  } else if (insn.op == Op::kFpSquareRoot) {
    extend(pricing, kFloatSquareRoot - 1, StallCause::kFpu);
  }
}

// An instruction whose condition failed takes as long as it would have, but for memory (J).
void CortexM7::execute(Pricing& pricing) {
  const RetiredInsn& retired = pricing.retired;
  const Insn& insn = retired.insn;
  if (insn.is_load()) {
    execute_load(pricing);
  } else if (insn.is_store()) {
    execute_store(pricing);
  } else if (insn.op == Op::kDivide) {
    const unsigned cycles = divide_cycles(retired.dividend, retired.divisor, insn.signed_divide);
    extend(pricing, cycles - 1, StallCause::kDivide);
  } else if (insn.is_float_arithmetic()) {
    execute_float(pricing);
  } else if (insn.op == Op::kBarrier || insn.op == Op::kInstructionBarrier) {
    extend(pricing, memory_->drain_wait(pricing.last()), StallCause::kData);
  }
}

void CortexM7::leave_core_results(const Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  Scoreboard& results = state_.results;
  const Time issue = pricing.last();
  const RegisterSet written = only(insn.writes, kCoreBits);
  if (insn.writes.contains(RegisterSet::kFlags)) {
    const unsigned after = insn.is_multiply() ? kSlowResult : kLateResult;
    results.set(only(insn.writes, kFlagsBit), issue + after, Origin::kOther);
  }
  if (written.empty()) return;
  if (insn.is_load() || insn.is_store()) {
    const bool word = insn.access_bytes == 4;
    RegisterSet base;
    if (insn.writeback) base.add(insn.base);
    const RegisterSet loaded = insn.writeback ? without(written, base) : written;
    if (insn.is_load()) {
      const unsigned after = word ? kWordLoad : kByteLoad;
      results.set(loaded, issue + after, word ? Origin::kLoadedWord : Origin::kOther);
    } else {
      results.set(loaded, issue + kLateResult, Origin::kOther);  // STREX
    }
    results.set(base, pricing.start + kEarlyResult, Origin::kUpdated);
    return;
  }
  if (insn.op == Op::kReadSpecial) {
    results.set(written, issue + kSpecialResult, Origin::kOther);
    return;
  }
  const bool slow = insn.is_multiply() || insn.form == Form::kSaturate ||
                    insn.form == Form::kSaturatingAdd || insn.form == Form::kSaturatingDouble ||
                    insn.form == Form::kDifferences;
  if (slow) {
    const Origin origin = insn.is_multiply() ? Origin::kProduct : Origin::kOther;
    results.set(written, issue + kSlowResult, origin);
  } else if (insn.form == Form::kReverse) {
    results.set(written, issue + kEarlyResult, Origin::kReversed);
  } else if (may_be_early(insn)) {
    // Of two, the shifter is free for a shift unless the other has it; an addition goes first.
    const bool slot = !pricing.younger || (insn.form == Form::kShift &&
                                           (state_.older.needs & (kShifter | kShiftOnly)) == 0);
    const Time operands = results.early_ready(only(insn.reads, kCoreBits));
    const bool early = slot && operands <= pricing.start;
    results.set(written, issue + (early ? kEarlyResult : kLateResult), Origin::kOther);
  } else {
    results.set(written, issue + kLateResult, Origin::kOther);
  }
}

void CortexM7::leave_float_results(const Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  const RegisterSet written = only(insn.writes, kFloatBits);
  const Time issue = pricing.last();
  Scoreboard& results = state_.results;
  if (insn.op == Op::kFpMultiplyAdd) {
    const bool fused = is_fused(insn);
    // In double precision the pipeline has stood still for all but the last stages (L).
    const unsigned after = insn.fp_double ? kFloatResult : fused ? kFusedResult : kChainedResult;
    results.set(written, issue + after, fused ? Origin::kFused : Origin::kChained);
    state_.adder_free = issue + 1 + (insn.fp_double ? 1 : kAfterMultiplyAdd);
    state_.transfer_free = issue + 1 + (insn.fp_double ? 0 : kAfterMultiplyAdd);
    if (!fused) state_.fused_free = issue + 1 + kFusedAfterChained;
    if (insn.fp_double) state_.chain_free = issue + 1;
  } else if (insn.is_load()) {
    results.set(written, issue + kFloatLoad, Origin::kLoadedFloat);
  } else if (insn.op == Op::kFpMove || insn.op == Op::kFpMoveDouble) {
    results.set(written, issue + kFloatMove, Origin::kMovedFloat);
  } else {
    results.set(written, issue + kFloatResult, Origin::kFloat);
  }
}

void CortexM7::leave_results(const Pricing& pricing) {
  leave_core_results(pricing);
  if (pricing.retired.insn.is_fp) leave_float_results(pricing);
}

}  // namespace tinyscope
