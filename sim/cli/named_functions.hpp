// --function: names for code of an image that has no symbols, so that rules apply to it.
#pragma once

#include <string>
#include <vector>

#include "sim/image/image.hpp"

namespace tinyscope {

// `image` with a function symbol for each "NAME=0xBEGIN-0xEND" (END: the byte after it), in place
// of function symbols that lie within. Throws InputError if one is written wrongly or two overlap.
FirmwareImage with_named_functions(FirmwareImage image, const std::vector<std::string>& functions);

}  // namespace tinyscope
