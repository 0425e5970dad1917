// Which functions of a firmware allocate memory, as data: one TOML file for each allocator in
// profiler/heap. Patterns are matched against demangled names (see glob.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

// What a function of an allocator does, and which of its arguments (0 to 3: r0 to r3) say so.
struct HeapFunction {
  enum class Does : std::uint8_t { kNothing, kAllocate, kReallocate, kFree, kExtend, kWrap };
  Does does = Does::kNothing;
  std::uint8_t size = 0;
  std::optional<std::uint8_t> count;  // times size
  std::uint8_t block = 0;             // address of a block given back
};

struct HeapRules {
  struct Entry {
    std::vector<std::string> match;
    HeapFunction function;
  };
  std::string name;
  std::vector<Entry> entries;
};

// Throws InputError with file and line.
HeapRules load_heap_rules(const std::filesystem::path& file);
// Those that come with tinyscope.
std::vector<HeapRules> shipped_heap_rules();

// What the function of this demangled name does.
HeapFunction heap_function(const std::vector<HeapRules>& rules, std::string_view name);

}  // namespace tinyscope
