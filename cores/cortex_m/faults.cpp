// Faults: what becomes of them, and how they are recorded. Arm DDI 0403E, B1.5.14 and B1.5.15.
#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/exception_numbers.hpp"

namespace tinyscope {

using namespace exception;

namespace {
constexpr std::uint32_t kThumbBit = 1u << 24;
}

// Which exception a synchronous one becomes (B1.5.14); 0: lockup.
unsigned CortexM::escalate(unsigned exception) {
  const int running = nvic_.execution_priority(masks_);
  if (exception != kHardFault && nvic_.enabled(exception) &&
      nvic_.group_priority(exception) < running) {
    return exception;
  }
  if (running <= -1) return 0;
  if (exception != kHardFault) system_.hfsr |= hfsr::kForced;
  return kHardFault;
}

void CortexM::raise_fault(const PendingFault& fault, Address pc) {
  system_.cfsr |= fault.cfsr;
  if (fault.address && (fault.cfsr & cfsr::kMmarvalid) != 0) system_.mmfar = *fault.address;
  if (fault.address && (fault.cfsr & cfsr::kBfarvalid) != 0) system_.bfar = *fault.address;
  const unsigned taken = escalate(fault.exception);
  if (fault.exception != kSvcall || taken != kSvcall) record_fault(taken, pc, fault.address);
  if (taken == 0) {
    lock_up("a fault at a priority at which no fault can be handled");
    return;
  }
  nvic_.set_pending(taken);
  enter_exception(taken, pc);
}

void CortexM::record_fault(unsigned taken, Address pc, std::optional<Address> address) {
  if (faults_.size() >= kMostFaultRecords) return;
  faults_.push_back({taken, system_.cfsr, system_.hfsr, pc, engine_->read(CoreRegister::kLr), sp_,
                     address, cycles_});
}

// The fault of a buffered store has no instruction to blame: it waits for its priority, as an
// interrupt does (B1.5.14: only synchronous faults escalate for want of priority).
void CortexM::pend_imprecise_fault(const PendingFault& fault, Address pc) {
  system_.cfsr |= fault.cfsr;
  const bool enabled = nvic_.enabled(fault.exception);
  if (!enabled) system_.hfsr |= hfsr::kForced;
  const unsigned taken = enabled ? fault.exception : kHardFault;
  record_fault(taken, pc, fault.address);
  nvic_.set_pending(taken);
}

void CortexM::handle_undefined() {
  const Address pc = engine_->read(CoreRegister::kPc);
  const bool thumb = (engine_->read(CoreRegister::kXpsr) & kThumbBit) != 0;
  std::uint32_t cause = thumb ? cfsr::kUndefinstr : cfsr::kInvstate;
  if (current_ != nullptr && current_->insn.address != pc) {
    retire_current(pc);
  } else if (current_ != nullptr && current_->insn.op == Op::kCoprocessor) {
    cause = cfsr::kNocp;
  } else if (current_ != nullptr && (current_->insn.op == Op::kLoadExclusive ||
                                     current_->insn.op == Op::kStoreExclusive)) {
    cause = cfsr::kUnaligned;  // the engine checks these before it announces the access
  }
  current_ = nullptr;
  fault_ = PendingFault{exception::kUsageFault, cause, {}};
}

// Without a debugger a breakpoint is for the DebugMonitor, or else a fault (Arm DDI 0403E, C1.5).
void CortexM::take_breakpoint_exception() {
  constexpr std::uint32_t kDfsrBkpt = 1u << 1, kMonEn = 1u << 16;
  system_.dfsr |= kDfsrBkpt;
  const bool monitor =
      (system_.demcr & kMonEn) != 0 &&
      nvic_.group_priority(exception::kDebugMonitor) < nvic_.execution_priority(masks_);
  if (!monitor) system_.hfsr |= hfsr::kDebugevt;
  fault_ = PendingFault{monitor ? exception::kDebugMonitor : exception::kHardFault, 0, {}};
}

}  // namespace tinyscope
