// How the program uses its time: kernels, alignment, printing, interrupts, waiting.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "profiler/lint/lint.hpp"
#include "sim/glob.hpp"

namespace tinyscope {
namespace {

constexpr double kWorthAWord = 1.0;            // percent of an inference
constexpr double kManyInterrupts = 5.0;        // percent of an inference
constexpr double kMuchWaiting = 20.0;          // percent of a run
constexpr double kLongWaitSeconds = 0.010;     // less is start-up
constexpr std::uint32_t kModelAlignment = 16;  // TensorFlow Lite: of flatbuffer and arena

// Has an optimised kernel that is worth having on a core with DSP instructions.
bool is_mac_layer(const LayerRow& layer) {
  return layer.op == "CONV_2D" || layer.op == "DEPTHWISE_CONV_2D" ||
         layer.op == "FULLY_CONNECTED" || layer.op == "TRANSPOSE_CONV";
}

}  // namespace

void lint_reference_kernels(const LintInputs& inputs, std::vector<LintRow>& rows) {
  std::uint64_t all = 0;
  std::uint64_t reference = 0;
  const LayerRow* slowest = nullptr;
  for (const InferenceRow& row : inputs.report.inferences) {
    if (!row.complete) continue;
    all += row.cycles;
    for (const LayerRow& layer : row.layers) {
      if (layer.kernel_kind != KernelKind::kReference || !is_mac_layer(layer)) continue;
      reference += layer.cycles;
      if (slowest == nullptr || layer.cycles > slowest->cycles) slowest = &layer;
    }
  }
  const double percent = percent_of(reference, all);
  if (slowest == nullptr || percent < kWorthAWord) return;
  std::string text = fmt::format("reference kernels take {:.1f} % of an inference", percent);
  if (slowest->macs && *slowest->macs > 0) {
    text += fmt::format("; the slowest, {} of layer {}, needs {:.1f} cycles for a MAC",
                        slowest->kernel, slowest->index,
                        static_cast<double>(slowest->cycles) / static_cast<double>(*slowest->macs));
  }
  rows.push_back(
      {"reference-kernels", text,
       "build with kernels for the DSP instructions of the core: CMSIS-NN "
       "(OPTIMIZED_KERNEL_DIR=cmsis_nn in TensorFlow Lite Micro), `dsp` in the samples"});
}

void lint_alignment(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const Address model =
      inputs.report.inferences.empty() ? 0 : inputs.report.inferences.front().model_address;
  if (model % kModelAlignment != 0) {
    rows.push_back({"unaligned-model",
                    fmt::format("the model lies at 0x{:08X}, which is no multiple of {}: word "
                                "loads of weights may be split",
                                model, kModelAlignment),
                    "alignas(16) const unsigned char model[] = ..."});
  }
  const ArenaReport& arena = inputs.report.memory.arena;
  if (arena.address % kModelAlignment != 0) {
    rows.push_back({"unaligned-arena",
                    fmt::format("the arena {} lies at 0x{:08X}, which is no multiple of {}: up to "
                                "{} bytes of it are lost, or tensors are unaligned",
                                arena.symbol, arena.address, kModelAlignment, kModelAlignment - 1),
                    "alignas(16) uint8_t tensor_arena[...]"});
  }
}

void lint_printf(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const ProfileReport& report = inputs.report;
  static const std::vector<std::string> kPrinting = {"printf*",
                                                     "*_printf*",
                                                     "vprintf*",
                                                     "fprintf*",
                                                     "_vfprintf_r",
                                                     "_vfiprintf_r",
                                                     "_printf_r",
                                                     "puts",
                                                     "_puts_r",
                                                     "MicroPrintf*",
                                                     "tflite::MicroPrintf*",
                                                     "*DebugLog*",
                                                     "Serial*print*"};
  // Parents come before children, so one pass tells what runs below a layer.
  std::vector<bool> in_layer(report.call_tree.size());
  std::vector<bool> printing(report.call_tree.size());
  std::uint64_t cycles = 0;
  std::uint64_t calls = 0;
  std::string name;
  for (std::size_t i = 0; i < report.call_tree.size(); ++i) {
    const CallNode& node = report.call_tree[i];
    const bool has_parent = node.parent >= 0;
    const auto parent = static_cast<std::size_t>(std::max(node.parent, 0));
    in_layer[i] = node.layer >= 0 || (has_parent && in_layer[parent]);
    if (!in_layer[i] || node.function >= report.functions.size()) continue;
    const std::string& function = report.functions[node.function].name;
    const bool outermost = glob_match_any(kPrinting, function) && !(has_parent && printing[parent]);
    printing[i] = outermost || (has_parent && printing[parent]);
    if (outermost) {
      calls += node.calls;
      if (name.empty()) name = function;
    }
    if (printing[i]) cycles += node.cycles;
  }
  if (calls == 0) return;
  const InferenceSums sums = inference_sums(report);
  rows.push_back({"printf-in-inference",
                  fmt::format("{} prints within layers: {} calls, {:.1f} % of all inferences", name,
                              calls, percent_of(cycles, sums.cycles)),
                  "print after the inference, or leave it out of release builds"});
}

void lint_interrupts(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const InferenceSums sums = inference_sums(inputs.report);
  const double percent = percent_of(sums.interrupt_cycles, sums.elapsed_cycles);
  if (sums.count == 0 || percent < kManyInterrupts) return;
  std::string busiest;
  std::uint64_t most = 0;
  for (const InterruptRow& row : inputs.report.interrupts) {
    if (row.cycles <= most) continue;
    most = row.cycles;
    busiest = fmt::format("; the busiest handler is {}, {} times, {} cycles each", row.name,
                          row.count, row.count == 0 ? 0 : row.cycles / row.count);
  }
  rows.push_back({"interrupts",
                  fmt::format("interrupt handlers take {:.1f} % of the time of an inference{}",
                              percent, busiest),
                  "move bytes by DMA, make the handler shorter, or stop its source meanwhile"});
}

// Cycles outside of inferences in a run that never slept.
void lint_busy_wait(const LintInputs& inputs, std::vector<LintRow>& rows) {
  const ProfileReport& report = inputs.report;
  if (report.sleep_cycles != 0 || report.inferences.empty() || report.clock_hz == 0) return;
  const FunctionRow* busiest = nullptr;
  for (const FunctionRow& function : report.functions) {
    if (function.instructions == 0) continue;
    if (busiest == nullptr || function.cycles > busiest->cycles) busiest = &function;
  }
  const InferenceSums sums = inference_sums(report);
  const std::uint64_t others =
      report.total_cycles - std::min(report.total_cycles, sums.elapsed_cycles);
  const double seconds = static_cast<double>(others) / static_cast<double>(report.clock_hz);
  if (seconds < kLongWaitSeconds || percent_of(others, report.total_cycles) < kMuchWaiting) return;
  std::string text = fmt::format(
      "the core never sleeps: {:.0f} ms outside of inferences, {:.0f} % "
      "of the run, at the current of a running CPU",
      seconds * 1e3, percent_of(others, report.total_cycles));
  if (busiest != nullptr) text += fmt::format("; most of it may be {}", busiest->name);
  rows.push_back({"busy-wait", text, "wait with WFI or WFE for the interrupt of what is awaited"});
}

}  // namespace tinyscope
