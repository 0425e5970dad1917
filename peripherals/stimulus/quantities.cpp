#include "peripherals/stimulus/quantities.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <numbers>
#include <span>

namespace tinyscope {
namespace {

// Units of one kind; `scale` and `offset` lead to the base unit of the kind. Case does not count:
// within one kind no two units differ in it alone. The first spelling is the one for messages.
struct Unit {
  std::array<std::string_view, 8> spellings;
  double scale;
  double offset = 0;
};

constexpr double kStandardGravity = 9.80665;  // m/s^2, CGPM 1901
constexpr double kPerDegree = std::numbers::pi / 180;

constexpr std::array kAcceleration = {
    Unit{{"g"}, kStandardGravity},
    Unit{{"mg"}, kStandardGravity / 1000},
    Unit{{"m/s^2", "m/s2", "m/s\u00B2", "mps2", "m_s2", "ms2", "ms-2", "m/s/s"}, 1},
};
constexpr std::array kAngularRate = {
    Unit{{"dps", "deg/s", "\u00B0/s", "deg_s", "degps", "degrees/s"}, kPerDegree},
    Unit{{"mdps"}, kPerDegree / 1000},
    Unit{{"rad/s", "rads", "rad_s", "radps"}, 1},
};
constexpr std::array kMagneticField = {
    Unit{{"uT", "\u00B5t", "\u03BCt"}, 1}, Unit{{"nT"}, 1e-3},          Unit{{"mT"}, 1e3},
    Unit{{"gauss", "g", "gs"}, 100},       Unit{{"mgauss", "mg"}, 0.1},
};
constexpr std::array kTemperature = {
    Unit{{"degC", "c", "\u00B0c", "celsius", "deg_c"}, 1},
    Unit{{"K", "kelvin"}, 1, -273.15},
    Unit{{"degF", "f", "\u00B0f", "fahrenheit", "deg_f"}, 5.0 / 9, -32 * 5.0 / 9},
};
constexpr std::array kPressure = {
    Unit{{"hPa", "mbar"}, 1},
    Unit{{"Pa"}, 0.01},
    Unit{{"kPa"}, 10},
    Unit{{"bar"}, 1000},
};
constexpr std::array kHumidity = {
    Unit{{"%RH", "%", "rh", "percent", "pct", "%rel"}, 1},
};
constexpr std::array kVoltage = {
    Unit{{"V", "volt", "volts"}, 1},
    Unit{{"mV", "millivolts"}, 1e-3},
    Unit{{"uV"}, 1e-6},
};
constexpr std::array kLight = {
    Unit{{"lux", "lx"}, 1},
    Unit{{"klux", "klx"}, 1000},
};
constexpr std::array kCurrent = {
    Unit{{"A", "amp", "amps", "ampere"}, 1},
    Unit{{"mA", "milliamps"}, 1e-3},
    Unit{{"uA"}, 1e-6},
};
constexpr std::array kForce = {
    Unit{{"N", "newton", "newtons"}, 1},
    Unit{{"mN"}, 1e-3},
    Unit{{"kgf", "kg"}, kStandardGravity},
    Unit{{"gf", "g", "grams"}, kStandardGravity / 1000},
};
constexpr std::array kAngle = {
    Unit{{"deg", "\u00B0", "degrees"}, kPerDegree},
    Unit{{"rad", "radians"}, 1},
};
constexpr std::array kLength = {
    Unit{{"m", "metres", "meters"}, 1},
    Unit{{"km"}, 1000},
    Unit{{"ft", "feet"}, 0.3048},
};
constexpr std::array kSpeed = {
    Unit{{"m/s", "mps", "m_s"}, 1},
    Unit{{"km/h", "kmh", "kph", "km_h"}, 1 / 3.6},
    Unit{{"kn", "kt", "knots"}, 1852.0 / 3600},
};
constexpr std::array kNumber = {
    Unit{{"", "count", "counts", "lsb"}, 1},
};
constexpr std::array<std::span<const Unit>, 14> kKinds = {
    kAcceleration, kAngularRate, kMagneticField, kTemperature, kPressure, kHumidity, kVoltage,
    kLight,        kCurrent,     kForce,         kAngle,       kLength,   kSpeed,    kNumber,
};

constexpr std::array kTime = {
    Unit{{"s", "sec", "seconds"}, 1},
    Unit{{"ms", "msec", "milliseconds"}, 1e-3},
    Unit{{"us", "\u00B5s", "\u03BCs", "usec", "microseconds"}, 1e-6},
    Unit{{"ns", "nanoseconds"}, 1e-9},
};

// Other spellings of names, in lower case and without "_", "-", "." and blanks.
struct Alias {
  std::string_view name;
  std::array<std::string_view, 8> spellings;
};
constexpr std::array kAliases = {
    Alias{"ax", {"accx", "accelx", "accelerationx", "accelerometerx", "xacc", "acclx"}},
    Alias{"ay", {"accy", "accely", "accelerationy", "accelerometery", "yacc", "accly"}},
    Alias{"az", {"accz", "accelz", "accelerationz", "accelerometerz", "zacc", "acclz"}},
    Alias{"gx", {"gyrx", "gyrox", "gyroscopex", "angularratex", "angularvelocityx", "wx"}},
    Alias{"gy", {"gyry", "gyroy", "gyroscopey", "angularratey", "angularvelocityy", "wy"}},
    Alias{"gz", {"gyrz", "gyroz", "gyroscopez", "angularratez", "angularvelocityz", "wz"}},
    Alias{"mx", {"magx", "magnetometerx", "magneticfieldx", "bx"}},
    Alias{"my", {"magy", "magnetometery", "magneticfieldy", "by"}},
    Alias{"mz", {"magz", "magnetometerz", "magneticfieldz", "bz"}},
    Alias{"temperature", {"temp", "t"}},
    Alias{"humidity", {"hum", "rh", "relativehumidity", "h"}},
    Alias{"pressure", {"press", "p", "baro", "airpressure"}},
    Alias{"light", {"illuminance", "ambient", "ambientlight", "brightness"}},
    Alias{"proximity", {"prox"}},
    Alias{"volts", {"voltage", "v", "signal"}},
    Alias{"voltage", {"volts", "v", "busvoltage", "vbus"}},
    Alias{"current", {"i", "amps"}},
    Alias{"force", {"load", "weight", "f"}},
    Alias{"angle", {"rotation", "position"}},
    Alias{"latitude", {"lat"}},
    Alias{"longitude", {"lon", "lng", "long"}},
    Alias{"altitude", {"alt", "elevation", "height"}},
    Alias{"speed", {"velocity"}},
    Alias{"course", {"heading", "track", "bearing"}},
    Alias{"satellites", {"sats"}},
    Alias{"time", {"t", "timestamp", "elapsed", "timeelapsed"}},
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
    return c < 0x80 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c);
  });
  return result;
}

