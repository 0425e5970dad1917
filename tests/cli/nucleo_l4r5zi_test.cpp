// The NUCLEO-L4R5ZI with small programs in its flash: clocks, flash and resets with the core.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"
#include "sim/image/image.hpp"
#include "tests/support/program_bench.hpp"
#include "tests/support/thumb_program.hpp"

namespace tinyscope {
namespace {

constexpr Address kFlashSr = 0x4002'2010;
constexpr std::uint32_t kPgserr = 1u << 7;

constexpr Address kVtor = 0xE000'ED08;

bool assumes(Machine& machine, const std::string& topic) {
  const auto& notes = machine.notes().assumptions();
  return std::any_of(notes.begin(), notes.end(),
                     [&](const auto& note) { return note.topic == topic; });
}

FirmwareImage program(std::initializer_list<std::uint16_t> code, Address start = 0x0800'0000) {
  return test::thumb_program(code, start);
}

// On the chip a write through a null pointer reaches flash by its alias at 0: FLASH sets PGSERR,
// the cells stay, and there is no fault.
TEST(NucleoL4r5zi, AStoreThroughANullPointerSetsPgserr) {
  Machine machine(load_board("nucleo-l4r5zi"),
                  program({0x2000,    // movs r0, #0
                           0x2105,    // movs r1, #5
                           0x6001,    // str r1, [r0]
                           0x6802,    // ldr r2, [r0]
                           0xBF30,    // wfi
                           0xE7FD}),  // b to wfi
                  {});
  machine.power_on();
  machine.core().set_cycle_limit({1000});
  machine.core().run();
  EXPECT_EQ(machine.core().read_register(core_register(2)), 0x2000'1000u);
  EXPECT_EQ(machine.bus().read(kFlashSr, AccessSize::kWord, {}).value, kPgserr);
}

// RM0432, "Boot configuration": flash shows at 0, from where the core takes its vectors.
TEST(NucleoL4r5zi, BootsFromTheStartOfFlashWithVtor0) {
  Machine machine(load_board("nucleo-l4r5zi"), program({0xE7FE}), {});  // b .
  machine.power_on();
  EXPECT_EQ(machine.bus().read(kVtor, AccessSize::kWord, {}).value, 0u);
  EXPECT_FALSE(assumes(machine, "boot.vector_table"));
}

TEST(NucleoL4r5zi, AnImageBehindABootLoaderIsStartedThereAndTheReportSaysSo) {
  Machine machine(load_board("nucleo-l4r5zi"), program({0xE7FE}, 0x0800'8000), {});  // b .
  machine.power_on();
  EXPECT_EQ(machine.bus().read(kVtor, AccessSize::kWord, {}).value, 0x0800'8000u);
  EXPECT_TRUE(assumes(machine, "boot.vector_table"));
}

// 4 MHz after reset: 40000 cycles of a busy loop are 10 ms.
TEST(NucleoL4r5zi, StartsAt4MHz) {
  Machine machine(load_board("nucleo-l4r5zi"), program({0xE7FE}), {});  // b .
  machine.power_on();
  machine.core().set_cycle_limit({40'000});
  machine.core().run();
  EXPECT_NEAR(machine.scheduler().now().seconds(), 0.010, 1e-5);
}

// Erases page 255 of the bank that r10 names (0 or CR.BKER), from code at the start of bank 1; r9
// is how long the store took, r8 what SR was behind it. RM0432, FLASH_KEYR, FLASH_CR.
FirmwareImage erasing(const char* bker) {
  return test::assemble(std::string(R"(
reset:
  poke 0xE000EDFC, 0x01000000
  poke 0xE0001000, 1
  poke 0x40022008, 0x45670123
  poke 0x40022008, 0xCDEF89AB
  ldr r6, =0xE0001004
  ldr r4, =0x40022000
  ldr r0, =0x000107FA + )") +
                        bker + R"(
  ldr r7, [r6]
  str r0, [r4, #0x14]
  ldr r8, [r4, #0x10]
  ldr r9, [r6]
  sub r9, r7
  exit
)");
}

// At 4 MHz; FLASH's parameter erase_page_us of 22 ms is an estimate.
TEST(NucleoL4r5zi, ErasingAPageHaltsCodeInTheSameBankOnly) {
  constexpr std::uint32_t kEraseCycles = 88'000;
  constexpr std::uint32_t kBsy = 1u << 16;
  for (const bool other_bank : {false, true}) {
    Machine machine(load_board("nucleo-l4r5zi"), erasing(other_bank ? "0x800" : "0"), {});
    machine.core().set_cycle_limit({1'000'000});
    machine.power_on();
    ASSERT_EQ(machine.core().run().kind, StopKind::kExit);
    const std::uint32_t took = machine.core().read_register(core_register(9));
    const std::uint32_t sr = machine.core().read_register(core_register(8));
    if (other_bank) {
      EXPECT_LT(took, 100u);
      EXPECT_EQ(sr & kBsy, kBsy);
    } else {
      EXPECT_GE(took, kEraseCycles);
      EXPECT_LE(took, kEraseCycles + 100);
      EXPECT_EQ(sr & kBsy, 0u);
    }
  }
}

}  // namespace
}  // namespace tinyscope
