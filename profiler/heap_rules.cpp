#include "profiler/heap_rules.hpp"

#include "sim/description/toml.hpp"
#include "sim/glob.hpp"
#include "sim/shipped_rules.hpp"

namespace tinyscope {
namespace {

using Does = HeapFunction::Does;

std::optional<std::uint8_t> argument(TomlTable& table, std::string_view key, bool required) {
  if (!required && !table.contains(key)) return std::nullopt;
  const std::uint32_t number = table.require_u32(key);
  // Further arguments are on the stack (AAPCS).
  if (number > 3) table.fail(key, "expected the number of an argument, 0 to 3");
  return static_cast<std::uint8_t>(number);
}

void read_entries(TomlTable& toml, std::string_view key, Does does, HeapRules& rules) {
  for (TomlTable& table : toml.tables(key)) {
    HeapRules::Entry entry;
    entry.match = table.strings("match");
    if (entry.match.empty()) table.fail("match", "expected at least one name of a function");
    entry.function.does = does;
    if (does != Does::kFree) entry.function.size = *argument(table, "size", true);
    if (does == Does::kAllocate) entry.function.count = argument(table, "count", false);
    if (does == Does::kFree || does == Does::kReallocate) {
      entry.function.block = *argument(table, "block", true);
    }
    rules.entries.push_back(std::move(entry));
  }
}

}  // namespace

HeapRules load_heap_rules(const std::filesystem::path& file) {
  TomlTable toml = TomlTable::from_file(file);
  HeapRules rules;
  rules.name = toml.require_string("name");
  read_entries(toml, "allocate", Does::kAllocate, rules);
  read_entries(toml, "reallocate", Does::kReallocate, rules);
  read_entries(toml, "free", Does::kFree, rules);
  read_entries(toml, "extend", Does::kExtend, rules);
  std::vector<std::string> wrappers = toml.strings("wrappers");
  if (!wrappers.empty()) rules.entries.push_back({std::move(wrappers), {Does::kWrap, 0, {}, 0}});
  toml.reject_unknown_keys();
  return rules;
}

std::vector<HeapRules> shipped_heap_rules() {
  return shipped_rules("profiler/heap", load_heap_rules);
}

HeapFunction heap_function(const std::vector<HeapRules>& rules, std::string_view name) {
  for (const HeapRules& known : rules) {
    for (const HeapRules::Entry& entry : known.entries) {
      if (glob_match_any(entry.match, name)) return entry.function;
    }
  }
  return {};
}

}  // namespace tinyscope
