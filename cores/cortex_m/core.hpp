// A Cortex-M4F or M7F: runs the engine, prices what ran, advances time, takes and leaves
// exceptions.
//
// This is the reference path: every instruction and every data access is seen. The rules of the
// architecture are in Arm DDI 0403E (Armv7-M), chapter B1; cycle counts come from the timing model.
//
// While flash is written or erased, a core that fetches from it waits, and so does the entry of an
// interrupt whose vector lies in it: both count as StallCause::kFetch, like any other wait for an
// instruction; a load from it waits as kData. Events go on, and interrupts pend meanwhile.
//
// Not modelled: a refused store to flash is a precise bus fault.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cores/cortex_m/cache_registers.hpp"
#include "cores/cortex_m/dwt.hpp"
#include "cores/cortex_m/insn_cache.hpp"
#include "cores/cortex_m/itm.hpp"
#include "cores/cortex_m/mpu.hpp"
#include "cores/cortex_m/nvic.hpp"
#include "cores/cortex_m/rollback.hpp"
#include "cores/cortex_m/semihosting.hpp"
#include "cores/cortex_m/system_control.hpp"
#include "cores/cortex_m/system_registers.hpp"
#include "cores/cortex_m/systick.hpp"
#include "cores/decode/decoder.hpp"
#include "cores/engine/engine.hpp"
#include "cores/memory/memory_timing.hpp"
#include "cores/timing/timing_model.hpp"
#include "sim/access_listener.hpp"
#include "sim/bus.hpp"
#include "sim/description/core_type.hpp"
#include "sim/insn_counts.hpp"
#include "sim/listener.hpp"
#include "sim/peripheral.hpp"
#include "sim/scheduler.hpp"

namespace tinyscope {

class CachedData;
struct CodeBlock;
struct FastPath;
struct FunctionalBlock;
struct FunctionalPath;

struct CoreConfig {
  CoreFamily family = CoreFamily::kCortexM4;
  FloatUnit float_unit = FloatUnit::kSingle;
  unsigned variant = 0;  // of revision "r0p1"
  unsigned patch = 1;
  unsigned interrupts = 48;
  unsigned priority_bits = 3;
  unsigned mpu_regions = 8;
  bool bit_band = false;
  std::uint64_t clock_hz = 64'000'000;
  Systick::Reference systick_reference{};
  std::uint32_t systick_calibration = 0;
  Address vector_table = 0;  // VTOR at reset
  bool cyccnt_counts_in_sleep = false;
};

enum class StopKind {
  kRequested,  // somebody called request_stop()
  kLimit,      // the cycle limit was reached
  kExit,       // firmware asked for it by semihosting
  kLockup,     // a fault in a fault handler
  kIdle,       // the core sleeps and nothing is scheduled that could wake it
};

struct StopReason {
  StopKind kind = StopKind::kRequested;
  std::string text;
  int exit_code = 0;
};

// A fault as the core took it.
struct FaultRecord {
  unsigned exception = 0;  // the one entered, HardFault after escalation
  std::uint32_t cfsr = 0;
  std::uint32_t hfsr = 0;
  Address pc = 0;  // of the instruction that faulted
  Address lr = 0;
  Address sp = 0;
  std::optional<Address> address;  // of the access, where there is one
  Cycles at{};
};

class CortexM final : private EngineClient {
 public:
  CortexM(const CoreConfig& config, std::unique_ptr<ExecutionEngine> engine,
          std::unique_ptr<MemoryTiming> memory, std::unique_ptr<TimingModel> timing, Bus& bus,
          Scheduler& scheduler, RunNotes& notes, PowerTracker& power);
  ~CortexM();
  CortexM(const CortexM&) = delete;
  CortexM& operator=(const CortexM&) = delete;

  // Lets the core run block by block wherever it can; call before attach_memories(). `engine` tells
  // of blocks (EngineDetail::kBlocks). Cycles and events stay the same.
  void enable_fast_path(std::unique_ptr<ExecutionEngine> engine);
  // Null: not enabled.
  const FastPath* fast_path() const;
  // Lets the core run without foreseeing what blocks cost and touch, where nobody listens to them;
  // for FunctionalTiming, and behind enable_fast_path().
  void enable_functional_path();
  // Null: not enabled.
  const FunctionalPath* functional_path() const { return functional_; }
  // For tests: prices what is remembered once more and throws SimulatorFault if it differs.
  void check_fast_path();

