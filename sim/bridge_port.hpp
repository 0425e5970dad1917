// How long the slow part behind a bridge takes for an access, where that follows from settings of a
// peripheral: flash that a controller shows in the memory map.
#pragma once

#include <functional>
#include <utility>

#include "sim/ports.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class BridgePort : public Port {
 public:
  Address base = 0;  // of the window, by which the bridge is found

  // The controller's side. Zero: nothing is known; the bridge keeps its description's cycles.
  void set(Duration read) {
    if (read == read_) return;
    read_ = read;
    if (changed_) changed_();
  }
  Duration read() const { return read_; }

  // The memory system's side.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }

 private:
  Duration read_{};
  std::function<void()> changed_;
};

}  // namespace tinyscope
