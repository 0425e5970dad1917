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
// Whole words around [address, address + size).
MovedRange whole_words(Address address, std::uint32_t size, Address as);
// Does `range` share a byte with one of them?
bool overlaps(const MovedRange& range, const std::vector<MovedRange>& others);
// One behind the other from `to` on; what shares a word or is there twice is one range.
std::vector<MovedRange> packed(std::vector<MovedRange> ranges, Address to);
std::uint32_t bytes_of(const std::vector<MovedRange>& ranges);

}  // namespace tinyscope
