// The NUCLEO-H7A3ZI-Q with small programs in its flash: where it starts and how fast.
#include <gtest/gtest.h>

#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"
#include "tests/support/thumb_program.hpp"

namespace tinyscope {
namespace {

constexpr Address kFlash = 0x0800'0000;
constexpr Address kItcm = 0x0000'0000;
constexpr Address kFlashSr1 = 0x5200'2010;
constexpr Address kVtor = 0xE000'ED08;
constexpr std::uint32_t kPgserr = 1u << 18;

// CMSIS, system_stm32h7xx.c: HSI, 64 MHz: 640000 cycles of a busy loop are 10 ms.
TEST(NucleoH7a3ziQ, StartsAt64MHzFromTheStartOfFlash) {
  Machine machine(load_board("nucleo-h7a3zi-q"), test::thumb_program({0xE7FE}, kFlash), {});  // b .
  machine.power_on();
  EXPECT_EQ(machine.bus().read(kVtor, AccessSize::kWord, {}).value, kFlash);
  machine.core().set_cycle_limit({640'000});
  machine.core().run();
  EXPECT_NEAR(machine.scheduler().now().seconds(), 0.010, 1e-5);
  // FLASH boots by BOOT_ADD0 (RM0455, "Boot configuration"): nothing that would have to be assumed.
  for (const auto& note : machine.notes().assumptions()) EXPECT_NE(note.topic, "boot.vector_table");
}

// At 0 there is RAM: a write through a null pointer changes ITCM and no flash.
TEST(NucleoH7a3ziQ, AStoreThroughANullPointerGoesToItcm) {
  Machine machine(load_board("nucleo-h7a3zi-q"),
                  test::thumb_program({0x2000,   // movs r0, #0
                                       0x2105,   // movs r1, #5
                                       0x6001,   // str r1, [r0]
                                       0xE7FE},  // b .
                                      kFlash),
                  {});
  machine.power_on();
  machine.core().set_cycle_limit({1000});
  machine.core().run();
  EXPECT_EQ(machine.bus().read(kItcm, AccessSize::kWord, {}).value, 5u);
  EXPECT_EQ(machine.bus().read(kFlashSr1, AccessSize::kWord, {}).value, 0u);
}

// FLASH sets PGSERR, the cells stay, and there is no fault.
TEST(NucleoH7a3ziQ, AStoreToFlashSetsPgserr) {
  Machine machine(load_board("nucleo-h7a3zi-q"),
                  test::thumb_program({0x2001,   // movs r0, #1
                                       0x06C0,   // lsls r0, r0, #27: 0x08000000
                                       0x6000,   // str r0, [r0]
                                       0x6802,   // ldr r2, [r0]
                                       0xE7FE},  // b .
                                      kFlash),
                  {});
  machine.power_on();
  machine.core().set_cycle_limit({1000});
  machine.core().run();
  EXPECT_EQ(machine.core().read_register(core_register(2)), 0x2000'1000u);
  EXPECT_EQ(machine.bus().read(kFlashSr1, AccessSize::kWord, {}).value, kPgserr);
}

}  // namespace
}  // namespace tinyscope
