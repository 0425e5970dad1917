// What happens around each instruction: checks before it, its price, what it changes behind the
// engine's back. Its data accesses: data_access.cpp.
#include <algorithm>
#include <bit>
#include <utility>

#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/exception_numbers.hpp"
#include "cores/memory/cached_data.hpp"

namespace tinyscope {
namespace {

// SYSm of MRS and MSR (Arm DDI 0403E, B5.1.1).
constexpr std::uint32_t kSysmPrimask = 16, kSysmBasepri = 17, kSysmBasepriMax = 18,
                        kSysmFaultmask = 19, kSysmControl = 20;

// Registers that a multiple transfer moves, as ICI numbers them: core registers, or pairs of
// floats.
RegisterSet transferred_registers(const Insn& insn) {
  if (!insn.is_load()) return insn.store_data;
  const std::uint64_t base = insn.writeback ? std::uint64_t{1} << insn.base : 0;
  return RegisterSet(insn.writes.bits() & ~base);
}

unsigned ici_number(unsigned index) {
  return index < RegisterSet::kFirstFloat ? index : (index - RegisterSet::kFirstFloat) / 2;
}

// The register with which a multiple transfer goes on that has moved `words`.
std::uint8_t register_after(const Insn& insn, unsigned words) {
  std::uint64_t left = transferred_registers(insn).bits();
  for (unsigned i = 0; i < words; ++i) left &= left - 1;
  if (words == 0 || left == 0) return 0;
  return static_cast<std::uint8_t>(ici_number(static_cast<unsigned>(std::countr_zero(left))));
}

// Words that a multiple transfer moves before it comes to `number`; 0 if it is none or has not.
unsigned words_before(const Insn& insn, unsigned number) {
  if (insn.address_mode != AddressMode::kMultiple || insn.in_it) return 0;
  unsigned words = 0;
  bool found = false;
  for (std::uint64_t left = transferred_registers(insn).bits(); left != 0; left &= left - 1) {
    const unsigned at = ici_number(static_cast<unsigned>(std::countr_zero(left)));
    if (at < number) ++words;
    found = found || at == number;
  }
  return found ? words : 0;
}

}  // namespace

// Adds to the block and to the clock in one pass over the causes.
inline void CortexM::charge(Address address, const StallCycles& cost) {
  std::uint64_t total = 0;
  for (std::size_t cause = 0; cause < kStallCauseCount; ++cause) {
    block_.cycles.by_cause[cause] += cost.by_cause[cause];
    total += cost.by_cause[cause];
  }
  ++block_.instructions;
  cycles_.count += total - early_.count;
  early_ = {};
  if (insn_counts_ == nullptr) return;
  InsnCount& insn = insn_counts_->at(address);
  ++insn.count;
  insn.stalls += cost;
}

// Cycles of the block that stand beside what its instructions were priced: they belong to the one
// that waits, or was abandoned. The clock is the caller's.
void CortexM::charge_beside(Address pc, StallCause cause, std::uint64_t cycles) {
  block_.cycles[cause] += cycles;
  if (insn_counts_ != nullptr) insn_counts_->at(pc).stalls[cause] += cycles;
}

void CortexM::on_insn(Address address, std::uint32_t) noexcept {
  try {
    const CachedInsn* next = &cache_.at(address);
    if (current_ != nullptr) retire_current(address, next->insn.size);
    if (cycles_.count >= deadline_) service_events();
    if (cache_.has_dropped()) {
      // Code has changed since, perhaps this instruction.
      cache_.release_dropped();
      next = &cache_.at(address);
    }
    // It may be abandoned for an interrupt, or was.
    const bool abandonable =
        continues_at_ != 0 || cycles_.count + next->insn.access_count >= deadline_;
    const bool look = attention_ || next->needs_care || mpu_active_ || flash_busy_ || abandonable;
    if (look && !prepare(*next)) {
      halt_before(*next);
      return;
    }
    if (reference_left_ != 0 && --reference_left_ == 0) {
      const bool begun = early_.count != 0 || continues_at_ != 0;
      if (!next->insn.in_it && !rollback_.active() && !begun) {
        halt_before(*next);  // the fast path may go on from here
        return;
      }
      reference_left_ = 1;
    }
    begin_insn(*next);
  } catch (...) {
    capture(std::current_exception());
  }
}

void CortexM::begin_insn(const CachedInsn& next) {
  current_ = &next;
  access_count_ = 0;
  if (!block_open_) open_block(next.insn.address);
}

void CortexM::open_block(Address start) {
  block_.cycles = {};
  block_.instructions = block_.loads = block_.stores = 0;
  block_.multiplies = block_.float_ops = block_.flash_reads = 0;
  begin_open_block(start);
}

// All of a new block but its sums.
void CortexM::begin_open_block(Address start) {
  block_open_ = true;
  block_.start = block_.end = start;
  block_.cycles_before = {cycles_.count - early_.count};
  block_.lowest_sp = sp_;
}

// Is there a reason to stop before the coming instruction?
bool CortexM::must_halt(Address pc) {
  if (stop_ || error_ || reset_request_ || fault_ || imprecise_fault_ || sleeping_ || mode_stale_) {
    return true;
  }
  if (must_wait_for_flash(pc)) return true;
  if (nvic_.to_take(masks_)) return true;
  attention_ = false;
  return false;
}

// What has to be looked at before `next` runs. False: the core must stop before it.
bool CortexM::prepare(const CachedInsn& next) {
  const Insn& insn = next.insn;
  if (attention_ || flash_busy_) {
    if (rollback_.active() || must_halt(insn.address)) return false;
  }
  if (next.watched) {
    tell_address_watches(insn.address);
    if (stop_) return false;
  }
  if (mpu_active_ && !mpu_.allows(insn.address, insn.size, AccessType::kFetch, privileged(),
                                  nvic_.execution_priority(masks_) < 0)) {
    fault_ = PendingFault{exception::kMemManage, cfsr::kIaccviol, {}};
    return false;
  }
  if (next.needs_care) {
    if (insn.is_fp && !prepare_float(insn)) return false;
    if (insn.op == Op::kDivide && !prepare_divide(next)) return false;
  }
  transferred_ = continues_at_ != 0 ? words_before(insn, continues_at_) : 0;
  if (!prepare_interruptible(insn)) return false;
  if (insn.op == Op::kStoreExclusive && (!exclusive_open_ || exclusive_by_hand_)) {
    by_hand_ = ByHand::kExclusiveStore;
    return false;
  }
  return true;
}

bool CortexM::prepare_float(const Insn& insn) {
  if (!system_.fpu_enabled(privileged())) {
    fault_ = PendingFault{exception::kUsageFault, cfsr::kNocp, {}};
    return false;
  }
  if ((system_.fpccr & fpccr::kLspact) != 0) {
    lazy_stacking();
    if (cycles_.count >= deadline_) service_events();
    if (must_halt(insn.address)) return false;
  }
  constexpr std::uint32_t kFpca = 1u << 2;
  if ((control_ & kFpca) == 0 && (system_.fpccr & fpccr::kAspen) != 0 &&
      (system_.actlr & actlr::kDisfpca) == 0) {
    control_ |= kFpca;
    // A new floating-point context starts from the default FPSCR (Arm DDI 0403E, B1.5.7).
    engine_->write(CoreRegister::kFpscr,
                   (engine_->read(CoreRegister::kFpscr) & ~0x07C00000u) | system_.fpdscr);
  }
  if (!insn.needs_double_unit()) return true;
  if (config_.float_unit == FloatUnit::kDouble) {
    by_hand_ = ByHand::kDoublePrecision;
  } else {
    fault_ = PendingFault{exception::kUsageFault, cfsr::kUndefinstr, {}};
  }
  return false;
}

bool CortexM::prepare_divide(const CachedInsn& next) {
  dividend_ = engine_->read(core_register(next.insn.dividend));
  divisor_ = engine_->read(core_register(next.insn.divisor));
  if (divisor_ == 0 && (system_.ccr & ccr::kDiv0Trp) != 0) {
    fault_ = PendingFault{exception::kUsageFault, cfsr::kDivbyzero, {}};
    return false;
  }
  return true;
}

// Events that fall into a divide or a multiple transfer happen before it runs. If one of them
// brings an interrupt, the instruction is abandoned for it (Arm DDI 0439D 3.9).
bool CortexM::prepare_interruptible(const Insn& insn) {
  RetiredInsn coming{.insn = insn};
  coming.dividend = dividend_;
  coming.divisor = divisor_;
  coming.transferred = transferred_;
  const std::uint64_t begin = cycles_.count;
  const std::uint64_t end = begin + timing_->abandonable_cycles(coming).count;
  while (deadline_ < end) {
    early_ = {deadline_ - begin};
    cycles_.count = deadline_;
    service_events();
    if (reset_request_ || !nvic_.to_take(masks_)) continue;
    continues_at_ = register_after(insn, timing_->transferred_after(coming, early_));
    return false;
  }
  return true;
}

// An instruction had begun and was abandoned: its cycles belong to the code it stands in.
void CortexM::abandon_early_cycles() {
  const Address pc = engine_->read(CoreRegister::kPc);
  if (!block_open_) open_block(pc);
  const bool divides = cache_.at(pc).insn.op == Op::kDivide;
  charge_beside(pc, divides ? StallCause::kDivide : StallCause::kMultiCycle, early_.count);
  if (!divides) transfer_cycles_ += early_.count;
  early_ = {};
}

// The current instruction has run and `next` follows: price it and move time.
void CortexM::retire_current(Address next) {
  retire_current(next, next >= kExceptionReturns ? 2 : cache_.at(next).insn.size);
}

void CortexM::retire_current(Address next, std::uint32_t next_size) {
  TINYSCOPE_ASSERT(current_ != nullptr);
  const Insn& insn = current_->insn;
  const bool leaves_handler = next >= kExceptionReturns;
  RetiredInsn retired{.insn = insn};
  retired.accesses = std::span(accesses_).first(access_count_);
  retired.next = next;
  retired.next_size = next_size;
  retired.dividend = dividend_;
  retired.divisor = divisor_;
  retired.transferred = std::exchange(transferred_, 0u);
  continues_at_ = 0;
  const std::uint64_t reads_before = memory_->array_reads();
  StallCycles cost = timing_->retire(retired);
  if (cached_data_ != nullptr && cached_data_->unsettled()) cached_data_->settle();
  block_.flash_reads += static_cast<std::uint32_t>(memory_->array_reads() - reads_before);
  if (insn.is_multiply()) ++block_.multiplies;
  if (insn.is_float_arithmetic()) ++block_.float_ops;
  // The refill behind an exception return is part of the return.
  if (leaves_handler) cost[StallCause::kBranch] = 0;
  current_ = nullptr;
  charge(insn.address, cost);
  if (access_count_ != 0) transfer_cycles_ += cost[StallCause::kMultiCycle];
  for (const MemoryAccess& access : retired.accesses) {
    if (access.write) {
      ++block_.stores;
    } else {
      ++block_.loads;
    }
  }
  if (!access_listeners_.empty()) tell_insn_accesses(insn, retired.accesses);
  if (insn.writes_sp) {
    sp_ = engine_->read(CoreRegister::kSp);
    block_.lowest_sp = std::min(block_.lowest_sp, sp_);
  }
  block_.end = insn.end();
  after_special(insn);
  if (!flash_stores_.empty()) settle_flash_stores();

  if (next != insn.end() && !insn.writes_pc && next > insn.end() && next - insn.end() <= 16) {
    retire_skipped(insn.end(), next);
  }
  close_block_behind(insn, next);
  if (store_watch_hit_) {
    store_watch_hit_ = false;
    tell_store_watches(retired.accesses);
  }
  count_for_poll(1);
}

void CortexM::count_for_poll(std::uint32_t instructions) {
  if (poll_countdown_ > instructions) {
    poll_countdown_ -= instructions;
    return;
  }
  poll_countdown_ = kPollInterval;
  // Flash that can be stored to keeps the core on the reference path. If it is stored to again,
  // handle_write_protected() opens it anew.
  if (writable_flash_ != nullptr && flash_stores_.empty()) {
    set_writable(*writable_flash_, false);
    writable_flash_ = nullptr;
  }
  if (!poll_) return;
  poll_();
  refresh_deadline();
}

// Instructions whose IT condition failed: they take their time and do nothing.
void CortexM::retire_skipped(Address from, Address to) {
  while (from < to) {
    const Insn& insn = cache_.at(from).insn;
    if (!insn.in_it) return;
    RetiredInsn retired{.insn = insn};
    retired.skipped = true;
    retired.next = insn.end();
    retired.next_size = cache_.at(insn.end()).insn.size;
    const std::uint64_t reads_before = memory_->array_reads();
    charge(insn.address, timing_->retire(retired));
    block_.flash_reads += static_cast<std::uint32_t>(memory_->array_reads() - reads_before);
    block_.end = insn.end();
    from = insn.end();
  }
}

// State that lives outside the engine and that this instruction may have changed.
void CortexM::after_special(const Insn& insn) {
  switch (insn.op) {
    case Op::kLoadExclusive:
      exclusive_open_ = true;
      exclusive_by_hand_ = false;
      break;
    case Op::kStoreExclusive:
    case Op::kClearExclusive: exclusive_open_ = exclusive_by_hand_ = false; break;
    case Op::kWriteSpecial:
    case Op::kChangeState: after_system_write(insn); break;
    case Op::kReadSpecial:
      // The engine's FPCA is not the architecture's.
      if (insn.immediate == kSysmControl) {
        engine_->write(core_register(insn.destination), control_);
      }
      break;
    case Op::kIt:
      it_block_ = insn.end();
      it_state_ = static_cast<std::uint8_t>(insn.immediate);
      break;
    case Op::kSendEvent: event_register_ = true; break;
    case Op::kWaitForInterrupt:
      sleeping_ = true;
      sleep_until_event_ = false;
      attention_ = true;
      break;
    case Op::kWaitForEvent:
      if (event_register_) {
        event_register_ = false;
      } else {
        sleeping_ = true;
        sleep_until_event_ = true;
        attention_ = true;
      }
      break;
    default: break;
  }
}

// MSR or CPS has run. The engine knows the registers, but not all of their rules.
void CortexM::after_system_write(const Insn& insn) {
  sp_ = engine_->read(CoreRegister::kSp);
  if (!privileged()) return;
  const bool cps = insn.op == Op::kChangeState;
  attention_ = true;
  if (cps || insn.immediate == kSysmPrimask) {
    masks_.primask = (engine_->read(CoreRegister::kPrimask) & 1u) != 0;
  }
  if (cps || insn.immediate == kSysmFaultmask) {
    const bool wanted = (engine_->read(CoreRegister::kFaultmask) & 1u) != 0;
    // HardFault and NMI handlers cannot set it (B5.2.3, CPS and MSR).
    if (wanted && !masks_.faultmask && nvic_.execution_priority(masks_) <= -1) {
      engine_->write(CoreRegister::kFaultmask, 0);
    } else {
      masks_.faultmask = wanted;
    }
  }
  if (!cps && (insn.immediate == kSysmBasepri || insn.immediate == kSysmBasepriMax)) {
    // Priority bits that are not implemented read as 0.
    const auto wanted =
        static_cast<std::uint8_t>(engine_->read(CoreRegister::kBasepri) & nvic_.priority_mask());
    const bool raises = wanted != 0 && (masks_.basepri == 0 || wanted < masks_.basepri);
    if (insn.immediate == kSysmBasepri || raises) masks_.basepri = wanted;
    engine_->write(CoreRegister::kBasepri, masks_.basepri);
  }
  if (!cps && insn.immediate == kSysmControl) {
    control_ = engine_->read(CoreRegister::kControl) & (handler_mode() ? 5u : 7u);
    mode_stale_ = true;
  }
}

// If `last` has left straight-line code. Also where the target is the next instruction: a tail call
// of the function behind this one.
void CortexM::close_block_behind(const Insn& last, Address next) {
  if (!last.writes_pc || (next == last.end() && last.is_conditional_branch())) return;
  close_block(next, last.is_call     ? Transfer::kCall
                    : last.is_return ? Transfer::kReturn
                                     : Transfer::kJump);
}

void CortexM::close_block(Address next, Transfer transfer) {
  if (!block_open_) return;
  block_open_ = false;
  block_.next = next;
  block_.transfer = transfer;
  block_.sp = sp_;
  totals_ += block_.cycles;
  instructions_ += block_.instructions;
  if (block_.instructions == 0 && block_.cycles.total() == 0) return;
  for (SimListener* listener : block_listeners_) listener->on_block_retired(block_);
}

}  // namespace tinyscope
