// The FIFO in front of a shift register of SPI, in bytes: what is written with one width may be
// read with another. How much fits is the block's to know.
#pragma once

#include <array>
#include <cstdint>

#include "sim/error.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope::st {

class SpiFifo {
 public:
  static constexpr unsigned kMost = 16;

  unsigned size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { first_ = size_ = 0; }
  // Low byte first.
  void push(std::uint32_t value, unsigned bytes) {
    TINYSCOPE_ASSERT(size_ + bytes <= kMost);
    for (unsigned i = 0; i < bytes; ++i) {
      bytes_[(first_ + size_++) % kMost] = static_cast<std::uint8_t>(value >> 8 * i);
    }
  }
  // Zeros where there is no more.
  std::uint32_t pop(unsigned bytes) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < bytes && size_ != 0; ++i) {
      value |= std::uint32_t{bytes_[first_]} << 8 * i;
      first_ = (first_ + 1) % kMost;
      --size_;
    }
    return value;
  }
  void snapshot(StateArchive& archive) { archive(bytes_, first_, size_); }

 private:
  std::array<std::uint8_t, kMost> bytes_{};
  unsigned first_ = 0;
  unsigned size_ = 0;
};

}  // namespace tinyscope::st
