// Bosch BMI270: accelerometer and gyroscope, device type "bmi270", port "i2c" (0x68 or 0x69), pins
// "int1" and "int2". What it follows and leaves out is said in bmi270.cpp.
#pragma once

#include <array>

#include "peripherals/sensors/bmi270_fifo.hpp"
#include "peripherals/sensors/i2c_part.hpp"
#include "peripherals/sensors/output_pin.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/sensors/three_axes.hpp"
#include "sim/fed_part.hpp"

namespace tinyscope {

class Bmi270 final : public I2cPart, public FedPart {
 public:
  explicit Bmi270(DeviceContext& context);

  bool connect_pin(std::string_view name, PadPort& pad) override;
  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void snapshot(StateArchive& archive) override;

 private:
  using Axes = Bmi270Fifo::Axes;
  // A stage that samples by itself.
  struct Stage {
    SampleClock clock;
    double rate_hz = 0;  // 0: off
    Axes data{};
  };

  void power_on() override;
  std::string_view mode() const override;
  std::uint8_t read_register(std::uint8_t reg) override;
  bool write_register(std::uint8_t reg, std::uint8_t value) override;
  void started(bool read) override;
  std::uint8_t after(std::uint8_t reg) override;

  void write_control(std::uint8_t reg, std::uint8_t value);
  void command(std::uint8_t value);
  void upload(std::uint8_t value);
  void end_upload();
  void configure_fifo();
  void check_configuration();

  double accelerometer_hz() const;
  double gyroscope_hz() const;
  void update_clocks(TimePoint from);
  void restart(Stage& stage, double rate_hz, TimePoint from, Duration startup);
  // Brings registers and FIFO up to date.
  void catch_up();
  void skip_unseen(TimePoint now);
  void take_sample(TimePoint when, bool accelerometer, bool gyroscope);
  std::uint32_t sensor_time(TimePoint when) const;
  std::int16_t temperature() const;
  std::size_t watermark() const;
  // Conditions that hold as long as the FIFO is as it is, as bits of INT_STATUS_1.
  std::uint8_t fifo_conditions() const;
  bool pin_active(unsigned shift) const;
  void update_pins();

  Measurements measurements_;
  const AxisOrder axes_;
  const Duration init_time_;
  const Duration gyroscope_startup_;
  const Duration pulse_;

  std::array<std::uint8_t, 0x80> registers_{};
  std::array<std::array<std::uint8_t, 16>, 8> features_{};
  TimePoint powered_{};  // SENSORTIME counts from here
  std::uint32_t latched_time_ = 0;

  // The upload of the configuration.
  std::size_t upload_address_ = 0;  // bytes
  std::size_t uploaded_ = 0;
  bool upload_in_order_ = true;
  bool initialising_ = false;
  bool init_succeeds_ = false;
  TimePoint init_end_{};
  bool initialised_ = false;

  Stage accelerometer_;
  Stage gyroscope_;
  Bmi270Fifo fifo_;
  std::uint8_t status_ = 0;      // drdy bits
  std::uint8_t int_status_ = 0;  // INT_STATUS_1
  TimePoint pulse_end_{};
  OutputPin int1_;
  OutputPin int2_;
  Event event_;
};

}  // namespace tinyscope
