// The state of a live machine at one moment.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "cores/cortex_m/core.hpp"
#include "sim/cli/feeding.hpp"
#include "sim/cli/machine_state.hpp"
#include "sim/cli/pin_log.hpp"

namespace tinyscope {

struct LiveState {
  std::shared_ptr<const MachineState> machine;
  std::vector<std::byte> host;  // events and the like that LiveMachine has
  std::string printed;
  PinLog::History pins;
  Feeding::Fed fed;
  StopReason last_stop;
};

}  // namespace tinyscope
