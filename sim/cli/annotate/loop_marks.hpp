// Lines beside a listing that join the end of each loop with its begin.
#pragma once

#include <string>
#include <vector>

#include "sim/cli/annotate/annotated_code.hpp"

namespace tinyscope {

enum class MarkStyle { kAscii, kUtf8 };

struct LoopMark {
  std::string at;     // beside the instruction
  std::string above;  // beside lines between it and the one before
};

// One for each instruction, all of the same width in columns; empty texts if nothing loops. A loop
// is a branch back that ran, to an instruction of the function. Inner loops stand right.
std::vector<LoopMark> loop_marks(const std::vector<AnnotatedInsn>& insns, MarkStyle style);

}  // namespace tinyscope
