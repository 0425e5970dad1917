// The result of a profiled run as plain data. Exporters turn it into tables and files.
//
// Invariants, checked when the report is made: for each row, cycles == stalls.total();
// sum of layers + interrupts + unattributed == total_cycles, over the whole run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/listener.hpp"
#include "sim/run_notes.hpp"

namespace tinyscope {

inline constexpr int kReportSchemaVersion = 1;

// An estimate with the bounds that follow from the uncertainties of its inputs.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

struct LayerRow {
  unsigned index = 0;             // position within the inference
  std::string op;                 // "CONV_2D"; from the model, or from the rule
  std::string name;               // tensor or operator name from the model; may be empty
  std::string kernel;             // function below the operator that took the most cycles
  std::vector<int> output_shape;  // empty: not known
  std::optional<std::uint64_t> macs;
  std::uint64_t cycles = 0;
  StallCycles stalls;  // by cause, issue included
  std::uint64_t instructions = 0;
  std::uint32_t stack_peak_bytes = 0;  // below the top of the stack in use
  Estimate energy_uj;
};

struct InferenceRow {
  unsigned index = 0;
  std::string model;          // description from the model, or the rule's name
  std::string function;       // the invoke function that was seen
  std::string rules;          // name of the rule file that recognised it
  bool complete = true;       // false: the run stopped or was reset in its middle
  Address model_address = 0;  // of the flatbuffer; 0: none was found
  std::uint64_t start_cycle = 0;
  std::uint64_t cycles = 0;            // layers and the invoke function's own; interrupts excluded
  std::uint64_t own_cycles = 0;        // of that, outside any layer
  std::uint64_t interrupt_cycles = 0;  // spent in handlers while it ran
  std::uint64_t elapsed_cycles = 0;    // from its begin to its end, whatever ran meanwhile
  StallCycles stalls;                  // of `cycles`
  std::uint64_t instructions = 0;
  std::uint32_t stack_peak_bytes = 0;
  Estimate energy_uj;
  std::vector<LayerRow> layers;
};

struct InterruptRow {
  unsigned number = 0;  // exception number, 16 = IRQ 0
  std::string name;     // handler function, or "IRQ 29"
  std::uint64_t count = 0;
  // Handler, entry and return. Handlers that interrupt it have rows of their own, and inferences
  // that it runs are theirs.
  std::uint64_t cycles = 0;
  StallCycles stalls;
  std::uint64_t instructions = 0;
  Estimate energy_uj;
};

// Own cycles of a function over the whole run, callees excluded.
struct FunctionRow {
  std::string name;
  Address address = 0;
  std::uint64_t cycles = 0;
};

// A thread of an RTOS.
struct ThreadRow {
  std::string name;
  bool idle = false;               // a thread that only waits
  std::uint64_t cycles = 0;        // those asleep included, handlers that interrupt it excluded
  std::uint64_t sleep_cycles = 0;  // of that
  std::uint64_t starts = 0;        // times it began to run after another
  std::uint32_t stack_bytes = 0;   // size of its stack; 0: not known
  // Deepest use of that, frames of exceptions included; more than stack_bytes: it overflowed.
  std::uint32_t stack_peak_bytes = 0;
};

// Cycles of all threads and of handlers sum up to the run's.
struct ThreadReport {
  std::string rtos;  // name of the rules that know it; empty: none was found
  std::uint64_t handler_cycles = 0;
  std::vector<ThreadRow> threads;  // most cycles first
};

struct MemoryReport {
  std::uint32_t flash_bytes = 0;  // of the image
  std::uint32_t flash_total_bytes = 0;
  std::uint32_t static_ram_bytes = 0;  // .data and .bss and the like
  std::uint32_t stack_peak_bytes = 0;  // deepest use of the main stack
  std::uint32_t arena_bytes = 0;       // size of the tensor arena symbol; 0: not found
  std::string arena_symbol;
  std::uint32_t ram_total_bytes = 0;
};

struct EnergyPart {
  std::string unit;  // "cpu", "uarte0", …
  std::string state;
  std::string condition;  // "regulator=dcdc"; may be empty
  double seconds = 0;
  Estimate uj;
  std::string source;
};

struct EnergyReport {
  Estimate total_uj;
  std::optional<Estimate> per_inference_uj;  // mean over the inferences
  double supply_volts = 0;
  std::vector<EnergyPart> parts;
};

struct ProfileReport {
  struct Firmware {
    std::string path;  // file name only, so that reports do not depend on the folder
    std::string format;
    std::string sha256;
  } firmware;
  std::string board;
  std::string soc;
  std::uint64_t clock_hz = 0;
  std::uint64_t total_cycles = 0;
  std::uint64_t sleep_cycles = 0;  // of the total
  double simulated_seconds = 0;
  std::uint64_t instructions = 0;
  StallCycles stalls;  // of the whole run
  std::vector<InferenceRow> inferences;
  std::vector<InterruptRow> interrupts;
  std::uint64_t interrupt_cycles = 0;
  std::uint64_t unattributed_cycles = 0;  // outside inferences' layers and handlers; sleep included
  StallCycles unattributed_stalls;
  std::vector<FunctionRow> functions;  // the hottest ones, most cycles first
  std::string no_inference;            // what to do if none was found; empty otherwise
  ThreadReport threads;
  MemoryReport memory;
  EnergyReport energy;
  std::vector<Assumption> assumptions;
  std::vector<UnmodelledAccess> unmodelled;
  std::string stop_reason;  // "until uart:RESULT", "limit time 2 s", "semihosting exit 0", …
  int exit_code = 0;        // of the firmware where it gave one
  struct Host {             // the only part that may differ between two runs
    double seconds = 0;
    double mips = 0;
    double real_time_factor = 0;  // simulated seconds per host second
    std::string tinyscope_version;
  } host;
};

}  // namespace tinyscope
