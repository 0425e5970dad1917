// Functional speed: the same results, and a cycle for each instruction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cores/cortex_m/functional_path.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kSamples = TINYSCOPE_SOURCE_DIR "/firmware-samples/";

MachineOptions functional(bool reference_path = false) {
  MachineOptions options;
  options.functional = true;
  options.reference_path = reference_path;
  return options;
}

// Appends a register to log(); changes r8 and r9.
constexpr std::string_view kNote = R"(
  .macro note value
  ldr r8, =0x20001000
  ldr r9, [r8]
  add r9, r9, #1
  str r9, [r8]
  str \value, [r8, r9, lsl #2]
  .endm
)";

class Chip {
 public:
  explicit Chip(std::string_view source)
      : machine(load_board("nano33ble"), test::assemble(std::string(kNote) + std::string(source)),
                functional()) {}

  StopReason run(std::uint64_t cycle_limit = 5'000'000) {
    machine.core().set_cycle_limit({cycle_limit});
    machine.power_on();
    return machine.core().run();
  }
  std::uint32_t word(Address address) {
    return machine.bus().read(address, AccessSize::kWord, {}, true).value;
  }
  std::vector<std::uint32_t> log() {
    constexpr Address kLog = 0x20001000;
    std::vector<std::uint32_t> words;
    for (std::uint32_t i = 1; i <= word(kLog); ++i) words.push_back(word(kLog + 4 * i));
    return words;
  }
  std::uint64_t instructions_at_speed() { return machine.core().functional_path()->instructions; }

  Machine machine;
};

struct Printed {
  std::string text;
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  std::uint64_t asleep = 0;
};

constexpr std::size_t kPrintedBytes = 4'000;

Printed run_sample(const std::string& board, const std::string& name,
                   const MachineOptions& options) {
  const FirmwareImage image = load_image(kSamples + name, "");
  Machine machine(load_board(board), image, options);
  Printed printed;
  for (UartPort* const port : machine.consoles()) {
    port->on_transmit([&](std::uint8_t byte, TimePoint) {
      printed.text += static_cast<char>(byte);
      if (printed.text.size() == kPrintedBytes) machine.core().request_stop({});
    });
  }
  machine.core().set_cycle_limit({400'000'000});
  machine.power_on();
  machine.core().run();
  printed.cycles = machine.core().cycles().count;
  printed.instructions = machine.core().counts().instructions;
  printed.asleep = machine.core().counts().cycles[StallCause::kSleep];
  return printed;
}

// The program prints every value of every layer.
TEST(Functional, ComputesWhatFullTimingComputes) {
  for (const auto& [board, name] :
       {std::pair("nano33ble-sense", "kws/prebuilt/kws-verify-dsp.elf"),
        std::pair("disco-f746ng", "kws/prebuilt/kws-verify-disco_f746ng-dsp.elf")}) {
    const Printed timed = run_sample(board, name, {});
    const Printed fast = run_sample(board, name, functional());
    const Printed reference = run_sample(board, name, functional(true));
    EXPECT_EQ(timed.text.size(), kPrintedBytes) << board;
    EXPECT_EQ(fast.text, timed.text) << board;
    EXPECT_EQ(reference.text, timed.text) << board;
    EXPECT_EQ(fast.cycles, fast.instructions + fast.asleep) << board;
    EXPECT_EQ(reference.cycles, reference.instructions + reference.asleep) << board;
  }
}

