// The result of a profiled run as plain data. Exporters turn it into tables and files.
//
// Invariants, checked when the report is made: for each row, cycles == stalls.total();
// sum of layers + interrupts + unattributed == total_cycles, over the whole run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/image/source_frames.hpp"
#include "sim/listener.hpp"
#include "sim/run_notes.hpp"

namespace tinyscope {

inline constexpr int kReportSchemaVersion = 2;

// An estimate with the bounds that follow from the uncertainties of its inputs.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

// Of one quantity over several inferences; deviation is that of the population.
struct Statistics {
  double mean = 0;
  double min = 0;
  double max = 0;
  double deviation = 0;
};

// --- memory traffic
// -------------------------------------------------------------------------------

// Data accesses to one memory or group of peripherals. Only where --traffic asked for it.
struct TrafficRow {
  std::string region;       // "flash", "sram1", "peripherals"
  std::uint64_t reads = 0;  // accesses of the core, one for each word of LDM and the like
  std::uint64_t writes = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t working_set_bytes = 0;  // distinct bytes touched
};

// What one cache answered.
struct CacheRow {
  std::string name;  // "flash instruction cache"
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

// --- inferences
// -----------------------------------------------------------------------------------

// How the kernel of a layer computes, as its name and its code tell.
enum class KernelKind : std::uint8_t { kUnknown, kReference, kOptimised, kFloat };
std::string_view name_of(KernelKind kind);  // "unknown", "reference", "optimised", "float"

struct LayerRow {
  unsigned index = 0;  // position within the inference
  std::string op;      // "CONV_2D"; from the model, or from the rule
  std::string name;    // tensor or operator name from the model; may be empty
  std::string kernel;  // function below the operator that took the most cycles
  KernelKind kernel_kind = KernelKind::kUnknown;
  std::vector<int> output_shape;  // empty: not known
  std::optional<std::uint64_t> macs;
  // MACs per cycle reached, in percent of the roof (see Roof); nothing where either is not known.
  std::optional<double> roof_percent;
  std::uint64_t weight_bytes = 0;  // constant operands of the operator, biases included
  // Why it is slow, or what was particular: "depth multiplier 8 takes the reference kernel".
  std::vector<std::string> notes;
  std::uint64_t cycles = 0;
  StallCycles stalls;  // by cause, issue included
  std::uint64_t instructions = 0;
  std::uint32_t stack_peak_bytes = 0;  // below the top of the stack in use
  std::uint32_t arena_live_bytes = 0;  // tensors alive while it runs, from the model; 0: not known
  std::uint64_t heap_peak_bytes = 0;   // live on the heap while it ran, at most
  std::vector<TrafficRow> traffic;     // empty: not asked for
  std::vector<CacheRow> caches;        // empty: the chip has none
  Estimate energy_uj;
  std::uint64_t start_ns = 0;  // simulated time at which it began, and ended
  std::uint64_t end_ns = 0;
};

struct InferenceRow {
  unsigned index = 0;
  std::string model;          // description from the model, or the rule's name
  std::string function;       // the invoke function that was seen
  std::string rules;          // name of the rule file that recognised it
  bool complete = true;       // false: the run stopped or was reset in its middle
  bool warm_up = false;       // not part of the steady state
  Address model_address = 0;  // of the flatbuffer; 0: none was found
  std::uint64_t start_cycle = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
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

// Inferences of one model (same invoke function, same operators) over the run.
struct InferenceGroup {
  std::string model;
  std::string function;
  std::vector<unsigned> inferences;  // InferenceRow::index of all of them
  unsigned warm_up = 0;              // of these, complete but left out below
  unsigned steady = 0;               // complete ones that the statistics are of
  Statistics cycles;                 // of the steady ones
  Statistics milliseconds;           // elapsed time, interrupts included
  Statistics energy_uj;
  std::vector<Statistics> layer_cycles;  // by layer index
};

// The best rate of multiply-accumulates that core and kernels could reach, and where it is from.
struct Roof {
  double macs_per_cycle = 0;  // 0: none is known
  std::string text;           // "one SMLAD an issue cycle, two int16 products each: …"
};

// --- interrupts, phases, functions
// ----------------------------------------------------------------

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

// What firmware was doing, seen from the application. Cycles of all phases sum up to the total.
struct PhaseRow {
  std::string name;  // "inference", "feature extraction", "sleep", "interrupts", "other", …
  std::uint64_t count = 0;  // times it was entered; of "other" 0
  std::uint64_t cycles = 0;
  StallCycles stalls;
  std::uint64_t instructions = 0;
  Estimate energy_uj;
};

// A function over the whole run. Own cycles of all functions and of exception entries and returns
// sum up to the total.
struct FunctionRow {
  std::string name;
  Address address = 0;
  std::string file;  // of its first instruction; empty: not known
  int line = 0;
  std::uint64_t calls = 0;
  std::uint64_t cycles = 0;            // of its own, callees excluded
  std::uint64_t inclusive_cycles = 0;  // callees included, recursion counted once
  StallCycles stalls;                  // of `cycles`
  std::uint64_t instructions = 0;      // of its own
};

// A node of the call tree: a function called from one place of its caller.
struct CallNode {
  std::int32_t parent = -1;    // index in the tree, always smaller than the node's own; -1: a root
  std::uint32_t function = 0;  // index in ProfileReport::functions
  Address call_site = 0;       // of the call instruction; 0 for roots and tail calls
  unsigned exception = 0;      // of a root: number of the exception that it handles, 0: thread mode
  std::int32_t layer = -1;     // LayerRow::index of the layer that begins with it; -1: none
  std::uint64_t calls = 0;
  std::uint64_t cycles = 0;        // own
  std::uint64_t sleep_cycles = 0;  // of `cycles`
  std::uint64_t instructions = 0;  // own
};

// Where instructions come from: the function whose code they are in, and the function of the source
// that they were written in with those it was inlined into, innermost first; the last one is the
// function itself. Never empty.
struct CodeLocation {
  Address function = 0;  // its first instruction
  std::vector<SourceFrame> frames;
  friend auto operator<=>(const CodeLocation&, const CodeLocation&) = default;
};

// One instruction that ran.
struct InsnRow {
  Address address = 0;
  std::uint32_t location = 0;  // index in ProfileReport::locations
  std::uint64_t count = 0;     // times it retired
  StallCycles stalls;          // total() is what it took
};

// One source line, or one per function it was inlined into.
struct LineRow {
  std::string file;  // empty: not known, and one row for all of the function
  int line = 0;
  std::string function;     // as in the source: the inlined one where there is one
  std::uint64_t count = 0;  // instructions retired
  std::uint64_t cycles = 0;
  StallCycles stalls;
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

// --- memory
// ---------------------------------------------------------------------------------------

struct StackRow {
  std::string name;  // "main", or the thread's
  Address top = 0;
  std::uint32_t size_bytes = 0;  // room it has; 0: not known
  std::string size_source;       // how the room is known: "__StackLimit", "rtx5"; empty: not known
  std::uint32_t peak_bytes = 0;  // interrupts on top included
  std::uint64_t peak_ns = 0;
  std::vector<std::string>
      path;               // functions at the peak, outermost first; handlers after "<IRQ 3>"
  bool overflow = false;  // below its room
};

// Where memory was allocated: the innermost function outside of the allocator.
struct HeapSite {
  std::string function;
  std::string file;
  int line = 0;
  std::uint64_t allocations = 0;
  std::uint64_t bytes = 0;            // asked for, in all
  std::uint64_t peak_live_bytes = 0;  // at its own worst moment
  std::uint64_t live_bytes = 0;       // at the end of the run
};

struct HeapReport {
  std::string
      allocator;  // function that was watched: "malloc", "pvPortMalloc"; empty: none is in use
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t failures = 0;  // answered with a null pointer
  std::uint64_t live_bytes = 0;
  std::uint64_t peak_bytes = 0;  // live, as asked for
  std::uint64_t peak_ns = 0;
  std::uint64_t reserved_bytes =
      0;  // taken from the system by sbrk or a heap array, at most; 0: unknown
  std::uint64_t room_bytes = 0;  // what there is to take; 0: unknown
  std::vector<HeapSite> sites;   // largest peak first
};

// A tensor in the arena.
struct ArenaTensor {
  std::string name;
  std::uint32_t bytes = 0;
  std::int32_t offset = -1;  // within the arena; -1: not known
  int first_layer = 0;       // alive from this layer on
  int last_layer = 0;        // to this one
};

struct ArenaReport {
  std::string symbol;  // empty: no arena was found
  Address address = 0;
  std::uint32_t bytes = 0;              // its size
  std::uint32_t used_bytes = 0;         // bytes of it that have been in use, small gaps included
  std::string used_source;              // how that is known
  std::uint32_t suggested_bytes = 0;    // with room for alignment; 0: nothing can be said
  std::uint32_t tensor_peak_bytes = 0;  // most that tensors alive at once need, from the model
  unsigned peak_layer = 0;              // where that is
  std::vector<ArenaTensor> tensors;
};

// A section or symbol of the image.
struct ImagePart {
  std::string name;
  std::string kind;  // "section", "function", "object", "model weights"
  Address address = 0;
  std::uint32_t flash_bytes = 0;
  std::uint32_t ram_bytes = 0;
};

struct MemoryReport {
  std::uint32_t flash_bytes = 0;  // of the image
  std::uint32_t flash_total_bytes = 0;
  std::uint32_t static_ram_bytes = 0;  // .data and .bss and the like
  std::uint32_t stack_peak_bytes = 0;  // deepest use of the main stack
  std::uint32_t arena_bytes = 0;       // size of the tensor arena symbol; 0: not found
  std::string arena_symbol;
  std::uint32_t ram_total_bytes = 0;
  // The one peak: static data + the most that main stack and heap took at the same moment. Thread
  // stacks and arenas are static data, or on the heap.
  std::uint64_t ram_peak_bytes = 0;
  std::uint64_t ram_peak_ns = 0;
  std::vector<StackRow> stacks;
  HeapReport heap;
  ArenaReport arena;
  std::vector<ImagePart> sections;    // by address
  std::vector<ImagePart> symbols;     // largest first
  std::vector<TrafficRow> traffic;    // of the whole run; empty: not asked for
  std::vector<CacheRow> caches;       // of the whole run
  std::vector<std::string> findings;  // stack overflow, heap exhausted, uninitialised reads
};

// --- energy
// ---------------------------------------------------------------------------------------

struct EnergyPart {
  std::string unit;  // "cpu", "uarte0", …
  std::string state;
  std::string condition;  // "regulator=dcdc"; may be empty
  double seconds = 0;
  std::uint64_t events = 0;  // of a charge for each event; its seconds are 0
  Estimate uj;
  std::string source;
};

// How long a battery lasts when the run's mean inference is repeated.
struct BatteryReport {
  std::string battery;  // "cr2032"
  double capacity_mah = 0;
  std::string capacity_source;
  double period_seconds = 0;
  double active_seconds = 0;  // of each period
  std::string sleep_state;    // in which the rest is spent, and why that one
  Estimate active_uj;         // in each period
  Estimate sleep_uj;
  double sleep_percent = 0;  // share of sleep in the energy
  Estimate life_hours;
};

struct EnergyReport {
  Estimate total_uj;
  std::optional<Estimate> per_inference_uj;  // mean over the inferences
  Estimate average_mw;                       // total over the simulated time
  double supply_volts = 0;
  std::vector<EnergyPart> parts;
  std::optional<BatteryReport> battery;
};

// --- advice
// ---------------------------------------------------------------------------------------

struct AdviceRow {
  std::string title;              // "Switch the flash cache on"
  std::string text;               // what to change, and where
  double cycles_saved = 0;        // of one inference; negative: it costs
  double milliseconds_saved = 0;  // of one inference, where a run showed it
  double uj_saved = 0;            // of one inference
  std::int64_t ram_bytes_saved = 0;
  std::int64_t flash_bytes_saved = 0;
  std::string how;  // "re-simulated" or "estimated", and from what
};

// Something about the configuration that costs and need not.
struct LintRow {
  std::string rule;  // "cache-off", "soft-float", "unoptimised", …
  std::string text;
  std::string fix;
};

// --- over time
// ------------------------------------------------------------------------------------

// Times are simulated nanoseconds. Bounded: see `dropped`.
struct Timeline {
  struct Span {
    std::uint32_t track = 0;
    std::string name;
    std::uint64_t start_ns = 0;
    std::uint64_t end_ns = 0;
  };
  struct Track {
    std::string name;  // "inferences", "layers", "interrupts", "sleep", "functions", "phases"
  };
  struct Point {
    std::uint64_t ns = 0;
    double value = 0;
  };
  struct Counter {
    std::string name;  // "power", "stack", "heap"
    std::string unit;  // "mW", "bytes"
    std::vector<Point> points;
  };
  struct Change {
    std::uint64_t ns = 0;
    std::string value;  // "0", "1", "z" of a pin; name of a power state
  };
  struct Signal {
    std::string name;  // "P0.13", "cpu"
    bool pin = false;  // else a unit with power states
    std::vector<Change> changes;
  };
  std::vector<Track> tracks;
  std::vector<Span> spans;  // by start; on one track they nest
  std::vector<Counter> counters;
  std::vector<Signal> signals;
  std::uint64_t dropped = 0;  // spans and points beyond what is kept
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
  std::int64_t shown_inference = -1;  // InferenceRow::index asked for; -1: the last complete one
  std::vector<InferenceGroup> groups;
  Roof roof;
  std::vector<InterruptRow> interrupts;
  std::uint64_t interrupt_cycles = 0;
  std::uint64_t unattributed_cycles = 0;  // outside inferences' layers and handlers; sleep included
  StallCycles unattributed_stalls;
  std::uint64_t exception_cycles = 0;  // of entries, tail-chaining and returns
  std::vector<PhaseRow> phases;
  std::vector<FunctionRow> functions;  // all that ran, most own cycles first
  std::vector<CallNode> call_tree;     // parents before children
  // Cycles of all instructions, and so of all lines, and of exception entries and returns and sleep
  // sum up to the total. Instructions and locations are not in the JSON.
  std::vector<InsnRow> insns;  // by address
  std::vector<CodeLocation> locations;
  std::vector<LineRow> lines;  // most cycles first
  std::string no_inference;    // what to do if none was found; empty otherwise
  ThreadReport threads;
  MemoryReport memory;
  EnergyReport energy;
  std::vector<LintRow> lint;
  std::vector<AdviceRow> advice;
  Timeline timeline;  // empty unless asked for; not in the JSON
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
