// Connections between the peripherals of a chip: DMA requests, triggers, clocks. The key `wires` of
// a [[peripheral]].
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/description/toml.hpp"

namespace tinyscope {

struct PeripheralDescription;

struct WireDescription {
  std::string wire;  // output of the peripheral that has the key
  std::string to_peripheral;
  std::string to_wire;  // input of that
  std::string where;    // "file:line", for messages
};

// Reads `wires = { output = "peripheral.input" }`, or a list of such texts for an output. Throws
// InputError with file:line: key.
std::vector<WireDescription> read_wires(TomlTable& entry);

// Throws InputError if a connection leads to a peripheral that does not exist.
void require_known_targets(std::span<const PeripheralDescription> peripherals);

}  // namespace tinyscope
