// AKM AK8963: the magnetometer die of the MPU-9250, at address 0x0C while the MPU-9250 lets the bus
// through to it.
//
// Registers: MPU9250RegisterMap.h and MPU9250.h of hideakitai/MPU9250 (3741120); the modes and the
// lock from the first data byte to ST2: AK8963 data sheet MS1356-E-02, sections 6 and 8, from
// memory. Not modelled, and reported when firmware uses it: self-test, external trigger.
#pragma once

#include <array>

#include "peripherals/sensors/i2c_registers.hpp"
#include "peripherals/sensors/sample_clock.hpp"
#include "peripherals/stimulus/measurements.hpp"

namespace tinyscope {

class Ak8963 final : public I2cRegisters {
 public:
  // The field is in the quantities from `first` on, uT.
  Ak8963(DeviceContext& context, const Measurements& measurements, std::size_t first,
         std::function<void()> changed);

  void power_on();
  bool on() const { return clock_.running(); }
  void snapshot(StateArchive& archive);

 private:
  void started(bool read) override;
  std::uint8_t read_register(std::uint8_t reg) override;
  bool write_register(std::uint8_t reg, std::uint8_t value) override;
  void set_mode();
  void catch_up();
  void measure(TimePoint when);

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  const Measurements& measurements_;
  const std::size_t first_;
  std::function<void()> changed_;
  SampleClock clock_;
  std::array<std::int16_t, 3> output_{};
  std::uint8_t control_ = 0;  // CNTL1
  std::uint8_t status1_ = 0;  // ST1
  bool overflow_ = false;     // ST2.HOFL
  bool wide_ = false;         // ST2.BITM
  bool locked_ = false;       // data are being read
};

}  // namespace tinyscope
