// The description of the nRF52840 and the models agree: every block can be made from its entry.
#include <gtest/gtest.h>

#include "sim/description/soc.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

class Nrf52840 : public ::testing::Test {
 protected:
  SocDescription soc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/nrf52840.toml");
};

TEST_F(Nrf52840, EveryPeripheralOfTheDescriptionHasAModelThatAcceptsItsParameters) {
  ASSERT_FALSE(soc.peripherals.empty());
  PeripheralBench bench;
  for (PeripheralDescription& entry : soc.peripherals) {
    const PeripheralFactory* factory = Registry::instance().peripheral(entry.type);
    ASSERT_NE(factory, nullptr) << entry.where << ": " << entry.type;
    TomlTable params = entry.params ? *entry.params : TomlTable::empty(entry.where);
    PeripheralContext context{entry.name,      entry.size,  params,
                              bench.scheduler, bench.bus,   EventPort(bench.fabric, entry.base),
                              bench.notes,     bench.power, 1};
    const auto made = (*factory)(context);
    EXPECT_NO_THROW(params.reject_unknown_keys()) << entry.where;
    for (const auto& interrupt : entry.interrupts) {
      EXPECT_NE(made->wire(interrupt.wire), nullptr) << entry.where << ": " << interrupt.wire;
    }
  }
}

// "Instantiation" table of PS: the interrupt number is the peripheral's ID, bits 12 to 17 of its
// base address.
TEST_F(Nrf52840, InterruptNumbersFollowFromBaseAddresses) {
  for (const PeripheralDescription& entry : soc.peripherals) {
    for (const auto& interrupt : entry.interrupts) {
      EXPECT_EQ(interrupt.number, entry.base >> 12 & 0x3Fu) << entry.name;
    }
  }
}

}  // namespace
}  // namespace tinyscope::test
