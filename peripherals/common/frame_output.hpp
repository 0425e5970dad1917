// Where a display controller shows what its panel would show.
#pragma once

#include <functional>
#include <optional>

#include "peripherals/stimulus/picture.hpp"
#include "sim/ports.hpp"

namespace tinyscope {

class FrameOutput : public Port {
 public:
  // The frame as it would be drawn now, composed when it is asked for; nullopt: the display is off.
  // Reading it changes nothing and takes no time.
  std::function<std::optional<Picture>()> frame;
  // Asks for a call at the end of each frame's visible part, with the time; null ends that.
  std::function<void(std::function<void(TimePoint)>)> on_frame;
};

}  // namespace tinyscope
