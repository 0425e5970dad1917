#include "peripherals/st/rtc.hpp"

#include "peripherals/st/pad_lines.hpp"
#include "peripherals/st/rcc_lines.hpp"
#include "peripherals/st/rtc_registers.hpp"

namespace tinyscope::st {

using namespace rtc;

namespace {

constexpr std::uint32_t kPrerReset = 0x007F'00FF;  // SVD: 1 Hz from 32.768 kHz
constexpr std::uint32_t kDrReset = 0x2101;         // SVD: Monday 1 January 2000
constexpr unsigned kAlarmExtiLine = 18;
constexpr unsigned kWakeupExtiLine = 20;
constexpr std::uint8_t kFirstKey = 0xCA;
constexpr std::uint8_t kSecondKey = 0x53;
constexpr std::uint8_t kOpen = 2;

}  // namespace

Rtc::Rtc(PeripheralContext& context, const Layout& layout)
    : WiredBlock(context),
      layout_(layout),
      backup_writable_(context.events.line(kBackupWritableLine)),
      alarm_line_(context.events.line(
          exti_line(context.params.u32("alarm_line").value_or(kAlarmExtiLine)))),
      wakeup_line_(context.events.line(
          exti_line(context.params.u32("wakeup_line").value_or(kWakeupExtiLine)))),
      kernel_clock_(context.clocks.signal("rtc_ker")),
      wakeup_(context.scheduler, [this] {
        raise(kWutf);
        wakeup_tick_ += wakeup_period();
        schedule_wakeup();
      }) {
  define_calendar();
  define_control();
  define_rest();
  for (Alarm& alarm : alarms_) {
    alarm.event = std::make_unique<Event>(scheduler_, [this, &alarm] { on_alarm(alarm); });
  }
  kernel_clock_.on_change([this](std::uint64_t hz) { clock_changed(hz); });
  context.events.line(kBackupResetLine).connect([this](bool held) {
    if (held) reset_backup();
  });
}

// RM0432, "Reading the calendar": without BYPSHAD, a read of SSR or TR locks what is above it until
// DR is read.
void Rtc::define_calendar() {
  const auto lock = [this](bool time_too) {
    if ((cr_->value() & kBypshad) != 0) return;
    const Calendar current = calendar();
    if (!date_locked_) locked_dr_ = current.dr();
    if (time_too && !time_locked_) locked_tr_ = current.tr((cr_->value() & kFmt) != 0);
    date_locked_ = true;
    time_locked_ = time_locked_ || time_too;
  };
  registers_.add(kTr, "TR")
      .on_read([this, lock] {
        const std::uint32_t value =
            time_locked_ ? locked_tr_ : calendar().tr((cr_->value() & kFmt) != 0);
        lock(false);
        return value;
      })
      .on_write([this](std::uint32_t value) { base_.set_tr(value, (cr_->value() & kFmt) != 0); });
  registers_.add(kDr, "DR")
      .on_read([this] {
        const std::uint32_t value = date_locked_ ? locked_dr_ : calendar().dr();
        time_locked_ = date_locked_ = false;
        return value;
      })
      .on_write([this](std::uint32_t value) { base_.set_dr(value); });
  registers_.add(layout_.ssr, "SSR").read_only().on_read([this, lock] {
    lock(true);
    return subsecond();
  });
  prer_ = &registers_.add(kPrer, "PRER")
               .reset(kPrerReset)
               .field(0, 15, "PREDIV_S")
               .field(16, 7, "PREDIV_A");
  registers_.add(layout_.shiftr, "SHIFTR")
      .write_only()
      .trigger()
      .on_write([this](std::uint32_t value) { shift(value); });
}

void Rtc::define_control() {
  cr_ = &registers_.add(layout_.cr, "CR")
             .field(0, 3, "WUCKSEL")
             .flag(3, "TSEDGE")
             .unimplemented(4, 1, "REFCKON")
             .flag(5, "BYPSHAD")
             .flag(6, "FMT")
             .flag(8, "ALRAE")
             .flag(9, "ALRBE")
             .flag(10, "WUTE")
             .unimplemented(11, 1, "TSE")
             .flag(12, "ALRAIE")
             .flag(13, "ALRBIE")
             .flag(14, "WUTIE")
             .flag(15, "TSIE")
             .flag(16, "ADD1H")
             .flag(17, "SUB1H")
             .flag(18, "BKP")
             .flag(19, "COSEL")
             .flag(20, "POL")
             .unimplemented(21, 2, "OSEL")
             .unimplemented(23, 1, "COE")
             .unimplemented(24, 1, "ITSE")
             .on_write([this](std::uint32_t) { write_cr(); });
  registers_.add(layout_.isr, layout_.version3 ? "ICSR" : "ISR")
      .reset(kAlrawf | kAlrbwf | kWutwf)
      .on_read([this] { return layout_.version3 ? isr() & ~flags_ : isr(); })
      .on_write(
          [this](std::uint32_t value) { write_isr(layout_.version3 ? value | flags_ : value); });
  // RM0432, "RTC register write protection".
  registers_.add(kWpr, "WPR").write_only().on_write([this](std::uint32_t value) {
    const auto key = static_cast<std::uint8_t>(value);
    if (key == kFirstKey) {
      keys_ = 1;
    } else {
      keys_ = key == kSecondKey && keys_ == 1 ? kOpen : std::uint8_t{0};
    }
  });
  wutr_ = &registers_.add(kWutr, "WUTR").reset(0xFFFF).field(0, 16, "WUT");
}

void Rtc::define_rest() {
  const auto alarm = [this](Alarm& added, Address time, Address subsecond, char letter) {
    added.time = &registers_.add(time, fmt::format("ALRM{}R", letter));
    added.subsecond = &registers_.add(subsecond, fmt::format("ALRM{}SSR", letter))
                           .field(0, 15, "SS")
                           .field(24, 4, "MASKSS");
    const unsigned index = letter == 'A' ? 0 : 1;
    added.enable = kAlrae << index;
    added.interrupt = kAlraie << index;
    added.flag = kAlraf << index;
  };
  alarm(alarms_[0], layout_.alrmar, layout_.alrmassr, 'A');
  alarm(alarms_[1], layout_.alrmbr, layout_.alrmbssr, 'B');
  registers_.add(kTstr, "TSTR").read_only();
  registers_.add(kTsdr, "TSDR").read_only();
  registers_.add(kTsssr, "TSSSR").read_only();
  registers_.add(layout_.calr, "CALR")
      .unimplemented(0, 9, "CALM")
      .flag(13, "CALW16")
      .flag(14, "CALW8")
      .unimplemented(15, 1, "CALP");
  if (layout_.version3) return define_version3();
  registers_.add(layout_.tampcr, "TAMPCR").unimplemented(0, 25, "tamper detection");
  registers_.add(layout_.option, "OR").field(0, 2, "RTC_ALARM_TYPE, RTC_OUT_RMP");
  registers_.array(layout_.bkp0r, kBackupRegisters, 4, "BKPR", [](Register&, unsigned) {});
}

// Flags of their own, cleared by SCR.
void Rtc::define_version3() {
  cr_->unimplemented(25, 2, "TAMPTS, TAMPOE")
      .flag(29, "TAMPALRM_PU")
      .flag(30, "TAMPALRM_TYPE")
      .unimplemented(31, 1, "OUT2EN");
  registers_.add(layout_.sr, "SR").read_only().on_read([this] { return flags_ >> kFlagsBit; });
  registers_.add(layout_.misr, "MISR").read_only().on_read([this] {
    const std::uint32_t enabled = (cr_->value() & (kAlraie | kAlrbie | kWutie)) >> kAlraieBit;
    return flags_ >> kFlagsBit & enabled;
  });
  registers_.add(layout_.scr, "SCR").write_only().trigger().on_write([this](std::uint32_t clear) {
    flags_ &= ~(clear << kFlagsBit);
    update_lines();
  });
  registers_.add(layout_.cfgr, "CFGR").unimplemented(0, 1, "OUT2_RMP");
}

// RM0432, "RTC register access" and "RTC register write protection": everything needs DBP, most the
// keys too, the calendar needs initialisation mode, and what runs cannot be changed.
bool Rtc::writable(Address offset) const {
  const Address word = offset & ~3u;
  if (word == kWpr) return true;
  if (!backup_writable_.level()) return false;
  if (word == layout_.isr) return true;
  if (layout_.version3
          ? word == layout_.scr
          : word == layout_.tampcr || word == layout_.option || word >= layout_.bkp0r) {
    return true;
  }
  if (keys_ != kOpen) return false;
  const bool init = (isr() & kInitf) != 0;
  const std::uint32_t cr = cr_->value();
  if (word == kTr || word == kDr || word == kPrer) return init;
  if (word == layout_.alrmar || word == layout_.alrmassr) return init || (cr & kAlrae) == 0;
  if (word == layout_.alrmbr || word == layout_.alrmbssr) return init || (cr & kAlrbe) == 0;
  if (word == kWutr) return init || (cr & kWute) == 0;
  return true;
}

void Rtc::write(const BusAccess& access, std::uint32_t value) {
  if (access.debug || writable(access.offset)) WiredBlock::write(access, value);
}

std::uint32_t Rtc::isr() const {
  const std::uint32_t cr = cr_->value();
  std::uint32_t value = flags_;
  const bool init = initialising_ && two_cycles_since(init_since_);
  if ((cr & kAlrae) == 0 || init) value |= kAlrawf;
  if ((cr & kAlrbe) == 0 || init) value |= kAlrbwf;
  if ((cr & kWute) == 0) value |= kWutwf;
  if (calendar().year != 0) value |= kInits;
  if (!initialising_ && two_cycles_since(synchronised_since_)) value |= kRsf;
  if (initialising_) value |= kInit;
  if (init) value |= kInitf;
  return value;
}

// Flags clear when written with 0. INIT is protected by the keys, the flags are not.
void Rtc::write_isr(std::uint32_t value) {
  flags_ &= value;
  if ((value & kRsf) == 0) synchronised_since_ = now();
  const bool wanted = (value & kInit) != 0;
  if (keys_ == kOpen && wanted != initialising_) {
    if (wanted) {
      settle();
      initialising_ = true;
      base_position_ = 0;
      init_since_ = now();
    } else {
      initialising_ = false;
      start_calendar();
    }
    schedule_all();
  }
  update_lines();
}

void Rtc::write_cr() {
  std::uint32_t value = cr_->value();
  if ((value & (kAdd1h | kSub1h)) != 0 && !initialising_) {
    settle();
    base_.add_hours((value & kAdd1h) != 0 ? 1 : -1);
  }
  value &= ~(kAdd1h | kSub1h);
  cr_->set(value);
  const std::uint32_t risen = value & ~old_cr_;
  old_cr_ = value;
  if ((risen & kWute) != 0) start_wakeup();
  schedule_all();
  update_lines();
}

void Rtc::raise(std::uint32_t flag) {
  flags_ |= flag;
  update_lines();
}

void Rtc::update_lines() {
  const std::uint32_t cr = cr_->value();
  bool alarm = false;
  for (const Alarm& each : alarms_) {
    alarm = alarm || ((flags_ & each.flag) != 0 && (cr & each.interrupt) != 0);
  }
  alarm_line_.set(alarm);
  wakeup_line_.set((flags_ & kWutf) != 0 && (cr & kWutie) != 0);
}

// The backup domain: everything, backup registers too.
void Rtc::reset_backup() {
  registers_.reset();
  base_ = {};
  base_.set_dr(kDrReset);
  flags_ = old_cr_ = 0;
  keys_ = 0;
  initialising_ = false;
  start_calendar();
  for (Alarm& alarm : alarms_) alarm.event->cancel();
  wakeup_.cancel();
  update_lines();
}

// RM0432: a system reset ends initialisation mode and clears RSF, and leaves everything else.
void Rtc::reset(ResetKind kind) {
  if (kind == ResetKind::kPowerOn) {
    clock_ = ClockDomain(kernel_clock_.hz(), now());
    reset_backup();
  }
  reset_state(kind);
}

void Rtc::reset_state(ResetKind) {
  if (initialising_) {
    initialising_ = false;
    start_calendar();
    schedule_all();
  }
  synchronised_since_ = now();
  time_locked_ = date_locked_ = false;
}

void Rtc::snapshot_state(StateArchive& archive) {
  clock_.snapshot(archive);
  archive(keys_, initialising_, init_since_.ps, synchronised_since_.ps, flags_, old_cr_, base_,
          base_position_, base_tick_, wakeup_tick_, time_locked_, date_locked_, locked_tr_,
          locked_dr_);
  for (Alarm& alarm : alarms_) alarm.event->snapshot(archive);
  wakeup_.snapshot(archive);
  alarm_line_.snapshot(archive);
  wakeup_line_.snapshot(archive);
}

const PeripheralType kRtc2Type("st.rtc_v2", [](PeripheralContext& context) {
  return std::make_unique<Rtc>(context, kVersion2);
});
const PeripheralType kRtc3Type("st.rtc_v3", [](PeripheralContext& context) {
  return std::make_unique<Rtc>(context, kVersion3);
});

}  // namespace tinyscope::st
