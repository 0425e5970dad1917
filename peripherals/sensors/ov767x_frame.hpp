// Where in a frame an OV7670 or OV7675 is, computed from the time alone.
#pragma once

#include <cstdint>
#include <optional>

#include "peripherals/sensors/ov767x_mode.hpp"
#include "sim/snapshot.hpp"
#include "sim/time.hpp"

namespace tinyscope::ov767x {

// Ticks of half a PCLK before its last division, since the first frame began.
class FrameClock {
 public:
  // `xclk_hz` above 0. The first frame begins at `origin`.
  void start(ClockRatio ratio, std::uint64_t xclk_hz, TimePoint origin) {
    sub_ticks_ = ClockDomain(2 * xclk_hz * ratio.multiplier, origin);
    divider_ = ratio.divider;
  }
  std::uint64_t tick_at(TimePoint when) const { return sub_ticks_.tick_at(when) / divider_; }
  // When a tick begins.
  TimePoint time_of(std::uint64_t tick) const { return sub_ticks_.time_of(tick * divider_); }

  void snapshot(StateArchive& archive) {
    sub_ticks_.snapshot(archive);
    archive(divider_);
  }

 private:
  ClockDomain sub_ticks_{1};
  std::uint64_t divider_ = 1;
};

// What the sensor puts out during a tick, and until which tick (not included) it stays so.
struct FramePlace {
  std::uint64_t frame = 0;
  bool vsync = false;      // active
  bool href = false;       // likewise
  bool pclk = false;       // high, before COM10 reverses it
  std::uint64_t row = 0;   // while HREF is active
  std::uint64_t byte = 0;  // of the row
  std::uint64_t until = 0;
};
FramePlace place_at(const FrameTime& time, bool pclk_gated, std::uint64_t tick);

// The tick with whose rising edge of PCLK a byte is valid.
std::uint64_t byte_tick(const FrameTime& time, std::uint64_t frame, std::uint64_t row,
                        std::uint64_t byte);

// The first tick after `tick` with which VSYNC, or HREF, changes; nullopt: there is none.
std::optional<std::uint64_t> next_vsync_edge(const FrameTime& time, std::uint64_t tick);
std::optional<std::uint64_t> next_href_edge(const FrameTime& time, std::uint64_t tick);

}  // namespace tinyscope::ov767x
