// The instructions of a function, told apart from the data between them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sim/bus.hpp"
#include "sim/image/image.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct DisassembledInsn {
  Address address = 0;
  std::uint32_t size = 2;  // bytes
  std::string text;        // "ldr r0, [r1, #4]", or ".word 0x20000000" for data
  std::string comment;     // "<memcpy>", "=0x20000010"; may be empty
  bool is_data = false;
  Address target = 0;     // of a direct branch
  bool branches = false;  // has a target
};

// Code at [begin, end), as memory holds it now. Code is what ran (`executed`, by address) and what
// can be reached from there; the rest is literals and tables.
std::vector<DisassembledInsn> disassemble(const Bus& bus, const SymbolTable& symbols, Address begin,
                                          Address end, const std::set<Address>& executed);

}  // namespace tinyscope
