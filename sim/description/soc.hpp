// A chip as data: memories, peripherals with their wiring, interrupt lines, clock and currents.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/description/power.hpp"
#include "sim/description/soc_bus.hpp"
#include "sim/description/soc_l1.hpp"
#include "sim/description/soc_wires.hpp"
#include "sim/description/toml.hpp"
#include "sim/description/tuning.hpp"
#include "sim/memory.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct MemoryDescription {
  std::string name;
  MemoryKind kind = MemoryKind::kRam;
  Address base = 0;
  std::uint32_t size = 0;
  std::uint8_t fill = 0;  // content after power-on
  std::string alias_of;   // not empty: shows this memory at another address
  std::uint32_t alias_offset = 0;
  // Cycles a core waits more for a read that does not directly follow another access to it.
  std::uint16_t first_read_cycles = 0;
};

struct PeripheralDescription {
  std::string name;
  std::string type;  // name in the registry
  Address base = 0;
  std::uint32_t size = 0;
  // Wire of the peripheral -> interrupt number of the chip (0 = IRQ 0).
  struct Interrupt {
    std::string wire;
    unsigned number = 0;
  };
  std::vector<Interrupt> interrupts;
  std::vector<WireDescription> wires;  // to other peripherals
  std::string controls_flash;          // memory whose writes this peripheral decides about
  std::optional<TomlTable> params;
  std::string where;  // "file:line", for messages
};

// A block that exists on the chip and is not modelled: reads give 0, accesses are reported.
struct UnmodelledDescription {
  std::string name;
  Address base = 0;
  std::uint32_t size = 0;
};

struct CoreDescription {
  std::string type;      // one of core_type.hpp
  unsigned variant = 0;  // of its revision "r0p1"
  unsigned patch = 1;
  unsigned priority_bits = 0;    // of the NVIC
  unsigned interrupt_count = 0;  // external interrupts
  unsigned mpu_regions = 0;
  bool bit_band = false;
  std::uint32_t systick_calibration = 0;
  // 0 and 0: SysTick has no reference clock.
  std::uint64_t systick_reference_hz = 0;  // one of its own, or
  unsigned systick_reference_divider = 0;  // the core's divided by this
};

struct SocDescription {
  std::string name;
  std::string vendor;
  CoreDescription core;
  std::uint64_t cpu_hz = 0;  // at reset
  std::string cpu_clock;     // clock signal that the core follows; empty: it never changes
  std::vector<MemoryDescription> memories;
  std::optional<FlashReadDescription> flash_read;  // without: flash answers without waits
  std::optional<L1Description> l1;                 // of a Cortex-M7
  std::vector<BridgeDescription> bridges;
  std::vector<PeripheralDescription> peripherals;
  std::vector<UnmodelledDescription> unmodelled;
  // Describes every register of the chip: what the above does not model becomes a stub. Empty:
  // nobody does, and an access to nothing is a bus fault.
  std::filesystem::path svd;
  std::vector<std::filesystem::path> svd_rules;  // what those stubs do beside holding values
  PowerDescription power;
  std::optional<TuningDescription> tuning;
  struct Note {
    std::string topic, text, source;
  };
  std::vector<Note> assumptions;  // stated in every report
};

// The format is described in sim/socs/README.md. Throws InputError with file:line: key for unknown
// keys, overlapping windows, interrupts that are out of range or shared without `shared_irq`, and
// peripherals with `irq` left out. Types of peripherals are checked by require_known_types().
SocDescription load_soc(const std::filesystem::path& file);
// The same from a document that was read already.
SocDescription read_soc(TomlTable document);

// The units whose states models of this chip report through PowerTracker: its peripherals by name,
// and the parts that no single peripheral is, such as "cpu" and "regulator".
std::vector<std::string> power_units(const SocDescription& soc);

}  // namespace tinyscope
