// What every modelled block of a chip offers to the rest of the machine.
#pragma once

#include <string>
#include <string_view>

#include "sim/bus.hpp"
#include "sim/event_fabric.hpp"
#include "sim/pad.hpp"
#include "sim/ports.hpp"
#include "sim/run_notes.hpp"
#include "sim/scheduler.hpp"
#include "sim/snapshot.hpp"
#include "sim/wire.hpp"

namespace tinyscope {

enum class ResetKind { kPowerOn, kPin, kWatchdog, kSoftware, kLockup };

class PowerTracker;

class Peripheral : public BusTarget {
 public:
  virtual void reset(ResetKind kind) = 0;
  // Outputs and inputs by name ("irq", ...); null: there is no such wire.
  virtual Wire* wire(std::string_view name) = 0;
  // Connections to the outside by name; null: there is no such port.
  virtual Port* port(std::string_view /*name*/) { return nullptr; }
  virtual void snapshot(StateArchive& archive) = 0;
};

// Something on the board, outside the chip: a microphone, a sensor, a console.
class Device {
 public:
  virtual ~Device() = default;
  virtual void reset(ResetKind kind) = 0;
  virtual Port* port(std::string_view name) = 0;
  // Gives the part the pad that its pin of that name is soldered to. False: it has no such pin.
  virtual bool connect_pin(std::string_view /*pin*/, PadPort& /*pad*/) { return false; }
  // The part's supply comes or goes, where a pad of the chip switches it; parts without such a
  // switch are supplied from the start and never hear of it. Comes before the first reset().
  virtual void set_supplied(bool /*supplied*/) {}
  virtual void snapshot(StateArchive& archive) = 0;
};

}  // namespace tinyscope
