// Programs on the whole nRF52840: flash that is busy, what a reset leaves behind, sleep.
// nRF52840 PS, chapters "NVMC" and "POWER".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cli/machine.hpp"
#include "sim/pad.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kClockHz = 64'000'000;

// NVMC's parameter erase_page_us: estimate.
constexpr std::uint64_t kEraseCycles = 85 * kClockHz / 1000;

class Chip {
 public:
  explicit Chip(std::string_view source, bool reference_path = false)
      : machine(load_board("nano33ble"), test::assemble(source), options(reference_path)) {}

  StopReason run(std::uint64_t cycle_limit = 20'000'000) {
    machine.core().set_cycle_limit({cycle_limit});
    machine.power_on();
    return machine.core().run();
  }
  std::uint32_t word(Address address) {
    return machine.bus().read(address, AccessSize::kWord, {}, true).value;
  }
  // What the macro `log` of the test programs appended.
  std::vector<std::uint32_t> log() {
    constexpr Address kLog = 0x20001000;
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = 1; i <= word(kLog); ++i) words.push_back(word(kLog + 4 * i));
    return words;
  }
  Cycles cycles() { return machine.core().cycles(); }
  std::uint32_t r(unsigned n) { return machine.core().read_register(core_register(n)); }
  // The board drives a pad from a time on.
  void drive(std::string_view port, const char* pad, bool level, Duration after) {
    auto* const found = dynamic_cast<PadPort*>(machine.peripheral(port)->port(pad));
    ASSERT_NE(found, nullptr) << pad;
    drives_.push_back(
        std::make_unique<Event>(machine.scheduler(), [found, level] { found->drive(level); }));
    drives_.back()->after(after);
  }

  Machine machine;

 private:
  static MachineOptions options(bool reference_path) {
    MachineOptions options;
    options.reference_path = reference_path;
    return options;
  }

  std::vector<std::unique_ptr<Event>> drives_;
};

// TIMER0 at 1 MHz and CYCCNT run; then r4 = NVMC, r5 = TIMER0, r6 = DWT, and erasing is enabled.
constexpr std::string_view kStart = R"(
reset:
  poke 0x40008510, 4
  poke 0x40008508, 3
  poke 0x40008000, 1
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  poke 0x4001E504, 2
  ldr r4, =0x4001E000
  ldr r5, =0x40008000
  ldr r6, =0xE0001000
  movs r7, #1
)";

