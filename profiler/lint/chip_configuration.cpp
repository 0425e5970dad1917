#include "profiler/lint/chip_configuration.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

bool is_in(const ChipConfiguration& chip, const std::string& unit, const std::string& state) {
  const auto found = chip.power_states.find(unit);
  return found != chip.power_states.end() && found->second == state;
}

}  // namespace

std::optional<unsigned> needed_wait_states(const SocDescription& soc,
                                           const ChipConfiguration& chip) {
  if (!soc.tuning) return std::nullopt;
  for (const auto& needed : soc.tuning->needed_wait_states) {
    const bool holds =
        std::any_of(needed.states.begin(), needed.states.end(),
                    [&](const std::string& state) { return is_in(chip, needed.unit, state); });
    if (!holds) continue;
    const auto found =
        std::lower_bound(needed.highest_hz.begin(), needed.highest_hz.end(), chip.clock_hz);
    const auto index =
        std::min<std::ptrdiff_t>(found - needed.highest_hz.begin(),
                                 static_cast<std::ptrdiff_t>(needed.highest_hz.size()) - 1);
    return static_cast<unsigned>(index);
  }
  return std::nullopt;
}

const TuningDescription::Regulator* wasteful_regulator(const SocDescription& soc,
                                                       const ChipConfiguration& chip) {
  if (!soc.tuning) return nullptr;
  for (const auto& regulator : soc.tuning->regulators) {
    const bool fitted =
        std::find(chip.fitted.begin(), chip.fitted.end(), regulator.needs) != chip.fitted.end();
    if (fitted && is_in(chip, regulator.unit, regulator.wasteful)) return &regulator;
  }
  return nullptr;
}

}  // namespace tinyscope
