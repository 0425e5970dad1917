#include "sim/run_notes.hpp"

#include <gtest/gtest.h>

#include "sim/log.hpp"
#include "sim/registry.hpp"

namespace tinyscope {
namespace {

TEST(RunNotes, KeepsAnAssumptionOncePerTopic) {
  RunNotes notes;
  notes.assume({"flash.wait_states", "2", "estimate"});
  notes.assume({"flash.wait_states", "3", "estimate"});
  notes.assume({"ram.wait_states", "0", "manual"});
  ASSERT_EQ(notes.assumptions().size(), 2u);
  EXPECT_EQ(notes.assumptions()[0].text, "2");
}

TEST(RunNotes, CountsAccessesAndListsThemByAddress) {
  log::set_level(log::Level::kOff);
  RunNotes notes;
  notes.unmodelled("qspi", "ENABLE", 0x4002'9500, true, 1);
  notes.unmodelled("nfct", "+0x010", 0x4000'5010, true, 5);
  notes.unmodelled("nfct", "+0x010", 0x4000'5010, true, 6);
  notes.unmodelled("nfct", "+0x010", 0x4000'5010, false, 0);
  log::set_level(log::Level::kWarning);
  const auto accesses = notes.unmodelled_accesses();
  ASSERT_EQ(accesses.size(), 3u);
  EXPECT_FALSE(accesses[0].write);
  EXPECT_TRUE(accesses[1].write);
  EXPECT_EQ(accesses[1].count, 2u);
  EXPECT_EQ(accesses[1].first_value, 5u);
  EXPECT_EQ(accesses[2].block, "qspi");
}

TEST(RunNotes, SaysWhereTheFirstAccessWasAndWhatTheLastOneMoved) {
  log::set_level(log::Level::kOff);
  RunNotes notes;
  Address pc = 0x0800'0100;
  notes.set_place([&pc] { return pc; });
  UnmodelledAccess& kept = notes.stubbed("rcc", "CR", 0x4002'1000, true, 0x1);
  pc = 0x0800'0200;
  kept.add(0x4);
  notes.set_other_master(true);
  notes.unmodelled("dcmi", "DR", 0x5005'0028, false, 0);
  log::set_level(log::Level::kWarning);
  const auto accesses = notes.unmodelled_accesses();
  ASSERT_EQ(accesses.size(), 2u);
  EXPECT_EQ(accesses[0].pc, 0x0800'0100u);
  EXPECT_EQ(accesses[0].count, 2u);
  EXPECT_EQ(accesses[0].last_value, 4u);
  EXPECT_EQ(accesses[0].bits, 5u);
  EXPECT_TRUE(accesses[0].stub);
  EXPECT_FALSE(accesses[1].stub);
  EXPECT_EQ(accesses[1].pc, 0u) << "DMA";
}

TEST(RunNotes, NamesRegistersThatModelsKnowByOffset) {
  class Names final : public RegisterNames {
   public:
    std::string register_at(Address address) const override {
      return address == 0x4000'5010 ? "SENSE" : "";
    }
    std::string fields_at(Address, std::uint32_t bits) const override {
      return bits == 5 ? "A, C" : "";
    }
  };
  log::set_level(log::Level::kOff);
  const Names names;
  RunNotes notes;
  notes.set_names(&names);
  notes.unmodelled("nfct", "+0x010", 0x4000'5010, true, 5);
  notes.unmodelled("nfct", "+0x014", 0x4000'5014, true, 1);
  log::set_level(log::Level::kWarning);
  const auto accesses = notes.unmodelled_accesses();
  EXPECT_EQ(accesses[0].what, "SENSE (+0x010)");
  EXPECT_EQ(accesses[0].fields, "A, C");
  EXPECT_EQ(accesses[1].what, "+0x014");
}

TEST(RunNotes, LogsTheFirstAccessOfAKindOnly) {
  RunNotes notes;
  ::testing::internal::CaptureStderr();
  notes.unmodelled("nfct", "+0x010", 0x4000'5010, true, 5);
  notes.unmodelled("nfct", "+0x010", 0x4000'5010, true, 5);
  const std::string text = ::testing::internal::GetCapturedStderr();
  const std::size_t first = text.find("nfct");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("nfct", first + 1), std::string::npos);
}

TEST(Registry, FindsTypesByNameAndListsThemSorted) {
  Registry registry;
  registry.add_peripheral("b.timer", [](PeripheralContext&) { return nullptr; });
  registry.add_peripheral("a.uart", [](PeripheralContext&) { return nullptr; });
  registry.add_device("microphone", [](DeviceContext&) { return nullptr; });
  EXPECT_NE(registry.peripheral("a.uart"), nullptr);
  EXPECT_EQ(registry.peripheral("microphone"), nullptr);
  EXPECT_NE(registry.device("microphone"), nullptr);
  EXPECT_EQ(registry.peripheral_types(), (std::vector<std::string>{"a.uart", "b.timer"}));
  EXPECT_EQ(registry.device_types(), (std::vector<std::string>{"microphone"}));
}

TEST(Registry, TwoTypesOfOneNameAreABugOfOurs) {
  Registry registry;
  registry.add_peripheral("a", [](PeripheralContext&) { return nullptr; });
  EXPECT_THROW(registry.add_peripheral("a", [](PeripheralContext&) { return nullptr; }),
               SimulatorFault);
}

}  // namespace
}  // namespace tinyscope
