#include "sim/cli/experiments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace tinyscope {
namespace {

double megahertz(std::uint64_t hz) { return static_cast<double>(hz) / 1e6; }

// Settings of the chip.
class Settings {
 public:
  Settings(const SocDescription& soc, const ProfiledRun& run) : soc_(soc), run_(run) {}

  std::vector<Experiment> plan() {
    if (run_.chip.flash && soc_.tuning) {
      caches();
      wait_states();
    }
    operating_points();
    regulator();
    if (run_.chip.flash) no_waits();
    return std::move(experiments_);
  }

 private:
  void caches() {
    const TuningDescription& tuning = *soc_.tuning;
    const FlashReadPort::Settings& now = *run_.chip.flash;
    WhatIf all;
    unsigned off = 0;
    std::string fixes;
    const auto one = [&](bool is_on, const std::string& fix, const char* what,
                         std::optional<bool> WhatIf::*setting) {
      if (fix.empty()) return;
      Experiment experiment;
      experiment.title = fmt::format("Switch the {} of flash {}", what, is_on ? "off" : "on");
      experiment.text = is_on ? fmt::format("what it saves now ({})", fix) : fix;
      experiment.what_if.*setting = !is_on;
      experiment.how = "re-simulated with it forced from reset on";
      experiments_.push_back(std::move(experiment));
      if (is_on) return;
      all.*setting = true;
      ++off;
      fixes += (fixes.empty() ? "" : ", ") + fix;
    };
    one(now.instruction_cache, tuning.instruction_cache, "instruction cache",
        &WhatIf::instruction_cache);
    one(now.data_cache, tuning.data_cache, "data cache", &WhatIf::data_cache);
    one(now.prefetch, tuning.prefetch, "prefetch buffer", &WhatIf::prefetch);
    if (off < 2) return;
    experiments_.push_back({"Switch caches and prefetch buffer of flash on together", fixes,
                            "re-simulated with all of them forced from reset on", all});
  }

  void wait_states() {
    const auto needed = needed_wait_states(soc_, run_.chip);
    if (!needed || run_.chip.flash->wait_states <= *needed) return;
    Experiment experiment;
    experiment.title = fmt::format("Read flash with {} wait states", *needed);
    experiment.text =
        fmt::format("{} = {} is enough for {:.0f} MHz, it is {}", soc_.tuning->wait_states, *needed,
                    megahertz(run_.chip.clock_hz), run_.chip.flash->wait_states);
    experiment.how = "re-simulated with the wait states forced from reset on";
    experiment.what_if.wait_states = *needed;
    experiments_.push_back(std::move(experiment));
  }

  // The best that anything about flash can bring.
  void no_waits() {
    if (run_.chip.flash->wait_states == 0) return;
    Experiment experiment;
    experiment.title = "Have no waits for flash at all";
    experiment.text =
        "what waiting for flash costs; placing data beside other operands may bring more, since "
        "loads of one memory follow each other without a gap";
    experiment.how =
        "re-simulated with 0 wait states, which no setting of this chip gives at this "
        "clock";
    experiment.what_if.wait_states = 0;
    experiments_.push_back(std::move(experiment));
  }

  void operating_points() {
    if (!soc_.tuning || soc_.cpu_clock.empty() || run_.chip.clock_hz == 0) return;
    for (const auto& point : soc_.tuning->operating_points) {
      if (point.hz == run_.chip.clock_hz) continue;
      Experiment experiment;
      experiment.title = "Run at " + point.name;
      experiment.text = fmt::format(
          "instead of {:.0f} MHz, with {} wait states; the time of an inference "
          "changes with the clock",
          megahertz(run_.chip.clock_hz), point.wait_states);
      experiment.how =
          "re-simulated with CPU and buses at another clock throughout; peripherals with clocks of "
          "their own keep theirs, and what the change itself takes is left out";
      experiment.what_if.cpu_hz = point.hz;
      experiment.what_if.wait_states = point.wait_states;
      if (!point.unit.empty()) experiment.what_if.power_states[point.unit] = point.state;
      experiments_.push_back(std::move(experiment));
    }
  }

  void regulator() {
    const auto* const better = wasteful_regulator(soc_, run_.chip);
    if (better == nullptr) return;
    Experiment experiment;
    experiment.title = fmt::format("Use the {} regulator", better->better);
    experiment.text = fmt::format("{}; the board has the {}", better->fix, better->needs);
    experiment.how =
        fmt::format("re-simulated with {} taken as {} from reset on", better->unit, better->better);
    experiment.what_if.power_states[better->unit] = better->better;
    experiments_.push_back(std::move(experiment));
  }

  const SocDescription& soc_;
  const ProfiledRun& run_;
  std::vector<Experiment> experiments_;
};

}  // namespace

std::vector<Experiment> plan_experiments(const BoardDescription& board, const FirmwareImage& image,
                                         const ProfiledRun& run) {
  std::vector<Experiment> experiments = Settings(board.soc, run).plan();
  for (Experiment& experiment : plan_relocations(board.soc, image, run)) {
    experiments.push_back(std::move(experiment));
  }
  return experiments;
}

}  // namespace tinyscope
