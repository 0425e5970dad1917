// Power traces that users measured: files of the common instruments, made equal.
//
// Layouts, told by their first bytes or header:
//   EnergyRunner .bin  byte 0xF1, float32 sample rate in Hz, then float32 samples in milliwatts
//                      (trace1-energy.bin of MLPerf Tiny submissions)
//   PPK2               "Timestamp(ms),Current(uA)" and digital columns (nRF Connect Power Profiler)
//   Joulescope         "time,current,voltage,power,…" in SI units (pyjoulescope's loggers)
//   LPM01A             "Current (uA), rx timestamp (us), board timestamp (ms)" (LPM01A-lib), or the
//                      instrument's own text: lines such as 6409-07 for 6409e-7 A at a known rate
//   CSV                any other table whose header has a column of time and one of current or
//                      power, with units in brackets
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

struct MeasuredTrace {
  std::string layout;       // "PPK2", …
  double step_seconds = 0;  // between samples
  std::vector<double> milliwatts;
  double volts = 0;  // mean of those in the file; 0: it holds none
  double seconds() const { return step_seconds * static_cast<double>(milliwatts.size()); }
};

// `supply_volts` turns currents into power where the file does not hold the voltage; `rate_hz` is
// for files without times. Throws InputError with file and line.
MeasuredTrace read_power_trace(const std::filesystem::path& file,
                               std::optional<double> supply_volts, std::optional<double> rate_hz);
// The same from the file's content; `name` is for messages.
MeasuredTrace parse_power_trace(std::string_view content, const std::string& name,
                                std::optional<double> supply_volts, std::optional<double> rate_hz);

}  // namespace tinyscope
