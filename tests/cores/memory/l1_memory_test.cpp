// The memory system of a Cortex-M7, by counting cycles on paper. Behaviour: Cortex-M7 TRM (Arm DDI
// 0489F), 5.9; store buffer: jnk0le/random, "Cortex-M7 pipeline", measured on STM32H743.
#include "cores/memory/l1_memory.hpp"

#include <gtest/gtest.h>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr Address kFlash = 0x0800'0000, kDtcm = 0x2000'0000, kRam = 0x2400'0000,
                  kPeripheral = 0x4000'0000;
constexpr unsigned kFirst = 6, kBeat = 2, kWrite = 3;  // of RAM
constexpr unsigned kFlashFirst = 5, kWaitStates = 7;   // of flash

struct Options {
  CachePolicy policy = CachePolicy::kWriteBackWriteAllocate;
  bool ecc = true;
  std::uint32_t data_sets = 1, data_ways = 1;
  bool pipelined_flash = false;
};

std::unique_ptr<L1Memory> chip(const Options& options = {}) {
  MemorySystem::Parameters system;
  system.blocks = {{kDtcm, 0x1'0000, 0}, {kRam, 0x1'0000, 0}};
  system.windows = {{kFlash, 0x1'0000, 0}};
  system.flash = FlashShape{.size = 0x1'0000, .read_bytes = 32};
  system.bridges = {{kPeripheral, 0x1'0000, 9, 4}};
  L1Memory::Parameters parameters;
  parameters.shape.instruction_cache = LineCache::Geometry{4, 2, 32};
  parameters.shape.data_cache = LineCache::Geometry{options.data_sets, options.data_ways, 32};
  parameters.shape.ecc = options.ecc;
  parameters.ranges = {{kFlash, 0x1'0000, L1Memory::Port::kBus, 0},
                       {kDtcm, 0x1'0000, L1Memory::Port::kTcm},
                       {kRam, 0x1'0000, L1Memory::Port::kBus, 1}};
  parameters.buses = {{kFlashFirst, 1, 1, 32, options.pipelined_flash},
                      {kFirst, kBeat, kWrite, 0, false}};
  auto memory = std::make_unique<L1Memory>(parameters, std::make_unique<MemorySystem>(system));
  memory->system().flash()->apply({.wait_states = kWaitStates});
  memory->set_attributes({{0, {MemoryType::kNormal, options.policy, false}},
                          {kPeripheral, {MemoryType::kDevice, CachePolicy::kNonCacheable, true}}});
  memory->enable_caches(true, true);
  return memory;
}

unsigned load(L1Memory& memory, Address address, std::uint64_t at) {
  return memory.data_wait(address, AccessType::kRead, at);
}

TEST(L1Memory, WaitsForThePartOfALineThatIsAskedFor) {
  const auto memory = chip();
  EXPECT_EQ(load(*memory, kRam + 8, 100), kFirst);
  // The critical part came in cycle 107, the next in 109.
  EXPECT_EQ(load(*memory, kRam + 12, 107), 0u);
  EXPECT_EQ(load(*memory, kRam + 16, 107), 1u);
  EXPECT_EQ(load(*memory, kRam + 20, 109), 0u);
  EXPECT_EQ(load(*memory, kRam + 24, 120), 0u) << "all of it has arrived";
  EXPECT_EQ(load(*memory, kRam, 121), 0u);
  EXPECT_EQ(memory->counts().data_misses, 1u);
}

TEST(L1Memory, ReadsTheBusEachTimeWithoutTheCache) {
  const auto memory = chip();
  memory->enable_caches(true, false);
  EXPECT_EQ(load(*memory, kRam, 100), kFirst);
  EXPECT_EQ(load(*memory, kRam, 110), kFirst);
  EXPECT_EQ(memory->counts().data_misses, 0u);
  const auto uncached = chip({.policy = CachePolicy::kNonCacheable});
  EXPECT_EQ(load(*uncached, kRam, 100), kFirst);
  EXPECT_EQ(load(*uncached, kRam, 110), kFirst);
}

TEST(L1Memory, WritesADirtyLineBackBehindTheFill) {
  // Fill: from 201 on 6 cycles, then three parts of 2: the bus is free in cycle 213.
  const auto clean = chip();
  load(*clean, kRam, 100);
  load(*clean, kRam + 32, 200);
  EXPECT_EQ(load(*clean, kRam + 64, 214), kFirst);
  // The same with four parts of 3 cycles written: free in cycle 225.
  const auto dirty = chip();
  EXPECT_EQ(dirty->store_wait(kRam, 4, 100), 0u);
  load(*dirty, kRam + 32, 200);
  EXPECT_EQ(load(*dirty, kRam + 64, 214), 225 - 214 + kFirst);
  EXPECT_EQ(dirty->counts().write_backs, 1u);
}

TEST(L1Memory, DoesNotDirtyLinesThatAreWrittenThrough) {
  const auto memory = chip({.policy = CachePolicy::kWriteThrough});
  load(*memory, kRam, 100);
  memory->store_wait(kRam, 4, 200);
  load(*memory, kRam + 32, 300);
  EXPECT_EQ(memory->counts().write_backs, 0u);
  EXPECT_FALSE(memory->keeps_stores(kRam));
}

TEST(L1Memory, AllocatesByWritesOnlyWhereAttributesSaySo) {
  const auto reading = chip({.policy = CachePolicy::kWriteBack});
  reading->store_wait(kRam, 4, 100);
  EXPECT_EQ(load(*reading, kRam, 200), kFirst);
  const auto writing = chip();
  writing->store_wait(kRam, 4, 100);
  EXPECT_EQ(load(*writing, kRam, 200), 0u);
}

TEST(L1Memory, StoresWaitOnlyForAFullBuffer) {
  const auto memory = chip({.policy = CachePolicy::kNonCacheable});
  // Each keeps the bus for 3 cycles: they leave in 3, 6, 9, 12, 15.
  for (unsigned n = 0; n < 5; ++n) EXPECT_EQ(memory->store_wait(kRam + 8 * n, 4, n), 0u) << n;
  EXPECT_EQ(memory->store_wait(kRam + 40, 4, 5), 1u) << "the second leaves in 6";
  EXPECT_EQ(memory->drain_wait(6), 18u - 6);
}

TEST(L1Memory, MergesStoresToTheSameDoubleWord) {
  const auto memory = chip({.policy = CachePolicy::kNonCacheable});
  memory->store_wait(kRam, 4, 0);
  memory->store_wait(kRam + 4, 4, 1);
  EXPECT_EQ(memory->drain_wait(1), kWrite - 1);
}

// Cycles of each of many stores in a row.
double sustained(L1Memory& memory, std::uint32_t bytes, std::initializer_list<Address> offsets) {
  constexpr unsigned kRounds = 2000;
  std::uint64_t at = 1000;
  for (unsigned n = 0; n < kRounds; ++n) {
    for (const Address offset : offsets) {
      at += 1 + memory.store_wait(kDtcm + offset, bytes, at);
    }
  }
  return static_cast<double>(at - 1000) / static_cast<double>(kRounds * offsets.size());
}

TEST(L1Memory, SustainsNarrowStoresAtTheRateOfTheirBanks) {
  EXPECT_NEAR(sustained(*chip(), 1, {0}), 4.0, 0.05);
  EXPECT_NEAR(sustained(*chip(), 2, {0, 4}), 2.0, 0.05);
  // Measured: 2.4. The model lets the banks work side by side all the time, which gives 2.
  EXPECT_NEAR(sustained(*chip(), 1, {0, 1, 2, 3, 4, 5, 6, 7}), 2.2, 0.25);
  EXPECT_NEAR(sustained(*chip(), 4, {2}), 4.0, 0.05) << "unaligned: both banks";
  EXPECT_NEAR(sustained(*chip(), 4, {0}), 1.0, 0.05);
  EXPECT_NEAR(sustained(*chip({.ecc = false}), 1, {0}), 1.0, 0.05);
}

TEST(L1Memory, FourUnalignedStoresAreFree) {
  const auto memory = chip();
  for (std::uint64_t n = 0; n < 4; ++n) EXPECT_EQ(memory->store_wait(kDtcm + 2, 4, n), 0u);
  EXPECT_GT(memory->store_wait(kDtcm + 2, 4, 4) + memory->store_wait(kDtcm + 2, 4, 5), 0u);
}

TEST(L1Memory, FetchesALineOfFlashOnce) {
  const auto memory = chip();
  EXPECT_EQ(memory->fetch_wait(kFlash + 8, 100), kFlashFirst + kWaitStates);
  EXPECT_EQ(memory->fetch_wait(kFlash + 16, 113), 0u) << "8 bytes a cycle";
  EXPECT_EQ(memory->fetch_wait(kFlash + 8, 200), 0u);
  EXPECT_EQ(memory->counts().instruction_misses, 1u);
  memory->invalidate_instructions();
  EXPECT_EQ(memory->fetch_wait(kFlash + 8, 300), kFlashFirst + kWaitStates);
}

TEST(L1Memory, KeepsTheLineOfTheFlashThatWasReadLastWithoutCaches) {
  const auto memory = chip();
  memory->enable_caches(false, false);
  EXPECT_EQ(memory->fetch_wait(kFlash, 100), kFlashFirst + kWaitStates);
  EXPECT_EQ(memory->fetch_wait(kFlash + 8, 120), kFlashFirst);
  EXPECT_EQ(memory->fetch_wait(kFlash + 32, 140), kFlashFirst + kWaitStates);
  EXPECT_EQ(load(*memory, kFlash + 0x100, 160), kFlashFirst + kWaitStates);
  EXPECT_EQ(load(*memory, kFlash + 0x104, 180), kFlashFirst);
}

// Code is fetched from one line, and data asked for from another one a cycle later.
TEST(L1Memory, FlashReadsTheNextLineWhileTheBusCarriesOne) {
  // The line of code comes from cycle 113 to 116.
  const auto one_by_one = chip();
  one_by_one->fetch_wait(kFlash, 100);
  EXPECT_EQ(load(*one_by_one, kFlash + 0x100, 101), 116 - 101 + kFlashFirst + kWaitStates);
  // The array, free again when it has given the first line in 113, takes 8 cycles for the other.
  const auto pipelined = chip({.pipelined_flash = true});
  pipelined->fetch_wait(kFlash, 100);
  EXPECT_EQ(load(*pipelined, kFlash + 0x100, 101), 113 + 8 - 102);
}

TEST(L1Memory, TcmHasNoWaits) {
  const auto memory = chip();
  EXPECT_EQ(memory->fetch_wait(kDtcm, 100), 0u);
  EXPECT_EQ(load(*memory, kDtcm, 100), 0u);
  EXPECT_EQ(memory->counts().data_misses, 0u);
}

TEST(L1Memory, PeripheralsAreReadBehindTheStoresToThem) {
  const auto memory = chip();
  EXPECT_EQ(load(*memory, kPeripheral, 100), 9u);
  EXPECT_EQ(memory->store_wait(kPeripheral, 4, 200), 0u);
  EXPECT_EQ(load(*memory, kPeripheral, 201), 4u + 9) << "the store leaves in 205";
}

TEST(L1Memory, MaintenanceEndsWhatALineHolds) {
  using Operation = CacheControl::DataOperation;
  const auto memory = chip({.data_sets = 4, .data_ways = 2});
  load(*memory, kRam, 100);
  memory->maintain_line(Operation::kInvalidate, kRam + 4);
  EXPECT_EQ(load(*memory, kRam, 200), kFirst);
  memory->store_wait(kRam, 4, 300);
  memory->maintain_line(Operation::kClean, kRam);
  EXPECT_FALSE(memory->data_cache()->is_dirty(kRam));
  EXPECT_EQ(load(*memory, kRam, 400), 0u);
  for (std::uint32_t set = 0; set < 4; ++set) {
    for (std::uint32_t way = 0; way < 2; ++way) {
      memory->maintain_place(Operation::kCleanAndInvalidate, set, way);
    }
  }
  EXPECT_EQ(load(*memory, kRam, 500), kFirst);
}

TEST(L1Memory, RefusesMemoriesThatOverlap) {
  L1Memory::Parameters parameters;
  parameters.ranges = {{0, 0x1000, L1Memory::Port::kTcm}, {0x800, 0x1000, L1Memory::Port::kTcm}};
  EXPECT_THROW(L1Memory(parameters, std::make_unique<MemorySystem>(MemorySystem::Parameters())),
               InputError);
}

TEST(LineCache, ReplacesInTurnOrAtRandom) {
  using Replacement = LineCache::Replacement;
  LineCache in_turn({1, 4, 32}, Replacement::kRoundRobin);
  for (Address line = 0; line < 4; ++line) in_turn.access(32 * line);
  in_turn.access(0);
  in_turn.access(0x1000);
  in_turn.access(0x2000);
  unsigned left = 0;
  for (Address line = 0; line < 4; ++line) left += in_turn.holds(32 * line) ? 1u : 0u;
  EXPECT_EQ(left, 2u);
  // A loop over five lines of four: in order of use none is ever held, at random some are.
  LineCache by_use({1, 4, 32}), at_random({1, 4, 32}, Replacement::kPseudoRandom);
  for (Address n = 0; n < 500; ++n) {
    by_use.access(n % 5 * 32);
    at_random.access(n % 5 * 32);
  }
  EXPECT_EQ(by_use.hits(), 0u);
  EXPECT_GT(at_random.hits(), 150u);
  EXPECT_LT(at_random.hits(), 400u);
}

TEST(LineCache, ForgetsWhatWasAskedInVain) {
  LineCache cache({1, 2, 32}, LineCache::Replacement::kPseudoRandom);
  cache.access(0);
  cache.ask(LineCache::Question::kWrite, 32);
  LineCache other = cache;
  cache.begin();
  cache.access(64);
  cache.access(96);
  cache.undo();
  for (Address line = 128; line < 1024; line += 32) {
    EXPECT_EQ(cache.access(line), other.access(line));
    for (Address held = 0; held <= line; held += 32) {
      ASSERT_EQ(cache.holds(held), other.holds(held)) << line;
    }
  }
  EXPECT_EQ(cache.dirty_evictions(), 1u);
}

}  // namespace
}  // namespace tinyscope
