// How the chip is set up: clock, flash, regulator.
#include <fmt/format.h>

#include <algorithm>

#include "profiler/lint/lint.hpp"

namespace tinyscope {
namespace {

// Percent of an inference that waits for flash must take before a cache is worth a word.
constexpr double kWorthAWord = 1.0;
// The same for reading ahead, which costs energy and helps straight-line code only.
constexpr double kWorthReadingAhead = 5.0;

double megahertz(std::uint64_t hz) { return static_cast<double>(hz) / 1e6; }

}  // namespace

void lint_flash_caches(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const auto& tuning = inputs.soc.tuning;
  const auto& flash = inputs.chip.flash;
  if (!tuning || !flash || flash->wait_states == 0) return;
  const InferenceSums sums = inference_sums(inputs.report);
  const auto check = [&](bool on, const std::string& fix, StallCause cause, double threshold,
                         const char* rule, const char* what, const char* waits) {
    const double percent = percent_of(sums.stalls[cause], sums.cycles);
    if (on || fix.empty() || percent < threshold) return;
    rows.push_back({rule,
                    fmt::format("{} of flash is off: {} waits take {:.1f} % of {}, with {} wait "
                                "states",
                                what, waits, percent, sums.of, flash->wait_states),
                    fix});
  };
  check(flash->instruction_cache, tuning->instruction_cache, StallCause::kFetch, kWorthAWord,
        "cache-off", "the instruction cache", "fetch");
  check(flash->data_cache, tuning->data_cache, StallCause::kData, kWorthAWord, "cache-off",
        "the data cache", "data");
  check(flash->prefetch, tuning->prefetch, StallCause::kFetch, kWorthReadingAhead, "prefetch-off",
        "the prefetch buffer", "fetch");
}

void lint_wait_states(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const auto needed = needed_wait_states(inputs.soc, inputs.chip);
  if (!needed || !inputs.chip.flash || !inputs.soc.tuning) return;
  const unsigned have = inputs.chip.flash->wait_states;
  if (have == *needed) return;
  const std::string where = inputs.soc.tuning->wait_states;
  const std::string fix = fmt::format("set {} to {}", where, *needed);
  if (have < *needed) {
    rows.push_back({"wait-states",
                    fmt::format("flash is read with {} wait states where {:.0f} MHz needs {}: the "
                                "chip may read wrong data",
                                have, megahertz(inputs.chip.clock_hz), *needed),
                    fix});
    return;
  }
  const InferenceSums sums = inference_sums(inputs.report);
  const std::uint64_t waits = sums.stalls[StallCause::kFetch] + sums.stalls[StallCause::kData];
  rows.push_back({"wait-states",
                  fmt::format("flash is read with {} wait states where {:.0f} MHz needs {}; fetch "
                              "and data waits take {:.1f} % of {}",
                              have, megahertz(inputs.chip.clock_hz), *needed,
                              percent_of(waits, sums.cycles), sums.of),
                  fix});
}

void lint_clock(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const auto& tuning = inputs.soc.tuning;
  if (!tuning || tuning->highest_cpu_hz == 0) return;
  const std::uint64_t hz = inputs.chip.clock_hz;
  if (hz == 0 || hz != inputs.soc.cpu_hz || hz >= tuning->highest_cpu_hz) return;
  rows.push_back({"slow-clock",
                  fmt::format("the CPU runs at the {:.0f} MHz that the chip has after reset; it "
                              "reaches {:.0f} MHz",
                              megahertz(hz), megahertz(tuning->highest_cpu_hz)),
                  tuning->clock});
}

void lint_regulator(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const auto* const regulator = wasteful_regulator(inputs.soc, inputs.chip);
  if (regulator == nullptr) return;
  // What the CPU draws behind either, where that is known.
  const auto current = [&](const std::string& state) -> const CurrentDescription* {
    const std::string when = regulator->unit + "=" + state;
    for (const CurrentDescription& entry : inputs.soc.power.currents) {
      if (entry.unit == "cpu" && entry.state == "run" && entry.when == when) return &entry;
    }
    return nullptr;
  };
  const auto* const now = current(regulator->wasteful);
  const auto* const then = current(regulator->better);
  std::string text = fmt::format("the regulator is {} although the board has what {} needs ({})",
                                 regulator->wasteful, regulator->better, regulator->needs);
  if (now != nullptr && then != nullptr && now->microamps > 0 && then->microamps > 0) {
    text += fmt::format("; the running CPU then draws {:.1f} mA instead of {:.1f} mA",
                        then->microamps / 1000, now->microamps / 1000);
  }
  rows.push_back({"regulator", text, regulator->fix});
}

}  // namespace tinyscope
