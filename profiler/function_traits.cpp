#include "profiler/function_traits.hpp"

#include "sim/error.hpp"
#include "sim/glob.hpp"

namespace tinyscope {

namespace {

constexpr std::size_t kMaxRules = 32;

bool any_function_matches(const SymbolTable& symbols, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (pattern.starts_with("0x")) return true;  // an address needs no symbol
  }
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind == SymbolKind::kFunction && glob_match_any(patterns, symbol.demangled)) {
      return true;
    }
  }
  return false;
}

std::vector<const LayerRules*> rules_for(const SymbolTable& symbols,
                                         const std::vector<LayerRules>& rules) {
  std::vector<const LayerRules*> active;
  for (const LayerRules& rule : rules) {
    if (rule.inference != LayerRules::Inference::kInvoke) continue;
    if (!rule.required.empty() && !any_function_matches(symbols, rule.required)) continue;
    if (any_function_matches(symbols, rule.invoke)) active.push_back(&rule);
  }
  if (active.empty()) {
    for (const LayerRules& rule : rules) {
      if (rule.inference != LayerRules::Inference::kGroup) continue;
      if (any_function_matches(symbols, rule.operators)) active.push_back(&rule);
    }
  }
  if (active.size() > kMaxRules) {
    throw InputError(
        "profiler rules: more than 32 rule files apply to this firmware; name the "
        "ones that matter");
  }
  return active;
}

}  // namespace

FunctionTraits::FunctionTraits(const SymbolTable& symbols, const FunctionTable& functions,
                               const std::vector<LayerRules>& rules)
    : functions_(functions), active_(rules_for(symbols, rules)) {
  for (const LayerRules& rule : rules) {
    for (const LayerRules::Phase& phase : rule.phases) phases_.push_back(&phase);
  }
}

void FunctionTraits::learn(FunctionId id) {
  while (traits_.size() <= id) {
    const auto next = static_cast<FunctionId>(traits_.size());
    const std::string& name = functions_.name(next);
    Traits traits;
    for (std::size_t i = 0; i < active_.size(); ++i) {
      const LayerRules& rules = *active_[i];
      const std::uint32_t bit = 1u << i;
      if (glob_match_any(rules.invoke, name)) traits.invoke |= bit;
      if (glob_match_any(rules.except, name)) traits.except |= bit;
      if (glob_match_any(rules.dispatch, name)) traits.dispatch |= bit;
      if (glob_match_any(rules.operators, name)) traits.operators |= bit;
      const bool kernel = glob_match_any(rules.kernels, name);
      if (kernel && !glob_match_any(rules.kernels_except, name)) traits.kernel |= bit;
    }
    for (std::size_t i = 0; i < phases_.size() && traits.phase < 0; ++i) {
      if (glob_match_any(phases_[i]->match, name)) traits.phase = static_cast<std::int32_t>(i);
    }
    traits_.push_back(traits);
  }
}

}  // namespace tinyscope
