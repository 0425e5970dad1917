#include <algorithm>

#include "peripherals/nordic/clock_power.hpp"
#include "peripherals/nordic/lines.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kHfclkStart = 0x000;
constexpr Address kHfclkStop = 0x004;
constexpr Address kLfclkStart = 0x008;
constexpr Address kLfclkStop = 0x00C;
constexpr Address kCal = 0x010;
constexpr Address kCtStart = 0x014;
constexpr Address kCtStop = 0x018;
constexpr Address kHfclkStarted = 0x100;
constexpr Address kLfclkStarted = 0x104;
constexpr Address kDone = 0x10C;
constexpr Address kCtTo = 0x110;
constexpr Address kCtStarted = 0x128;
constexpr Address kCtStopped = 0x12C;
constexpr Address kHfclkRun = 0x408;
constexpr Address kHfclkStat = 0x40C;
constexpr Address kLfclkRun = 0x414;
constexpr Address kLfclkStat = 0x418;
constexpr Address kLfclkSrcCopy = 0x41C;
constexpr Address kLfclkSrc = 0x518;
constexpr Address kHfxoDebounce = 0x528;
constexpr Address kCtiv = 0x538;
constexpr Address kTraceConfig = 0x55C;
constexpr Address kLfrcMode = 0x5B4;

constexpr std::uint32_t kStateRunning = 1u << 16;
constexpr std::uint32_t kSrcXtal = 1;
constexpr std::uint32_t kSrcSynth = 2;
constexpr std::uint32_t kDebounceReset = 0x10;
constexpr std::uint64_t kDebounceUnitUs = 16;                       // HFXODEBOUNCE: 0x10 is 256 us
constexpr Duration kCalibrationTimerUnit = Duration::from_ms(250);  // CTIV

}  // namespace