  // Maps all memories of the bus into the engine; call once, after the bus is complete.
  void attach_memories();
  // Listeners come and go while the core does not run. Who does without blocks lets the core run at
  // functional speed.
  enum class Hears { kEverything, kAllButBlocks };
  void add_listener(SimListener& listener, Hears hears = Hears::kEverything) {
    listeners_.push_back(&listener);
    if (hears == Hears::kEverything) block_listeners_.push_back(&listener);
  }
  void remove_listener(SimListener& listener) {
    std::erase(listeners_, &listener);
    std::erase(block_listeners_, &listener);
  }
  void add_access_listener(AccessListener& listener) { access_listeners_.push_back(&listener); }
  void remove_access_listener(AccessListener& listener) {
    std::erase(access_listeners_, &listener);
  }

  // Resets the core: stack pointer and PC from the vector table.
  void reset();
  // The chip has switched its core off: only a reset brings it back.
  void power_off();
  // What else a reset of the system resets; called before the core itself restarts.
  void on_system_reset(std::function<void(ResetKind)> action) { system_reset_ = std::move(action); }
  // Asks for a reset of the system at the next instruction (AIRCR, watchdog).
  void request_reset(ResetKind kind);

  // Runs until something stops it. May be called again to go on.
  StopReason run();
  // Ends run() before the next instruction. The first reason given wins.
  void request_stop(StopReason reason);
  // run() ends when the cycle counter reaches this.
  void set_cycle_limit(Cycles limit);
  // Called about every 65,536 instructions, and while the core sleeps, with nothing else going on.
  void set_poll(std::function<void()> poll) { poll_ = std::move(poll); }

  void set_interrupt_line(unsigned interrupt, bool level) { nvic_.set_line(interrupt, level); }
  // The wire "busy" of the flash controller; FlashWritePolicy::busy_at() says where it is busy.
  void set_flash_busy(bool busy);
  void set_clock_hz(std::uint64_t hz);
  // Another bus master accesses memory.
  void master_access(Address address, TimePoint when);
  std::uint64_t clock_hz() const { return clock_.hz(); }
  Cycles cycles() const { return cycles_; }
  TimePoint now() const { return clock_.time_of(cycles_.count); }
  CoreCounts counts() const;

  // Counts what each instruction costs from now on; what has run is in `counts` whenever run() has
  // returned. To be called while the core does not run.
  void count_insns(InsnCounts& counts);
  void stop_counting_insns();

  // Names a watch, for unwatch().
  using WatchId = std::uint64_t;
  // Calls `action` before the instruction at `address` runs; once more if an interrupt comes first.
  WatchId watch_address(Address address, std::function<void()> action);
  // Calls `action` after a store of the core touched the range.
  WatchId watch_stores(Address address, std::uint32_t size, std::function<void()> action);
  // Actions may add and remove watches, their own too.
  void unwatch(WatchId watch);
  // Memory has changed that may hold code, and not by a store of the core: DMA, a debugger, a
  // restored state.
  void code_changed(Address address, std::uint32_t size);
  // How often stores of the core have changed flash.
  std::uint64_t flash_stores() const { return flash_stores_made_; }

  std::uint32_t read_register(CoreRegister which) { return engine_->read(which); }
  void write_register(CoreRegister which, std::uint32_t value) { engine_->write(which, value); }
  // Of the exception that is being handled; 0: thread mode.
  unsigned exception_number() const { return exception_number_; }
  // Where the main stack begins at reset.
  Address main_stack_top();
  bool uses_process_stack() const { return !handler_mode() && (control_ & 2u) != 0; }
  // The first kMostFaultRecords of them.
  const std::vector<FaultRecord>& faults() const { return faults_; }
  static constexpr std::size_t kMostFaultRecords = 256;
  // The instruction that runs, while it accesses a peripheral; 0: none does.
  // At functional speed that at which its block begins.
  Address running_insn() const;
  // Where the core is: for messages at the end of a run.
  std::string describe_state();

