// The serial line below UARTE and the older UART: how long a frame takes, and the receive FIFO.
// nRF52840 PS, chapters "UARTE" and "UART"; registers BAUDRATE and CONFIG.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/snapshot.hpp"
#include "sim/time.hpp"

namespace tinyscope::nordic {

// A bit lasts floor(2^32 / BAUDRATE) cycles of 16 MHz. PS lists the actual rates: 0x01D60000 gives
// 115108 baud (139 cycles), 0x00275000 gives 9598 (1667), 0x0F000000 gives 941176 (17).
inline Duration uart_frame_time(std::uint32_t baudrate, std::uint32_t config) {
  constexpr std::uint64_t kCyclePs = 62'500;
  constexpr std::uint32_t kConfigParity = 0x7u << 1;
  constexpr std::uint32_t kConfigTwoStopBits = 1u << 4;
  const std::uint64_t bits = 1u + 8u + ((config & kConfigParity) == kConfigParity ? 1u : 0u) +
                             ((config & kConfigTwoStopBits) != 0 ? 2u : 1u);
  const std::uint64_t cycles = (std::uint64_t{1} << 32) / std::max(baudrate, 1u);
  return Duration{cycles * kCyclePs} * bits;
}

// PS: the receiver holds up to six bytes until somebody takes them.
class UartReceiveFifo {
 public:
  bool full() const { return count_ == bytes_.size(); }
  bool empty() const { return count_ == 0; }
  void push(std::uint8_t byte) { bytes_[count_++] = byte; }
  std::uint8_t pop() {
    const std::uint8_t first = bytes_[0];
    --count_;
    for (std::size_t i = 0; i < count_; ++i) bytes_[i] = bytes_[i + 1];
    return first;
  }
  void clear() { count_ = 0; }
  void snapshot(StateArchive& archive) { archive(bytes_, count_); }

 private:
  std::array<std::uint8_t, 6> bytes_{};
  std::size_t count_ = 0;
};

}  // namespace tinyscope::nordic
