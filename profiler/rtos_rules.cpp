#include "profiler/rtos_rules.hpp"

#include "profiler/shipped_files.hpp"
#include "sim/description/toml.hpp"

namespace tinyscope {

RtosRules load_rtos_rules(const std::filesystem::path& file) {
  TomlTable toml = TomlTable::from_file(file);
  RtosRules rules;
  rules.name = toml.require_string("name");
  rules.symbol = toml.require_string("symbol");
  rules.running = toml.require_u32("running");
  rules.idle = toml.strings("idle");
  auto thread = toml.table("thread");
  if (!thread) toml.fail("thread", "missing; expected a table with name, stack and stack_size");
  rules.thread_name = thread->require_u32("name");
  rules.thread_stack = thread->require_u32("stack");
  rules.thread_stack_size = thread->require_u32("stack_size");
  toml.reject_unknown_keys();
  return rules;
}

std::optional<FoundRtos> find_rtos(const FirmwareImage& image) {
  for (const std::filesystem::path& file : shipped_files("profiler/rtos")) {
    RtosRules rules = load_rtos_rules(file);
    for (const Symbol& symbol : image.symbols.all()) {
      if (symbol.kind != SymbolKind::kObject || symbol.demangled != rules.symbol) continue;
      const Address running = symbol.address + rules.running;
      return FoundRtos{std::move(rules), running};
    }
  }
  return std::nullopt;
}

}  // namespace tinyscope
