// Ranges of memory that what-ifs time as if they lay elsewhere.
#pragma once

#include <string_view>
#include <vector>

#include "cores/memory/memory_system.hpp"
#include "sim/description/soc.hpp"

namespace tinyscope {

// Null if the chip has no memory of that name.
const MemoryDescription* find_memory(const SocDescription& soc, std::string_view name);
// Is it an address of the flash whose reads wait, or an alias of it?
bool reads_flash(const SocDescription& soc, Address address);
// Does `range` share a byte with one of them?
bool overlaps(const MovedRange& range, const std::vector<MovedRange>& others);
// Where what lies at `base` can go, at or behind `next`: it keeps its place in a line of any cache.
Address place_behind(Address next, Address base);
// Whole words around [address, address + size), placed at or behind `next`.
MovedRange whole_words(Address address, std::uint32_t size, Address next);
// One behind the other from `to` on; what shares a word or is there twice is one range.
std::vector<MovedRange> packed(std::vector<MovedRange> ranges, Address to);
std::uint32_t bytes_of(const std::vector<MovedRange>& ranges);

}  // namespace tinyscope
