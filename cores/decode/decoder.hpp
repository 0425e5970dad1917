// Bytes to Insn. The only door to Capstone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cores/decode/insn.hpp"

namespace tinyscope {

class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Decodes the instruction at `address` whose bytes begin at `code` (2 bytes suffice for a narrow
  // one). Never throws on strange bytes: the result is then Op::kUndefined, of size 2 or 4 as the
  // first halfword says. `in_it` marks it as predicated by an IT block.
  Insn decode(std::span<const std::uint8_t> code, Address address, bool in_it = false);

  // "ldr r0, [r1, #4]" for reports; "<undefined>" if it does not decode.
  std::string text(std::span<const std::uint8_t> code, Address address);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace tinyscope
