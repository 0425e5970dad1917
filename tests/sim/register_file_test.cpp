#include "sim/register_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;

class RegisterFileTest : public ::testing::Test {
 protected:
  RegisterFileTest() { log::set_level(log::Level::kOff); }
  ~RegisterFileTest() override { log::set_level(log::Level::kWarning); }

  std::uint32_t read(Address offset, AccessSize size = AccessSize::kWord, bool debug = false) {
    return file_.read({offset, size, TimePoint{}, debug, kBase + offset}) & mask(size);
  }
  void write(Address offset, std::uint32_t value, AccessSize size = AccessSize::kWord,
             bool debug = false) {
    file_.write({offset, size, TimePoint{}, debug, kBase + offset}, value);
  }

  static constexpr Address kBase = 0x4000'2000;
  RunNotes notes_;
  RegisterFile file_{"uarte0", 0x1000, notes_};
};

TEST_F(RegisterFileTest, StoresAndResets) {
  file_.add(0x524, "BAUDRATE").reset(0x0400'0000);
  EXPECT_EQ(read(0x524), 0x0400'0000u);
  write(0x524, 0x01D6'0000);
  EXPECT_EQ(read(0x524), 0x01D6'0000u);
  file_.reset();
  EXPECT_EQ(read(0x524), 0x0400'0000u);
}

TEST_F(RegisterFileTest, WritesReachNamedFieldsOnly) {
  file_.add(0x504, "CONFIG").field(0, 2, "WEN").flag(8, "EN").reserved(4, 4);
  write(0x504, 0xFFFF'FFFF);
  EXPECT_EQ(read(0x504), 0x0000'0103u);
  EXPECT_TRUE(notes_.unmodelled_accesses().empty());
}

TEST_F(RegisterFileTest, NarrowStoresChangeTheirOwnLanes) {
  std::vector<std::uint32_t> seen;
  file_.add(0x508, "PSEL").on_write([&](std::uint32_t value) { seen.push_back(value); });
  write(0x508, 0x11223344);
  write(0x50A, 0xAB, AccessSize::kByte);
  EXPECT_EQ(read(0x508), 0x11AB3344u);
  EXPECT_EQ(read(0x50A, AccessSize::kHalf), 0x11ABu);
  EXPECT_THAT(seen, ElementsAre(0x11223344u, 0x11AB3344u));
}

TEST_F(RegisterFileTest, WriteOneToClearClearsWhatIsWrittenOne) {
  std::vector<std::uint32_t> seen;
  file_.add(0x400, "STATUS").reset(0xFF).write_one_to_clear().on_write([&](std::uint32_t value) {
    seen.push_back(value);
  });
  write(0x400, 0x0F);
  EXPECT_EQ(read(0x400), 0xF0u);
  EXPECT_THAT(seen, ElementsAre(0x0Fu));
}

TEST_F(RegisterFileTest, TriggersStoreNothing) {
  std::vector<std::uint32_t> seen;
  file_.add(0x000, "TASKS_START").trigger().on_write([&](std::uint32_t value) {
    seen.push_back(value);
  });
  write(0x000, 1);
  EXPECT_EQ(read(0x000), 0u);
  EXPECT_THAT(seen, ElementsAre(1u));
}

TEST_F(RegisterFileTest, ReadOnlyAndWriteOnlyDoNothingTheOtherWay) {
  file_.add(0x408, "HFCLKRUN").reset(5).read_only();
  file_.add(0x010, "TASKS_CAL").write_only();
  write(0x408, 1);
  write(0x010, 1);
  EXPECT_EQ(read(0x408), 5u);
  EXPECT_EQ(read(0x010), 0u);
}

TEST_F(RegisterFileTest, ReadsMayBeComputed) {
  int reads = 0;
  file_.add(0x504, "COUNTER").on_read([&] { return static_cast<std::uint32_t>(++reads) << 8; });
  EXPECT_EQ(read(0x504), 0x100u);
  EXPECT_EQ(read(0x505, AccessSize::kByte), 2u);
}

TEST_F(RegisterFileTest, DebuggersSeeValuesWithoutSideEffects) {
  int actions = 0;
  file_.add(0x504, "COUNTER").reset(7).on_read([&] {
    ++actions;
    return 0u;
  });
  file_.add(0x508, "PRESCALER").on_write([&](std::uint32_t) { ++actions; });
  EXPECT_EQ(read(0x504, AccessSize::kWord, true), 7u);
  write(0x508, 3, AccessSize::kWord, true);
  EXPECT_EQ(read(0x508), 3u);
  read(0xF00, AccessSize::kWord, true);
  EXPECT_EQ(actions, 0);
  EXPECT_TRUE(notes_.unmodelled_accesses().empty());
}

TEST_F(RegisterFileTest, ReportsWhatIsNotModelled) {
  file_.add(0x56C, "CONFIG").flag(0, "HWFC").unimplemented(4, 1, "STOP");
  file_.add(0x544, "XIPOFFSET").unimplemented();
  write(0x56C, 0x01);
  EXPECT_TRUE(notes_.unmodelled_accesses().empty());
  write(0x56C, 0x10);
  write(0x544, 9);
  EXPECT_EQ(read(0x544), 9u) << "keeps what is written";
  read(0xF00);
  const auto accesses = notes_.unmodelled_accesses();
  ASSERT_EQ(accesses.size(), 4u);
  EXPECT_EQ(accesses[0].what, "XIPOFFSET");
  EXPECT_EQ(accesses[2].what, "CONFIG.STOP");
  EXPECT_EQ(accesses[2].address, kBase + 0x56C);
  EXPECT_EQ(accesses[3].what, "+0xF00");
}

TEST_F(RegisterFileTest, ArraysNumberTheirRegisters) {
  std::vector<std::string> names;
  file_.array(0x540, 4, 4, "CC", [&](RegisterFile::Register& cc, unsigned i) {
    cc.reset(i);
    names.push_back(cc.name());
  });
  EXPECT_THAT(names, ElementsAre("CC[0]", "CC[1]", "CC[2]", "CC[3]"));
  EXPECT_EQ(read(0x54C), 3u);
}

TEST_F(RegisterFileTest, OverlapsAreBugsOfOurs) {
  file_.add(0x100, "A").field(0, 4, "LOW");
  EXPECT_THROW(file_.add(0x100, "B"), SimulatorFault);
  EXPECT_THROW(file_.add(0x104, "C").field(0, 4, "X").flag(3, "Y"), SimulatorFault);
  EXPECT_THROW(file_.add(0x1000, "D"), SimulatorFault);
}

TEST_F(RegisterFileTest, SurvivesASnapshot) {
  file_.add(0x100, "A");
  write(0x100, 0x1234);
  StateArchive saved = StateArchive::saving();
  file_.snapshot(saved);
  write(0x100, 0);
  StateArchive loaded = StateArchive::loading(saved.bytes());
  file_.snapshot(loaded);
  EXPECT_EQ(read(0x100), 0x1234u);
}

}  // namespace
}  // namespace tinyscope
