// The commands of the program. Each returns an exit status; wrong input is an InputError.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/exit_status.hpp"
#include "sim/cli/options.hpp"

namespace tinyscope {

ExitStatus boards_command(std::ostream& out);
ExitStatus run_command(const RunOptions& options, std::ostream& out);
ExitStatus profile_command(const RunOptions& options, std::ostream& out);
// As profile, and runs the firmware again for each what-if; prints findings and advice.
ExitStatus advise_command(const RunOptions& options, std::ostream& out);

// Shows a report that was written as JSON, and writes it in other formats.
ExitStatus report_command(const std::string& report, const ProfileOptions& files,
                          std::ostream& out);

struct DiffOptions {
  std::string before;  // reports as JSON
  std::string after;
  std::string json;  // files to write; empty: none
  std::string folded;
  std::string html;
};
// Compares two reports.
ExitStatus diff_command(const DiffOptions& options, std::ostream& out);

struct CheckOptions {
  std::string budget;    // TOML file with the limits
  std::string baseline;  // what an earlier run took; empty: none
  std::string report;    // a saved report to check instead of running; empty: runs
  std::string junit;     // files to write; empty: none
  std::string sarif;
  std::string markdown;
  std::string code_quality;
  std::vector<std::string> source_roots;  // the first is what paths in files are relative to
};
// Runs firmware, or takes a saved report, and holds it against budgets; kFirmwareFailed if one is
// broken.
ExitStatus check_command(const RunOptions& options, const CheckOptions& check, std::ostream& out);

struct BaselineOptions {
  std::string baseline;  // the file
  std::string report;    // a saved report to take instead of running; empty: runs
};
// Writes what a run took, for later checks, and says what changed.
ExitStatus update_baseline_command(const RunOptions& options, const BaselineOptions& baseline,
                                   std::ostream& out);
ExitStatus show_baseline_command(const std::string& baseline, std::ostream& out);

// The code of functions with what each instruction cost.
ExitStatus annotate_command(const RunOptions& options, const AnnotateOptions& wanted,
                            std::ostream& out);
struct InspectOptions {
  RunOptions run;                       // firmware and board; the board may be empty
  std::optional<double> seconds;        // of simulated time to run for
  std::optional<std::uint64_t> cycles;  // or cycles of the core
  std::string json;                     // file to write; empty: none
};
// What is in an image and, on a board, whether it fits, which hardware it needs, what of that is
// modelled, and what stopped a short run.
ExitStatus inspect_command(const InspectOptions& options, std::ostream& out);

struct VerifyOptions {
  std::string filter;  // text in name, title or source of a case; empty: all
  std::string json;    // file to write; empty: none
};
// Runs the timing cases; kFirmwareFailed if one takes other cycles than its source says.
ExitStatus verify_command(const VerifyOptions& options, std::ostream& out);

struct CalibrateOptions {
  std::string trace;           // file with the measured power
  std::string trace_offset;    // time of the trace at which the run begins; empty: looked for
  std::optional<double> rate;  // of its samples, where it holds no times; Hz
  std::string skip = "0s";     // what the run did before is left out
  std::string bin = "1ms";     // stretch of time that is compared
  std::string out;             // file to write for --power; empty: none
};
// Runs firmware and fits the energy model's free numbers to a measured trace.
ExitStatus calibrate_command(const RunOptions& options, const CalibrateOptions& calibrate,
                             std::ostream& out);

// The whole command line, for main and for tests. Errors are written to `error`.
int run_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& error);

}  // namespace tinyscope
