// What elements of an SVD file say about access, effects, size and repetition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/svd/svd.hpp"
#include "sim/svd/svd_node.hpp"

namespace tinyscope {

// What registers inherit from what is around them.
struct SvdProperties {
  std::uint64_t bits = 32;
  std::uint64_t reset_value = 0;
  SvdAccess access = SvdAccess::kReadWrite;
};

// With what `node` itself says in place of what is around it.
SvdProperties inherit(const SvdNode& node, SvdProperties from);

// Nullopt: it says nothing. Each throws InputError for a word that the format does not have.
std::optional<SvdAccess> access_of(const SvdNode& node);
std::optional<SvdWrite> write_of(const SvdNode& node);
std::optional<SvdRead> read_of(const SvdNode& node);
// "oneToClear" and its kin; nullopt: it is none of them.
std::optional<SvdWrite> parse_svd_write(std::string_view text);

struct SvdCopy {
  std::string name;
  std::uint64_t offset = 0;  // from the first one
};

// One element, or those that <dim> makes of it.
std::vector<SvdCopy> copies(const SvdNode& node, const std::string& name);

}  // namespace tinyscope