TEST(Functional, CountsOneCycleForEachInstruction) {
  Chip chip(R"(
reset:
  ldr r1, =1000
1:
  adds r0, #3
  mul r2, r0, r0
  udiv r3, r2, r1
  subs r1, #1
  bne 1b
  exit
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  // `exit` is three instructions, of which the last is BKPT.
  const std::uint64_t cycles = chip.machine.core().cycles().count;
  EXPECT_EQ(cycles, chip.machine.core().counts().instructions);
  EXPECT_GE(cycles, 1u + 5'000u);
  EXPECT_LE(cycles, 1u + 5'000u + 6u);
  EXPECT_GT(chip.instructions_at_speed(), 4'900u);
}

// The first of two loads of the block is allowed, the second is not.
TEST(Functional, ARefusedLoadFaultsAtItsInstruction) {
  Chip chip(R"(
reset:
  ldr r4, =0xE000ED24
  ldr r5, =0x00070000
  str r5, [r4]                 @ SHCSR: BusFault, MemManage, UsageFault have handlers
  ldr r4, =0x40008540          @ TIMER0
  ldr r5, =0x60000000          @ nothing
  movs r6, #0
  b 1f
1:
  adds r6, #1
  ldr r0, [r4]
  adds r6, #2
wrong:
  ldr r1, [r5, #4]
  adds r6, #4
  exit
  .thumb_func
busfault:
  ldr r0, [sp, #24]
  note r0
  note r6
  ldr r0, =0xE000ED38          @ BFAR
  ldr r0, [r0]
  note r0
  exit
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  const Address wrong = chip.machine.core().faults().at(0).pc;
  EXPECT_THAT(chip.log(), ElementsAre(wrong, 3u, 0x60000004u));
}

TEST(Functional, ARefusedLoadFaultsWithinAnItBlock) {
  Chip chip(R"(
reset:
  ldr r4, =0xE000ED24
  ldr r5, =0x00070000
  str r5, [r4]
  ldr r5, =0x60000000
  movs r6, #0
  cmp r6, #0
  b 1f
1:
  itt eq
  addeq r6, #1
  ldreq r1, [r5]
  adds r6, #4
  exit
  .thumb_func
busfault:
  note r6
  ldr r0, [sp, #28]            @ xPSR
  note r0
  ldr r1, [sp, #24]
  ldrh r1, [r1]
  note r1
  exit
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  const auto log = chip.log();
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0], 1u);
  // ITSTATE of the last of two that are EQ: 0b0000'1000, of which IT[7:2] is bits 15 to 10.
  EXPECT_EQ(log[1] & 0x0600FC00u, 0x00000800u);
  EXPECT_EQ(log[2], 0x6829u);  // LDR R1, [R5]
}

TEST(Functional, InterruptsComeWhenTheirTimeHasCome) {
  Chip chip(R"(
reset:
  ldr r4, =0xE000E010
  ldr r0, =9999
  str r0, [r4, #4]
  movs r0, #7
  str r0, [r4]                 @ SysTick every 10,000 cycles
  movs r5, #0
1:
  adds r6, #1
  adds r7, #1
  cmp r5, #10
  bne 1b
  exit
  .thumb_func
systick:
  adds r5, #1
  bx lr
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  const std::uint64_t cycles = chip.machine.core().cycles().count;
  EXPECT_GE(cycles, 100'000u);
  EXPECT_LE(cycles, 100'040u);
}

TEST(Functional, CodeThatReplacesCodeInRamRuns) {
  Chip chip(R"(
  .macro copy from
  ldr r0, =\from
  ldr r1, =0x20004000
  ldr r2, [r0]
  str r2, [r1]
  ldr r2, [r0, #4]
  str r2, [r1, #4]
  dsb
  isb
  .endm
reset:
  movs r7, #3
again:
  copy first
  ldr r3, =0x20004001
  blx r3
  note r5
  copy second
  ldr r3, =0x20004001
  blx r3
  note r5
  subs r7, #1
  bne again
  exit
  .align 2
first:
  movs r5, #1
  bx lr
  nop
  nop
second:
  movs r5, #2
  adds r5, #40
  bx lr
  nop
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  EXPECT_THAT(chip.log(), ElementsAre(1u, 42u, 1u, 42u, 1u, 42u));
}

TEST(Functional, StoresToFlashGoThroughTheFlashController) {
  Chip chip(R"(
reset:
  ldr r4, =0x4001E504          @ NVMC CONFIG
  movs r0, #1
  str r0, [r4]
  ldr r5, =0x40000
  ldr r6, =0x12345678
  movs r7, #0
  b 1f
1:
  adds r7, #1
  str r6, [r5]
  adds r7, #2
  ldr r0, [r5]
  note r0
  note r7
  exit
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  EXPECT_THAT(chip.log(), ElementsAre(0x12345678u, 3u));
}

TEST(Functional, DivisionsByZeroTrapWhereTheyAreToldTo) {
  Chip chip(R"(
reset:
  ldr r4, =0xE000ED14
  movs r0, #0x10
  str r0, [r4]                 @ CCR.DIV_0_TRP
  movs r5, #0
  movs r6, #7
  b 1f
1:
  adds r6, #1
  udiv r0, r6, r5
  adds r6, #1
  exit
  .thumb_func
hardfault:
  note r6
  exit
)");
  EXPECT_EQ(chip.run().kind, StopKind::kExit);
  EXPECT_THAT(chip.log(), ElementsAre(8u));
}

TEST(Functional, ProgramsPrintTheSameAndTheReportSaysWhatItIs) {
  const std::string image = kSamples + "kws/prebuilt/kws-dsp.elf";
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"run",
                                          image,
                                          "--board",
                                          "nano33ble-sense",
                                          "--quiet",
                                          "--mic",
                                          kSamples + "kws/audio/yes.wav"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::tinyscope_program(arguments);
  };
  const auto timed = run({"--until", "inferences:1"});
  const auto fast = run({"--until", "inferences:1", "--functional"});
  EXPECT_EQ(timed.status, 0) << timed.error;
  EXPECT_EQ(fast.status, 0) << fast.error;
  const auto report =
      test::profile_json({image, "--functional", "--mic", kSamples + "kws/audio/yes.wav"});
  bool told = false;
  for (const auto& assumption : report["assumptions"]) {
    told = told || assumption["topic"] == "timing.functional";
  }
  EXPECT_TRUE(told);
  EXPECT_EQ(
      report["total_cycles"].get<std::uint64_t>(),
      report["instructions"].get<std::uint64_t>() + report["sleep_cycles"].get<std::uint64_t>());
}

TEST(Functional, CommandsAboutCyclesRefuseIt) {
  const std::string image = kSamples + "kws/prebuilt/kws-dsp.elf";
  for (const char* const command : {"annotate", "advise"}) {
    const auto outcome =
        test::tinyscope_program({command, image, "--board", "nano33ble-sense", "--functional"});
    EXPECT_EQ(outcome.status, 2) << command;
    EXPECT_THAT(outcome.error, HasSubstr("--functional")) << command;
  }
}

}  // namespace
}  // namespace tinyscope
