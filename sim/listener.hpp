// What anyone may observe of a run. Observers never change a cycle.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/power_tracker.hpp"
#include "sim/time.hpp"
#include "sim/types.hpp"

namespace tinyscope {

// Why a cycle was spent. Every cycle of a run belongs to exactly one cause.
enum class StallCause : std::uint8_t {
  kIssue,       // the first cycle of an instruction
  kLoadUse,     // address or data of a load or store not ready; unpipelined memory access
  kMultiCycle,  // further cycles of an instruction that needs several (LDM, STM, MSR, barriers)
  kBranch,      // pipeline refill after a taken branch
  kFetch,       // instruction fetch waits (flash, also while it is busy, its cache, alignment)
  kData,        // data access waits (flash, RAM bank, data cache, peripheral bridge, unaligned)
  kContention,  // bus shared with DMA
  kFpu,         // floating-point result or unit not ready
  kDivide,      // further cycles of a divide
  kInterrupt,   // exception entry, tail-chaining and return
  kSleep,       // WFI and WFE
};
inline constexpr std::size_t kStallCauseCount = 11;
std::string_view name_of(StallCause cause);  // "issue", "load_use", …

struct StallCycles {
  std::array<std::uint64_t, kStallCauseCount> by_cause{};

  std::uint64_t& operator[](StallCause cause) { return by_cause[static_cast<std::size_t>(cause)]; }
  std::uint64_t operator[](StallCause cause) const {
    return by_cause[static_cast<std::size_t>(cause)];
  }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t cycles : by_cause) sum += cycles;
    return sum;
  }
  StallCycles& operator+=(const StallCycles& other) {
    for (std::size_t i = 0; i < by_cause.size(); ++i) by_cause[i] += other.by_cause[i];
    return *this;
  }
};

// How control left a block.
enum class Transfer : std::uint8_t {
  kNone,    // fell through, or the block was cut (interrupt, stop)
  kJump,    // any taken branch that is neither call nor return
  kCall,    // BL, BLX: the link register holds the return address
  kReturn,  // BX LR, POP {PC}, LDM with PC, MOV PC, LR
};

// Straight-line code that has run to its end: at most one taken branch, its last instruction.
struct BlockRetired {
  Address start = 0;  // first instruction
  Address end = 0;    // byte after the last instruction
  Address next = 0;   // where execution goes on
  Transfer transfer = Transfer::kNone;
  std::uint32_t instructions = 0;  // retired, those skipped by IT included
  Cycles cycles_before{};          // the core's cycle count when the block began
  StallCycles cycles;              // what the block took, by cause; total() is its length
  Address sp = 0;                  // stack pointer in use after the block
  Address lowest_sp = 0;           // lowest value of that stack pointer within the block
  std::uint32_t loads = 0;         // data accesses, one for each word of LDM and the like
  std::uint32_t stores = 0;
  // What costs energy beside cycles. Instructions that an IT block skips do not count.
  std::uint32_t multiplies = 0;   // integer and DSP multiplies, dual ones as one
  std::uint32_t float_ops = 0;    // floating-point arithmetic, moves and loads left out
  std::uint32_t flash_reads = 0;  // reads of the flash array, for code, data or ahead
};

enum class ExceptionPhase : std::uint8_t { kEntry, kTailChain, kReturn };

struct ExceptionEvent {
  ExceptionPhase phase = ExceptionPhase::kEntry;
  std::uint32_t number = 0;     // exception entered, or returned from (16 = IRQ 0)
  std::uint32_t return_to = 0;  // kReturn: number of the exception resumed, 0 = thread mode
  Address pc = 0;               // where execution goes on
  Address sp = 0;               // stack pointer in use afterwards
  Address frame = 0;            // address of the exception frame written or read
  Cycles cycles_before{};
  StallCycles cycles{};  // cycles of this entry or return
};

struct SleepEvent {
  Cycles cycles_before{};
  Cycles length{};
};

class SimListener {
 public:
  virtual ~SimListener() = default;
  virtual void on_block_retired(const BlockRetired& /*block*/) {}
  virtual void on_exception(const ExceptionEvent& /*event*/) {}
  virtual void on_sleep(const SleepEvent& /*event*/) {}
  virtual void on_power_state(const PowerStateChanged& /*change*/) {}
  // The CPU clock runs at `hz` from this cycle on.
  virtual void on_clock(std::uint64_t /*hz*/, Cycles /*cycle*/) {}
  // `cycle` is the cycle count at which the core was reset; cycles never run backwards.
  virtual void on_reset(Cycles /*cycle*/, Address /*pc*/, Address /*sp*/) {}
};

}  // namespace tinyscope
