// The boards with STM32F4 and STM32F746 with small programs in their flash.
#include <gtest/gtest.h>

#include <string>

#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"
#include "sim/image/image.hpp"
#include "tests/support/program_bench.hpp"
#include "tests/support/thumb_program.hpp"

namespace tinyscope {
namespace {

constexpr Address kFlash = 0x0800'0000;

std::uint32_t word(Machine& machine, Address address) {
  return machine.bus().read(address, AccessSize::kWord, {}, true).value;
}

bool reported(Machine& machine, std::string_view text) {
  for (const auto& access : machine.notes().unmodelled_accesses()) {
    if (access.what.find(text) != std::string::npos) return true;
  }
  return false;
}

// As ST's HAL of the F4 does it: PLLON, ODEN and ODSWEN through the bit-band alias of the
// registers, which lies at 0x42000000 + 32 * offset + 4 * bit. HSI / 8 * 180 / 2 = 180 MHz; RM0390.
constexpr std::string_view kTo180MHz = R"(
reset:
  poke 0x40023804, 0x28002D08   @ PLLCFGR: M 8, N 180, P 2, HSI, Q 8, R 2
  poke 0x42470060, 1            @ RCC_CR.PLLON
  ldr r4, =0x42470064           @ PLLRDY
1:ldr r5, [r4]
  cmp r5, #0
  beq 1b
  poke 0x420E0040, 1            @ PWR_CR.ODEN
  ldr r4, =0x420E00C0           @ PWR_CSR.ODRDY
2:ldr r5, [r4]
  cmp r5, #0
  beq 2b
  poke 0x420E0044, 1            @ ODSWEN
3:ldr r5, [r4, #4]              @ ODSWRDY
  cmp r5, #0
  beq 3b
  poke 0x40023C00, 0x705        @ FLASH_ACR: 5 wait states, prefetch, both caches
  poke 0x40023808, 0x9402       @ CFGR: PLL, APB1 / 4, APB2 / 2
  poke 0x4000440C, 0x200C       @ USART2_CR1: UE, TE, RE
  poke 0x40004408, 391          @ BRR: 45 MHz / 115200
  poke 0x40004404, 0x6F         @ DR: 'o'
  ldr r4, =1000000
4:subs r4, #1
  bne 4b
)";

TEST(NucleoF446re, GetsTo180MHzThroughTheBitBandAliasAndSpeaks) {
  Machine machine(load_board("nucleo-f446re"), test::assemble(kTo180MHz), {});
  std::string spoken;
  ASSERT_EQ(machine.consoles().size(), 1u);
  machine.consoles()[0]->on_transmit(
      [&](std::uint8_t byte, TimePoint) { spoken += static_cast<char>(byte); });
  machine.core().set_cycle_limit({100'000});
  machine.power_on();
  machine.core().run();
  EXPECT_EQ(word(machine, 0x4002'3808) >> 2 & 3, 2u);  // RCC_CFGR.SWS
  EXPECT_EQ(spoken, "o");
  EXPECT_FALSE(reported(machine, "manual's limits"));
  // From here on a cycle is 1 / 180 MHz.
  const TimePoint before = machine.scheduler().now();
  machine.core().set_cycle_limit({machine.core().cycles().count + 180'000});
  machine.core().run();
  EXPECT_NEAR((machine.scheduler().now() - before).seconds(), 0.001, 1e-6);
}

// RM0090, memory map: CCM RAM is on the data bus of the core; DMA2 does not reach it.
constexpr std::string_view kCopyFromCcm = R"(
reset:
  poke 0x10000000, 0x12345678
  poke 0x40026414, 1            @ DMA2 stream 0: NDTR
  poke 0x40026418, 0x10000000   @ PAR
  poke 0x4002641C, 0x20000100   @ M0AR
  poke 0x40026410, 0x5081       @ 32 bits, memory to memory, EN
  ldr r4, =0x40026400
1:ldr r5, [r4]                  @ LISR
  cmp r5, #0
  beq 1b
  ldr r6, =0x10000000
  ldr r6, [r6]
  exit
)";

TEST(Stm32f4discovery, DmaDoesNotReachTheCcmRam) {
  Machine machine(load_board("stm32f4discovery"), test::assemble(kCopyFromCcm), {});
  machine.core().set_cycle_limit({100'000});
  machine.power_on();
  ASSERT_EQ(machine.core().run().kind, StopKind::kExit);
  EXPECT_EQ(machine.core().read_register(core_register(5)), 1u << 3);  // TEIF
  EXPECT_EQ(machine.core().read_register(core_register(6)), 0x1234'5678u);
}

// 16 MHz after reset: 160000 cycles of a busy loop are 10 ms.
TEST(DiscoF746ng, StartsFromFlashAt16MHz) {
  Machine machine(load_board("disco-f746ng"), test::thumb_program({0xE7FE}, kFlash), {});  // b .
  machine.core().set_cycle_limit({160'000});
  machine.power_on();
  machine.core().run();
  EXPECT_NEAR(machine.scheduler().now().seconds(), 0.010, 1e-5);
}

// The flash shows on the ITCM bus as well (RM0385, memory map), the ITCM RAM at 0 is memory of its
// own, and DTCM, SRAM1 and SRAM2 are one range.
TEST(DiscoF746ng, HasFlashAtTwoAddressesAndItcmAt0) {
  Machine machine(load_board("disco-f746ng"),
                  test::thumb_program({0x2000,   // movs r0, #0
                                       0x2105,   // movs r1, #5
                                       0x6001,   // str r1, [r0]
                                       0x6802,   // ldr r2, [r0]
                                       0xE7FE},  // b .
                                      kFlash),
                  {});
  machine.core().set_cycle_limit({1'000});
  machine.power_on();
  machine.core().run();
  EXPECT_EQ(machine.core().read_register(core_register(2)), 5u);
  EXPECT_EQ(word(machine, 0x0020'0004), word(machine, 0x0800'0004));
  EXPECT_EQ(word(machine, 0x0800'0000), 0x2000'1000u);
  for (const Address at : {0x2000'FFFCu, 0x2001'0000u, 0x2004'BFFCu, 0x2004'C000u, 0x2004'FFFCu}) {
    EXPECT_TRUE(machine.bus().write(at, AccessSize::kWord, at, {})) << at;
    EXPECT_EQ(word(machine, at), at);
  }
}

// RM0090, "Device electronic signature": 1024 KB at 0x1FFF7A22, identity at 0x1FFF7A10.
TEST(Stm32f4discovery, SaysWhatItIs) {
  Machine machine(load_board("stm32f4discovery"), test::thumb_program({0xE7FE}, kFlash), {});
  machine.power_on();
  EXPECT_EQ(machine.bus().read(0x1FFF'7A22, AccessSize::kHalf, {}, true).value, 1024u);
  EXPECT_EQ(word(machine, 0xE004'2000) & 0xFFF, 0x413u);
  EXPECT_NE(word(machine, 0x1FFF'7A10), 0u);
}

// RM0385, "Device electronic signature": 1024 KB at 0x1FF0F442, device 0x449.
TEST(DiscoF746ng, SaysWhatItIs) {
  Machine machine(load_board("disco-f746ng"), test::thumb_program({0xE7FE}, kFlash), {});
  machine.power_on();
  EXPECT_EQ(machine.bus().read(0x1FF0'F442, AccessSize::kHalf, {}, true).value, 1024u);
  EXPECT_EQ(word(machine, 0xE004'2000) & 0xFFF, 0x449u);
  EXPECT_NE(word(machine, 0x1FF0'F420), 0u);
}

}  // namespace
}  // namespace tinyscope
