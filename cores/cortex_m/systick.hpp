// SysTick: a 24-bit down-counter (Arm DDI 0403E, B3.3). Runs from the processor clock or from a
// reference where the chip has one. Assumed to go on counting while the core sleeps.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/register_file.hpp"
#include "sim/scheduler.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class Systick {
 public:
  // The clock beside the processor's: one of its own, or the processor's divided, as STM32 have it.
  // Without either there is none, and CLKSOURCE reads 1.
  struct Reference {
    std::uint64_t hz = 0;
    unsigned divider = 0;
  };

  // `processor_clock` is the core's.
  Systick(Scheduler& scheduler, const ClockDomain& processor_clock, const Reference& reference,
          std::uint32_t calibration, std::function<void()> pend);

  // Adds SYST_CSR, SYST_RVR, SYST_CVR and SYST_CALIB.
  void add_registers(RegisterFile& registers);
  // The processor clock has changed its frequency: count on at the new one.
  void clock_changed();
  void reset();
  void snapshot(StateArchive& archive);

 private:
  bool has_reference() const { return reference_.hz != 0 || reference_.divider != 0; }
  bool from_processor() const;
  unsigned divider() const;
  std::uint64_t tick() const;
  TimePoint time_of(std::uint64_t tick) const;
  std::uint32_t current() const;
  void start(std::uint32_t value);
  void write_control(std::uint32_t value);
  void expire();

  Scheduler& scheduler_;
  const ClockDomain& processor_clock_;
  Reference reference_;
  ClockDomain reference_clock_;  // that of its own
  std::uint32_t calibration_;
  std::function<void()> pend_;
  Event expired_;
  std::uint32_t control_ = 0;
  std::uint32_t reload_ = 0;
  std::uint32_t stopped_value_ = 0;  // CVR while the counter is disabled
  std::uint64_t zero_tick_ = 0;      // tick at which the running counter reaches 0
  bool from_zero_ = false;           // it started from 0 and shows that until its first tick
  std::uint64_t start_tick_ = 0;     // tick at which it started
  bool count_flag_ = false;
};

}  // namespace tinyscope