std::string plain(std::string_view text) {
  std::string result = lower(text);
  std::erase_if(result, [](char c) { return c == '_' || c == '-' || c == '.' || c == ' '; });
  return result;
}

bool names(std::string_view written, std::string_view name) {
  const std::string word = plain(written);
  if (word.empty()) return false;
  if (word == plain(name)) return true;
  for (const Alias& alias : kAliases) {
    if (alias.name != name) continue;
    return std::find(alias.spellings.begin(), alias.spellings.end(), word) != alias.spellings.end();
  }
  return false;
}

const Unit* find_unit(std::span<const Unit> kind, std::string_view written) {
  const std::string word = lower(written);
  for (const Unit& unit : kind) {
    for (std::size_t i = 0; i < unit.spellings.size(); ++i) {
      if (lower(unit.spellings[i]) == word && (i == 0 || !word.empty())) return &unit;
    }
  }
  return nullptr;
}

// All units of the kind that `unit` is of; none if the unit is known to its part only.
std::span<const Unit> kind_of(std::string_view unit) {
  if (unit == "s") return kTime;
  for (const auto& kind : kKinds) {
    if (find_unit(kind, unit) != nullptr) return kind;
  }
  return {};
}

std::optional<UnitConversion> convert(std::string_view written, std::string_view wanted) {
  if (lower(written) == lower(wanted)) return UnitConversion{};
  const std::span<const Unit> kind = kind_of(wanted);
  const Unit* const from = find_unit(kind, written);
  const Unit* const to = find_unit(kind, wanted);
  if (from == nullptr || to == nullptr) return {};
  return UnitConversion{from->scale / to->scale, (from->offset - to->offset) / to->scale};
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

HeadingMatch match_heading(std::string_view heading, std::string_view name, std::string_view unit) {
  HeadingMatch match;
  const auto taken_with = [&](std::string_view written) {
    match = {true, std::string(written), convert(written, unit)};
    return match.conversion.has_value();
  };
  // "ax [g]", "ax (g)"
  const std::size_t bracket = heading.find_first_of("[(");
  if (bracket != std::string_view::npos && (heading.ends_with(']') || heading.ends_with(')'))) {
    const std::string_view word = heading.substr(0, bracket);
    if (!names(word, name)) return match;
    taken_with(trim(heading.substr(bracket + 1, heading.size() - bracket - 2)));
    return match;
  }
  // "ax"
  if (names(heading, name) && taken_with("")) return match;
  // "acc_x_g", "acc_x_m_s2": the unit may hold the separator too.
  for (std::size_t at = heading.find_first_of("_ "); at != std::string_view::npos;
       at = heading.find_first_of("_ ", at + 1)) {
    const std::string_view word = heading.substr(0, at);
    if (names(word, name) && taken_with(trim(heading.substr(at + 1)))) return match;
  }
  return match;
}

std::vector<std::string> units_like(std::string_view unit) {
  std::vector<std::string> list;
  for (const Unit& each : kind_of(unit)) {
    if (!each.spellings[0].empty()) list.emplace_back(each.spellings[0]);
  }
  if (list.empty() && !unit.empty()) list.emplace_back(unit);
  return list;
}

}  // namespace tinyscope
