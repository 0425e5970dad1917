// The pads on which a signal of a block can appear, as the chip's file lists them ("PB8 AF4": pad
// and number of the alternate function, from the data sheet), and those where firmware has put it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/registry.hpp"

namespace tinyscope::st {

class SignalPads {
 public:
  // Reads the array `key` of the block's parameters; missing: the signal has no pads. Throws
  // InputError for anything that is not of the form above.
  SignalPads(PeripheralContext& context, std::string_view key);

  // The pads in that alternate function now, in the order of the chip's file.
  std::vector<std::string_view> selected() const;
  // All that the chip's file lists.
  std::vector<std::string_view> all() const;

 private:
  struct Pad {
    std::string name;
    const Wire* selected;
  };
  std::vector<Pad> pads_;
};

}  // namespace tinyscope::st
