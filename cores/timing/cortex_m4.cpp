#include "cores/timing/cortex_m4.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "cores/timing/auxiliary_control.hpp"
#include "cores/timing/cortex_m4_latencies.hpp"

namespace tinyscope {
namespace {

using namespace cortex_m4;

bool is_store_immediate(const Insn& insn) {
  return insn.op == Op::kStore && insn.address_mode != AddressMode::kRegister;
}

// Loads of one register that can share a cycle with their neighbours.
bool is_pairing_load(const Insn& insn) {
  if (insn.writes_pc) return false;
  const bool one_float = insn.op == Op::kFpLoad && insn.access_count == 1;
  return insn.op == Op::kLoad || insn.op == Op::kLoadExclusive || (kFloatLoadsPair && one_float);
}

bool is_direct_branch(const Insn& insn) {
  return insn.op == Op::kBranch || insn.op == Op::kBranchLink || insn.op == Op::kCompareBranch;
}

bool is_taken(const RetiredInsn& retired) {
  if (retired.skipped || !retired.insn.writes_pc) return false;
  return !retired.insn.is_conditional_branch() || retired.next != retired.insn.end();
}

// Bus accesses beyond the first that an unaligned address needs (TRM 3.3.2): a halfword on an odd
// byte 1, a word on a halfword boundary 1, a word on an odd byte 2.
unsigned extra_accesses(const MemoryAccess& access) {
  if (access.size == 2) return access.address & 1u;
  if (access.size != 4) return 0;
  return (access.address & 1u) != 0 ? 2 : access.address >> 1 & 1u;
}

// Cycles of a multiple or double transfer, all of it or what an interrupt has left.
unsigned transfer_cycles(const RetiredInsn& retired) {
  const unsigned resume = retired.transferred != 0 ? kTransferResume : 0;
  return kTransferOverhead + retired.insn.access_count - retired.transferred + resume;
}

}  // namespace

// Cycles that alignment and the memory system add to the accesses of one instruction, the first of
// which goes to the bus in cycle `at`. Each part of an unaligned access may wait on its own.
CortexM4::Delay CortexM4::access_delay(const RetiredInsn& retired, Time at) {
  Delay delay;
  for (const MemoryAccess& access : retired.accesses.subspan(
           std::min<std::size_t>(retired.transferred, retired.accesses.size()))) {
    const AccessType type = access.write ? AccessType::kWrite : AccessType::kRead;
    const unsigned extra = extra_accesses(access);
    Address address = access.address;
    for (unsigned part = 0; part <= extra; ++part, ++at) {
      const unsigned contention = memory_->contention(address, at);
      delay.contention += contention;
      at += contention;
      const unsigned wait = memory_->data_wait(address, type, at);
      delay.memory += wait;
      at += wait;
      // Bytes of this part: up to the next address that is aligned to one more bit.
      address += (address & 1u) != 0 ? 1u : 2u;
    }
    delay.memory += extra;
  }
  return delay;
}

void CortexM4::master_access(Address address, std::int64_t cycles) {
  memory_->master_access(address, state_.finish + static_cast<Time>(cycles));
}

// Directly behind a load, with an address that does not wait for it.
bool CortexM4::follows_load(const Insn& insn) const {
  return state_.previous.load_tail && !insn.address_reads.intersects(state_.previous.writes);
}

// The cycle a load spends in its data phase can be the first of the next instruction.
bool CortexM4::starts_early(const RetiredInsn& retired) const {
  const Insn& insn = retired.insn;
  if (retired.skipped) return false;
  if (insn.op == Op::kNop) return state_.previous.shares_with_nop;
  if (!follows_load(insn)) return false;
  const bool pairs = is_pairing_load(insn) ||
                     (insn.op == Op::kStore && !is_store_immediate(insn)) ||
                     (kStoreHidesLoad && is_store_immediate(insn));
  const bool same_block = retired.accesses.empty() ||
                          memory_->block(retired.accesses.front().address) == state_.previous.block;
  return pairs && same_block;
}

bool CortexM4::folds(const Insn& insn) const {
  return insn.op == Op::kIt && state_.previous.narrow && !controlled(actlr::kDisfold);
}

void CortexM4::wait_until(Pricing& pricing, Time ready, StallCause cause) const {
  if (ready <= pricing.start) return;
  pricing.cost[cause] += ready - pricing.start;
  pricing.start = ready;
}

void CortexM4::extend(Pricing& pricing, unsigned cycles, StallCause cause) const {
  pricing.cycles += cycles;
  pricing.cost[cause] += cycles;
}

void CortexM4::wait_for_fetch(Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  if (state_.restart || insn.address != state_.next_address) {
    // An exception, a reset or a debugger brought us here; its cycles are charged elsewhere.
    state_.restart = false;
    const Time begun = pricing.start - std::exchange(state_.head_start, 0u);
    state_.fetch.restart_ready(insn.address, begun - 1, *memory_);
  }
  const Time decode = state_.fetch.available(insn.address, insn.end(), *memory_).decode;
  wait_until(pricing, decode + 1, StallCause::kFetch);
  state_.fetch.consume(insn.address, insn.end(), pricing.start - 1, *memory_);
}

void CortexM4::wait_for_operands(Pricing& pricing) const {
  const Insn& insn = pricing.retired.insn;
  if (insn.address_reads.intersects(state_.computed)) {
    wait_until(pricing, state_.address_ready, StallCause::kLoadUse);
  }
  if (!insn.is_fp) return;
  wait_until(pricing, state_.float_free, StallCause::kFpu);
  // The addend of a multiply-accumulate is read a cycle late (TRM 7.2.3).
  const RegisterSet early(insn.reads.bits() & ~insn.accumulator.bits());
  if (early.intersects(state_.float_result))
    wait_until(pricing, state_.float_ready, StallCause::kFpu);
}

void CortexM4::wait_for_store(Pricing& pricing) const {
  const Insn& insn = pricing.retired.insn;
  const bool drains = insn.op == Op::kBarrier || insn.op == Op::kInstructionBarrier;
  if (insn.is_load()) {
    // The store's data phase, then what the memory adds to it.
    wait_until(pricing, std::min(state_.store_done, pricing.start + kStoreToLoad),
               StallCause::kLoadUse);
    wait_until(pricing, state_.store_done, StallCause::kData);
  } else if (drains) {
    wait_until(pricing, state_.store_done, StallCause::kData);
  } else if (insn.is_store() && state_.store_done > 0) {
    wait_until(pricing, state_.store_done - 1, StallCause::kData);
  }
}

void CortexM4::execute_load(Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  switch (insn.op) {
    case Op::kLoadMultiple:
    case Op::kFpLoadMultiple:
    case Op::kLoadDouble:
      extend(pricing, transfer_cycles(pricing.retired) - 1, StallCause::kMultiCycle);
      break;
    case Op::kFpLoad:
      extend(pricing, kTransferOverhead, StallCause::kLoadUse);
      extend(pricing, insn.access_count - 1u, StallCause::kMultiCycle);
      break;
    case Op::kTableBranch:
      extend(pricing, kLoad - 1, StallCause::kLoadUse);
      extend(pricing, kTableBranchAdd, StallCause::kMultiCycle);
      break;
    default: extend(pricing, kLoad - 1, StallCause::kLoadUse); break;
  }
  Delay delay = access_delay(pricing.retired, pricing.start);
  // A load right behind another finds the memory granted, even if it waited for its address; for
  // another block it pays by not sharing a cycle.
  const bool follows_load = state_.previous.load_tail && is_pairing_load(insn);
  if (!follows_load && !pricing.retired.accesses.empty()) {
    delay.memory += memory_->first_read_cycles(pricing.retired.accesses.front().address);
  }
  extend(pricing, delay.memory, StallCause::kData);
  extend(pricing, delay.contention, StallCause::kContention);
}

void CortexM4::execute_store(Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  const Delay delay = access_delay(pricing.retired, pricing.start);
  switch (insn.op) {
    case Op::kStore: {
      // The write buffer takes what the memory adds; only a following access sees it.
      const bool buffered = !controlled(actlr::kDisdefwbuf);
      const unsigned cycles =
          is_store_immediate(insn) && buffered ? kStoreImmediate : kStoreRegister;
      extend(pricing, cycles - 1, StallCause::kLoadUse);
      if (!buffered) extend(pricing, delay.memory, StallCause::kData);
      if (!buffered) extend(pricing, delay.contention, StallCause::kContention);
      state_.store_done = pricing.start + 2 + delay.total();
      return;
    }
    case Op::kStoreExclusive: extend(pricing, kStoreExclusive - 1, StallCause::kLoadUse); break;
    case Op::kFpStore:
      extend(pricing, kTransferOverhead, StallCause::kLoadUse);
      extend(pricing, insn.access_count - 1u, StallCause::kMultiCycle);
      break;
    default: extend(pricing, transfer_cycles(pricing.retired) - 1, StallCause::kMultiCycle); break;
  }
  extend(pricing, delay.memory, StallCause::kData);
  extend(pricing, delay.contention, StallCause::kContention);
}

void CortexM4::execute_float(Pricing& pricing) {
  const Insn& insn = pricing.retired.insn;
  switch (insn.op) {
    case Op::kFpMultiplyAdd: extend(pricing, kFloatMultiplyAdd - 1, StallCause::kFpu); break;
    case Op::kFpDivide:
    case Op::kFpSquareRoot:
      // Integer code goes on; the next FP instruction waits.
      if (controlled(actlr::kDisoofp)) extend(pricing, kFloatDivide - 1, StallCause::kFpu);
      state_.float_free = pricing.start + kFloatDivide;
      break;
    case Op::kFpMoveDouble: extend(pricing, kFloatMovePair - 1, StallCause::kFpu); break;
    default: break;
  }
}

void CortexM4::execute(Pricing& pricing) {
  const RetiredInsn& retired = pricing.retired;
  const Insn& insn = retired.insn;
  if (retired.skipped) return;
  if (insn.is_load()) {
    execute_load(pricing);
  } else if (insn.is_store()) {
    execute_store(pricing);
  } else if (insn.is_fp) {
    execute_float(pricing);
  } else if (insn.op == Op::kDivide) {
    const unsigned cycles = divide_cycles(retired.dividend, retired.divisor, insn.signed_divide);
    extend(pricing, cycles - 1, StallCause::kDivide);
  } else if (insn.op == Op::kReadSpecial || insn.op == Op::kWriteSpecial ||
             insn.op == Op::kChangeState) {
    extend(pricing, kSpecialRegister - 1, StallCause::kMultiCycle);
  }
}

// What a load right behind this instruction cannot form its address from without waiting.
RegisterSet CortexM4::awaited_registers(const Pricing& pricing) const {
  const Insn& insn = pricing.retired.insn;
  const bool frees_base = kLoadBehindLoadFreesBase && pricing.behind_load && is_pairing_load(insn);
  if (!frees_base || !insn.writeback) return insn.writes;
  RegisterSet base;
  base.add(insn.base);
  return RegisterSet(insn.writes.bits() & ~base.bits());
}

// Refills the pipeline after a taken branch, and lets a branch that was not taken waste a fetch.
void CortexM4::follow_branch(Pricing& pricing) {
  const RetiredInsn& retired = pricing.retired;
  const Insn& insn = retired.insn;
  const bool direct = is_direct_branch(insn);
  const Time decode = pricing.start - 1;
  const Time finish = pricing.start + pricing.cycles;
  const bool refetches = insn.op == Op::kInstructionBarrier && !retired.skipped;
  if (!is_taken(retired) && !refetches) {
    if (direct) state_.fetch.steal(decode);
    return;
  }
  if (retired.next >= kExceptionReturns) {
    state_.restart = true;  // the exception return has its own price
    return;
  }
  // A direct target is known in decode, one in a register in execute, one in memory afterwards.
  const bool from_memory = insn.is_load();
  const Time request = direct ? decode : from_memory ? finish : pricing.start;
  state_.fetch.restart(retired.next, request, *memory_);
  const auto [decoded, waits] =
      state_.fetch.available(retired.next, retired.next + retired.next_size, *memory_);
  if (decoded + 1 <= finish) return;
  const auto refill = static_cast<unsigned>(decoded + 1 - finish);
  const unsigned waiting = std::min(refill, waits);
  extend(pricing, waiting, StallCause::kFetch);
  extend(pricing, refill - waiting, refetches ? StallCause::kMultiCycle : StallCause::kBranch);
}

void CortexM4::remember(const Pricing& pricing) {
  const RetiredInsn& retired = pricing.retired;
  const Insn& insn = retired.insn;
  const bool left = is_taken(retired);
  state_.finish = pricing.start + pricing.cycles;
  state_.next_address = left ? retired.next : insn.end();
  if (insn.op == Op::kIt && pricing.cycles == 0) {
    state_.previous.narrow = false;  // a folded IT does not come between its neighbours
    return;
  }
  const bool executed = !retired.skipped;
  state_.previous.narrow = insn.size == 2 && !left;
  state_.previous.load_tail = executed && is_pairing_load(insn);
  const bool register_store = insn.op == Op::kStore && !is_store_immediate(insn);
  state_.previous.shares_with_nop = executed && (state_.previous.load_tail || register_store);
  state_.previous.block =
      retired.accesses.empty() ? std::uint8_t{0} : memory_->block(retired.accesses.back().address);
  state_.previous.writes = executed ? awaited_registers(pricing) : RegisterSet();
  const bool computes = executed && !insn.is_load() && !insn.is_store();
  state_.computed = computes ? insn.writes : RegisterSet();
  state_.address_ready = state_.finish + kAddressHazard;
  const bool float_result = insn.op == Op::kFpArithmetic || insn.op == Op::kFpMultiplyAdd ||
                            insn.op == Op::kFpDivide || insn.op == Op::kFpSquareRoot;
  if (executed && insn.is_fp) {
    // Flags of a compare are no result that the next instruction could wait for.
    constexpr std::uint64_t kStatus = std::uint64_t{1} << RegisterSet::kFpscr;
    state_.float_result = RegisterSet(float_result ? insn.writes.bits() & ~kStatus : 0);
    state_.float_ready = std::max(state_.finish, state_.float_free) + kFloatResultHazard;
  }
}

StallCycles CortexM4::retire(const RetiredInsn& retired) {
  const bool folded = folds(retired.insn);
  Pricing pricing{retired, state_.finish};
  pricing.overlap = starts_early(retired) ? 1 : 0;
  pricing.behind_load = !retired.skipped && follows_load(retired.insn);
  pricing.start -= pricing.overlap;
  if (folded) pricing.cycles = 0;
  wait_for_fetch(pricing);
  if (!retired.skipped) {
    wait_for_operands(pricing);
    wait_for_store(pricing);
  }
  execute(pricing);
  follow_branch(pricing);

  // The shared cycle was paid by the load before: take it from this one's own second cycle, or
  // from its only one.
  StallCycles& cost = pricing.cost;
  std::uint64_t& load_use = cost[StallCause::kLoadUse];
  if (!folded) cost[StallCause::kIssue] = 1;
  if (pricing.overlap != 0) {
    if (retired.insn.op != Op::kNop && pricing.cycles > 1 && load_use > 0) {
      --load_use;
    } else {
      cost[StallCause::kIssue] = 0;
    }
  }
  remember(pricing);
  return cost;
}

Cycles CortexM4::access_offset(const Insn& /*insn*/) const {
  return {1};  // address phase, then data phase
}

void CortexM4::flush() {
  // Whatever was under way in the memory system is over by then.
  constexpr Time kQuiet = 64;
  const Time now = state_.finish + kQuiet;
  const std::uint32_t auxiliary_control = state_.auxiliary_control;
  state_ = State();
  state_.finish = now;
  state_.auxiliary_control = auxiliary_control;
}

// Two states that differ only in what no later instruction can notice become equal. An instruction
// begins in the cycle finish - 1 at the earliest.
CortexM4::State CortexM4::State::normalised() const {
  State result;
  result.fetch = fetch.normalised(finish, kEpoch);
  result.restart = restart;
  if (restart) result.head_start = head_start;
  result.auxiliary_control = auxiliary_control;
  result.next_address = next_address;
  const auto relative = [this](Time time) {
    return time + 1 > finish ? time - finish + kEpoch : Time{0};
  };
  result.computed = computed;
  if (!computed.empty()) result.address_ready = relative(address_ready);
  result.store_done = relative(store_done);
  result.float_ready = relative(float_ready);
  if (result.float_ready != 0) result.float_result = float_result;
  result.float_free = relative(float_free);
  result.previous = previous;
  if (!previous.load_tail) {
    result.previous.block = 0;
    result.previous.writes = {};
  }
  return result;
}

void CortexM4::State::snapshot(StateArchive& archive) {
  fetch.snapshot(archive);
  archive(restart, head_start, auxiliary_control, next_address, finish, address_ready, store_done,
          float_ready, float_free, computed, float_result);
  previous.snapshot(archive);
}

void CortexM4::snapshot(StateArchive& archive) { state_.snapshot(archive); }

// No access to come, fetch or data, is made in an earlier cycle.
CortexM4::Time CortexM4::earliest_access() const {
  constexpr Time kEarliestDecode = 2;
  const Time decode = state_.finish - kEarliestDecode;
  // A new stream is requested so that its first word is there in time.
  if (state_.restart) return decode - kSystemBusFetchLatency;
  return state_.fetch.earliest_request(decode);
}

PipelineState CortexM4::pipeline_state() const {
  StateArchive archive = StateArchive::saving();
  State state = state_.normalised();
  state.snapshot(archive);
  MemoryPosition position = memory_->position(earliest_access());
  archive(position);
  return archive.bytes();
}

void CortexM4::set_pipeline_state(const PipelineState& bytes) {
  StateArchive archive = StateArchive::loading(bytes);
  state_.snapshot(archive);
  MemoryPosition position;
  archive(position);
  memory_->set_position(position, earliest_access());
}

std::uint8_t CortexM4::divide_class(const Insn& insn, std::uint32_t dividend,
                                    std::uint32_t divisor) const {
  return static_cast<std::uint8_t>(divide_cycles(dividend, divisor, insn.signed_divide));
}

void CortexM4::note_assumptions(RunNotes& notes) const {
  const auto assume = [&notes](const char* topic, const char* text, const char* source) {
    notes.assume({std::string("cortex-m4.") + topic, text, source});
  };
  assume("divide", "5 cycles + 1 for every 4 bits that the dividend is longer than the divisor",
         "estimate; cases from compendium.i-0.nl, range from Arm DDI 0439D");
  assume("store_after_load", "a store with immediate offset runs in the second cycle of the load",
         "jnk0le/random, measured on an STM32F407");
  assume("load_write_back",
         "a base changed by a load directly behind another load is ready for the next load",
         "pornin/c-fn-dsa and MLPerf Tiny results of STMicroelectronics; estimate if pre-indexed");
  assume("float_load_pairing", "VLDR of one float pairs with other loads as LDR does", "estimate");
  assume("special_register", "MRS, MSR and CPS take 2 cycles (the manual says 1 or 2)", "estimate");
  assume("register_branch", "a branch to an address in a register refills one cycle later",
         "estimate within 1 to 3 of Arm DDI 0439D table 3-1");
  assume("fetch_restart", "1 cycle where fetching rested and the next instruction had waited",
         "estimate fitted to jnk0le/cortexm-AES and jnk0le/random");
  assume("transfer_resume", "an interrupted LDM or STM goes on with one cycle more",
         "Arm DDI 0439D 3.3.2: one or two");
  assume("vector_fetch", "of the 6 cycles for vector and handler each takes 3",
         "estimate; the sum from Arm knowledge base article 103489845");
  assume(
      "contention",
      "a core access in the cycle of a DMA access to the same memory waits one cycle; DMA within "
      "a transfer of several words is not seen",
      "estimate: bus matrices of ST and Nordic arbitrate in turn");
  assume("system_bus_data", "data accesses do not delay fetches from 0x20000000 on", "estimate");
}

}  // namespace tinyscope
