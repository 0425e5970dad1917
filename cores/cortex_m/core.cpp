// Setting up, resetting and running the core, and what to do when the engine stops.
#include "cores/cortex_m/core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "cores/cortex_m/bit_band.hpp"
#include "cores/cortex_m/exception_numbers.hpp"
#include "cores/cortex_m/fast_path.hpp"
#include "cores/engine/double_precision.hpp"
#include "cores/memory/cached_data.hpp"

namespace tinyscope {
namespace {

constexpr Address kScsBase = 0xE000E000u;
constexpr std::uint32_t kThumbBit = 1u << 24;

// The DWT of a Cortex-M7 r0 takes no writes until it has been unlocked. That of an STM32H7A3 (r1)
// does: STMicroelectronics' image for MLPerf Tiny v1.3, streaming wake word, counts cycles there
// without ever writing LAR. (On an STM32H743, jnk0le/random writes it.)
bool locks_dwt(const CoreConfig& config) {
  return config.family == CoreFamily::kCortexM7 && config.variant == 0;
}

}  // namespace

CortexM::CortexM(const CoreConfig& config, std::unique_ptr<ExecutionEngine> engine,
                 std::unique_ptr<MemoryTiming> memory, std::unique_ptr<TimingModel> timing,
                 Bus& bus, Scheduler& scheduler, RunNotes& notes, PowerTracker& power)
    : config_(config),
      reference_engine_(std::move(engine)),
      engine_(reference_engine_.get()),
      memory_(std::move(memory)),
      timing_(std::move(timing)),
      bus_(bus),
      scheduler_(scheduler),
      notes_(notes),
      power_(power),
      clock_(config.clock_hz),
      nvic_(config.interrupts, config.priority_bits),
      mpu_(config.mpu_regions),
      cache_registers_(memory_->cache_control(), [this] { tell_attributes(); }),
      systick_(scheduler, clock_, config.systick_reference, config.systick_calibration,
               [this] { nvic_.set_pending(exception::kSystick); }),
      system_control_(
          {config.family, config.float_unit, config.variant, config.patch}, system_, nvic_,
          systick_, mpu_, cache_registers_, notes,
          {[this] { request_reset(ResetKind::kSoftware); },
           [this] { dwt_.configuration_changed(); },
           [this] { timing_->set_auxiliary_control(system_.actlr); }, [this] { tell_caches(); }}),
      dwt_(
          system_, notes, [this] { return counts(); }, [this] { return running_insn(); },
          config.cyccnt_counts_in_sleep, locks_dwt(config)),
      itm_(system_, notes),
      semihosting_(bus),
      cache_(bus, decoder_),
      rollback_(*reference_engine_, bus) {
  bus_.add_target("itm", 0xE0000000u, 0x1000, itm_);
  bus_.add_target("dwt", 0xE0001000u, 0x1000, dwt_);
  bus_.add_unmodelled("fpb", 0xE0002000u, 0x1000);
  bus_.add_target("scs", kScsBase, 0x1000, system_control_);
  bus_.add_unmodelled("tpiu", 0xE0040000u, 0x1000);
  bus_.add_unmodelled("etm", 0xE0041000u, 0x1000);
  bus_.add_unmodelled("rom_table", 0xE00FF000u, 0x1000);
  if (config.bit_band) {
    for (const Address region : {Address{0x20000000u}, Address{0x40000000u}}) {
      bit_bands_.push_back(std::make_unique<BitBand>(bus, region));
      bus_.add_target(region == 0x20000000u ? "bit_band_sram" : "bit_band_peripherals",
                      region + 0x02000000u, 32u << 20, *bit_bands_.back());
    }
  }
  nvic_.on_change([this] { attention_ = true; });
  nvic_.on_pend([this] {
    if ((system_.scr & scr::kSevonpend) != 0) event_register_ = true;
  });
  mpu_.on_change([this] {
    if (mpu_active_ || mpu_.enabled()) tell_attributes();
    mpu_active_ = mpu_.enabled();
  });
  timing_->note_assumptions(notes_);
}

CortexM::~CortexM() {
  if (cached_data_ != nullptr) bus_.set_master_view(nullptr);
}

void CortexM::tell_caches() {
  CacheControl* const caches = memory_->cache_control();
  if (caches == nullptr) return;
  caches->enable_caches((system_.ccr & ccr::kIc) != 0, (system_.ccr & ccr::kDc) != 0);
}

// Shareable memory is not cached, since nobody else knows of the cache, unless firmware wants it
// (CACR.SIWT).
void CortexM::tell_attributes() {
  CacheControl* const caches = memory_->cache_control();
  if (caches == nullptr) return;
  std::vector<AttributeRange> ranges = mpu_.attribute_ranges();
  for (AttributeRange& range : ranges) {
    CachePolicy& policy = range.attributes.policy;
    if (policy == CachePolicy::kNonCacheable) continue;
    if (range.attributes.shareable && !cache_registers_.caches_shareable()) {
      policy = CachePolicy::kNonCacheable;
    } else if (range.attributes.shareable || cache_registers_.forces_write_through()) {
      policy = CachePolicy::kWriteThrough;
    }
  }
  caches->set_attributes(ranges);
}

void CortexM::attach_memories() {
  if (CacheControl* const caches = memory_->cache_control(); caches != nullptr) {
    cached_data_ = caches->cached_data();
  }
  if (cached_data_ != nullptr) {
    cached_data_->follow(bus_);
    cached_data_->on_change(
        [this](Address address, std::uint32_t size) { code_changed(address, size); });
  }
  map_memories(*reference_engine_);
  if (fast_) map_memories(*fast_->engine);
}

void CortexM::map_memories(ExecutionEngine& engine) {
  struct Range {
    Address base;
    std::uint32_t size;
  };
  std::vector<Range> memories;
  for (const auto& mapped : bus_.memories()) {
    engine.map_memory(mapped.base, mapped.size, mapped.memory->data() + mapped.memory_offset,
                      mapped.memory->kind() == MemoryKind::kRam);
    memories.push_back({mapped.base, mapped.size});
  }
  std::sort(memories.begin(), memories.end(),
            [](const Range& a, const Range& b) { return a.base < b.base; });
  // Everything that is not memory goes to the bus, holes included, so that it can refuse.
  std::uint64_t at = 0;
  for (const Range& memory : memories) {
    if (memory.base > at) engine.map_mmio(static_cast<Address>(at), memory.base - at);
    at = std::uint64_t{memory.base} + memory.size;
  }
  constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;
  if (at < kEnd) engine.map_mmio(static_cast<Address>(at), kEnd - at);
}

void CortexM::reset() {
  close_block(0, Transfer::kNone);
  system_ = SystemRegisters{};
  system_.vtor = config_.vector_table;
  nvic_.reset();
  mpu_.reset();
  systick_.reset();
  cache_registers_.reset();
  system_control_.reset();
  dwt_.reset();
  itm_.reset();
  current_ = nullptr;
  fault_.reset();
  imprecise_fault_.reset();
  reset_request_.reset();
  mode_stale_ = false;
  exclusive_open_ = event_register_ = sleeping_ = powered_off_ = false;
  by_hand_ = ByHand::kNothing;
  masks_ = {};
  attention_ = true;
  continues_at_ = 0;
  early_ = {};
  reads_busy_flash_ = false;
  timing_->set_auxiliary_control(0);
  timing_->flush();
  memory_->reset();
  tell_caches();
  tell_attributes();

  set_mode(exception::kThread, 0);
  engine_->write(CoreRegister::kPrimask, 0);
  engine_->write(CoreRegister::kBasepri, 0);
  engine_->write(CoreRegister::kFaultmask, 0);
  for (unsigned n = 0; n <= 12; ++n) engine_->write(core_register(n), 0);
  engine_->write(CoreRegister::kFpscr, 0);
  engine_->write(CoreRegister::kLr, 0xFFFFFFFFu);
  const std::uint32_t stack = bus_.read(system_.vtor, AccessSize::kWord, now(), true).value & ~3u;
  const std::uint32_t start = bus_.read(system_.vtor + 4, AccessSize::kWord, now(), true).value;
  engine_->write(CoreRegister::kMsp, stack);
  engine_->write(CoreRegister::kPsp, 0);
  sp_ = stack;
  engine_->write(CoreRegister::kXpsr, (start & 1u) != 0 ? kThumbBit : 0u);
  engine_->write(CoreRegister::kPc, start & ~1u);
  power_.set("cpu", "run", now());
  for (SimListener* listener : listeners_) listener->on_reset(cycles_, start & ~1u, stack);
  if ((start & 1u) == 0) fault_ = PendingFault{exception::kUsageFault, cfsr::kInvstate, {}};
}

Address CortexM::main_stack_top() {
  return bus_.read(config_.vector_table, AccessSize::kWord, now(), true).value & ~3u;
}

void CortexM::request_reset(ResetKind kind) {
  if (!reset_request_) reset_request_ = kind;
  attention_ = true;
}

void CortexM::power_off() {
  powered_off_ = sleeping_ = true;
  sleep_until_event_ = false;
  attention_ = true;
}

void CortexM::request_stop(StopReason reason) {
  if (!stop_) stop_ = std::move(reason);
  attention_ = true;
}

void CortexM::set_cycle_limit(Cycles limit) {
  limit_ = limit;
  limit_reached_ = false;
  refresh_deadline();
}

void CortexM::set_clock_hz(std::uint64_t hz) {
  clock_.set_hz(hz, now());
  systick_.clock_changed();
  refresh_deadline();
  for (SimListener* listener : listeners_) listener->on_clock(hz, cycles_);
}

CoreCounts CortexM::counts() const {
  CoreCounts counts{totals_, instructions_, transfer_cycles_};
  if (block_open_) {
    counts.cycles += block_.cycles;
    counts.instructions += block_.instructions;
  }
  return counts;
}

void CortexM::count_insns(InsnCounts& counts) {
  if (fast_) {
    // What was learnt without a table does not tell instructions apart.
    if (!fast_->costs.tells_insns_apart()) forget_blocks();
    fast_->collect();
    fast_->costs.count_insns(&counts);
  }
  insn_counts_ = &counts;
}

void CortexM::stop_counting_insns() {
  if (fast_) {
    fast_->collect();
    fast_->costs.count_insns(nullptr);
  }
  insn_counts_ = nullptr;
}

void CortexM::code_changed(Address address, std::uint32_t size) {
  if (size == 0 || !cache_.has_code_in(address, size)) return;
  const bool decoded = cache_.invalidate(address, size);
  // Engines translate ahead of what has run.
  reference_engine_->invalidate_code(address, size);
  if (fast_) fast_->engine->invalidate_code(address, size);
  if (decoded) forget_blocks();
}

StopReason CortexM::run() {
  stop_.reset();
  limit_reached_ = false;
  poll_countdown_ = kPollInterval;
  refresh_deadline();
  while (true) {
    between_instructions();
    if (stop_) {
      close_block(engine_->read(CoreRegister::kPc), Transfer::kNone);
      if (fast_) fast_->collect();
      return *stop_;
    }
    if (can_run_fast()) {
      if (can_run_functional()) {
        run_functional();
      } else {
        run_fast();
      }
    } else {
      run_reference();
    }
  }
}

void CortexM::run_reference() {
  if (fast_ && reference_left_ == 0) {
    const bool stays = flash_busy_ || writable_flash_ != nullptr;
    reference_left_ = stays ? FastPath::kLongestStay : FastPath::kShortestStay;
  }
  if (engine_ != reference_engine_.get()) {
    reference_engine_->take_state_of(*engine_);
    engine_ = reference_engine_.get();
    if (functional_ != nullptr) drop_replaced_code();
  }
  if (const std::uint8_t it = it_state_of(engine_->read(CoreRegister::kXpsr)); it != 0) {
    it_block_ = engine_->read(CoreRegister::kPc);
    it_state_ = it;
    cache_.enter_it_block(it_block_, it);
  }
  const Halt halt = engine_->run(*this);
  const bool rolled_back = rollback_.active();
  if (rollback_.needed()) rollback_.restore(exception_number_, control_);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  handle_halt(rolled_back ? Halt::kRequested : halt);
}

// The core stands before an instruction; nothing of it has happened.
void CortexM::between_instructions() {
  if (early_.count != 0) abandon_early_cycles();
  while (!stop_) {
    if (cycles_.count >= deadline_) service_events();
    if (stop_) return;
    if (reset_request_) {
      const ResetKind kind = *reset_request_;
      if (system_reset_) system_reset_(kind);
      reset();
      continue;
    }
    if (std::exchange(mode_stale_, false)) set_mode(exception_number_, control_);
    const Address pc = engine_->read(CoreRegister::kPc);
    if (by_hand_ != ByHand::kNothing) {
      if (std::exchange(by_hand_, ByHand::kNothing) == ByHand::kExclusiveStore) {
        execute_exclusive_store();
      } else {
        execute_double_precision();
      }
      continue;
    }
    if (fault_) {
      raise_fault(*std::exchange(fault_, std::nullopt), pc);
      continue;
    }
    if (imprecise_fault_) {
      pend_imprecise_fault(*std::exchange(imprecise_fault_, std::nullopt), pc);
      continue;
    }
    if (sleeping_) {
      sleep();
      continue;
    }
    if (flash_busy_) {
      if (must_wait_for_flash(pc)) {
        wait_for_flash(pc, reads_busy_flash_ ? StallCause::kData : StallCause::kFetch);
        continue;
      }
    } else {
      reads_busy_flash_ = false;
    }
    if (const auto number = nvic_.to_take(masks_)) {
      if (flash_busy_at(system_.vtor + 4 * *number)) {
        wait_for_flash(pc, StallCause::kFetch);
        continue;
      }
      enter_exception(*number, pc);
      continue;
    }
    attention_ = false;
    return;
  }
}

void CortexM::handle_halt(Halt halt) {
  const Address pc = engine_->read(CoreRegister::kPc);
  switch (halt) {
    case Halt::kRequested: current_ = nullptr; return;
    case Halt::kWait: retire_current(pc); return;
    case Halt::kSupervisorCall:
      retire_current(pc);
      raise_fault({exception::kSvcall, 0, {}}, pc);
      return;
    case Halt::kBreakpoint: handle_breakpoint(); return;
    case Halt::kExceptionReturn: {
      retire_current(pc | 1u);
      branch_to_exc_return(pc | 1u);
      return;
    }
    case Halt::kUndefined: handle_undefined(); return;
    case Halt::kFetchFault: {
      if (handler_mode() && pc >= kExceptionReturns && current_ != nullptr) {
        // The engine knows EXC_RETURN by more bits than the architecture does (B1.5.8).
        retire_current(pc | 1u);
        return_from_exception(pc | 1u);
        return;
      }
      if (current_ != nullptr) retire_current(pc);
      if (stop_) return;
      const bool execute_never = !mpu_.allows(pc, 2, AccessType::kFetch, privileged(),
                                              nvic_.execution_priority(masks_) < 0);
      fault_ = execute_never ? PendingFault{exception::kMemManage, cfsr::kIaccviol, {}}
                             : PendingFault{exception::kBusFault, cfsr::kIbuserr, {}};
      return;
    }
    case Halt::kWriteProtected: handle_write_protected(); return;
  }
}

void CortexM::branch_to_exc_return(std::uint32_t exc_return) {
  if (handler_mode()) {
    return_from_exception(exc_return);
  } else {
    fault_ = PendingFault{exception::kMemManage, cfsr::kIaccviol, {}};
  }
}

// A store to flash: refused, unless the flash controller is in a write mode. Then the flash is
// opened to the engine, the instruction runs again, and the controller judges what it stored.
void CortexM::handle_write_protected() {
  const Address address = access_count_ != 0 ? accesses_[access_count_ - 1].address : 0;
  current_ = nullptr;
  const Memory* const memory = bus_.memory_at(address).memory;
  FlashWritePolicy* const policy = memory != nullptr ? memory->write_policy() : nullptr;
  if (policy != nullptr && policy->cpu_writes_enabled()) {
    writable_flash_ = memory;
    set_writable(*memory, true);
    return;
  }
  fault_ = PendingFault{exception::kBusFault, cfsr::kPreciserr | cfsr::kBfarvalid, address};
}

void CortexM::handle_breakpoint() {
  constexpr std::uint32_t kSemihostingCall = 0xAB;
  TINYSCOPE_ASSERT(current_ != nullptr);
  const Insn& insn = current_->insn;
  if (insn.immediate != kSemihostingCall) {
    current_ = nullptr;
    take_breakpoint_exception();
    return;
  }
  const auto result =
      semihosting_.perform(engine_->read(core_register(0)), engine_->read(core_register(1)), now());
  engine_->write(core_register(0), result.r0);
  const Address next = insn.end();
  retire_current(next);
  step_over_to(next);
  if (result.exit_code) {
    request_stop({StopKind::kExit, fmt::format("semihosting exit {}", *result.exit_code),
                  *result.exit_code});
  }
}

// STREX whose fate the engine does not know: an exception has closed the monitor, or a snapshot
// has opened it.
void CortexM::execute_exclusive_store() {
  const CachedInsn& next = cache_.at(engine_->read(CoreRegister::kPc));
  const Insn& insn = next.insn;
  const bool succeeds = exclusive_open_;
  begin_insn(next);
  if (succeeds) {
    const Address address =
        engine_->read(core_register(insn.base)) + static_cast<std::uint32_t>(insn.displacement);
    const auto source = static_cast<unsigned>(std::countr_zero(insn.store_data.bits()));
    const std::uint32_t value = engine_->read(core_register(source));
    note_access(address, insn.access_bytes, true);
    if (bus_.memory_at(address).memory != nullptr) ++flash_stores_made_;
    if (!fault_ && !bus_.write(address, static_cast<AccessSize>(insn.access_bytes), value, now())) {
      fault_ = PendingFault{exception::kBusFault, cfsr::kPreciserr | cfsr::kBfarvalid, address};
    }
    if (fault_) {
      current_ = nullptr;
      return;
    }
  }
  engine_->write(core_register(insn.destination), succeeds ? 0 : 1);
  const Address end = insn.end();
  retire_current(end);
  step_over_to(end);
}

// The engine computes in single precision only.
void CortexM::execute_double_precision() {
  const CachedInsn& next = cache_.at(engine_->read(CoreRegister::kPc));
  const Insn& insn = next.insn;
  std::array<std::uint8_t, 4> code{};
  bus_.copy_out(insn.address, code);
  const std::uint32_t word = std::uint32_t{code[1]} << 24 | std::uint32_t{code[0]} << 16 |
                             std::uint32_t{code[3]} << 8 | std::uint32_t{code[2]};
  if (!execute_double(*engine_, word)) {
    notes_.unmodelled("fpu", "conversion between half and double precision", insn.address, false,
                      word);
    fault_ = PendingFault{exception::kUsageFault, cfsr::kUndefinstr, {}};
    return;
  }
  begin_insn(next);
  const Address end = insn.end();
  retire_current(end);
  step_over_to(end);
}

// An instruction has been executed in the engine's place.
void CortexM::step_over_to(Address next) {
  const std::uint32_t xpsr = engine_->read(CoreRegister::kXpsr);
  const std::uint8_t it = advance_it_state(it_state_of(xpsr));
  engine_->write(CoreRegister::kXpsr, (xpsr & ~kItBits) | it_bits_of(it));
  engine_->write(CoreRegister::kPc, next);
}

void CortexM::halt_before(const CachedInsn& next) {
  if (next.insn.in_it && !rollback_.active()) {
    rollback_.begin(next.insn.address, it_state_at(next.insn.address));
  }
  current_ = nullptr;
  engine_->request_halt();
}

std::uint8_t CortexM::it_state_at(Address address) {
  std::uint8_t state = it_state_;
  for (Address at = it_block_; at < address; at = cache_.at(at).insn.end()) {
    state = advance_it_state(state);
  }
  return state;
}

void CortexM::capture(std::exception_ptr error) noexcept {
  if (!error_) error_ = std::move(error);
  attention_ = true;
  engine_->request_halt();
}

}  // namespace tinyscope
