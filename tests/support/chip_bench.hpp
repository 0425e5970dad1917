// Every peripheral of a SoC file on one bench, and what holds for every chip.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "sim/description/soc.hpp"
#include "sim/log.hpp"
#include "tests/support/peripheral_bench.hpp"

namespace tinyscope::test {

struct ChipBench {
  explicit ChipBench(const SocDescription& soc) {
    for (const PeripheralDescription& entry : soc.peripherals) {
      parts.push_back({entry, &bench.add(entry)});
    }
    // The order in which blocks are made must not matter, so all are reset once all are there.
    bench.reset(ResetKind::kPowerOn);
  }
  struct Part {
    const PeripheralDescription& entry;
    Peripheral* model;
  };
  PeripheralBench bench;
  std::vector<Part> parts;
};

// Every interrupt of the description is a wire of its model.
inline void expect_interrupt_wires(const SocDescription& soc) {
  const ChipBench chip(soc);
  ASSERT_FALSE(chip.parts.empty());
  for (const auto& part : chip.parts) {
    for (const auto& interrupt : part.entry.interrupts) {
      EXPECT_NE(part.model->wire(interrupt.wire), nullptr) << part.entry.where;
    }
  }
}

// What a block follows somebody drives: a wrong name of a signal would stand still for ever.
inline void expect_driven_clocks(const SocDescription& soc) {
  const ChipBench chip(soc);
  for (const auto& [name, signal] : chip.bench.clocks.signals()) {
    EXPECT_TRUE(signal->driven()) << name;
  }
}

// By "peripheral.wire".
inline void expect_interrupt_numbers(const SocDescription& soc,
                                     const std::map<std::string, unsigned>& expected) {
  std::map<std::string, unsigned> found;
  for (const PeripheralDescription& entry : soc.peripherals) {
    for (const auto& interrupt : entry.interrupts) {
      found[entry.name + "." + interrupt.wire] = interrupt.number;
    }
  }
  for (const auto& [wire, number] : expected) {
    ASSERT_TRUE(found.contains(wire)) << wire;
    EXPECT_EQ(found[wire], number) << wire;
  }
}

// The state after a restore and some time is that of the chip that just went on: nothing that
// matters is missing from any block's snapshot. `keep_busy` sets blocks to work; `clock` runs at
// `hz` in the end.
inline void expect_same_future_after_restore(const SocDescription& soc,
                                             const std::function<void(PeripheralBench&)>& keep_busy,
                                             std::string_view clock, std::uint64_t hz) {
  for (const std::uint64_t at_us : {2u, 10u, 100u, 5'000u}) {
    ChipBench chip(soc);
    keep_busy(chip.bench);
    chip.bench.run_for(Duration::from_us(at_us));
    ChipBench other(soc);
    other.bench.restore(chip.bench.save());
    EXPECT_THAT(other.bench.differences(chip.bench), ::testing::IsEmpty()) << at_us;
    chip.bench.run_for(Duration::from_ms(60));
    other.bench.run_for(Duration::from_ms(60));
    EXPECT_THAT(other.bench.differences(chip.bench), ::testing::IsEmpty()) << at_us;
    EXPECT_EQ(chip.bench.clocks.signal(clock).hz(), hz);
    for (const auto& [name, signal] : chip.bench.clocks.signals()) {
      EXPECT_EQ(other.bench.clocks.signal(name).hz(), signal->hz()) << name;
    }
  }
}

// Random register traffic neither crashes a model nor makes two equal chips differ.
inline void expect_harmless_traffic(const SocDescription& soc, int accesses) {
  log::set_level(log::Level::kError);
  ChipBench one(soc);
  ChipBench two(soc);
  std::mt19937 engine(20);
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  for (int i = 0; i < accesses; ++i) {
    const auto& entry = one.parts[random() % one.parts.size()].entry;
    const AccessSize size = std::array{AccessSize::kByte, AccessSize::kHalf, AccessSize::kWord,
                                       AccessSize::kWord}[random() % 4];
    const Address offset =
        random() % (entry.size / 4) * 4 + random() % (4 / bytes(size)) * bytes(size);
    const std::uint32_t value = random() & random();
    const auto pause = Duration::from_ns(random() % 20'000);
    const bool store = random() % 2 != 0;
    for (ChipBench* chip : {&one, &two}) {
      if (store) {
        chip->bench.write(entry.base + offset, value, size);
      } else {
        chip->bench.read(entry.base + offset, size);
      }
      chip->bench.run_for(pause);
    }
  }
  EXPECT_THAT(one.bench.differences(two.bench), ::testing::IsEmpty());
  log::set_level(log::Level::kWarning);
}

}  // namespace tinyscope::test
