// SysTick: a 24-bit down-counter (Arm DDI 0403E, B3.3). Runs from the processor clock or from an
// external reference where the chip has one. Assumed to go on counting while the core sleeps.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/register_file.hpp"
#include "sim/scheduler.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class Systick {
 public:
  // `processor_clock` is the core's; `reference_hz` 0: no external reference, CLKSOURCE reads 1.
  Systick(Scheduler& scheduler, const ClockDomain& processor_clock, std::uint64_t reference_hz,
          std::uint32_t calibration, std::function<void()> pend);

  // Adds SYST_CSR, SYST_RVR, SYST_CVR and SYST_CALIB.
  void add_registers(RegisterFile& registers);
  // The processor clock has changed its frequency: count on at the new one.
  void clock_changed();
  void reset();
  void snapshot(StateArchive& archive);

 private:
  std::uint64_t tick() const;
  std::uint32_t current() const;
  void start(std::uint32_t value);
  void write_control(std::uint32_t value);
  void expire();

  Scheduler& scheduler_;
  const ClockDomain& processor_clock_;
  bool has_reference_;
  ClockDomain reference_clock_;
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
