// The connector: enabling, attaching, suspend and wake-up.
#include "peripherals/nordic/usbd.hpp"

#include "peripherals/nordic/lines.hpp"
#include "sim/log.hpp"

namespace tinyscope::nordic {

using namespace usbd;

namespace {
// PS, "Entering suspend": tUSB,SUSPEND; USB 2.0, 7.1.7.6: 3 ms.
constexpr Duration kSuspendAfter = Duration::from_ms(3);
// PS, "Device-initiated remote wake-up": Resume is held back until TWTRSM (USB 2.0, 7.1.7.7: 5 ms)
// has passed since the bus fell idle, and lasts tUSB,DRIVEK: 5 ms on a suspended bus.
constexpr Duration kWaitToResume = Duration::from_ms(5);
constexpr Duration kDriveK = Duration::from_ms(5);
}  // namespace

Usbd::Usbd(PeripheralContext& context)
    : NordicBlock(context, Interrupts::kWithInten),
      dma_(context),
      vbus_line_(context.events.line(kVbusLine)),
      enabled_line_(context.events.line(kUsbEnabledLine)),
      regulator_line_(context.events.line(kUsbRegulatorLine)),
      hfxo_line_(context.events.line(kHfxoLine)),
      start_(context.scheduler, [this] { started(); }),
      suspend_(context.scheduler, [this] { suspended(); }),
      wake_allowed_(context.scheduler, [this] { cause(kCauseUsbWuAllowed); }),
      drive_(context.scheduler, [this] { drive_step(); }),
      dma_end_(context.scheduler, [this] { end_dma(); }) {
  start_time_ = Duration::from_us(assumed_parameter(context, "start_us", 10,
                                                    "from ENABLE to EVENTCAUSE.READY, us",
                                                    "estimate; nrf_drv_usbd.c: a few us"));
  byte_time_ = Duration::from_ns(
      assumed_parameter(context, "dma_byte_ns", 63, "EasyDMA of USBD, ns for each byte"));
  define_registers();
  define_core_registers();
  define_endpoints();
  define_control();
  define_dma();
  for (Wire* const line : {&vbus_line_, &regulator_line_, &hfxo_line_}) {
    line->connect([this](bool) { lines_changed(); });
  }
}

void Usbd::define_registers() {
  add_event(kUsbReset, "EVENTS_USBRESET");
  add_event(kSof, "EVENTS_SOF");
  add_event(kUsbEvent, "EVENTS_USBEVENT");
  add_task(kDpdmDrive, "TASKS_DPDMDRIVE", [this] { drive(); });
  add_task(kDpdmNoDrive, "TASKS_DPDMNODRIVE", [this] {
    drive_.cancel();
    if (std::exchange(driving_k_, false) && upstream() != nullptr) upstream()->driving_k(false);
  });
  eventcause_ = &registers_.add(kEventCause, "EVENTCAUSE").write_one_to_clear();
  usbaddr_ = &registers_.add(kUsbAddr, "USBADDR").read_only();
  enable_ = &registers_.add(kEnable, "ENABLE").flag(0, "ENABLE").on_write([this](std::uint32_t) {
    enable_changed();
  });
  pullup_ =
      &registers_.add(kUsbPullup, "USBPULLUP").flag(0, "CONNECT").on_write([this](std::uint32_t) {
        lines_changed();
      });
  dpdmvalue_ = &registers_.add(kDpdmValue, "DPDMVALUE").field(0, 5, "STATE");
  registers_.add(kFrameCntr, "FRAMECNTR").read_only().on_read([this] { return frame_; });
  lowpower_ =
      &registers_.add(kLowPower, "LOWPOWER").flag(0, "LOWPOWER").on_write([this](std::uint32_t) {
        low_power_changed();
      });
}

void Usbd::define_core_registers() {
  core_index_ = &registers_.add(kCoreIndex, "undocumented USB core index");
  auto& data = registers_.add(kCoreData, "undocumented USB core data");
  data.on_write([this](std::uint32_t value) {
    const std::uint32_t index = core_index_->value();
    if (index == kCoreIn0 && (value & 1u << 2) != 0) in_[0].ready = false;
    for (unsigned n = 1; n < kEndpoints; ++n) {
      if (index == kCoreIn1 + 2 * (n - 1) && (value & 1u << 1) != 0) in_[n].ready = false;
      if (index == kCoreOut0 + 2 * n) accept_out(n);
    }
  });
  data.on_read([] { return 0u; });
  registers_.add(kErratum199, "undocumented: erratum 199");
}

void Usbd::enable_changed() {
  start_.cancel();
  enabled_line_.set(enable_->value() != 0);
  if (enable_->value() != 0) {
    start_when_powered();
  } else {
    active_ = false;
    suspended_ = false;
    for (Event* const event : {&suspend_, &wake_allowed_, &drive_, &dma_end_}) event->cancel();
    dma_busy_ = driving_k_ = false;
    clear_endpoints();
    usbaddr_->set(0);
  }
  lines_changed();
}

// Without VBUS there is nothing to start up with: assumed, PS tells to enable USBD after
// USBDETECTED.
void Usbd::start_when_powered() {
  const bool starts = enable_->value() != 0 && vbus_line_.level() && !active_;
  if (starts && !start_.scheduled()) start_.after(start_time_);
}

void Usbd::started() {
  active_ = true;
  report_power();
  cause(kCauseReady);
  lines_changed();
}

// The pull-up shows once it has its supply; all else that lines and registers decide follows.
void Usbd::lines_changed() {
  start_when_powered();
  const bool attached = enable_->value() != 0 && pullup_->value() != 0 && vbus_line_.level() &&
                        regulator_line_.level();
  if (attached != attached_) {
    attached_ = attached;
    if (!attached) suspend_.cancel();
    if (upstream() != nullptr) upstream()->attached(attached);
  }
  report_power();
  answer_may_change();
}

void Usbd::report_power() {
  const char* state = "";
  if (active_) state = lowpower_->value() != 0 ? "suspend" : "on";
  power_.set(name_, state, now());
}

void Usbd::cause(std::uint32_t bit) {
  eventcause_->set(eventcause_->value() | bit);
  raise(kUsbEvent);
}

bool Usbd::responds(usb::Token token) {
  if (!active_ || !attached_ || lowpower_->value() != 0) return false;
  if (!hfxo_line_.level()) {
    if (!std::exchange(reported_clock_, true)) {
      log::warning("{}: the host asks, and HFXO does not run: as on the chip nobody answers",
                   name_);
    }
    return false;
  }
  return token.address == usbaddr_->value();
}

void Usbd::answer_may_change() const {
  if (attached_ && upstream() != nullptr) upstream()->ready();
}

void Usbd::set_vbus(bool present) { vbus_line_.set(present); }

void Usbd::clear_endpoints() {
  in_ = {};
  out_ = {};
  iso_in_sending_ = iso_in_next_ = iso_out_receiving_ = iso_out_done_ = {};
  setup_ = {};
  control_stalled_ = status_allowed_ = receive_allowed_ = setting_address_ = false;
}

// USB 2.0, 9.1.1.3: the device answers at address 0, and no endpoint has anything to give.
void Usbd::bus_reset() {
  if (!active_) return;
  suspend_.cancel();
  suspended_ = false;
  clear_endpoints();
  usbaddr_->set(0);
  raise(kUsbReset);
}

void Usbd::start_of_frame(unsigned number) {
  suspend_.cancel();
  if (!active_ || lowpower_->value() != 0 || !hfxo_line_.level()) return;
  frame_ = number;
  suspended_ = false;
  iso_frame();
  raise(kSof);
}

void Usbd::bus_idle() {
  idle_since_ = now();
  if (active_) suspend_.after(kSuspendAfter);
}

void Usbd::suspended() {
  suspended_ = true;
  cause(kCauseSuspend);
}

void Usbd::bus_resume() {
  suspend_.cancel();
  if (std::exchange(suspended_, false)) cause(kCauseResume);
}

// PS, "Device-initiated remote wake-up": ForceNormal is followed by USBWUALLOWED.
void Usbd::low_power_changed() {
  if (!active_) return;
  if (lowpower_->value() == 0) wake_allowed_.after(start_time_);
  lines_changed();
}

void Usbd::drive() {
  if (!active_ || lowpower_->value() != 0) return;
  switch (dpdmvalue_->value()) {
    case kStateResume: drive_.at(std::max(now(), idle_since_ + kWaitToResume)); break;
    case kStateK:
      driving_k_ = true;
      if (upstream() != nullptr) upstream()->driving_k(true);
      break;
    default: notes_.unmodelled(name_, "DPDMVALUE.STATE", kDpdmValue, true, dpdmvalue_->value());
  }
}

// Resume begins, and ends by itself.
void Usbd::drive_step() {
  driving_k_ = !driving_k_;
  if (driving_k_) drive_.after(kDriveK);
  if (upstream() != nullptr) upstream()->driving_k(driving_k_);
}

void Usbd::reset_state(ResetKind) {
  for (Event* const event : {&start_, &suspend_, &wake_allowed_, &drive_, &dma_end_}) {
    event->cancel();
  }
  active_ = suspended_ = driving_k_ = dma_busy_ = reported_clock_ = false;
  frame_ = 0;
  idle_since_ = {};
  toggle_selected_ = 0;
  dma_address_ = dma_length_ = dma_endpoint_ = 0;
  dma_direction_ = Direction::kIn;
  clear_endpoints();
  enabled_line_.set(false);
  lines_changed();
}

void Usbd::snapshot_state(StateArchive& archive) {
  vbus_line_.snapshot(archive);
  enabled_line_.snapshot(archive);
  archive(active_, attached_, suspended_, driving_k_, reported_clock_, frame_, idle_since_.ps, in_,
          out_, toggle_selected_, setup_, control_stalled_, status_allowed_, receive_allowed_,
          setting_address_, dma_busy_, dma_direction_, dma_endpoint_, dma_address_, dma_length_);
  for (IsoBuffer* const buffer :
       {&iso_in_sending_, &iso_in_next_, &iso_out_receiving_, &iso_out_done_}) {
    buffer->snapshot(archive);
  }
  for (Event* const event : {&start_, &suspend_, &wake_allowed_, &drive_, &dma_end_}) {
    event->snapshot(archive);
  }
}

namespace {
const PeripheralType kType("nordic.usbd", [](PeripheralContext& context) {
  return std::make_unique<Usbd>(context);
});
}  // namespace

}  // namespace tinyscope::nordic
