// Every function of the firmware under a small number, with the address range of its code.
//
// With symbols, ranges come from them and gaps between functions are ranges without a name.
// Without, a function is known by its entry address alone and its range is the whole memory.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

using FunctionId = std::uint32_t;
inline constexpr FunctionId kNoFunction = 0xFFFFFFFFu;

// Code addresses [begin, begin + size).
struct CodeRange {
  Address begin = 0;
  std::uint32_t size = 0xFFFFFFFFu;
  // The range is a split-off part of another function (GCC's ".cold"): a jump to its first
  // instruction is not a tail call.
  bool part = false;
  bool named = false;

  bool contains(Address address) const { return address - begin < size; }
};

class FunctionTable {
 public:
  explicit FunctionTable(const SymbolTable& symbols);

  // The code range around `address`.
  CodeRange range(Address address) const;

  // The function entered at `entry`: an entry in the middle of a named function (a label, a second
  // entry point) counts as that function. The result is below count() and stays the same.
  FunctionId id(Address entry);
  std::size_t count() const { return functions_.size(); }

  Address address(FunctionId id) const { return functions_[id].address; }
  // Demangled; "0x08001234" where there is no symbol.
  const std::string& name(FunctionId id) const { return functions_[id].name; }
  // `name` without return type, parameter list and GCC's suffix of copies, for narrow columns.
  static std::string short_name(const std::string& name);
  bool has_symbols() const { return !ranges_.empty(); }

 private:
  struct Range {
    CodeRange code;
    std::string name;
  };
  struct Function {
    Address address = 0;
    std::string name;
  };
  struct CacheLine {
    Address entry = 1;  // odd: empty
    FunctionId id = 0;
  };
  static constexpr std::size_t kCacheLines = 4096;

  const Range* find(Address address) const;

  std::vector<Range> ranges_;  // sorted, not overlapping
  std::vector<Function> functions_;
  std::unordered_map<Address, FunctionId> ids_;
  std::vector<CacheLine> cache_;
};

}  // namespace tinyscope
