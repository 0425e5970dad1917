// Signals that a chip names by register address, as Nordic's PPI does: a peripheral announces that
// one of its event registers fired, and whoever listens to that address reacts.
#pragma once

#include <functional>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope {

class EventFabric {
 public:
  void subscribe(std::function<void(Address)> listener) {
    listeners_.push_back(std::move(listener));
  }
  void announce(Address event_register) const {
    for (const auto& listener : listeners_) listener(event_register);
  }

 private:
  std::vector<std::function<void(Address)>> listeners_;
};

// A peripheral's end of the fabric: it names events by offset and never learns its base address.
class EventPort {
 public:
  EventPort(EventFabric& fabric, Address base) : fabric_(&fabric), base_(base) {}
  void announce(Address offset) const { fabric_->announce(base_ + offset); }

 private:
  EventFabric* fabric_;
  Address base_;
};

}  // namespace tinyscope
