#include "sim/description/board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "sim/description/soc_memory.hpp"
#include "sim/error.hpp"
#include "sim/registry.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

namespace fs = std::filesystem;

// Empty: the installed folder or the source tree.
fs::path& shipped_data() {
  static fs::path folder;
  return folder;
}

std::string filled_string(TomlTable& table, std::string_view key) {
  std::string text = table.require_string(key);
  if (text.empty()) table.fail(key, "is empty; expected a text");
  return text;
}

// Names of the .toml files in `folder` ("sim/boards") of all data folders, sorted.
std::vector<std::string> list_names(const fs::path& folder) {
  std::set<std::string> names;
  for (const fs::path& data : data_folders()) {
    std::error_code missing;
    for (const auto& file : fs::directory_iterator(data / folder, missing)) {
      if (file.path().extension() == ".toml") names.insert(file.path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

// The file of that name in the first data folder that has it; empty if none has.
fs::path find_file(const fs::path& folder, const std::string& name) {
  for (const fs::path& data : data_folders()) {
    fs::path file = data / folder / (name + ".toml");
    std::error_code missing;
    if (fs::is_regular_file(file, missing)) return file;
  }
  return {};
}

// The known board of that name; '-' and '_' are alike, since vendors and tools write both. The name
// itself if there is none.
std::string known_board(const std::string& name) {
  const auto plain = [](std::string text) {
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
  };
  for (const std::string& known : list_boards()) {
    if (plain(known) == plain(name)) return known;
  }
  return name;
}

bool is_file_name(const std::string& text) { return fs::path(text).extension() == ".toml"; }

// The file of a board, which is given by name or as a .toml file.
fs::path find_board(const std::string& name_or_file) {
  if (is_file_name(name_or_file)) return name_or_file;
  fs::path file = find_file("sim/boards", known_board(name_or_file));
  if (file.empty()) {
    throw InputError(fmt::format("unknown board '{}'{}; a file must end in .toml", name_or_file,
                                 suggest(name_or_file, list_boards())));
  }
  return file;
}

// `soc` names a chip, or a file relative to the board's.
fs::path find_soc(TomlTable& document, const std::string& soc, const fs::path& board_file) {
  if (is_file_name(soc)) return board_file.parent_path() / soc;
  fs::path file = find_file("sim/socs", soc);
  if (file.empty()) {
    document.fail("soc", fmt::format("unknown chip '{}'{}; a path must end in .toml", soc,
                                     suggest(soc, list_names("sim/socs"))));
  }
  return file;
}

// "uarte0.uart" names a port of one of `owners`.
void require_port(const TomlTable& table, std::string_view key, const std::string& port,
                  const std::vector<std::string>& owners, const std::string& of) {
  const std::size_t dot = port.find('.');
  if (dot == 0 || dot == std::string::npos || dot + 1 == port.size() ||
      port.find('.', dot + 1) != std::string::npos) {
    table.fail(key, fmt::format("expected \"peripheral.port\", found \"{}\"", port));
  }
  const std::string name = port.substr(0, dot);
  if (std::find(owners.begin(), owners.end(), name) == owners.end()) {
    table.fail(key, fmt::format("{} '{}'{}", of, name, suggest(name, owners)));
  }
}

std::vector<std::string> peripheral_names(const SocDescription& soc) {
  std::vector<std::string> names;
  for (const PeripheralDescription& peripheral : soc.peripherals) names.push_back(peripheral.name);
  return names;
}

void require_chip_port(const TomlTable& table, std::string_view key, const std::string& port,
                       const SocDescription& soc) {
  require_port(table, key, port, peripheral_names(soc),
               fmt::format("chip '{}' has no peripheral", soc.name));
}

// One port or several, of the chip or of devices.
std::vector<std::string> read_consoles(TomlTable& document, const BoardDescription& board) {
  std::vector<std::string> consoles;
  if (document.type("console") == TomlType::kArray) {
    consoles = document.strings("console");
  } else {
    consoles.push_back(document.require_string("console"));
  }
  std::vector<std::string> owners = peripheral_names(board.soc);
  for (const DeviceDescription& device : board.devices) owners.push_back(device.name);
  for (const std::string& port : consoles) {
    require_port(document, "console", port, owners,
                 fmt::format("neither chip '{}' nor the board has a", board.soc.name));
  }
  return consoles;
}

// The pad that `key` names, by its own name or by that on the board; empty if the key is missing.
std::string pad_of(TomlTable& table, std::string_view key, const BoardDescription& board) {
  return table.contains(key) ? board.pad(filled_string(table, key)) : "";
}

template <class Bus>
void require_bus(const TomlTable& entry, std::string_view key, const std::string& name,
                 const std::vector<Bus>& buses) {
  std::vector<std::string> known;
  for (const Bus& bus : buses) known.push_back(bus.name);
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
  entry.fail(key,
             fmt::format("there is no [[{}]] of the name '{}'{}", key, name, suggest(name, known)));
}

DeviceDescription read_device(TomlTable& entry, const BoardDescription& board) {
  DeviceDescription device;
  device.where = entry.where();
  device.name = filled_string(entry, "name");
  device.type = filled_string(entry, "type");
  device.stimulus = entry.string("stimulus").value_or("");
  if (device.stimulus.starts_with('-')) {
    entry.fail("stimulus", "expected the option's name without dashes");
  }
  device.only_with_stimulus = entry.boolean("only_with_stimulus").value_or(false);
  if (device.only_with_stimulus && device.stimulus.empty()) {
    entry.fail("only_with_stimulus", "expected together with stimulus");
  }
  device.params = entry.table_for_later("params");
  device.supply = pad_of(entry, "supply", board);
  device.i2c = entry.string("i2c").value_or("");
  require_bus(entry, "i2c", device.i2c, board.i2c_buses);
  device.spi = entry.string("spi").value_or("");
  require_bus(entry, "spi", device.spi, board.spi_buses);
  device.chip_select = pad_of(entry, "chip_select", board);
  if (device.spi.empty() != device.chip_select.empty()) {
    entry.fail("spi", "expected together with chip_select");
  }
  if (auto pins = entry.table("pins"); pins) {
    for (const std::string& pin : pins->keys())
      device.pins.push_back({pin, pad_of(*pins, pin, board)});
  }
  auto connect = entry.table("connect");
  if (!connect) return device;
  for (const std::string& chip_port : connect->keys()) {
    require_chip_port(*connect, chip_port, chip_port, board.soc);
    device.connections.push_back({chip_port, filled_string(*connect, chip_port)});
  }
  return device;
}

// What is printed on the board, and the buses that its traces form.
void read_traces(TomlTable& document, BoardDescription& board) {
  if (auto pins = document.table("pins"); pins) {
    for (const std::string& name : pins->keys()) board.pins[name] = filled_string(*pins, name);
  }
  for (TomlTable& entry : document.tables("i2c")) {
    board.i2c_buses.push_back({.name = filled_string(entry, "name"),
                               .scl = board.pad(filled_string(entry, "scl")),
                               .sda = board.pad(filled_string(entry, "sda")),
                               .pull_up = pad_of(entry, "pull_up", board),
                               .where = entry.where()});
  }
  for (TomlTable& entry : document.tables("spi")) {
    board.spi_buses.push_back({.name = filled_string(entry, "name"),
                               .sck = board.pad(filled_string(entry, "sck")),
                               .mosi = board.pad(filled_string(entry, "mosi")),
                               .miso = board.pad(filled_string(entry, "miso")),
                               .where = entry.where()});
  }
}

// A variant leaves out devices of the board that it extends, and what they draw.
void leave_out(TomlTable& document, BoardDescription& board) {
  for (const std::string& name : document.strings("without")) {
    std::vector<std::string> known;
    for (const DeviceDescription& device : board.devices) known.push_back(device.name);
    // The description of a device cannot be assigned, so that the others are collected anew.
    std::vector<DeviceDescription> kept;
    for (DeviceDescription& device : board.devices) {
      if (device.name != name) kept.push_back(std::move(device));
    }
    if (kept.size() == known.size()) {
      document.fail("without",
                    fmt::format("the board has no device '{}'{}", name, suggest(name, known)));
    }
    board.devices.swap(kept);
    std::erase_if(board.currents,
                  [&](const CurrentDescription& current) { return current.unit == name; });
  }
}

void require_new(const TomlTable& entry, std::string_view key, const std::string& name,
                 std::set<std::string>& used) {
  if (!name.empty() && !used.insert(name).second) {
    entry.fail(key, fmt::format("'{}' is used already; choose another name", name));
  }
}

// `variants`: the files that lead here by their `extends`, and this one.
BoardDescription read_variant(TomlTable document, const fs::path& path,
                              std::vector<fs::path> variants) {
  BoardDescription board;
  // A variant has all that the other board has, and what it says itself.
  const auto extends = document.string("extends");
  if (extends) {
    const fs::path file =
        find_board(is_file_name(*extends) ? path.parent_path() / *extends : fs::path(*extends));
    variants.push_back(fs::weakly_canonical(file));
    if (std::count(variants.begin(), variants.end(), variants.back()) > 1) {
      document.fail("extends", "leads back here; name a board that does not extend this one");
    }
    board = read_variant(TomlTable::from_file(file), file, variants);
  }
  board.name = filled_string(document, "name");
  board.title = filled_string(document, "title");
  if (!extends) {
    board.soc_name = filled_string(document, "soc");
    board.soc = load_soc(find_soc(document, board.soc_name, path));
    if (is_file_name(board.soc_name)) board.soc_name = board.soc.name;
  }
  read_board_memories(document, board.soc);
  if (extends) leave_out(document, board);
  read_traces(document, board);
  if (auto boot = document.table("boot"); boot) board.boot = read_boot(*boot);
  std::set<std::string> names;
  for (const PeripheralDescription& peripheral : board.soc.peripherals) {
    names.insert(peripheral.name);  // a unit of the energy model is one or the other
  }
  for (const DeviceDescription& device : board.devices) names.insert(device.name);
  for (TomlTable& entry : document.tables("device")) {
    board.devices.push_back(read_device(entry, board));
    require_new(entry, "name", board.devices.back().name, names);
  }
  if (document.contains("fitted")) board.fitted = document.strings("fitted");
  if (document.contains("console")) board.consoles = read_consoles(document, board);
  std::vector<std::string> units = power_units(board.soc);
  for (const DeviceDescription& device : board.devices) units.push_back(device.name);
  for (auto& current : read_currents(document, "current", units)) {
    board.currents.push_back(std::move(current));
  }
  document.reject_unknown_keys();
  return board;
}

}  // namespace

std::vector<fs::path> data_folders() {
  std::vector<fs::path> folders;
  if (const char* chosen = std::getenv("TINYSCOPE_DATA"); chosen != nullptr && *chosen != '\0') {
    folders.emplace_back(chosen);
  }
  if (!shipped_data().empty()) {
    folders.push_back(shipped_data());
    return folders;
  }
  folders.emplace_back(TINYSCOPE_INSTALL_DATA);
  folders.emplace_back(TINYSCOPE_SOURCE_DIR);
  return folders;
}

void set_shipped_data(fs::path folder) { shipped_data() = std::move(folder); }

std::vector<std::string> list_boards() { return list_names("sim/boards"); }

BoardDescription read_board(TomlTable document, const fs::path& path) {
  return read_variant(std::move(document), path, {fs::weakly_canonical(path)});
}

BoardDescription load_board(const std::string& name_or_file) {
  const fs::path file = find_board(name_or_file);
  TomlTable document = TomlTable::from_file(file);
  BoardDescription board = read_board(document, file);
  if (board.name != file.stem().string()) {
    document.fail("name", fmt::format("expected '{}', the name of the file, found '{}'",
                                      file.stem().string(), board.name));
  }
  return board;
}

void set_parameter(BoardDescription& board, std::string_view setting) {
  const std::string where = fmt::format("--set {}", setting);
  const std::size_t equals = setting.find('=');
  const std::size_t dot = setting.substr(0, equals).find('.');
  if (equals == std::string_view::npos || dot == std::string_view::npos || dot == 0 ||
      dot + 1 == equals) {
    throw InputError(where + ": expected PERIPHERAL.PARAM=VALUE");
  }
  const std::string_view name = setting.substr(0, dot);
  const std::string_view key = setting.substr(dot + 1, equals - dot - 1);
  const std::string_view value = setting.substr(equals + 1);
  std::vector<std::string> known;
  const auto set = [&](auto& parts) {
    for (auto& part : parts) {
      known.push_back(part.name);
      if (part.name != name) continue;
      if (!part.params) part.params = TomlTable::empty(part.where);
      part.params->override_value(key, value, where);
      return true;
    }
    return false;
  };
  if (!set(board.soc.peripherals) && !set(board.devices)) {
    throw InputError(fmt::format("{}: board '{}' has no peripheral '{}'{}", where, board.name, name,
                                 suggest(name, known)));
  }
  board.soc.assumptions.push_back({fmt::format("set.{}.{}", name, key),
                                   fmt::format("parameter {} of {} is {}", key, name, value),
                                   "command line: --set"});
}

void require_known_types(const BoardDescription& board, const Registry& registry) {
  for (const PeripheralDescription& peripheral : board.soc.peripherals) {
    if (registry.peripheral(peripheral.type) != nullptr) continue;
    throw InputError(fmt::format("{}: peripheral.type: unknown type '{}' of '{}'{}",
                                 peripheral.where, peripheral.type, peripheral.name,
                                 suggest(peripheral.type, registry.peripheral_types())));
  }
  for (const DeviceDescription& device : board.devices) {
    if (registry.device(device.type) != nullptr) continue;
    throw InputError(fmt::format("{}: device.type: unknown type '{}' of '{}'{}", device.where,
                                 device.type, device.name,
                                 suggest(device.type, registry.device_types())));
  }
}

}  // namespace tinyscope
