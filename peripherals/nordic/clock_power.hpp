// CLOCK and POWER, which share one window, one interrupt and one INTEN.
// nRF52840 PS, chapters "CLOCK — Clock control" and "POWER — Power supply".
//
// Parameters: `vbus` (default false) whether USB power is present even if nothing is plugged in;
// `hfxo_start_us`, `lfrc_start_us`, `lfxo_start_us`, `lfrc_calibration_us`. Wires: "irq";
// "system_off" high in System OFF; "reset" pulses when DETECT or LPCOMP wakes the chip from it;
// "cpu_sleep" may be driven by the core and gives SLEEPENTER and SLEEPEXIT; a pulse on "settle"
// ends all start-up times that are running.
//
// Not modelled: supply failures (POFWARN), loss of RAM contents in sections that are switched off
// (reported), frequency errors of the RC oscillators.
#pragma once

#include <array>

#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {

class ClockPower final : public NordicBlock {
 public:
  explicit ClockPower(PeripheralContext& context);

 private:
  enum class LfclkState : std::uint8_t { kOff, kStarting, kRcWhileCrystalStarts, kRunning };

  // clock.cpp
  void define_clock(PeripheralContext& context);
  void start_hfclk();
  void hfclk_started();
  void start_lfclk();
  void lfclk_step();
  void stop_lfclk();
  std::uint32_t lfclk_stat() const;
  void report_lfclk();
  void calibrate();
  void start_calibration_timer();
  void settle();
  void reset_clock();
  void snapshot_clock(StateArchive& archive);

  // power.cpp
  void define_power(PeripheralContext& context);
  void set_ram_power(unsigned section, std::uint32_t bits);
  void enter_system_off();
  void wake_from_system_off(std::uint32_t reason);  // bit of RESETREAS
  void vbus_changed();
  void usb_enabled_changed();
  void usb_supply_step();
  void reset_power(ResetKind kind);
  void snapshot_power(StateArchive& archive);

  void reset_state(ResetKind kind) override {
    reset_clock();
    reset_power(kind);
  }
  void snapshot_state(StateArchive& archive) override {
    snapshot_clock(archive);
    snapshot_power(archive);
  }

  // CLOCK
  Duration hfxo_start_{};
  Duration lfrc_start_{};
  Duration lfxo_start_{};
  Duration calibration_time_{};
  RegisterFile::Register* hfxodebounce_ = nullptr;
  RegisterFile::Register* lfclksrc_ = nullptr;
  RegisterFile::Register* ctiv_ = nullptr;
  bool hfclk_requested_ = false;
  bool hfxo_running_ = false;
  Wire& hfxo_line_;
  LfclkState lfclk_ = LfclkState::kOff;
  std::uint32_t lfclk_source_ = 0;  // copy of LFCLKSRC.SRC, taken by LFCLKSTART
  Wire& lfclk_line_;
  Event hfxo_ready_;
  Event lfclk_ready_;
  Event calibration_done_;
  Event calibration_timer_;

  // POWER
  bool vbus_always_ = false;
  Wire& vbus_line_;
  Wire& usb_enabled_line_;
  Wire& usb_regulator_line_;
  std::uint32_t resetreas_ = 0;
  std::array<std::uint32_t, 2> gpregret_{};
  std::uint32_t usbregstatus_ = 0;
  static constexpr unsigned kRamSections = 9;
  std::array<std::uint32_t, kRamSections> ram_power_{};
  std::uint32_t wake_reason_ = 0;  // of the reset under way; 0: another cause
  Wire& system_off_;
  Wire& reset_request_;
  RegisterFile::Register* dcdcen_ = nullptr;
  Event usb_supply_;
};

}  // namespace tinyscope::nordic
