// How the chips' descriptions, their flash controllers and clocks set up the memory system: loops
// in flash, by the cycles of a round.
#include <gtest/gtest.h>

#include <vector>

#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {
namespace {

using Code = std::vector<std::uint16_t>;

// Thumb instructions behind a vector table of two words at `flash`.
FirmwareImage program(Address flash, const Code& code) {
  FirmwareImage image;
  image.path = "program";
  ImageSegment segment{flash, {}};
  const auto halfword = [&](std::uint32_t value) {
    segment.bytes.push_back(static_cast<std::uint8_t>(value));
    segment.bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  };
  for (const std::uint32_t word : {0x2000'1000u, flash + 9}) {
    halfword(word);
    halfword(word >> 16);
  }
  for (const std::uint16_t insn : code) halfword(insn);
  image.segments.push_back(std::move(segment));
  return image;
}

class Chip {
 public:
  Chip(const char* board, Address flash, const Code& code)
      : machine(load_board(board), program(flash, code), {}) {
    machine.power_on();
    run_to(10'000);
  }
  // Of a loop that counts its rounds in r0.
  double cycles_of_a_round() {
    const std::uint64_t cycles = machine.core().cycles().count;
    const std::uint32_t rounds = count();
    run_to(cycles + 100'000);
    return static_cast<double>(machine.core().cycles().count - cycles) /
           static_cast<double>(count() - rounds);
  }
  std::uint32_t word(Address address) {
    return machine.bus().read(address, AccessSize::kWord, machine.scheduler().now()).value;
  }

  Machine machine;

 private:
  void run_to(std::uint64_t cycle) {
    machine.core().set_cycle_limit({cycle});
    machine.core().run();
  }
  std::uint32_t count() { return machine.core().read_register(core_register(0)); }
};

constexpr double kTolerance = 0.01;  // parts of a round at both ends

// ICACHECNF = `icachecnf`; then at 0x18: nop; adds r0, #1; b to nop.
Code nrf52840_loop(std::uint16_t movw_r2) {
  return {0xF24E, 0x5140,  0xF2C4, 0x0101,  // movw, movt r1, NVMC ICACHECNF
          0xF240, movw_r2, 0x600A, 0xBF00, 0xBF00, 0x3001, 0xE7FC};
}

// rust-embedded/cortex-m issue 151: a loop of this shape takes 5 cycles at 8 modulo 16.
TEST(MemorySystemOfTheNrf52840, ReadsFlashAnewWhileTheCacheIsOff) {
  Chip chip("nano33ble-sense", 0, nrf52840_loop(0x1200));  // movw r2, #0x100: CACHEPROFEN
  EXPECT_NEAR(chip.cycles_of_a_round(), 5.0, kTolerance);
  EXPECT_EQ(chip.word(0x4001'E548), 0u) << "IHIT";
  EXPECT_EQ(chip.machine.flash_counts().instruction_hits, 0u);
}

TEST(MemorySystemOfTheNrf52840, RunsFromTheCacheAndCounts) {
  Chip chip("nano33ble-sense", 0, nrf52840_loop(0x1201));  // movw r2, #0x101: and CACHEEN
  EXPECT_NEAR(chip.cycles_of_a_round(), 4.0, kTolerance);
  EXPECT_GT(chip.word(0x4001'E548), 1000u) << "IHIT";
  const std::uint32_t misses = chip.word(0x4001'E54C);
  EXPECT_GE(misses, 1u);
  EXPECT_LE(misses, 4u) << "the lines of this program";
  EXPECT_EQ(chip.machine.flash_counts().instruction_misses, misses);
}

// FLASH_ACR = r2; then at 0x18: nop; adds r0, #1; b to nop.
Code l4r5_loop(std::uint16_t movw_r2) {
  return {0xF242, 0x0100,  0xF2C4, 0x0102,  // movw, movt r1, FLASH_ACR
          0xF240, movw_r2, 0x600A, 0xBF00, 0xBF00, 0x3001, 0xE7FC};
}

TEST(MemorySystemOfTheStm32l4r5, FollowsFlashAcr) {
  Chip no_waits("nucleo-l4r5zi", 0x0800'0000, l4r5_loop(0x2200));  // ICEN, LATENCY 0
  Chip waits("nucleo-l4r5zi", 0x0800'0000, l4r5_loop(0x0204));     // LATENCY 4
  Chip cached("nucleo-l4r5zi", 0x0800'0000, l4r5_loop(0x2204));    // ICEN, LATENCY 4
  EXPECT_NEAR(no_waits.cycles_of_a_round(), 4.0, kTolerance);
  EXPECT_GT(waits.cycles_of_a_round(), 6.0);
  EXPECT_NEAR(cached.cycles_of_a_round(), 4.0, kTolerance);
}

// Arm IHI 0024: a transfer on the APB lasts two of its cycles. With PPRE1 = /4 that is six of the
// core's more.
TEST(MemorySystemOfTheStm32l4r5, WaitsForTheClockOfTheApb) {
  const auto loop = [](std::uint16_t movw_r2) {
    return Code{0xF241, 0x0108,  0xF2C4, 0x0102,  // movw, movt r1, RCC_CFGR
                0xF240, movw_r2, 0x600A,          // movw r2; str r2, [r1]
                0xF247, 0x0100,  0xF2C4, 0x0100,  // movw, movt r1, PWR
                0x680B, 0x3001,  0xE7FC};         // ldr r3, [r1]; adds r0, #1; b to ldr
  };
  Chip undivided("nucleo-l4r5zi", 0x0800'0000, loop(0x0200));
  Chip divided("nucleo-l4r5zi", 0x0800'0000, loop(0x5200));  // 0x500: PPRE1 = /4
  EXPECT_NEAR(divided.cycles_of_a_round() - undivided.cycles_of_a_round(), 6.0, 2 * kTolerance);
}

}  // namespace
}  // namespace tinyscope
