#include "peripherals/nordic/twi_master.hpp"

namespace tinyscope::nordic {

using namespace serial;

void TwiMaster::task(Address task) {
  switch (task) {
    case kStartRx:
    case kStartTx:
      start_wanted_ = true;
      start_reads_ = task == kStartRx;
      return proceed();
    case kStop:
      if (phase_ == Phase::kIdle) {
        window_.assume("stop_while_idle", "the task STOP of an idle TWI master raises STOPPED");
        return window_.raise(kStopped);
      }
      if (phase_ == Phase::kStop) return;
      if (suspended_) assume_about_stop();
      stop_wanted_ = true;
      return proceed();
    case kSuspend: return suspend();
    case kResume: suspending_ = suspended_ = false; return proceed();
    default: return;
  }
}

void TwiMaster::assume_about_stop() {
  if (stops_while_suspended()) {
    window_.assume("twi_stop_while_suspended", "the task STOP ends a suspended transfer of TWI");
  } else {
    window_.assume("twim_stop_while_suspended",
                   "the task STOP of a suspended TWIM waits for RESUME",
                   "PS: must be issued while the TWI master is not suspended; estimate");
  }
}

void TwiMaster::connect() {
  bus_ = dynamic_cast<I2cBus*>(window_.events().at_pads(i2c_key(window_.pad(0), window_.pad(1))));
}

void TwiMaster::disable() {
  next_.cancel();
  if (phase_ != Phase::kIdle && bus_ != nullptr) bus_->stop();
  phase_ = Phase::kIdle;
  acknowledge_owed_ = failed_ = suspending_ = suspended_ = stop_wanted_ = start_wanted_ = false;
  window_.draw(false);
}

void TwiMaster::suspend() {
  if (phase_ == Phase::kIdle || phase_ == Phase::kStop || suspended_) return;
  suspending_ = true;
  settle();
}

// Where nothing moves, SUSPEND takes effect.
void TwiMaster::settle() {
  if (phase_ != Phase::kHeld || !suspending_) return;
  suspending_ = false;
  suspended_ = true;
  window_.raise(kSuspended);
}

void TwiMaster::proceed() {
  if (phase_ == Phase::kIdle && start_wanted_) return begin_start();
  if (phase_ != Phase::kHeld) return;
  if (acknowledge_owed_ && !may_acknowledge()) return;
  if (suspended_ && !(stop_wanted_ && stops_while_suspended())) return;
  if (stop_wanted_) return begin_stop();
  if (start_wanted_) return begin_start();
  if (failed_) return;
  if (reading_ ? may_receive() : may_send()) begin_byte();
}

std::uint64_t TwiMaster::owed_bits() {
  const std::uint64_t bits = acknowledge_owed_ ? 1 : 0;
  acknowledge_owed_ = false;
  return bits;
}

void TwiMaster::begin_start() {
  // START is followed by seven bits of address, the direction and the acknowledgement.
  window_.assume("start_stop", "START and STOP take one bit time each");
  phase_ = Phase::kAddress;
  start_wanted_ = false;
  failed_ = false;
  reading_ = start_reads_;
  window_.draw(true);
  next_.after(window_.bits(owed_bits() + 1 + 9));
  started();
}

void TwiMaster::begin_byte() {
  phase_ = Phase::kByte;
  if (reading_) {
    next_.after(window_.bits(owed_bits() + 8));
  } else {
    byte_ = take();
    next_.after(window_.bits(9));
  }
  byte_begins();
}

void TwiMaster::begin_stop() {
  phase_ = Phase::kStop;
  stop_wanted_ = false;
  suspended_ = suspending_ = false;
  next_.after(window_.bits(owed_bits() + 1));
}

void TwiMaster::on_next() {
  switch (phase_) {
    case Phase::kAddress: address_sent(); break;
    case Phase::kByte: byte_done(); break;
    case Phase::kStop:
      if (bus_ != nullptr) bus_->stop();
      phase_ = Phase::kIdle;
      failed_ = false;
      window_.draw(false);
      stopped();
      window_.raise(kStopped);
      break;
    case Phase::kIdle:
    case Phase::kHeld: break;
  }
  proceed();
}

void TwiMaster::address_sent() {
  const auto address = static_cast<std::uint8_t>(window_.address[0]->value());
  const bool acknowledged = bus_ != nullptr && bus_->start(address, reading_);
  if (bus_ != nullptr && !bus_->pulled_up()) {
    window_.assume("no_pull_up", "without pull-up resistors nobody acknowledges an address");
  }
  phase_ = Phase::kHeld;
  if (!acknowledged) fail(kAnack);
  settle();
}

void TwiMaster::byte_done() {
  phase_ = Phase::kHeld;
  if (reading_) {
    acknowledge_owed_ = true;
    received(bus_ == nullptr ? 0xFF : bus_->read());
  } else {
    const bool acknowledged = bus_ != nullptr && bus_->write(byte_);
    sent();
    if (!acknowledged) fail(kDnack);
  }
  settle();
}

void TwiMaster::fail(std::uint32_t error) {
  failed_ = true;
  window_.errorsrc->set(window_.errorsrc->value() | error);
  failed();
  window_.raise(kError);
}

void TwiMaster::snapshot(StateArchive& archive) {
  archive(phase_, reading_, acknowledge_owed_, failed_, suspending_, suspended_, stop_wanted_,
          start_wanted_, start_reads_, byte_);
  next_.snapshot(archive);
}

}  // namespace tinyscope::nordic
