#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <vector>

#include "profiler/budget/baseline_file.hpp"
#include "profiler/budget/check_writers.hpp"
#include "sim/cli/annotate/source_files.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/measured_report.hpp"
#include "sim/cli/terminal_style.hpp"
#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

namespace fs = std::filesystem;

// The files that a check writes, opened before the run.
class CheckFiles {
 public:
  explicit CheckFiles(const CheckOptions& check) {
    open("--junit", check.junit, write_junit);
    open("--sarif", check.sarif, write_sarif);
    open("--markdown", check.markdown, write_markdown);
    open("--code-quality", check.code_quality, write_code_quality);
  }

  void write(const CheckResult& result) {
    for (File& file : files_) {
      file.write(result, file.stream);
      if (file.stream.flush()) continue;
      throw InputError(fmt::format("{} {}: cannot be written to its end; is the disk full?",
                                   file.option, file.path));
    }
  }

 private:
  using Writer = void (*)(const CheckResult&, std::ostream&);
  struct File {
    const char* option;
    std::string path;
    std::ofstream stream;
    Writer write;
  };

  void open(const char* option, const std::string& path, Writer writer) {
    if (path.empty()) return;
    files_.push_back({option, path, std::ofstream(path, std::ios::binary), writer});
    if (files_.back().stream) return;
    throw InputError(fmt::format("{} {}: cannot write this file", option, path));
  }

  std::vector<File> files_;
};

// What paths in files for other programs are relative to: the folder that the user named, or that
// of the repository, or the working directory.
fs::path repository(const std::vector<std::string>& source_roots) {
  std::error_code error;
  if (!source_roots.empty()) return fs::weakly_canonical(source_roots.front(), error);
  const fs::path here = fs::current_path();
  for (fs::path folder = here;; folder = folder.parent_path()) {
    if (fs::exists(folder / ".git", error)) return folder;
    if (folder == folder.root_path()) return here;
  }
}

// Nothing if it is not below `root`.
std::optional<std::string> path_below(const fs::path& root, const fs::path& file) {
  std::error_code error;
  const fs::path relative = fs::weakly_canonical(file, error).lexically_relative(root);
  if (error || relative.empty() || *relative.begin() == "..") return std::nullopt;
  return relative.generic_string();
}

// Debug information names files as the compiler saw them. What is not in the repository is of no
// use to who reads the result there.
void locate(CheckResult& result, const CheckOptions& check, const std::string& firmware) {
  const fs::path root = repository(check.source_roots);
  std::vector<std::string> roots = check.source_roots;
  if (roots.empty()) roots.push_back(root.string());
  const SourceFiles sources(roots, firmware);
  for (Outcome& outcome : result.outcomes) {
    const fs::path budget(outcome.budget.file);
    outcome.budget.file = path_below(root, budget).value_or(budget.filename().string());
    if (outcome.source.file.empty()) continue;
    const auto found = sources.find(outcome.source.file);
    const auto below = found ? path_below(root, *found) : std::nullopt;
    outcome.source = below ? SourcePlace{*below, outcome.source.line} : SourcePlace{};
  }
}

std::optional<Baseline> selected_baseline(const std::string& path) {
  if (path.empty()) return std::nullopt;
  if (!fs::exists(path)) {
    throw InputError(
        fmt::format("--baseline {}: there is no such file; write it with `tinyscope "
                    "baseline update`, and commit it",
                    path));
  }
  return Baseline{path, read_baseline(path)};
}

// A description beside the budget is meant where the budget names one.
std::string board_of(const BudgetFile& budget) {
  const fs::path board(budget.board);
  if (board.extension() != ".toml" || board.is_absolute()) return budget.board;
  return (fs::path(budget.path).parent_path() / board).string();
}

}  // namespace

ExitStatus check_command(const RunOptions& given, const CheckOptions& check, std::ostream& out) {
  const BudgetFile budget = read_budget(check.budget);
  const std::optional<Baseline> baseline = selected_baseline(check.baseline);
  CheckFiles files(check);
  RunOptions options = given;
  if (options.board.empty()) options.board = board_of(budget);
  const MeasuredReport measured = measured_report(options, check.report, out);
  CheckResult result;
  try {
    result = check_budgets(budget, measure(measured.report), baseline);
  } catch (const InputError& error) {
    if (measured.status == kPass) throw;
    log::error("{}", measured.failure);
    log::error("so the budgets cannot be checked: {}", error.what());
    return measured.status;
  }
  result.run_failure = measured.failure;
  const TerminalOptions style = terminal_style(out);
  locate(result, check, check.report.empty() ? options.firmware : check.report);
  // A log of a CI server has room.
  constexpr unsigned kLogWidth = 200;
  const unsigned width = style.colours ? style.width : kLogWidth;
  write_check_text(result, {.colours = style.colours, .width = width}, out);
  files.write(result);
  if (measured.status != kPass) {
    log::error("{}", measured.failure);
    return measured.status;
  }
  return result.passed() ? kPass : kFirmwareFailed;
}

}  // namespace tinyscope
