#include "sim/description/boot.hpp"

#include <fmt/format.h>

namespace tinyscope {

BootDescription read_boot(TomlTable& table) {
  constexpr Address kVectorTableAlignment = 0x80;
  BootDescription boot;
  boot.application = table.require_u32("application");
  if (boot.application % kVectorTableAlignment != 0) {
    table.fail("application", fmt::format("expected the address of a vector table, a multiple of "
                                          "0x80, found 0x{:08X}",
                                          boot.application));
  }
  boot.source = table.require_string("source");
  if (boot.source.empty()) table.fail("source", "is empty; say how the state is known");
  for (TomlTable& entry : table.tables("leaves")) {
    BootDescription::Step step;
    step.where = entry.where();
    if (entry.contains("pulse")) {
      step.pulse = entry.require_string("pulse");
      const std::size_t dot = step.pulse.find('.');
      if (dot == 0 || dot == std::string::npos || dot + 1 == step.pulse.size()) {
        entry.fail("pulse", fmt::format("expected \"peripheral.wire\", found \"{}\"", step.pulse));
      }
    } else {
      step.address = entry.require_u32("address");
      step.value = entry.require_u32("value");
      if (step.address % 4 != 0) {
        entry.fail("address", fmt::format("expected the address of a word, a multiple of 4, found "
                                          "0x{:08X}",
                                          step.address));
      }
    }
    boot.steps.push_back(std::move(step));
  }
  return boot;
}

}  // namespace tinyscope
