#include "peripherals/nordic/clock_power.hpp"
#include "peripherals/nordic/lines.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kConstlat = 0x078;
constexpr Address kLowpwr = 0x07C;
constexpr Address kPofWarn = 0x108;
constexpr Address kSleepEnter = 0x114;
constexpr Address kSleepExit = 0x118;
constexpr Address kUsbDetected = 0x11C;
constexpr Address kUsbRemoved = 0x120;
constexpr Address kUsbPwrRdy = 0x124;
constexpr Address kResetReas = 0x400;
constexpr Address kRamStatus = 0x428;
constexpr Address kUsbRegStatus = 0x438;
constexpr Address kSystemOff = 0x500;
constexpr Address kPofCon = 0x510;
constexpr Address kGpregret = 0x51C;
constexpr Address kDcdcen = 0x578;
constexpr Address kDcdcen0 = 0x580;
constexpr Address kMainRegStatus = 0x640;
constexpr Address kRam = 0x900;

constexpr std::uint32_t kReasonResetPin = 1u << 0;
constexpr std::uint32_t kReasonDog = 1u << 1;
constexpr std::uint32_t kReasonSreq = 1u << 2;
constexpr std::uint32_t kReasonLockup = 1u << 3;
constexpr std::uint32_t kReasonOff = 1u << 16;  // DETECT woke the chip from System OFF
constexpr std::uint32_t kReasonLpcomp = 1u << 17;
constexpr std::uint32_t kReasonMask = 0x001F'000F;

constexpr std::uint32_t kVbusDetect = 1u << 0;
constexpr std::uint32_t kOutputRdy = 1u << 1;
constexpr std::uint32_t kRamPowerReset = 0x0000'FFFF;
constexpr std::uint32_t kRamSectionsOn = 0x0000'FFFF;
constexpr std::uint32_t kRamBlocks = 0xF;

// From switching the 3.3 V regulator on to an output that can be used: estimate.
constexpr Duration kUsbRegulatorStart = Duration::from_us(1000);

}  // namespace

void ClockPower::define_power(PeripheralContext& context) {
  vbus_always_ = context.params.boolean("vbus").value_or(false);
  add_task(kConstlat, "TASKS_CONSTLAT", [this] { power_.set(name_, "constlat", now()); });
  add_task(kLowpwr, "TASKS_LOWPWR", [this] { power_.set(name_, "", now()); });
  add_event(kPofWarn, "EVENTS_POFWARN");
  add_event(kSleepEnter, "EVENTS_SLEEPENTER");
  add_event(kSleepExit, "EVENTS_SLEEPEXIT");
  add_event(kUsbDetected, "EVENTS_USBDETECTED");
  add_event(kUsbRemoved, "EVENTS_USBREMOVED");
  add_event(kUsbPwrRdy, "EVENTS_USBPWRRDY");
  add_wire("cpu_sleep").connect([this](bool asleep) { raise(asleep ? kSleepEnter : kSleepExit); });

  registers_.add(kResetReas, "RESETREAS")
      .on_read([this] { return resetreas_; })
      .on_write([this](std::uint32_t value) { resetreas_ &= ~value; });
  registers_.add(kRamStatus, "RAMSTATUS").reset(kRamBlocks).read_only();
  registers_.add(kUsbRegStatus, "USBREGSTATUS").read_only().on_read([this] {
    return usbregstatus_;
  });
  registers_.add(kSystemOff, "SYSTEMOFF").write_only().on_write([this](std::uint32_t value) {
    if ((value & 1u) != 0) enter_system_off();
  });
  registers_.add(kPofCon, "POFCON")
      .flag(0, "POF")
      .field(1, 4, "THRESHOLD")
      .field(8, 4, "THRESHOLDVDDH");
  registers_.array(kGpregret, 2, 4, "GPREGRET", [this](RegisterFile::Register& added, unsigned i) {
    added.on_read([this, i] { return gpregret_[i]; }).on_write([this, i](std::uint32_t value) {
      gpregret_[i] = value & 0xFF;
    });
  });
  dcdcen_ = &registers_.add(kDcdcen, "DCDCEN").flag(0, "DCDCEN").on_write([this](std::uint32_t) {
    power_.set("regulator", dcdcen_->value() != 0 ? "dcdc" : "ldo", now());
  });
  registers_.add(kDcdcen0, "DCDCEN0").flag(0, "DCDCEN");
  registers_.add(kMainRegStatus, "MAINREGSTATUS").read_only();
  for (unsigned i = 0; i < kRamSections; ++i) {
    const Address base = kRam + 0x10 * i;
    const auto read_power = [this, i] { return ram_power_[i]; };
    registers_.add(base, fmt::format("RAM[{}].POWER", i))
        .on_read(read_power)
        .on_write([this, i](std::uint32_t value) { set_ram_power(i, value); });
    registers_.add(base + 4, fmt::format("RAM[{}].POWERSET", i))
        .on_read(read_power)
        .on_write([this, i](std::uint32_t value) { set_ram_power(i, ram_power_[i] | value); });
    registers_.add(base + 8, fmt::format("RAM[{}].POWERCLR", i))
        .on_read(read_power)
        .on_write([this, i](std::uint32_t value) { set_ram_power(i, ram_power_[i] & ~value); });
  }
  vbus_line_.connect([this](bool) { vbus_changed(); });
  usb_enabled_line_.connect([this](bool) { usb_enabled_changed(); });
  for (unsigned port = 0; port < kPorts; ++port) {
    context.events.line(detect_line(port)).connect([this](bool level) {
      if (level && system_off_.level()) wake_from_system_off(kReasonOff);
    });
  }
  context.events.line(kAnadetectLine).connect([this](bool level) {
    if (level && system_off_.level()) wake_from_system_off(kReasonLpcomp);
  });
}

