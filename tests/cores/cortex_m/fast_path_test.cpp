// The fast path against the reference path: random programs with loops, calls, stack, unaligned
// and predicated accesses, divides, FP, literal loads and interrupts, on memories without waits
// and behind flash accelerators. Everything that listeners, counters, registers and memory show
// has to be the same, and the fast path has to have been in use.
#include "cores/cortex_m/fast_path.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "cores/memory/l1_memory.hpp"
#include "cores/memory/memory_system.hpp"
#include "tests/support/program_bench.hpp"

namespace tinyscope {
namespace {

using test::ProgramBench;

constexpr std::uint32_t kFlashBytes = 1u << 20;

// All that a block tells, in an order that can be compared, and the accesses told before it.
struct BlockLog final : SimListener, AccessListener {
  struct Entry {
    Address start, end, next;
    Transfer transfer;
    std::uint32_t instructions;
    std::uint64_t before;
    std::array<std::uint64_t, kStallCauseCount> cycles;
    Address sp, lowest_sp;
    std::uint32_t loads, stores, multiplies, float_ops, flash_reads;
    std::vector<DataAccess> accesses;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  void on_block_retired(const BlockRetired& block) override {
    entries.push_back({block.start, block.end, block.next, block.transfer, block.instructions,
                       block.cycles_before.count, block.cycles.by_cause, block.sp, block.lowest_sp,
                       block.loads, block.stores, block.multiplies, block.float_ops,
                       block.flash_reads, std::exchange(accesses, {})});
    std::uint32_t loads = 0, stores = 0;
    for (const DataAccess& access : entries.back().accesses) {
      if (access.pc != 0) (access.write ? stores : loads) += access.count;
    }
    EXPECT_EQ(loads, block.loads);
    EXPECT_EQ(stores, block.stores);
  }
  void on_exception(const ExceptionEvent& event) override {
    exceptions.emplace_back(event.number, event.pc, event.cycles_before.count);
    std::uint32_t words = 0;
    for (const DataAccess& access : accesses) words += access.pc == 0 ? access.count : 0u;
    stacked.push_back(words);
    if (event.phase == ExceptionPhase::kEntry) ++entered;
    if (event.phase == ExceptionPhase::kReturn) ++returned;
    accesses.clear();
  }
  void on_accesses(std::span<const DataAccess> seen) override {
    accesses.insert(accesses.end(), seen.begin(), seen.end());
  }
  std::vector<Entry> entries;
  std::vector<std::tuple<std::uint32_t, Address, std::uint64_t>> exceptions;
  int entered = 0;
  int returned = 0;
  std::vector<std::uint32_t> stacked;  // words that the core itself has moved, for each exception
  std::vector<DataAccess> accesses;    // since the last block or exception
};

// On a Cortex-M7: kTightly, in memory without waits, and behind L1 caches.
enum class Memory { kFlat, kPlainFlash, kArt, kTinyCaches, kMoved, kTightly, kL1, kL1Lru };

bool is_m7(Memory kind) { return kind >= Memory::kTightly; }

bool is_l1(Memory kind) { return kind == Memory::kL1 || kind == Memory::kL1Lru; }

// Caches too small for the programs; data in RAM behind the bus and in TCM.
std::unique_ptr<MemoryTiming> make_l1(Memory kind, std::unique_ptr<MemorySystem> system) {
  using Replacement = LineCache::Replacement;
  L1Memory::Parameters parameters;
  parameters.shape.instruction_cache = LineCache::Geometry{4, 2, 32};
  parameters.shape.data_cache = LineCache::Geometry{2, 2, 32};
  if (kind == Memory::kL1Lru) parameters.data_replacement = Replacement::kLeastRecentlyUsed;
  parameters.shape.ecc = kind == Memory::kL1Lru;
  parameters.ranges = {{0, kFlashBytes, L1Memory::Port::kBus, 0},
                       {0x20000000, 0x20000, L1Memory::Port::kBus, 1},
                       {0x20020000, 0x20000, L1Memory::Port::kTcm}};
  if (kind == Memory::kL1Lru) parameters.ranges[2] = {0x20020000, 0x20000, L1Memory::Port::kBus, 1};
  parameters.buses = {{5, 1, 2, 16, false}, {4, 2, 3, 0, kind == Memory::kL1Lru}};
  return std::make_unique<L1Memory>(parameters, std::move(system));
}

std::unique_ptr<MemoryTiming> make_memory(Memory kind) {
  MemorySystem::Parameters parameters;
  parameters.blocks = {{0x20000000, 128u << 10, 0}, {0x20020000, 128u << 10, 1}};
  parameters.windows = {{0, kFlashBytes, 0}};
  FlashShape shape{.size = kFlashBytes, .read_bytes = 16};
  FlashReadPort::Settings settings{.wait_states = 4};
  switch (kind) {
    case Memory::kFlat: break;
    case Memory::kPlainFlash: settings.prefetch = true; break;
    case Memory::kMoved:  // some code, some constants, and parts of what r8 and r9 point to
      parameters.moved = {{0x80, 0x84, 0x20000000},
                          {0x180, 0x2C, 0x20020004},
                          {0x20004010, 0x14, 0x20030000},
                          {0x20021004, 0x28, 0x1004}};
      [[fallthrough]];
    case Memory::kArt:
      shape = {.size = kFlashBytes, .read_bytes = 8, .banks = 2};
      shape.instruction_cache = LineCache::Geometry{8, 4, 32};
      shape.data_cache = LineCache::Geometry{1, 8, 32};
      settings.prefetch = settings.instruction_cache = settings.data_cache = true;
      break;
    case Memory::kTightly:
    case Memory::kL1:
    case Memory::kL1Lru: break;
    case Memory::kTinyCaches:
      shape.instruction_cache = LineCache::Geometry{2, 2, 16};
      shape.data_cache = LineCache::Geometry{1, 2, 16};
      settings.instruction_cache = settings.data_cache = true;
      break;
  }
  if (kind != Memory::kFlat && kind != Memory::kTightly) parameters.flash = shape;
  auto memory = std::make_unique<MemorySystem>(parameters);
  if (memory->flash() != nullptr) memory->flash()->apply(settings);
  if (is_l1(kind)) return make_l1(kind, std::move(memory));
  return memory;
}

// What only a Cortex-M7 runs, or where it differs: double precision, banks, pairs of narrow stores,
// branches that go one way and the other. Registers as in program().
constexpr const char* kM7Pieces[] = {
    "  vldr d4, [r8]\n  vcvt.f64.s32 d5, s3\n  vadd.f64 d5, d5, d5\n  vmul.f64 d6, d5, d5\n"
    "  vfma.f64 d6, d5, d5\n  vmla.f64 d6, d5, d5\n  vstr d5, [r9, #48]\n",
    "  vcvt.f64.s32 d5, s3\n  vcmp.f64 d5, #0.0\n  vmrs APSR_nzcv, fpscr\n"
    "  vselge.f64 d6, d5, d4\n  bgt 1f\n  adds r5, #2\n1:\n",
    "  vfma.f32 s0, s1, s2\n  vldr s5, [r8, #12]\n  vfma.f32 s6, s1, s2\n  vadd.f32 s7, s1, s2\n"
    "  vrinta.f32 s8, s7\n  vmaxnm.f32 s8, s8, s1\n",
    "  movs r6, #7\n1:\n  ldr r7, [r8, r6, lsl #2]\n  ldr r5, [r9, r6, lsl #2]\n"
    "  smlabb r4, r5, r7, r4\n  subs r6, #1\n  bne 1b\n",
    "  movs r6, #6\n1:\n  strb r4, [r9, r6]\n  tst r6, #1\n  bne 2f\n  strh r5, [r8, r6]\n"
    "2:\n  subs r6, #1\n  bne 1b\n",
    "  rev r6, r4\n  ubfx r7, r6, #3, #5\n  eor r5, r5, r7, lsl #3\n  add r6, r8, r7\n"
    "  ldrb r7, [r6]\n  uxtab r4, r4, r7\n",
};

// r8: RAM, r9: RAM behind it, r11: a table in flash, r10: counts rounds, r4 to r7: values.
// `prologue` runs first.
std::string program(std::mt19937& random, const std::string& prologue = {}, bool m7 = false) {
  std::vector<const char*> pieces = {
      "  ldr r6, [r8, #4]\n  ldr r7, [r8, #8]\n  smlad r4, r6, r7, r4\n",
      "  ldr r6, [r8], #4\n  ldr r7, [r9], #4\n  mla r4, r6, r7, r4\n  subs r8, #4\n  subs r9, "
      "#4\n",
      "  ldr r6, [r11, #12]\n  ldrb r7, [r11, #3]\n  add r5, r6, r7\n",
      "  and r6, r4, #0x3C\n  ldr r7, [r11, r6]\n  eor r5, r7\n",
      "  and r6, r4, #0x3F\n  ldr r7, [r8, r6]\n  add r4, r7\n",  // now and then unaligned
      "  and r6, r5, #0x1F\n  strh r4, [r9, r6]\n  ldrh r7, [r9, r6]\n  add r5, r7\n",
      "  push {r4, r5, r6, lr}\n  ldr r6, [sp, #4]\n  add r4, r6\n  pop {r4, r5, r6, lr}\n",
      "  str r8, [sp, #-8]!\n  ldr r6, [sp]\n  ldr r7, [r6, #16]\n  add sp, #8\n  add r4, r7\n",
      "  tst r4, #4\n  ittee ne\n  addne r4, r5\n  strne r4, [r8, #20]\n  subeq r4, r5\n"
      "  ldreq r6, [r8, #24]\n",
      "  cmp r4, r5\n  it gt\n  movgt r4, r5\n  adds r4, #7\n",
      "  cmp r4, #0\n  it mi\n  bmi 1f\n  adds r5, #1\n1:\n",
      "  orr r6, r5, #1\n  udiv r7, r4, r6\n  add r4, r7\n",
      "  sdiv r7, r4, r5\n  eor r4, r4, r7, lsl #3\n",
      "  vldr s1, [r8]\n  vadd.f32 s0, s0, s1\n  vmla.f32 s2, s0, s1\n  vstr s2, [r9, #40]\n",
      "  vmov s3, r4\n  vcvt.f32.s32 s3, s3\n  vsqrt.f32 s4, s3\n  adds r5, #3\n",
      "  bl leaf\n",
      "  mov r6, sp\n  ldr sp, =0x2000E000\n  push {r4}\n  pop {r4}\n  mov sp, r6\n",
      "  cmp r4, r5\n  ittt lt\n  pushlt {r4, r5}\n  addlt r4, #1\n  poplt {r4, r5}\n",
      "  bl table_leaf\n",
      "  ldmia r8, {r4, r6, r7}\n  stmia r9, {r4, r6, r7}\n",
      "  ldrd r6, r7, [r11, #8]\n  strd r6, r7, [r8, #32]\n",
      "  ldr r6, =0x12345678\n  eor r5, r6\n",
      "  usat r6, #5, r4\n  lsls r5, r6\n",
      "  movs r6, #5\n2:\n  ldrsb r7, [r11, r6]\n  add r4, r7\n  subs r6, #1\n  bne 2b\n",
      "  mov r6, r8\n  movs r7, #3\n3:\n  ldr r5, [r6], #4\n  str r5, [r9, r7, lsl #2]\n"
      "  subs r7, #1\n  bpl 3b\n",
  };
  if (m7) pieces.insert(pieces.end(), std::begin(kM7Pieces), std::end(kM7Pieces));
  std::string text = m7 ? "  .cpu cortex-m7\n  .fpu fpv5-d16\n" : "";
  text += R"(
  .macro finish
  exit
  .endm
reset:
  fpu_on
  poke 0xE000E100, 0xFF
)" + prologue +
          R"(
  ldr r8, =0x20004000
  ldr r9, =0x20021000
  adr r11, table
  ldr r4, =0x9E3779B9
  movs r5, #77
  ldr r0, =0x3F800000
  vmov s0, r0
  vmov s1, r0
  vmov s2, r0
  mov r2, r8
  movs r3, #64
4:
  str r4, [r2], #4
  add r4, r4, r4, ror #7
  subs r3, #1
  bne 4b
  movw r10, #1500
main:
)";
  std::uniform_int_distribution<std::size_t> pick(0, pieces.size() - 1);
  const int count = 3 + static_cast<int>(random() % 12);
  for (int i = 0; i < count; ++i) {
    text += pieces[pick(random)];
    if (random() % 3 == 0) text += "  nop\n";  // other alignments
  }
  text += R"(
  subs r10, #1
  bne.w main
  finish
  .ltorg
  .balign 4
table:
  .word 1, 2, 0x80, 0x7FFFFFFF, 5, 6, 0xFFFFFFF0, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
leaf:
  push {r4, lr}
  rors r4, r5
  pop {r4, pc}
table_leaf:
  and r6, r4, #3
  tbb [pc, r6]
5:
  .byte (6f - 5b) / 2, (7f - 5b) / 2, (8f - 5b) / 2, (7f - 5b) / 2
6:
  adds r5, #1
  bx lr
7:
  adds r5, #2
8:
  eor r4, r5
  bx lr
irq0:
  push {r4, r5}
  ldr r0, =0x20003000
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
  vadd.f32 s5, s0, s1
  pop {r4, r5}
  bx lr
  .ltorg
)";
  return text;
}

