#include "sim/cli/advise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <exception>
#include <optional>
#include <ostream>
#include <thread>

#include "profiler/advice/estimates.hpp"
#include "sim/cli/experiments.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/named_functions.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

constexpr unsigned kAtATime = 2;

// Of one inference of the model that ran first, the mean over those that both runs have.
struct Cost {
  double cycles = 0;
  double milliseconds = 0;
  double uj = 0;
};

std::vector<const InferenceRow*> comparable(const ProfileReport& report) {
  std::vector<const InferenceRow*> rows;
  for (const InferenceRow& row : report.inferences) {
    if (!row.complete) continue;
    const bool same = rows.empty() || (rows.front()->model_address == row.model_address &&
                                       rows.front()->function == row.function);
    if (same) rows.push_back(&row);
  }
  return rows;
}

// Of the first `count` inferences, steady ones only if there are such.
Cost mean_cost(std::vector<const InferenceRow*> rows, std::size_t count) {
  rows.resize(count);
  const auto warm = [](const InferenceRow* row) { return row->warm_up; };
  if (!std::all_of(rows.begin(), rows.end(), warm)) std::erase_if(rows, warm);
  const double n = static_cast<double>(rows.size());
  Cost mean;
  for (const InferenceRow* const row : rows) {
    mean.cycles += static_cast<double>(row->cycles) / n;
    mean.milliseconds += static_cast<double>(row->end_ns - row->start_ns) / 1e6 / n;
    mean.uj += row->energy_uj.value / n;
  }
  return mean;
}

// What writes files or talks to the outside is for the first run only.
RunOptions silent(RunOptions options) {
  options.uart = "-";
  options.usb_out.clear();
  options.trace_pins.clear();
  options.frame.clear();
  options.frame_every.reset();
  options.itm.clear();
  options.print.clear();
  options.profile.reports.clear();
  options.profile.advice = false;
  options.profile.timeline_functions = false;
  options.profile.traffic = false;
  options.profile.check_uninitialised = false;
  options.profile.inference.reset();
  options.quiet = true;
  return options;
}

// Warnings of the first run are not said again for each replay.
class OnlyErrors {
 public:
  OnlyErrors() { log::set_level(std::max(before_, log::Level::kError)); }
  ~OnlyErrors() { log::set_level(before_); }
  OnlyErrors(const OnlyErrors&) = delete;
  OnlyErrors& operator=(const OnlyErrors&) = delete;

 private:
  static log::Level level() {
    using enum log::Level;
    for (const log::Level level : {kTrace, kDebug, kInfo, kWarning, kError}) {
      if (log::enabled(level)) return level;
    }
    return kOff;
  }
  const log::Level before_ = level();
};

class Replays {
 public:
  Replays(const RunOptions& options, std::vector<Experiment> experiments)
      : options_(silent(options)),
        tell_(!options.quiet),
        experiments_(std::move(experiments)),
        results_(experiments_.size()) {}

  // Null where an experiment did not come to an end.
  const std::vector<std::optional<ProfileReport>>& run() {
    const OnlyErrors quiet;
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < std::min<std::size_t>(kAtATime, experiments_.size()); ++i) {
      workers.emplace_back([this] { work(); });
    }
    for (std::thread& worker : workers) worker.join();
    for (const std::exception_ptr& error : errors_) {
      if (error) std::rethrow_exception(error);
    }
    return results_;
  }
  const std::vector<Experiment>& experiments() const { return experiments_; }

 private:
  void work() {
    for (std::size_t i = next_++; i < experiments_.size() && !stopped_; i = next_++) {
      if (tell_) {
        std::fputs(
            fmt::format("what-if {} of {}: {}\n", i + 1, experiments_.size(), experiments_[i].title)
                .c_str(),
            stderr);
      }
      try {
        replay(i);
      } catch (...) {
        errors_[i] = std::current_exception();
        stopped_ = true;
      }
    }
  }

  void replay(std::size_t i) {
    RunOptions options = options_;
    options.what_if = experiments_[i].what_if;
    std::ostream nowhere(nullptr);
    // Its own board and image: what was read of a description, and of debug information, is noted
    // down in them.
    const BoardDescription board = selected_board(options);
    const FirmwareImage image =
        with_named_functions(selected_image(options, board), options.profile.functions);
    ProfiledRun run = profile_firmware(options, board, image, nowhere);
    if (run.result.status == kInterrupted) stopped_ = true;
    if (run.result.status == kPass) {
      results_[i] = std::move(run.report);
    } else {
      log::error("what-if \"{}\": the firmware does not get through: {}", experiments_[i].title,
                 run.result.stop.text);
    }
  }

  RunOptions options_;
  bool tell_;
  std::vector<Experiment> experiments_;
  std::vector<std::optional<ProfileReport>> results_;
  std::vector<std::exception_ptr> errors_ = std::vector<std::exception_ptr>(experiments_.size());
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};
};

std::optional<AdviceRow> judge(const Experiment& experiment, const ProfileReport& before,
                               const ProfileReport& after) {
  const auto old_rows = comparable(before);
  const auto new_rows = comparable(after);
  const std::size_t count = std::min(old_rows.size(), new_rows.size());
  if (count == 0) return std::nullopt;
  const Cost old_cost = mean_cost(old_rows, count);
  const Cost new_cost = mean_cost(new_rows, count);
  AdviceRow row;
  row.title = experiment.title;
  row.text = experiment.text;
  row.how = experiment.how;
  row.cycles_saved = old_cost.cycles - new_cost.cycles;
  row.milliseconds_saved = old_cost.milliseconds - new_cost.milliseconds;
  row.uj_saved = old_cost.uj - new_cost.uj;
  row.ram_bytes_saved = experiment.ram_bytes_saved;
  const bool nothing = row.cycles_saved == 0 && row.uj_saved == 0;
  return nothing ? std::nullopt : std::optional(row);
}

}  // namespace

void require_repeatable(const RunOptions& options) {
  require_cycle_model(options, "advise");
  const auto refuse = [](const char* option) {
    throw InputError(fmt::format(
        "{}: advice runs the firmware several times, and what comes from outside comes only once; "
        "give recordings (--uart-script, --mic, --sensor) instead",
        option));
  };
  if (options.from_stdin) refuse("--stdin");
  if (options.usb == "pty" || options.usb.starts_with("tcp:")) refuse("--usb");
}

std::vector<AdviceRow> advise(const RunOptions& options, const BoardDescription& board,
                              const FirmwareImage& image, const ProfiledRun& run) {
  std::vector<AdviceRow> rows;
  if (comparable(run.report).empty()) return rows;
  Replays replays(options, plan_experiments(board, image, run));
  const auto& results = replays.run();
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i]) continue;
    if (auto row = judge(replays.experiments()[i], run.report, *results[i])) {
      rows.push_back(std::move(*row));
    }
  }
  advise_dsp_kernels(run.report, rows);
  advise_memory(run.report, rows);
  rank_advice(rows);
  return rows;
}

}  // namespace tinyscope
