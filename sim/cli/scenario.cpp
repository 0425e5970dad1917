// Scenarios: what happens around the board, step by step. docs/stimuli.md explains each key.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "sim/cli/stimuli.hpp"
#include "sim/cli/text_values.hpp"
#include "sim/description/toml.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::string_view kGestureStimulus = "light";

class StepReader {
 public:
  StepReader(TomlTable& step, const std::filesystem::path& folder, const BoardDescription& board,
             Feeds& feeds)
      : step_(step), folder_(folder), board_(board), feeds_(feeds) {}

  void read() {
    piece_.where = step_.where();
    Stimulus& target = read_target();
    read_times();
    read_changes();
    step_.reject_unknown_keys();
    target.pieces.push_back(std::move(piece_));
  }

 private:
  // What plays, and for whom.
  Stimulus& read_target() {
    static constexpr std::string_view kWhat[] = {"file",  "set",   "gesture",
                                                 "press", "level", "volts"};
    std::string_view what;
    for (const std::string_view key : kWhat) {
      if (!step_.contains(key)) continue;
      if (!what.empty())
        step_.fail(key, fmt::format("stands beside '{}'; expected one a step", what));
      what = key;
    }
    if (what.empty() && !step_.contains("noise")) {
      step_.fail("step", "says nothing; expected file, set, gesture, press, level or volts");
    }
    if (what == "press") return read_press();
    if (what == "file") {
      piece_.file = (folder_ / filled("file")).string();
    } else if (what == "set") {
      TomlTable values = *step_.table("set");
      piece_.values = read_values(values);
      if (piece_.values.empty()) step_.fail("set", "is empty; expected { temperature_degC = 21 }");
    } else if (what == "gesture") {
      piece_.action = filled("gesture");
    } else if (what == "level") {
      const double level = step_.require_number("level");
      if (level != 0 && level != 1) step_.fail("level", "expected 0 or 1");
      piece_.values.push_back({"level", level});
    } else if (what == "volts") {
      piece_.values.push_back({"volts_V", step_.require_number("volts")});
    }
    if (const auto pin = step_.string("pin")) {
      if (step_.contains("feed"))
        step_.fail("feed", "stands beside 'pin'; expected one of the two");
      return pin_stimulus(*pin, board_, feeds_, where("pin"));
    }
    if (what == "level" || what == "volts") {
      step_.fail(what, "expected together with pin = \"A0\" or another pin of the board");
    }
    if (what == "gesture" && !step_.contains("feed")) {
      return feeds_.stimuli[std::string(kGestureStimulus)];
    }
    return feeds_.stimuli[filled("feed")];
  }

  // A button of the board, or one from a pin to ground.
  Stimulus& read_press() {
    const std::string name = filled("press");
    piece_.action = "press";
    for (const DeviceDescription& device : board_.devices) {
      if (device.name == name) return feeds_.stimuli[name];
    }
    const std::string button = "button " + name;
    if (!feeds_.stimuli.contains(button)) {
      if (!board_.pins.contains(name)) {
        step_.fail("press", fmt::format("board '{}' has neither a button nor a pin '{}'",
                                        board_.name, name));
      }
      DeviceDescription device;
      device.name = button;
      device.type = "button";
      device.pins.push_back({"out", board_.pad(name)});
      device.where = where("press");
      feeds_.devices.push_back(std::move(device));
    }
    return feeds_.stimuli[button];
  }

