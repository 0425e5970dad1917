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