struct Outcome {
  BlockLog log;
  std::array<std::uint32_t, 13> registers{};
  std::vector<std::uint8_t> memory;
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  double fast_share = 0;
  std::vector<InsnCount> insns;
};

// What the counts of the instructions add up to has to be what the blocks told.
void check_sums(const Outcome& outcome) {
  std::uint64_t retired = 0;
  StallCycles of_insns, of_blocks;
  for (const InsnCount& insn : outcome.insns) {
    retired += insn.count;
    of_insns += insn.stalls;
  }
  for (const BlockLog::Entry& block : outcome.log.entries) of_blocks += {block.cycles};
  EXPECT_EQ(retired, outcome.instructions);
  EXPECT_EQ(of_insns.by_cause, of_blocks.by_cause);
}

void run(const FirmwareImage& image, Memory kind, bool fast, unsigned seed, Outcome& outcome) {
  const CoreFamily family = is_m7(kind) ? CoreFamily::kCortexM7 : CoreFamily::kCortexM4;
  ProgramBench bench(image,
                     {.family = family,
                      .float_unit = is_m7(kind) ? FloatUnit::kDouble : FloatUnit::kSingle,
                      .interrupts = 16,
                      .priority_bits = 3,
                      .mpu_regions = 8},
                     make_memory(kind), fast);
  if (fast) bench.core->check_fast_path();
  bench.core->add_listener(outcome.log);
  bench.core->add_access_listener(outcome.log);
  InsnCounts counts;
  bench.core->count_insns(counts);
  // Interrupts at times that have nothing to do with the program.
  std::mt19937 random(seed);
  std::uint64_t cycle = 3000;
  for (int i = 0; i < 6; ++i) {
    cycle += 500 + random() % 9000;
    bench.at_cycle(cycle, [&bench] { bench.pulse(0); });
  }
  // And DMA that gets in the way of the program's data.
  cycle = 5000;
  for (int i = 0; i < 60; ++i) {
    cycle += 20 + random() % 400;
    bench.at_cycle(cycle, [&bench, i] {
      bench.core->master_access(i % 2 == 0 ? 0x20004000 : 0x20021000, bench.scheduler.now());
    });
  }
  ASSERT_EQ(bench.run(10'000'000).kind, StopKind::kExit);
  for (unsigned n = 0; n < 13; ++n) outcome.registers[n] = bench.r(n);
  const auto bytes = bench.bus.memory_at(0x20000000).memory->bytes();
  outcome.memory.assign(bytes.begin(), bytes.end());
  outcome.insns = counts.by_address();
  outcome.cycles = bench.core->cycles().count;
  outcome.instructions = bench.core->counts().instructions;
  for (const LineCache* cache : bench.memory->caches()) {
    outcome.hits += cache->hits();
    outcome.misses += cache->misses();
  }
  if (fast) {
    outcome.fast_share = static_cast<double>(bench.core->fast_path()->counts.instructions) /
                         static_cast<double>(outcome.instructions);
  }
}

