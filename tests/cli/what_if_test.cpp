// A chip set up in another way than its firmware does it must take the cycles that firmware takes
// which sets it up that way itself.
#include "sim/cli/what_if.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

// Writes `value` to the register that sets up flash, then runs a loop over code, constants beside
// it and RAM four times, and leaves the cycles of the last time by CYCCNT in r7. The loop is at
// `target`, where `before` may have put it.
FirmwareImage program(std::uint32_t flash_register, std::uint32_t value,
                      const std::string& before = "", const std::string& target = "work") {
  return test::assemble(fmt::format(R"(
reset:
  ldr r0, =0x{:08X}
  ldr r1, =0x{:08X}
  str r1, [r0]
  poke 0xE000EDFC, 0x01000000  @ DEMCR.TRCENA
  poke 0xE0001000, 1           @ DWT_CTRL.CYCCNTENA
{}
  ldr r9, ={} + 1
  ldr r4, =0xE0001004
  mov r12, #4
0:
  ldr r5, [r4]
  blx r9
  ldr r7, [r4]
  sub r7, r5
  subs r12, #1
  bne 0b
  exit
  .ltorg
  .balign 64
work:
  push {{r4, r5, lr}}
  movw r10, #300
  adr r11, constants
  ldr r8, =0x20004000
1:
  and r6, r10, #0x3C
  ldr r0, [r11, r6]
  ldr r1, [r8, r6]
  mla r1, r0, r10, r1
  str r1, [r8, r6]
  tst r10, #7
  bne 2f
  bl far_away
2:
  subs r10, #1
  bne 1b
  pop {{r4, r5, pc}}
  .ltorg
  .balign 64
constants:
  .rept 16
  .word 0x01234567
  .endr
  .space 1000
far_away:
  udiv r1, r1, r10
  ldr r0, =0x55AA1234
  eor r1, r0
  bx lr
  .ltorg
  .space 64  @ what is fetched behind it in vain
work_end:
)",
                                    flash_register, value, before, target));
}

// In an exit by semihosting the machine ends at once.
std::uint32_t cycles(const char* board, const FirmwareImage& image, const WhatIf& what_if,
                     bool reference_path = false) {
  MachineOptions options;
  options.what_if = what_if;
  options.reference_path = reference_path;
  Machine machine(load_board(board), image, options);
  machine.power_on();
  machine.core().set_cycle_limit({2'000'000});
  EXPECT_EQ(machine.core().run().kind, StopKind::kExit);
  return machine.core().read_register(core_register(7));
}

constexpr const char* kNano = "nano33ble-sense";
constexpr std::uint32_t kIcachecnf = 0x4001'E540;

TEST(WhatIf, TurningTheCacheOnTakesWhatFirmwareTakesThatTurnsItOn) {
  const FirmwareImage without = program(kIcachecnf, 0);
  const FirmwareImage with = program(kIcachecnf, 1);
  const WhatIf on{.instruction_cache = true};
  const std::uint32_t expected = cycles(kNano, with, {});
  EXPECT_NE(cycles(kNano, without, {}), expected);
  EXPECT_EQ(cycles(kNano, without, on), expected);
  EXPECT_EQ(cycles(kNano, without, on, true), expected) << "on the reference path";
  EXPECT_EQ(cycles(kNano, with, on), expected) << "nothing to change";
}

TEST(WhatIf, TurningTheCacheOffTakesWhatFirmwareTakesThatLeavesItOff) {
  const WhatIf off{.instruction_cache = false};
  EXPECT_EQ(cycles(kNano, program(kIcachecnf, 1), off), cycles(kNano, program(kIcachecnf, 0), {}));
}

constexpr const char* kNucleo = "nucleo-l4r5zi";
constexpr std::uint32_t kAcr = 0x4002'2000;
constexpr std::uint32_t kPrften = 1u << 8, kIcen = 1u << 9, kDcen = 1u << 10;

TEST(WhatIf, EachSettingOfTheAcceleratorTakesWhatFirmwareTakesThatMakesIt) {
  const struct {
    const char* name;
    WhatIf what_if;
    std::uint32_t acr;
  } kCases[] = {
      {"prefetch", {.prefetch = true}, 4 | kPrften},
      {"instruction cache", {.instruction_cache = true}, 4 | kIcen},
      {"data cache", {.data_cache = true}, 4 | kDcen},
      {"all",
       {.instruction_cache = true, .data_cache = true, .prefetch = true},
       4 | kPrften | kIcen | kDcen},
      {"wait states", {.wait_states = 1}, 1},
  };
  const FirmwareImage plain = program(kAcr, 4);
  const std::uint32_t before = cycles(kNucleo, plain, {});
  for (const auto& test : kCases) {
    const std::uint32_t expected = cycles(kNucleo, program(kAcr, test.acr), {});
    EXPECT_EQ(cycles(kNucleo, plain, test.what_if), expected) << test.name;
    EXPECT_NE(expected, before) << test.name;
  }
}

// The same code, once copied to SRAM2 (0x10000000) and run there, once left in flash and timed as
// if it were there.
TEST(WhatIf, MovedToAnotherMemoryCodeAndConstantsTakeWhatTheyTakeThere) {
  const std::string copy = R"(
  ldr r0, =work
  ldr r1, =0x10000000
  ldr r2, =work_end
1:
  ldr r3, [r0], #4
  str r3, [r1], #4
  cmp r0, r2
  blo 1b
  dsb
  isb
)";
  const FirmwareImage there = program(kAcr, 4, copy, "0x10000000");
  const FirmwareImage in_flash = program(kAcr, 4, copy);
  const Address work = in_flash.symbols.find("work")->address;
  const Address end = in_flash.symbols.find("work_end")->address;
  WhatIf moved;
  moved.moved = {{work, (end - work + 3) & ~3u, 0x1000'0000}};
  const std::uint32_t expected = cycles(kNucleo, there, {});
  EXPECT_GT(cycles(kNucleo, in_flash, {}), expected);
  EXPECT_EQ(cycles(kNucleo, in_flash, moved), expected);
  EXPECT_EQ(cycles(kNucleo, in_flash, moved, true), expected) << "on the reference path";
}

// At half the clock the same cycles take twice the time.
TEST(WhatIf, AnotherClockChangesTimeAndNotCycles) {
  const FirmwareImage image = program(kAcr, 4);
  const auto seconds = [&](const WhatIf& what_if) {
    MachineOptions options;
    options.what_if = what_if;
    Machine machine(load_board(kNucleo), image, options);
    machine.power_on();
    machine.core().set_cycle_limit({2'000'000});
    machine.core().run();
    return machine.core().now().seconds();
  };
  const WhatIf half{.cpu_hz = load_board(kNucleo).soc.cpu_hz / 2};
  EXPECT_EQ(cycles(kNucleo, image, half), cycles(kNucleo, image, {}));
  EXPECT_NEAR(seconds(half) / seconds({}), 2.0, 1e-6);
}

TEST(WhatIf, ForcesAPowerState) {
  PowerTracker power;
  std::string seen;
  power.on_change([&seen](const PowerStateChanged& change) { seen = change.state; });
  power.force("regulator", "dcdc");
  power.set("regulator", "ldo", {});
  EXPECT_EQ(seen, "dcdc");
  EXPECT_EQ(power.states().at("regulator"), "dcdc");
}

}  // namespace
}  // namespace tinyscope
