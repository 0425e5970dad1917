// A fault of the core in words: what went wrong, where in the source, with which registers.
#pragma once

#include <string>

#include "cores/cortex_m/core.hpp"
#include "sim/bus.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// Several lines, without a line break at the end: the exception and each bit of CFSR and HFSR in
// words, the address, the place of PC and LR, and the registers that the core has put on the stack
// of the fault, as far as they are still there.
std::string fault_text(const FaultRecord& fault, const FirmwareImage& image, Bus& bus);

}  // namespace tinyscope
