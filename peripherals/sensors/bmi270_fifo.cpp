// Frame headers and lengths: bmi2_defs.h, BMI2_FIFO_HEADER_* and BMI2_FIFO_*_LENGTH. Gyroscope data
// come before acceleration (bmi2.c, parse_fifo_accel_len). Not modelled: the frames that tell of a
// changed configuration (0x48), tags of interrupt pins, auxiliary data.
#include "peripherals/sensors/bmi270_fifo.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

constexpr std::uint8_t kDataFrame = 0x80;
constexpr std::uint8_t kGyroscopeData = 0x08;
constexpr std::uint8_t kAccelerometerData = 0x04;
constexpr std::uint8_t kSkipFrame = 0x40;
constexpr std::uint8_t kSensorTimeFrame = 0x44;
// Without headers a sensor that has no sample yet sends these: check_dummy_frame().
constexpr Bmi270Fifo::Axes kNoAcceleration = {0x7F01, -0x8000, -0x8000};
constexpr Bmi270Fifo::Axes kNoRotation = {0x7F02, -0x8000, -0x8000};

void append(std::vector<std::uint8_t>& frame, const Bmi270Fifo::Axes& axes) {
  for (const std::int16_t axis : axes) {
    frame.push_back(static_cast<std::uint8_t>(axis));
    frame.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(axis) >> 8));
  }
}

}  // namespace

void Bmi270Fifo::configure(const Settings& settings) {
  const bool same = settings_.same_frames(settings);
  settings_ = settings;
  if (!same) flush();
}

void Bmi270Fifo::flush() {
  bytes_.clear();
  skipped_ = 0;
  begin_burst();
}

std::size_t Bmi270Fifo::frame_bytes(std::uint8_t header) const {
  if (!settings_.header) return settings_.accelerometer && settings_.gyroscope ? 12 : 6;
  std::size_t bytes = 1;
  if ((header & kGyroscopeData) != 0 && settings_.gyroscope) bytes += 6;
  if ((header & kAccelerometerData) != 0 && settings_.accelerometer) bytes += 6;
  return bytes;
}

void Bmi270Fifo::add(const Axes* gyroscope, const Axes* accelerometer) {
  if (!settings_.gyroscope) gyroscope = nullptr;
  if (!settings_.accelerometer) accelerometer = nullptr;
  if (gyroscope == nullptr && accelerometer == nullptr) return;
  std::vector<std::uint8_t> frame;
  if (settings_.header) {
    frame.push_back(static_cast<std::uint8_t>(kDataFrame | (gyroscope ? kGyroscopeData : 0) |
                                              (accelerometer ? kAccelerometerData : 0)));
  } else {
    if (settings_.gyroscope && gyroscope == nullptr) gyroscope = &kNoRotation;
    if (settings_.accelerometer && accelerometer == nullptr) accelerometer = &kNoAcceleration;
  }
  if (gyroscope != nullptr) append(frame, *gyroscope);
  if (accelerometer != nullptr) append(frame, *accelerometer);
  if (bytes_.level() + frame.size() > settings_.capacity && settings_.stop_on_full) {
    ++skipped_;
    return;
  }
  while (bytes_.level() + frame.size() > settings_.capacity) {
    bytes_.drop(frame_bytes(bytes_.at(0)));
    cursor_ = 0;
    ++skipped_;
  }
  bytes_.push(frame);
}

void Bmi270Fifo::lose(std::uint64_t count) {
  while (!settings_.stop_on_full && !bytes_.empty()) {
    bytes_.drop(frame_bytes(bytes_.at(0)));
    ++skipped_;
  }
  skipped_ += count;
}

std::uint8_t Bmi270Fifo::read(std::uint32_t time) {
  if (cursor_ == 0 && pending_.empty()) {
    if (settings_.header && skipped_ > 0) {
      pending_ = {kSkipFrame, static_cast<std::uint8_t>(std::min<std::uint64_t>(skipped_, 0xFF))};
      skipped_ = 0;
    } else if (bytes_.empty() && settings_.header && settings_.sensor_time && !time_sent_) {
      pending_ = {kSensorTimeFrame, static_cast<std::uint8_t>(time),
                  static_cast<std::uint8_t>(time >> 8), static_cast<std::uint8_t>(time >> 16)};
      time_sent_ = true;
    }
  }
  if (!pending_.empty()) {
    const std::uint8_t byte = pending_[pending_cursor_++];
    if (pending_cursor_ == pending_.size()) {
      pending_.clear();
      pending_cursor_ = 0;
    }
    return byte;
  }
  if (bytes_.empty()) {
    // 0x8000 in each axis without headers, 0x80 for a header (check_empty_fifo).
    past_end_ = !past_end_;
    return past_end_ == settings_.header ? 0x80 : 0x00;
  }
  const std::uint8_t byte = bytes_.at(cursor_++);
  if (const std::size_t size = frame_bytes(bytes_.at(0)); cursor_ == size) {
    bytes_.drop(size);
    cursor_ = 0;
  }
  return byte;
}

void Bmi270Fifo::begin_burst() {
  cursor_ = 0;
  pending_.clear();
  pending_cursor_ = 0;
  time_sent_ = false;
  past_end_ = false;
}

void Bmi270Fifo::snapshot(StateArchive& archive) {
  archive(settings_.header, settings_.accelerometer, settings_.gyroscope, settings_.stop_on_full,
          settings_.sensor_time, settings_.capacity);
  archive(skipped_, cursor_, pending_, pending_cursor_, time_sent_, past_end_);
  bytes_.snapshot(archive);
}

}  // namespace tinyscope
