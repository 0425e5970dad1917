// Thumb instructions behind a vector table: a firmware image written by hand.
#pragma once

#include <initializer_list>

#include "sim/image/image.hpp"

namespace tinyscope::test {

inline FirmwareImage thumb_program(std::initializer_list<std::uint16_t> code, Address start,
                                   Address stack = 0x2000'1000) {
  FirmwareImage image;
  image.path = "program";
  ImageSegment segment{start, {}};
  const auto halfword = [&](std::uint32_t value) {
    segment.bytes.push_back(static_cast<std::uint8_t>(value));
    segment.bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  };
  for (const std::uint32_t word : {stack, start + 9}) {
    halfword(word);
    halfword(word >> 16);
  }
  for (const std::uint16_t insn : code) halfword(insn);
  image.segments.push_back(std::move(segment));
  return image;
}

}  // namespace tinyscope::test
