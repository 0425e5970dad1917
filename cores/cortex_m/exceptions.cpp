// Exception entry and return: Arm DDI 0403E, B1.5.6 to B1.5.8 and B1.5.12. Faults: faults.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/exception_numbers.hpp"
#include "cores/memory/cached_data.hpp"

namespace tinyscope {
namespace {

using namespace exception;

constexpr std::uint32_t kNpriv = 1u << 0, kSpsel = 1u << 1, kFpca = 1u << 2;
constexpr std::uint32_t kThumbBit = 1u << 24;
constexpr std::uint32_t kAlignBit = 1u << 9;
constexpr std::uint32_t kIpsrMask = 0x1FFu;
// Bits that hold ITSTATE or ICI; which of the two, the lower half of ITSTATE says (B1.4.2).
constexpr unsigned kIciShift = 12;
constexpr std::uint32_t kIciBits = 0xFu << kIciShift;
constexpr std::uint32_t kApsrMask = 0xF80F0000u;  // NZCVQ and GE
constexpr std::uint32_t kBasicFrameBytes = 0x20;
constexpr std::uint32_t kFloatFrameBytes = 0x68;

// EXC_RETURN (table B1-8): bit 4 clear: the frame holds FP registers; bits 3:0: where to.
constexpr std::uint32_t kExcReturnPrefix = 0xFFFFFFE1u;
constexpr std::uint32_t kNoFloatFrame = 1u << 4;
constexpr std::uint32_t kToThread = 1u << 3;
constexpr std::uint32_t kUseProcessStack = 1u << 2;

}  // namespace

void CortexM::set_mode(unsigned number, std::uint32_t control) {
  exception_number_ = number;
  control_ = control;
  engine_->set_mode(number, control);
  sp_ = engine_->read(CoreRegister::kSp);
}

void CortexM::lock_up(std::string_view why) {
  request_stop({StopKind::kLockup, fmt::format("lockup: {} ({})", why, describe_state()), 1});
}

void CortexM::tell_exception(const ExceptionEvent& event) {
  for (SimListener* listener : listeners_) listener->on_exception(event);
}

CortexM::StackRights CortexM::stack_rights() const {
  return {privileged(), nvic_.execution_priority(masks_) < 0};
}

bool CortexM::stack_access_allowed(Address address, bool write, StackRights rights) {
  stack_blocked_by_mpu_ =
      mpu_active_ && !mpu_.allows(address, 4, write ? AccessType::kWrite : AccessType::kRead,
                                  rights.privileged, rights.negative_priority);
  return !stack_blocked_by_mpu_;
}

bool CortexM::stack_store(Address address, std::uint32_t value, StackRights rights) {
  if (!stack_access_allowed(address, true, rights)) return false;
  code_changed(address, 4);
  if (cached_data_ != nullptr) cached_data_->before_store(address, 4);
  if (bus_.memory_at(address).memory == nullptr ||
      !bus_.write(address, AccessSize::kWord, value, now())) {
    return false;
  }
  tell_stack_access(address, true);
  return true;
}

bool CortexM::stack_load(Address address, std::uint32_t& value, StackRights rights) {
  if (!stack_access_allowed(address, false, rights)) return false;
  if (bus_.memory_at(address).memory == nullptr) return false;
  const BusReply reply = bus_.read(address, AccessSize::kWord, now());
  value = reply.value;
  if (reply.ok) tell_stack_access(address, false);
  return reply.ok;
}

// A fault while stacking or unstacking: pends beside the exception being handled (B1.5.15).
void CortexM::pend_derived_fault(std::uint32_t memory_bits, std::uint32_t bus_bits) {
  const bool memory = stack_blocked_by_mpu_;
  system_.cfsr |= memory ? memory_bits : bus_bits;
  const unsigned taken = escalate(memory ? kMemManage : kBusFault);
  record_fault(taken, engine_->read(CoreRegister::kPc), std::nullopt);
  if (taken == 0) {
    lock_up("a fault while stacking or unstacking at the highest priority");
    return;
  }
  nvic_.set_pending(taken);
}

bool CortexM::store_float_context(Address to, StackRights rights) {
  for (unsigned n = 0; n < 16; ++n) {
    if (!stack_store(to + 4 * n, engine_->read(float_register(n)), rights)) return false;
  }
  return stack_store(to + 64, engine_->read(CoreRegister::kFpscr), rights);
}

// The first FP instruction of a handler: the registers that the entry left in place are saved now.
void CortexM::lazy_stacking() {
  // With the rights of the code whose registers they are.
  const StackRights rights{(system_.fpccr & fpccr::kUser) == 0,
                           (system_.fpccr & fpccr::kHfrdy) == 0};
  if (!store_float_context(system_.fpcar, rights)) {
    pend_derived_fault(cfsr::kMlsperr, cfsr::kLsperr);
  }
  system_.fpccr &= ~fpccr::kLspact;
  const Cycles cost = timing_->lazy_stacking_cycles(system_.fpcar);
  const Address pc = engine_->read(CoreRegister::kPc);
  if (!block_open_) open_block(pc);
  charge_beside(pc, StallCause::kInterrupt, cost.count);
  cycles_ += cost;
}

// Writes the frame below the stack pointer in use and returns its address (B1.5.7).
Address CortexM::push_frame(Address return_address, bool with_float, bool& float_stored) {
  const bool align = with_float || (system_.ccr & ccr::kStkalign) != 0;
  const std::uint32_t size = with_float ? kFloatFrameBytes : kBasicFrameBytes;
  const bool padded = align && (sp_ & 4u) != 0;
  const Address frame = align ? (sp_ - size) & ~7u : sp_ - size;
  const std::uint32_t xpsr = (engine_->read(CoreRegister::kXpsr) & ~(kIpsrMask | kAlignBit)) |
                             exception_number_ | (padded ? kAlignBit : 0u) |
                             std::uint32_t{continues_at_} << kIciShift;
  const std::array<std::uint32_t, 8> words = {engine_->read(core_register(0)),
                                              engine_->read(core_register(1)),
                                              engine_->read(core_register(2)),
                                              engine_->read(core_register(3)),
                                              engine_->read(core_register(12)),
                                              engine_->read(CoreRegister::kLr),
                                              return_address,
                                              xpsr};
  float_stored = false;
  const StackRights rights = stack_rights();
  engine_->write(CoreRegister::kSp, frame);
  for (unsigned i = 0; i < words.size(); ++i) {
    if (!stack_store(frame + 4 * i, words[i], rights)) {
      pend_derived_fault(cfsr::kMstkerr, cfsr::kStkerr);
      return frame;
    }
  }
  if (!with_float) return frame;
  if ((system_.fpccr & fpccr::kLspen) == 0) {
    if (!store_float_context(frame + kBasicFrameBytes, rights)) {
      pend_derived_fault(cfsr::kMstkerr, cfsr::kStkerr);
    }
    float_stored = true;
    return frame;
  }
  // Lazy: room is reserved, FPCAR says where, and FPCCR what could be handled then.
  system_.fpcar = frame + kBasicFrameBytes;
  const int running = nvic_.execution_priority(masks_);
  const auto ready = [&](unsigned exception, std::uint32_t bit) {
    return nvic_.enabled(exception) && nvic_.group_priority(exception) < running ? bit : 0u;
  };
  system_.fpccr = (system_.fpccr & (fpccr::kAspen | fpccr::kLspen)) | fpccr::kLspact |
                  (privileged() ? 0u : fpccr::kUser) | (handler_mode() ? 0u : fpccr::kThread) |
                  (running > -1 ? fpccr::kHfrdy : 0u) | ready(kMemManage, fpccr::kMmrdy) |
                  ready(kBusFault, fpccr::kBfrdy) | ready(kDebugMonitor, fpccr::kMonrdy);
  return frame;
}

void CortexM::enter_exception(unsigned number, Address return_address) {
  close_block(return_address, Transfer::kNone);
  ExceptionEvent event{.phase = ExceptionPhase::kEntry, .cycles_before = cycles_};
  const bool with_float = (control_ & kFpca) != 0;
  const std::uint32_t exc_return =
      kExcReturnPrefix | (with_float ? 0u : kNoFloatFrame) | (handler_mode() ? 0u : kToThread) |
      (!handler_mode() && (control_ & kSpsel) != 0 ? kUseProcessStack : 0u);
  bool float_stored = false;
  event.frame = push_frame(return_address, with_float, float_stored);
  if (locked_up()) return;

  const Cycles cost =
      timing_->exception_cycles(exception_work(ExceptionPhase::kEntry, number, float_stored));
  event.cycles[StallCause::kInterrupt] = cost.count;
  spend(StallCause::kInterrupt, cost);
  if (cycles_.count >= deadline_) service_events();
  // Late arrival: the stacking serves whoever comes first when it is done.
  if (const unsigned best = nvic_.highest_pending(); best != 0) number = best;
  vector_to(number, exc_return, event);
}

// Reads the vector of `number`. If that fails, HardFault takes its place with the same frame, and
// `number` stays pending (B1.5.12). False: lockup.
bool CortexM::find_vector(unsigned& number, std::uint32_t& vector) {
  const auto read = [&] {
    const BusReply reply = bus_.read(system_.vtor + 4 * number, AccessSize::kWord, now(), true);
    vector = reply.value;
    return reply.ok;
  };
  if (read()) return true;
  system_.hfsr |= hfsr::kVecttbl;
  const bool hopeless = nvic_.group_priority(number) < 0 || nvic_.execution_priority(masks_) < 0;
  record_fault(hopeless ? 0 : kHardFault, engine_->read(CoreRegister::kPc), {});
  if (hopeless) return false;
  number = kHardFault;
  return read();
}

// Starts the handler of `number`; the frame has been written, by this entry or an earlier one.
void CortexM::vector_to(unsigned number, std::uint32_t exc_return, const ExceptionEvent& event) {
  std::uint32_t vector = 0;
  if (!find_vector(number, vector)) {
    lock_up("no vector can be read for HardFault");
    // Nothing is entered, but the cycles of the entry belong to somebody.
    ExceptionEvent failed = event;
    failed.number = number;
    failed.sp = sp_;
    tell_exception(failed);
    return;
  }
  nvic_.activate(number);
  const bool thumb = (vector & 1u) != 0;
  const std::uint32_t xpsr = engine_->read(CoreRegister::kXpsr);
  set_mode(number, control_ & kNpriv);
  engine_->write(CoreRegister::kXpsr, (xpsr & kApsrMask) | (thumb ? kThumbBit : 0u));
  engine_->write(CoreRegister::kLr, exc_return);
  engine_->write(CoreRegister::kPc, vector & ~1u);
  exclusive_open_ = false;
  event_register_ = true;
  continues_at_ = 0;
  attention_ = true;

  ExceptionEvent told = event;
  told.number = number;
  told.pc = vector & ~1u;
  told.sp = sp_;
  tell_exception(told);
  if (!thumb) fault_ = PendingFault{kUsageFault, cfsr::kInvstate, {}};
}

bool CortexM::return_is_valid(std::uint32_t exc_return, unsigned returning_from) const {
  if ((exc_return & 0xFFFFFFE0u) != 0xFFFFFFE0u || !nvic_.active(returning_from)) return false;
  const bool nested = nvic_.active_count() > 1;
  switch (exc_return & 0xFu) {
    case 0x1: return nested;
    case 0x9:
    case 0xD: return !nested || (system_.ccr & ccr::kNonbasethrdena) != 0;
    default: return false;
  }
}

void CortexM::tail_chain(unsigned number, std::uint32_t exc_return, unsigned returning_from,
                         Cycles cycles_before, StallCycles cost) {
  const Cycles chain =
      timing_->exception_cycles(exception_work(ExceptionPhase::kTailChain, number, false));
  cost[StallCause::kInterrupt] += chain.count;
  spend(StallCause::kInterrupt, chain);
  if (cycles_.count >= deadline_) service_events();
  if (const unsigned best = nvic_.highest_pending(); best != 0) number = best;
  ExceptionEvent event{.phase = ExceptionPhase::kTailChain, .cycles_before = cycles_before};
  event.return_to = returning_from;
  event.frame = sp_;
  event.cycles = cost;
  vector_to(number, exc_return, event);
}

ExceptionWork CortexM::exception_work(ExceptionPhase phase, unsigned number, bool with_float) {
  ExceptionWork work{.phase = phase, .fp_frame = with_float};
  work.frame = engine_->read(CoreRegister::kSp);
  work.vector = system_.vtor + 4 * number;
  work.handler = bus_.read(work.vector, AccessSize::kWord, now(), true).value;
  return work;
}

// Spends the cycles of an exception return. An exception that arrives meanwhile and may preempt
// ends it early: the frame stays where it is.
std::optional<unsigned> CortexM::spend_return(Address frame, bool float_frame, StallCycles& cost) {
  const ExceptionWork work{
      .phase = ExceptionPhase::kReturn, .fp_frame = float_frame, .frame = frame};
  std::uint64_t left = timing_->exception_cycles(work).count;
  while (left > 0) {
    const std::uint64_t until_event = deadline_ > cycles_.count ? deadline_ - cycles_.count : 0;
    const std::uint64_t step = std::min(left, until_event);
    spend(StallCause::kInterrupt, {step});
    cost[StallCause::kInterrupt] += step;
    left -= step;
    if (cycles_.count >= deadline_) {
      service_events();
      if (const auto number = nvic_.to_take(masks_)) return number;
    }
  }
  return std::nullopt;
}

void CortexM::return_from_exception(std::uint32_t exc_return) {
  const unsigned from = exception_number_;
  const Cycles before = cycles_;
  const bool valid = return_is_valid(exc_return, from);
  nvic_.deactivate(from);
  if (from != kNmi && masks_.faultmask) {
    masks_.faultmask = false;
    engine_->write(CoreRegister::kFaultmask, 0);
  }
  if (!valid) {
    system_.cfsr |= cfsr::kInvpc;
    const unsigned taken = escalate(kUsageFault);
    record_fault(taken, exc_return, {});
    if (taken == 0) return lock_up("invalid EXC_RETURN at the highest priority");
    nvic_.set_pending(taken);
    return tail_chain(taken, exc_return, from, before, {});
  }
  if (cycles_.count >= deadline_) service_events();
  if (const auto number = nvic_.to_take(masks_)) {
    return tail_chain(*number, exc_return, from, before, {});
  }
  const bool float_frame = (exc_return & kNoFloatFrame) == 0;
  const bool float_loaded = float_frame && (system_.fpccr & fpccr::kLspact) == 0;
  ExceptionEvent event{.phase = ExceptionPhase::kReturn, .number = from, .cycles_before = before};
  event.frame =
      engine_->read((exc_return & kUseProcessStack) != 0 ? CoreRegister::kPsp : CoreRegister::kMsp);
  if (const auto number = spend_return(event.frame, float_loaded, event.cycles)) {
    event.frame = 0;
    return tail_chain(*number, exc_return, from, before, event.cycles);
  }
  pop_frame(event.frame, exc_return);
  if (locked_up()) {
    event.return_to = exception_number_;
    event.sp = sp_;
    tell_exception(event);
    return;
  }
  if (fault_) {
    const PendingFault fault = *std::exchange(fault_, std::nullopt);
    return tail_chain(fault.exception, exc_return, from, before, event.cycles);
  }
  event.return_to = exception_number_;
  event.pc = engine_->read(CoreRegister::kPc);
  event.sp = sp_;
  tell_exception(event);
  if ((engine_->read(CoreRegister::kXpsr) & kThumbBit) == 0) {
    fault_ = PendingFault{kUsageFault, cfsr::kInvstate, {}};
  }
  if (exception_number_ == kThread && (system_.scr & scr::kSleeponexit) != 0) {
    sleeping_ = true;
    sleep_until_event_ = false;
  }
}

// Restores the state that the frame holds. On a fault `fault_` names the exception to enter.
void CortexM::pop_frame(Address frame, std::uint32_t exc_return) {
  const bool to_thread = (exc_return & kToThread) != 0;
  const bool float_frame = (exc_return & kNoFloatFrame) == 0;
  const auto fail = [&](std::uint32_t bits, unsigned exception) {
    system_.cfsr |= bits;
    const unsigned taken = escalate(exception);
    record_fault(taken, exc_return, {});
    if (taken == 0) return lock_up("a fault while returning at the highest priority");
    nvic_.set_pending(taken);
    fault_ = PendingFault{taken, 0, {}};
  };
  const auto fail_access = [&] {
    fail(stack_blocked_by_mpu_ ? cfsr::kMunstkerr : cfsr::kUnstkerr,
         stack_blocked_by_mpu_ ? kMemManage : kBusFault);
  };
  // The frame is read with the rights of the code that goes on.
  const StackRights rights{!to_thread || (control_ & kNpriv) == 0,
                           nvic_.execution_priority(masks_) < 0};
  std::array<std::uint32_t, 8> words{};
  for (unsigned i = 0; i < words.size(); ++i) {
    if (!stack_load(frame + 4 * i, words[i], rights)) return fail_access();
  }
  const std::uint32_t xpsr = words[7];
  const unsigned number = to_thread ? 0u : xpsr & kIpsrMask;
  if (to_thread != ((xpsr & kIpsrMask) == 0)) return fail(cfsr::kInvpc, kUsageFault);

  const bool lazy_pending = (system_.fpccr & fpccr::kLspact) != 0;
  if (float_frame && !lazy_pending) {
    std::array<std::uint32_t, 17> values{};
    for (unsigned i = 0; i < values.size(); ++i) {
      if (!stack_load(frame + kBasicFrameBytes + 4 * i, values[i], rights)) return fail_access();
    }
    for (unsigned n = 0; n < 16; ++n) engine_->write(float_register(n), values[n]);
    engine_->write(CoreRegister::kFpscr, values[16]);
  }
  // The registers were never written to the frame: they still hold what they held.
  if (float_frame) system_.fpccr &= ~fpccr::kLspact;

  for (unsigned n = 0; n < 4; ++n) engine_->write(core_register(n), words[n]);
  engine_->write(core_register(12), words[4]);
  engine_->write(CoreRegister::kLr, words[5]);
  const std::uint32_t control = (control_ & kNpriv) |
                                ((exc_return & kUseProcessStack) != 0 ? kSpsel : 0u) |
                                (float_frame ? kFpca : 0u);
  const bool align = float_frame || (system_.ccr & ccr::kStkalign) != 0;
  const bool padded = align && (xpsr & kAlignBit) != 0;
  const Address sp =
      (frame + (float_frame ? kFloatFrameBytes : kBasicFrameBytes)) | (padded ? 4u : 0u);
  set_mode(number, control);
  engine_->write(CoreRegister::kSp, sp);
  sp_ = sp;
  const bool in_it = (it_state_of(xpsr) & 0xFu) != 0;
  continues_at_ =
      in_it ? std::uint8_t{0} : static_cast<std::uint8_t>((xpsr & kIciBits) >> kIciShift);
  engine_->write(CoreRegister::kXpsr, xpsr & ~(kIpsrMask | kAlignBit | (in_it ? 0u : kItBits)));
  engine_->write(CoreRegister::kPc, words[6] & ~1u);
  exclusive_open_ = false;
  event_register_ = true;
  attention_ = true;
}

}  // namespace tinyscope
