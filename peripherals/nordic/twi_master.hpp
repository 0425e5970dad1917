// What TWI and TWIM have in common: START, address, bytes, repeated START, STOP, SUSPEND, and the
// clock that is held low in between. nRF52840 PS, chapters "TWI" and "TWIM".
//
// Tasks act at byte boundaries. A received byte is acknowledged only when it is known what comes
// next: with NACK before STOP and repeated START, with ACK otherwise.
#pragma once

#include <optional>

#include "peripherals/nordic/serial_window.hpp"

namespace tinyscope::nordic {

class TwiMaster : public SerialRole {
 public:
  explicit TwiMaster(SerialWindow& window)
      : SerialRole(window), next_(window.scheduler(), [this] { on_next(); }) {}

  void task(Address task) override;
  void connect() override;
  void disable() override;
  void snapshot(StateArchive& archive) override;

 protected:
  bool reading() const { return reading_; }
  // To be called when something that a waiting transfer needs has come.
  void proceed();

  // A START goes out.
  virtual void started() {}
  // A byte to send is there, and room for one to receive.
  virtual bool may_send() const = 0;
  virtual bool may_receive() const = 0;
  // The byte received last is out of the way, so that it can be acknowledged or not.
  virtual bool may_acknowledge() const { return true; }
  // The next byte begins on the wire.
  virtual void byte_begins() = 0;
  virtual std::uint8_t take() = 0;
  virtual void sent() = 0;
  virtual void received(std::uint8_t byte) = 0;
  // STOP is on the wire.
  virtual void stopped() {}
  virtual void failed() {}
  virtual bool stops_while_suspended() const = 0;

 private:
  // What is on the wire. kHeld: nothing moves, SCL is low.
  enum class Phase : std::uint32_t { kIdle, kAddress, kByte, kHeld, kStop };

  void suspend();
  void assume_about_stop();
  void begin_start();
  void begin_byte();
  void begin_stop();
  void on_next();
  void address_sent();
  void byte_done();
  void fail(std::uint32_t error);
  void settle();
  std::uint64_t owed_bits();

  I2cBus* bus_ = nullptr;
  Phase phase_ = Phase::kIdle;
  bool reading_ = false;
  bool acknowledge_owed_ = false;  // the ninth bit of a received byte is still to come
  bool failed_ = false;            // not acknowledged: waits for STOP or START
  bool suspending_ = false;        // from the next byte boundary on
  bool suspended_ = false;
  bool stop_wanted_ = false;
  bool start_wanted_ = false;
  bool start_reads_ = false;
  std::uint8_t byte_ = 0;
  Event next_;
};

}  // namespace tinyscope::nordic
