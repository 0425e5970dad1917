#include "sim/bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Remembers what it was asked.
class Recorder : public BusTarget {
 public:
  std::uint32_t read(const BusAccess& access) override {
    accesses.push_back(access);
    return 0xAABBCCDD;
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    accesses.push_back(access);
    written.push_back(value);
  }
  std::vector<BusAccess> accesses;
  std::vector<std::uint32_t> written;
};

// Flash that accepts stores that only clear bits.
class ClearOnly : public FlashWritePolicy {
 public:
  bool cpu_writes_enabled() const override { return enabled; }
  Outcome cpu_write(Address, AccessSize size, std::uint32_t old_value,
                    std::uint32_t new_value) override {
    return {size == AccessSize::kWord, old_value & new_value};
  }
  bool enabled = true;
};

class BusTest : public ::testing::Test {
 protected:
  BusTest() { log::set_level(log::Level::kOff); }
  ~BusTest() override { log::set_level(log::Level::kWarning); }

  std::uint32_t read(Address address, AccessSize size = AccessSize::kWord) {
    const BusReply reply = bus_.read(address, size, TimePoint{});
    EXPECT_TRUE(reply.ok);
    return reply.value;
  }
  bool write(Address address, std::uint32_t value, AccessSize size = AccessSize::kWord) {
    return bus_.write(address, size, value, TimePoint{});
  }

  RunNotes notes_;
  Bus bus_{notes_};
};

