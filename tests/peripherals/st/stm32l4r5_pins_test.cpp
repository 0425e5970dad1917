// Pins of the STM32L4R5 as the chip's description wires them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sim/description/soc.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

const SocDescription& description() {
  static const SocDescription kSoc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/stm32l4r5.toml");
  return kSoc;
}

class Stm32l4r5Pins : public ::testing::Test {
 protected:
  Stm32l4r5Pins() {
    for (const PeripheralDescription& entry : description().peripherals) {
      if (!entry.name.starts_with("gpio") && entry.name != "syscfg" && entry.name != "exti")
        continue;
      models[entry.name] = &bench.add(entry);
    }
  }
  PeripheralBench bench;
  std::map<std::string, Peripheral*> models;
};

TEST_F(Stm32l4r5Pins, NinePortsLieWhereTheVendorPutThem) {
  // CMSIS: GPIOA_BASE = AHB2PERIPH_BASE = 0x48000000, each port 0x400 further.
  for (unsigned port = 0; port < 9; ++port) {
    const std::string name = std::string("gpio") + static_cast<char>('a' + port);
    EXPECT_TRUE(models.contains(name)) << name;
    EXPECT_EQ(bench.bus.name_at(0x4800'0000 + 0x400 * port), name);
  }
}

// CMSIS, IRQn_Type: EXTI0 = 6 to EXTI4 = 10, EXTI9_5 = 23, EXTI15_10 = 40; PVD_PVM = 1,
// TAMP_STAMP = 2, RTC_WKUP = 3, RTC_Alarm = 41, COMP = 64.
TEST_F(Stm32l4r5Pins, ExtiHasTheInterruptsOfTheVectorTable) {
  std::map<std::string, unsigned> numbers;
  for (const PeripheralDescription& entry : description().peripherals) {
    if (entry.name != "exti") continue;
    for (const auto& interrupt : entry.interrupts) numbers[interrupt.wire] = interrupt.number;
  }
  const std::map<std::string, unsigned> expected = {
      {"irq0", 6},     {"irq1", 7},     {"irq2", 8},       {"irq3", 9},
      {"irq4", 10},    {"irq9_5", 23},  {"irq15_10", 40},  {"irq_pvd", 1},
      {"irq_tamp", 2}, {"irq_wkup", 3}, {"irq_alarm", 41}, {"irq_comp", 64}};
  EXPECT_EQ(numbers, expected);
}

TEST_F(Stm32l4r5Pins, TheButtonOnPc13ReachesItsInterrupt) {
  bench.write(0x4800'0800, 0xF3FF'FFFF);  // GPIOC_MODER: PC13 is an input
  bench.write(0x4001'0014, 2u << 4);      // SYSCFG_EXTICR4: line 13 is port C
  bench.write(0x4001'0400, 1u << 13);     // EXTI_IMR1
  bench.write(0x4001'0408, 1u << 13);     // EXTI_RTSR1
  EXPECT_FALSE(models["exti"]->wire("irq15_10")->level());
  models["gpioc"]->wire("in13")->set(true);
  EXPECT_TRUE(models["exti"]->wire("irq15_10")->level());
}

}  // namespace
}  // namespace tinyscope::test
