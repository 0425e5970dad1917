// Which hardware an image needs on a board, what of it is modelled, and what stopped the run: from
// a bounded run and from the code.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/inspect/hardware_use.hpp"
#include "sim/cli/session.hpp"
#include "sim/image/image.hpp"
#include "sim/image/source_frames.hpp"

namespace tinyscope {

enum class HardwareStatus {
  kModelled,
  kStub,        // made from an SVD file
  kUnmodelled,  // known by name only: reads give 0
  kMissing,     // nothing answers: a bus fault
};
std::string_view name_of(HardwareStatus status);  // "modelled", "stub", "not modelled", "missing"

struct RegisterRow {
  std::string name;
  Address address = 0;
  HardwareStatus status = HardwareStatus::kModelled;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint32_t last_value = 0;
  std::string fields;    // that are not 0 in it; empty: not known
  bool in_code = false;  // its address stands in the code
  Address pc = 0;        // of the first access, or where its address stands; 0: DMA
  SourceFrame place;
};

struct PeripheralRow {
  std::string name;
  std::string model;  // the peripheral of the chip's description that answers; empty: none
  Address base = 0;
  HardwareStatus status = HardwareStatus::kModelled;  // the worst of its registers'
  std::vector<RegisterRow> registers;
};

// A register that firmware waited for in vain, for a while.
struct WaitRow {
  Poll poll;
  std::string reg;   // "RCC.CR"
  std::string bits;  // "PLLRDY"; empty: not known
  std::uint32_t mask = 0;
  SourceFrame place;
  bool to_the_end = false;  // of the run

  // "RCC.CR.PLLRDY", or "rcc+0x000 bit 25" where no names are known.
  std::string name() const;
};

struct HardwareReport {
  TimePoint end{};
  std::uint64_t cycles = 0;
  std::string stopped;                     // why the run ended
  std::vector<std::string> findings;       // what kept it from going on, in words
  std::string printed;                     // on its console
  std::vector<PeripheralRow> peripherals;  // by base address
  std::vector<WaitRow> waits;              // longest first
};

// Runs `session` to its end. `printed` holds what its console has printed then.
HardwareReport inspect_hardware(Session& session, const FirmwareImage& image,
                                const std::ostringstream& printed);

void write_hardware(const HardwareReport& report, std::ostream& out);
nlohmann::ordered_json hardware_json(const HardwareReport& report);

}  // namespace tinyscope