TEST(Nrf52840Flash, ErasingAPageFromFlashHaltsTheCpuWhileTimersCountOn) {
  std::uint64_t cycles[2] = {};
  for (const bool reference : {false, true}) {
    Chip chip(std::string(kStart) + R"(
  ldr r0, =0x40000
  str r7, [r5, #0x40]          @ CAPTURE[0]
  ldr r8, [r6, #4]
  str r0, [r4, #0x508]         @ ERASEPAGE
  ldr r9, [r6, #4]
  str r7, [r5, #0x44]          @ CAPTURE[1]
  ldr r10, [r4, #0x400]        @ READY: nobody sees it busy
  ldr r2, [r5, #0x540]
  ldr r3, [r5, #0x544]
  subs r3, r2
  sub r9, r8
  exit
)",
              reference);
    EXPECT_EQ(chip.run().kind, StopKind::kExit);
    EXPECT_GE(chip.r(3), 85'000u);
    EXPECT_LE(chip.r(3), 85'002u);
    EXPECT_GE(chip.r(9), kEraseCycles);
    EXPECT_LE(chip.r(9), kEraseCycles + 100);
    EXPECT_EQ(chip.r(10), 1u);
    cycles[reference ? 1 : 0] = chip.cycles().count;
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

TEST(Nrf52840Flash, WritingAWordFromFlashHaltsTheCpuForItsTime) {
  Chip chip(std::string(kStart) + R"(
  poke 0x4001E504, 1
  ldr r0, =0x40000
  ldr r1, =0x12345678
  ldr r8, [r6, #4]
  str r1, [r0]
  ldr r9, [r6, #4]
  sub r9, r8
  exit
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  constexpr std::uint64_t kWriteCycles = 41 * kClockHz / 1'000'000;  // write_us: estimate
  EXPECT_GE(chip.r(9), kWriteCycles);
  EXPECT_LE(chip.r(9), kWriteCycles + 100);
  EXPECT_EQ(chip.word(0x40000), 0x1234'5678u);
}

TEST(Nrf52840Flash, CodeInRamWorksOnWhileAPageIsErased) {
  Chip chip(std::string(kStart) + R"(
  ldr r0, =work
  ldr r1, =0x20002000
  movs r2, #16
1:
  ldr r3, [r0], #4
  str r3, [r1], #4
  subs r2, #1
  bne 1b
  ldr r0, =0x40000
  movs r3, #0
  ldr r2, =0x20002001
  blx r2
  exit
  .ltorg
  .balign 4
work:
  str r0, [r4, #0x508]
2:
  adds r3, #1
  ldr r1, [r4, #0x400]         @ READY
  cmp r1, #0
  beq 2b
  bx lr
  .space 64
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  EXPECT_GT(chip.r(3), kEraseCycles / 12);
  EXPECT_GE(chip.cycles().count, kEraseCycles);
  EXPECT_LE(chip.cycles().count, kEraseCycles + 10'000);
}

// "RESETREAS" and "GPREGRET" are there after each reset; RAM keeps the log.
TEST(Nrf52840Reset, FirmwareReadsWhyItWasResetAndWhatItLeftInGpregret) {
  Chip chip(R"(
reset:
  ldr r4, =0x40000000
  ldr r5, [r4, #0x400]         @ RESETREAS
  str r5, [r4, #0x400]
  ldr r6, [r4, #0x51C]         @ GPREGRET
  ldr r0, =0x20001000
  ldr r7, [r0]
  adds r1, r7, #1
  str r5, [r0, r1, lsl #2]
  adds r1, #1
  str r6, [r0, r1, lsl #2]
  str r1, [r0]
  cmp r7, #0
  beq software
  cmp r7, #2
  beq watchdog
  cmp r7, #4
  beq off
  exit
software:
  movs r0, #0xB0
  str r0, [r4, #0x51C]
  poke 0xE000ED0C, 0x05FA0004
  b .
watchdog:
  poke 0x40010504, 32
  poke 0x4001050C, 1
  poke 0x40010000, 1
  b .
off:
  poke 0x5000072C, 0x20000     @ P0.11: input, sensed when low to high
  movs r0, #0x57
  str r0, [r4, #0x51C]
  movs r0, #1
  str r0, [r4, #0x500]         @ SYSTEMOFF
1:
  wfe
  b 1b
  .ltorg
)");
  chip.drive("p0", "P0.11", true, Duration::from_ms(50));
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  const std::vector<std::uint32_t> log = chip.log();
  ASSERT_EQ(log.size(), 8u);
  EXPECT_EQ(log[0], 0u);
  EXPECT_EQ(log[1], 0u);
  EXPECT_EQ(log[2], 4u) << "SREQ";
  EXPECT_EQ(log[3], 0xB0u);
  EXPECT_EQ(log[4], 2u) << "DOG";
  EXPECT_EQ(log[6], 1u << 16) << "OFF";
  EXPECT_EQ(log[7], 0x57u);
  EXPECT_GE(chip.machine.core().now(), TimePoint{} + Duration::from_ms(50));
}

// How RTX5 and the Arduino core sleep. Arm DDI 0403E, B1.5.18.
TEST(Nrf52840Sleep, WfeWithPrimaskSetWakesOnAPendingInterrupt) {
  Chip chip(R"(
reset:
  poke 0x40008510, 4
  poke 0x40008508, 3
  poke 0x40008540, 1000
  poke 0x40008304, 0x10000     @ INTENSET: COMPARE[0]
  poke 0xE000E100, 0x100       @ TIMER0, interrupt 8
  cpsid i
  sev
  wfe                          @ takes the event and goes on
  poke 0x40008000, 1
  wfe
  log 1
  cpsie i
  log 3
  exit
irq8:
  poke 0x40008140, 0
  log 2
  bx lr
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  EXPECT_THAT(chip.log(), ElementsAre(1, 2, 3));
  EXPECT_GT(chip.machine.core().counts().cycles[StallCause::kSleep], 60'000u);
}

TEST(Nrf52840Sleep, SevonpendWakesOnAnInterruptThatIsDisabled) {
  Chip chip(R"(
reset:
  poke 0xE000ED10, 0x10
  poke 0x40008510, 4
  poke 0x40008508, 3
  poke 0x40008540, 1000
  poke 0x40008304, 0x10000
  poke 0x40008000, 1
  wfe
  ldr r2, =0xE000E200
  ldr r4, [r2]                 @ ISPR0
  exit
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  EXPECT_EQ(chip.r(4), 0x100u);
  EXPECT_GT(chip.machine.core().counts().cycles[StallCause::kSleep], 60'000u);
}

}  // namespace
}  // namespace tinyscope
