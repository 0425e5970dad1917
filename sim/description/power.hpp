// What a chip and its board draw, as data. The format is described in sim/socs/README.md.
//
// Power while a state lasts is a current (CurrentDescription); what one event takes is a charge
// (ActivityDescription, WakeUpDescription). Both hold at a supply voltage and, behind a regulator,
// follow the supply as the regulator has it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/description/toml.hpp"

namespace tinyscope {

// What a current does when the supply voltage is another than the one it was measured at.
enum class Regulator : std::uint8_t {
  kLinear,     // LDO, or none: the current stays, power follows the supply
  kSwitching,  // DC/DC, SMPS: the power stays, efficiency taken as constant
};

// Current drawn while a unit is in a state, see PowerTracker.
struct CurrentDescription {
  std::string unit;
  std::string state;
  std::string when;        // optional condition "unit=state", for example "regulator=dcdc"
  double microamps = 0;    // typical, at `volts`
  double uncertainty = 0;  // relative, 0.2 = ±20 %
  std::string source;      // document, or "estimate"
  // Drawn beside `microamps`, for each megahertz of the CPU clock.
  double microamps_per_mhz = 0;
  std::string code = {};  // of unit "cpu" only: "ram" while code runs from there; empty: any
  Regulator regulator = Regulator::kLinear;
  double volts = 0;   // at which the current holds; 0: that of the section
  bool free = false;  // `energy calibrate` may change it
};

// Events of the core that take a charge of their own, on top of the current.
enum class ActivityEvent : std::uint8_t {
  kInstruction,  // retired
  kLoad,         // data accesses, one for each word of LDM and the like
  kStore,
  kMultiply,   // integer and DSP multiplies, dual ones as one
  kFloat,      // floating-point arithmetic
  kFlashRead,  // reads of the flash array, for code, data or ahead
};
inline constexpr std::size_t kActivityEventCount = 6;
std::string_view name_of(ActivityEvent event);  // "instruction", "load", …

struct ActivityDescription {
  ActivityEvent event = ActivityEvent::kInstruction;
  std::string when;         // as for a current
  double picocoulombs = 0;  // for each event, at `volts`
  double uncertainty = 0;
  std::string source;
  Regulator regulator = Regulator::kLinear;
  double volts = 0;
  bool free = false;
};

// What it takes to come back from a low-power state, beside the current of running.
struct WakeUpDescription {
  std::string state;  // of unit "cpu" that is left
  double nanocoulombs = 0;
  double uncertainty = 0;
  std::string source;
  Regulator regulator = Regulator::kLinear;
  double volts = 0;
};

struct PowerDescription {
  double supply_volts = 0;  // in force
  std::string supply_source;
  std::vector<CurrentDescription> currents;
  std::vector<ActivityDescription> activities = {};
  std::vector<WakeUpDescription> wake_ups = {};
  double measured_volts = 0;  // of entries that name no voltage; 0: supply_volts
};

// Reads a [power] section. Throws InputError for units that are not in `known_units`.
PowerDescription read_power(TomlTable power, std::span<const std::string> known_units);

// Reads [[KEY]] entries of currents of `table`, as in the power section of a chip. Throws
// InputError for units that are not in `known_units`.
std::vector<CurrentDescription> read_currents(TomlTable& table, std::string_view key,
                                              std::span<const std::string> known_units);

// Reads a file with sections [[current]], [[activity]] and [[wake_up]] as in [power]; each replaces
// the entry of the same unit, state and conditions of chip or board, or is added to the chip's.
// `energy calibrate` writes such files.
void override_power(TomlTable document, PowerDescription& power,
                    std::vector<CurrentDescription>& board_currents,
                    std::span<const std::string> known_units);

}  // namespace tinyscope
