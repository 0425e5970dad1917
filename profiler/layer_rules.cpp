#include "profiler/layer_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/description/toml.hpp"
#include "sim/error.hpp"
#include "sim/glob.hpp"
#include "sim/shipped_files.hpp"
#include "sim/shipped_rules.hpp"
#include "sim/types.hpp"

namespace tinyscope {

namespace {

const std::filesystem::path kFolder = "profiler/rules";

// "0x2FBD" as the name that a function without a symbol has; empty if it is no address.
std::string name_of_address(const std::string& text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return {};
  Address address = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 2, last, address, 16);
  if (error != std::errc() || end != last) return {};
  return fmt::format("{:#010x}", address & ~1u);
}

void give_invoke_symbol(LayerRules& rules, const std::string& symbol) {
  // With an entry function of their own, rules for single calls find them at any depth below it.
  if (rules.inference == LayerRules::Inference::kGroup) rules.depth = LayerRules::Depth::kAny;
  rules.inference = LayerRules::Inference::kInvoke;
  const std::string address = name_of_address(symbol);
  if (!address.empty()) {
    // Where the user has to give an address, operators have no names either.
    rules.invoke = {address};
    rules.operators.push_back("0x*");
    return;
  }
  rules.invoke = {symbol};
  // A name without parameter list means every overload.
  if (symbol.find('(') == std::string::npos) rules.invoke.push_back(symbol + "(*");
}

bool load_phases(TomlTable& toml, LayerRules& rules) {
  for (TomlTable& table : toml.tables("phase")) {
    LayerRules::Phase phase;
    phase.name = table.require_string("name");
    if (is_reserved_phase(phase.name)) {
      table.fail("name",
                 fmt::format("\"{}\" is counted without rules; choose another name", phase.name));
    }
    phase.match = table.strings("match");
    if (phase.match.empty()) table.fail("match", "name at least one pattern for this phase");
    rules.phases.push_back(std::move(phase));
  }
  return !rules.phases.empty();
}

// Adds what `base` says of kernels and operator names behind what `rules` says itself.
void extend(LayerRules& rules, const LayerRules& base) {
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(rules.kernels, base.kernels);
  add(rules.kernels_except, base.kernels_except);
  add(rules.arena, base.arena);
  add(rules.arena_bytes, base.arena_bytes);
  add(rules.ops, base.ops);
  add(rules.kinds.optimised, base.kinds.optimised);
  add(rules.kinds.reference, base.kinds.reference);
  add(rules.kinds.floating, base.kinds.floating);
  add(rules.kinds.optimised_ops, base.kinds.optimised_ops);
  if (rules.kinds.how.empty()) rules.kinds.how = base.kinds.how;
}

LayerRules::KernelKinds kernel_kinds(TomlTable& toml) {
  LayerRules::KernelKinds kinds;
  kinds.optimised = toml.strings("optimised");
  kinds.reference = toml.strings("reference");
  kinds.floating = toml.strings("float");
  kinds.optimised_ops = toml.strings("optimised_ops");
  kinds.how = toml.string("how").value_or("");
  if (!kinds.optimised_ops.empty() && kinds.how.empty()) {
    toml.fail("how", "say what to do to get the optimised kernels of optimised_ops");
  }
  return kinds;
}

std::filesystem::path shipped_file(const std::string& name) {
  std::string known;
  for (const std::filesystem::path& shipped : shipped_files(kFolder)) {
    if (shipped.stem() == name) return shipped;
    known += (known.empty() ? "" : ", ") + shipped.stem().string();
  }
  throw InputError(fmt::format(
      "profiler rules: there are none called \"{}\"; known are {}, or give the path of a .toml "
      "file",
      name, known));
}

LayerRules load(const std::filesystem::path& file, bool may_extend) {
  TomlTable toml = TomlTable::from_file(file);
  LayerRules rules;
  rules.name = toml.require_string("name");

  TomlTable inference = toml.table("inference").value_or(TomlTable::empty(toml.where()));
  const std::string begins = inference.string("delimited_by").value_or("invoke");
  if (begins == "group") {
    rules.inference = LayerRules::Inference::kGroup;
  } else if (begins != "invoke") {
    inference.fail("delimited_by",
                   fmt::format("expected \"invoke\" or \"group\", found \"{}\"", begins));
  }
  rules.invoke = inference.strings("invoke");
  rules.required = inference.strings("requires");
  const bool phases_only = load_phases(toml, rules) && rules.invoke.empty() &&
                           rules.inference == LayerRules::Inference::kInvoke;
  if (!phases_only && rules.inference == LayerRules::Inference::kInvoke && rules.invoke.empty()) {
    inference.fail("invoke",
                   "name at least one function that runs the operators, or set "
                   "delimited_by = \"group\"");
  }

  TomlTable operators = toml.table("operators").value_or(TomlTable::empty(toml.where()));
  rules.operators = operators.strings("match");
  if (rules.operators.empty() && !phases_only) {
    operators.fail("match", "name at least one pattern; \"*\" takes every function called");
  }
  rules.except = operators.strings("except");
  rules.dispatch = operators.strings("dispatch");
  const std::string depth = operators.string("depth").value_or("direct");
  if (depth == "any") {
    rules.depth = LayerRules::Depth::kAny;
  } else if (depth != "direct") {
    operators.fail("depth", fmt::format("expected \"direct\" or \"any\", found \"{}\"", depth));
  }

  rules.kernels = toml.strings("kernels");
  rules.kernels_except = toml.strings("kernels_except");
  rules.arena = toml.strings("arena");
  rules.arena_bytes = toml.strings("arena_bytes");
  if (auto kinds = toml.table("kernel_kinds")) rules.kinds = kernel_kinds(*kinds);
  for (TomlTable& op : toml.tables("op")) {
    const std::string name = op.require_string("name");
    const std::vector<std::string> patterns = op.strings("match");
    if (patterns.empty()) op.fail("match", "name at least one pattern for this operator");
    for (const std::string& pattern : patterns) rules.ops.push_back({pattern, name});
  }
  if (const auto base = toml.string("extends")) {
    if (!may_extend) toml.fail("extends", "rules that others extend cannot extend others");
    extend(rules, load(shipped_file(*base), false));
  }
  toml.reject_unknown_keys();
  return rules;
}

}  // namespace

bool is_reserved_phase(std::string_view name) {
  return name == "inference" || name == "interrupts" || name == "sleep" || name == "other";
}

std::string_view LayerRules::op_of(std::string_view function) const {
  for (const OpName& entry : ops) {
    if (glob_match(entry.pattern, function)) return entry.op;
  }
  return {};
}

LayerRules load_layer_rules(const std::filesystem::path& file) { return load(file, true); }

std::vector<LayerRules> shipped_layer_rules() { return shipped_rules(kFolder, load_layer_rules); }

LayerRules layer_rules(const std::string& name_or_file, const std::string& invoke_symbol) {
  std::filesystem::path file = name_or_file;
  if (file.extension() != ".toml") {
    file = shipped_file(name_or_file);
  }
  LayerRules rules = load_layer_rules(file);
  if (!invoke_symbol.empty()) give_invoke_symbol(rules, invoke_symbol);
  return rules;
}

}  // namespace tinyscope
