#include "cores/cortex_m/nvic.hpp"

#include <algorithm>

#include "sim/error.hpp"

namespace tinyscope {

using namespace exception;

Nvic::Nvic(unsigned interrupts, unsigned priority_bits)
    : priority_mask_(0xFFu & ~(0xFFu >> priority_bits)), state_(kFirstInterrupt + interrupts) {
  TINYSCOPE_ASSERT(interrupts <= 240 && priority_bits >= 1 && priority_bits <= 8);
  reset();
}

void Nvic::reset() {
  for (std::size_t number = 0; number < state_.size(); ++number) {
    const bool line = state_[number].line;
    state_[number] = Exception{};
    state_[number].line = line;
  }
  // These cannot be disabled; the configurable faults are enabled in SHCSR.
  for (const unsigned number : {kNmi, kHardFault, kSvcall, kDebugMonitor, kPendsv, kSystick}) {
    state_[number].enabled = true;
  }
  active_.clear();
  pending_count_ = 0;
  prigroup_ = 0;
  for (unsigned number = kFirstInterrupt; number < state_.size(); ++number) {
    if (state_[number].line) pend(number);
  }
  changed();
}

void Nvic::pend(unsigned exception) {
  if (state_[exception].pending) return;
  state_[exception].pending = true;
  ++pending_count_;
  if (pended_) pended_();
}

void Nvic::set_line(unsigned interrupt, bool level) {
  const unsigned exception = kFirstInterrupt + interrupt;
  TINYSCOPE_ASSERT(exception < state_.size());
  const bool rises = level && !state_[exception].line;
  state_[exception].line = level;
  if (!rises) return;
  pend(exception);
  changed();
}

void Nvic::set_pending(unsigned exception) {
  pend(exception);
  changed();
}

void Nvic::clear_pending(unsigned exception) {
  // A request line that is still high pends the interrupt again at once.
  if (!state_[exception].pending || state_[exception].line) return;
  state_[exception].pending = false;
  --pending_count_;
  changed();
}

void Nvic::set_enabled(unsigned exception, bool enabled) {
  state_[exception].enabled = enabled;
  changed();
}

void Nvic::set_priority(unsigned exception, std::uint8_t priority) {
  state_[exception].priority = static_cast<std::uint8_t>(priority & priority_mask_);
  changed();
}

void Nvic::set_priority_grouping(unsigned prigroup) {
  prigroup_ = prigroup;
  changed();
}

int Nvic::raw_priority(unsigned exception) const {
  switch (exception) {
    case kReset: return -3;
    case kNmi: return -2;
    case kHardFault: return -1;
    default: return state_[exception].priority;
  }
}

int Nvic::group_priority(unsigned exception) const {
  const int raw = raw_priority(exception);
  if (raw < 0) return raw;
  return raw & ~((2 << prigroup_) - 1);
}

unsigned Nvic::highest_pending() const {
  unsigned best = 0;
  if (pending_count_ == 0) return best;
  int best_priority = kLowestPriority;
  for (unsigned number = kNmi; number < state_.size(); ++number) {
    const Exception& candidate = state_[number];
    // Ties go to the lower exception number.
    if (candidate.pending && candidate.enabled && raw_priority(number) < best_priority) {
      best = number;
      best_priority = raw_priority(number);
    }
  }
  return best;
}

int Nvic::execution_priority(const ExceptionMasks& masks, bool ignore_primask) const {
  int priority = kLowestPriority;
  for (const unsigned number : active_) priority = std::min(priority, group_priority(number));
  if (masks.basepri != 0) {
    const int raw = static_cast<int>(masks.basepri & priority_mask_);
    if (raw != 0) priority = std::min(priority, raw & ~((2 << prigroup_) - 1));
  }
  if (masks.primask && !ignore_primask) priority = std::min(priority, 0);
  if (masks.faultmask) priority = std::min(priority, -1);
  return priority;
}

std::optional<unsigned> Nvic::to_take(const ExceptionMasks& masks) const {
  const unsigned best = highest_pending();
  if (best == 0 || group_priority(best) >= execution_priority(masks)) return std::nullopt;
  return best;
}

bool Nvic::wakes(const ExceptionMasks& masks) const {
  const unsigned best = highest_pending();
  return best != 0 && group_priority(best) < execution_priority(masks, true);
}

void Nvic::activate(unsigned exception) {
  Exception& entered = state_[exception];
  if (entered.pending) {
    entered.pending = false;
    --pending_count_;
  }
  entered.active = true;
  active_.push_back(static_cast<std::uint16_t>(exception));
  changed();
}

void Nvic::deactivate(unsigned exception) {
  state_[exception].active = false;
  const auto found = std::find(active_.rbegin(), active_.rend(), exception);
  if (found != active_.rend()) active_.erase(std::next(found).base());
  if (state_[exception].line) pend(exception);
  changed();
}

void Nvic::snapshot(StateArchive& archive) { archive(prigroup_, state_, active_, pending_count_); }

}  // namespace tinyscope
