// Signals inside a chip that its parts know by a number or a name of the manual rather than by a
// wire of their own: event registers by address, as Nordic's PPI uses them, and shared lines such
// as a pad or a low-frequency clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/types.hpp"
#include "sim/wire.hpp"

namespace tinyscope {

class EventFabric {
 public:
  void subscribe(std::function<void(Address)> listener) {
    listeners_.push_back(std::move(listener));
  }
  void announce(Address event_register) const {
    for (const auto& listener : listeners_) listener(event_register);
  }

  // The line of that name; made, at low level, when it is first asked for. One part drives it and
  // keeps its level over a snapshot, any number listen.
  Wire& line(std::string_view name) {
    auto& found = lines_[std::string(name)];
    if (!found) found = std::make_unique<Wire>();
    return *found;
  }

 private:
  std::vector<std::function<void(Address)>> listeners_;
  std::map<std::string, std::unique_ptr<Wire>> lines_;
};

// A peripheral's end of the fabric: it names events by offset and never learns its base address.
class EventPort {
 public:
  EventPort(EventFabric& fabric, Address base) : fabric_(&fabric), base_(base) {}
  void announce(Address offset) const { fabric_->announce(base_ + offset); }
  // Calls `listener` with the address of each event register that fires, of any peripheral.
  void subscribe(std::function<void(Address)> listener) const {
    fabric_->subscribe(std::move(listener));
  }
  Wire& line(std::string_view name) const { return fabric_->line(name); }

 private:
  EventFabric* fabric_;
  Address base_;
};

}  // namespace tinyscope