// Runs the program on both paths and compares; `share` is how much of it ran on the fast one.
void compare(const std::string& source, Memory kind, unsigned seed, double& share) {
  SCOPED_TRACE(source);
  const FirmwareImage image = test::assemble(source);
  Outcome reference, fast;
  run(image, kind, false, seed, reference);
  run(image, kind, true, seed, fast);
  if (testing::Test::HasFatalFailure()) return;
  ASSERT_EQ(fast.log.entries.size(), reference.log.entries.size());
  for (std::size_t n = 0; n < fast.log.entries.size(); ++n) {
    ASSERT_TRUE(fast.log.entries[n] == reference.log.entries[n])
        << fmt::format("block {} at 0x{:08X}, cycle {}", n, reference.log.entries[n].start,
                       reference.log.entries[n].before);
  }
  ASSERT_EQ(fast.log.exceptions, reference.log.exceptions);
  ASSERT_EQ(fast.log.stacked, reference.log.stacked);
  // Entries write eight words, lazy stacking the rest; returns read all 25 (DDI 0403E, B1.5.6 to
  // 8).
  // A program that ends early misses the last of the six interrupts.
  EXPECT_GE(fast.log.entered, 5);
  EXPECT_EQ(std::count(fast.log.stacked.begin(), fast.log.stacked.end(), 8u), fast.log.entered);
  EXPECT_EQ(std::count(fast.log.stacked.begin(), fast.log.stacked.end(), 25u), fast.log.returned);
  ASSERT_EQ(fast.cycles, reference.cycles);
  ASSERT_EQ(fast.instructions, reference.instructions);
  ASSERT_EQ(fast.registers, reference.registers);
  ASSERT_EQ(fast.memory, reference.memory);
  check_sums(reference);
  check_sums(fast);
  ASSERT_EQ(fast.insns.size(), reference.insns.size());
  for (std::size_t n = 0; n < fast.insns.size(); ++n) {
    SCOPED_TRACE(fmt::format("instruction at 0x{:08X}", reference.insns[n].address));
    ASSERT_EQ(fast.insns[n].address, reference.insns[n].address);
    ASSERT_EQ(fast.insns[n].count, reference.insns[n].count);
    ASSERT_EQ(fast.insns[n].stalls.by_cause, reference.insns[n].stalls.by_cause);
  }
  ASSERT_EQ(fast.hits, reference.hits);
  ASSERT_EQ(fast.misses, reference.misses);
  share = fast.fast_share;
}

