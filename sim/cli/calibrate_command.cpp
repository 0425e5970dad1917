#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>

#include "profiler/calibration.hpp"
#include "profiler/measured_trace.hpp"
#include "profiler/power_trace.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/bare_model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/session.hpp"
#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

double seconds_of(std::string_view text, std::string_view what) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const double seconds = parse_duration(text, what).seconds();
  return negative ? -seconds : seconds;
}

void print(const Calibration& result, const MeasuredTrace& trace, std::ostream& out) {
  out << fmt::format("Trace: {}, {} samples, {:.6g} s\n", trace.layout, trace.milliwatts.size(),
                     trace.seconds());
  out << fmt::format("The run begins at {:.6g} s of the trace ({})\n", result.offset_seconds,
                     result.alignment);
  out << fmt::format("Compared: {} stretches of {:.3g} ms, {:.4g} mW measured on average\n\n",
                     result.bins, result.bin_seconds * 1e3, result.mean_mw);
  std::size_t widest = 6;
  std::size_t unused = 0;
  for (const FittedNumber& number : result.numbers) {
    if (number.unused) {
      ++unused;
    } else {
      widest = std::max(widest, number.name.size());
    }
  }
  out << fmt::format("{:{}}  {:>10}  {:>10}  {:>9}\n", "number", widest, "before", "fitted",
                     "± error");
  for (const FittedNumber& number : result.numbers) {
    if (number.unused) continue;
    if (number.undetermined.empty()) {
      out << fmt::format("{:{}}  {:>10.5g}  {:>10.5g}  {:>9.2g}\n", number.name, widest,
                         number.before, number.after, number.error);
    } else {
      out << fmt::format("{:{}}  {:>10.5g}  not determined: {}\n", number.name, widest,
                         number.before, number.undetermined);
    }
  }
  if (unused != 0) out << fmt::format("Not in use in this run, left alone: {} numbers\n", unused);
  out << fmt::format("\nResidual: {:.4g} mW rms ({:.3g} %), before {:.4g} mW rms\n", result.rms_mw,
                     result.percent(), result.rms_before_mw);
  for (const StateResidual& state : result.states) {
    out << fmt::format("  {}: {} stretches, measured {:.4g} mW, fitted {:.4g} mW, {:.4g} mW rms\n",
                       state.state, state.bins, state.measured_mw, state.fitted_mw, state.rms_mw);
  }
}

}  // namespace

ExitStatus calibrate_command(const RunOptions& options, const CalibrateOptions& calibrate_options,
                             std::ostream& out) {
  require_cycle_model(options, "calibrate");
  const MeasuredTrace trace =
      read_power_trace(calibrate_options.trace, options.supply_volts, calibrate_options.rate);
  RunOptions run_options = options;
  if (!options.supply_volts && trace.volts > 0) run_options.supply_volts = trace.volts;
  const BoardDescription board = selected_board(run_options);
  std::optional<double> offset;
  if (!calibrate_options.trace_offset.empty()) {
    offset = seconds_of(calibrate_options.trace_offset, "--trace-offset");
  }
  const double bin =
      std::max(parse_duration(calibrate_options.bin, "--bin").seconds(), trace.step_seconds);
  if (!(bin > 0)) throw InputError("--bin: expected a time above 0, for example 1ms");
  const double skip = parse_duration(calibrate_options.skip, "--skip").seconds();
  std::ofstream file;
  if (!calibrate_options.out.empty()) {
    file.open(calibrate_options.out, std::ios::binary);
    if (!file) {
      throw InputError(fmt::format("--out {}: cannot write this file", calibrate_options.out));
    }
  }

  const FirmwareImage image = selected_image(options, board);
  Session session(options, board, image, out);
  Profiler profiler(image, selected_rules(options), board.soc, board.currents);
  attach(profiler, session);
  const std::unique_ptr<PowerTrace> power = attach_power_trace(session, bin, 0);
  PowerTrace& run = *power;
  const std::vector<std::size_t> terms = free_terms(run.meter());
  if (terms.empty()) {
    throw InputError(fmt::format("board '{}' has no currents that could be fitted", board.name));
  }
  run.follow(terms);
  stop_by_itself(session, image);
  const auto result = session.run();
  require_model_ran(session.machine(), image);
  run.finish();
  if (result.status != kPass) {
    log::error("{}", result.stop.text);
    return result.status;
  }

  const Calibration found = calibrate(run, terms, trace, offset, skip);
  out << '\n';
  print(found, trace, out);
  if (file.is_open()) {
    const std::string name = std::filesystem::path(calibrate_options.trace).filename().string();
    file << override_toml(found, run.meter(), name);
    file.close();
    if (!file) {
      throw InputError(fmt::format("--out {}: cannot write this file", calibrate_options.out));
    }
    out << fmt::format("\nWritten: {}; use it with --power\n", calibrate_options.out);
  }
  return kPass;
}

}  // namespace tinyscope
