#include "profiler/kernel_notes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "profiler/code_inspection.hpp"
#include "profiler/operator_notes.hpp"
#include "sim/glob.hpp"

namespace tinyscope {

namespace {

// Functions of a layer that took less than this share of its cycles explain nothing.
constexpr std::uint64_t kShareDivisor = 50;
constexpr std::uint64_t kSoftFloatDivisor = 100;
constexpr std::size_t kNamed = 3;  // functions that one note names

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

// Run-time ABI for the Arm Architecture, 4.1.2, and the names that GCC's library has for the same.
bool is_double_arithmetic(std::string_view name) {
  return starts_with_any(name, {"__aeabi_d", "__aeabi_i2d", "__aeabi_ui2d", "__aeabi_l2d",
                                "__aeabi_ul2d", "__aeabi_f2d", "__aeabi_cd"}) ||
         (name.starts_with("__") &&
          (name.ends_with("df2") || name.ends_with("df3") || name.starts_with("__fixdf") ||
           name.starts_with("__fixunsdf") || name.starts_with("__floatsidf") ||
           name.starts_with("__floatunsidf")));
}

bool is_single_arithmetic(std::string_view name) {
  return !is_double_arithmetic(name) &&
         (starts_with_any(name, {"__aeabi_f", "__aeabi_i2f", "__aeabi_ui2f", "__aeabi_l2f",
                                 "__aeabi_ul2f", "__aeabi_cf"}) ||
          (name.starts_with("__") &&
           (name.ends_with("sf2") || name.ends_with("sf3") || name.starts_with("__fixsf") ||
            name.starts_with("__fixunssf") || name.starts_with("__floatsisf") ||
            name.starts_with("__floatunsisf"))));
}

// "arm_convolve_s8.constprop.0" is a copy of "arm_convolve_s8".
bool is_copy_of(std::string_view name, std::string_view original) {
  return name == original || (name.starts_with(original) && name.size() > original.size() &&
                              name[original.size()] == '.');
}

bool only_converts(std::string_view op) { return op == "QUANTIZE" || op == "DEQUANTIZE"; }

using FunctionCycles = LayerEvidence::FunctionCycles;

std::vector<FunctionCycles> by_cycles(const LayerEvidence& layer) {
  std::vector<FunctionCycles> order = layer.functions;
  std::sort(order.begin(), order.end(), [](const FunctionCycles& a, const FunctionCycles& b) {
    return a.cycles != b.cycles ? a.cycles > b.cycles : a.function < b.function;
  });
  return order;
}

const TfliteTensor* first_input(const LayerEvidence& layer) {
  return layer.op == nullptr ? nullptr : layer.model->subgraphs.front().input(*layer.op, 0);
}

}  // namespace

KernelNotes::FunctionKind KernelNotes::function_kind(const LayerRules& rules, FunctionId id) {
  const auto [entry, is_new] = kinds_.try_emplace({&rules, id}, FunctionKind::kOther);
  if (is_new) {
    const LayerRules::KernelKinds& kinds = rules.kinds;
    if (glob_match_any(kinds.floating, name(id))) {
      entry->second = FunctionKind::kFloat;
    } else if (glob_match_any(kinds.optimised, name(id))) {
      entry->second = FunctionKind::kOptimised;
    } else if (glob_match_any(kinds.reference, name(id))) {
      entry->second = FunctionKind::kReference;
    }
  }
  return entry->second;
}

KernelKind KernelNotes::kind(const LayerEvidence& layer) {
  const TfliteTensor* const input = first_input(layer);
  if (input != nullptr && input->type == TfliteType::kFloat32 && !only_converts(layer.op->op)) {
    return KernelKind::kFloat;
  }
  // Whoever took most: the kernel may be spread over several functions, or be inlined into the
  // operator's own.
  std::uint64_t reference = 0;
  std::uint64_t optimised = 0;
  std::uint64_t floating = 0;
  for (const FunctionCycles& part : layer.functions) {
    switch (function_kind(*layer.rules, part.function)) {
      case FunctionKind::kReference: reference += part.cycles; break;
      case FunctionKind::kOptimised: optimised += part.cycles; break;
      case FunctionKind::kFloat: floating += part.cycles; break;
      case FunctionKind::kOther: break;
    }
  }
  if (floating + reference + optimised == 0) return KernelKind::kUnknown;
  if (floating >= reference && floating >= optimised) return KernelKind::kFloat;
  return optimised >= reference ? KernelKind::kOptimised : KernelKind::kReference;
}

std::string KernelNotes::reference_note(const LayerRow& row, const LayerEvidence& layer) const {
  const LayerRules::KernelKinds& kinds = layer.rules->kinds;
  const auto& ops = kinds.optimised_ops;
  if (row.kernel_kind != KernelKind::kReference) return {};
  if (std::find(ops.begin(), ops.end(), row.op) == ops.end()) return {};
  const std::string obstacle =
      layer.op == nullptr ? ""
                          : obstacle_to_optimised_kernel(layer.model->subgraphs.front(), *layer.op);
  if (!obstacle.empty()) return fmt::format("reference kernel: {}", obstacle);
  if (layer.others_optimised) {
    return fmt::format(
        "reference kernel, while other layers ran optimised ones: current {} has one for it too",
        layer.rules->name);
  }
  return fmt::format("reference kernel, though {} has an optimised one: {}", layer.rules->name,
                     kinds.how);
}

void KernelNotes::note_shapes(const LayerEvidence& layer, std::vector<std::string>& notes) const {
  const RanFunction ran = [&](std::string_view wanted) {
    return std::any_of(
        layer.functions.begin(), layer.functions.end(),
        [&](const FunctionCycles& part) { return is_copy_of(name(part.function), wanted); });
  };
  const std::vector<std::string> found =
      layer.op == nullptr ? cmsis_nn_notes(ran)
                          : cmsis_nn_notes(layer.model->subgraphs.front(), *layer.op, ran);
  notes.insert(notes.end(), found.begin(), found.end());
}

void KernelNotes::note_model(const LayerRow& row, const LayerEvidence& layer,
                             std::vector<std::string>& notes) const {
  const TfliteSubgraph& graph = layer.model->subgraphs.front();
  if (!layer.op->options.subgraphs.empty()) {
    notes.push_back(fmt::format("runs the operators of subgraph {}, which are part of this row",
                                fmt::join(layer.op->options.subgraphs, " and ")));
  }
  const TfliteTensor* const weights = graph.input(*layer.op, 1);
  if (row.macs.value_or(0) == 0 || weights == nullptr || !weights->is_constant) return;
  const Address address = layer.model->address + weights->data_offset;
  if (address % 4 != 0) {
    notes.push_back(fmt::format(
        "weights at {:#010x} are not word-aligned: each word read takes two accesses", address));
  }
}

void KernelNotes::note_soft_float(const LayerRow& row, const std::vector<FunctionCycles>& functions,
                                  std::vector<std::string>& notes) const {
  std::uint64_t cycles = 0;
  bool doubles = false;
  std::vector<std::string> names;
  for (const FunctionCycles& part : functions) {
    const std::string& function = name(part.function);
    const bool is_double = is_double_arithmetic(function);
    if (!is_double && !is_single_arithmetic(function)) continue;
    cycles += part.cycles;
    doubles = doubles || is_double;
    if (names.size() < kNamed) names.push_back(function);
  }
  if (cycles == 0 || cycles < row.cycles / kSoftFloatDivisor) return;
  notes.push_back(fmt::format("soft float: {:.0f} % of its cycles in {}{}",
                              100.0 * static_cast<double>(cycles) / static_cast<double>(row.cycles),
                              fmt::join(names, ", "),
                              doubles ? " (double precision, which the FPU does not have)"
                                      : " (compiled without the FPU: -mfloat-abi)"));
}

const KernelNotes::Code& KernelNotes::code(FunctionId id) {
  const auto [entry, is_new] = codes_.try_emplace(id);
  const Address address = functions_.address(id);
  const CodeRange range = functions_.range(address);
  if (is_new && range.named) {
    const std::vector<std::uint16_t> code = code_at(image_, address, range.size);
    entry->second = {!code.empty(), looks_unoptimised(code), has_dual_multiply(code)};
  }
  return entry->second;
}

void KernelNotes::note_code(const LayerRow& row, const std::vector<FunctionCycles>& functions,
                            std::vector<std::string>& notes) {
  std::vector<std::string> unoptimised;
  bool dual_multiply = false;
  bool code_seen = false;
  for (const FunctionCycles& part : functions) {
    if (part.cycles == 0 || part.cycles < row.cycles / kShareDivisor) continue;
    const Code& seen = code(part.function);
    code_seen = code_seen || seen.seen;
    dual_multiply = dual_multiply || seen.dual_multiply;
    if (seen.unoptimised && unoptimised.size() < kNamed) {
      unoptimised.push_back(FunctionTable::short_name(name(part.function)));
    }
  }
  if (!unoptimised.empty()) {
    notes.push_back(
        fmt::format("compiled without optimisation (-O0): {} begins by storing its "
                    "arguments to memory",
                    fmt::join(unoptimised, ", ")));
  }
  const bool multiplies = row.op == "CONV_2D" || row.op == "FULLY_CONNECTED";
  if (multiplies && row.kernel_kind == KernelKind::kOptimised && code_seen && !dual_multiply) {
    notes.push_back(fmt::format("no SMLAD in {}: compiled without the DSP extension",
                                row.kernel.empty() ? "its functions" : row.kernel));
  }
}

std::vector<std::string> KernelNotes::notes(const LayerRow& row, const LayerEvidence& layer) {
  std::vector<std::string> notes;
  if (std::string note = reference_note(row, layer); !note.empty()) {
    notes.push_back(std::move(note));
  }
  if (row.kernel_kind == KernelKind::kFloat && row.macs.value_or(0) != 0) {
    notes.push_back("computes in float32; int8 takes a quarter of the memory and SMLAD");
  }
  if (row.kernel_kind == KernelKind::kOptimised) note_shapes(layer, notes);
  if (layer.op != nullptr) note_model(row, layer, notes);
  const std::vector<FunctionCycles> functions = by_cycles(layer);
  note_soft_float(row, functions, notes);
  note_code(row, functions, notes);
  return notes;
}

}  // namespace tinyscope
