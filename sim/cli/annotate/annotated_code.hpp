// Code of a run with what each instruction did: what `tinyscope annotate` shows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/report.hpp"
#include "sim/bus.hpp"
#include "sim/cli/annotate/disassembly.hpp"
#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct AnnotatedInsn {
  DisassembledInsn code;
  bool selected = true;  // part of what the user asked for
  std::uint64_t count = 0;
  StallCycles stalls;
  std::vector<SourceFrame> frames;  // innermost first; empty for data
};

struct AnnotatedFunction {
  std::string name;
  Address address = 0;
  std::uint32_t size = 0;
  std::string file;
  int line = 0;
  std::uint64_t count = 0;           // instructions retired
  StallCycles stalls;                // of all its instructions
  std::vector<AnnotatedInsn> insns;  // by address
};

// What the user asked for: a function (a pattern with * and ?), FILE:LINE, FILE:LINE-LINE, or
// ADDRESS-ADDRESS (the last one not included). Functions by cycles, most first; only those that
// ran. Throws InputError that says what there is if nothing fits.
std::vector<AnnotatedFunction> annotate(const std::string& selection, const ProfileReport& report,
                                        const FirmwareImage& image, const Bus& bus);

}  // namespace tinyscope
