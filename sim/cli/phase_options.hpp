// --phase: what marks the phases of firmware that nobody has changed.
//
//   NAME=FUNCTION   while the function runs, with all that it calls outside of inferences
//   NAME=OBJECT     from a store to the object, or to a word of RAM given by its address, on
//   NAME=itm:PORT   from a write to a stimulus port of the ITM on
//   NAME=dwt:N      from a read of DWT's CYCCNT by the N-th place in the code that reads it,
//   counted
//                   as they first run, to the next read of it; dwt alone is dwt:1
//   NAME=pin:PIN    while a pin of the board is high
//
// All but functions are markers: the phase of the last one goes on until another marker, and NAME
// "other" ends it. A marker takes effect with the basic block in which it happens.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "profiler/profiler.hpp"
#include "sim/cli/machine.hpp"

namespace tinyscope {

class PhaseOptions {
 public:
  // Throws InputError where one is written wrongly or names what the firmware or board has not.
  PhaseOptions(const std::vector<std::string>& options, const SymbolTable& symbols,
               Machine& machine);
  PhaseOptions(const PhaseOptions&) = delete;
  PhaseOptions& operator=(const PhaseOptions&) = delete;

  // Those that functions mark, to be put before other rules.
  const LayerRules& rules() const { return rules_; }
  // Arms the markers; this object must then outlive the run, and so must `profiler`.
  void follow(Profiler& profiler);

 private:
  struct Marker {
    enum class Kind { kStore, kItm, kCycleRead, kPin } kind = Kind::kStore;
    std::string name;
    Address address = 0;  // of the object
    std::uint32_t size = 0;
    unsigned number = 0;  // port, or N
    PadPort* pad = nullptr;
    std::uint32_t phase = 0;
  };

  void parse(const std::string& text, const SymbolTable& symbols);
  void parse_symbol(const std::string& name, const std::string& symbol, const std::string& what,
                    const SymbolTable& symbols);
  void begin(const Marker& marker);
  void end(const Marker& marker);
  void cycle_read(Address pc);

  Machine& machine_;
  LayerRules rules_;
  std::vector<Marker> markers_;
  Profiler* profiler_ = nullptr;
  const Marker* current_ = nullptr;
  // Number of each place that read CYCCNT: the instruction, and where its function was called.
  std::map<std::pair<Address, Address>, unsigned> cycle_reads_;
};

}  // namespace tinyscope
