#include "cores/timing/cortex_m7.hpp"

#include <algorithm>
#include <string>

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

bool is_direct_branch(const Insn& insn) {
  return insn.op == Op::kBranch || insn.op == Op::kBranchLink || insn.op == Op::kCompareBranch;
}

bool is_register_branch(const Insn& insn) {
  return insn.op == Op::kBranchRegister || insn.op == Op::kBranchLinkRegister;
}

bool is_taken(const RetiredInsn& retired) {
  if (retired.skipped || !retired.insn.writes_pc) return false;
  return !retired.insn.is_conditional_branch() || retired.next != retired.insn.end();
}

bool is_fused(const Insn& insn) { return insn.form == Form::kFloatFused; }

}  // namespace

void CortexM7::master_access(Address address, std::int64_t cycles) {
  memory_->master_access(address, state_.finish + static_cast<Time>(cycles));
}

void CortexM7::wait_until(Pricing& pricing, Time ready, StallCause cause) const {
  if (ready <= pricing.start) return;
  pricing.cost[cause] += ready - pricing.start;
  pricing.start = ready;
}

// The earliest cycle of issue that the operands allow, and what waits longest.
CortexM7::Ready CortexM7::operands_ready(const Insn& insn, std::uint16_t needs) const {
  const Scoreboard& results = state_.results;
  const bool predicted = is_direct_branch(insn) || is_register_branch(insn);
  const bool select = insn.form == Form::kFloatSelect;
  const RegisterSet address = only(insn.address_reads, kCoreBits);
  const RegisterSet shifted = only(insn.shifter_reads, kCoreBits);
  const RegisterSet addend = only(insn.accumulator, kCoreBits);
  const RegisterSet stored = only(insn.store_data, kCoreBits);
  // Of flags and registers that decide where a branch goes, prediction takes care.
  const std::uint64_t in_ex2 = predicted ? 0 : kCoreBits | (insn.op == Op::kIt ? 0 : kFlagsBit);
  const RegisterSet others = without(only(insn.reads, in_ex2), address | shifted | addend | stored);
  const bool slow_loads = insn.is_multiply() || !shifted.empty();

  Time core = results.core_ready(address | shifted, kEx1, false);
  core = std::max(core, insn.op == Op::kFpMove
                            ? results.move_ready(others)
                            : results.core_ready(others, select ? kEx1 : kEx2, slow_loads));
  core = std::max(core, results.core_ready(addend, kEx3, false));
  core = std::max(core, results.core_ready(stored, kEx4, false));
  if (!insn.is_fp) return {core, StallCause::kLoadUse};

  const bool to_core = insn.op == Op::kFpMove && !only(insn.writes, kCoreBits).empty();
  const FloatUse addend_use = is_fused(insn) ? FloatUse::kFusedAddend : FloatUse::kChainedAddend;
  const RegisterSet float_addend = only(insn.accumulator, kFloatBits);
  const RegisterSet float_stored = only(insn.store_data, kFloatBits);
  const RegisterSet float_others =
      without(only(insn.reads, kFloatBits), float_addend | float_stored);
  Time fpu = results.float_ready(float_others, to_core ? FloatUse::kToCore : FloatUse::kOperand);
  fpu = std::max(fpu, results.float_ready(float_addend, addend_use));
  fpu = std::max(fpu, results.float_ready(float_stored, FloatUse::kStore));
  if ((needs & kFloatAdder) != 0) fpu = std::max(fpu, state_.adder_free);
  if (is_fused(insn)) fpu = std::max(fpu, state_.fused_free);
  return fpu > core ? Ready{fpu, StallCause::kFpu} : Ready{core, StallCause::kLoadUse};
}