// Where ranges that were moved end between the words that a block touches, it takes the other path;
// where accesses may wait for long, blocks close to an event do.
double least_share(Memory kind) {
  if (kind == Memory::kMoved) return 0.1;
  return is_l1(kind) ? 0.2 : 0.3;
}

// CCR: DC, IC and STKALIGN.
constexpr const char* kCachesOn = "  poke 0xE000ED14, 0x00030200\n  dsb\n  isb\n";

class FastPathPrograms : public testing::TestWithParam<Memory> {};

TEST_P(FastPathPrograms, GiveTheSameOnBothPaths) {
  std::mt19937 random(static_cast<unsigned>(GetParam()) + 11);
  double share = 0;
  constexpr int kPrograms = 12;
  for (int i = 0; i < kPrograms; ++i) {
    double fast_share = 0;
    compare(program(random, is_l1(GetParam()) ? kCachesOn : "", is_m7(GetParam())), GetParam(),
            static_cast<unsigned>(i), fast_share);
    if (HasFatalFailure()) return;
    share += fast_share / kPrograms;
  }
  EXPECT_GT(share, least_share(GetParam())) << "much of it ran on the fast path";
}

// Regions as an RTOS sets them up: flash read-only, RAM execute-never, the rest as ever for
// privileged code (Arm DDI 0403E, B3.5).
constexpr const char* kMpuOn = R"(
  poke 0xE000ED9C, 0x00000010  @ RBAR: region 0 at 0
  poke 0xE000EDA0, 0x06020027  @ RASR: 1 MiB, read-only, written through
  poke 0xE000ED9C, 0x20000011  @ region 1 at 0x20000000
  poke 0xE000EDA0, 0x130B0023  @ 256 KiB, full access, XN, written back
  poke 0xE000ED94, 5           @ CTRL: ENABLE, PRIVDEFENA
  dsb
  isb
)";

