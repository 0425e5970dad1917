// Contents of a part that are too large to be copied whenever its state is saved: a serial flash.
#pragma once

#include <cstdint>
#include <span>

namespace tinyscope {

// Implemented by a device beside its own interface. Its snapshot() leaves the contents out: whoever
// saves the machine keeps them, and puts them back.
class LargeContents {
 public:
  virtual ~LargeContents() = default;
  // A multiple of 4096 bytes, at the same place as long as the device lives.
  virtual std::span<std::uint8_t> contents() = 0;
  // Another number after each change that the device has made; a restored state does not take it
  // back.
  virtual std::uint64_t edits() const = 0;
};

}  // namespace tinyscope
