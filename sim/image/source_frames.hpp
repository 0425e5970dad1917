// Where in the source an instruction comes from.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "sim/types.hpp"

namespace tinyscope {

struct FirmwareImage;

// A function of the source, and a place in it.
struct SourceFrame {
  std::string function;  // demangled; empty: not known
  std::string file;      // empty: not known
  int line = 0;          // 0: not known
  friend auto operator<=>(const SourceFrame&, const SourceFrame&) = default;
};

// The function that the instruction at `address` was written in and, where that was inlined, each
// function around it with the place of the call; the last one is the function of the symbol. Never
// empty.
std::vector<SourceFrame> source_frames(const FirmwareImage& image, Address address);

}  // namespace tinyscope
