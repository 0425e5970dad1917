// Takes back what the engine did beyond the point at which the core had to stop.
//
// Two cases need it. A refused store (MPU, alignment) has reached memory when the engine stops. And
// within an IT block the engine stops behind the block only: then the state at the instruction is
// kept, whatever follows is ignored, and the state is restored, IT bits included.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cores/engine/engine.hpp"
#include "sim/bus.hpp"

namespace tinyscope {

class Rollback {
 public:
  Rollback(ExecutionEngine& engine, Bus& bus) : engine_(engine), bus_(bus) {}

  // The engine runs on, but the core stands before the instruction at `pc`, whose IT state
  // (ITSTATE of Arm DDI 0403E, A7.3.2) is `it_state`.
  void begin(Address pc, std::uint8_t it_state);
  bool active() const { return active_; }
  // A store is about to happen that must not remain.
  void keep_memory(Address address, std::uint32_t size);

  // Between runs of the engine. Restores memory and, after begin(), all registers; `mode` and
  // `control` as for ExecutionEngine::set_mode().
  void restore(unsigned mode, std::uint32_t control);
  bool needed() const { return active_ || !memory_.empty(); }

 private:
  struct OldBytes {
    Address address;
    std::uint32_t size;
    std::array<std::uint8_t, 8> bytes;
  };

  ExecutionEngine& engine_;
  Bus& bus_;
  bool active_ = false;
  Address pc_ = 0;
  std::uint32_t xpsr_ = 0;
  std::array<std::uint32_t, static_cast<std::size_t>(CoreRegister::kCount)> registers_{};
  std::vector<OldBytes> memory_;
};

// ITSTATE in xPSR: IT[1:0] in bits 26:25, IT[7:2] in bits 15:10.
constexpr std::uint32_t kItBits = 0x0600FC00u;
constexpr std::uint32_t it_bits_of(std::uint8_t state) {
  return (state & 3u) << 25 | (std::uint32_t{state} >> 2) << 10;
}
constexpr std::uint8_t it_state_of(std::uint32_t xpsr) {
  return static_cast<std::uint8_t>((xpsr >> 25 & 3u) | (xpsr >> 10 & 0x3Fu) << 2);
}

}  // namespace tinyscope
