// The 32 slots that sensors of several vendors keep samples in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/snapshot.hpp"

namespace tinyscope {

template <class Sample>
class SampleFifo {
 public:
  static constexpr std::size_t kDepth = 32;

  std::size_t level() const { return level_; }
  bool empty() const { return level_ == 0; }
  // The oldest sample; as it was last if the FIFO is empty.
  const Sample& front() const { return slots_[first_]; }
  void push(const Sample& sample) {
    slots_[(first_ + level_) % kDepth] = sample;
    if (level_ < kDepth) {
      ++level_;
    } else {
      first_ = (first_ + 1) % kDepth;
    }
  }
  // Leaves the last sample readable when nothing follows.
  void pop() {
    if (level_ == 0) return;
    if (--level_ != 0) first_ = (first_ + 1) % kDepth;
  }
  void clear() { level_ = 0; }

  void snapshot(StateArchive& archive) { archive(slots_, first_, level_); }

 private:
  std::array<Sample, kDepth> slots_{};
  std::size_t first_ = 0;
  std::size_t level_ = 0;
};

}  // namespace tinyscope
