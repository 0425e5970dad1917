// How much room the main stack has, as far as symbols and sections of the image tell.
#pragma once

#include <string>

#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct StackRoom {
  std::uint32_t bytes = 0;  // below the top; 0: not known
  std::string source;       // "__StackLimit"; empty: not known
  // Below this, the stack runs into what it must not touch; 0: not known. Where a linker script
  // only asks for a smallest size, the stack may go on as far as static data.
  Address limit = 0;
};

// `top`: the highest stack pointer.
StackRoom main_stack_room(const FirmwareImage& image, Address top);

}  // namespace tinyscope
