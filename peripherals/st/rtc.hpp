// RTC: calendar, alarms A and B, wake-up timer, backup registers. RM0432 (STM32L4+), chapter
// "Real-time clock (RTC)"; version 3 of it, of the STM32H7A3, by CMSIS stm32h7a3xxq.h.
//
// It runs from the clock signal "rtc_ker" and belongs to the backup domain: resets but that of
// power-on and BDRST leave it alone. Interrupts go to EXTI; parameters `alarm_line` (default 18)
// and `wakeup_line` (default 20) say to which lines. Lines: rcc_lines.hpp, pad_lines.hpp.
//
// Not modelled, and reported when used: timestamps, tamper detection, smooth calibration, reference
// clock, outputs. Flags that follow a write after two RTCCLK cycles on the chip do so here for
// INITF and RSF; WUTWF, ALRAWF and ALRBWF follow at once.
#pragma once

#include <array>

#include "peripherals/st/rtc_calendar.hpp"
#include "peripherals/st/rtc_registers.hpp"
#include "peripherals/st/wired_block.hpp"

namespace tinyscope::st {

class Rtc final : public WiredBlock {
 public:
  Rtc(PeripheralContext& context, const rtc::Layout& layout);

  void write(const BusAccess& access, std::uint32_t value) override;
  void reset(ResetKind kind) override;

 private:
  using Register = RegisterFile::Register;
  struct Alarm {
    Register* time = nullptr;       // ALRMxR
    Register* subsecond = nullptr;  // ALRMxSSR
    std::uint32_t enable = 0;       // of CR
    std::uint32_t interrupt = 0;    // of CR
    std::uint32_t flag = 0;         // of ISR
    std::unique_ptr<Event> event;
  };

  // rtc.cpp
  void define_calendar();
  void define_control();
  void define_rest();
  void define_version3();
  bool writable(Address offset) const;
  void write_isr(std::uint32_t value);
  void write_cr();
  std::uint32_t isr() const;
  void raise(std::uint32_t flag);
  void update_lines();
  void reset_backup();
  void reset_state(ResetKind kind) override;
  void snapshot_state(StateArchive& archive) override;

  // rtc_time.cpp
  std::uint32_t predivider_a() const;  // PREDIV_A + 1
  std::int64_t predivider_s() const;   // PREDIV_S + 1
  std::int64_t position() const;
  Calendar calendar() const;
  std::uint32_t subsecond() const;
  void settle();
  void start_calendar();
  void shift(std::uint32_t value);
  bool two_cycles_since(TimePoint start) const;
  void clock_changed(std::uint64_t hz);
  bool alarm_matches(const Alarm& alarm) const;
  void schedule_alarm(Alarm& alarm);
  void on_alarm(Alarm& alarm);
  std::uint64_t wakeup_period() const;
  void start_wakeup();
  void schedule_wakeup();
  void schedule_all();

  const rtc::Layout& layout_;
  Wire& backup_writable_;
  Wire& alarm_line_;
  Wire& wakeup_line_;
  ClockSignal& kernel_clock_;
  Register* cr_ = nullptr;
  Register* prer_ = nullptr;
  Register* wutr_ = nullptr;
  std::array<Alarm, 2> alarms_;
  Event wakeup_;

  std::uint8_t keys_ = 0;  // of WPR seen so far; 2: open
  bool initialising_ = false;
  TimePoint init_since_{};
  TimePoint synchronised_since_{};
  std::uint32_t flags_ = 0;  // ALRAF, ALRBF, WUTF of ISR
  std::uint32_t old_cr_ = 0;

  ClockDomain clock_{0};            // ticks of RTCCLK
  Calendar base_;                   // when the second began in which `base_position_` was
  std::int64_t base_position_ = 0;  // steps of ck_apre into that second, at tick `base_tick_`
  std::uint64_t base_tick_ = 0;
  std::uint64_t wakeup_tick_ = 0;

  // What a read of SSR or TR has locked until DR is read.
  bool time_locked_ = false;
  bool date_locked_ = false;
  std::uint32_t locked_tr_ = 0;
  std::uint32_t locked_dr_ = 0;
};

}  // namespace tinyscope::st