TEST_P(FastPathPrograms, GiveTheSameOnBothPathsBehindTheMpu) {
  std::mt19937 random(static_cast<unsigned>(GetParam()) + 77);
  double share = 0;
  constexpr int kPrograms = 4;
  for (int i = 0; i < kPrograms; ++i) {
    double fast_share = 0;
    const std::string caches = is_l1(GetParam()) ? kCachesOn : "";
    compare(program(random, caches + kMpuOn, is_m7(GetParam())), GetParam(),
            static_cast<unsigned>(i), fast_share);
    if (HasFatalFailure()) return;
    share += fast_share / kPrograms;
  }
  // Where moved memory is, blocks run on the reference path more often.
  EXPECT_GT(share, least_share(GetParam())) << "much of it ran on the fast path";
}

// A loop of stores runs into the read-only eighth of a region; its first one there faults, with the
// address in MMFAR.
TEST(FastPath, FaultsWhereTheMpuForbidsAStore) {
  const FirmwareImage image = test::assemble(R"(
reset:
  poke 0xE000ED9C, 0x20004010  @ RBAR: region 0 at 0x20004000
  poke 0xE000EDA0, 0x06007F17  @ RASR: 4 KiB, read-only, only its last eighth
  poke 0xE000ED94, 5
  poke 0xE000ED24, 0x00010000  @ SHCSR.MEMFAULTENA
  dsb
  isb
  ldr r0, =0x20004000
1:
  str r3, [r0], #4
  b 1b
memmanage:
  ldr r1, =0xE000ED34  @ MMFAR
  ldr r2, [r1]
  exit
  .ltorg
)");
  std::uint64_t cycles[2] = {};
  for (const bool fast : {false, true}) {
    ProgramBench bench(image, {.interrupts = 16, .priority_bits = 3, .mpu_regions = 8},
                       make_memory(Memory::kFlat), fast);
    ASSERT_EQ(bench.run().kind, StopKind::kExit);
    EXPECT_EQ(bench.r(2), 0x2000'4E00u);
    cycles[fast ? 1 : 0] = bench.core->cycles().count;
    if (fast) {
      EXPECT_GT(bench.core->fast_path()->counts.instructions, 500u);
    }
  }
  EXPECT_EQ(cycles[0], cycles[1]);
}

std::string name_of_memory(const testing::TestParamInfo<Memory>& info) {
  constexpr const char* kNames[] = {"Flat",  "PlainFlash", "Art", "TinyCaches",
                                    "Moved", "Tightly",    "L1",  "L1Lru"};
  return kNames[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Memories, FastPathPrograms,
                         testing::Values(Memory::kFlat, Memory::kPlainFlash, Memory::kArt,
                                         Memory::kTinyCaches, Memory::kMoved, Memory::kTightly,
                                         Memory::kL1, Memory::kL1Lru),
                         name_of_memory);

TEST(Contention, DelaysACoreAccessToTheMemoryThatDmaUsesInThatCycle) {
  // A load in each third cycle of a long run of loops; DMA in every cycle of a window.
  const FirmwareImage image = test::assemble(R"(
reset:
  ldr r8, =0x20004000
  movw r10, #2000
1:
  ldr r6, [r8]
  subs r10, #1
  bne 1b
  exit
  .ltorg
)");
  const auto cycles = [&image](Address dma, bool fast, std::uint64_t& contention) {
    ProgramBench bench(image, {.interrupts = 16, .priority_bits = 3}, make_memory(Memory::kFlat),
                       fast);
    for (std::uint64_t cycle = 2000; cycle < 2400; ++cycle) {
      bench.at_cycle(cycle,
                     [&bench, dma] { bench.core->master_access(dma, bench.scheduler.now()); });
    }
    EXPECT_EQ(bench.run().kind, StopKind::kExit);
    contention = bench.core->counts().cycles[StallCause::kContention];
    return bench.core->cycles().count;
  };
  std::uint64_t none = 0, same = 0, same_fast = 0;
  const std::uint64_t apart = cycles(0x20020000, false, none);
  const std::uint64_t together = cycles(0x20008000, false, same);
  EXPECT_EQ(none, 0u) << "another memory";
  EXPECT_GE(same, 400u / 8) << "one for each round, which takes 7 cycles with it";
  EXPECT_LE(same, 400u / 6);
  EXPECT_EQ(together, apart + same);
  EXPECT_EQ(cycles(0x20008000, true, same_fast), together);
  EXPECT_EQ(same_fast, same);
}

TEST(FastPath, SeesCodeThatTheProgramWrites) {
  // A routine in RAM is called in a loop, changed, and called again: each version has to run.
  const char* const source = R"(
reset:
  ldr r0, =0x20002000
  ldr r1, =0x47702501  @ movs r5, #1; bx lr
  str r1, [r0]
  dsb
  isb
  adds r2, r0, #1
  movw r10, #200
  movs r6, #0
9:
  blx r2
  add r6, r5
  subs r10, #1
  bne 9b
  ldr r1, =0x47702503  @ movs r5, #3; bx lr
  str r1, [r0]
  dsb
  isb
  movw r10, #200
8:
  blx r2
  add r6, r5
  subs r10, #1
  bne 8b
  exit
  .ltorg
)";
  ProgramBench bench(test::assemble(source), {.interrupts = 16, .priority_bits = 3},
                     make_memory(Memory::kFlat), true);
  ASSERT_EQ(bench.run().kind, StopKind::kExit);
  EXPECT_EQ(bench.r(6), 200u * 1 + 200u * 3);
  EXPECT_GT(bench.core->fast_path()->counts.instructions, 500u);
}

TEST(FastPath, StopsAtTheCycleLimitWhereTheReferencePathStops) {
  const FirmwareImage image = test::assemble(R"(
reset:
  ldr r8, =0x20004000
1:
  ldr r6, [r8], #4
  ldr r7, [r8, #-8]
  muls r6, r7, r6
  subs r8, #4
  b 1b
  .ltorg
)");
  for (const std::uint64_t limit : {1000u, 1001u, 1002u, 1003u, 1004u, 5555u}) {
    std::array<std::tuple<std::uint64_t, std::uint64_t, std::uint32_t>, 2> ends;
    for (const bool fast : {false, true}) {
      ProgramBench bench(image, {.interrupts = 16, .priority_bits = 3}, make_memory(Memory::kArt),
                         fast);
      EXPECT_EQ(bench.run(limit).kind, StopKind::kLimit);
      ends[fast ? 1 : 0] = {bench.core->cycles().count, bench.core->counts().instructions,
                            bench.core->read_register(CoreRegister::kPc)};
    }
    EXPECT_EQ(ends[0], ends[1]) << "limit " << limit;
  }
}

TEST(FastPath, GoesOnFromASnapshotOfEitherPath) {
  std::mt19937 random(5);
  const FirmwareImage image = test::assemble(program(random));
  const auto finish = [&image](bool fast_before, bool fast_after) {
    std::vector<std::byte> state;
    std::vector<std::uint8_t> ram;
    {
      ProgramBench bench(image, {.interrupts = 16, .priority_bits = 3}, make_memory(Memory::kArt),
                         fast_before);
      EXPECT_EQ(bench.run(9000).kind, StopKind::kLimit);
      StateArchive archive = StateArchive::saving();
      bench.scheduler.snapshot(archive);
      bench.core->snapshot(archive);
      state = archive.bytes();
      const auto bytes = bench.bus.memory_at(0x20000000).memory->bytes();
      ram.assign(bytes.begin(), bytes.end());
    }
    ProgramBench bench(image, {.interrupts = 16, .priority_bits = 3}, make_memory(Memory::kArt),
                       fast_after);
    bench.run(10);
    StateArchive archive = StateArchive::loading(state);
    bench.scheduler.snapshot(archive);
    bench.core->snapshot(archive);
    bench.bus.copy_in(0x20000000, ram);
    bench.core->set_cycle_limit({10'000'000});
    EXPECT_EQ(bench.resume().kind, StopKind::kExit);
    return bench.core->cycles().count;
  };
  const std::uint64_t expected = finish(false, false);
  EXPECT_EQ(finish(true, false), expected);
  EXPECT_EQ(finish(false, true), expected);
  EXPECT_EQ(finish(true, true), expected);
}

}  // namespace
}  // namespace tinyscope
