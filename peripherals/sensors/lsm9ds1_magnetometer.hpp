// Magnetometer of the LSM9DS1 (the second of its two dies).
#pragma once

#include <array>
#include <functional>

#include "peripherals/sensors/i2c_registers.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/stimulus/measurements.hpp"

namespace tinyscope {

class Lsm9ds1Magnetometer final : public I2cRegisters {
 public:
  // `changed` is called when on() has changed.
  Lsm9ds1Magnetometer(DeviceContext& context, const Measurements& measurements,
                      std::function<void()> changed);

  void reset_registers();
  // Whether it measures.
  bool on() const { return on_; }
  // "drdy_m"; null: no such pin.
  OutputPin* pin(std::string_view name) { return name == "drdy_m" ? &ready_ : nullptr; }

  void snapshot(StateArchive& archive);

 private:
  std::uint8_t read_register(std::uint8_t reg) override;
  bool write_register(std::uint8_t reg, std::uint8_t value) override;
  std::uint8_t select(std::uint8_t sub_address) override;

  double rate_hz() const;
  void restart();
  void catch_up();
  std::uint8_t read_output(std::size_t axis, bool high);
  void write_control(std::uint8_t reg, std::uint8_t value);
  void update_pin();

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  const Measurements& measurements_;
  std::function<void()> changed_;

  std::array<std::uint8_t, 0x40> registers_{};
  SampleClock clock_;
  bool on_ = false;
  std::array<std::int16_t, 3> outputs_{};
  std::array<bool, 3> half_read_{};  // BDU: low byte read, high byte not yet
  std::uint8_t status_ = 0;
  OutputPin ready_;
  Event sample_event_;  // while the pin waits, and at the end of a single conversion
};

}  // namespace tinyscope
