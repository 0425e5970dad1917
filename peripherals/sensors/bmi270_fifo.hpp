// The FIFO of the BMI270: frames with and without headers, as bmi2.c of boschsensortec/
// BMI270_SensorAPI (41129fc) takes them apart.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "peripherals/sensors/byte_fifo.hpp"

namespace tinyscope {

class Bmi270Fifo {
 public:
  using Axes = std::array<std::int16_t, 3>;
  struct Settings {
    bool header = true;
    bool accelerometer = false;
    bool gyroscope = false;
    bool stop_on_full = false;
    bool sensor_time = false;
    std::size_t capacity = 2048;  // bytes

    bool on() const { return accelerometer || gyroscope; }
    bool same_frames(const Settings& other) const {
      return header == other.header && accelerometer == other.accelerometer &&
             gyroscope == other.gyroscope && capacity == other.capacity;
    }
  };

  // Another form of frames empties the FIFO.
  void configure(const Settings& settings);
  const Settings& settings() const { return settings_; }
  void flush();

  // One moment's samples; null: that sensor has none. The oldest frames make room, or the new one
  // is lost (stop_on_full).
  void add(const Axes* gyroscope, const Axes* accelerometer);
  // Frames that nobody will ever see: what is in the FIFO and `count` more are lost.
  void lose(std::uint64_t count);
  // Bytes of whole frames.
  std::size_t length() const { return bytes_.level(); }
  // No further frame fits.
  bool full() const { return length() + frame_bytes(0x8C) > settings_.capacity; }

  // The next byte of a burst; `time` is SENSORTIME.
  std::uint8_t read(std::uint32_t time);
  // A frame of which a part was read comes again in the next burst.
  void begin_burst();

  void snapshot(StateArchive& archive);

 private:
  std::size_t frame_bytes(std::uint8_t header) const;

  Settings settings_;
  ByteFifo bytes_;
  std::uint64_t skipped_ = 0;          // frames lost since the last skip frame
  std::size_t cursor_ = 0;             // bytes read of the frame at the front
  std::vector<std::uint8_t> pending_;  // a control frame under way
  std::size_t pending_cursor_ = 0;
  bool time_sent_ = false;  // in this burst
  bool past_end_ = false;   // an odd number of bytes was read behind the end
};

}  // namespace tinyscope