  void read_times() {
    const auto at = duration("at");
    if (const auto from = step_.string("from")) {
      if (*from == "first_use") {
        piece_.origin = StimulusPiece::Origin::kFirstUse;
      } else if (*from != "power_on") {
        step_.fail("from", R"(expected "power_on" or "first_use")");
      }
    }
    if (at && piece_.origin == StimulusPiece::Origin::kAsOption) {
      piece_.origin = StimulusPiece::Origin::kPowerOn;
    }
    piece_.start = at.value_or(Duration{});
    piece_.length = duration("for");
    if (piece_.length && piece_.length->ps == 0) step_.fail("for", "must be more than 0");
    piece_.gap = duration("gap").value_or(Duration{});
    if (step_.contains("repeat")) {
      const std::int64_t times = step_.require_integer("repeat");
      if (times < 1 || times > 1'000'000) step_.fail("repeat", "expected 1 to 1000000");
      piece_.times = static_cast<std::uint64_t>(times);
    }
    if (step_.boolean("loop").value_or(false)) {
      if (step_.contains("repeat")) step_.fail("loop", "stands beside 'repeat'; expected one");
      piece_.times = 0;
    }
    if (piece_.gap.ps != 0 && piece_.times == 1) {
      step_.fail("gap", "has no effect without repeat or loop");
    }
    const bool endless = !piece_.values.empty();
    if (endless && piece_.times != 1) {
      step_.fail(step_.contains("loop") ? "loop" : "repeat",
                 "fixed values stay anyway; write steps of their own for values that change");
    }
  }

  // Gain and noise.
  void read_changes() {
    const auto factor = step_.number("gain");
    const auto decibel = step_.number("gain_db");
    if (factor && decibel) step_.fail("gain_db", "stands beside 'gain'; expected one of the two");
    if (factor) piece_.gain = *factor;
    if (decibel) {
      if (!(std::abs(*decibel) <= 120)) step_.fail("gain_db", "expected -120 to 120 dB");
      piece_.gain = std::pow(10.0, *decibel / 20);
    }
    if (!std::isfinite(piece_.gain)) step_.fail("gain", "expected a finite number");
    if (step_.type("noise") == TomlType::kTable) {
      TomlTable noise = *step_.table("noise");
      piece_.noise = read_values(noise);
      for (const StimulusValue& each : piece_.noise) {
        if (each.value < 0) noise.fail(each.column, "expected an effective value, not below 0");
      }
    } else if (const auto noise = step_.number("noise")) {
      if (!(*noise >= 0)) step_.fail("noise", "expected an effective value, not below 0");
      piece_.noise_rms = *noise;
    }
    if (const auto seed = step_.integer("seed")) {
      if (*seed < 0) step_.fail("seed", "expected a number that is not negative");
      piece_.seed = static_cast<std::uint64_t>(*seed);
    }
    const bool action = !piece_.action.empty();
    if (action && (factor || decibel || piece_.noise_rms != 0 || !piece_.noise.empty())) {
      step_.fail(factor || decibel ? "gain" : "noise", "an action has none");
    }
  }

  std::vector<StimulusValue> read_values(TomlTable& table) {
    std::vector<StimulusValue> values;
    for (const std::string& column : table.keys()) {
      const double value = table.require_number(column);
      if (!std::isfinite(value)) table.fail(column, "expected a finite number");
      values.push_back({column, value});
    }
    return values;
  }

  std::string filled(std::string_view key) {
    std::string text = step_.require_string(key);
    if (text.empty()) step_.fail(key, "is empty; expected a text");
    return text;
  }
  std::optional<Duration> duration(std::string_view key) {
    const auto text = step_.string(key);
    if (!text) return std::nullopt;
    return parse_duration(*text, where(key));
  }
  std::string where(std::string_view key) const {
    return fmt::format("{}: step.{}", step_.where(key), key);
  }

  TomlTable& step_;
  const std::filesystem::path& folder_;
  const BoardDescription& board_;
  Feeds& feeds_;
  StimulusPiece piece_;
};

}  // namespace

void read_scenario(const std::string& file, const BoardDescription& board, Feeds& feeds) {
  TomlTable document = TomlTable::from_file(file);
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::vector<TomlTable> steps = document.tables("step");
  for (TomlTable& step : steps) StepReader(step, folder, board, feeds).read();
  document.reject_unknown_keys();
  if (steps.empty()) {
    throw InputError(fmt::format("{}: has no steps; expected [[step]] tables", file));
  }
}

}  // namespace tinyscope
