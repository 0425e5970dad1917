// Renesas HS3003: humidity and temperature, device type "hs3003", port "i2c" (0x44).
//
// It has no registers: a write to its address starts a measurement, a read gives four bytes.
// Protocol and scale: arduino-libraries/Arduino_HS300x (79247c1), HS300x.cpp; the status bits:
// HS300x data sheet from memory, "00" valid and "01" stale. The stimulus is a CSV file with
// humidity (%RH) and temperature (degC); at rest 45 %RH and 22 degC. Parameter: conversion_us.
//
// Not modelled, and reported when firmware uses it: programming mode (resolution, sensor ID).
#include <algorithm>
#include <array>
#include <cmath>

#include "peripherals/common/assumed_parameter.hpp"
#include "peripherals/stimulus/measurements.hpp"
#include "sim/fed_part.hpp"
#include "sim/power_tracker.hpp"
#include "sim/serial_buses.hpp"

namespace tinyscope {
namespace {

constexpr std::uint8_t kAddress = 0x44;
constexpr std::uint8_t kProgrammingMode = 0xA0;
constexpr double kFullScale = 16383;  // 14 bits

enum Quantity : std::size_t { kHumidity, kTemperature };
constexpr std::array kQuantities = {
    Measurements::Quantity{"humidity", "%RH", 45},
    Measurements::Quantity{"temperature", "degC", 22},
};

// 0x3FFF is what the driver takes for a fault, so the part stays below.
std::uint16_t digits(double part_of_scale) {
  return static_cast<std::uint16_t>(
      std::lround(std::clamp(part_of_scale * kFullScale, 0.0, kFullScale - 1)));
}

class Hs3003 final : public Device, public FedPart, private I2cTarget {
 public:
  explicit Hs3003(DeviceContext& context)
      : name_(context.name),
        scheduler_(context.scheduler),
        notes_(context.notes),
        power_(context.power),
        measurements_(context, kQuantities),
        conversion_(Duration::from_us(
            assumed_parameter(context, "conversion_us", 33'900,
                              "microseconds that one HS3003 measurement of 14 bits takes",
                              "HS300x data sheet from memory: 0.1 ms and twice 16.9 ms"))),
        end_(context.scheduler, [this] { finish(); }) {}

  void set_fed(const Stimulus& stimulus) override { measurements_.set_fed(stimulus); }
  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) report_power();
  }
  Port* port(std::string_view name) override {
    return name == "i2c" ? static_cast<I2cTarget*>(this) : nullptr;
  }
  void set_supplied(bool supplied) override {
    supplied_ = supplied;
    end_.cancel();
    bytes_ = {};
    fresh_ = false;
    report_power();
  }
  void snapshot(StateArchive& archive) override {
    archive(supplied_, fresh_, bytes_, position_);
    end_.snapshot(archive);
  }

 private:
  bool start(std::uint8_t address, bool read) override {
    if (address != kAddress || !supplied_) return false;
    position_ = 0;
    if (!read && !end_.scheduled()) {
      end_.after(conversion_);
      report_power();
    }
    return true;
  }
  bool write(std::uint8_t byte) override {
    if (byte == kProgrammingMode) notes_.unmodelled(name_, "programming mode", 0, true, byte);
    return true;
  }
  // Status and humidity, then temperature, which ends in two unused bits.
  std::uint8_t read() override {
    if (position_ >= bytes_.size()) return 0xFF;
    std::uint8_t byte = bytes_[position_];
    if (position_ == 0 && !fresh_) byte |= 0x40;
    if (++position_ == bytes_.size()) fresh_ = false;
    return byte;
  }
  void stop() override {}

  // Sampled at the end of the measurement.
  void finish() {
    const TimePoint now = scheduler_.now();
    const unsigned humidity = digits(measurements_.at(kHumidity, now) / 100);
    const unsigned temperature = digits((measurements_.at(kTemperature, now) + 40) / 165) << 2;
    bytes_ = {static_cast<std::uint8_t>(humidity >> 8), static_cast<std::uint8_t>(humidity),
              static_cast<std::uint8_t>(temperature >> 8), static_cast<std::uint8_t>(temperature)};
    fresh_ = true;
    report_power();
  }
  void report_power() {
    power_.set(name_, !supplied_ ? "" : end_.scheduled() ? "measuring" : "sleep", scheduler_.now());
  }

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  PowerTracker& power_;
  Measurements measurements_;
  const Duration conversion_;
  bool supplied_ = true;
  bool fresh_ = false;  // not read yet
  std::array<std::uint8_t, 4> bytes_{};
  std::size_t position_ = 0;
  Event end_;
};

const DeviceType kType("hs3003",
                       [](DeviceContext& context) { return std::make_unique<Hs3003>(context); });

}  // namespace
}  // namespace tinyscope
