// What the rules say of each function: whether it runs a model, is an operator or a kernel, or
// begins a phase. Patterns are matched once for each function, when it first runs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiler/function_table.hpp"
#include "profiler/layer_rules.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

class FunctionTraits {
 public:
  // Bit n of a mask is the n-th active rule.
  struct Traits {
    std::uint32_t invoke = 0;
    std::uint32_t except = 0;
    std::uint32_t dispatch = 0;
    std::uint32_t operators = 0;
    std::uint32_t kernel = 0;
    std::int32_t phase = -1;  // index of phases()
  };

  // References must outlive this. Rules with invoke functions are active if the firmware has one of
  // them; rules for groups of calls if no other rule is. Phases of all rules count.
  FunctionTraits(const SymbolTable& symbols, const FunctionTable& functions,
                 const std::vector<LayerRules>& rules);

  const Traits& of(FunctionId id) {
    if (id >= traits_.size()) learn(id);
    return traits_[id];
  }
  const std::vector<const LayerRules*>& active() const { return active_; }
  const std::vector<const LayerRules::Phase*>& phases() const { return phases_; }

 private:
  void learn(FunctionId id);

  const FunctionTable& functions_;
  std::vector<const LayerRules*> active_;
  std::vector<const LayerRules::Phase*> phases_;
  std::vector<Traits> traits_;
};

}  // namespace tinyscope
