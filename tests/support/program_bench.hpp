// Assembles a small program, puts it on a bare Cortex-M4F with flash at 0 and RAM at 0x20000000,
// and runs it. Needs arm-none-eabi-as and -ld (Debian's binutils-arm-none-eabi).
//
// The vector table is made here: `reset` must exist; other handlers are optional symbols named
// nmi, hardfault, memmanage, busfault, usagefault, svcall, pendsv, systick, irq0 … irq15. The
// macro `exit` ends the run; the initial stack pointer is 0x20010000.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cores/cortex_m/core.hpp"
#include "sim/image/image.hpp"

namespace tinyscope::test {

// Machine code and symbols of an assembly source; throws std::runtime_error with the assembler's
// messages. The source is assembled for cortex-m4 with FPU, unified syntax, linked at 0.
FirmwareImage assemble(std::string_view source);

class ProgramBench {
 public:
  static constexpr Address kStackTop = 0x20010000;

  explicit ProgramBench(std::string_view source,
                        CoreConfig config = {.interrupts = 16, .priority_bits = 3});

  // Power-on and run to the end.
  StopReason run(std::uint64_t cycle_limit = 1'000'000);
  // Runs on after a stop.
  StopReason resume() { return core->run(); }

  std::uint32_t r(unsigned n) { return core->read_register(core_register(n)); }
  std::uint32_t word(Address address) {
    return bus.read(address, AccessSize::kWord, {}, true).value;
  }
  std::uint32_t word(std::string_view symbol) { return word(address_of(symbol)); }
  Address address_of(std::string_view symbol) const;

  RunNotes notes;
  Scheduler scheduler;
  PowerTracker power;
  Bus bus{notes};
  FirmwareImage image;
  std::unique_ptr<CortexM> core;
};

}  // namespace tinyscope::test
