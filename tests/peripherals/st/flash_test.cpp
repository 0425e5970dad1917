// FLASH interface of the STM32L4+. RM0432, chapter "Embedded Flash memory (FLASH)". Times of
// programming and erasing are parameters with the values assumed here.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/memory.hpp"
#include "sim/ports.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kFlash = 0x4002'2000;
constexpr Address kAcr = kFlash + 0x00;
constexpr Address kPdkeyr = kFlash + 0x04;
constexpr Address kKeyr = kFlash + 0x08;
constexpr Address kOptkeyr = kFlash + 0x0C;
constexpr Address kSr = kFlash + 0x10;
constexpr Address kCr = kFlash + 0x14;
constexpr Address kOptr = kFlash + 0x20;
constexpr Address kCfgr = kFlash + 0x130;
constexpr Address kWrp1ar = kFlash + 0x2C;

constexpr std::uint32_t kEop = 1u << 0;
constexpr std::uint32_t kOperr = 1u << 1;
constexpr std::uint32_t kProgerr = 1u << 3;
constexpr std::uint32_t kWrperr = 1u << 4;
constexpr std::uint32_t kPgaerr = 1u << 5;
constexpr std::uint32_t kSizerr = 1u << 6;
constexpr std::uint32_t kPgserr = 1u << 7;
constexpr std::uint32_t kFasterr = 1u << 9;
constexpr std::uint32_t kErrors = 0xC3FA;
constexpr std::uint32_t kBsy = 1u << 16;
constexpr std::uint32_t kPg = 1u << 0;
constexpr std::uint32_t kPer = 1u << 1;
constexpr std::uint32_t kMer1 = 1u << 2;
constexpr std::uint32_t kBker = 1u << 11;
constexpr std::uint32_t kMer2 = 1u << 15;
constexpr std::uint32_t kStrt = 1u << 16;
constexpr std::uint32_t kOptstrt = 1u << 17;
constexpr std::uint32_t kFstpg = 1u << 18;
constexpr std::uint32_t kEopie = 1u << 24;
constexpr std::uint32_t kErrie = 1u << 25;
constexpr std::uint32_t kOblLaunch = 1u << 27;
constexpr std::uint32_t kOptlock = 1u << 30;
constexpr std::uint32_t kLock = 1u << 31;
constexpr std::uint32_t kDbank = 1u << 22;

constexpr std::uint32_t kErased = 0xFFFF'FFFF;

