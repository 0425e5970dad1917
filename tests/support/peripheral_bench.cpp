#include "tests/support/peripheral_bench.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "sim/description/toml.hpp"
#include "sim/large_contents.hpp"

namespace tinyscope::test {

PeripheralBench::PeripheralBench(std::uint64_t seed) : bus(notes), seed_(seed) {
  bus.add_memory("flash", MemoryKind::kFlash, 0, kFlashSize, 0xFF);
  bus.add_memory("uicr", MemoryKind::kFlash, 0x1000'1000, 0x1000, 0xFF);
  bus.add_memory("ram", MemoryKind::kRam, kRam, kRamSize);
}

Peripheral& PeripheralBench::add(std::string name, std::string_view type, Address base,
                                 std::string_view params, std::uint32_t size) {
  TomlTable table = TomlTable::from_text(params, "bench");
  return add(std::move(name), type, base, table, size);
}

Peripheral& PeripheralBench::add(const PeripheralDescription& entry) {
  TomlTable params = entry.params ? *entry.params : TomlTable::empty(entry.where);
  Peripheral& added = add(entry.name, entry.type, entry.base, params, entry.size);
  if (!entry.controls_flash.empty()) {
    for (const auto& mapped : bus.memories()) {
      if (mapped.name != entry.controls_flash) continue;
      mapped.memory->set_write_policy(dynamic_cast<FlashWritePolicy*>(&added));
    }
  }
  return added;
}

Peripheral& PeripheralBench::add(std::string name, std::string_view type, Address base,
                                 TomlTable& params, std::uint32_t size) {
  const PeripheralFactory* factory = Registry::instance().peripheral(type);
  if (factory == nullptr) throw std::runtime_error("no such type: " + std::string(type));
  PeripheralContext context{name,   size,  params, scheduler, bus, EventPort(fabric, base),
                            clocks, notes, power,  seed_};
  peripherals_.push_back((*factory)(context));
  names_.push_back(name);
  params.reject_unknown_keys();
  Peripheral& added = *peripherals_.back();
  bus.add_target(std::move(name), base, size, added);
  added.reset(ResetKind::kPowerOn);
  return added;
}

Peripheral& PeripheralBench::peripheral(std::string_view name) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return *peripherals_[i];
  }
  throw std::runtime_error("no such peripheral: " + std::string(name));
}

Wire& PeripheralBench::wire(std::string_view name) {
  const std::size_t dot = name.find('.');
  Wire* const found = peripheral(name.substr(0, dot)).wire(name.substr(dot + 1));
  if (found == nullptr) throw std::runtime_error("no such wire: " + std::string(name));
  return *found;
}

void PeripheralBench::connect(std::string_view output, std::string_view input) {
  wiring_.connect(wire(output), wire(input));
}

void PeripheralBench::connect(const PeripheralDescription& entry) {
  for (const WireDescription& each : entry.wires) {
    connect(entry.name + "." + each.wire, each.to_peripheral + "." + each.to_wire);
  }
}

Device& PeripheralBench::add_device(std::string name, std::string_view type, Stimulus stimulus,
                                    std::string_view params) {
  const DeviceFactory* factory = Registry::instance().device(type);
  if (factory == nullptr) throw std::runtime_error("no such type: " + std::string(type));
  TomlTable table = TomlTable::from_text(params, "bench");
  DeviceContext context{std::move(name),     table, scheduler, notes, power,
                        std::move(stimulus), seed_};
  devices_.push_back((*factory)(context));
  table.reject_unknown_keys();
  devices_.back()->reset(ResetKind::kPowerOn);
  return *devices_.back();
}

std::uint32_t PeripheralBench::read(Address address, AccessSize size) {
  return bus.read(address, size, now()).value;
}

bool PeripheralBench::write(Address address, std::uint32_t value, AccessSize size) {
  return bus.write(address, size, value, now());
}

void PeripheralBench::fill(Address address, std::span<const std::uint8_t> data) {
  if (!bus.copy_in(address, data)) throw std::runtime_error("fill: not in memory");
}

std::vector<std::uint8_t> PeripheralBench::bytes(Address address, std::size_t count) const {
  std::vector<std::uint8_t> data(count);
  if (!bus.copy_out(address, data)) throw std::runtime_error("bytes: not in memory");
  return data;
}

std::vector<std::int16_t> PeripheralBench::samples(Address address, std::size_t count) const {
  const auto raw = bytes(address, 2 * count);
  std::vector<std::int16_t> values(count);
  std::memcpy(values.data(), raw.data(), raw.size());
  return values;
}

void PeripheralBench::archive(StateArchive& archive) {
  scheduler.snapshot(archive);
  for (const auto& mapped : bus.memories()) {
    archive.raw(mapped.memory->data(), mapped.memory->size());
  }
  for (auto& peripheral : peripherals_) peripheral->snapshot(archive);
  for (auto& device : devices_) {
    device->snapshot(archive);
    if (auto* const large = dynamic_cast<LargeContents*>(device.get()); large != nullptr) {
      archive.raw(large->contents().data(), large->contents().size());
    }
  }
}

std::vector<std::byte> PeripheralBench::save() {
  auto state = StateArchive::saving();
  archive(state);
  return state.bytes();
}

void PeripheralBench::restore(const std::vector<std::byte>& saved) {
  auto state = StateArchive::loading(saved);
  archive(state);
}

std::vector<std::string> PeripheralBench::differences(PeripheralBench& other) {
  const auto state = [](auto& part) {
    auto saved = StateArchive::saving();
    part.snapshot(saved);
    return saved.bytes();
  };
  std::vector<std::string> list;
  if (now() != other.now()) list.push_back("time");
  for (std::size_t i = 0; i < bus.memories().size(); ++i) {
    const auto mine = bus.memories()[i].memory->bytes();
    const auto theirs = other.bus.memories()[i].memory->bytes();
    if (!std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end())) {
      list.push_back(bus.memories()[i].name);
    }
  }
  for (std::size_t i = 0; i < peripherals_.size(); ++i) {
    if (state(*peripherals_[i]) != state(*other.peripherals_[i])) list.push_back(names_[i]);
  }
  return list;
}

void PeripheralBench::reset(ResetKind kind) {
  for (auto& peripheral : peripherals_) peripheral->reset(kind);
}

bool PeripheralBench::reported(std::string_view text) const {
  for (const auto& access : notes.unmodelled_accesses()) {
    if (access.what.find(text) != std::string::npos) return true;
  }
  return false;
}

bool PeripheralBench::assumed(std::string_view topic) const {
  for (const auto& assumption : notes.assumptions()) {
    if (assumption.topic == topic) return true;
  }
  return false;
}

std::string PeripheralBench::power_state(const std::string& unit) const {
  const auto found = power.states().find(unit);
  return found == power.states().end() ? "" : found->second;
}

EdgeCounter::EdgeCounter(PeripheralBench& bench, Wire* wire) {
  if (wire == nullptr) throw std::runtime_error("no such wire");
  wire->connect([this, &bench](bool level) {
    if (!level) return;
    ++rises;
    last = bench.now();
  });
}

}  // namespace tinyscope::test
