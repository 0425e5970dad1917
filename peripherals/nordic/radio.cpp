#include "peripherals/nordic/radio.hpp"

#include <algorithm>

namespace tinyscope::nordic::radio {

Radio::Radio(PeripheralContext& context)
    : NordicBlock(context, Interrupts::kSetClear),
      dma_(context),
      state_event_(context.scheduler,
                   [this] {
                     if (state_ == State::kTxDisable) return disabled();
                     ready();
                   }),
      step_event_(context.scheduler, [this] { on_step(); }),
      rssi_event_(context.scheduler,
                  [this] {
                    rssisample_->set(step_ != Step::kNone && receiving()
                                         ? heard_.attenuation & 0x7Fu
                                         : rssi_idle_);
                    raise(kEventRssiEnd);
                  }),
      bit_event_(context.scheduler, [this] { raise(kEventBcMatch); }),
      ed_event_(context.scheduler,
                [this] {
                  edsample_->set(0);  // nothing is on the air
                  raise(kEventEdEnd);
                }),
      cca_event_(context.scheduler, [this] { raise(kEventCcaIdle); }) {
  read_times(context);
  define_tasks();
  define_events();
  define_shorts();
  define_registers();
  air_.on_receive([this](const AirPacket& packet) { return on_air(packet); });
}

// POWER: the block and its registers are as after reset, and nothing happens until it is on again.
void Radio::power_written() {
  if (powered()) return;
  reset(ResetKind::kSoftware);
  power_register_->set(0);
}

Duration Radio::ramp_up_time() const {
  if ((modecnf0_->value() & 1u) != 0) return times_.ramp_up_fast;
  return mode_->value() == kIeee802154 ? times_.ramp_up_ieee : times_.ramp_up;
}

Duration Radio::disable_time() const {
  switch (active_mode_) {
    case kNrf2Mbit:
    case kBle2Mbit: return times_.tx_disable_2m;
    case kIeee802154: return times_.tx_disable_ieee;
    default: return times_.tx_disable_1m;
  }
}

std::string_view Radio::consumption() const {
  switch (state_) {
    case State::kDisabled: return "";
    case State::kRxRu:
    case State::kRxIdle:
    case State::kRx:
    case State::kRxDisable: return "rx";
    default: break;
  }
  const auto dbm = static_cast<std::int8_t>(txpower_->value());
  if (dbm >= 6) return "tx_8dbm";
  if (dbm >= 2) return "tx_4dbm";
  return dbm >= -2 ? "tx_0dbm" : "tx_low";
}

void Radio::enter(State state) {
  state_ = state;
  power_.set(name_, consumption(), now());
}

// PS, "Radio states". From the other direction's idle state too: CCAIDLE_TXEN goes that way.
void Radio::ramp_up(bool transmit) {
  const bool possible =
      transmit ? state_ == State::kDisabled || state_ == State::kRxIdle || state_ == State::kRx
               : state_ == State::kDisabled || state_ == State::kTxIdle;
  if (!possible) return;
  abandon_packet();
  active_mode_ = mode_->value();
  active_frequency_ = frequency_->value();
  TimePoint at = now() + ramp_up_time();
  if (space_frames_) {
    at = std::max(at, last_bit_ + Duration::from_us(tifs_->value()));
  }
  enter(transmit ? State::kTxRu : State::kRxRu);
  state_event_.at(at);
}

void Radio::ready() {
  const bool transmit = state_ == State::kTxRu;
  enter(transmit ? State::kTxIdle : State::kRxIdle);
  raise(kEventReady);
  raise(transmit ? kEventTxReady : kEventRxReady);
}

void Radio::start() {
  if (state_ == State::kTxIdle) {
    enter(State::kTx);
    begin_packet(now());
  } else if (state_ == State::kRxIdle) {
    enter(State::kRx);
    active_packet_ = packetptr_->value();
  }
}

void Radio::stop() {
  abandon_packet();
  if (state_ == State::kTx) enter(State::kTxIdle);
  if (state_ == State::kRx) enter(State::kRxIdle);
}

// DISABLED comes in any state: radio_test of nRF5 SDK waits for it whatever was before.
void Radio::disable() {
  abandon_packet();
  ed_event_.cancel();
  cca_event_.cancel();
  switch (state_) {
    case State::kTxDisable: return;  // under way
    case State::kTxIdle:
    case State::kTx:
      enter(State::kTxDisable);
      state_event_.after(disable_time());
      return;
    default: disabled();
  }
}

void Radio::disabled() {
  state_event_.cancel();
  enter(State::kDisabled);
  // PS, "Interframe spacing": enforced with these shortcuts and default ramp-up only.
  constexpr std::uint32_t kEndDisable = 1u << 1;
  constexpr std::uint32_t kPhyEndDisable = 1u << 20;
  space_frames_ = (shortcuts() & (kEndDisable | kPhyEndDisable)) != 0 && tifs_->value() != 0 &&
                  (modecnf0_->value() & 1u) == 0;
  raise(kEventDisabled);
  space_frames_ = false;
}

void Radio::start_rssi() {
  if (receiving()) rssi_event_.after(times_.rssi);
}

void Radio::start_bit_counter() {
  if (step_ == Step::kNone) return;
  counting_ = true;
  counting_since_ = now();
  schedule_bit_match();
}

void Radio::stop_bit_counter() {
  counting_ = false;
  bit_event_.cancel();
}

void Radio::schedule_bit_match() {
  bit_event_.cancel();
  if (!counting_ || bcc_->value() == 0) return;
  const TimePoint at = counting_since_ + format().bit() * bcc_->value();
  if (at > now()) bit_event_.at(at);
}

void Radio::reset_state(ResetKind) {
  abandon_packet();
  for (Event* event : {&state_event_, &rssi_event_, &ed_event_, &cca_event_}) event->cancel();
  active_mode_ = active_frequency_ = active_packet_ = 0;
  last_bit_ = {};
  space_frames_ = false;
  enter(State::kDisabled);
}

void Radio::snapshot_state(StateArchive& archive) {
  archive(state_, active_mode_, active_frequency_, active_packet_, last_bit_.ps, step_,
          first_bit_.ps, packet_, truncated_, counting_, counting_since_.ps);
  archive(heard_.mhz, heard_.mode, heard_.address, heard_.pdu, heard_.crc, heard_.attenuation);
  for (Event* event :
       {&state_event_, &step_event_, &rssi_event_, &bit_event_, &ed_event_, &cca_event_}) {
    event->snapshot(archive);
  }
}

namespace {
const PeripheralType kType("nordic.radio", [](PeripheralContext& context) {
  return std::make_unique<Radio>(context);
});
}  // namespace

}  // namespace tinyscope::nordic::radio
