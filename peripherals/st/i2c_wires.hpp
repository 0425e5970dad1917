// SCL and SDA as a master drives them, step by step: START, address, bytes, acknowledgements, STOP.
// Shared by both generations of ST's I2C; they decide what comes next, this takes the time for it.
//
// The bus is the one that the board has on the pads where firmware has put SCL and SDA (parameters
// `scl` and `sda` of the block). Without one, or without pads, nobody acknowledges.
#pragma once

#include <cstdint>
#include <functional>

#include "peripherals/st/signal_pads.hpp"
#include "sim/scheduler.hpp"
#include "sim/serial_buses.hpp"

namespace tinyscope::st {

class I2cWires {
 public:
  enum class Step : std::uint8_t { kNone, kStart, kAddress, kWrite, kRead, kAcknowledge, kStop };

  // `done` is called at the end of each step; `acknowledged` is the part's answer to an address or
  // a byte, and true after any other step.
  I2cWires(PeripheralContext& context, std::function<void(Step, bool acknowledged)> done);

  // Of one clock period from here on.
  void set_bit_time(Duration bit) { bit_ = bit; }
  Duration bit_time() const { return bit_; }

  // None of these may be called before the last step has ended.
  void start();
  void address(std::uint8_t address, bool read);
  void write(std::uint8_t byte);
  void read();  // eight bits; byte() holds them afterwards
  void acknowledge();
  void stop();
  // Lets go of the wires in mid-step.
  void abort();

  Step step() const { return step_; }
  std::uint8_t byte() const { return byte_; }
  // From START to the end of STOP.
  bool busy() const { return busy_; }
  void snapshot(StateArchive& archive);

 private:
  void begin(Step step, unsigned bits);
  void finish();
  I2cBus* find_bus() const;

  const std::string name_;
  RunNotes& notes_;
  const EventPort events_;
  const SignalPads scl_;
  const SignalPads sda_;
  const std::function<void(Step, bool)> done_;
  I2cBus* bus_ = nullptr;  // from START to STOP
  Duration bit_{};
  Step step_ = Step::kNone;
  bool busy_ = false;
  bool reading_ = false;
  std::uint8_t byte_ = 0;
  Event end_;
};

}  // namespace tinyscope::st
