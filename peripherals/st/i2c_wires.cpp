#include "peripherals/st/i2c_wires.hpp"

#include <fmt/format.h>

#include "sim/error.hpp"

namespace tinyscope::st {

I2cWires::I2cWires(PeripheralContext& context, std::function<void(Step, bool)> done)
    : name_(context.name),
      notes_(context.notes),
      events_(context.events),
      scl_(context, "scl"),
      sda_(context, "sda"),
      done_(std::move(done)),
      end_(context.scheduler, [this] { finish(); }) {}

I2cBus* I2cWires::find_bus() const {
  const auto scl = scl_.selected();
  const auto sda = sda_.selected();
  for (const std::string_view clock : scl) {
    for (const std::string_view data : sda) {
      if (auto* bus = dynamic_cast<I2cBus*>(events_.at_pads(i2c_key(clock, data)))) return bus;
    }
  }
  if (scl.empty() || sda.empty()) {
    notes_.assume(
        {fmt::format("{}.pads", name_),
         "a transfer without SCL and SDA on pads in its alternate function reaches nobody",
         "reference manual, GPIO alternate functions"});
  }
  return nullptr;
}

void I2cWires::begin(Step step, unsigned bits) {
  TINYSCOPE_ASSERT(step_ == Step::kNone);
  step_ = step;
  end_.after(bit_ * bits);
}

void I2cWires::start() {
  notes_.assume({fmt::format("{}.start_stop", name_), "START and STOP take one period of SCL each",
                 "estimate"});
  bus_ = find_bus();
  busy_ = true;
  begin(Step::kStart, 1);
}

void I2cWires::address(std::uint8_t address, bool read) {
  byte_ = address;
  reading_ = read;
  begin(Step::kAddress, 9);
}

void I2cWires::write(std::uint8_t byte) {
  byte_ = byte;
  begin(Step::kWrite, 9);
}

void I2cWires::read() { begin(Step::kRead, 8); }
void I2cWires::acknowledge() { begin(Step::kAcknowledge, 1); }
void I2cWires::stop() { begin(Step::kStop, 1); }

void I2cWires::finish() {
  const Step step = step_;
  step_ = Step::kNone;
  bool acknowledged = true;
  switch (step) {
    case Step::kAddress: acknowledged = bus_ != nullptr && bus_->start(byte_, reading_); break;
    case Step::kWrite: acknowledged = bus_ != nullptr && bus_->write(byte_); break;
    case Step::kRead: byte_ = bus_ == nullptr ? 0xFF : bus_->read(); break;
    case Step::kStop:
      if (bus_ != nullptr) bus_->stop();
      busy_ = false;
      break;
    case Step::kNone:
    case Step::kStart:
    case Step::kAcknowledge: break;
  }
  done_(step, acknowledged);
}

void I2cWires::abort() {
  end_.cancel();
  if (busy_ && bus_ != nullptr) bus_->stop();
  step_ = Step::kNone;
  busy_ = false;
}

void I2cWires::snapshot(StateArchive& archive) {
  archive(bit_.ps, step_, busy_, reading_, byte_);
  end_.snapshot(archive);
  if (archive.is_loading()) bus_ = busy_ ? find_bus() : nullptr;
}

}  // namespace tinyscope::st
