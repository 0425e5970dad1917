#include "profiler/operator_notes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tinyscope {

namespace {

int dimension(const TfliteTensor* tensor, std::size_t index) {
  return tensor != nullptr && index < tensor->shape.size() ? tensor->shape[index] : 0;
}

int padding_before(int in, int out, int filter, int stride, int dilation) {
  const std::int64_t reach = static_cast<std::int64_t>(filter - 1) * dilation + 1;
  const std::int64_t total = static_cast<std::int64_t>(out - 1) * stride + reach - in;
  return static_cast<int>(std::clamp<std::int64_t>(total, 0, 0x7FFFFFFF) / 2);
}

// What hinders the fast kernels for depthwise convolution: arm_depthwise_conv_wrapper_s8 takes one
// of them for depth multiplier 1, batch 1 and no dilation.
std::vector<std::string> depthwise_obstacles(const TfliteSubgraph& graph,
                                             const TfliteOperator& op) {
  std::vector<std::string> reasons;
  const TfliteOptions& options = op.options;
  if (options.depth_multiplier != 1) {
    reasons.push_back(fmt::format("depth multiplier {}", options.depth_multiplier));
  }
  if (options.dilation_height != 1 || options.dilation_width != 1) {
    reasons.push_back(
        fmt::format("dilation {} x {}", options.dilation_height, options.dilation_width));
  }
  const int batches = dimension(graph.input(op, 0), 0);
  if (batches != 1) reasons.push_back(fmt::format("batch of {}", batches));
  return reasons;
}

void depthwise_notes(const TfliteSubgraph& graph, const TfliteOperator& op, const RanFunction& ran,
                     std::vector<std::string>& notes) {
  const TfliteTensor* const filter = graph.input(op, 1);
  const int height = dimension(filter, 1);
  const int width = dimension(filter, 2);
  if (ran("arm_depthwise_conv_3x3_s8")) return;
  if (ran("arm_depthwise_conv_s8_opt")) {
    const PaddingBefore pad = padding_before(graph, op);
    if (height == 3 && width == 3 && (pad.rows > 1 || pad.columns > 1)) {
      notes.push_back(
          fmt::format("arm_depthwise_conv_s8_opt, not the 3 x 3 kernel, which takes padding of at "
                      "most 1 (here {} x {})",
                      pad.rows, pad.columns));
    }
    return;
  }
  if (!ran("arm_depthwise_conv_s8") && !ran("depthwise_conv_s8_generic") &&
      !ran("depthwise_conv_s8_mult_4")) {
    return;
  }
  const std::vector<std::string> reasons = depthwise_obstacles(graph, op);
  if (reasons.empty()) return;
  notes.push_back(
      fmt::format("{}: CMSIS-NN's general depthwise kernel; the fast ones take depth "
                  "multiplier 1, dilation 1 and one batch",
                  fmt::join(reasons, ", ")));
}

void convolution_notes(const TfliteSubgraph& graph, const TfliteOperator& op,
                       const RanFunction& ran, std::vector<std::string>& notes) {
  const TfliteTensor* const filter = graph.input(op, 1);
  const TfliteOptions& options = op.options;
  if (dimension(filter, 1) == 1 && dimension(filter, 2) == 1) {
    if (ran("arm_convolve_1x1_s8_fast")) return;
    std::vector<std::string> reasons;
    if (options.stride_height != 1 || options.stride_width != 1) {
      reasons.push_back(fmt::format("stride {} x {}", options.stride_height, options.stride_width));
    }
    const int groups_of = dimension(filter, 3);
    const int channels = dimension(graph.input(op, 0), 3);
    if (channels != groups_of) reasons.push_back("grouped");
    const char* const kernel = ran("arm_convolve_1x1_s8")     ? "arm_convolve_1x1_s8"
                               : ran("arm_convolve_s8")       ? "arm_convolve_s8"
                               : ran("arm_convolve_1_x_n_s8") ? "arm_convolve_1_x_n_s8"
                                                              : nullptr;
    if (kernel == nullptr) return;
    // CMSIS-NN before version 5 asked for this too (arm_convolve_wrapper_s8.c of CMSIS 5.9.0).
    if (reasons.empty() && channels % 4 != 0) {
      reasons.push_back(fmt::format("{} input channels, no multiple of 4", channels));
    }
    if (!reasons.empty()) {
      notes.push_back(fmt::format("1 x 1 filter, but {}: {} instead of arm_convolve_1x1_s8_fast",
                                  fmt::join(reasons, ", "), kernel));
    }
    return;
  }
  if (options.dilation_height != 1 || options.dilation_width != 1) {
    notes.push_back(fmt::format("dilation {} x {}: input is gathered value by value",
                                options.dilation_height, options.dilation_width));
  }
  // The inner loop of arm_nn_mat_mult_kernel_s8_s16 takes four values at a time.
  const std::int64_t values =
      std::int64_t{dimension(filter, 1)} * dimension(filter, 2) * dimension(filter, 3);
  if (values % 4 != 0 && ran("arm_convolve_s8")) {
    notes.push_back(fmt::format(
        "{} values an output ({} x {} x {}), no multiple of 4: {} of them "
        "are multiplied one by one",
        values, dimension(filter, 1), dimension(filter, 2), dimension(filter, 3), values % 4));
  }
}

void fully_connected_notes(const TfliteSubgraph& graph, const TfliteOperator& op,
                           const RanFunction& ran, std::vector<std::string>& notes) {
  const int values = dimension(graph.input(op, 1), 1);
  const bool known = ran("arm_nn_vec_mat_mult_t_s8") || ran("arm_fully_connected_s8");
  if (known && values % 4 != 0) {
    notes.push_back(
        fmt::format("{} inputs, no multiple of 4: {} of each row are multiplied one by one", values,
                    values % 4));
  }
}

bool same_shapes(const TfliteTensor* a, const TfliteTensor* b) {
  return a == nullptr || b == nullptr || a->shape == b->shape;
}

}  // namespace

