// Descriptors of a CDC-ACM device for tests. USB 2.0, tables 9-8 to 9-13; CDC 1.2, 5.2.3.
#pragma once

#include <cstdint>
#include <vector>

namespace tinyscope::test {

inline void set_total_length(std::vector<std::uint8_t>& configuration) {
  configuration[2] = static_cast<std::uint8_t>(configuration.size());
  configuration[3] = static_cast<std::uint8_t>(configuration.size() >> 8);
}

inline std::vector<std::uint8_t> cdc_device() {
  return {18, 1, 0, 2, 0xEF, 2, 1, 64, 0x41, 0x23, 0x5A, 0x80, 0, 1, 1, 2, 0, 1};
}

// Bulk on endpoints 0x81 and 0x01, notifications on 0x82.
inline std::vector<std::uint8_t> cdc_configuration() {
  std::vector<std::uint8_t> bytes = {
      9, 2,    0,    0,    2,  1,  0,  0xA0, 50,  // configuration 1, remote wake-up
      9, 4,    0,    0,    1,  2,  2,  1,    0,   // interface 0: communications, ACM
      5, 0x24, 0,    0x10, 1,                     // header
      5, 0x24, 1,    0,    1,                     // call management
      4, 0x24, 2,    2,                           // ACM
      5, 0x24, 6,    0,    1,                     // union: data interface 1
      7, 5,    0x82, 3,    8,  0,  16,            // interrupt IN
      9, 4,    1,    0,    2,  10, 0,  0,    0,   // interface 1: data
      7, 5,    0x81, 2,    64, 0,  0,             // bulk IN
      7, 5,    0x01, 2,    64, 0,  0,             // bulk OUT
  };
  set_total_length(bytes);
  return bytes;
}

}  // namespace tinyscope::test
