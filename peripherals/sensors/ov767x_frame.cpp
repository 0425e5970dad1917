#include "peripherals/sensors/ov767x_frame.hpp"

#include <algorithm>

namespace tinyscope::ov767x {
namespace {

// Of row r, in ticks of the frame.
std::uint64_t row_begin(const FrameTime& time, std::uint64_t row) {
  const std::uint64_t line =
      time.first_line + row * time.row_step_numerator / time.row_step_denominator;
  return line * time.line + time.begin;
}

bool has_rows(const FrameTime& time) {
  return time.rows > 0 && time.active > 0 && row_begin(time, 0) < time.frame();
}

// The first row that is not over at tick t of the frame; time.rows if there is none.
std::uint64_t row_at_or_after(const FrameTime& time, std::uint64_t t) {
  if (t < row_begin(time, 0) + time.active) return 0;
  const std::uint64_t line = (t - row_begin(time, 0)) / time.line;
  // Rounded up: the first row whose line is not before this one.
  std::uint64_t row =
      (line * time.row_step_denominator + time.row_step_numerator - 1) / time.row_step_numerator;
  if (row < time.rows && row_begin(time, row) + time.active <= t) ++row;
  return std::min(row, time.rows);
}

}  // namespace

FramePlace place_at(const FrameTime& time, bool pclk_gated, std::uint64_t tick) {
  FramePlace place;
  const std::uint64_t frame_ticks = time.frame();
  place.frame = tick / frame_ticks;
  const std::uint64_t t = tick % frame_ticks;
  place.vsync = t < time.vsync;
  std::uint64_t until = place.vsync ? time.vsync : frame_ticks;

  const std::uint64_t period = 2 * std::uint64_t{time.half_pclk};
  std::uint64_t phase = (t + period - time.begin % period) % period;
  bool clocked = !pclk_gated;
  if (has_rows(time)) {
    const std::uint64_t row = row_at_or_after(time, t);
    if (row < time.rows) {
      const std::uint64_t begin = row_begin(time, row);
      place.href = t + time.href_lead >= begin;
      place.row = row;
      if (t < begin) {  // the first byte waits for PCLK
        until = std::min(until, place.href ? begin : begin - time.href_lead);
      } else {
        until = std::min(until, begin + time.active);
        place.byte = (t - begin) / period;
        phase = (t - begin) % period;
        clocked = true;
      }
    }
  }
  if (clocked) {
    place.pclk = phase >= time.half_pclk;
    until = std::min(until, t - phase + (place.pclk ? period : time.half_pclk));
  }
  place.until = tick - t + until;
  return place;
}

std::uint64_t byte_tick(const FrameTime& time, std::uint64_t frame, std::uint64_t row,
                        std::uint64_t byte) {
  return frame * time.frame() + row_begin(time, row) + (2 * byte + 1) * time.half_pclk;
}

std::optional<std::uint64_t> next_vsync_edge(const FrameTime& time, std::uint64_t tick) {
  const std::uint64_t t = tick % time.frame();
  return tick - t + (t < time.vsync ? time.vsync : time.frame());
}

std::optional<std::uint64_t> next_href_edge(const FrameTime& time, std::uint64_t tick) {
  if (!has_rows(time)) return std::nullopt;
  const std::uint64_t t = tick % time.frame();
  const std::uint64_t frame_begin = tick - t;
  const std::uint64_t row = row_at_or_after(time, t);
  if (row == time.rows) return frame_begin + time.frame() + row_begin(time, 0) - time.href_lead;
  const std::uint64_t begin = row_begin(time, row);
  if (t + time.href_lead < begin) return frame_begin + begin - time.href_lead;
  return frame_begin + std::min(begin + time.active, time.frame());
}

}  // namespace tinyscope::ov767x
