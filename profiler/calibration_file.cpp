// Writes fitted numbers as TOML that override_power() reads.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "profiler/calibration.hpp"

namespace tinyscope {
namespace {

// At least this, since an instrument and another copy of the chip differ by as much.
constexpr double kLeastUncertainty = 0.02;

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result + "\"";
}

std::string common(Regulator regulator, double volts, double uncertainty,
                   const std::string& source) {
  std::string text = fmt::format("uncertainty = {:.4g}\n", uncertainty);
  if (regulator == Regulator::kSwitching) text += "regulator = \"switching\"\n";
  if (volts > 0) text += fmt::format("volts = {}\n", volts);
  return text + "source = " + quoted(source) + "\n";
}

}  // namespace

std::string override_toml(const Calibration& calibration, const EnergyMeter& meter,
                          const std::string& trace_name) {
  const std::vector<EnergyMeter::Term> terms = meter.terms();
  const std::string source = fmt::format(
      "calibrated with {}: residual {:.3g} mW rms ({:.2g} %) over {} stretches of "
      "{:.3g} s",
      trace_name, calibration.rms_mw, calibration.percent(), calibration.bins,
      calibration.bin_seconds);
  std::string text =
      "# Made by `tinyscope energy calibrate`; read it with --power.\n# " + source + "\n";
  for (std::size_t entry = 0; entry < terms.size(); ++entry) {
    bool fitted = false;
    double uncertainty = kLeastUncertainty;
    std::string numbers;
    bool known = false;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (terms[i].entry != entry) continue;
      known = true;
      double value = terms[i].value;
      for (const FittedNumber& number : calibration.numbers) {
        if (number.term != i || !number.undetermined.empty()) continue;
        fitted = true;
        value = number.after;
        if (value > 0) uncertainty = std::max(uncertainty, 2 * number.error / value);
      }
      const bool per_mhz = terms[i].kind == EnergyMeter::Term::Kind::kMicroampsPerMhz;
      if (per_mhz && value == 0) continue;
      const char* const key = per_mhz ? "microamps_per_mhz"
                              : terms[i].kind == EnergyMeter::Term::Kind::kMicroamps ? "microamps"
                              : terms[i].kind == EnergyMeter::Term::Kind::kPicocoulombs
                                  ? "picocoulombs"
                                  : "nanocoulombs";
      numbers += fmt::format("{} = {:.8g}\n", key, value);
    }
    if (!known) break;
    if (!fitted) continue;
    uncertainty = std::min(uncertainty, 10.0);
    const EnergyMeter::Origin origin = meter.origin(entry);
    const auto when = [](const std::string& condition) {
      return condition.empty() ? std::string() : "when = " + quoted(condition) + "\n";
    };
    if (origin.current != nullptr) {
      const CurrentDescription& current = *origin.current;
      text += fmt::format("\n[[current]]\nunit = {}\nstate = {}\n", quoted(current.unit),
                          quoted(current.state));
      text += when(current.when);
      if (!current.code.empty()) text += "code = " + quoted(current.code) + "\n";
      text += numbers + common(current.regulator,
                               current.volts > 0 ? current.volts : meter.measured_volts(),
                               uncertainty, source);
    } else if (origin.activity != nullptr) {
      const ActivityDescription& activity = *origin.activity;
      text += fmt::format("\n[[activity]]\nevent = \"{}\"\n", name_of(activity.event));
      text +=
          when(activity.when) + numbers +
          common(activity.regulator, activity.volts > 0 ? activity.volts : meter.measured_volts(),
                 uncertainty, source);
    }
  }
  return text;
}

}  // namespace tinyscope
