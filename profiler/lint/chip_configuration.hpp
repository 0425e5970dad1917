// How firmware had set up the chip while it ran an inference. Plain data: who runs the machine
// fills it in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/description/soc.hpp"
#include "sim/ports.hpp"

namespace tinyscope {

struct ChipConfiguration {
  std::uint64_t clock_hz = 0;
  std::optional<FlashReadPort::Settings> flash;  // nothing: flash answers without waits
  std::map<std::string, std::string> power_states;
  std::vector<std::string> fitted;  // see BoardDescription
};

// Wait states that the chip's flash needs at this clock and voltage; nothing: not known.
std::optional<unsigned> needed_wait_states(const SocDescription& soc,
                                           const ChipConfiguration& chip);

// A regulator that is in use although a better one is on the board; null: there is none.
const TuningDescription::Regulator* wasteful_regulator(const SocDescription& soc,
                                                       const ChipConfiguration& chip);

}  // namespace tinyscope
