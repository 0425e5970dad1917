// The counters of the DWT on random programs: instructions = CYCCNT − CPICNT − EXCCNT − SLEEPCNT −
// LSUCNT + FOLDCNT (Arm DDI 0403E, C1.8.1), whatever interrupts and sleep come between.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

// R0 to R7 are data, R8 to R10 point to memory; SysTick interrupts throughout.
std::string random_program(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&random](unsigned below) { return static_cast<unsigned>(random() % below); };
  const auto data = [&] { return pick(8); };
  std::string body;
  for (int i = 0; i < 120; ++i) {
    const unsigned a = data(), b = data(), c = data(), offset = 4 * pick(16);
    switch (pick(14)) {
      case 0: body += fmt::format("  adds r{}, r{}, r{}\n", a, b, c); break;
      case 1: body += fmt::format("  ldr.w r{}, [r8, #{}]\n", a, offset); break;
      case 2: body += fmt::format("  str.w r{}, [r9, #{}]\n", a, offset); break;
      case 3: body += fmt::format("  udiv r{}, r{}, r{}\n", a, b, c); break;
      case 4: body += "  push {r0-r5}\n  pop {r0-r5}\n"; break;
      case 5: body += "  ldmia.w r8, {r1-r4}\n"; break;
      case 6:
        body += fmt::format(
            "  cmp r{}, r{}\n  itte ne\n  addne r{}, #1\n  ldrne r{}, [r8]\n"
            "  subeq r{}, #1\n",
            a, b, c, a, b);
        break;
      case 7: body += fmt::format("  cmp r{}, r{}\n  beq.w 1f\n  nop\n  nop\n1:\n", a, b); break;
      case 8: body += "  wfi\n"; break;
      case 9: body += "  nop\n"; break;
      case 10: body += "  vadd.f32 s1, s1, s2\n  vmla.f32 s3, s1, s2\n"; break;
      case 11: body += "  vdiv.f32 s4, s5, s6\n  vldmia r8, {s5-s12}\n"; break;
      case 12: body += "  svc #0\n"; break;
      default: body += fmt::format("  ldr.w r{}, [r10, #{}]\n", a, offset | 1); break;
    }
  }
  return fmt::format(R"(
reset:
  fpu_on
  ldr r8, =0x20002000
  ldr r9, =0x20003000
  ldr r10, =0x20004000
  poke 0xE000E014, {}
  poke 0xE000E018, 0
  poke 0xE000E010, 7
  poke 0xE000EDFC, 0x01000000
  ldr r11, =0xE0001000
  ldr r0, =0x003E0001
  b 1f
  .ltorg
1:
  str r0, [r11]
counting:
{}
  exit
svcall:
systick:
  push {{r4, lr}}
  vadd.f32 s1, s1, s1
  pop {{r4, pc}}
)",
                     120 + pick(200), body);
}

class DwtOfRandomPrograms : public testing::TestWithParam<unsigned> {};

TEST_P(DwtOfRandomPrograms, CountersAddUpToTheInstructions) {
  CoreConfig config{.interrupts = 16, .priority_bits = 3};
  config.cyccnt_counts_in_sleep = GetParam() % 2 == 0;
  ProgramBench bench(random_program(GetParam()), config);
  std::uint64_t before = 0;
  bench.core->watch_address(bench.address_of("counting"),
                            [&] { before = bench.core->counts().instructions; });
  ASSERT_EQ(bench.run().kind, StopKind::kExit);
  const CoreCounts counts = bench.core->counts();
  EXPECT_EQ(counts.cycles.total(), bench.core->cycles().count);
  EXPECT_EQ(counts.instructions, bench.recorder.instructions);
  EXPECT_GT(counts.cycles[StallCause::kInterrupt], 0u);
  // The store that switched the counters on is counted.
  const std::uint64_t instructions = counts.instructions - before + 1;
  // Not as a debugger, which is shown no counter.
  const auto counter = [&](Address offset) {
    return bench.bus.read(0xE0001000u + offset, AccessSize::kWord, {}).value;
  };
  const std::uint32_t sum =
      counter(0x04) - counter(0x08) - counter(0x0C) - counter(0x10) - counter(0x14) + counter(0x18);
  EXPECT_EQ(sum & 0xFFu, instructions & 0xFFu) << "the counters have 8 bits";
}

INSTANTIATE_TEST_SUITE_P(Seeds, DwtOfRandomPrograms, testing::Range(1u, 17u));

}  // namespace
}  // namespace tinyscope
