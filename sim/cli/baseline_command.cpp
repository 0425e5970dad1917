#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <ostream>

#include "profiler/budget/baseline_file.hpp"
#include "profiler/budget/baseline_text.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/measured_report.hpp"
#include "sim/cli/terminal_style.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

// The file before it is replaced. One that cannot be read, or is of another schema version, is
// replaced all the same: that is what an update is for.
std::optional<RunMeasurements> former(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    return read_baseline(path);
  } catch (const InputError& error) {
    log::warning("{}", error.what());
    return std::nullopt;
  }
}

}  // namespace

ExitStatus update_baseline_command(const RunOptions& options, const BaselineOptions& baseline,
                                   std::ostream& out) {
  const MeasuredReport measured = measured_report(options, baseline.report, out);
  if (measured.status != kPass) {
    log::error("{}; the baseline is left as it is", measured.failure);
    return measured.status;
  }
  const RunMeasurements now = measure(measured.report);
  const std::optional<RunMeasurements> before = former(baseline.baseline);
  std::ofstream file(baseline.baseline, std::ios::binary);
  write_baseline(now, file);
  if (!file.flush()) {
    throw InputError(fmt::format("--baseline {}: cannot write this file", baseline.baseline));
  }
  if (before) {
    write_baseline_changes(*before, now, terminal_style(out).width, out);
  } else {
    write_baseline_text(now, terminal_style(out).width, out);
  }
  out << fmt::format("\n{} written; commit it\n", baseline.baseline);
  return kPass;
}

ExitStatus show_baseline_command(const std::string& baseline, std::ostream& out) {
  write_baseline_text(read_baseline(baseline), terminal_style(out).width, out);
  return kPass;
}

}  // namespace tinyscope
