// Bytes written as test vectors are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope::test {

using Bytes = std::vector<std::uint8_t>;

// Of hexadecimal digits; spaces are left out.
inline Bytes hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

}  // namespace tinyscope::test
