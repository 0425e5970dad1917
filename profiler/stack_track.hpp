// The depth of the main stack over time, for a timeline: the deepest of each stretch between two
// calls or returns, from where the stretch begins. It has to hear of blocks before the
// LayerCollector.
#pragma once

#include <algorithm>

#include "profiler/call_stack.hpp"
#include "profiler/counter_track.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

class StackTrack final : public SimListener {
 public:
  explicit StackTrack(const CallStack& calls) : calls_(calls) {}

  void on_block_retired(const BlockRetired& block) override {
    if (!calls_.on_main_stack()) return;
    lowest_ = std::min(lowest_, block.lowest_sp);
    if (block.transfer < Transfer::kCall) return;
    finish_stretch(block.cycles_before.count + block.cycles.total(), block.sp);
  }
  void on_exception(const ExceptionEvent& event) override {
    if (calls_.on_main_stack()) finish_stretch(event.cycles_before.count, event.sp);
    lowest_ = event.sp;
  }
  void on_reset(Cycles cycle, Address, Address sp) override {
    top_ = std::max(top_, sp);
    lowest_ = sp;
    begin_ = cycle.count;
  }
  const CounterTrack& track() const { return track_; }

 private:
  void finish_stretch(std::uint64_t end, Address sp) {
    top_ = std::max(top_, lowest_);
    track_.set(begin_, static_cast<double>(top_ - lowest_));
    begin_ = end;
    lowest_ = sp;
  }

  const CallStack& calls_;
  Address top_ = 0;
  Address lowest_ = 0;
  std::uint64_t begin_ = 0;
  CounterTrack track_{"stack", "bytes"};
};

}  // namespace tinyscope