  Semihosting& semihosting() { return semihosting_; }
  Itm& itm() { return itm_; }
  Dwt& dwt() { return dwt_; }
  Nvic& nvic() { return nvic_; }

  // Without memories: who loads a state tells of each change of theirs with code_changed(). What is
  // known of other code stays. To be called while the core does not run.
  void snapshot(StateArchive& archive);

 private:
  static constexpr std::uint32_t kPollInterval = 65536;  // instructions

  struct PendingFault {
    unsigned exception = 0;
    std::uint32_t cfsr = 0;
    std::optional<Address> address;
  };
  // A store to flash that the flash controller has yet to judge.
  struct FlashStore {
    Bus::MemoryPlace place;
    Address address = 0;
    AccessSize size = AccessSize::kWord;
    std::uint32_t old_value = 0;
  };
  struct AddressWatch {
    WatchId id = 0;
    std::function<void()> action;  // empty: has been removed
  };
  struct StoreWatch {
    WatchId id = 0;
    Address first = 0;
    Address last = 0;
    std::function<void()> action;  // empty: has been removed
  };

  // EngineClient
  void on_insn(Address address, std::uint32_t size) noexcept override;
  void on_access(Address address, std::uint32_t size, bool write) noexcept override;
  void on_block(Address address, std::uint32_t size) noexcept override;
  std::uint32_t mmio_read(Address address, AccessSize size) noexcept override;
  void mmio_write(Address address, AccessSize size, std::uint32_t value) noexcept override;

  // core.cpp: running
  void run_reference();
  void map_memories(ExecutionEngine& engine);
  void begin_insn(const CachedInsn& next);
  bool must_halt(Address pc);
  bool prepare(const CachedInsn& next);
  void tell_address_watches(Address address);
  void tell_store_watches(std::span<const MemoryAccess> accesses);
  void drop_removed_watches();
  bool prepare_float(const Insn& insn);
  bool prepare_divide(const CachedInsn& next);
  bool prepare_interruptible(const Insn& insn);
  void abandon_early_cycles();
  bool accesses_privileged() const {
    return privileged() && !(current_ != nullptr && current_->insn.unprivileged);
  }
  void halt_before(const CachedInsn& next);
  std::uint8_t it_state_at(Address address);
  void retire_current(Address next);
  void retire_current(Address next, std::uint32_t next_size);
  void retire_skipped(Address from, Address to);
  void charge(Address address, const StallCycles& cost);
  void charge_beside(Address pc, StallCause cause, std::uint64_t cycles);
  void after_special(const Insn& insn);
  void open_block(Address start);
  void begin_open_block(Address start);
  void close_block(Address next, Transfer transfer);
  void close_block_behind(const Insn& last, Address next);
  void count_for_poll(std::uint32_t instructions);
  void note_access(Address address, std::uint32_t size, bool write);
  void check_access(Address address, std::uint32_t size, bool write);
  bool refuses_unaligned(Address address, std::uint32_t size) const;
  void access_fault(unsigned exception, std::uint32_t cfsr_bits, Address address);
  TimePoint access_time();
  void handle_halt(Halt halt);
  void branch_to_exc_return(std::uint32_t exc_return);
  void handle_write_protected();
  void note_flash_store(Address address, std::uint32_t size);
  void settle_flash_stores();
  void set_writable(const Memory& memory, bool writable);
  void handle_breakpoint();
  void take_breakpoint_exception();
  void handle_undefined();
  void execute_exclusive_store();
  void execute_double_precision();
  void step_over_to(Address next);
  void between_instructions();
  void after_system_write(const Insn& insn);
  void capture(std::exception_ptr error) noexcept;

  // fast_path.cpp
  bool can_run_fast();
  bool fpu_is_ready();
  void run_fast();
  void map_regions();
  const std::uint8_t* line_states(Address address) const;
  bool prepare_lines(const CodeBlock& block);
  void forget_blocks();
  CodeBlock& block_at(Address address, std::uint32_t size);
  bool begin_block(Address address, std::uint32_t size);
  void follow_stores(CodeBlock& block);
  void finish_block(Address next);

