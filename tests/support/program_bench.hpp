// Assembles a small program, puts it on a bare Cortex-M4F with flash at 0 and RAM at 0x20000000,
// and runs it. Needs arm-none-eabi-as and -ld (Debian's binutils-arm-none-eabi).
//
// The vector table is made here: `reset` must exist; other handlers are optional symbols named
// nmi, hardfault, memmanage, busfault, usagefault, svcall, debugmon, pendsv, systick, irq0 … irq15;
// those not defined hang. The initial stack pointer is 0x20010000. Macros:
//   exit                  ends the run
//   poke ADDRESS, VALUE   stores a word; changes r0 and r1
//   log VALUE             appends a word to log(); changes r0 to r2 and flags
//   fpu_on                opens CPACR for everyone; changes r0 and r1
#pragma once

#include <cstdint>
#include <functional>
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

// Keeps what listeners are told.
struct Recorder final : SimListener {
  void on_block_retired(const BlockRetired& block) override { instructions += block.instructions; }
  void on_exception(const ExceptionEvent& event) override { exceptions.push_back(event); }
  void on_sleep(const SleepEvent& event) override { sleeps.push_back(event); }
  void on_reset(Cycles cycle, Address, Address) override { resets.push_back(cycle); }

  std::vector<ExceptionEvent> exceptions;
  std::vector<SleepEvent> sleeps;
  std::vector<Cycles> resets;
  std::uint64_t instructions = 0;
};

class ProgramBench {
 public:
  static constexpr Address kStackTop = 0x20010000;

  explicit ProgramBench(std::string_view source,
                        CoreConfig config = {.interrupts = 16, .priority_bits = 3});
  // The same with a program that has been assembled already.
  explicit ProgramBench(FirmwareImage program,
                        CoreConfig config = {.interrupts = 16, .priority_bits = 3});

  // On other memory timing than none, on the path named.
  ProgramBench(FirmwareImage program, CoreConfig config, std::unique_ptr<MemoryTiming> timing,
               bool fast);

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
  std::vector<std::uint32_t> log();
  std::string console;  // what semihosting wrote

  // Calls `action` in mid-run, when the core's clock has ticked `cycle` times.
  void at_cycle(std::uint64_t cycle, std::function<void()> action);
  // A request of an external interrupt that lasts no time.
  void pulse(unsigned interrupt);
  void set_word(Address address, std::uint32_t value) {
    bus.write(address, AccessSize::kWord, value, {});
  }

  RunNotes notes;
  Scheduler scheduler;
  PowerTracker power;
  Bus bus{notes};
  FirmwareImage image;
  MemoryTiming* memory = nullptr;
  std::unique_ptr<CortexM> core;
  Recorder recorder;

 private:
  std::vector<std::unique_ptr<Event>> events_;
};

}  // namespace tinyscope::test
