// Double-precision arithmetic of FPv5 in the place of an engine whose Cortex-M7 computes in single
// precision only. Results and flags are those of Arm DDI 0403E, A2.5; the host computes.
//
// Not modelled: conversions between half and double precision.
#pragma once

#include <cstdint>

#include "cores/engine/engine.hpp"

namespace tinyscope {

// Executes an instruction that Insn::needs_double_unit() speaks of; `word` holds its first halfword
// above its second. PC and ITSTATE stay. False: it is not modelled, and nothing has changed.
bool execute_double(ExecutionEngine& engine, std::uint32_t word);

}  // namespace tinyscope
