// The System Control Space at 0xE000E000: NVIC, SysTick, SCB, MPU and FPU registers.
// Arm DDI 0403E, B3.2; values of the identification registers: Cortex-M4 TRM, DDI 0439D, table 4-1;
// Cortex-M7 TRM, DDI 0489, table 3-1.
#pragma once

#include <functional>

#include "cores/cortex_m/cache_registers.hpp"
#include "cores/cortex_m/core_identity.hpp"
#include "cores/cortex_m/mpu.hpp"
#include "cores/cortex_m/nvic.hpp"
#include "cores/cortex_m/system_registers.hpp"
#include "cores/cortex_m/systick.hpp"
#include "sim/bus.hpp"
#include "sim/register_file.hpp"

namespace tinyscope {

class SystemControl final : public BusTarget {
 public:
  struct Actions {
    std::function<void()> request_reset;          // AIRCR.SYSRESETREQ
    std::function<void()> configuration_changed;  // something the core caches has changed
    std::function<void()> auxiliary_control_changed;
    std::function<void()> caches_changed;  // CCR.IC or CCR.DC
  };

  SystemControl(const CoreIdentity& identity, SystemRegisters& state, Nvic& nvic, Systick& systick,
                Mpu& mpu, CacheRegisters& caches, RunNotes& notes, Actions actions);

  std::uint32_t read(const BusAccess& access) override { return registers_.read(access); }
  void write(const BusAccess& access, std::uint32_t value) override;
  void reset() { registers_.reset(); }

  // Unprivileged code may reach STIR only, and only with CCR.USERSETMPEND.
  bool allows_unprivileged(Address offset) const {
    return offset == 0xF00 && (state_.ccr & ccr::kUsersetmpend) != 0;
  }

 private:
  void add_nvic_registers();
  void add_system_registers();
  void add_fault_registers();
  void add_fpu_registers();
  void add_debug_registers();
  void add_identification();
  std::uint32_t interrupt_control_state() const;
  void write_interrupt_control_state(std::uint32_t value);
  std::uint32_t handler_control_state() const;
  void write_handler_control_state(std::uint32_t value);

  CoreIdentity identity_;
  SystemRegisters& state_;
  Nvic& nvic_;
  Actions actions_;
  RegisterFile registers_;
};

}  // namespace tinyscope
