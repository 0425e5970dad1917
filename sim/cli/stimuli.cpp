#include "sim/cli/stimuli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

// "NAME=VALUE" of `option`.
std::pair<std::string, std::string> split(const std::string& text, std::string_view option,
                                          std::string_view form) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw InputError(fmt::format("{} {}: expected {}", option, text, form));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_file(Feeds& feeds, const std::string& name, const std::string& file) {
  if (file.empty()) return;
  StimulusPiece piece;
  piece.file = file;
  feeds.stimuli[name].pieces.push_back(std::move(piece));
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

// "0" and "1" are levels, "1.2V" and "800mV" voltages, everything else is a file.
StimulusPiece pin_piece(const std::string& value, const std::string& where) {
  StimulusPiece piece;
  piece.where = where;
  if (value == "0" || value == "1") {
    piece.values.push_back({"level", value == "1" ? 1.0 : 0.0});
    return piece;
  }
  for (const char* const unit : {"mV", "V"}) {
    if (!value.ends_with(unit)) continue;
    const std::string_view digits(value.data(), value.size() - std::string_view(unit).size());
    if (const auto volts = number(digits)) {
      piece.values.push_back({fmt::format("volts_{}", unit), *volts});
      return piece;
    }
  }
  if (number(value)) {
    throw InputError(
        fmt::format("{}: expected a level (0 or 1), a voltage (1.2V, 800mV) or a CSV file", where));
  }
  piece.file = value;
  piece.where.clear();  // the file says enough
  return piece;
}

}  // namespace

Stimulus& pin_stimulus(const std::string& pin, const BoardDescription& board, Feeds& feeds,
                       const std::string& where) {
  if (!board.pins.contains(pin)) {
    std::vector<std::string> known;
    for (const auto& [label, pad] : board.pins) known.push_back(label);
    throw InputError(fmt::format("{}: board '{}' has no pin '{}'{}", where, board.name, pin,
                                 suggest(pin, known)));
  }
  const std::string name = "pin " + pin;
  if (!feeds.stimuli.contains(name)) {
    DeviceDescription device;
    device.name = name;
    device.type = "pin_source";
    device.pins.push_back({"out", board.pad(pin)});
    device.where = where;
    feeds.devices.push_back(std::move(device));
  }
  return feeds.stimuli[name];
}

Feeds read_feeds(const StimulusArguments& arguments, const BoardDescription& board) {
  Feeds feeds;
  add_file(feeds, "mic", arguments.mic);
  add_file(feeds, "imu", arguments.imu);
  add_file(feeds, "camera", arguments.camera);
  for (const std::string& sensor : arguments.sensors) {
    const auto [name, file] = split(sensor, "--sensor", "NAME=FILE");
    add_file(feeds, name, file);
  }
  for (const std::string& text : arguments.pins) {
    const auto [pin, value] = split(text, "--pin", "PIN=FILE, PIN=0, PIN=1 or PIN=1.2V");
    const std::string where = "--pin " + text;
    pin_stimulus(pin, board, feeds, where).pieces.push_back(pin_piece(value, where));
  }
  if (!arguments.scenario.empty()) read_scenario(arguments.scenario, board, feeds);
  return feeds;
}

}  // namespace tinyscope
