// A FIFO of bytes, as inertial sensors keep samples of several kinds in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/snapshot.hpp"

namespace tinyscope {

class ByteFifo {
 public:
  std::size_t level() const { return bytes_.size() - first_; }
  bool empty() const { return level() == 0; }
  // The byte at `index` after the oldest one; index < level().
  std::uint8_t at(std::size_t index) const { return bytes_[first_ + index]; }
  void push(std::span<const std::uint8_t> bytes) {
    if (first_ >= kCompact) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  // Takes the oldest `count` bytes out, or all there are.
  void drop(std::size_t count) {
    first_ += std::min(count, level());
    if (first_ == bytes_.size()) clear();
  }
  void clear() {
    bytes_.clear();
    first_ = 0;
  }

  void snapshot(StateArchive& archive) { archive(bytes_, first_); }

 private:
  static constexpr std::size_t kCompact = 4096;

  std::vector<std::uint8_t> bytes_;
  std::size_t first_ = 0;  // bytes before it are gone
};

}  // namespace tinyscope