// May it issue in the cycle of the instruction before?
bool CortexM7::pairs(const Pricing& pricing, Time fetched, const Ready& operands) const {
  const Older& older = state_.older;
  const Time cycle = state_.finish - 1;
  if (!older.open || fetched > cycle || operands.issue > cycle) return false;
  if (!may_pair(older.needs, pricing.needs)) return false;
  const RetiredInsn& retired = pricing.retired;
  if (older.loads && (pricing.needs & kLoadPort) != 0 && !retired.accesses.empty()) {
    const bool odd = (retired.accesses.front().address & kBankBit) != 0;
    if (odd == older.odd) return false;
  }
  const unsigned either = older.needs | pricing.needs;
  const bool transfers = (either & kFloatTransfer) != 0;
  if (transfers && (either & kFloatMultiplyAdd) != 0) {
    return (older.needs & kFloatMultiplyAdd) != 0 ? older.lone_multiply_add
                                                  : cycle >= state_.transfer_free;
  }
  return (pricing.needs & kFloatTransfer) == 0 || cycle >= state_.transfer_free;
}

bool CortexM7::predicted(const Pricing& pricing, bool taken) {
  const RetiredInsn& retired = pricing.retired;
  const Insn& insn = retired.insn;
  if (!is_direct_branch(insn)) return !taken || predictor_.indirect(insn.address, retired.next);
  const bool may_fall_through = insn.is_conditional_branch() || insn.in_it;
  return may_fall_through ? predictor_.conditional(insn.address, taken)
                          : predictor_.always(insn.address);
}

// Goes on along the path that was predicted, or refills the pipeline.
void CortexM7::follow_branch(Pricing& pricing) {
  const RetiredInsn& retired = pricing.retired;
  const Insn& insn = retired.insn;
  state_.older.open = (pricing.needs & kAlone) == 0 && !pricing.younger;
  if (insn.op == Op::kInstructionBarrier) {
    if (!retired.skipped) extend(pricing, kInstructionBarrier, StallCause::kMultiCycle);
    state_.fetch.restart(pricing.last() + 1);
    state_.older.open = false;
    return;
  }
  if (!insn.writes_pc) return;
  const bool taken = is_taken(retired);
  if (taken && retired.next >= kExceptionReturns) {
    state_.restart = true;  // the exception return has its own price
    return;
  }
  if (predicted(pricing, taken)) {
    if (taken) state_.fetch.redirect();
    return;
  }
  const bool compares = insn.op == Op::kCompareBranch;
  const RegisterSet decides = only(insn.reads, compares ? kCoreBits : kFlagsBit);
  const Time known = state_.results.core_ready(decides, kEx1, false) + (compares ? 0 : 1);
  const bool early = is_direct_branch(insn) && known <= pricing.start;
  extend(pricing, early ? kMispredictEarly : kMispredict, StallCause::kBranch);
  state_.fetch.restart(pricing.last() + 1);
  state_.older.open = false;
}

void CortexM7::remember(const Pricing& pricing) {
  const RetiredInsn& retired = pricing.retired;
  Older& older = state_.older;
  state_.finish = pricing.last() + 1;
  state_.next_address = is_taken(retired) ? retired.next : retired.insn.end();
  if (!older.open) return;
  older.needs = pricing.needs;
  older.loads = (pricing.needs & kLoadPort) != 0 && !retired.accesses.empty();
  older.odd = older.loads && (retired.accesses.front().address & kBankBit) != 0;
}

StallCycles CortexM7::retire(const RetiredInsn& retired) {
  const Insn& insn = retired.insn;
  Pricing pricing{.retired = retired, .needs = needs_of(insn)};
  if (state_.restart || insn.address != state_.next_address) {
    // An exception, a reset or a debugger brought us here; its cycles are charged elsewhere.
    state_.restart = false;
    state_.older.open = false;
    state_.fetch.restart(state_.finish);
  }
  const Time fetched = state_.fetch.available(insn.address, insn.end(), state_.finish, *memory_);
  const Ready operands = operands_ready(insn, pricing.needs);
  pricing.younger = pairs(pricing, fetched, operands);
  pricing.start = state_.finish - (pricing.younger ? 1 : 0);
  if (!pricing.younger) {
    pricing.cost[StallCause::kIssue] = 1;
    wait_until(pricing, fetched, StallCause::kFetch);
    wait_until(pricing, operands.issue, operands.cause);
  }
  const bool lone = pricing.start >= state_.transfer_free;
  execute(pricing);
  leave_results(pricing);
  state_.older.lone_multiply_add = lone;
  follow_branch(pricing);
  remember(pricing);
  return pricing.cost;
}

