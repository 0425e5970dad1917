// --print SYMBOL[:FORMAT]: shows memory at the end of a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/bus.hpp"
#include "sim/cli/text_values.hpp"

namespace tinyscope {

// What to print and how. FORMAT is u8, i8, u16, i16, u32 (the default), i32, f32, hex or str, with
// an optional count in brackets: "scores:f32[12]", "0x20000100:hex[16]" (hex counts bytes; str ends
// at a zero byte). Without a count an array symbol of known size is printed whole.
struct PrintSpec {
  std::string label;
  Place place;
  std::string format;
  unsigned count = 1;
};

// Throws InputError for an unknown symbol or format.
PrintSpec parse_print(std::string_view text, const SymbolTable& symbols);
// "label = value value …". Throws InputError if the memory does not exist.
std::string print_memory(const PrintSpec& spec, const Bus& bus);

}  // namespace tinyscope
