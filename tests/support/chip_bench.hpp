// Every peripheral of a SoC file on one bench.
#pragma once

#include <vector>

#include "sim/description/soc.hpp"
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

}  // namespace tinyscope::test
