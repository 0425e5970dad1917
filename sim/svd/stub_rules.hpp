// What stubs do beside holding values: the few things that start-up code waits for, as rules in
// TOML. The whole language is in sim/svd/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/description/toml.hpp"
#include "sim/svd/svd.hpp"
#include "sim/time.hpp"

namespace tinyscope {

struct StubRule {
  enum class Kind : std::uint8_t {
    kFollows,  // reads as `source` does, `delay` later
    kReads,    // always reads as `value`
    kCounts,   // counts at `hz`; 0: with the clock of the core
    kClears,   // reads 0 again `delay` after a write has set it
    kWrites,   // written bits do what `write` says, whatever the SVD file says
  };
  Kind kind = Kind::kReads;
  std::string target;  // pattern, "USART*.ISR.TEACK"
  std::string source;  // "CR1.TE" of the same peripheral, "PLLON" of the same register
  std::uint32_t value = 0;
  std::uint64_t hz = 0;
  Duration delay{};
  SvdWrite write = SvdWrite::kModify;
  std::string where;      // "FILE:LINE: [follows] NAME", for messages
  bool may_miss = false;  // it is for a family: not every chip has what it names
};

struct StubRules {
  std::string file;
  std::vector<std::string> devices;  // patterns of the names of chips; empty: for any
  std::vector<StubRule> rules;
};

// Throws InputError with file:line: key.
StubRules read_stub_rules(TomlTable document, std::string file);
StubRules load_stub_rules(const std::filesystem::path& file);
// Those of the files in sim/socs/rules that are for this device.
std::vector<StubRules> shipped_stub_rules(std::string_view device);

// Bits of a register that a name stands for.
struct SvdPlace {
  const SvdPeripheral* peripheral = nullptr;
  const SvdRegister* reg = nullptr;
  std::uint32_t mask = 0;  // in the register
  unsigned lsb = 0;

  Address address() const { return peripheral->base + reg->offset; }
};

// Everything that "TIM*.CNT", "RCC.CR.PLLON", "RCC.CR[25]" or "RCC.CFGR[3:2]" names. Letters count
// alike in either case; `*` and `?` as in glob.hpp.
std::vector<SvdPlace> find_places(const SvdDevice& device, std::string_view pattern);
// The same within one peripheral: "CR.PLLON".
std::vector<SvdPlace> find_places(const SvdPeripheral& peripheral, std::string_view pattern);

}  // namespace tinyscope
