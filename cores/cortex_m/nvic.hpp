// State of all exceptions: pending, active, enabled, priority; and who goes first.
// Arm DDI 0403E (Armv7-M architecture), B1.5 and B3.4. Priorities here are signed: -3 reset,
// -2 NMI, -1 HardFault, 0–255 configurable, kLowestPriority for thread mode without masks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "cores/cortex_m/exception_numbers.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

// The mask registers of the core, as the NVIC needs them.
struct ExceptionMasks {
  bool primask = false;
  bool faultmask = false;
  std::uint8_t basepri = 0;

  friend bool operator==(const ExceptionMasks&, const ExceptionMasks&) = default;
};

class Nvic {
 public:
  static constexpr int kLowestPriority = 256;

  // `interrupts`: number of external interrupts, up to 240. `priority_bits`: 3 to 8 in practice.
  Nvic(unsigned interrupts, unsigned priority_bits);

  // Called whenever the answer of to_take() may have changed.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }
  // Called when an exception becomes pending (for WFE with SEVONPEND).
  void on_pend(std::function<void()> listener) { pended_ = std::move(listener); }

  unsigned exception_count() const { return static_cast<unsigned>(state_.size()); }

  // Level of an external interrupt's request line.
  void set_line(unsigned interrupt, bool level);
  void set_pending(unsigned exception);
  void clear_pending(unsigned exception);
  void set_enabled(unsigned exception, bool enabled);
  void set_priority(unsigned exception, std::uint8_t priority);
  void set_priority_grouping(unsigned prigroup);

  bool pending(unsigned exception) const { return state_[exception].pending; }
  bool enabled(unsigned exception) const { return state_[exception].enabled; }
  bool active(unsigned exception) const { return state_[exception].active; }
  std::uint8_t priority(unsigned exception) const { return state_[exception].priority; }
  unsigned priority_grouping() const { return prigroup_; }
  // Priority bits that exist.
  unsigned priority_mask() const { return priority_mask_; }

  // The pending and enabled exception of the highest priority, whatever masks it; 0: none.
  // Disabled faults never pend here: they escalate before.
  unsigned highest_pending() const;
  // The priority at which the core runs: active exceptions and masks. `ignore_primask`: as WFI
  // judges a wake-up.
  int execution_priority(const ExceptionMasks& masks, bool ignore_primask = false) const;
  // The exception to enter now; nullopt: none has enough priority.
  std::optional<unsigned> to_take(const ExceptionMasks& masks) const;
  // Would a pending exception wake the core from WFI?
  bool wakes(const ExceptionMasks& masks) const;
  bool anything_pending() const { return pending_count_ != 0; }

  // Priority of an exception for preemption (without its subpriority).
  int group_priority(unsigned exception) const;

  // Entry: pending becomes active. Return: no longer active; a line still high pends it again.
  void activate(unsigned exception);
  void deactivate(unsigned exception);
  unsigned active_count() const { return static_cast<unsigned>(active_.size()); }

  void reset();
  void snapshot(StateArchive& archive);

 private:
  struct Exception {
    std::uint8_t priority = 0;
    bool enabled = false;
    bool pending = false;
    bool active = false;
    bool line = false;
  };

  int raw_priority(unsigned exception) const;
  void pend(unsigned exception);
  void changed() const {
    if (changed_) changed_();
  }

  unsigned priority_mask_;
  unsigned prigroup_ = 0;
  std::vector<Exception> state_;
  std::vector<std::uint16_t> active_;  // in order of entry
  unsigned pending_count_ = 0;
  std::function<void()> changed_;
  std::function<void()> pended_;
};

}  // namespace tinyscope
