#include "sim/description/soc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "sim/description/soc_checks.hpp"
#include "sim/description/soc_memory.hpp"
#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

// What a Cortex-M core can have: ARMv7-M Architecture Reference Manual (DDI 0403), B3.4 and B3.5.
constexpr std::int64_t kMostInterrupts = 496;
constexpr std::int64_t kMostMpuRegions = 16;
constexpr std::int64_t kFastestHz = 10'000'000'000;

std::int64_t in_range(const TomlTable& table, std::string_view key, std::int64_t value,
                      std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    table.fail(key, fmt::format("expected {} to {}, found {}", low, high, value));
  }
  return value;
}

std::string filled_string(TomlTable& table, std::string_view key) {
  std::string text = table.require_string(key);
  if (text.empty()) table.fail(key, "is empty; expected a text");
  return text;
}

// Names appear on command lines and as "uarte0.uart".
std::string identifier(TomlTable& table, std::string_view key) {
  std::string name = filled_string(table, key);
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (!good) table.fail(key, fmt::format("'{}' may hold letters, digits, '_' and '-' only", name));
  return name;
}

// "r1p1"
void read_revision(TomlTable& core, const std::string& text, CoreDescription& result) {
  const auto digit = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  if (text.size() != 4 || text[0] != 'r' || text[2] != 'p' || !digit(1) || !digit(3)) {
    core.fail("revision", fmt::format("expected one like \"r0p1\", found '{}'", text));
  }
  result.variant = static_cast<unsigned>(text[1] - '0');
  result.patch = static_cast<unsigned>(text[3] - '0');
}

CoreDescription read_core(TomlTable core) {
  CoreDescription result;
  result.type = filled_string(core, "type");
  if (const auto revision = core.string("revision")) read_revision(core, *revision, result);
  result.interrupt_count = static_cast<unsigned>(
      in_range(core, "interrupts", core.require_integer("interrupts"), 1, kMostInterrupts));
  result.priority_bits = static_cast<unsigned>(
      in_range(core, "priority_bits", core.require_integer("priority_bits"), 2, 8));
  result.mpu_regions = static_cast<unsigned>(
      in_range(core, "mpu_regions", core.integer("mpu_regions").value_or(0), 0, kMostMpuRegions));
  result.bit_band = core.boolean("bit_band").value_or(false);
  result.systick_calibration = core.u32("systick_calibration").value_or(0);
  result.systick_reference_hz = static_cast<std::uint64_t>(
      in_range(core, "systick_reference_hz", core.integer("systick_reference_hz").value_or(0), 0,
               kFastestHz));
  result.systick_reference_divider = static_cast<unsigned>(
      in_range(core, "systick_reference_divider",
               core.integer("systick_reference_divider").value_or(0), 0, 1024));
  if (result.systick_reference_hz != 0 && result.systick_reference_divider != 0) {
    core.fail("systick_reference_divider", "excludes systick_reference_hz; remove one");
  }
  return result;
}

MemoryKind read_memory_kind(TomlTable& entry) {
  const std::array<std::string, 3> names = {"flash", "ram", "rom"};
  const std::string kind = entry.require_string("kind");
  if (kind == "flash") return MemoryKind::kFlash;
  if (kind == "ram") return MemoryKind::kRam;
  if (kind == "rom") return MemoryKind::kRom;
  entry.fail("kind", fmt::format("unknown kind '{}'{}", kind, suggest(kind, names)));
}

}  // namespace

