#include "profiler/phase_spans.hpp"

namespace tinyscope {

PhaseSpans::PhaseSpans(const LayerCollector& layers, TimelineCollector& timeline)
    : layers_(layers),
      timeline_(timeline),
      track_(timeline.track("phases")),
      inference_(timeline.name("inference")) {}

void PhaseSpans::on_frame_entered(const Frame& frame, const Frame*, std::uint32_t,
                                  std::uint64_t cycle) {
  show(frame.mark, cycle);
}

void PhaseSpans::on_frame_renamed(const Frame& frame, std::uint64_t cycle) {
  show(frame.mark, cycle);
}

void PhaseSpans::on_frame_left(const Frame& frame, std::uint64_t cycle) {
  const std::vector<Frame>& frames = layers_.call_stack().frames();
  if (frames.size() < 2 || frames.back().serial != frame.serial) return;
  show(frames[frames.size() - 2].mark, cycle);
}

void PhaseSpans::show(const FrameMark& mark, std::uint64_t cycle) {
  if (layers_.call_stack().exception_number() != 0) return;
  if (mark.inference >= 0) {
    track_.switch_to(cycle, inference_);
    return;
  }
  const CollectedPhase* const phase = layers_.phase_of(mark);
  if (phase == nullptr) {
    track_.clear(cycle);
    return;
  }
  if (phase->bucket != last_bucket_) {
    last_bucket_ = phase->bucket;
    last_name_ = timeline_.name(phase->name);
  }
  track_.switch_to(cycle, last_name_);
}

}  // namespace tinyscope
