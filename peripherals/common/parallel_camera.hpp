// A camera on a parallel bus (PCLK, VSYNC, HSYNC or HREF, data), seen as frames of rows of bytes
// whose times are known, so that nobody has to follow each edge.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include "sim/ports.hpp"
#include "sim/time.hpp"

namespace tinyscope {

class ParallelCamera : public Port {
 public:
  struct Frame {
    TimePoint begin{};      // VSYNC becomes active
    TimePoint vsync_end{};  // and inactive
    TimePoint end{};        // the next frame begins
    std::uint64_t rows = 0;
    std::uint64_t bytes_per_row = 0;
  };
  // Levels of the lines while there are no data.
  struct Blanking {
    bool vsync_high = true;
    bool hsync_high = false;
  };

  virtual bool running() const = 0;
  virtual Blanking blanking() const = 0;
  // Synchronization codes FSC, LSC, LEC and FEC within the data; nullopt: lines only.
  virtual std::optional<std::array<std::uint8_t, 4>> codes() const { return std::nullopt; }
  // While running: the frame under way at `when`, and what is known of any frame.
  virtual std::uint64_t frame_at(TimePoint when) const = 0;
  virtual Frame frame(std::uint64_t number) const = 0;
  // When the edge of PCLK comes at which that byte is valid.
  virtual TimePoint byte_time(std::uint64_t number, std::uint64_t row,
                              std::uint64_t byte) const = 0;
  // The bytes of a row; valid until the next call.
  virtual std::span<const std::uint8_t> row(std::uint64_t number, std::uint64_t row) = 0;

  // Called when the camera starts, stops or goes on with other frames.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }

 protected:
  void tell_change() const {
    if (changed_) changed_();
  }

 private:
  std::function<void()> changed_;
};

// Where a peripheral accepts one.
class ParallelCameraInput : public Port {
 public:
  virtual void connect(ParallelCamera& camera) = 0;
};

}  // namespace tinyscope