  // functional_path.cpp
  bool can_run_functional() const;
  void run_functional();
  void account_functional();
  void renew_functional_limit();
  bool begin_functional_block(Address address, std::uint32_t size);
  const FunctionalBlock& functional_block(Address address, std::uint32_t size);
  bool holds(const FunctionalBlock& block) const;
  void drop_replaced_code();
  std::uint64_t functional_access_cycle();
  void stop_inside(Address address, bool write);
  void stand_before_access();

  // access_report.cpp
  void tell_accesses();
  void tell_insn_accesses(const Insn& insn, std::span<const MemoryAccess> accesses);
  void tell_block_accesses(const CodeBlock& block);
  void tell_stack_access(Address address, bool write);

  // sleep and time
  bool flash_busy_at(Address address) const;
  bool must_wait_for_flash(Address pc) const;
  void wait_for_flash(Address pc, StallCause cause);
  void service_events();
  void refresh_deadline();
  void spend(StallCause cause, Cycles cycles);
  void sleep();
  bool should_wake() const;

  // exceptions.cpp: faults, entry and return
  bool handler_mode() const { return exception_number_ != 0; }
  bool privileged() const { return handler_mode() || (control_ & 1u) == 0; }
  void set_mode(unsigned number, std::uint32_t control);
  void tell_caches();
  void tell_attributes();
  void raise_fault(const PendingFault& fault, Address pc);
  void pend_imprecise_fault(const PendingFault& fault, Address pc);
  void record_fault(unsigned taken, Address pc, std::optional<Address> address);
  unsigned escalate(unsigned exception);
  void enter_exception(unsigned number, Address return_address);
  Address push_frame(Address return_address, bool with_float, bool& float_stored);
  void vector_to(unsigned number, std::uint32_t exc_return, const ExceptionEvent& event);
  void return_from_exception(std::uint32_t exc_return);
  bool return_is_valid(std::uint32_t exc_return, unsigned returning_from) const;
  void tail_chain(unsigned number, std::uint32_t exc_return, unsigned returning_from,
                  Cycles cycles_before, StallCycles cost);
  std::optional<unsigned> spend_return(Address frame, bool float_frame, StallCycles& cost);
  ExceptionWork exception_work(ExceptionPhase phase, unsigned number, bool with_float);
  bool find_vector(unsigned& number, std::uint32_t& vector);
  void pop_frame(Address frame, std::uint32_t exc_return);
  // With which rights the stack is accessed: those of the code whose context it is.
  struct StackRights {
    bool privileged;
    bool negative_priority;
  };
  StackRights stack_rights() const;
  bool store_float_context(Address to, StackRights rights);
  void lazy_stacking();
  bool stack_access_allowed(Address address, bool write, StackRights rights);
  bool stack_store(Address address, std::uint32_t value, StackRights rights);
  bool stack_load(Address address, std::uint32_t& value, StackRights rights);
  void pend_derived_fault(std::uint32_t memory_bits, std::uint32_t bus_bits);
  void lock_up(std::string_view why);
  bool locked_up() const { return stop_ && stop_->kind == StopKind::kLockup; }
  void tell_exception(const ExceptionEvent& event);

  CoreConfig config_;
  std::unique_ptr<ExecutionEngine> reference_engine_;
  ExecutionEngine* engine_;  // the one that holds the registers now
  std::unique_ptr<MemoryTiming> memory_;
  CachedData* cached_data_ = nullptr;  // null: there is no data cache
  std::unique_ptr<TimingModel> timing_;
  Bus& bus_;
  Scheduler& scheduler_;
  RunNotes& notes_;
  PowerTracker& power_;
  ClockDomain clock_;

  SystemRegisters system_;
  Nvic nvic_;
  Mpu mpu_;
  CacheRegisters cache_registers_;
  Systick systick_;
  SystemControl system_control_;
  Dwt dwt_;
  Itm itm_;
  std::vector<std::unique_ptr<BusTarget>> bit_bands_;
  Semihosting semihosting_;
  Decoder decoder_;
  InsnCache cache_;

