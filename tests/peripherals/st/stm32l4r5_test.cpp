// All blocks of the STM32L4R5 together, made from the chip's description.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "sim/description/soc.hpp"
#include "sim/log.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::IsEmpty;

const SocDescription& description() {
  static const SocDescription kSoc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/stm32l4r5.toml");
  return kSoc;
}

// Every peripheral of the chip on one bench.
struct Chip {
  Chip() {
    for (const PeripheralDescription& entry : description().peripherals) {
      parts.push_back({entry, &bench.add(entry)});
    }
  }
  struct Part {
    const PeripheralDescription& entry;
    Peripheral* model;
  };
  PeripheralBench bench;
  std::vector<Part> parts;
};

// Starts something in several blocks, at times that leave it unfinished.
void keep_busy(PeripheralBench& bench) {
  const std::pair<Address, std::uint32_t> writes[] = {
      {0x4002'1098, 1},                                 // RCC_CRRCR: HSI48 for the RNG
      {0x4002'1000, 0x0000'0161},                       // RCC_CR: MSI stays, HSI16 starts
      {0x5006'0804, 0},           {0x5006'0800, 0xC},   // RNG
      {0x4001'0024, 0xCA},        {0x4001'0024, 0x53},  // SYSCFG_SKR
      {0x4001'0018, 1},                                 // erase of SRAM2
      {0x4800'0800, 0xFFFF'FFFD}, {0x4800'0818, 1},     // PC0 high
      {0x4001'0008, 2},           {0x4001'0408, 1},     // EXTI line 0: port C, rising
      {0x4000'0028, 3},           {0x4000'002C, 999},  {0x4000'000C, 1},
      {0x4000'0000, 1},                                                     // TIM2
      {0x4000'800C, 0x1'0000},    {0x4000'8000, 0xD},  {0x4000'8028, 'x'},  // LPUART1
      {0x4002'3000, 0x1234'5678},                                           // CRC
  };
  for (const auto& [address, value] : writes) ASSERT_TRUE(bench.write(address, value)) << address;
}

TEST(Stm32l4r5, EveryInterruptOfTheDescriptionIsAWireOfItsModel) {
  const Chip chip;
  ASSERT_FALSE(chip.parts.empty());
  for (const auto& part : chip.parts) {
    for (const auto& interrupt : part.entry.interrupts) {
      EXPECT_NE(part.model->wire(interrupt.wire), nullptr) << part.entry.where;
    }
  }
}

TEST(Stm32l4r5, EveryClockThatABlockFollowsIsDriven) {
  Chip chip;
  for (const auto& [name, clock] : chip.bench.clocks.signals())
    EXPECT_TRUE(clock->driven()) << name;
}

// CMSIS, IRQn_Type: EXTI0 = 6 to EXTI4 = 10, EXTI9_5 = 23, EXTI15_10 = 40.
TEST(Stm32l4r5, PinsHaveTheInterruptsOfTheVectorTable) {
  std::set<unsigned> numbers;
  for (const PeripheralDescription& entry : description().peripherals) {
    if (entry.name != "exti") continue;
    for (const auto& interrupt : entry.interrupts) numbers.insert(interrupt.number);
  }
  EXPECT_THAT(numbers, ::testing::IsSupersetOf({6u, 7u, 8u, 9u, 10u, 23u, 40u}));
}

TEST(Stm32l4r5, AButtonOnPc13ReachesItsInterruptThroughSyscfgAndExti) {
  Chip chip;
  chip.bench.write(0x4800'0800, 0xF3FF'FFFF);  // PC13 is an input
  chip.bench.write(0x4001'0014, 2u << 4);      // SYSCFG_EXTICR4: line 13 is port C
  chip.bench.write(0x4001'0400, 1u << 13);     // EXTI_IMR1
  chip.bench.write(0x4001'0408, 1u << 13);     // EXTI_RTSR1
  Peripheral* port = nullptr;
  Peripheral* exti = nullptr;
  for (const auto& part : chip.parts) {
    if (part.entry.name == "gpioc") port = part.model;
    if (part.entry.name == "exti") exti = part.model;
  }
  ASSERT_TRUE(port != nullptr && exti != nullptr);
  EXPECT_FALSE(exti->wire("irq15_10")->level());
  port->wire("in13")->set(true);
  EXPECT_TRUE(exti->wire("irq15_10")->level());
}

TEST(Stm32l4r5, TwoChipsThatDoTheSameAreInTheSameState) {
  Chip one;
  Chip two;
  keep_busy(one.bench);
  keep_busy(two.bench);
  one.bench.run_for(Duration::from_ms(30));
  two.bench.run_for(Duration::from_ms(30));
  EXPECT_THAT(one.bench.differences(two.bench), IsEmpty());
}

// The state after a restore and some time is that of the chip that just went on: nothing that
// matters is missing from any block's snapshot.
TEST(Stm32l4r5, EveryBlockHasTheSameFutureAfterRestore) {
  for (const std::uint64_t at_us : {1u, 50u, 700u, 5'000u}) {
    Chip chip;
    keep_busy(chip.bench);
    chip.bench.run_for(Duration::from_us(at_us));
    Chip other;
    other.bench.restore(chip.bench.save());
    EXPECT_THAT(other.bench.differences(chip.bench), IsEmpty()) << at_us;
    chip.bench.run_for(Duration::from_ms(20));
    other.bench.run_for(Duration::from_ms(20));
    EXPECT_THAT(other.bench.differences(chip.bench), IsEmpty()) << at_us;
  }
}

// Firmware may write anything anywhere: no model may crash, hang or throw. Seeds are fixed.
TEST(Stm32l4r5, SurvivesAnyRegisterTraffic) {
  log::set_level(log::Level::kOff);
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Chip chip;
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t limit) {
      return static_cast<std::uint32_t>(random() % limit);
    };
    for (int step = 0; step < 20'000; ++step) {
      const auto& entry = chip.parts[below(static_cast<std::uint32_t>(chip.parts.size()))].entry;
      const std::uint32_t offset = below(4) == 0 ? below(entry.size) : below(0x80) % entry.size;
      const AccessSize size = below(8) == 0 ? AccessSize::kByte : AccessSize::kWord;
      const std::uint32_t values[] = {1,
                                      0,
                                      below(16),
                                      static_cast<std::uint32_t>(random()),
                                      PeripheralBench::kRam + below(0x2'0000),
                                      1u << below(32)};
      const std::uint32_t value = values[below(std::size(values))];
      const Address address = entry.base + (size == AccessSize::kWord ? offset & ~3u : offset);
      if (below(4) == 0) {
        chip.bench.read(address, size);
      } else {
        chip.bench.write(address, value, size);
      }
      if (below(4) == 0) chip.bench.run_for(Duration::from_ns(below(20'000)));
      if (below(2'000) == 0) chip.bench.reset(ResetKind::kSoftware);
    }
    Chip other;
    other.bench.restore(chip.bench.save());
    EXPECT_THAT(other.bench.differences(chip.bench), IsEmpty()) << seed;
  }
  log::set_level(log::Level::kWarning);
}

}  // namespace
}  // namespace tinyscope::test
