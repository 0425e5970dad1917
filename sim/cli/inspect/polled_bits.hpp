// Which bits of a register a polling loop looks at, from the instructions behind the load.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/bus.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct PolledBits {
  std::uint32_t mask = 0;  // of what was loaded; 0: not known
  // The mask is in a register when the instruction at `test` runs.
  std::optional<unsigned> mask_register;
  Address test = 0;
};

// `load` is the instruction that reads the register.
PolledBits find_polled_bits(const Bus& bus, Address load);

}  // namespace tinyscope
