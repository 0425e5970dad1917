// Accelerometer and gyroscope of the LSM9DS1 (one of its two dies).
#pragma once

#include <array>
#include <functional>

#include "peripherals/sensors/i2c_registers.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/sensors/sample_fifo.hpp"
#include "peripherals/stimulus/measurements.hpp"

namespace tinyscope {

// Indices of what the LSM9DS1 measures.
namespace lsm9ds1 {
enum Quantity : std::size_t { kAx, kAy, kAz, kGx, kGy, kGz, kMx, kMy, kMz, kTemperature };
}

class Lsm9ds1Inertial final : public I2cRegisters {
 public:
  enum class Mode : std::uint8_t { kOff, kAccelerometer, kGyroscopeLowPower, kGyroscope };

  // `changed` is called when mode() has changed.
  Lsm9ds1Inertial(DeviceContext& context, const Measurements& measurements,
                  std::function<void()> changed);

  void reset_registers();
  Mode mode() const;
  // "int1" or "int2"; null: no such pin.
  OutputPin* pin(std::string_view name);

  void snapshot(StateArchive& archive);

 private:
  // x, y, z of the gyroscope, then of the accelerometer.
  using Sample = std::array<std::int16_t, 6>;

  std::uint8_t read_register(std::uint8_t reg) override;
  bool write_register(std::uint8_t reg, std::uint8_t value) override;
  std::uint8_t select(std::uint8_t sub_address) override { return sub_address & 0x7F; }

  bool gyroscope_on() const;
  bool accelerometer_on() const;
  double rate_hz() const;
  bool fifo_on() const;
  std::size_t fifo_depth() const;
  std::uint8_t fifo_source() const;
  void restart();
  // Brings registers and FIFO up to date.
  void catch_up();
  void take_sample(TimePoint when);
  Sample sample(TimePoint when) const;
  std::uint8_t read_output(std::size_t channel, bool high);
  void update_pins();
  bool interrupt(std::uint8_t control) const;
  void write_control(std::uint8_t reg, std::uint8_t value);

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  const Measurements& measurements_;
  std::function<void()> changed_;

  std::array<std::uint8_t, 0x40> registers_{};
  SampleClock clock_;
  SampleFifo<Sample> fifo_;
  bool fifo_stopped_ = false;
  bool fifo_overrun_ = false;
  Sample outputs_{};
  std::int16_t temperature_ = 0;
  std::uint8_t status_ = 0;          // data-available bits
  std::array<bool, 6> half_read_{};  // BDU: low byte read, high byte not yet
  OutputPin int1_;
  OutputPin int2_;
  Event sample_event_;  // while a pin waits for samples
};

}  // namespace tinyscope
