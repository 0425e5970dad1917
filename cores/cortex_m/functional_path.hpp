// What the core keeps for running without a cycle model (CortexM::run_functional, in
// functional_path.cpp).
//
// The engine of the fast path announces blocks, and each instruction counts as one cycle. Nothing
// of a block is foreseen: accesses to peripherals happen where the engine makes them, and what they
// bring about (an interrupt, a stop) takes effect behind the block. The core goes to the reference
// path for system instructions and the like, and where an event falls into a block.
//
// Not modelled: the fault of an unaligned LDRD, LDM, VLDR and their kin; code in RAM that has run
// on the reference path alone and is then replaced.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cores/decode/insn.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct FunctionalBlock {
  Address start = 0;
  std::uint32_t size = 0;
  std::vector<Insn> insns;
  std::string_view obstacle;  // why it runs on the reference path; empty: it need not
  bool uses_fpu = false;
  bool divides = false;
  std::vector<std::uint8_t> code;  // as it was decoded, of code in RAM; otherwise empty
};

struct FunctionalPath {
  static constexpr std::uint32_t kLongestStay = 64;  // instructions on the reference path

  // A block that may run at once, by the low bits of its address.
  struct Ready {
    std::uint64_t key = ~std::uint64_t{0};
    std::uint64_t instructions = 0;
  };
  static constexpr std::size_t kReady = 8192;

  static std::uint64_t key_of(Address start, std::uint32_t size) {
    return std::uint64_t{size} << 32 | start;
  }
  std::uint64_t ready_key(Address start, std::uint32_t size) const {
    return key_of(start, size) | circumstances;
  }
  Ready& ready_at(Address start) { return ready[start >> 1 & (kReady - 1)]; }
  void forget() {
    ready.fill({});
    blocks.clear();
    in_ram.clear();
  }

  std::array<Ready, kReady> ready{};
  std::unordered_map<std::uint64_t, std::unique_ptr<FunctionalBlock>> blocks;
  std::vector<const FunctionalBlock*> in_ram;

  // While the core runs here.
  bool fpu_ready = false;
  bool divides_ready = false;       // a divide by zero gives zero
  std::uint64_t circumstances = 0;  // both, as bits of ready_key()
  std::uint64_t limit = 0;          // no block may reach this cycle
  std::uint64_t poll_at = 0;        // cycle
  std::uint64_t accounted = 0;      // cycles that all sums know of
  Address block_start = 0;          // of the block that is running
  std::uint32_t block_size = 0;
  std::uint64_t running = 0;    // its instructions; 0: none is
  std::uint64_t accesses = 0;   // it has made to peripherals
  bool refused = false;         // the coming block has to run elsewhere
  bool polls = false;           // it is time for that
  bool stopped_inside = false;  // a refused access has stopped the engine, and this is where:
  Address stopped_address = 0;
  bool stopped_write = false;

  std::uint32_t stay_away = 0;
  std::uint64_t instructions = 0;  // that ran here, for tests
};

}  // namespace tinyscope
