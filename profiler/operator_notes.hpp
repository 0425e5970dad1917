// What the model alone says of an operator's speed, given the names of the functions that ran.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/tflite_model.hpp"

namespace tinyscope {

// Whether a function of this name ran below the layer, under any of GCC's names for its copies.
using RanFunction = std::function<bool(std::string_view name)>;

// CMSIS-NN's wrappers choose a kernel by shape; these say when they could not take the fast one.
// Conditions: github.com/ARM-software/CMSIS-NN, Source/ConvolutionFunctions/
// arm_convolve_wrapper_s8.c, arm_depthwise_conv_wrapper_s8.c and the `arm_nn_is_convolve_*`
// functions of Include/arm_nnsupportfunctions.h.
std::vector<std::string> cmsis_nn_notes(const TfliteSubgraph& graph, const TfliteOperator& op,
                                        const RanFunction& ran);

// What the same conditions tell where there is no model: only that one of them was not met.
std::vector<std::string> cmsis_nn_notes(const RanFunction& ran);

// Why a framework with an optimised kernel for this operator would not use it here; empty if
// nothing in the model speaks against it.
std::string obstacle_to_optimised_kernel(const TfliteSubgraph& graph, const TfliteOperator& op);

// Rows and columns that SAME padding adds before the first one; {0, 0} for VALID.
struct PaddingBefore {
  int rows = 0;
  int columns = 0;
};
PaddingBefore padding_before(const TfliteSubgraph& graph, const TfliteOperator& op);

}  // namespace tinyscope
