// The board around the chip: buses, devices, what feeds them, and the console.
#include <fmt/format.h>

#include <set>

#include "peripherals/common/parallel_camera.hpp"
#include "peripherals/usb/usb_link.hpp"
#include "sim/cli/machine.hpp"
#include "sim/registry.hpp"
#include "sim/serial_flash.hpp"

namespace tinyscope {
namespace {

// The port by which a device hangs on a bus.
template <class Target>
Target& bus_port(const DeviceDescription& description, Device& device, std::string_view bus) {
  if (auto* const target = dynamic_cast<Target*>(device.port(bus)); target != nullptr) {
    return *target;
  }
  throw InputError(fmt::format("{}: {}: device type '{}' has no such bus", description.where, bus,
                               description.type));
}

}  // namespace

PadPort& Machine::pad(const std::string& name, const std::string& where) {
  for (auto& [owner, peripheral] : peripherals_) {
    if (auto* const port = dynamic_cast<PadPort*>(peripheral->port(name)); port != nullptr) {
      return *port;
    }
  }
  throw InputError(
      fmt::format("{}: chip '{}' has no pad '{}', and nothing on board '{}' is called so", where,
                  board_.soc.name, name, board_.name));
}

// Blocks that choose their pads at run time find a bus by its pads.
void Machine::add_buses() {
  for (const auto& description : board_.i2c_buses) {
    I2cBus& bus = i2c_buses_[description.name];
    for (const std::string& name : {description.scl, description.sda}) pad(name, description.where);
    fabric_.connect_pads(i2c_key(description.scl, description.sda), bus);
    if (description.pull_up.empty()) continue;
    PadPort& pull_up = pad(description.pull_up, description.where);
    bus.set_pulled_up(pull_up.level());
    pull_up.on_level([&bus](bool level) { bus.set_pulled_up(level); });
  }
  for (const auto& description : board_.spi_buses) {
    SpiBus& bus = spi_buses_[description.name];
    for (const std::string& name : {description.sck, description.mosi, description.miso}) {
      pad(name, description.where);
    }
    fabric_.connect_pads(spi_key(description.sck, description.mosi, description.miso), bus);
  }
}

void Machine::reset_devices() {
  for (const Supply& supply : supplies_) supply.device->set_supplied(supply.pad->level());
  for (auto& [name, device] : devices_) device->reset(ResetKind::kPowerOn);
}

void Machine::snapshot_buses(StateArchive& archive) {
  for (auto& [name, bus] : i2c_buses_) bus.snapshot(archive);
  for (auto& [name, bus] : spi_buses_) bus.snapshot(archive);
}

void Machine::connect_device(const DeviceDescription& description, Device& device) {
  for (const auto& connection : description.connections) {
    Port& chip = chip_port(connection.chip_port, description.where);
    Port* const other = device.port(connection.device_port);
    auto* const socket = dynamic_cast<SerialFlashInput*>(&chip);
    auto* const flash = dynamic_cast<SerialFlash*>(other);
    if (socket != nullptr && flash != nullptr) {
      socket->flash = flash;
      continue;
    }
    auto* const controller = dynamic_cast<usb::Function*>(&chip);
    auto* const plug = dynamic_cast<usb::Plug*>(other);
    if (controller != nullptr && plug != nullptr) {
      plug->connect(*controller);
      continue;
    }
    auto* const capture = dynamic_cast<ParallelCameraInput*>(&chip);
    auto* const camera = dynamic_cast<ParallelCamera*>(other);
    if (capture != nullptr && camera != nullptr) {
      capture->connect(*camera);
      continue;
    }
    auto* const uart = dynamic_cast<UartPort*>(&chip);
    auto* const talker = dynamic_cast<UartDevice*>(other);
    if (uart != nullptr && talker != nullptr) {
      talker->attach(*uart);
      continue;
    }
    auto* const input = dynamic_cast<AudioInput*>(&chip);
    auto* const source = dynamic_cast<AudioSource*>(other);
    if (input == nullptr || source == nullptr) {
      throw InputError(fmt::format("{}: cannot connect '{}' with '{}' of device '{}'",
                                   description.where, connection.chip_port, connection.device_port,
                                   description.name));
    }
    input->source = source;
  }
  for (const auto& connection : description.pins) {
    PadPort& trace = pad(connection.pad, description.where);
    if (device.connect_pin(connection.pin, trace)) continue;
    throw InputError(fmt::format("{}: pins: device type '{}' has no pin '{}'", description.where,
                                 description.type, connection.pin));
  }
  if (!description.supply.empty()) {
    PadPort& supply = pad(description.supply, description.where);
    supply.on_level([&device](bool level) { device.set_supplied(level); });
    supplies_.push_back({&device, &supply});
  }
  if (!description.i2c.empty()) {
    i2c_buses_.at(description.i2c).attach(bus_port<I2cTarget>(description, device, "i2c"));
  }
  if (!description.spi.empty()) {
    SpiBus& bus = spi_buses_.at(description.spi);
    auto& target = bus_port<SpiTarget>(description, device, "spi");
    bus.attach(target);
    pad(description.chip_select, description.where).on_level([&bus, &target](bool level) {
      bus.select(target, !level);
    });
  }
}

void Machine::add_devices(const MachineOptions& options) {
  std::set<std::string> unused;
  std::vector<std::string> known;
  for (const DeviceDescription& extra : options.extra_devices) board_.devices.push_back(extra);
  std::map<std::string, Stimulus> stimuli = options.stimuli;
  for (auto& [name, stimulus] : stimuli) {
    unused.insert(name);
    stimulus.columns = std::make_shared<StimulusColumns>();
  }
  for (auto& description : board_.devices) {
    const DeviceFactory& factory = *Registry::instance().device(description.type);
    Stimulus stimulus;
    for (const std::string& key : {description.stimulus, description.name}) {
      if (key.empty()) continue;
      known.push_back(key);
      if (const auto found = stimuli.find(key); found != stimuli.end()) {
        stimulus = found->second;
        unused.erase(key);
      }
    }
    if (description.only_with_stimulus && stimulus.empty()) continue;
    if (!description.params) description.params = TomlTable::empty(description.where);
    DeviceContext context{.name = description.name,
                          .params = *description.params,
                          .scheduler = scheduler_,
                          .notes = notes_,
                          .power = power_,
                          .stimulus = stimulus,
                          .seed = options.seed};
    auto device = factory(context);
    at_place(description.where, [&] { description.params->reject_unknown_keys(); });
    connect_device(description, *device);
    devices_.emplace(description.name, std::move(device));
  }
  if (!unused.empty()) {
    const std::string& where = stimuli[*unused.begin()].pieces.front().where;
    throw InputError(
        fmt::format("{}{}board '{}' has nothing that '{}' could feed; it has: {}", where,
                    where.empty() ? "" : ": ", board_.name, *unused.begin(),
                    known.empty() ? "nothing" : fmt::format("{}", fmt::join(known, ", "))));
  }
  for (const auto& [name, stimulus] : stimuli) stimulus.columns->require_all_taken();
  find_consoles();
}

void Machine::find_consoles() {
  for (const std::string& name : board_.consoles) {
    const auto dot = name.find('.');
    const auto device = devices_.find(name.substr(0, dot));
    Port* const port = device == devices_.end() ? &chip_port(name, board_.name)
                                                : device->second->port(name.substr(dot + 1));
    auto* const console = dynamic_cast<UartPort*>(port);
    if (console == nullptr) {
      throw InputError(
          fmt::format("board '{}': console: '{}' is not a serial port", board_.name, name));
    }
    consoles_.push_back(console);
  }
}

}  // namespace tinyscope
