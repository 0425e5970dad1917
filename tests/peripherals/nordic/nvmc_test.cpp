// NVMC and the memories it is in charge of. nRF52840 PS, chapter "NVMC — Non-volatile memory
// controller". Times of writing and erasing are parameters with the values assumed here.
#include <gtest/gtest.h>

#include "sim/memory.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

constexpr Address kNvmc = 0x4001'E000;
constexpr Address kReady = kNvmc + 0x400;
constexpr Address kReadyNext = kNvmc + 0x408;
constexpr Address kConfig = kNvmc + 0x504;
constexpr Address kErasePage = kNvmc + 0x508;
constexpr Address kEraseAll = kNvmc + 0x50C;
constexpr Address kEraseUicr = kNvmc + 0x514;
constexpr Address kErasePagePartial = kNvmc + 0x518;
constexpr Address kErasePagePartialCfg = kNvmc + 0x51C;
constexpr Address kIcacheCnf = kNvmc + 0x540;
constexpr Address kIhit = kNvmc + 0x548;
constexpr Address kImiss = kNvmc + 0x54C;
constexpr Address kUicrCustomer = 0x1000'1080;
constexpr Address kPage1 = 0x1000;

constexpr std::uint32_t kRen = 0;
constexpr std::uint32_t kWen = 1;
constexpr std::uint32_t kEen = 2;

class Nvmc : public ::testing::Test {
 protected:
  PeripheralBench bench;
  Peripheral& nvmc = bench.add("nvmc", "nordic.nvmc", kNvmc);

  void SetUp() override {
    // What the builder does for `controls_flash = "flash"`.
    bench.bus.memory_at(0).memory->set_write_policy(dynamic_cast<FlashWritePolicy*>(&nvmc));
  }
  void wait() {
    while (bench.read(kReady) == 0) bench.run_for(Duration::from_us(1));
  }
};

