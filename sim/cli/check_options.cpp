#include "sim/cli/check_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "sim/cli/report_files.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr const char* kGroup = "Check";

void add_report_option(CLI::App& command, std::string& report) {
  command.get_option("FIRMWARE")->required(false);
  command.get_option("--board")->required(false);
  command
      .add_option("--report", report, "Takes a report that profile --json wrote instead of running")
      ->type_name("REPORT")
      ->group(kGroup);
}

bool is_of_saved_report(const std::string& name) {
  constexpr const char* kOwn[] = {"--report", "--budget",       "--baseline", "--junit",
                                  "--sarif",  "--code-quality", "--markdown", "--source-root"};
  if (std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn)) return true;
  const auto formats = report_formats();
  return std::any_of(formats.begin(), formats.end(), [&name](const ReportFormat& format) {
    return format.from_report && name == format.option;
  });
}

}  // namespace

void add_check_options(CLI::App& command, CheckOptions& options) {
  add_report_option(command, options.report);
  command.add_option("--budget", options.budget, "The limits (docs/ci.md)")
      ->required()
      ->type_name("TOML")
      ->group(kGroup);
  const auto file = [&](const char* name, std::string& path, const char* help) {
    command.add_option(name, path, help)->type_name("FILE")->group(kGroup);
  };
  file("--baseline", options.baseline,
       "What `tinyscope baseline update` wrote, for limits that are relative to it");
  file("--junit", options.junit, "JUnit XML: a test case for each budget");
  file("--sarif", options.sarif, "SARIF 2.1.0: the broken budgets with file and line");
  file("--markdown", options.markdown, "A comment for a pull request");
  file("--code-quality", options.code_quality, "The broken budgets as GitLab shows them");
  command
      .add_option("--source-root", options.source_roots,
                  "Folder with the source files, below any part of their paths; repeatable; paths "
                  "in files are relative to the first, or else to the repository")
      ->allow_extra_args(false)
      ->type_name("FOLDER")
      ->group(kGroup);
}

void add_baseline_options(CLI::App& command, BaselineOptions& options) {
  add_report_option(command, options.report);
  command.add_option("--baseline", options.baseline, "The file to write")
      ->required()
      ->type_name("FILE")
      ->group(kGroup);
}

void require_no_run_options(const CLI::App& command) {
  if (command.count("--report") == 0) return;
  for (const CLI::Option* const option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || is_of_saved_report(name)) continue;
    throw InputError(
        fmt::format("{}: is about a run, and --report takes a saved one; leave one out", name));
  }
}

}  // namespace tinyscope
