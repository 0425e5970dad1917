#include "profiler/rtos_rules.hpp"

#include <algorithm>

#include "sim/description/toml.hpp"
#include "sim/shipped_rules.hpp"

namespace tinyscope {

namespace {

const Symbol* find_object(const SymbolTable& symbols, const std::string& name) {
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind == SymbolKind::kObject && symbol.demangled == name) return &symbol;
  }
  return nullptr;
}

bool has(const SymbolTable& symbols, const std::string& name) {
  return std::any_of(symbols.all().begin(), symbols.all().end(),
                     [&name](const Symbol& symbol) { return symbol.demangled == name; });
}

}  // namespace

RtosRules load_rtos_rules(const std::filesystem::path& file) {
  TomlTable toml = TomlTable::from_file(file);
  RtosRules rules;
  rules.name = toml.require_string("name");
  rules.symbol = toml.require_string("symbol");
  rules.require = toml.strings("require");
  rules.running = toml.require_u32("running");
  rules.idle = toml.strings("idle");
  for (TomlTable& thread : toml.tables("thread")) {
    RtosRules::Layout layout;
    const std::optional<std::uint32_t> text = thread.u32("name_text");
    layout.name_in_place = text.has_value();
    layout.name = text ? *text : thread.require_u32("name");
    layout.stack = thread.require_u32("stack");
    layout.stack_size = thread.u32("stack_size");
    rules.layouts.push_back(layout);
  }
  if (auto table = toml.table("table")) {
    rules.table_symbol = table->require_string("symbol");
    rules.table_running = table->require_u32("running");
    rules.table_name = table->require_u32("name_text");
  }
  toml.reject_unknown_keys();
  return rules;
}

std::optional<FoundRtos> find_rtos(const FirmwareImage& image) {
  for (RtosRules& rules : shipped_rules("profiler/rtos", load_rtos_rules)) {
    const Symbol* const object = find_object(image.symbols, rules.symbol);
    const bool fits = object != nullptr && std::all_of(rules.require.begin(), rules.require.end(),
                                                       [&](const std::string& name) {
                                                         return has(image.symbols, name);
                                                       });
    if (!fits) continue;
    FoundRtos found;
    found.object = object->address;
    if (!rules.table_symbol.empty()) {
      const Symbol* const table = find_object(image.symbols, rules.table_symbol);
      if (table != nullptr) found.table = table->address;
    }
    found.rules = std::move(rules);
    return found;
  }
  return std::nullopt;
}

}  // namespace tinyscope