TEST_F(Nvmc, RefusesStoresUntilWritingIsEnabled) {
  EXPECT_FALSE(bench.write(kPage1, 0));
  bench.write(kConfig, kEen);
  EXPECT_FALSE(bench.write(kPage1, 0));
  bench.write(kConfig, kWen);
  EXPECT_TRUE(bench.write(kPage1, 0x1234'5678));
  EXPECT_EQ(bench.read(kPage1), 0x1234'5678u);
  bench.write(kConfig, kRen);
  EXPECT_FALSE(bench.write(kPage1, 0));
}

// "The NVMC is only able to write 0 to bits that are erased"
TEST_F(Nvmc, WritingOnlyClearsBits) {
  bench.write(kConfig, kWen);
  bench.write(kPage1, 0xFFFF'00FF);
  wait();
  bench.write(kPage1, 0x0F0F'FFFF);
  EXPECT_EQ(bench.read(kPage1), 0x0F0F'00FFu);
}

// "Only full 32-bit words can be written"; others are refused by the bus.
TEST_F(Nvmc, RefusesNarrowAndUnalignedStores) {
  bench.write(kConfig, kWen);
  EXPECT_FALSE(bench.write(kPage1, 0, AccessSize::kByte));
  EXPECT_FALSE(bench.write(kPage1, 0, AccessSize::kHalf));
  EXPECT_FALSE(bench.write(kPage1 + 2, 0));
  EXPECT_EQ(bench.read(kPage1), 0xFFFF'FFFFu);
}

TEST_F(Nvmc, IsBusyWhileAWordIsWritten) {
  bench.write(kConfig, kWen);
  bench.write(kPage1, 0);
  EXPECT_EQ(bench.read(kReady), 0u);
  EXPECT_EQ(bench.read(kReadyNext), 1u);  // one more word is buffered
  EXPECT_TRUE(nvmc.wire("busy")->level());
  bench.write(kPage1 + 4, 0);
  EXPECT_EQ(bench.read(kReadyNext), 0u);
  bench.run_for(Duration::from_us(41));
  EXPECT_EQ(bench.read(kReady), 0u);
  EXPECT_EQ(bench.read(kReadyNext), 1u);
  bench.run_for(Duration::from_us(41));
  EXPECT_EQ(bench.read(kReady), 1u);
  EXPECT_FALSE(nvmc.wire("busy")->level());
}

TEST_F(Nvmc, ErasesThePageThatHoldsTheAddress) {
  bench.write(kConfig, kWen);
  bench.write(kPage1, 0);
  bench.write(kPage1 + 0xFFC, 0);
  bench.write(kPage1 + 0x1000, 0);
  wait();
  bench.write(kErasePage, kPage1);  // erasing is not enabled
  EXPECT_EQ(bench.read(kPage1), 0u);
  bench.write(kConfig, kEen);
  bench.write(kErasePage, kPage1 + 0x10);
  EXPECT_EQ(bench.read(kReady), 0u);
  bench.run_for(Duration::from_us(84'999));
  EXPECT_EQ(bench.read(kReady), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kReady), 1u);
  EXPECT_EQ(bench.read(kPage1), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.read(kPage1 + 0xFFC), 0xFFFF'FFFFu);
  EXPECT_EQ(bench.read(kPage1 + 0x1000), 0u);
}

TEST_F(Nvmc, ReportsAnEraseOutsideFlash) {
  bench.write(PeripheralBench::kRam, 0x1111'1111);
  bench.write(kConfig, kEen);
  bench.write(kErasePage, PeripheralBench::kRam);
  bench.write(kErasePage, 0xF000'0000);
  EXPECT_TRUE(bench.reported("ERASEPAGE outside flash"));
  EXPECT_EQ(bench.read(PeripheralBench::kRam), 0x1111'1111u);
  EXPECT_EQ(bench.read(kReady), 1u);
}

TEST_F(Nvmc, WritesAndErasesUicr) {
  EXPECT_EQ(bench.read(kUicrCustomer), 0xFFFF'FFFFu);
  EXPECT_FALSE(bench.write(kUicrCustomer, 18));
  bench.write(kConfig, kWen);
  EXPECT_TRUE(bench.write(kUicrCustomer, 18));
  wait();
  bench.reset(ResetKind::kSoftware);
  EXPECT_EQ(bench.read(kUicrCustomer), 18u);  // kept over the reset
  bench.write(kConfig, kEen);
  bench.write(kErasePage, kUicrCustomer);  // "UICR can only be erased by ERASEUICR or ERASEALL"
  EXPECT_EQ(bench.read(kUicrCustomer), 18u);
  bench.write(kEraseUicr, 1);
  EXPECT_EQ(bench.read(kUicrCustomer), 0xFFFF'FFFFu);
}

TEST_F(Nvmc, ErasesFlashAndUicrTogether) {
  bench.write(kConfig, kWen);
  bench.write(0, 0);
  bench.write(PeripheralBench::kFlashSize - 4, 0);
  bench.write(kUicrCustomer, 0);
  wait();
  bench.write(kConfig, kEen);
  bench.write(kEraseAll, 1);
  for (const Address at : {Address{0}, PeripheralBench::kFlashSize - 4, kUicrCustomer}) {
    EXPECT_EQ(bench.read(at), 0xFFFF'FFFFu) << at;
  }
  bench.run_for(Duration::from_us(168'999));
  EXPECT_EQ(bench.read(kReady), 0u);
  bench.run_for(Duration::from_us(1));
  EXPECT_EQ(bench.read(kReady), 1u);
}

// "Partial erase": 85 ms in parts of DURATION ms.
TEST_F(Nvmc, ErasesAPageInParts) {
  bench.write(kConfig, kWen);
  bench.write(kPage1, 0);
  wait();
  bench.write(kConfig, kEen);
  EXPECT_EQ(bench.read(kErasePagePartialCfg), 10u);
  for (int part = 0; part < 8; ++part) {
    bench.write(kErasePagePartial, kPage1);
    bench.run_for(Duration::from_ms(10));
    EXPECT_EQ(bench.read(kReady), 1u);
  }
  EXPECT_EQ(bench.read(kPage1), 0u);
  bench.write(kErasePagePartial, kPage1);
  EXPECT_EQ(bench.read(kPage1), 0xFFFF'FFFFu);
}

TEST_F(Nvmc, TellsHowFlashIsRead) {
  auto& port = *dynamic_cast<FlashReadPort*>(nvmc.port("flash_read"));
  unsigned invalidations = 0;
  port.on_invalidate([&](FlashReadPort::Cache cache) {
    EXPECT_EQ(cache, FlashReadPort::Cache::kInstruction);
    ++invalidations;
  });
  EXPECT_FALSE(port.settings().instruction_cache);  // "The cache is disabled after reset"
  EXPECT_FALSE(port.settings().prefetch);
  bench.write(kIcacheCnf, 1);
  EXPECT_TRUE(port.settings().instruction_cache);
  EXPECT_EQ(invalidations, 0u);
  bench.write(kIcacheCnf, 0);
  EXPECT_FALSE(port.settings().instruction_cache);
  EXPECT_EQ(invalidations, 1u) << "SVD: disabling the cache invalidates all lines";
  bench.write(kIcacheCnf, 1);
  bench.reset(ResetKind::kSoftware);
  EXPECT_FALSE(port.settings().instruction_cache);
}

TEST_F(Nvmc, CountsCacheHitsAndMissesWhileProfiling) {
  auto& port = *dynamic_cast<CacheCounterPort*>(nvmc.port("icache"));
  CacheCounterPort::Counts counts{1000, 100};
  port.counts = [&counts] { return counts; };
  bench.write(kIcacheCnf, 1);
  counts = {1500, 150};
  EXPECT_EQ(bench.read(kIhit), 0u);
  bench.write(kIcacheCnf, 0x101);
  counts = {1530, 157};
  EXPECT_EQ(bench.read(kIhit), 30u);
  EXPECT_EQ(bench.read(kImiss), 7u);
  bench.write(kIhit, 0);
  counts = {1540, 158};
  EXPECT_EQ(bench.read(kIhit), 10u);
  EXPECT_EQ(bench.read(kImiss), 8u);
  bench.write(kIcacheCnf, 1);
  counts = {9999, 9999};
  EXPECT_EQ(bench.read(kIhit), 10u);
}

TEST_F(Nvmc, HasTheSameFutureAfterRestore) {
  bench.write(kConfig, kEen);
  bench.write(kErasePage, kPage1);
  bench.run_for(Duration::from_ms(40));
  PeripheralBench other;
  Peripheral& restored = other.add("nvmc", "nordic.nvmc", kNvmc);
  other.restore(bench.save());
  EXPECT_TRUE(restored.wire("busy")->level());
  other.run_for(Duration::from_ms(44));
  EXPECT_EQ(other.read(kReady), 0u);
  other.run_for(Duration::from_ms(1));
  EXPECT_EQ(other.read(kReady), 1u);
  EXPECT_FALSE(restored.wire("busy")->level());
}

TEST_F(Nvmc, ConfessesItsAssumptions) {
  EXPECT_TRUE(bench.assumed("nvmc.write_us"));
  EXPECT_TRUE(bench.assumed("nvmc.erase_page_us"));
  EXPECT_TRUE(bench.assumed("nvmc.halt"));
}

// --- ACL ---

// PS, chapter "ACL — Access control lists": a request against the permissions is blocked with a bus
// fault; registers can be written once, until the next reset.
class Acl : public Nvmc {
 protected:
  void protect(unsigned region, Address start, std::uint32_t size, std::uint32_t permissions) {
    const Address at = kNvmc + 0x800 + 16 * region;
    bench.write(at, start);
    bench.write(at + 4, size);
    bench.write(at + 8, permissions);
  }
  static constexpr std::uint32_t kNoWrite = 1u << 1;
  static constexpr std::uint32_t kNoRead = 1u << 2;
};

TEST_F(Acl, RefusesStoresToAProtectedRegion) {
  protect(3, kPage1, 0x1000, kNoWrite);
  bench.write(kConfig, kWen);
  EXPECT_FALSE(bench.write(kPage1, 0));
  EXPECT_FALSE(bench.write(kPage1 + 0xFFC, 0));
  EXPECT_TRUE(bench.write(kPage1 - 4, 0));
  EXPECT_TRUE(bench.write(kPage1 + 0x1000, 0));
  EXPECT_EQ(bench.read(kPage1), 0xFFFF'FFFFu);
}

TEST_F(Acl, DoesNotProtectUicr) {
  protect(0, 0, 0x2000, kNoWrite);
  bench.write(kConfig, kWen);
  EXPECT_TRUE(bench.write(kUicrCustomer, 7));
  EXPECT_EQ(bench.read(kUicrCustomer), 7u);
}

TEST_F(Acl, KeepsProtectedPagesFromBeingErased) {
  bench.write(kConfig, kWen);
  bench.write(kPage1, 5);
  wait();
  protect(0, kPage1, 0x1000, kNoWrite);
  bench.write(kConfig, kEen);
  bench.write(kErasePage, kPage1);
  EXPECT_EQ(bench.read(kPage1), 5u);
  EXPECT_TRUE(bench.reported("a page that ACL protects"));
  bench.write(kEraseAll, 1);
  EXPECT_EQ(bench.read(kPage1), 5u);
}

TEST_F(Acl, CannotBeLoosenedBeforeAReset) {
  protect(0, kPage1, 0x1000, kNoWrite);
  protect(0, 0x2000, 0x2000, 0);
  bench.write(kConfig, kWen);
  EXPECT_EQ(bench.read(kNvmc + 0x800), kPage1);
  EXPECT_FALSE(bench.write(kPage1, 0));
  bench.reset(ResetKind::kSoftware);
  bench.write(kConfig, kWen);
  EXPECT_TRUE(bench.write(kPage1, 0));
}

TEST_F(Acl, ReportsProtectionAgainstReading) {
  protect(0, kPage1, 0x1000, kNoRead);
  EXPECT_TRUE(bench.reported("ACL.PERM.READ"));
}

}  // namespace
}  // namespace tinyscope::test
