// What kind of kernel a layer ran, and why it is slower than it could be: from the names of the
// functions below it, their code, and what the model says of the operator. Each note states its
// evidence; where there is none, nothing is said.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "profiler/function_table.hpp"
#include "profiler/layer_rules.hpp"
#include "profiler/report.hpp"
#include "profiler/tflite_model.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

struct LayerEvidence {
  struct FunctionCycles {
    FunctionId function = kNoFunction;
    std::uint64_t cycles = 0;  // of its own
  };
  const LayerRules* rules = nullptr;
  std::vector<FunctionCycles> functions;  // that ran below the layer, in any order
  bool others_optimised = false;          // another layer of the inference ran an optimised kernel
  // From the model; null where the layer is no operator of it.
  const TfliteModel* model = nullptr;
  const TfliteOperator* op = nullptr;
};

// Keeps what it found out about functions, so that many inferences cost little.
class KernelNotes {
 public:
  KernelNotes(const FirmwareImage& image, const FunctionTable& functions)
      : image_(image), functions_(functions) {}

  KernelKind kind(const LayerEvidence& layer);
  // `row` has its cycles, op and kind already.
  std::vector<std::string> notes(const LayerRow& row, const LayerEvidence& layer);

 private:
  enum class FunctionKind : std::uint8_t { kOther, kReference, kOptimised, kFloat };

  // What a function's machine code gives away.
  struct Code {
    bool seen = false;  // the image has it, and symbols say how long it is
    bool unoptimised = false;
    bool dual_multiply = false;
  };

  FunctionKind function_kind(const LayerRules& rules, FunctionId id);
  // By what the rules, the model, run-time functions and machine code tell.
  std::string reference_note(const LayerRow& row, const LayerEvidence& layer) const;
  void note_shapes(const LayerEvidence& layer, std::vector<std::string>& notes) const;
  void note_model(const LayerRow& row, const LayerEvidence& layer,
                  std::vector<std::string>& notes) const;
  void note_soft_float(const LayerRow& row,
                       const std::vector<LayerEvidence::FunctionCycles>& functions,
                       std::vector<std::string>& notes) const;
  void note_code(const LayerRow& row, const std::vector<LayerEvidence::FunctionCycles>& functions,
                 std::vector<std::string>& notes);
  const Code& code(FunctionId id);
  const std::string& name(FunctionId id) const { return functions_.name(id); }

  const FirmwareImage& image_;
  const FunctionTable& functions_;
  std::map<std::pair<const LayerRules*, FunctionId>, FunctionKind> kinds_;
  std::map<FunctionId, Code> codes_;
};

}  // namespace tinyscope
