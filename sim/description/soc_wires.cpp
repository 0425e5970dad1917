#include "sim/description/soc_wires.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/description/soc.hpp"
#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {

std::vector<WireDescription> read_wires(TomlTable& entry) {
  std::vector<WireDescription> wires;
  auto table = entry.table("wires");
  if (!table) return wires;
  for (const std::string& wire : table->keys()) {
    std::vector<std::string> targets;
    if (table->type(wire) == TomlType::kString) {
      targets.push_back(*table->string(wire));
    } else {
      targets = table->strings(wire);
    }
    for (const std::string& target : targets) {
      const std::size_t dot = target.find('.');
      if (dot == 0 || dot == std::string::npos || dot + 1 == target.size()) {
        table->fail(wire, fmt::format("'{}' is no input; expected \"peripheral.wire\"", target));
      }
      wires.push_back({wire, target.substr(0, dot), target.substr(dot + 1), table->where(wire)});
    }
  }
  return wires;
}

void require_known_targets(std::span<const PeripheralDescription> peripherals) {
  std::vector<std::string> known;
  for (const PeripheralDescription& peripheral : peripherals) known.push_back(peripheral.name);
  for (const PeripheralDescription& peripheral : peripherals) {
    for (const WireDescription& wire : peripheral.wires) {
      if (std::find(known.begin(), known.end(), wire.to_peripheral) != known.end()) continue;
      throw InputError(fmt::format("{}: wires.{}: there is no peripheral '{}'{}", wire.where,
                                   wire.wire, wire.to_peripheral,
                                   suggest(wire.to_peripheral, known)));
    }
  }
}

}  // namespace tinyscope
