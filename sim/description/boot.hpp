// What the boot loader of a board leaves behind: a program that is linked behind it and started
// without it finds the chip in that state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/description/toml.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct BootDescription {
  // Where the boot loader looks for the vector table of the program that it starts.
  Address application = 0;
  // Left to do after each reset, in this order. A word of a memory is content that survives
  // resets (settings beside the flash) and is there from the beginning.
  struct Step {
    Address address = 0;  // of the word that gets `value`
    std::uint32_t value = 0;
    std::string pulse;  // instead: "peripheral.wire", an input that is pulsed
    std::string where;
  };
  std::vector<Step> steps;
  std::string source;  // how this is known
};

// The table [boot] of a board. Throws InputError with file:line: for whatever is wrong in it.
BootDescription read_boot(TomlTable& table);

}  // namespace tinyscope