// The bench's flash has 16 KiB: two banks of two pages of 4 KiB.
class StFlash : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& flash = bench.add("flash_if", "st.flash_l4", kFlash, "", 0x400);
  FlashReadPort& port = *dynamic_cast<FlashReadPort*>(flash.port("read"));

  void SetUp() override {
    // What the builder does for `controls_flash = "flash"`.
    bench.bus.memory_at(0).memory->set_write_policy(dynamic_cast<FlashWritePolicy*>(&flash));
  }
  void unlock() {
    bench.write(kKeyr, 0x4567'0123);
    bench.write(kKeyr, 0xCDEF'89AB);
  }
  void unlock_options() {
    unlock();
    bench.write(kOptkeyr, 0x0819'2A3B);
    bench.write(kOptkeyr, 0x4C5D'6E7F);
  }
  std::uint32_t errors() { return bench.read(kSr) & kErrors; }
  bool busy() { return (bench.read(kSr) & kBsy) != 0; }
  void wait() {
    while (busy()) bench.run_for(Duration::from_us(1));
  }
  void program(Address at, std::uint32_t low, std::uint32_t high) {
    bench.write(kCr, kPg);
    bench.write(at, low);
    bench.write(at + 4, high);
    wait();
    bench.write(kCr, 0);
  }
  void clear_errors() { bench.write(kSr, kErrors); }
  void erase(std::uint32_t how) {
    bench.write(kCr, how);
    bench.write(kCr, how | kStrt);
  }
};

// --- reading
// ---------------------------------------------------------------------------------------

// SVD: 0x600. Dual bank is the factory setting of OPTR.
TEST_F(StFlash, ReadsWithCachesAndWithoutWaitStatesAfterReset) {
  EXPECT_EQ(bench.read(kAcr), 0x600u);
  EXPECT_EQ(port.settings(), (FlashReadPort::Settings{.wait_states = 0,
                                                      .prefetch = false,
                                                      .instruction_cache = true,
                                                      .data_cache = true,
                                                      .wide_reads = false}));
}

TEST_F(StFlash, TellsTheMemorySystemHowFlashIsRead) {
  unsigned changes = 0;
  port.on_change([&](const FlashReadPort::Settings&) { ++changes; });
  bench.write(kAcr, 0x505);
  EXPECT_EQ(bench.read(kAcr), 0x505u);
  EXPECT_EQ(port.settings(), (FlashReadPort::Settings{.wait_states = 5,
                                                      .prefetch = true,
                                                      .instruction_cache = false,
                                                      .data_cache = true,
                                                      .wide_reads = false}));
  EXPECT_EQ(changes, 1u);
  bench.write(kAcr, 0x505);
  EXPECT_EQ(changes, 1u);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(port.settings().wait_states, 0u);
  EXPECT_TRUE(port.settings().instruction_cache);
}

// "ICRST: can be written only when the instruction cache is disabled"; DCRST alike.
TEST_F(StFlash, ResetsCachesThatAreDisabled) {
  unsigned instruction = 0;
  unsigned data = 0;
  port.on_invalidate([&](FlashReadPort::Cache cache) {
    ++(cache == FlashReadPort::Cache::kInstruction ? instruction : data);
  });
  bench.write(kAcr, 0x600 | 1u << 11 | 1u << 12);
  EXPECT_EQ(bench.read(kAcr), 0x600u);
  EXPECT_EQ(instruction + data, 0u);
  bench.write(kAcr, 0x400 | 1u << 11);  // as __HAL_FLASH_INSTRUCTION_CACHE_RESET
  bench.write(kAcr, 0x400);
  EXPECT_EQ(instruction, 1u);
  EXPECT_EQ(data, 0u);
  bench.write(kAcr, 1u << 12);
  bench.write(kAcr, 1u << 12);
  EXPECT_EQ(data, 1u);
}

struct LatencyRow {
  bool range2;
  std::uint64_t highest_mhz;
  unsigned wait_states;
};

class StFlashLatency : public StFlash, public ::testing::WithParamInterface<LatencyRow> {};

// STM32CubeL4 (a9f8b8a1), stm32l4xx_hal_rcc.c, table of wait states of STM32L4+ devices.
TEST_P(StFlashLatency, IsJudgedByClockAndVoltage) {
  const LatencyRow& row = GetParam();
  bench.write(kAcr, row.wait_states);
  bench.fabric.line("pwr.range2").set(row.range2);
  bench.clocks.signal("hclk").set(row.highest_mhz * 1'000'000);
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
  if (row.range2 && row.wait_states == 2) return;  // the highest clock of that range
  bench.clocks.signal("hclk").set(row.highest_mhz * 1'000'000 + 1);
  EXPECT_TRUE(bench.reported(
      fmt::format("LATENCY = {} where HCLK {}000001 Hz in voltage range {} needs {} wait states",
                  row.wait_states, row.highest_mhz, row.range2 ? 2 : 1, row.wait_states + 1)));
}

INSTANTIATE_TEST_SUITE_P(Table, StFlashLatency,
                         ::testing::Values(LatencyRow{false, 20, 0}, LatencyRow{false, 40, 1},
                                           LatencyRow{false, 60, 2}, LatencyRow{false, 80, 3},
                                           LatencyRow{false, 100, 4}, LatencyRow{false, 120, 5},
                                           LatencyRow{true, 8, 0}, LatencyRow{true, 16, 1},
                                           LatencyRow{true, 26, 2}));

// STM32CubeL4, BSP of the Nucleo-144 boards: with CFGR.LVEN the timing of range 1 holds in range 2.
TEST_F(StFlash, AnExternalSupplyGivesRange2TheTimingOfRange1) {
  bench.write(kCfgr, 1);
  EXPECT_TRUE(bench.fabric.line("flash.lven").level());
  bench.write(kAcr, 5);
  bench.fabric.line("pwr.range2").set(true);
  bench.clocks.signal("hclk").set(120'000'000);
  EXPECT_TRUE(bench.notes.unmodelled_accesses().empty());
  bench.write(kAcr, 3);
  EXPECT_TRUE(bench.reported("LATENCY = 3 where HCLK 120000000 Hz"));
  bench.clocks.signal("hclk").set(26'000'000);
  bench.write(kAcr, 1);
  bench.write(kCfgr, 0);
  EXPECT_TRUE(bench.reported("in voltage range 2 needs 2"));
}

TEST_F(StFlash, NamesTooFewWaitStatesOnce) {
  bench.clocks.signal("hclk").set(24'000'000);
  bench.write(kAcr, 0x600);
  bench.write(kAcr, 0x700);
  EXPECT_EQ(bench.notes.unmodelled_accesses().size(), 1u);
  bench.write(kAcr, 1);
  bench.fabric.line("pwr.range2").set(true);  // 24 MHz needs 2 in range 2
  EXPECT_TRUE(bench.reported("in voltage range 2 needs 2"));
}

// --- locks
// -----------------------------------------------------------------------------------------

TEST_F(StFlash, CrIsLockedUntilBothKeysCame) {
  EXPECT_EQ(bench.read(kCr), kLock | kOptlock);
  bench.write(kCr, kPg);
  EXPECT_EQ(bench.read(kCr), kLock | kOptlock);
  unlock();
  EXPECT_EQ(bench.read(kCr), kOptlock);
  bench.write(kCr, kPg);
  EXPECT_EQ(bench.read(kCr), kPg | kOptlock);
  bench.write(kCr, kLock);
  EXPECT_EQ(bench.read(kCr), kLock | kOptlock);
  unlock();
  EXPECT_EQ(bench.read(kCr), kOptlock);
}

// "A wrong sequence locks up the FLASH_CR register until the next system reset."
TEST_F(StFlash, AWrongKeyLocksUntilTheNextReset) {
  bench.write(kKeyr, 0x1234'5678);
  unlock();
  EXPECT_EQ(bench.read(kCr), kLock | kOptlock);
  bench.reset(ResetKind::kSoftware);
  unlock();
  EXPECT_EQ(bench.read(kCr), kOptlock);
}

TEST_F(StFlash, OptionsHaveKeysOfTheirOwn) {
  unlock();
  bench.write(kOptr, 0);
  EXPECT_EQ(bench.read(kOptr), 0xFFEF'F8AAu);  // SVD: as shipped
  unlock_options();
  EXPECT_EQ(bench.read(kCr), 0u);
  bench.write(kCr, kOptlock);
  EXPECT_EQ(bench.read(kCr), kOptlock);
}

TEST_F(StFlash, PowerDownNeedsItsKeys) {
  bench.write(kAcr, 1u << 13);
  EXPECT_EQ(bench.read(kAcr), 0u);
  bench.write(kPdkeyr, 0x0415'2637);
  bench.write(kPdkeyr, 0xFAFB'FCFD);
  bench.write(kAcr, 1u << 13);
  EXPECT_EQ(bench.read(kAcr), 1u << 13);
  EXPECT_TRUE(bench.reported("RUN_PD"));
}

// --- programming
// -----------------------------------------------------------------------------------

// As HAL_FLASH_Program: PG, first word, second word, wait for BSY.
TEST_F(StFlash, ProgramsADoubleWordWithItsSecondWord) {
  unlock();
  bench.write(kCr, kPg);
  EXPECT_TRUE(bench.write(0x1008, 0x1111'2222));
  EXPECT_EQ(bench.read(0x1008), kErased);
  EXPECT_FALSE(busy());
  EXPECT_TRUE(bench.write(0x100C, 0x3333'4444));
  EXPECT_EQ(bench.read(0x1008), 0x1111'2222u);
  EXPECT_EQ(bench.read(0x100C), 0x3333'4444u);
  EXPECT_TRUE(busy());
  EXPECT_TRUE(flash.wire("busy")->level());
  bench.run_for(Duration::from_us(81));
  EXPECT_TRUE(busy());
  bench.run_for(Duration::from_us(1));
  EXPECT_FALSE(busy());
  EXPECT_FALSE(flash.wire("busy")->level());
  EXPECT_EQ(bench.read(kSr), 0u);  // EOP needs EOPIE
}

// A stray store changes nothing and is no bus error; PGSERR tells of it.
TEST_F(StFlash, AStoreWithoutPgSetsPgserr) {
  EXPECT_TRUE(bench.write(0x1000, 0));
  EXPECT_EQ(bench.read(0x1000), kErased);
  EXPECT_EQ(errors(), kPgserr);
  unlock();
  bench.write(kCr, kPg);  // "also set when an error flag is left from before"
  bench.write(0x1000, 0);
  bench.write(0x1004, 0);
  EXPECT_EQ(bench.read(0x1000), kErased);
  EXPECT_FALSE(busy());
  clear_errors();
  program(0x1000, 0, 0);
  EXPECT_EQ(bench.read(0x1000), 0u);
}

// "PROGERR: the double word contains a value other than all ones before, except if the data to
// write is 0".
TEST_F(StFlash, OnlyErasedDoubleWordsCanBeProgrammed) {
  unlock();
  program(0x1000, 0xFFFF'FFFE, 0xFFFF'FFFF);
  program(0x1000, 0xFFFF'FFFC, 0xFFFF'FFFF);
  EXPECT_EQ(errors(), kProgerr);
  EXPECT_EQ(bench.read(0x1000), 0xFFFF'FFFEu);
  clear_errors();
  program(0x1000, 0, 0);
  EXPECT_EQ(errors(), 0u);
  EXPECT_EQ(bench.read(0x1000), 0u);
  EXPECT_EQ(bench.read(0x1004), 0u);
}

TEST_F(StFlash, NarrowStoresSetSizerr) {
  unlock();
  bench.write(kCr, kPg);
  bench.write(0x1000, 0, AccessSize::kByte);
  EXPECT_EQ(errors(), kSizerr);
  clear_errors();
  bench.write(0x1000, 0, AccessSize::kHalf);
  EXPECT_EQ(errors(), kSizerr);
  EXPECT_EQ(bench.read(0x1000), kErased);
}

TEST_F(StFlash, WordsOfTwoDoubleWordsSetPgaerr) {
  unlock();
  bench.write(kCr, kPg);
  bench.write(0x1004, 1);
  bench.write(0x1008, 2);
  EXPECT_EQ(errors(), kPgaerr);
  EXPECT_EQ(bench.read(0x1004), kErased);
  EXPECT_EQ(bench.read(0x1008), kErased);
  clear_errors();
  bench.write(0x1000, 1);
  bench.write(0x1000, 2);
  EXPECT_EQ(errors(), kPgaerr);
}

TEST_F(StFlash, RaisesItsInterruptAtTheEndAndForErrors) {
  unlock();
  bench.write(kCr, kPg | kEopie);
  bench.write(0x1000, 1);
  bench.write(0x1004, 2);
  EXPECT_FALSE(flash.wire("irq")->level());
  bench.run_for(Duration::from_us(82));
  EXPECT_TRUE(flash.wire("irq")->level());
  EXPECT_EQ(bench.read(kSr), kEop);
  bench.write(kSr, kEop);
  EXPECT_FALSE(flash.wire("irq")->level());
  bench.write(kCr, kPg | kErrie);
  bench.write(0x1000, 1, AccessSize::kByte);
  EXPECT_TRUE(flash.wire("irq")->level());
  EXPECT_EQ(bench.read(kSr), kSizerr | kOperr);
  bench.write(kSr, kErrors);
  EXPECT_FALSE(flash.wire("irq")->level());
}

// STM32CubeL4: a row is 64 double words on these devices.
TEST_F(StFlash, FastProgrammingWritesARow) {
  unlock();
  bench.write(kCr, kFstpg);
  for (std::uint32_t i = 0; i < 128; ++i) {
    EXPECT_FALSE(busy());
    bench.write(0x1200 + 4 * i, i);
  }
  EXPECT_TRUE(busy());
  bench.run_for(Duration::from_us(3'800));
  EXPECT_FALSE(busy());
  EXPECT_EQ(errors(), 0u);
  for (std::uint32_t i = 0; i < 128; ++i) ASSERT_EQ(bench.read(0x1200 + 4 * i), i);
}

TEST_F(StFlash, FastProgrammingWantsWholeRowsInOrder) {
  unlock();
  bench.write(kCr, kFstpg);
  bench.write(0x1208, 0);
  EXPECT_EQ(errors(), kPgaerr);
  clear_errors();
  bench.write(0x1200, 0);
  bench.write(0x1210, 0);
  EXPECT_EQ(errors(), kFasterr);
  clear_errors();
  bench.write(0x1200, 0);
  bench.write(0x1400, 0);
  EXPECT_EQ(errors(), kPgaerr);
}

// --- erasing
// ---------------------------------------------------------------------------------------

TEST_F(StFlash, ErasesAPageOfABank) {
  unlock();
  for (const Address at : {0x0000u, 0x1000u, 0x1FF8u, 0x2000u, 0x3000u}) program(at, 1, 2);
  erase(kPer | 1u << 3);
  EXPECT_TRUE(busy());
  EXPECT_EQ(bench.read(0x1000), kErased);
  EXPECT_EQ(bench.read(0x1FF8), kErased);
  EXPECT_EQ(bench.read(0x0000), 1u);
  EXPECT_EQ(bench.read(0x2000), 1u);
  bench.run_for(Duration::from_us(21'999));
  EXPECT_TRUE(busy());
  bench.run_for(Duration::from_us(1));
  EXPECT_FALSE(busy());
  EXPECT_EQ(bench.read(kCr) & kStrt, 0u);
  erase(kPer | kBker | 1u << 3);
  EXPECT_EQ(bench.read(0x3000), kErased);
  EXPECT_EQ(bench.read(0x2000), 1u);
}

TEST_F(StFlash, ErasesABankOrBoth) {
  unlock();
  for (const Address at : {0x0000u, 0x1000u, 0x2000u, 0x3000u}) program(at, 1, 2);
  erase(kMer2);
  EXPECT_EQ(bench.read(0x1000), 1u);
  EXPECT_EQ(bench.read(0x2000), kErased);
  EXPECT_EQ(bench.read(0x3000), kErased);
  wait();
  erase(kMer1 | kMer2);
  EXPECT_EQ(bench.read(0x0000), kErased);
  EXPECT_EQ(bench.read(0x1000), kErased);
}

TEST_F(StFlash, StrtWithoutAClearOrderSetsPgserr) {
  unlock();
  program(0, 1, 2);
  for (const std::uint32_t how : {0u, kPer | kMer1, kPg | kPer, kPer | 5u << 3}) {
    erase(how);
    EXPECT_EQ(errors(), kPgserr) << how;
    EXPECT_FALSE(busy());
    EXPECT_EQ(bench.read(kCr) & kStrt, 0u);
    bench.write(kCr, 0);
    clear_errors();
  }
  EXPECT_EQ(bench.read(0), 1u);
}

// Whoever holds translated code hears of what changes.
TEST_F(StFlash, ChangesAreAnnounced) {
  std::vector<Address> changed;
  bench.bus.on_bulk_write([&](Address at, std::uint32_t) { changed.push_back(at); });
  unlock();
  program(0x1008, 1, 2);
  erase(kPer);
  EXPECT_EQ(changed, (std::vector<Address>{0x1008, 0x0000}));
}

// --- options
// ---------------------------------------------------------------------------------------

TEST_F(StFlash, OptionsTakeEffectWithObLaunch) {
  bool launched = false;
  bench.fabric.line("flash.obl_launch").connect([&](bool level) { launched = launched || level; });
  EdgeCounter resets(bench, flash.wire("reset"));
  unlock_options();
  bench.write(kOptr, 0xFFEF'F8AA & ~kDbank);
  bench.write(kCr, kOptstrt);
  EXPECT_TRUE(busy());
  wait();
  EXPECT_FALSE(port.settings().wide_reads);
  bench.write(kCr, kOblLaunch);
  EXPECT_EQ(resets.rises, 1u);
  EXPECT_TRUE(launched);
  bench.reset(ResetKind::kWatchdog);
  EXPECT_EQ(bench.read(kOptr) & kDbank, 0u);
  EXPECT_TRUE(port.settings().wide_reads);
  EXPECT_TRUE(bench.reported("DBANK"));
}

TEST_F(StFlash, OptionsThatWereNotProgrammedAreForgotten) {
  unlock_options();
  bench.write(kOptr, 0xFFEF'F8AA & ~kDbank);
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kOptr), 0xFFEF'F8AAu);
}

TEST_F(StFlash, PagesOfSingleBankAre8KiB) {
  unlock_options();
  bench.write(kOptr, 0xFFEF'F8AA & ~kDbank);
  bench.write(kCr, kOptstrt);
  wait();
  bench.write(kCr, kOblLaunch);
  bench.reset(ResetKind::kWatchdog);
  unlock();
  for (const Address at : {0x0000u, 0x1000u, 0x2000u, 0x3FF8u}) program(at, 1, 2);
  erase(kPer | 1u << 3);
  EXPECT_EQ(bench.read(0x1000), 1u);
  EXPECT_EQ(bench.read(0x2000), kErased);
  EXPECT_EQ(bench.read(0x3FF8), kErased);
  wait();
  erase(kMer1);
  EXPECT_EQ(bench.read(0x0000), kErased);
}

TEST(StFlashOptions, DualBankFalseIsSingleBankFromPowerOn) {
  PeripheralBench bench;
  Peripheral& flash = bench.add("flash_if", "st.flash_l4", kFlash, "dual_bank = false", 0x400);
  EXPECT_EQ(bench.read(kOptr), 0xFFEF'F8AAu & ~kDbank);
  EXPECT_TRUE(dynamic_cast<FlashReadPort*>(flash.port("read"))->settings().wide_reads);
}

// WRP1AR: pages START to END of bank 1.
TEST_F(StFlash, ProtectedPagesRefuseWritesAndErases) {
  unlock_options();
  bench.write(kWrp1ar, 0x0001'0001);  // page 1
  bench.write(kCr, kOptstrt);
  wait();
  bench.write(kCr, kOblLaunch);
  bench.reset(ResetKind::kWatchdog);
  unlock();
  program(0x0FF8, 1, 2);
  EXPECT_EQ(errors(), 0u);
  program(0x1000, 1, 2);
  EXPECT_EQ(errors() & kWrperr, kWrperr);
  EXPECT_EQ(bench.read(0x1000), kErased);
  clear_errors();
  erase(kPer | 1u << 3);
  EXPECT_EQ(errors(), kWrperr);
  clear_errors();
  erase(kMer1);
  EXPECT_EQ(errors(), kWrperr);
  EXPECT_EQ(bench.read(0x0FF8), 1u);
  clear_errors();
  program(0x3000, 1, 2);  // page 1 of bank 2
  EXPECT_EQ(errors(), 0u);
}

TEST_F(StFlash, NamesOptionsThatItDoesNotModel) {
  unlock_options();
  bench.write(kOptr, 0xFFEF'F8BB | 1u << 20);  // RDP level 1, BFB2
  bench.write(kCr, kOptstrt);
  wait();
  bench.write(kCr, kOblLaunch);
  bench.reset(ResetKind::kWatchdog);
  EXPECT_TRUE(bench.reported("RDP"));
  EXPECT_TRUE(bench.reported("BFB2"));
}

TEST_F(StFlash, HasTheSameFutureAfterRestore) {
  unlock();
  bench.write(kAcr, 0x702);
  program(0, 1, 2);
  bench.write(kCr, kPg | kEopie);
  bench.write(0x1000, 1);
  bench.write(0x1004, 2);
  bench.write(0x1008, 3);  // waits for its other half
  bench.run_for(Duration::from_us(40));
  PeripheralBench other;
  Peripheral& restored = other.add("flash_if", "st.flash_l4", kFlash, "", 0x400);
  other.bus.memory_at(0).memory->set_write_policy(dynamic_cast<FlashWritePolicy*>(&restored));
  other.restore(bench.save());
  EXPECT_EQ(dynamic_cast<FlashReadPort*>(restored.port("read"))->settings().wait_states, 2u);
  for (PeripheralBench* each : {&bench, &other}) {
    each->run_for(Duration::from_us(42));
    EXPECT_EQ(each->read(kSr), kEop);
    each->write(0x100C, 4);
    EXPECT_EQ(each->read(0x1008), 3u);
  }
  EXPECT_TRUE(restored.wire("irq")->level());
  EXPECT_TRUE(bench.differences(other).empty());
}

TEST_F(StFlash, ConfessesItsAssumptions) {
  EXPECT_TRUE(bench.assumed("flash_if.program_us"));
  EXPECT_TRUE(bench.assumed("flash_if.erase_page_us"));
  EXPECT_TRUE(bench.assumed("flash_if.halt"));
}

}  // namespace
}  // namespace tinyscope::test
