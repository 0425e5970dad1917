// Which registers the code of an image reaches, whether it runs or not: addresses from literal
// pools and MOVW/MOVT pairs, followed to the loads and stores that use them.
//
// Pointers in tables and structures are not followed: of a driver that takes its peripheral as a
// parameter the base address shows, its registers do not.
#pragma once

#include <functional>
#include <map>

#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct CodeUse {
  Address pc = 0;         // of the first instruction that has it
  bool accessed = false;  // by a load or store; else it was only formed
};

// By address: no others than peripherals', at 0x40000000 and beyond. Of those that are only formed,
// the ones for which `is_base` holds, since constants of programs look alike.
std::map<Address, CodeUse> find_code_use(const FirmwareImage& image,
                                         const std::function<bool(Address)>& is_base);

}  // namespace tinyscope