  std::vector<SimListener*> listeners_;
  std::vector<SimListener*> block_listeners_;  // those that hear of blocks as well
  std::vector<AccessListener*> access_listeners_;
  std::vector<DataAccess> told_accesses_;  // on their way to them
  InsnCounts* insn_counts_ = nullptr;      // null: instructions are not counted
  std::function<void(ResetKind)> system_reset_;
  std::function<void()> poll_;
  std::multimap<Address, AddressWatch> address_watches_;
  std::vector<StoreWatch> store_watches_;
  WatchId last_watch_ = 0;
  bool telling_watches_ = false;             // so that what is removed has to stay in its place
  Address store_watch_first_ = 0xFFFFFFFFu;  // envelope of all store watches
  Address store_watch_last_ = 0;
  bool store_watch_hit_ = false;

  // Time
  Cycles cycles_{};
  std::uint64_t transfer_cycles_ = 0;  // of kMultiCycle those of loads and stores
  Cycles limit_{~std::uint64_t{0}};
  bool limit_reached_ = false;  // and told
  std::uint64_t deadline_ = 0;  // cycle at which events are due or the limit is reached
  StallCycles totals_;          // of closed blocks, exceptions and sleep
  std::uint64_t instructions_ = 0;
  std::uint32_t poll_countdown_ = 0;

  std::unique_ptr<FastPath> fast_;        // null: everything runs on the reference path
  FunctionalPath* functional_ = nullptr;  // null: costs are wanted
  bool runs_functional_ = false;
  std::uint32_t reference_left_ = 0;  // instructions before the fast path is tried again

  // The instruction that is running
  const CachedInsn* current_ = nullptr;
  Rollback rollback_;
  Address it_block_ = 0;  // first instruction of the IT block entered last, and its ITSTATE
  std::uint8_t it_state_ = 0;
  std::array<MemoryAccess, 64> accesses_{};
  std::size_t access_count_ = 0;
  std::uint32_t dividend_ = 0;
  std::uint32_t divisor_ = 0;
  // Of a divide or a multiple transfer: cycles that had passed when events fell into it, already
  // part of cycles_ and of nothing else; and words that it moved before an interrupt.
  Cycles early_{};
  unsigned transferred_ = 0;
  // ICI of EPSR: the register with which the multiple transfer at PC goes on; 0: from its start.
  std::uint8_t continues_at_ = 0;
  bool flash_busy_ = false;                 // some of it is being written or erased
  bool reads_busy_flash_ = false;           // the load that has retired last
  const Memory* writable_flash_ = nullptr;  // opened to the engine while its controller allows it
  std::vector<FlashStore> flash_stores_;
  std::uint64_t flash_stores_made_ = 0;
  BlockRetired block_;
  bool block_open_ = false;
  Address sp_ = 0;

  // Architectural state kept outside the engine
  unsigned exception_number_ = 0;
  std::uint32_t control_ = 0;  // nPRIV, SPSEL, FPCA
  ExceptionMasks masks_;
  bool exclusive_open_ = false;
  bool exclusive_by_hand_ = false;  // a snapshot has opened it: the engine does not know
  bool event_register_ = false;
  bool sleeping_ = false;
  bool sleep_until_event_ = false;  // WFE rather than WFI
  bool powered_off_ = false;
  bool mpu_active_ = false;

  // What waits for the next instruction boundary
  bool attention_ = false;
  bool mode_stale_ = false;  // CONTROL was written: the engine has to be told its mode anew
  // What comes next and the engine cannot do: a STREX that it cannot judge, double precision.
  enum class ByHand : std::uint8_t { kNothing, kExclusiveStore, kDoublePrecision };
  ByHand by_hand_ = ByHand::kNothing;
  std::optional<PendingFault> fault_;            // of the current or coming instruction
  std::optional<PendingFault> imprecise_fault_;  // of a buffered store
  bool stack_blocked_by_mpu_ = false;            // why the last stack access failed
  std::optional<ResetKind> reset_request_;
  std::optional<StopReason> stop_;
  std::exception_ptr error_;
  std::vector<FaultRecord> faults_;
};

}  // namespace tinyscope
