#include "sim/description/soc_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/text.hpp"

namespace tinyscope {
namespace {

// The private peripheral bus: ARMv7-M Architecture Reference Manual (DDI 0403), B3.1.
constexpr Address kCoreFirst = 0xE000'0000;
constexpr Address kCoreLast = 0xE00F'FFFF;
// Its part for the chip's vendor, behind ETM and before the ROM table: DDI 0403, C1.2.
constexpr Address kVendorFirst = 0xE004'2000;
constexpr Address kVendorLast = 0xE00F'EFFF;

std::string range(Address first, Address last) {
  return fmt::format("0x{:08X} to 0x{:08X}", first, last);
}

}  // namespace

void SocChecks::add_window(const TomlTable& entry, const std::string& name, Address base,
                           std::uint32_t size) {
  for (const Window& known : windows_) {
    if (known.name == name) {
      entry.fail("name", fmt::format("'{}' is used already at {}; choose another name", name,
                                     known.entry.where("name")));
    }
  }
  if (size - 1 > 0xFFFF'FFFFu - base) {
    entry.fail("size", fmt::format("0x{:X} bytes at 0x{:08X} reach beyond the 4 GiB address space",
                                   size, base));
  }
  const Address last = base + (size - 1);
  const bool vendor = base >= kVendorFirst && last <= kVendorLast;
  if (base <= kCoreLast && last >= kCoreFirst && !vendor) {
    entry.fail("base", fmt::format("'{}' ({}) overlaps the core's own registers ({})", name,
                                   range(base, last), range(kCoreFirst, kCoreLast)));
  }
  windows_.push_back({entry, name, base, last});
}

void SocChecks::require_no_overlap() {
  std::stable_sort(windows_.begin(), windows_.end(),
                   [](const Window& a, const Window& b) { return a.base < b.base; });
  // Sorted and free of overlap so far, so that only the neighbour below can overlap.
  for (std::size_t i = 1; i < windows_.size(); ++i) {
    const Window& below = windows_[i - 1];
    const Window& above = windows_[i];
    if (above.base > below.last) continue;
    above.entry.fail("base", fmt::format("'{}' ({}) overlaps '{}' ({}) at {}", above.name,
                                         range(above.base, above.last), below.name,
                                         range(below.base, below.last), below.entry.where("base")));
  }
}

void SocChecks::add_interrupts(const TomlTable& entry, const PeripheralDescription& peripheral,
                               bool shared) {
  for (const auto& wire : peripheral.interrupts) {
    const InterruptUser user = {fmt::format("{}.{}", peripheral.name, wire.wire),
                                entry.where("irq"), shared};
    const auto [known, added] = interrupts_.emplace(wire.number, user);
    if (added || (known->second.shared && shared)) continue;
    entry.fail("irq", fmt::format("interrupt {} of {} is used already by {} at {}; if they share "
                                  "the line, write shared_irq = true at both",
                                  wire.number, user.name, known->second.name, known->second.where));
  }
}

void SocChecks::add_flash_control(const TomlTable& entry, const PeripheralDescription& peripheral,
                                  const std::vector<MemoryDescription>& memories) {
  const std::string& flash = peripheral.controls_flash;
  if (!entry.contains("controls_flash")) return;
  require_flash(entry, "controls_flash", flash, memories);
  const auto [owner, added] = flash_controllers_.emplace(flash, peripheral.name);
  if (!added) {
    entry.fail("controls_flash",
               fmt::format("'{}' is controlled by '{}' already; remove one", flash, owner->second));
  }
}

void SocChecks::require_flash(const TomlTable& entry, std::string_view key,
                              const std::string& flash,
                              const std::vector<MemoryDescription>& memories) {
  std::vector<std::string> known;
  for (const MemoryDescription& memory : memories) {
    if (memory.kind == MemoryKind::kFlash && memory.alias_of.empty()) known.push_back(memory.name);
  }
  if (std::find(known.begin(), known.end(), flash) != known.end()) return;
  entry.fail(key, fmt::format("'{}' is no flash{}", flash, suggest(flash, known)));
}

void SocChecks::require_alias_fits(const TomlTable& entry, const MemoryDescription& memory,
                                   const std::vector<MemoryDescription>& memories) {
  if (memory.alias_of.empty()) return;
  std::vector<std::string> known;
  for (const MemoryDescription& other : memories) {
    if (!other.alias_of.empty()) continue;
    known.push_back(other.name);
    if (other.name != memory.alias_of) continue;
    if (memory.alias_offset > other.size || memory.size > other.size - memory.alias_offset) {
      entry.fail("size", fmt::format("0x{:X} bytes from offset 0x{:X} do not fit '{}' of 0x{:X} "
                                     "bytes",
                                     memory.size, memory.alias_offset, other.name, other.size));
    }
    return;
  }
  entry.fail("alias_of",
             fmt::format("'{}' is no memory{}", memory.alias_of, suggest(memory.alias_of, known)));
}

}  // namespace tinyscope
