// Values as users write them on the command line and in scripts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/image/image.hpp"
#include "sim/time.hpp"
#include "sim/types.hpp"

namespace tinyscope {

// "2.5s", "10ms", "3us", "100ns". Throws InputError naming `what`.
Duration parse_duration(std::string_view text, std::string_view what);

// Decimal or 0x hexadecimal, with an optional minus sign. Throws InputError naming `what`.
std::int64_t parse_integer(std::string_view text, std::string_view what);
std::uint64_t parse_unsigned(std::string_view text, std::string_view what);

// A symbol of the firmware, or an address. Throws InputError naming `what`; an unknown symbol
// suggests the closest known one.
struct Place {
  Address address = 0;
  std::uint32_t size = 0;  // of the symbol; 0 for an address
};
Place parse_place(std::string_view text, const SymbolTable& symbols, std::string_view what);

// "\n", "\r", "\t", "\\", "\xHH" to the bytes they stand for.
std::string unescape(std::string_view text);

}  // namespace tinyscope
