// What firmware was doing when, for the timeline: one span for each stretch of a phase in thread
// mode. Handlers and sleep have tracks of their own and interrupt no phase. After a marker the next
// call or return shows its phase.
#pragma once

#include <cstdint>

#include "profiler/frame_listener.hpp"
#include "profiler/layer_collector.hpp"
#include "profiler/timeline_collector.hpp"

namespace tinyscope {

class PhaseSpans final : public FrameListener {
 public:
  // References must outlive it; `layers` is whom it listens to.
  PhaseSpans(const LayerCollector& layers, TimelineCollector& timeline);

  void on_frame_entered(const Frame& frame, const Frame* caller, std::uint32_t exception,
                        std::uint64_t cycle) override;
  void on_frame_renamed(const Frame& frame, std::uint64_t cycle) override;
  void on_frame_left(const Frame& frame, std::uint64_t cycle) override;

 private:
  void show(const FrameMark& mark, std::uint64_t cycle);

  const LayerCollector& layers_;
  TimelineCollector& timeline_;
  SpanTrack& track_;
  std::uint32_t inference_;  // name of the phase that no rule makes
  std::uint32_t last_bucket_ = 0;
  std::uint32_t last_name_ = 0;
};

}  // namespace tinyscope