void ClockPower::define_clock(PeripheralContext& context) {
  constexpr auto kSource = "PS v1.1, electrical specification of CLOCK, from memory: estimate";
  const auto microseconds = [&](std::string_view key, std::uint64_t fallback,
                                std::string_view meaning) {
    return Duration::from_us(assumed_parameter(context, key, fallback, meaning, kSource));
  };
  hfxo_start_ = microseconds("hfxo_start_us", 360,
                             "start-up of the 32 MHz crystal with the default debounce, us");
  lfrc_start_ = microseconds("lfrc_start_us", 600, "start-up of the 32.768 kHz RC oscillator, us");
  lfxo_start_ = microseconds("lfxo_start_us", 250'000, "start-up of the 32.768 kHz crystal, us");
  calibration_time_ = microseconds("lfrc_calibration_us", 16'000, "duration of CAL, us");

  add_task(kHfclkStart, "TASKS_HFCLKSTART", [this] { start_hfclk(); });
  add_task(kHfclkStop, "TASKS_HFCLKSTOP", [this] {
    hfclk_requested_ = hfxo_running_ = false;
    hfxo_line_.set(false);
    hfxo_ready_.cancel();
    power_.set("hfxo", "", now());
  });
  add_task(kLfclkStart, "TASKS_LFCLKSTART", [this] { start_lfclk(); });
  add_task(kLfclkStop, "TASKS_LFCLKSTOP", [this] { stop_lfclk(); });
  add_task(kCal, "TASKS_CAL", [this] { calibrate(); });
  add_task(kCtStart, "TASKS_CTSTART", [this] { start_calibration_timer(); });
  add_task(kCtStop, "TASKS_CTSTOP", [this] {
    calibration_timer_.cancel();
    raise(kCtStopped);
  });
  add_event(kHfclkStarted, "EVENTS_HFCLKSTARTED");
  add_event(kLfclkStarted, "EVENTS_LFCLKSTARTED");
  add_event(kDone, "EVENTS_DONE");
  add_event(kCtTo, "EVENTS_CTTO");
  add_event(kCtStarted, "EVENTS_CTSTARTED");
  add_event(kCtStopped, "EVENTS_CTSTOPPED");

  registers_.add(kHfclkRun, "HFCLKRUN").read_only().on_read([this] {
    return hfclk_requested_ ? 1u : 0u;
  });
  // HFINT runs whenever the CPU can ask.
  registers_.add(kHfclkStat, "HFCLKSTAT").read_only().on_read([this] {
    return kStateRunning | (hfxo_running_ ? 1u : 0u);
  });
  registers_.add(kLfclkRun, "LFCLKRUN").read_only().on_read([this] {
    return lfclk_ == LfclkState::kOff ? 0u : 1u;
  });
  registers_.add(kLfclkStat, "LFCLKSTAT").read_only().on_read([this] { return lfclk_stat(); });
  registers_.add(kLfclkSrcCopy, "LFCLKSRCCOPY").read_only().on_read([this] {
    return lfclk_source_;
  });
  lfclksrc_ = &registers_.add(kLfclkSrc, "LFCLKSRC")
                   .field(0, 2, "SRC")
                   .flag(16, "BYPASS")
                   .flag(17, "EXTERNAL");
  hfxodebounce_ = &registers_.add(kHfxoDebounce, "HFXODEBOUNCE")
                       .reset(kDebounceReset)
                       .field(0, 8, "HFXODEBOUNCE");
  ctiv_ = &registers_.add(kCtiv, "CTIV").field(0, 7, "CTIV");
  registers_.add(kTraceConfig, "TRACECONFIG")
      .field(0, 2, "TRACEPORTSPEED")
      .unimplemented(16, 2, "TRACEMUX");
  registers_.add(kLfrcMode, "LFRCMODE").flag(0, "MODE");
}

void ClockPower::start_hfclk() {
  hfclk_requested_ = true;
  if (hfxo_running_) {
    raise(kHfclkStarted);
    return;
  }
  if (hfxo_ready_.scheduled()) return;
  power_.set("hfxo", "on", now());
  const Duration default_debounce = Duration::from_us(kDebounceUnitUs * kDebounceReset);
  const Duration crystal{hfxo_start_.ps - std::min(hfxo_start_.ps, default_debounce.ps)};
  hfxo_ready_.after(crystal + Duration::from_us(kDebounceUnitUs * hfxodebounce_->value()));
}

void ClockPower::hfclk_started() {
  hfxo_running_ = true;
  hfxo_line_.set(true);
  raise(kHfclkStarted);
}

// PS, "LFCLK clock controller": with the crystal selected, LFCLK runs from the RC oscillator until
// the crystal has started, and LFCLKSTARTED comes then.
// A clock that runs already has started at once: firmware behind a boot loader waits for the event
// (arduino/mbed-os, common_rtc.c and system_nrf52840.c one after the other).
void ClockPower::start_lfclk() {
  if (lfclk_ == LfclkState::kRunning) raise(kLfclkStarted);
  if (lfclk_ != LfclkState::kOff) return;
  lfclk_source_ = lfclksrc_->value() & 3u;
  lfclk_ = LfclkState::kStarting;
  lfclk_ready_.after(lfrc_start_);
}

void ClockPower::lfclk_step() {
  if (lfclk_ == LfclkState::kStarting && lfclk_source_ == kSrcXtal && lfxo_start_ > lfrc_start_) {
    lfclk_ = LfclkState::kRcWhileCrystalStarts;
    lfclk_ready_.after(Duration{lfxo_start_.ps - lfrc_start_.ps});
    lfclk_line_.set(true);
    report_lfclk();
    return;
  }
  lfclk_ = LfclkState::kRunning;
  lfclk_line_.set(true);
  report_lfclk();
  raise(kLfclkStarted);
}

void ClockPower::stop_lfclk() {
  lfclk_ready_.cancel();
  calibration_timer_.cancel();
  lfclk_ = LfclkState::kOff;
  lfclk_line_.set(false);
  report_lfclk();
}

void ClockPower::report_lfclk() {
  const char* state = "";
  if (lfclk_ == LfclkState::kRcWhileCrystalStarts) state = "rc";
  if (lfclk_ == LfclkState::kRunning) {
    state = lfclk_source_ == kSrcXtal ? "xtal" : lfclk_source_ == kSrcSynth ? "synth" : "rc";
  }
  power_.set("lfclk", state, now());
}

std::uint32_t ClockPower::lfclk_stat() const {
  switch (lfclk_) {
    case LfclkState::kOff:
    case LfclkState::kStarting: return 0;
    case LfclkState::kRcWhileCrystalStarts: return kStateRunning;
    case LfclkState::kRunning: return kStateRunning | lfclk_source_;
  }
  return 0;
}

// PS: CAL needs LFCLK from the RC oscillator and HFCLK from the crystal.
void ClockPower::calibrate() {
  if (lfclk_ == LfclkState::kOff || !hfxo_running_) return;
  if (!calibration_done_.scheduled()) calibration_done_.after(calibration_time_);
}

void ClockPower::start_calibration_timer() {
  raise(kCtStarted);
  calibration_timer_.after(kCalibrationTimerUnit * std::max<std::uint64_t>(ctiv_->value(), 1));
}

// Brings to its end what is starting, for a machine that begins in the middle of its life.
void ClockPower::settle() {
  while (lfclk_ready_.scheduled()) {
    lfclk_ready_.cancel();
    lfclk_step();
  }
  if (hfxo_ready_.scheduled()) {
    hfxo_ready_.cancel();
    hfclk_started();
  }
  while (usb_supply_.scheduled()) {
    usb_supply_.cancel();
    usb_supply_step();
  }
}

void ClockPower::reset_clock() {
  hfxo_ready_.cancel();
  calibration_done_.cancel();
  hfclk_requested_ = hfxo_running_ = false;
  hfxo_line_.set(false);
  power_.set("hfxo", "", now());
  lfclk_source_ = 0;
  stop_lfclk();
}

void ClockPower::snapshot_clock(StateArchive& archive) {
  archive(hfclk_requested_, hfxo_running_, lfclk_, lfclk_source_);
  lfclk_line_.snapshot(archive);
  hfxo_line_.snapshot(archive);
  hfxo_ready_.snapshot(archive);
  lfclk_ready_.snapshot(archive);
  calibration_done_.snapshot(archive);
  calibration_timer_.snapshot(archive);
}

ClockPower::ClockPower(PeripheralContext& context)
    : NordicBlock(context, Interrupts::kSetClear),
      hfxo_line_(context.events.line(kHfxoLine)),
      lfclk_line_(context.events.line(kLfclkLine)),
      hfxo_ready_(context.scheduler, [this] { hfclk_started(); }),
      lfclk_ready_(context.scheduler, [this] { lfclk_step(); }),
      calibration_done_(context.scheduler, [this] { raise(kDone); }),
      calibration_timer_(context.scheduler, [this] { raise(kCtTo); }),
      vbus_line_(context.events.line(kVbusLine)),
      usb_enabled_line_(context.events.line(kUsbEnabledLine)),
      usb_regulator_line_(context.events.line(kUsbRegulatorLine)),
      system_off_(add_wire("system_off")),
      reset_request_(add_wire("reset")),
      usb_supply_(context.scheduler, [this] { usb_supply_step(); }) {
  define_clock(context);
  define_power(context);
  add_wire("settle").connect([this](bool level) {
    if (level) settle();
  });
}

namespace {
const PeripheralType kType("nordic.clock_power", [](PeripheralContext& context) {
  return std::make_unique<ClockPower>(context);
});
}  // namespace

}  // namespace tinyscope::nordic