PaddingBefore padding_before(const TfliteSubgraph& graph, const TfliteOperator& op) {
  const TfliteTensor* const in = graph.input(op, 0);
  const TfliteTensor* const filter = graph.input(op, 1);
  const TfliteTensor* const out = graph.output(op, 0);
  const TfliteOptions& options = op.options;
  if (options.padding == TflitePadding::kValid) return {};
  return {padding_before(dimension(in, 1), dimension(out, 1), dimension(filter, 1),
                         options.stride_height, options.dilation_height),
          padding_before(dimension(in, 2), dimension(out, 2), dimension(filter, 2),
                         options.stride_width, options.dilation_width)};
}

std::vector<std::string> cmsis_nn_notes(const TfliteSubgraph& graph, const TfliteOperator& op,
                                        const RanFunction& ran) {
  std::vector<std::string> notes;
  if (op.op == "DEPTHWISE_CONV_2D" && op.options.known) {
    depthwise_notes(graph, op, ran, notes);
  } else if (op.op == "CONV_2D" && op.options.known) {
    convolution_notes(graph, op, ran, notes);
  } else if (op.op == "FULLY_CONNECTED") {
    fully_connected_notes(graph, op, ran, notes);
  }
  return notes;
}

std::vector<std::string> cmsis_nn_notes(const RanFunction& ran) {
  if (ran("arm_depthwise_conv_wrapper_s8") && ran("arm_depthwise_conv_s8")) {
    return {
        "CMSIS-NN's general depthwise kernel: its wrapper takes it where depth multiplier, "
        "dilation or batch is not 1"};
  }
  if (ran("arm_convolve_wrapper_s8") && ran("arm_convolve_1x1_s8")) {
    return {
        "arm_convolve_1x1_s8 instead of arm_convolve_1x1_s8_fast: the wrapper takes it where the "
        "stride is not 1"};
  }
  return {};
}

std::string obstacle_to_optimised_kernel(const TfliteSubgraph& graph, const TfliteOperator& op) {
  const TfliteTensor* const in = graph.input(op, 0);
  if (in == nullptr) return {};
  if (in->type != TfliteType::kInt8 && in->type != TfliteType::kInt16) {
    return fmt::format("its operands are {}, optimised kernels take int8 and int16",
                       name_of(in->type));
  }
  const bool elementwise = op.op == "ADD" || op.op == "MUL";
  if (elementwise && !same_shapes(in, graph.input(op, 1))) {
    return "its operands differ in shape, which optimised kernels do not take";
  }
  return {};
}

}  // namespace tinyscope
