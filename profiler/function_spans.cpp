#include "profiler/function_spans.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

constexpr std::uint64_t kGone = 0;  // instead of the serial number of a frame

}  // namespace

void FunctionSpans::on_frame_entered(const Frame& frame, const Frame* caller,
                                     std::uint32_t exception, std::uint64_t cycle) {
  Lane* lane = caller == nullptr ? &free_lane(exception) : lane_with(caller->serial);
  // A caller that nobody announced: a frame from before.
  if (lane == nullptr) lane = &free_lane(exception);
  lane->frames.push_back(frame.serial);
  lane->spans.begin(cycle, frame.id);
  last_ = lane;
}

void FunctionSpans::on_frame_renamed(const Frame& frame, std::uint64_t cycle) {
  Lane* const lane = lane_with(frame.serial);
  if (lane == nullptr || lane->frames.back() != frame.serial) return;
  lane->spans.end(cycle);
  lane->spans.begin(cycle, frame.id);
}

// Frames go from the innermost on, except where the call stack gives up on endlessly many: then a
// span ends with those that lie in it.
void FunctionSpans::on_frame_left(const Frame& frame, std::uint64_t cycle) {
  Lane* const lane = lane_with(frame.serial);
  if (lane == nullptr) return;
  std::vector<std::uint64_t>& frames = lane->frames;
  *std::find(frames.rbegin(), frames.rend(), frame.serial) = kGone;
  while (!frames.empty() && frames.back() == kGone) {
    frames.pop_back();
    lane->spans.end(cycle);
  }
}

FunctionSpans::Lane* FunctionSpans::lane_with(std::uint64_t serial) {
  const auto has = [serial](const Lane& lane) {
    return std::find(lane.frames.rbegin(), lane.frames.rend(), serial) != lane.frames.rend();
  };
  if (last_ != nullptr && has(*last_)) return last_;
  for (Lane& lane : lanes_) {
    if (has(lane)) return &lane;
  }
  return nullptr;
}

FunctionSpans::Lane& FunctionSpans::free_lane(std::uint32_t exception) {
  for (Lane& lane : lanes_) {
    if (lane.exception == exception && lane.frames.empty()) return lane;
  }
  return lanes_.emplace_back(exception, SpanTrack(most_));
}

}  // namespace tinyscope
