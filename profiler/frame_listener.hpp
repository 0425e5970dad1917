// Observes the shadow call stack that LayerCollector keeps: other collectors learn from it which
// function runs, and to which inference and layer it belongs (Frame::mark).
//
// Each call comes after the collector's own bookkeeping for the event, while it is told of the
// block or exception that caused it. A collector that counts blocks as well must have counted that
// block for the frame in force before: it listens to the core ahead of the LayerCollector (see
// Profiler::add_frame_listener).
//
// Frames of several contexts (threads, handlers) come and go independently: CallStack::top() is the
// one that runs.
#pragma once

#include <cstdint>

#include "profiler/call_stack.hpp"

namespace tinyscope {

class FrameListener {
 public:
  virtual ~FrameListener() = default;
  // `frame` runs from `cycle` on. `caller` is null for the root of a context of `exception` (0:
  // thread mode).
  virtual void on_frame_entered(const Frame& /*frame*/, const Frame* /*caller*/,
                                std::uint32_t /*exception*/, std::uint64_t /*cycle*/) {}
  // `frame` goes on as another function.
  virtual void on_frame_renamed(const Frame& /*frame*/, std::uint64_t /*cycle*/) {}
  // `frame` is about to be removed.
  virtual void on_frame_left(const Frame& /*frame*/, std::uint64_t /*cycle*/) {}
};

}  // namespace tinyscope