MemoryDescription read_memory(TomlTable& entry) {
  constexpr std::uint32_t kPageBytes = 4096;
  MemoryDescription memory;
  memory.name = identifier(entry, "name");
  memory.base = entry.require_u32("base");
  memory.size = entry.require_u32("size");
  if (memory.size == 0) entry.fail("size", "is 0; expected a multiple of 0x1000");
  for (const std::string_view key : {"base", "size"}) {
    if ((key == "base" ? memory.base : memory.size) % kPageBytes != 0) {
      entry.fail(key, "expected a multiple of 0x1000");
    }
  }
  memory.first_read_cycles = static_cast<std::uint16_t>(
      in_range(entry, "first_read_cycles", entry.integer("first_read_cycles").value_or(0), 0, 255));
  memory.alias_of = entry.string("alias_of").value_or("");
  if (memory.alias_of.empty()) {
    if (entry.contains("alias_of")) entry.fail("alias_of", "is empty; expected a memory's name");
    memory.kind = read_memory_kind(entry);
    memory.fill = static_cast<std::uint8_t>(
        in_range(entry, "fill", entry.integer("fill").value_or(0), 0, 255));
    return memory;
  }
  for (const std::string_view key : {"kind", "fill"}) {
    if (entry.contains(key)) entry.fail(key, "belongs to the memory behind the alias; remove it");
  }
  memory.alias_offset = entry.u32("alias_offset").value_or(0);
  if (memory.alias_offset % kPageBytes != 0) {
    entry.fail("alias_offset", "expected a multiple of 0x1000");
  }
  return memory;
}

namespace {

// The number behind `irq = 2` or `irq = { wire = 2 }`; nullopt for "none".
std::optional<unsigned> read_interrupt_number(TomlTable& table, std::string_view key,
                                              unsigned count) {
  if (table.type(key) == TomlType::kString) {
    if (*table.string(key) == "none") return std::nullopt;
    table.fail(key, "expected a number or \"none\"");
  }
  return static_cast<unsigned>(
      in_range(table, key, table.require_integer(key), 0, static_cast<std::int64_t>(count) - 1));
}

std::vector<PeripheralDescription::Interrupt> read_interrupts(TomlTable& entry, unsigned count) {
  std::vector<PeripheralDescription::Interrupt> wires;
  if (!entry.contains("irq")) {
    entry.fail("irq", "is missing; expected a number, \"none\", or { wire = number }");
  }
  if (entry.type("irq") != TomlType::kTable) {
    if (const auto number = read_interrupt_number(entry, "irq", count)) {
      wires.push_back({"irq", *number});
    }
    return wires;
  }
  TomlTable table = *entry.table("irq");
  for (const std::string& wire : table.keys()) {
    if (const auto number = read_interrupt_number(table, wire, count)) {
      wires.push_back({wire, *number});
    }
  }
  return wires;
}

PeripheralDescription read_peripheral(TomlTable& entry, unsigned interrupt_count) {
  PeripheralDescription peripheral;
  peripheral.where = entry.where();
  peripheral.name = identifier(entry, "name");
  peripheral.type = filled_string(entry, "type");
  peripheral.base = entry.require_u32("base");
  peripheral.size = entry.require_u32("size");
  if (peripheral.base % 4 != 0) entry.fail("base", "expected a multiple of 4");
  if (peripheral.size == 0 || peripheral.size % 4 != 0) {
    entry.fail("size", "expected a multiple of 4, at least 4");
  }
  peripheral.interrupts = read_interrupts(entry, interrupt_count);
  peripheral.wires = read_wires(entry);
  peripheral.controls_flash = entry.string("controls_flash").value_or("");
  peripheral.params = entry.table_for_later("params");
  return peripheral;
}

}  // namespace

std::vector<std::string> power_units(const SocDescription& soc) {
  std::vector<std::string> units = {"cpu", "regulator", "hfxo", "lfclk"};
  for (const PeripheralDescription& peripheral : soc.peripherals) units.push_back(peripheral.name);
  return units;
}

