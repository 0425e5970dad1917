// The data cache of a Cortex-M7 and DMA: who sees what, until firmware maintains the cache (Arm DDI
// 0403E, B2.2; ST AN4839, "Level 1 cache on STM32F7 and STM32H7", on coherency).
#include <gtest/gtest.h>

#include "cores/memory/l1_memory.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kBuffer = 0x20004000;

// A data cache of four sets and two ways in front of all RAM.
std::unique_ptr<MemoryTiming> make_l1() {
  MemorySystem::Parameters system;
  system.blocks = {{0, 1u << 20, 0}, {0x20000000, 256u << 10, 0}};
  L1Memory::Parameters parameters;
  parameters.shape.instruction_cache = LineCache::Geometry{16, 2, 32};
  parameters.shape.data_cache = LineCache::Geometry{4, 2, 32};
  parameters.ranges = {{0, 1u << 20, L1Memory::Port::kTcm},
                       {0x20000000, 256u << 10, L1Memory::Port::kBus, 0}};
  parameters.buses = {{6, 1, 2, 0, false}};
  return std::make_unique<L1Memory>(parameters, std::make_unique<MemorySystem>(system));
}

// r8: the buffer. DMA does what a test says at the labels dma1 and dma2, behind some code that can
// run on the fast path.
constexpr const char* kPrologue = R"(
  .macro dma NUMBER
  movw r10, #100
1:
  subs r10, #1
  bne 1b
dma\NUMBER:
  nop
  .endm
  .macro maintain REGISTER, ADDRESS
  dsb
  poke \REGISTER, \ADDRESS
  dsb
  .endm
reset:
  poke 0xE000ED14, 0x00030200   @ CCR: DC, IC, STKALIGN
  dsb
  isb
  ldr r8, =0x20004000
  mov r11, #0x55
)";
constexpr const char* kDccmvac = "0xE000EF68";
constexpr const char* kDcimvac = "0xE000EF5C";
constexpr const char* kDccimvac = "0xE000EF70";

std::string maintain(const char* what) {
  return std::string("  maintain ") + what + ", 0x20004000\n";
}

class Coherence : public testing::TestWithParam<bool> {
 protected:
  void make(const std::string& program) {
    bench_ = std::make_unique<ProgramBench>(
        assemble(kPrologue + program + "  exit\n  .ltorg\n"),
        CoreConfig{.family = CoreFamily::kCortexM7, .interrupts = 16, .priority_bits = 4},
        make_l1(), GetParam());
  }
  void dma_writes(std::string_view label, std::uint32_t value) {
    bench_->core->watch_address(bench_->address_of(label), [this, value] {
      bench_->bus.master_write(kBuffer, AccessSize::kWord, value, bench_->scheduler.now());
    });
  }
  void dma_reads(std::string_view label) {
    bench_->core->watch_address(bench_->address_of(label), [this] {
      seen_.push_back(
          bench_->bus.master_read(kBuffer, AccessSize::kWord, bench_->scheduler.now()).value);
    });
  }

  std::unique_ptr<ProgramBench> bench_;
  std::vector<std::uint32_t> seen_;
};

TEST_P(Coherence, CoreReadsStaleDataUntilItInvalidatesTheLine) {
  make("  ldr r4, [r8]\n  dma 1\n  ldr r5, [r8]\n" + maintain(kDcimvac) + "  ldr r6, [r8]\n");
  dma_writes("dma1", 0x1234);
  bench_->run();
  EXPECT_EQ(bench_->r(4), 0u);
  EXPECT_EQ(bench_->r(5), 0u) << "held by the cache";
  EXPECT_EQ(bench_->r(6), 0x1234u);
}

TEST_P(Coherence, CoreReadsFreshDataOfALineThatIsNotHeld) {
  make("  dma 1\n  ldr r5, [r8]\n");
  dma_writes("dma1", 0x1234);
  bench_->run();
  EXPECT_EQ(bench_->r(5), 0x1234u);
}

