// Which blocks the RCC of the STM32H7A3 resets and clocks.
#pragma once

#include <vector>

#include "peripherals/st/rcc_blocks.hpp"

namespace tinyscope::st {

const std::vector<RccBlocks::Group>& h7a3_block_groups();

}  // namespace tinyscope::st
