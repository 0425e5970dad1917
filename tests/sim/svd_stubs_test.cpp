#include "sim/svd/svd_stubs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

using ::testing::HasSubstr;

// A clock controller, a UART that is modelled, and a block without registers in the file.
constexpr const char* kChip = R"(<device><name>TINY1</name><peripherals>
<peripheral><name>RCC</name><baseAddress>0x40021000</baseAddress>
 <addressBlock><offset>0</offset><size>0x400</size></addressBlock><registers>
 <register><name>CR</name><addressOffset>0</addressOffset><resetValue>0x83</resetValue><fields>
  <field><name>HSION</name><lsb>0</lsb><msb>0</msb></field>
  <field><name>HSIRDY</name><lsb>1</lsb><msb>1</msb><access>read-only</access></field>
  <field><name>PLLON</name><lsb>24</lsb><msb>24</msb></field>
  <field><name>PLLRDY</name><lsb>25</lsb><msb>25</msb><access>read-only</access></field>
  <field><name>GO</name><lsb>30</lsb><msb>30</msb></field>
 </fields></register>
 <register><name>CFGR</name><addressOffset>4</addressOffset><fields>
  <field><name>SW</name><lsb>0</lsb><msb>1</msb></field>
  <field><name>SWS</name><lsb>2</lsb><msb>3</msb><access>read-only</access></field>
 </fields></register>
 <register><name>ISR</name><addressOffset>8</addressOffset><resetValue>0xF</resetValue><fields>
  <field><name>A</name><lsb>0</lsb><msb>1</msb>
   <modifiedWriteValues>oneToClear</modifiedWriteValues></field>
  <field><name>B</name><lsb>2</lsb><msb>2</msb><readAction>clear</readAction></field>
  <field><name>C</name><lsb>3</lsb><msb>3</msb>
   <modifiedWriteValues>zeroToClear</modifiedWriteValues></field>
  <field><name>T</name><lsb>4</lsb><msb>4</msb>
   <modifiedWriteValues>oneToToggle</modifiedWriteValues></field>
 </fields></register>
 <register><name>KEY</name><addressOffset>0xC</addressOffset><access>write-only</access></register>
 <register><name>CNT</name><addressOffset>0x10</addressOffset><fields>
  <field><name>CNT</name><lsb>0</lsb><msb>15</msb></field></fields></register>
 <register><name>LOW</name><addressOffset>0x14</addressOffset><size>8</size>
  <resetValue>0x11</resetValue></register>
 <register><name>HIGH</name><addressOffset>0x15</addressOffset><size>8</size>
  <resetValue>0x22</resetValue></register>
 </registers></peripheral>
<peripheral><name>USART1</name><baseAddress>0x40013800</baseAddress><registers>
 <register><name>CR1</name><addressOffset>0</addressOffset></register>
 <register><name>EXTRA</name><addressOffset>0x40</addressOffset></register>
 </registers></peripheral>
</peripherals></device>)";

class Uart final : public BusTarget {
 public:
  std::uint32_t read(const BusAccess&) override { return 0x55; }
  void write(const BusAccess&, std::uint32_t) override {}
};

