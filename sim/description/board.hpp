// A board as data: which chip, what is soldered to it, and which command line options feed it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/description/boot.hpp"
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
  struct PinConnection {
    std::string pin;  // of the device
    std::string pad;  // of the chip, "P0.19"
  };
  std::vector<PinConnection> pins;
  std::string supply;       // pad that switches its supply; empty: always on
  std::string i2c;          // name of the bus it hangs on; may be empty
  std::string spi;          // likewise
  std::string chip_select;  // pad, active low; goes with `spi`
  std::string stimulus;     // option that feeds it without dashes: "mic", "imu"; may be empty
  bool only_with_stimulus = false;  // what plugs onto connectors: there only if it is fed
  std::optional<TomlTable> params;
  std::string where;
};

// Traces of the board that form a bus. Pads are names of the chip.
struct I2cBusDescription {
  std::string name;
  std::string scl;
  std::string sda;
  std::string pull_up;  // pad that supplies the pull-up resistors; empty: always supplied
  std::string where;
};
struct SpiBusDescription {
  std::string name;
  std::string sck;
  std::string mosi;
  std::string miso;
  std::string where;
};

struct BoardDescription {
  std::string name;   // "nano33ble-sense"
  std::string title;  // "Arduino Nano 33 BLE Sense"
  std::string soc_name;
  SocDescription soc;
  std::map<std::string, std::string, std::less<>> pins;  // what is printed on the board -> pad
  std::vector<I2cBusDescription> i2c_buses;
  std::vector<SpiBusDescription> spi_buses;
  std::vector<DeviceDescription> devices;
  // "uarte0.uart", "usb.serial": ports of chip or devices whose bytes are the firmware's console.
  std::vector<std::string> consoles;
  std::vector<CurrentDescription> currents;  // of the board beside the chip
  std::optional<BootDescription> boot;       // nullopt: the board has no boot loader
  // Parts that a regulator of the chip needs, see TuningDescription::Regulator::needs.
  std::vector<std::string> fitted;

  // The pad behind a name on the board; a name that is no such name is a pad already.
  const std::string& pad(const std::string& label) const {
    const auto found = pins.find(label);
    return found == pins.end() ? label : found->second;
  }
};

// Where board and SoC files are looked up: $TINYSCOPE_DATA, then the installed data folder, then
// the source tree the program was built from; or instead of these two what was set below.
std::vector<std::filesystem::path> data_folders();
// For a package that carries all that is shipped: it lies in `folder` and nowhere else. To be
// called before anything is looked up.
void set_shipped_data(std::filesystem::path folder);

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
