// Types of peripherals and devices by name, filled before main by one line in each model's file:
//
//   const PeripheralType kType("nordic.rng", [](PeripheralContext& context) {
//     return std::make_unique<Rng>(context);
//   });
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/clock_tree.hpp"
#include "sim/description/toml.hpp"
#include "sim/peripheral.hpp"
#include "sim/stimulus.hpp"

namespace tinyscope {

// What a peripheral may use; handed to its factory. References outlive the peripheral.
struct PeripheralContext {
  std::string name;    // instance name, for example "uarte0"
  std::uint32_t size;  // bytes of its window
  TomlTable& params;   // the `params` table of its entry; read keys are marked as known
  Scheduler& scheduler;
  Bus& bus;  // for DMA
  EventPort events;
  ClockTree& clocks;  // of the chip; a clock controller drives them, others follow
  RunNotes& notes;
  PowerTracker& power;
  std::uint64_t seed;  // of the run, for anything random
};

// What a board device may use.
struct DeviceContext {
  std::string name;
  TomlTable& params;
  Scheduler& scheduler;
  RunNotes& notes;
  PowerTracker& power;
  Stimulus stimulus;  // what the user gave for this device; may be empty
  std::uint64_t seed;
};

using PeripheralFactory = std::function<std::unique_ptr<Peripheral>(PeripheralContext&)>;
using DeviceFactory = std::function<std::unique_ptr<Device>(DeviceContext&)>;

class Registry {
 public:
  static Registry& instance();

  void add_peripheral(std::string type, PeripheralFactory factory);
  void add_device(std::string type, DeviceFactory factory);
  // Null if the type is unknown.
  const PeripheralFactory* peripheral(std::string_view type) const;
  const DeviceFactory* device(std::string_view type) const;
  // Sorted.
  std::vector<std::string> peripheral_types() const;
  std::vector<std::string> device_types() const;

 private:
  std::map<std::string, PeripheralFactory, std::less<>> peripherals_;
  std::map<std::string, DeviceFactory, std::less<>> devices_;
};

struct PeripheralType {
  PeripheralType(std::string type, PeripheralFactory factory) {
    Registry::instance().add_peripheral(std::move(type), std::move(factory));
  }
};

struct DeviceType {
  DeviceType(std::string type, DeviceFactory factory) {
    Registry::instance().add_device(std::move(type), std::move(factory));
  }
};

}  // namespace tinyscope