SocDescription read_soc(TomlTable document) {
  SocDescription soc;
  soc.name = identifier(document, "name");
  soc.vendor = filled_string(document, "vendor");
  soc.cpu_hz = static_cast<std::uint64_t>(
      in_range(document, "cpu_hz", document.require_integer("cpu_hz"), 1, kFastestHz));
  soc.cpu_clock = document.string("cpu_clock").value_or("");

  auto core = document.table("core");
  if (!core) document.fail("core", "is missing; add a [core] section");
  soc.core = read_core(*core);

  SocChecks checks;
  std::vector<TomlTable> memories = document.tables("memory");
  if (memories.empty()) document.fail("memory", "is missing; add a [[memory]] section");
  for (TomlTable& entry : memories) {
    soc.memories.push_back(read_memory(entry));
    const MemoryDescription& memory = soc.memories.back();
    checks.add_window(entry, memory.name, memory.base, memory.size);
  }
  for (std::size_t i = 0; i < memories.size(); ++i) {
    SocChecks::require_alias_fits(memories[i], soc.memories[i], soc.memories);
  }
  if (auto flash = document.table("flash_read")) {
    soc.flash_read = read_flash_read(*flash);
    SocChecks::require_flash(*flash, "memory", soc.flash_read->memory, soc.memories);
  }
  if (auto l1 = document.table("l1")) {
    soc.l1 = read_l1(*l1);
    for (TomlTable& entry : document.tables("l1_bus")) {
      soc.l1->buses.push_back(read_l1_bus(entry));
    }
  }
  for (TomlTable& entry : document.tables("bridge")) soc.bridges.push_back(read_bridge(entry));
  for (TomlTable& entry : document.tables("peripheral")) {
    soc.peripherals.push_back(read_peripheral(entry, soc.core.interrupt_count));
    const PeripheralDescription& peripheral = soc.peripherals.back();
    checks.add_window(entry, peripheral.name, peripheral.base, peripheral.size);
    checks.add_interrupts(entry, peripheral, entry.boolean("shared_irq").value_or(false));
    checks.add_flash_control(entry, peripheral, soc.memories);
  }
  for (TomlTable& entry : document.tables("unmodelled")) {
    UnmodelledDescription block;
    block.name = identifier(entry, "name");
    block.base = entry.require_u32("base");
    block.size = entry.require_u32("size");
    if (block.size == 0) entry.fail("size", "is 0; expected bytes");
    checks.add_window(entry, block.name, block.base, block.size);
    soc.unmodelled.push_back(std::move(block));
  }
  checks.require_no_overlap();
  require_known_targets(soc.peripherals);

  if (auto power = document.table("power")) soc.power = read_power(*power, power_units(soc));
  if (auto tuning = document.table("tuning")) soc.tuning = read_tuning(*tuning);
  for (TomlTable& entry : document.tables("assumption")) {
    SocDescription::Note note;
    note.topic = filled_string(entry, "topic");
    note.text = filled_string(entry, "text");
    note.source = filled_string(entry, "source");
    soc.assumptions.push_back(std::move(note));
  }
  soc.svd = document.string("svd").value_or("");
  if (soc.svd.empty() && document.contains("svd"))
    document.fail("svd", "is empty; expected a file");
  for (const std::string& file : document.strings("svd_rules")) soc.svd_rules.emplace_back(file);
  if (soc.svd.empty() && !soc.svd_rules.empty()) {
    document.fail("svd_rules", "is about the stubs of an SVD file; add svd = \"FILE\"");
  }
  document.reject_unknown_keys();
  return soc;
}

SocDescription load_soc(const std::filesystem::path& file) {
  TomlTable document = TomlTable::from_file(file);
  SocDescription soc = read_soc(document);
  if (soc.name != file.stem().string()) {
    document.fail("name", fmt::format("expected '{}', the name of the file, found '{}'",
                                      file.stem().string(), soc.name));
  }
  // Files that it names lie beside it.
  if (!soc.svd.empty()) soc.svd = file.parent_path() / soc.svd;
  for (std::filesystem::path& rules : soc.svd_rules) rules = file.parent_path() / rules;
  return soc;
}

}  // namespace tinyscope
