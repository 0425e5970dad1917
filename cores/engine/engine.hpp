// Executes instructions: what happens, never when. The run loop sees every instruction before it
// runs and every data access as it happens, or only every block, and decides when to stop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/types.hpp"

namespace tinyscope {

enum class CoreRegister : std::uint8_t {
  kR0,
  kR1,
  kR2,
  kR3,
  kR4,
  kR5,
  kR6,
  kR7,
  kR8,
  kR9,
  kR10,
  kR11,
  kR12,
  kSp,  // the one in use
  kLr,
  kPc,
  kXpsr,  // APSR and EPSR (T and IT bits); the exception number is ignored, see set_mode()
  kMsp,
  kPsp,
  kPrimask,
  kBasepri,
  kFaultmask,
  kControl,  // nPRIV 1, SPSEL 2, FPCA 4
  kFpscr,
  kS0,  // kS0 + n is Sn, n up to 31
  kCount = kS0 + 32,
};

constexpr CoreRegister core_register(unsigned n) { return static_cast<CoreRegister>(n); }
constexpr CoreRegister float_register(unsigned n) {
  return static_cast<CoreRegister>(static_cast<unsigned>(CoreRegister::kS0) + n);
}

// Why run() returned.
enum class Halt : std::uint8_t {
  kRequested,        // request_halt() took effect
  kSupervisorCall,   // SVC ran; PC is behind it
  kBreakpoint,       // BKPT; PC is at it
  kExceptionReturn,  // a branch to 0xFFxxxxxx, from whatever mode; PC holds the value without bit 0
  kWait,             // WFI, WFE or YIELD ran; PC is behind it
  kUndefined,        // the instruction at PC does not execute (or PC's Thumb bit is clear)
  kFetchFault,       // nothing executable at PC
  kWriteProtected,   // a store to read-only memory; PC is at the store
};

// How much an engine tells. Each detail has its price: announcing blocks costs almost nothing,
// announcing data accesses makes each of them several times slower.
enum class EngineDetail : std::uint8_t {
  kInstructions,  // on_insn and on_access
  kBlocks,        // on_block
};

// What the engine tells while it runs. No exception may leave these functions: frames of a C
// library lie between them and the caller of run().
class EngineClient {
 public:
  // The instruction at `address` is about to run (instructions skipped by IT are not announced).
  // A halt requested here stops before it, except within an IT block, where it stops behind the
  // block.
  virtual void on_insn(Address /*address*/, std::uint32_t /*size*/) noexcept {}
  // A data access of the current instruction is about to happen; `size` up to 8 bytes. An access
  // that crosses a page is announced again for each aligned half. A halt requested here stops at
  // the current instruction with its registers unchanged; a store is carried out all the same.
  // Within an IT block the halt comes behind the block.
  virtual void on_access(Address /*address*/, std::uint32_t /*size*/, bool /*write*/) noexcept {}
  // The code in [address, address + size) is about to run: straight-line code up to a branch, to
  // the end of a page, or to where the engine chose to cut. A halt requested here stops before it.
  virtual void on_block(Address /*address*/, std::uint32_t /*size*/) noexcept {}
  // Accesses to everything that is not memory.
  virtual std::uint32_t mmio_read(Address address, AccessSize size) noexcept = 0;
  virtual void mmio_write(Address address, AccessSize size, std::uint32_t value) noexcept = 0;

 protected:
  ~EngineClient() = default;
};

// Registers that are often read together, and where their values go.
struct RegisterBatch {
  static constexpr std::size_t kMost = 20;

  std::array<int, kMost> ids{};       // the engine's names
  std::array<void*, kMost> places{};  // of 32 bits each; for the owner to set
  int count = 0;
};

class ExecutionEngine {
 public:
  virtual ~ExecutionEngine() = default;

  // Makes host memory visible at `base`; sizes are multiples of 4096. The buffer must outlive the
  // engine.
  virtual void map_memory(Address base, std::uint32_t size, void* host, bool writable) = 0;
  virtual void set_writable(Address base, std::uint32_t size, bool writable) = 0;
  // Routes all accesses to a range to the client.
  virtual void map_mmio(Address base, std::uint64_t size) = 0;
  // Forgets translations of code that changed behind the engine's back.
  virtual void invalidate_code(Address base, std::uint32_t size) = 0;

  // Runs from the current PC; with the Thumb bit of xPSR clear it returns kUndefined at once.
  virtual Halt run(EngineClient& client) = 0;
  virtual void request_halt() = 0;
  // Of the access that has made run() return kWriteProtected.
  virtual Address fault_address() const { return 0; }
  // Runs to `end` without telling anybody anything: as fast as the engine goes. For comparisons of
  // speed; only on an engine that has never run observed, on code without peripherals.
  virtual void run_unobserved(Address end) = 0;

  // Readable and writable within on_insn() too. MSP, PSP and the masks read as 0 in unprivileged
  // thread mode and cannot be written there, as for the program itself.
  virtual std::uint32_t read(CoreRegister which) = 0;
  virtual void write(CoreRegister which, std::uint32_t value) = 0;

  // Several registers at once, within on_insn() and on_block() too. What to read is prepared once.
  virtual void prepare(RegisterBatch& batch, std::span<const CoreRegister> which) const = 0;
  virtual void read(const RegisterBatch& batch) = 0;
  // Takes over registers, mode and exclusive monitor of an engine of the same kind that runs the
  // same program; between runs only. Memory is not copied: both have the same host memory mapped.
  virtual void take_state_of(ExecutionEngine& other) = 0;

  // The mode of the core, between runs only: exception number (0 = thread mode) and CONTROL.
  // Chooses stack pointer and privilege; both stack pointers keep their values. FPCA is for the
  // caller to keep: the engine never begins an FP context itself, and MRS reads something else.
  virtual void set_mode(unsigned exception_number, std::uint32_t control) = 0;
};

}  // namespace tinyscope
