#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <ostream>

#include "profiler/diff/diff_writers.hpp"
#include "profiler/report_reader.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/terminal_style.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

void write_file(const ReportDiff& diff, const std::string& path, const char* option,
                void (*write)(const ReportDiff&, std::ostream&)) {
  if (path.empty()) return;
  std::ofstream file(path, std::ios::binary);
  write(diff, file);
  if (!file.flush()) throw InputError(fmt::format("{} {}: cannot write this file", option, path));
}

}  // namespace

ExitStatus diff_command(const DiffOptions& options, std::ostream& out) {
  const ProfileReport before = read_report(options.before);
  const ProfileReport after = read_report(options.after);
  const auto name = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  const ReportDiff diff = compare_reports(before, name(options.before), after, name(options.after));
  const TerminalOptions style = terminal_style(out);
  write_diff_text(diff, {.colours = style.colours, .width = style.width}, out);
  write_file(diff, options.json, "--json", write_diff_json);
  write_file(diff, options.folded, "--folded", write_diff_folded);
  write_file(diff, options.html, "--html", write_diff_flame);
  return kPass;
}

}  // namespace tinyscope
