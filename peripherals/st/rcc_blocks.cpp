#include "peripherals/st/rcc_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "peripherals/st/rcc_lines.hpp"

namespace tinyscope::st {
namespace {

std::string register_name(std::string_view group, std::string_view kind) {
  std::string name(group);
  return name.replace(name.find('%'), 1, kind);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

RccBlocks::RccBlocks(PeripheralContext& context, RegisterFile& registers,
                     std::span<const Group> groups, std::string_view sleep)
    : name_(context.name), notes_(context.notes) {
  for (const Group& group : groups) define(context, registers, group, sleep);
}

// Every block is clocked in Sleep mode unless switched off there.
void RccBlocks::define(PeripheralContext& context, RegisterFile& registers, const Group& group,
                       std::string_view sleep_bit) {
  Register& reset = registers.add(group.reset, register_name(group.name, "RSTR"));
  Register& enable =
      registers.add(group.enable, register_name(group.name, "ENR")).reset(group.enabled_at_reset);
  Register& sleep =
      registers.add(group.sleep, register_name(group.name, fmt::format("{}R", sleep_bit)));
  std::uint32_t clocked_in_sleep = 0;
  for (const Block& block : group.blocks) {
    const std::uint32_t mask = std::uint32_t{1} << block.bit;
    if ((block.kinds & kReset) != 0) {
      reset.flag(block.bit, fmt::format("{}RST", block.name));
      Wire& line = context.events.line(block_reset_line(lower(block.name)));
      reset_lines_.push_back({&reset, mask, &line});
    }
    if ((block.kinds & kEnable) != 0) enable.flag(block.bit, fmt::format("{}EN", block.name));
    if ((block.kinds & kSleep) != 0) {
      sleep.flag(block.bit, fmt::format("{}{}", block.name, sleep_bit));
      clocked_in_sleep |= mask;
    }
  }
  sleep.reset(clocked_in_sleep);
  reset.on_write([this, &reset, at = group.reset](std::uint32_t) {
    report(reset, at);
    drive_reset_lines();
  });
}

void RccBlocks::report(const Register& control, Address offset) const {
  for (const ResetLine& reset : reset_lines_) {
    if (reset.control != &control || (control.value() & reset.mask) == 0) continue;
    if (reset.line->connected()) continue;
    notes_.unmodelled(
        name_, fmt::format("{} bit 0x{:X}: the block is not reset", control.name(), reset.mask),
        offset, true, control.value());
  }
}

void RccBlocks::drive_reset_lines() {
  for (const ResetLine& reset : reset_lines_) {
    reset.line->set((reset.control->value() & reset.mask) != 0);
  }
}

void RccBlocks::snapshot(StateArchive& archive) {
  for (ResetLine& reset : reset_lines_) reset.line->snapshot(archive);
}

}  // namespace tinyscope::st
