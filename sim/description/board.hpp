// A board as data: which chip, what is soldered to it, and which command line options feed it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/description/soc.hpp"

namespace tinyscope {

class Registry;

struct DeviceDescription {
  std::string name;
  std::string type;  // name in the registry
  // Port of the chip "peripheral.port" <-> port of the device.
  struct Connection {
    std::string chip_port;
    std::string device_port;
  };
  std::vector<Connection> connections;
  std::string stimulus;  // option that feeds it without dashes: "mic", "imu"; may be empty
  std::optional<TomlTable> params;
  std::string where;
};

struct BoardDescription {
  std::string name;   // "nano33ble-sense"
  std::string title;  // "Arduino Nano 33 BLE Sense"
  std::string soc_name;
  SocDescription soc;
  std::vector<DeviceDescription> devices;
  std::string console;  // "uarte0.uart": the port whose bytes are the firmware's console
  std::vector<CurrentDescription> currents;  // of the board beside the chip
};

// Where board and SoC files are looked up: $TINYSCOPE_DATA, then the installed data folder, then
// the source tree the program was built from.
std::vector<std::filesystem::path> data_folders();

// Names of all boards found, sorted.
std::vector<std::string> list_boards();

// `name_or_file` is a board's name or the path of a .toml file. Throws InputError; an unknown name
// lists the known ones and the closest match.
BoardDescription load_board(const std::string& name_or_file);
// The same from a document that was read already; `soc` is found as for a file at `path`.
BoardDescription read_board(TomlTable document, const std::filesystem::path& path);

// Gives a parameter of a peripheral or device another value than its description: `setting` is
// "NAME.PARAM=VALUE". It is stated among the report's assumptions. Throws InputError for another
// form, an unknown name or a malformed value; unknown parameters and wrong types are found by the
// model when the machine is built.
void set_parameter(BoardDescription& board, std::string_view setting);

// Throws InputError with file:line: for the first peripheral or device whose type is not in the
// registry, with the closest match.
void require_known_types(const BoardDescription& board, const Registry& registry);

}  // namespace tinyscope