TEST_P(Coherence, StaleLineThatIsReplacedComesBackFresh) {
  make(R"(  ldr r4, [r8]
  dma 1
  ldr r1, [r8, #0x80]            @ three lines of one set with two ways, more than once
  ldr r1, [r8, #0x100]
  ldr r1, [r8, #0x180]
  ldr r1, [r8, #0x200]
  ldr r1, [r8, #0x280]
  ldr r1, [r8, #0x300]
  ldr r1, [r8, #0x380]
  ldr r1, [r8, #0x400]
  ldr r1, [r8, #0x480]
  ldr r1, [r8, #0x500]
  ldr r5, [r8]
)");
  dma_writes("dma1", 0x1234);
  bench_->run();
  EXPECT_EQ(bench_->r(5), 0x1234u);
}

TEST_P(Coherence, DmaReadsOldDataUntilTheCoreCleansTheLine) {
  make("  str r11, [r8]\n  dma 1\n" + maintain(kDccmvac) + "  dma 2\n");
  dma_reads("dma1");
  dma_reads("dma2");
  bench_->run();
  EXPECT_EQ(seen_, (std::vector<std::uint32_t>{0, 0x55}));
}

TEST_P(Coherence, DmaDoesNotSeeStoresOfARunningLoop) {
  make(R"(  movw r10, #2000
2:
  str r10, [r8]
  subs r10, #1
  bne 2b
  dma 1
)" + maintain(kDccimvac) +
       "  dma 2\n  ldr r4, [r8]\n");
  dma_reads("dma1");
  dma_reads("dma2");
  bench_->run();
  ASSERT_EQ(seen_.size(), 2u);
  EXPECT_EQ(seen_[0], 0u);
  EXPECT_EQ(seen_[1], 1u);
  EXPECT_EQ(bench_->r(4), 1u);
}

TEST_P(Coherence, InvalidationLosesWhatWasNotWrittenBack) {
  make("  str r11, [r8]\n" + maintain(kDcimvac) + "  ldr r4, [r8]\n  str r11, [r8]\n" +
       maintain(kDccimvac) + "  ldr r5, [r8]\n");
  bench_->run();
  EXPECT_EQ(bench_->r(4), 0u);
  EXPECT_EQ(bench_->r(5), 0x55u);
}

TEST_P(Coherence, WithoutTheCacheEverybodySeesTheSame) {
  make(
      "  poke 0xE000ED14, 0x00000200\n  ldr r4, [r8]\n  str r11, [r8]\n  dma 1\n  dma 2\n"
      "  ldr r5, [r8]\n");
  dma_reads("dma1");
  dma_writes("dma2", 0x1234);
  bench_->run();
  EXPECT_EQ(seen_, (std::vector<std::uint32_t>{0x55}));
  EXPECT_EQ(bench_->r(5), 0x1234u);
}

// TEX 0, C 1, B 0, and the same shareable (Arm DDI 0403E, B3.5.9).
TEST_P(Coherence, AttributesDecideWhatTheCacheKeeps) {
  const std::string region = R"(  poke 0xE000ED9C, 0x20000010
  poke 0xE000EDA0, ATTRIBUTES
  poke 0xE000ED94, 5
  dsb
  isb
  ldr r4, [r8]
  str r11, [r8]
  dma 1
  dma 2
  ldr r5, [r8]
)";
  make(".equ ATTRIBUTES, 0x13020023\n" + region);  // written through
  dma_reads("dma1");
  bench_->run();
  EXPECT_EQ(seen_, (std::vector<std::uint32_t>{0x55}));
  make(".equ ATTRIBUTES, 0x130F0023\n" + region);  // written back, but shareable: not cached
  seen_.clear();
  dma_reads("dma1");
  dma_writes("dma2", 0x1234);
  bench_->run();
  EXPECT_EQ(seen_, (std::vector<std::uint32_t>{0x55}));
  EXPECT_EQ(bench_->r(5), 0x1234u);
}

INSTANTIATE_TEST_SUITE_P(Paths, Coherence, testing::Bool(),
                         [](const auto& path) { return path.param ? "Fast" : "Reference"; });

}  // namespace
}  // namespace tinyscope::test
