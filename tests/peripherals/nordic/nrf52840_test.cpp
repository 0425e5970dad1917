// All blocks of the nRF52840 together, made from the chip's description.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "sim/description/soc.hpp"
#include "sim/log.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {
namespace {

using ::testing::IsEmpty;

const SocDescription& description() {
  static const SocDescription kSoc = load_soc(TINYSCOPE_SOURCE_DIR "/sim/socs/nrf52840.toml");
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

// Starts something in nearly every block, at times that leave it unfinished.
void keep_busy(PeripheralBench& bench) {
  const Address ram = PeripheralBench::kRam;
  const std::pair<Address, std::uint32_t> writes[] = {
      {0x4000'0000, 1},  // HFCLKSTART
      {0x4000'0008, 1},  // LFCLKSTART
      {0x4000'1504, ram + 0x600}, {0x4000'1200, 0x23},
      {0x4000'1514, 0x108},       {0x4000'1000, 1},  // RADIO sends
      {0x4000'E504, ram},         {0x4000'E000, 1},  // ECB
      {0x4000'F500, 2},           {0x4000'F508, ram},
      {0x4000'F000, 1},  // CCM
      {0x4000'250C, 6},           {0x4000'2514, 8},
      {0x4000'2500, 8},  // UARTE0
      {0x4000'2534, ram},         {0x4000'2538, 64},
      {0x4000'2000, 1},  // receives
      {0x4000'2544, ram},         {0x4000'2548, 40},
      {0x4000'2008, 1},                                                     // sends
      {0x5000'0718, 2u << 16},    {0x4000'6510, 3u | 13u << 8 | 3u << 16},  // sense; GPIOTE task
      {0x4000'3508, 15},          {0x4000'350C, 14},
      {0x4000'3500, 5},           {0x4000'3000, 1},  // TWI0 asks nobody
      {0x4000'4500, 7},           {0x4000'4544, ram + 0x100},
      {0x4000'4548, 250},         {0x4000'4010, 1},  // SPIM1
      {0x4002'F514, 5},           {0x4002'F500, 7},
      {0x4002'F534, ram + 0xC00}, {0x4002'F538, 255},
      {0x4002'F524, 0x200'0000},  {0x4002'F010, 1},  // SPIM3 with CSN
      {0x4000'8540, 1777},        {0x4000'8200, 1},
      {0x4000'8000, 1},  // TIMER0
      {0x4000'B540, 40},          {0x4000'B344, 1u << 16},
      {0x4000'B000, 1},                              // RTC0
      {0x4000'C000, 1},           {0x4000'D000, 1},  // TEMP, RNG
      {0x4001'0504, 4000},        {0x4001'0000, 1},  // WDT
      {0x4000'7510, 1},           {0x4000'75F8, 0x1000 | 700},
      {0x4000'762C, ram + 0x600}, {0x4000'7630, 500},
      {0x4000'7500, 1},           {0x4000'7000, 1},
      {0x4000'7004, 1},  // SAADC
      {0x4001'C560, 20},          {0x4001'C520, ram + 0x800},
      {0x4001'C524, 40},          {0x4001'C514, 100},
      {0x4001'C540, ram + 0x900}, {0x4001'C544, 3},
      {0x4001'C500, 1},           {0x4001'C008, 1},  // PWM0
      {0x4001'2520, 2},           {0x4001'2524, 20},
      {0x4001'2500, 1},           {0x4001'2000, 1},  // QDEC, B on the pad of PWM0
      {0x4001'3500, 1},           {0x4001'3000, 1},  // LPCOMP
      {0x4002'5508, 1},           {0x4002'5550, 16},
      {0x4002'5538, ram + 0xA00}, {0x4002'5540, ram + 0xB00},
      {0x4002'5560, 27},          {0x4002'5500, 1},
      {0x4002'5000, 1},  // I2S
      {0x4001'D508, 1},           {0x4001'D500, 1},
      {0x4001'D560, ram + 0x400}, {0x4001'D564, 100},
      {0x4001'D000, 1},                                   // PDM
      {0x4001'E504, 2},           {0x4001'E508, 0x1000},  // NVMC erases
      {0x4001'F510, 0x4000'8140}, {0x4001'F514, 0x4000'6000},
      {0x4001'F504, 1},  // PPI
  };
  for (const auto& [address, value] : writes) ASSERT_TRUE(bench.write(address, value)) << address;
}

TEST(Nrf52840, EveryInterruptOfTheDescriptionIsAWireOfItsModel) {
  const Chip chip;
  ASSERT_FALSE(chip.parts.empty());
  for (const auto& part : chip.parts) {
    for (const auto& interrupt : part.entry.interrupts) {
      EXPECT_NE(part.model->wire(interrupt.wire), nullptr) << part.entry.where;
    }
  }
}

// PS, "Instantiation": the interrupt number is the peripheral's ID, bits 12 to 17 of its address.
TEST(Nrf52840, InterruptNumbersFollowFromBaseAddresses) {
  for (const PeripheralDescription& entry : description().peripherals) {
    for (const auto& interrupt : entry.interrupts) {
      EXPECT_EQ(interrupt.number, entry.base >> 12 & 0x3Fu) << entry.name;
    }
  }
}

TEST(Nrf52840, TwoChipsThatDoTheSameAreInTheSameState) {
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
TEST(Nrf52840, EveryBlockHasTheSameFutureAfterRestore) {
  for (const std::uint64_t at_us : {50u, 700u, 5'000u, 40'000u}) {
    Chip chip;
    keep_busy(chip.bench);
    chip.bench.run_for(Duration::from_us(at_us));
    Chip other;
    other.bench.restore(chip.bench.save());
    EXPECT_THAT(other.bench.differences(chip.bench), IsEmpty()) << at_us;
    std::vector<std::pair<std::uint64_t, Address>> heard[2];
    Chip* const chips[2] = {&chip, &other};
    for (int i = 0; i < 2; ++i) {
      PeripheralBench& bench = chips[i]->bench;
      bench.fabric.subscribe(
          [&bench, &list = heard[i]](Address event) { list.emplace_back(bench.now().ps, event); });
      bench.run_for(Duration::from_ms(90));
    }
    EXPECT_FALSE(heard[0].empty());
    EXPECT_EQ(heard[0], heard[1]) << at_us;
    EXPECT_THAT(other.bench.differences(chip.bench), IsEmpty()) << at_us;
  }
}

TEST(Nrf52840, ResetLeavesNothingScheduledButWhatSurvivesIt) {
  Chip chip;
  keep_busy(chip.bench);
  chip.bench.run_for(Duration::from_ms(1));
  chip.bench.reset(ResetKind::kPowerOn);
  EXPECT_FALSE(chip.bench.scheduler.next().has_value());
  for (const auto& [unit, state] : chip.bench.power.states()) {
    EXPECT_EQ(state, unit == "regulator" ? "ldo" : "") << unit;
  }
}

// Firmware may write anything anywhere: no model may crash, hang or throw. Seeds are fixed.
TEST(Nrf52840, SurvivesAnyRegisterTraffic) {
  log::set_level(log::Level::kOff);
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Chip chip;
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t limit) {
      return static_cast<std::uint32_t>(random() % limit);
    };
    for (int step = 0; step < 20'000; ++step) {
      const auto& entry = chip.parts[below(static_cast<std::uint32_t>(chip.parts.size()))].entry;
      // Mostly where registers are dense: tasks, events, and 0x500 on.
      const std::uint32_t offset =
          below(3) == 0 ? below(entry.size) : (below(0x60) * 4 + (below(2) * 0x500)) % entry.size;
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
