// Programs whose cycles on a chip depend on how flash is read, run through pipeline and memory
// system together.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "cores/decode/decoder.hpp"
#include "cores/memory/memory_system.hpp"
#include "cores/timing/timing_model.hpp"

namespace tinyscope {
namespace {

// As sim/socs/nrf52840.toml describes it.
MemorySystem::Parameters nrf52840() {
  return {.windows = {{0, 1u << 20, 0}},
          .flash = FlashShape{.size = 1u << 20,
                              .read_bytes = 16,
                              .data_buffer = false,
                              .instruction_cache = LineCache::Geometry{64, 2, 16}}};
}

// Cycles of one round of a loop of narrow instructions at `start`, the last of which branches back.
std::uint64_t cycles_of_a_round(const std::vector<std::uint16_t>& loop, Address start,
                                const FlashReadPort::Settings& settings) {
  MemorySystem memory(nrf52840());
  memory.flash()->apply(settings);
  const auto model = make_timing_model("cortex-m4", memory);
  Decoder decoder;
  std::vector<Insn> insns;
  for (const std::uint16_t half : loop) {
    const std::array<std::uint8_t, 2> bytes = {static_cast<std::uint8_t>(half),
                                               static_cast<std::uint8_t>(half >> 8)};
    insns.push_back(decoder.decode(bytes, static_cast<Address>(start + 2 * insns.size())));
  }
  constexpr std::uint64_t kWarmUp = 100;
  constexpr std::uint64_t kRounds = 1000;
  std::uint64_t cycles = 0;
  for (std::uint64_t round = 0; round < kWarmUp + kRounds; ++round) {
    for (const Insn& insn : insns) {
      RetiredInsn retired{insn};
      retired.next = &insn == &insns.back() ? start : insn.end();
      const std::uint64_t taken = model->retire(retired).total();
      if (round >= kWarmUp) cycles += taken;
    }
  }
  EXPECT_EQ(cycles % kRounds, 0u);
  return cycles / kRounds;
}

const std::vector<std::uint16_t> kRustDelay = {0xBF00, 0x3801, 0xD1FC};  // nop; subs r0, #1; bne
const std::vector<std::uint16_t> kShortest = {0x3801, 0xD1FD};           // subs r0, #1; bne

// rust-embedded/cortex-m issue 151: the delay loop takes 4, 5 or 6 cycles on an nRF52840,
// "depending on whether the function ends up 16, 8, or 2 byte aligned". Which of the odd places is
// not said.
TEST(DelayLoop, TakesWhatAnNrf52840TookByItsAlignment) {
  const FlashReadPort::Settings cache_off = {.wait_states = 1};
  EXPECT_EQ(cycles_of_a_round(kRustDelay, 0x1000, cache_off), 4u);
  EXPECT_EQ(cycles_of_a_round(kRustDelay, 0x1008, cache_off), 5u);
  EXPECT_EQ(cycles_of_a_round(kRustDelay, 0x1006, cache_off), 6u);
  EXPECT_EQ(cycles_of_a_round(kRustDelay, 0x100E, cache_off), 6u);
}

// RIOT-OS/RIOT pull request 17980, nRF52840-DK with the instruction cache on: 50000 rounds of an
// empty loop in 2345 us at 64 MHz.
TEST(DelayLoop, DoesNotWaitForFlashOnceCached) {
  const FlashReadPort::Settings cache_on = {.wait_states = 3, .instruction_cache = true};
  for (Address place = 0x1000; place < 0x1010; place += 2) {
    EXPECT_EQ(cycles_of_a_round(kShortest, place, cache_on), 3u) << place;
  }
}

}  // namespace
}  // namespace tinyscope
