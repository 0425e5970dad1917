// What a part's surroundings do, from files of a test's own.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peripherals/stimulus/measurements.hpp"
#include "sim/error.hpp"
#include "sim/power_tracker.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope::test {

inline TimePoint at_seconds(double seconds) {
  return {static_cast<std::uint64_t>(std::llround(seconds * 1e12))};
}

class Surroundings {
 public:
  std::string csv(std::string_view text) { return folder.write("walk.csv", text).string(); }

  Measurements open(const Stimulus& stimulus, const std::vector<Measurements::Quantity>& quantities,
                    const std::vector<std::string_view>& actions = {}, std::string name = "imu") {
    DeviceContext context{.name = std::move(name),
                          .params = params,
                          .scheduler = scheduler,
                          .notes = notes,
                          .power = power,
                          .stimulus = stimulus,
                          .seed = 1};
    return Measurements(context, quantities, actions);
  }
  // What is wrong with it, with the folder left out of file names.
  std::string refusal(const Stimulus& stimulus,
                      const std::vector<Measurements::Quantity>& quantities,
                      const std::vector<std::string_view>& actions = {}) {
    try {
      open(stimulus, quantities, actions);
    } catch (const InputError& error) {
      std::string text = error.what();
      const std::string prefix = folder.path().string() + "/";
      for (std::size_t at = 0; (at = text.find(prefix)) != std::string::npos;) {
        text.erase(at, prefix.size());
      }
      return text;
    }
    return "accepted";
  }

  TemporaryFolder folder;
  RunNotes notes;

 private:
  TomlTable params = TomlTable::empty("bench");
  Scheduler scheduler;
  PowerTracker power;
};

}  // namespace tinyscope::test
