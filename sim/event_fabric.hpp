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

#include "sim/pad.hpp"
#include "sim/types.hpp"
#include "sim/wire.hpp"

namespace tinyscope {

// Keys of EventFabric::connect_pads().
inline std::string i2c_key(std::string_view scl, std::string_view sda) {
  return "i2c " + std::string(scl) + ' ' + std::string(sda);
}
inline std::string spi_key(std::string_view sck, std::string_view mosi, std::string_view miso) {
  return "spi " + std::string(sck) + ' ' + std::string(mosi) + ' ' + std::string(miso);
}

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

  // What the pad of that name ("P0.04") carries beside a level; made when it is first asked for.
  PadNode& pad(std::string_view name) {
    auto& found = pads_[std::string(name)];
    if (!found) found = std::make_unique<PadNode>();
    return *found;
  }

  // What the board has connected to a group of pads, for chips whose blocks choose their pads at
  // run time: the key is the kind and the pads in a fixed order, as i2c_key() makes it. The port
  // must live as long as the fabric.
  void connect_pads(std::string key, Port& port) { at_pads_[std::move(key)] = &port; }
  // Null: the board has nothing of that kind there.
  Port* at_pads(std::string_view key) const {
    const auto found = at_pads_.find(key);
    return found == at_pads_.end() ? nullptr : found->second;
  }

 private:
  std::vector<std::function<void(Address)>> listeners_;
  std::map<std::string, std::unique_ptr<Wire>> lines_;
  std::map<std::string, std::unique_ptr<PadNode>> pads_;
  std::map<std::string, Port*, std::less<>> at_pads_;
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
  PadNode& pad(std::string_view name) const { return fabric_->pad(name); }
  Port* at_pads(std::string_view key) const { return fabric_->at_pads(key); }

 private:
  EventFabric* fabric_;
  Address base_;
};

}  // namespace tinyscope