void ClockPower::set_ram_power(unsigned section, std::uint32_t bits) {
  if ((ram_power_[section] & ~bits & kRamSectionsOn) != 0) {
    notes_.unmodelled(name_, fmt::format("RAM[{}] section power off", section), section, true,
                      bits);
  }
  ram_power_[section] = bits;
}

void ClockPower::enter_system_off() { system_off_.set(true); }

// PS, "System OFF mode": the chip leaves it through a reset.
void ClockPower::wake_from_system_off(std::uint32_t reason) {
  wake_reason_ = reason;
  reset_request_.pulse();
}

// PS, "USB supply": USBDETECTED and USBREMOVED follow VBUS.
void ClockPower::vbus_changed() {
  if (vbus_line_.level() || vbus_always_) {
    if (usbregstatus_ == 0) usb_supply_.at(now());
  } else if (usbregstatus_ != 0) {
    usb_supply_.cancel();
    usbregstatus_ = 0;
    usb_regulator_line_.set(false);
    raise(kUsbRemoved);
  }
}

// PS, "USB supply": the regulator is on while VBUS is there and USBD enabled. Mbed OS depends on
// it: behind a boot loader that has used USB it enables USBD if OUTPUTRDY is 0, and starts it with
// the next USBPWRRDY (USBPhy_Nordic.cpp, USBPhyHw::connect).
void ClockPower::usb_enabled_changed() {
  if ((usbregstatus_ & kVbusDetect) == 0) return;
  if (usb_enabled_line_.level()) {
    usb_supply_.after(kUsbRegulatorStart);
  } else {
    usb_supply_.cancel();
    usbregstatus_ &= ~kOutputRdy;
    usb_regulator_line_.set(false);
  }
}

void ClockPower::usb_supply_step() {
  if ((usbregstatus_ & kVbusDetect) == 0) {
    usbregstatus_ |= kVbusDetect;
    if (usb_enabled_line_.level()) usb_supply_.after(kUsbRegulatorStart);
    raise(kUsbDetected);
  } else {
    usbregstatus_ |= kOutputRdy;
    usb_regulator_line_.set(true);
    raise(kUsbPwrRdy);
  }
}

// RESETREAS and GPREGRET survive each reset but power-on (PS, "Reset behavior").
void ClockPower::reset_power(ResetKind kind) {
  system_off_.set(false);
  power_.set("regulator", "ldo", now());
  power_.set(name_, "", now());
  if (wake_reason_ != 0) {
    resetreas_ |= wake_reason_;
  } else {
    switch (kind) {
      case ResetKind::kPowerOn:
        resetreas_ = 0;
        gpregret_ = {};
        break;
      case ResetKind::kPin: resetreas_ |= kReasonResetPin; break;
      case ResetKind::kWatchdog: resetreas_ |= kReasonDog; break;
      case ResetKind::kSoftware: resetreas_ |= kReasonSreq; break;
      case ResetKind::kLockup: resetreas_ |= kReasonLockup; break;
    }
  }
  wake_reason_ = 0;
  resetreas_ &= kReasonMask;
  ram_power_.fill(kRamPowerReset);
  usbregstatus_ = 0;
  usb_regulator_line_.set(false);
  usb_supply_.cancel();
  vbus_changed();
}

void ClockPower::snapshot_power(StateArchive& archive) {
  archive(resetreas_, gpregret_, usbregstatus_, ram_power_, wake_reason_);
  usb_regulator_line_.snapshot(archive);
  usb_supply_.snapshot(archive);
}

}  // namespace tinyscope::nordic
