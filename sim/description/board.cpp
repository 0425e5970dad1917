#include "sim/description/board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "sim/error.hpp"
#include "sim/registry.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

namespace fs = std::filesystem;

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

// "uarte0.uart" names a port of a peripheral of the chip.
void require_chip_port(const TomlTable& table, std::string_view key, const std::string& port,
                       const SocDescription& soc) {
  const std::size_t dot = port.find('.');
  if (dot == 0 || dot == std::string::npos || dot + 1 == port.size() ||
      port.find('.', dot + 1) != std::string::npos) {
    table.fail(key, fmt::format("expected \"peripheral.port\", found \"{}\"", port));
  }
  const std::string name = port.substr(0, dot);
  std::vector<std::string> known;
  for (const PeripheralDescription& peripheral : soc.peripherals) known.push_back(peripheral.name);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    table.fail(key, fmt::format("chip '{}' has no peripheral '{}'{}", soc.name, name,
                                suggest(name, known)));
  }
}

DeviceDescription read_device(TomlTable& entry, const SocDescription& soc) {
  DeviceDescription device;
  device.where = entry.where();
  device.name = filled_string(entry, "name");
  device.type = filled_string(entry, "type");
  device.stimulus = entry.string("stimulus").value_or("");
  if (device.stimulus.starts_with('-')) {
    entry.fail("stimulus", "expected the option's name without dashes");
  }
  device.params = entry.table_for_later("params");
  auto connect = entry.table("connect");
  if (!connect) return device;
  for (const std::string& chip_port : connect->keys()) {
    require_chip_port(*connect, chip_port, chip_port, soc);
    device.connections.push_back({chip_port, filled_string(*connect, chip_port)});
  }
  return device;
}

void require_new(const TomlTable& entry, std::string_view key, const std::string& name,
                 std::set<std::string>& used) {
  if (!name.empty() && !used.insert(name).second) {
    entry.fail(key, fmt::format("'{}' is used already; choose another name", name));
  }
}

}  // namespace

std::vector<fs::path> data_folders() {
  std::vector<fs::path> folders;
  if (const char* chosen = std::getenv("TINYSCOPE_DATA"); chosen != nullptr && *chosen != '\0') {
    folders.emplace_back(chosen);
  }
  folders.emplace_back(TINYSCOPE_INSTALL_DATA);
  folders.emplace_back(TINYSCOPE_SOURCE_DIR);
  return folders;
}

std::vector<std::string> list_boards() { return list_names("sim/boards"); }

BoardDescription read_board(TomlTable document, const fs::path& path) {
  BoardDescription board;
  board.name = filled_string(document, "name");
  board.title = filled_string(document, "title");
  board.soc_name = filled_string(document, "soc");
  board.soc = load_soc(find_soc(document, board.soc_name, path));
  if (is_file_name(board.soc_name)) board.soc_name = board.soc.name;
  board.console = document.string("console").value_or("");
  if (document.contains("console")) {
    require_chip_port(document, "console", board.console, board.soc);
  }
  std::set<std::string> names;
  std::set<std::string> stimuli;
  for (const PeripheralDescription& peripheral : board.soc.peripherals) {
    names.insert(peripheral.name);  // a unit of the energy model is one or the other
  }
  for (TomlTable& entry : document.tables("device")) {
    board.devices.push_back(read_device(entry, board.soc));
    require_new(entry, "name", board.devices.back().name, names);
    require_new(entry, "stimulus", board.devices.back().stimulus, stimuli);
  }
  std::vector<std::string> units = power_units(board.soc);
  for (const DeviceDescription& device : board.devices) units.push_back(device.name);
  board.currents = read_currents(document, "current", units);
  document.reject_unknown_keys();
  return board;
}

BoardDescription load_board(const std::string& name_or_file) {
  fs::path file = name_or_file;
  if (!is_file_name(name_or_file)) {
    file = find_file("sim/boards", known_board(name_or_file));
    if (file.empty()) {
      throw InputError(fmt::format("unknown board '{}'{}; a file must end in .toml", name_or_file,
                                   suggest(name_or_file, list_boards())));
    }
  }
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
