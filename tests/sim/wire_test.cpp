#include "sim/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "sim/event_fabric.hpp"
#include "sim/power_tracker.hpp"
#include "sim/wiring.hpp"

namespace tinyscope {
namespace {

using ::testing::ElementsAre;

TEST(Wire, TellsListenersAboutChangesOnly) {
  Wire wire;
  std::vector<bool> seen;
  EXPECT_FALSE(wire.connected());
  wire.connect([&](bool level) { seen.push_back(level); });
  EXPECT_TRUE(wire.connected());
  EXPECT_TRUE(seen.empty());
  wire.set(false);
  wire.set(true);
  wire.set(true);
  wire.set(false);
  EXPECT_THAT(seen, ElementsAre(true, false));
}

TEST(Wire, APulseRisesAndFalls) {
  Wire wire;
  std::vector<bool> seen;
  wire.connect([&](bool level) { seen.push_back(level); });
  wire.pulse();
  EXPECT_THAT(seen, ElementsAre(true, false));
  EXPECT_FALSE(wire.level());
}

TEST(Wire, RestoresItsLevelSilently) {
  Wire wire;
  wire.set(true);
  StateArchive saved = StateArchive::saving();
  wire.snapshot(saved);
  Wire other;
  int calls = 0;
  other.connect([&](bool) { ++calls; });
  StateArchive loaded = StateArchive::loading(saved.bytes());
  other.snapshot(loaded);
  EXPECT_TRUE(other.level());
  EXPECT_EQ(calls, 0);
}

TEST(EventFabric, AnnouncesEventRegistersByAddress) {
  EventFabric fabric;
  std::vector<Address> seen;
  EventPort(fabric, 0x4001'F000).subscribe([&](Address address) { seen.push_back(address); });
  EventPort(fabric, 0x4000'8000).announce(0x140);
  EXPECT_THAT(seen, ElementsAre(0x4000'8140u));
}

TEST(EventFabric, SharesALineByName) {
  EventFabric fabric;
  EventPort driver(fabric, 0x1000), listener(fabric, 0x2000);
  bool seen = false;
  listener.line("P0.13").connect([&](bool level) { seen = level; });
  driver.line("P0.13").set(true);
  EXPECT_TRUE(seen);
  EXPECT_FALSE(driver.line("P0.14").level());
}

TEST(PowerTracker, ReportsChangesOfState) {
  PowerTracker tracker;
  std::vector<std::string> seen;
  tracker.on_change([&](const PowerStateChanged& change) {
    seen.push_back(std::string(change.unit) + "=" + std::string(change.state) + "@" +
                   std::to_string(change.when.ps));
  });
  tracker.set("pdm", "on", TimePoint{5});
  tracker.set("pdm", "on", TimePoint{6});
  tracker.set("pdm", "", TimePoint{7});
  EXPECT_THAT(seen, ElementsAre("pdm=on@5", "pdm=@7"));
  EXPECT_EQ(tracker.states().at("pdm"), "");
}

TEST(Wiring, AnInputIsHighWhileAnyOfItsSourcesIs) {
  Wire first;
  Wire second;
  Wire input;
  {
    Wiring wiring;
    wiring.connect(first, input);
    wiring.connect(second, input);
  }
  first.set(true);
  second.set(true);
  EXPECT_TRUE(input.level());
  first.set(false);
  EXPECT_TRUE(input.level());
  second.set(false);
  EXPECT_FALSE(input.level());
}

TEST(Wiring, PassesPulsesOn) {
  Wire output;
  Wire input;
  Wiring wiring;
  wiring.connect(output, input);
  std::vector<bool> seen;
  input.connect([&](bool level) { seen.push_back(level); });
  output.pulse();
  EXPECT_THAT(seen, ElementsAre(true, false));
}

}  // namespace
}  // namespace tinyscope