TEST_F(BusTest, MemoryIsLittleEndianAndTakesUnalignedAccesses) {
  bus_.add_memory("ram", MemoryKind::kRam, 0x2000'0000, 0x1000);
  EXPECT_TRUE(write(0x2000'0000, 0x44332211));
  EXPECT_EQ(read(0x2000'0000, AccessSize::kByte), 0x11u);
  EXPECT_EQ(read(0x2000'0001, AccessSize::kHalf), 0x3322u);
  EXPECT_TRUE(write(0x2000'0002, 0xABCD, AccessSize::kByte));
  EXPECT_EQ(read(0x2000'0000), 0x44CD2211u);
}

TEST_F(BusTest, MemoryStartsWithItsFill) {
  bus_.add_memory("flash", MemoryKind::kFlash, 0, 0x1000, 0xFF);
  EXPECT_EQ(read(0xFFC), 0xFFFFFFFFu);
}

TEST_F(BusTest, NothingAnswersInAHole) {
  bus_.add_memory("ram", MemoryKind::kRam, 0x2000'0000, 0x1000);
  EXPECT_FALSE(bus_.read(0x2000'1000, AccessSize::kWord, TimePoint{}).ok);
  EXPECT_FALSE(bus_.read(0x2000'0FFE, AccessSize::kWord, TimePoint{}).ok)
      << "reaches into the hole";
  EXPECT_FALSE(write(0x1000'0000, 1));
  EXPECT_EQ(bus_.name_at(0x2000'0FFF), "ram");
  EXPECT_EQ(bus_.name_at(0x2000'1000), "");
}

TEST_F(BusTest, FlashTakesStoresOnlyAsItsControllerAllows) {
  Memory& flash = bus_.add_memory("flash", MemoryKind::kFlash, 0, 0x1000, 0xFF);
  EXPECT_FALSE(write(0x10, 0)) << "nobody controls it";
  ClearOnly policy;
  flash.set_write_policy(&policy);
  EXPECT_TRUE(write(0x10, 0x0000FFFF));
  EXPECT_TRUE(write(0x10, 0xFFFF00FF));
  EXPECT_EQ(read(0x10), 0x000000FFu);
  EXPECT_FALSE(write(0x14, 0, AccessSize::kByte)) << "the controller takes words only";
  EXPECT_EQ(read(0x14), 0xFFFFFFFFu);
  policy.enabled = false;
  EXPECT_FALSE(write(0x18, 0));
}

TEST_F(BusTest, TargetsSeeOffsetSizeAndValueBits) {
  Recorder target;
  bus_.add_target("uart", 0x4000'2000, 0x1000, target);
  EXPECT_EQ(read(0x4000'2504, AccessSize::kHalf), 0xCCDDu) << "only the bits of the access";
  EXPECT_TRUE(write(0x4000'2508, 0x12345678, AccessSize::kByte));
  ASSERT_EQ(target.accesses.size(), 2u);
  EXPECT_EQ(target.accesses[0].offset, 0x504u);
  EXPECT_EQ(target.accesses[0].size, AccessSize::kHalf);
  EXPECT_EQ(target.accesses[1].address, 0x4000'2508u);
  EXPECT_THAT(target.written, ElementsAre(0x78u));
}

// P0 and P1 of the nRF52840: 0x50000000 and 0x50000300.
TEST_F(BusTest, SmallTargetsMayShareAPage) {
  Recorder p0, p1;
  bus_.add_target("p0", 0x5000'0000, 0x300, p0);
  bus_.add_target("p1", 0x5000'0300, 0x300, p1);
  read(0x5000'02FC);
  read(0x5000'0300);
  EXPECT_EQ(p0.accesses.at(0).offset, 0x2FCu);
  EXPECT_EQ(p1.accesses.at(0).offset, 0u);
  EXPECT_EQ(bus_.name_at(0x5000'0310), "p1");
  EXPECT_FALSE(bus_.read(0x5000'0600, AccessSize::kWord, TimePoint{}).ok);
}

TEST_F(BusTest, KnowsWhereNothingIsMapped) {
  bus_.add_memory("ram", MemoryKind::kRam, 0x2000'0000, 0x1000);
  bus_.add_unmodelled("a", 0x4000'0100, 0x100);
  bus_.add_unmodelled("b", 0x4000'0300, 0x100);
  const auto free = bus_.free_ranges(0x4000'0000, 0x380);
  ASSERT_EQ(free.size(), 2u);
  EXPECT_EQ(free[0].base, 0x4000'0000u);
  EXPECT_EQ(free[0].size, 0x100u);
  EXPECT_EQ(free[1].base, 0x4000'0200u);
  EXPECT_EQ(free[1].size, 0x100u);
  EXPECT_TRUE(bus_.free_ranges(0x2000'0800, 0x100).empty());
  ASSERT_EQ(bus_.free_ranges(0xFFFF'F000, 0x1000).size(), 1u);
  EXPECT_EQ(bus_.free_ranges(0xFFFF'F000, 0x1000)[0].size, 0x1000u);
}

TEST_F(BusTest, TellsOfAccessesBesideMemoryWithTheirValues) {
  bus_.add_memory("ram", MemoryKind::kRam, 0x2000'0000, 0x1000);
  bus_.add_unmodelled("nfct", 0x4000'5000, 0x1000);
  std::vector<WindowAccess> seen;
  bus_.on_window_access([&](const WindowAccess& access) { seen.push_back(access); });
  bus_.write(0x2000'0000, AccessSize::kWord, 1, {});
  bus_.write(0x4000'5004, AccessSize::kByte, 0x1FF, {});
  bus_.read(0x4000'5008, AccessSize::kWord, {}, true);
  bus_.read(0x5000'0000, AccessSize::kWord, {});
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen[0].write);
  EXPECT_EQ(seen[0].address, 0x4000'5004u);
  EXPECT_EQ(seen[0].value, 0xFFu);
  EXPECT_TRUE(seen[0].ok);
  EXPECT_FALSE(seen[1].ok) << "nothing answers there";
}

TEST_F(BusTest, UnmodelledBlocksReadZeroAndAreReported) {
  bus_.add_unmodelled("nfct", 0x4000'5000, 0x1000);
  EXPECT_EQ(read(0x4000'5010), 0u);
  EXPECT_TRUE(write(0x4000'5010, 7));
  bus_.read(0x4000'5020, AccessSize::kWord, TimePoint{}, true);  // a debugger leaves no trace
  const auto accesses = notes_.unmodelled_accesses();
  ASSERT_EQ(accesses.size(), 2u);
  EXPECT_EQ(accesses[0].block, "nfct");
  EXPECT_FALSE(accesses[0].write);
  EXPECT_TRUE(accesses[1].write);
  EXPECT_EQ(accesses[1].first_value, 7u);
}

TEST_F(BusTest, RefusesOverlaps) {
  Recorder target;
  bus_.add_memory("ram", MemoryKind::kRam, 0x2000'0000, 0x2000);
  const auto error_of = [](const auto& action) {
    try {
      action();
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error_of([&] { bus_.add_memory("b", MemoryKind::kRam, 0x2000'1000, 0x1000); }),
              HasSubstr("'b' (0x20001000, 0x1000 bytes) overlaps 'ram'"));
  EXPECT_THAT(error_of([&] { bus_.add_target("t", 0x1FFF'FF00, 0x101, target); }),
              HasSubstr("overlaps 'ram'"));
  EXPECT_EQ(error_of([&] { bus_.add_target("t", 0x1FFF'FF00, 0x100, target); }), "no error");
  EXPECT_THAT(error_of([&] { bus_.add_unmodelled("u", 0xFFFF'FF00, 0x101); }),
              HasSubstr("does not fit"));
  EXPECT_THAT(error_of([&] { bus_.add_memory("m", MemoryKind::kRam, 0xFFFF'F000, 0x2000); }),
              HasSubstr("do not fit"));
  EXPECT_THAT(error_of([&] { bus_.add_memory("m", MemoryKind::kRam, 0x3000'0800, 0x1000); }),
              HasSubstr("multiples of 4096"));
}

TEST_F(BusTest, AliasesShowTheSameCells) {
  Memory& ram = bus_.add_memory("ram", MemoryKind::kRam, 0x2000'0000, 0x2000);
  bus_.add_memory_alias("ram_code", 0x0080'0000, 0x1000, ram, 0x1000);
  EXPECT_TRUE(write(0x2000'1004, 0xCAFE));
  EXPECT_EQ(read(0x0080'0004), 0xCAFEu);
  EXPECT_EQ(bus_.memory_at(0x0080'0004).memory, &ram);
  EXPECT_EQ(bus_.memory_at(0x0080'0004).offset, 0x1004u);
  EXPECT_THROW(bus_.add_memory_alias("bad", 0x0090'0000, 0x2000, ram, 0x1000), InputError);
}

TEST_F(BusTest, BulkCopiesReachFlashAndTellOfChanges) {
  bus_.add_memory("flash", MemoryKind::kFlash, 0, 0x1000, 0xFF);
  std::vector<Address> changed;
  bus_.on_bulk_write([&](Address address, std::uint32_t) { changed.push_back(address); });
  const std::array<std::uint8_t, 3> bytes = {1, 2, 3};
  EXPECT_TRUE(bus_.copy_in(0x10, bytes));
  std::array<std::uint8_t, 3> back = {};
  EXPECT_TRUE(bus_.copy_out(0x10, back));
  EXPECT_EQ(back, bytes);
  EXPECT_FALSE(bus_.copy_in(0xFFE, bytes));
  EXPECT_EQ(read(0xFFC), 0xFFFFFFFFu) << "nothing is done unless all fits";
  EXPECT_FALSE(bus_.copy_out(0x5000'0000, back));
  EXPECT_THAT(changed, ElementsAre(0x10u));
}

TEST_F(BusTest, ListenersHearWhatOtherMastersMove) {
  bus_.add_memory("ram", MemoryKind::kRam, 0x2000'0000, 0x1000);
  std::vector<MasterTransfer> seen;
  bus_.on_master_transfer([&](const MasterTransfer& each) { seen.push_back(each); });
  read(0x2000'0000);
  EXPECT_TRUE(seen.empty()) << "the core is not one of them";
  EXPECT_TRUE(bus_.master_write(0x2000'0010, AccessSize::kHalf, 0x1234, {5}));
  EXPECT_EQ(bus_.master_read(0x2000'0010, AccessSize::kWord, {7}).value, 0x1234u);
  EXPECT_FALSE(bus_.master_read(0x4000'0000, AccessSize::kWord, {9}).ok);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].address, 0x2000'0010u);
  EXPECT_EQ(seen[0].bytes, 2u);
  EXPECT_EQ(seen[0].type, AccessType::kWrite);
  EXPECT_EQ(seen[1].type, AccessType::kRead);
  EXPECT_EQ(seen[1].when.ps, 7u);
}

}  // namespace
}  // namespace tinyscope
