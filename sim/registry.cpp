#include "sim/registry.hpp"

#include <fmt/format.h>

namespace tinyscope {
namespace {

template <class Map>
auto find_or_null(const Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> names;
  names.reserve(map.size());
  for (const auto& [name, factory] : map) names.push_back(name);
  return names;
}

}  // namespace

Registry& Registry::instance() {
  static Registry registry;
  return registry;
}

void Registry::add_peripheral(std::string type, PeripheralFactory factory) {
  TINYSCOPE_ASSERT(!peripherals_.contains(type));
  peripherals_.emplace(std::move(type), std::move(factory));
}

void Registry::add_device(std::string type, DeviceFactory factory) {
  TINYSCOPE_ASSERT(!devices_.contains(type));
  devices_.emplace(std::move(type), std::move(factory));
}

const PeripheralFactory* Registry::peripheral(std::string_view type) const {
  return find_or_null(peripherals_, type);
}
const DeviceFactory* Registry::device(std::string_view type) const {
  return find_or_null(devices_, type);
}
std::vector<std::string> Registry::peripheral_types() const { return keys(peripherals_); }
std::vector<std::string> Registry::device_types() const { return keys(devices_); }

}  // namespace tinyscope