Cycles CortexM7::access_offset(const Insn& /*insn*/) const { return {1}; }

void CortexM7::flush() {
  // Whatever was under way in the memory system is over by then.
  constexpr Time kQuiet = 64;
  const Time now = state_.finish + kQuiet;
  const std::uint32_t auxiliary_control = state_.auxiliary_control;
  state_ = State();
  state_.finish = now;
  state_.auxiliary_control = auxiliary_control;
}

// Two states that differ only in what no later instruction can notice become equal.
CortexM7::State CortexM7::State::normalised() const {
  State result;
  const Time now = next_issue();
  const Time offset = kEpoch - (finish - now);
  result.restart = restart;
  result.auxiliary_control = auxiliary_control;
  result.next_address = next_address;
  if (restart) return result;
  result.fetch = fetch.normalised(next_address, now, offset);
  result.results = results.normalised(now, offset);
  const auto relative = [&](Time time) { return time > now ? time - now + offset : Time{0}; };
  result.adder_free = relative(adder_free);
  result.transfer_free = relative(transfer_free);
  result.fused_free = relative(fused_free);
  result.chain_free = chain_free >= now ? chain_free - now + offset : 0;
  if (older.open) {
    result.older = older;
    if ((older.needs & kFloatMultiplyAdd) == 0) result.older.lone_multiply_add = false;
  }
  return result;
}

void CortexM7::State::snapshot(StateArchive& archive) {
  fetch.snapshot(archive);
  results.snapshot(archive);
  older.snapshot(archive);
  archive(restart, auxiliary_control, next_address, finish, adder_free, transfer_free, fused_free,
          chain_free);
}

void CortexM7::snapshot(StateArchive& archive) {
  state_.snapshot(archive);
  predictor_.snapshot(archive);
}

// No access to come, fetch or data, is made in an earlier cycle.
CortexM7::Time CortexM7::earliest_access() const {
  if (state_.restart) return state_.finish - kFetchLatency;
  const Time now = state_.next_issue();
  return std::min(now, state_.fetch.earliest_request(now));
}

PipelineState CortexM7::pipeline_state() const {
  StateArchive archive = StateArchive::saving();
  State state = state_.normalised();
  state.snapshot(archive);
  MemoryPosition position = memory_->position(earliest_access());
  archive(position);
  return archive.bytes();
}

void CortexM7::set_pipeline_state(const PipelineState& bytes) {
  StateArchive archive = StateArchive::loading(bytes);
  state_.snapshot(archive);
  MemoryPosition position;
  archive(position);
  memory_->set_position(position, earliest_access());
}

std::uint8_t CortexM7::divide_class(const Insn& insn, std::uint32_t dividend,
                                    std::uint32_t divisor) const {
  return static_cast<std::uint8_t>(divide_cycles(dividend, divisor, insn.signed_divide));
}

void CortexM7::note_assumptions(RunNotes& notes) const {
  const auto assume = [&notes](const char* topic, const char* text, const char* source) {
    notes.assume({std::string("cortex-m7.") + topic, text, source});
  };
  assume("latencies", "as measured; Arm publishes no table of cycles for this core",
         "jnk0le/random (STM32H743) and LLVM's scheduling model");
  assume("divide", "3 to 12 cycles by the bits of the quotient",
         "estimate around GCC's 4 and LLVM's 7");
  assume("predictor",
         "64 direct branches with two-bit counters, the last target of 64 indirect ones, no return "
         "stack",
         "estimate; the manual (Arm DDI 0489) names the cache without its size");
  assume("branch_unknown",
         "a direct unconditional branch met anew costs 6 cycles, as one whose "
         "flags are known early",
         "estimate");
  assume("double_precision",
         "additions take 2 cycles, multiply-accumulates 7 to 9, as with operands "
         "of different exponents",
         "jnk0le/random; the chip's cycles depend on the operands");
  assume("exceptions",
         "entry 12, return 10, tail-chaining 6 cycles without waits; FP registers two "
         "a cycle",
         "12 is commonly quoted, the rest an estimate");
  assume("instruction_barrier", "ISB refills as a mispredicted branch does", "estimate");
}

}  // namespace tinyscope