class SvdStubsTest : public ::testing::Test {
 protected:
  SvdStubsTest() {
    log::set_level(log::Level::kOff);
    bus_.add_target("usart1", 0x4001'3800, 0x20, uart_);
  }
  ~SvdStubsTest() override { log::set_level(log::Level::kWarning); }

  std::unique_ptr<SvdStubs> stubs_on(Bus& bus, const std::string& rules) {
    std::vector<StubRules> files;
    files.push_back(read_stub_rules(TomlTable::from_text(rules, "rules.toml"), "rules.toml"));
    auto stubs =
        std::make_unique<SvdStubs>(parse_svd(kChip, "tiny1.svd"), std::move(files), notes_);
    stubs->attach(bus);
    return stubs;
  }
  void attach(const std::string& rules = "") { stubs_ = stubs_on(bus_, rules); }
  std::string error_of(const std::string& rules) {
    Bus bus(notes_);
    try {
      stubs_on(bus, rules);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }
  std::uint32_t read(Address offset, std::uint64_t us = 0, AccessSize size = AccessSize::kWord) {
    const BusReply reply = bus_.read(0x4002'1000 + offset, size, at(us));
    EXPECT_TRUE(reply.ok);
    return reply.value;
  }
  void write(Address offset, std::uint32_t value, std::uint64_t us = 0,
             AccessSize size = AccessSize::kWord) {
    EXPECT_TRUE(bus_.write(0x4002'1000 + offset, size, value, at(us)));
  }
  static TimePoint at(std::uint64_t us) { return TimePoint{} + Duration::from_us(us); }

  RunNotes notes_;
  Bus bus_{notes_};
  Uart uart_;
  std::unique_ptr<SvdStubs> stubs_;
};

TEST_F(SvdStubsTest, HoldResetValuesAndWhatMayBeWritten) {
  attach();
  EXPECT_EQ(read(0), 0x83u);
  write(0, 0x0300'0002);
  EXPECT_EQ(read(0), 0x0100'0002u) << "PLLRDY and HSIRDY are read-only";
  write(0xC, 0x1234);
  EXPECT_EQ(read(0xC), 0u) << "write-only";
  stubs_->reset({});
  EXPECT_EQ(read(0), 0x83u);
}

TEST_F(SvdStubsTest, ClearAndToggleBitsAsTheFileSays) {
  attach();
  write(8, 0x0D);
  EXPECT_EQ(read(8), 0x0Eu) << "A: one bit written as 1 is cleared; C is written as 1 and stays";
  EXPECT_EQ(read(8), 0x0Au) << "reading has cleared B";
  write(8, 0x10);
  EXPECT_EQ(read(8), 0x12u) << "C was written as 0, T toggles";
  write(8, 0x10);
  EXPECT_EQ(read(8), 0x02u);
}

TEST_F(SvdStubsTest, TakeNarrowAccesses) {
  attach();
  EXPECT_EQ(read(0x14), 0x2211u);
  EXPECT_EQ(read(0x15, 0, AccessSize::kByte), 0x22u);
  write(0x15, 0x33, 0, AccessSize::kByte);
  EXPECT_EQ(read(0x14), 0x3311u);
  write(3, 0x01, 0, AccessSize::kByte);
  EXPECT_EQ(read(0), 0x0100'0083u);
}

TEST_F(SvdStubsTest, LeaveModelsAloneAndFillTheRest) {
  attach();
  EXPECT_EQ(bus_.read(0x4001'3800, AccessSize::kWord, {}).value, 0x55u);
  EXPECT_TRUE(bus_.write(0x4001'3840, AccessSize::kWord, 7, {}));
  EXPECT_EQ(bus_.read(0x4001'3840, AccessSize::kWord, {}).value, 7u);
  EXPECT_FALSE(bus_.read(0x4001'3900, AccessSize::kWord, {}).ok) << "not in the file";
  EXPECT_EQ(read(0x200), 0u) << "in the block, but no register";
}

TEST_F(SvdStubsTest, ReportEachRegisterWithItsFields) {
  attach();
  notes_.set_names(stubs_.get());
  read(0);
  read(0);
  write(0, 0x0100'0001);
  write(0, 0x0000'0001);
  write(0x200, 3);
  bus_.read(0x4002'1004, AccessSize::kWord, {}, true);  // a debugger leaves no trace
  const auto list = notes_.unmodelled_accesses();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].block, "RCC");
  EXPECT_EQ(list[0].what, "CR");
  EXPECT_FALSE(list[0].write);
  EXPECT_EQ(list[0].count, 2u);
  EXPECT_EQ(list[0].fields, "HSION, HSIRDY, bit 7");
  EXPECT_TRUE(list[1].write);
  EXPECT_EQ(list[1].fields, "HSION, PLLON");
  EXPECT_EQ(list[1].last_value, 1u);
  EXPECT_TRUE(list[1].stub);
  EXPECT_EQ(list[2].what, "+0x200");
}

TEST_F(SvdStubsTest, FlagsFollowWhatWasWritten) {
  attach(
      "[follows]\n\"RCC.CR.HSIRDY\" = \"HSION\"\n"
      "\"rcc.cr.pllrdy\" = { of = \"CR.PLLON\", after_us = 100 }\n"
      "\"RCC.CFGR[3:2]\" = \"RCC.CFGR.SW\"\n");
  EXPECT_EQ(read(0) & 3u, 3u) << "at reset as well";
  write(0, 0x0100'0000, 10);
  EXPECT_EQ(read(0, 10), 0x0100'0000u) << "HSIRDY falls at once";
  EXPECT_EQ(read(0, 109), 0x0100'0000u);
  EXPECT_EQ(read(0, 110), 0x0300'0000u);
  write(0, 0, 200);
  EXPECT_EQ(read(0, 299), 0x0200'0000u);
  EXPECT_EQ(read(0, 300), 0u);
  write(4, 2, 0);
  EXPECT_EQ(read(4), 0xAu);
}

TEST_F(SvdStubsTest, RulesForceCountAndClear) {
  attach(
      "[reads]\n\"RCC.CR.PLLRDY\" = 1\n[counts]\n\"RCC.CNT.CNT\" = 1_000_000\n"
      "[clears]\n\"RCC.CR.GO\" = 5\n");
  EXPECT_EQ(read(0), 0x0200'0083u);
  EXPECT_EQ(read(0x10, 70'000), 70'000u - 65'536u) << "16 bits wide";
  write(0x10, 100, 80'000);
  EXPECT_EQ(read(0x10, 80'003), 103u);
  write(0, 0x4000'0000, 90'000);
  EXPECT_EQ(read(0, 90'004), 0x4200'0002u);
  EXPECT_EQ(read(0, 90'005), 0x0200'0002u);
}

TEST_F(SvdStubsTest, RulesSayWhatWrittenBitsDo) {
  attach("[writes]\n\"RCC.CR\" = \"zeroToClear\"\n\"RCC.ISR.A\" = \"oneToToggle\"\n");
  write(0, 0xFFFF'FFFE);
  EXPECT_EQ(read(0), 0x82u) << "ones leave flags alone";
  write(8, 0x09);
  EXPECT_EQ(read(8) & 0xBu, 0xAu);
  EXPECT_THAT(error_of("[writes]\n\"RCC.CR\" = \"clearOnOne\"\n"),
              HasSubstr("rules.toml:2: writes.RCC.CR: expected a word of SVD's"));
}

TEST_F(SvdStubsTest, CountWithTheClockOfTheCore) {
  attach("[counts]\n\"RCC.KEY\" = \"cpu\"\n\"RCC.CNT\" = \"cpu\"\n");
  stubs_->set_core_clock(8'000'000, at(0));
  EXPECT_EQ(read(0x10, 10), 80u);
  stubs_->set_core_clock(16'000'000, at(10));
  EXPECT_EQ(read(0x10, 20), 240u);
}

TEST_F(SvdStubsTest, RefuseRulesThatNameNothing) {
  EXPECT_THAT(
      error_of("[follows]\n\"RCC.CR.PLLRDI\" = \"CR.PLLON\"\n"),
      HasSubstr("rules.toml:2: [follows] \"RCC.CR.PLLRDI\": tiny1.svd has no such register"));
  EXPECT_THAT(error_of("[follows]\n\"RCC.CR.PLLRDY\" = \"CR.PLLO\"\n"),
              HasSubstr("'CR.PLLO' names nothing in tiny1.svd"));
  EXPECT_THAT(error_of("[reads]\n\"RCC.CR.PLLRDY\" = 2\n"), HasSubstr("0x2 does not fit"));
  EXPECT_THAT(error_of("[counts]\n\"RCC.CNT\" = \"apb\"\n"), HasSubstr("expected \"cpu\" or"));
  EXPECT_THAT(error_of("[sets]\n\"RCC.CNT\" = 1\n"), HasSubstr("sets"));
  EXPECT_EQ(error_of("[reads]\n\"TIM*.CNT\" = 2\n"), "no error") << "patterns may match nothing";
  EXPECT_EQ(error_of("devices = [\"TINY*\"]\n[reads]\n\"TIM2.CNT\" = 2\n"), "no error")
      << "meant for a family";
}

TEST_F(SvdStubsTest, TheFirstRuleForABitCounts) {
  attach("[reads]\n\"RCC.CR.PLLRDY\" = 1\n\"RCC.CR.*RDY\" = 0\n");
  EXPECT_EQ(read(0), 0x0200'0081u);
}

TEST_F(SvdStubsTest, SaveAndRestoreTheirState) {
  attach(
      "[follows]\n\"RCC.CR.PLLRDY\" = { of = \"CR.PLLON\", after_us = 100 }\n"
      "[counts]\n\"RCC.CNT\" = 1_000_000\n");
  write(0, 0x0100'0000, 10);
  write(0x10, 5, 10);
  StateArchive saved = StateArchive::saving();
  stubs_->snapshot(saved);
  write(0, 0, 20);
  write(0x10, 0, 20);
  StateArchive loaded = StateArchive::loading(saved.bytes());
  stubs_->snapshot(loaded);
  EXPECT_EQ(read(0, 109), 0x0100'0002u);
  EXPECT_EQ(read(0, 110), 0x0300'0002u);
  EXPECT_EQ(read(0x10, 12), 7u);
}

TEST(StubRules, AreFoundByTheNameOfTheChip) {
  EXPECT_EQ(shipped_stub_rules("STM32F446").size(), 1u);
  EXPECT_EQ(shipped_stub_rules("STM32H747_CM7").size(), 1u);
  EXPECT_TRUE(shipped_stub_rules("Example1").empty());
}

}  // namespace
}  // namespace tinyscope
