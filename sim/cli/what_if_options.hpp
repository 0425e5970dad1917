// --what-if KEY=VALUE: the chip set up in another way than its firmware does it. docs/what-if.md
// says what each means and what it leaves out.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/cli/what_if.hpp"
#include "sim/description/soc.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// What the user asks for of this chip with this image: clock=80MHz, wait_states=3,
// instruction_cache=on|off, data_cache=on|off, prefetch=on|off, and weights=, code= or arena= with
// the name of a memory of the chip. Each is among the assumptions. Throws InputError for what the
// chip cannot do or the image does not have.
WhatIf read_what_ifs(const std::vector<std::string>& texts, const SocDescription& soc,
                     const FirmwareImage& image, const std::vector<std::string>& layer_rules);

// That of the options: what a replay set, or what the user asks for.
WhatIf selected_what_if(const RunOptions& options, const SocDescription& soc,
                        const FirmwareImage& image);

}  // namespace tinyscope
