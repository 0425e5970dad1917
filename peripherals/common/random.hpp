// Reproducible random numbers for models: splitmix64 (Steele, Lea, Flood: Fast splittable
// pseudorandom number generators, OOPSLA 2014). The same seed gives the same run everywhere.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/snapshot.hpp"

namespace tinyscope {

class Random {
 public:
  // `salt` keeps models of one run apart, for example the instance name.
  Random(std::uint64_t seed, std::string_view salt) : state_(seed) {
    for (const char c : salt) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3;
  }

  std::uint32_t next() {
    state_ += 0x9E37'79B9'7F4A'7C15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xBF58'476D'1CE4'E5B9;
    mixed = (mixed ^ mixed >> 27) * 0x94D0'49BB'1331'11EB;
    return static_cast<std::uint32_t>(mixed >> 32);
  }

  void snapshot(StateArchive& archive) { archive(state_); }

 private:
  std::uint64_t state_;
};

}  // namespace tinyscope
