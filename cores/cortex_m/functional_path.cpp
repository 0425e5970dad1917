// Running without a cycle model: see functional_path.hpp.
#include "cores/cortex_m/functional_path.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "cores/blocks/block_costs.hpp"
#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/fast_path.hpp"

namespace tinyscope {
namespace {

// Registers that address the access of `insn`, as they are now. Nullopt: it makes none.
std::optional<Address> first_access(const Insn& insn, ExecutionEngine& engine) {
  const auto value = [&engine](std::uint8_t number) {
    return number == kNoRegister ? 0 : engine.read(core_register(number));
  };
  const Address displacement = static_cast<std::uint32_t>(insn.displacement);
  switch (insn.address_mode) {
    case AddressMode::kImmediate:
    case AddressMode::kPreIndex:
    case AddressMode::kMultiple: return value(insn.base) + displacement;
    case AddressMode::kPostIndex: return value(insn.base);
    case AddressMode::kRegister: return value(insn.base) + (value(insn.index) << insn.index_shift);
    case AddressMode::kLiteral:
    case AddressMode::kNone: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void CortexM::enable_functional_path() {
  TINYSCOPE_ASSERT(fast_ != nullptr);
  fast_->functional = std::make_unique<FunctionalPath>();
  functional_ = fast_->functional.get();
}

Address CortexM::running_insn() const {
  if (current_ != nullptr) return current_->insn.address;
  return runs_functional_ ? functional_->block_start : 0;
}

// Whoever listens to more than the course of the run wants every block, and traps want every
// instruction that may meet them.
bool CortexM::can_run_functional() const {
  return functional_ != nullptr && block_listeners_.empty() && access_listeners_.empty() &&
         insn_counts_ == nullptr && store_watches_.empty() && !mpu_active_ &&
         (system_.ccr & ccr::kUnalignTrp) == 0;
}

void CortexM::run_functional() {
  FunctionalPath& path = *functional_;
  if (engine_ != fast_->engine.get()) {
    fast_->engine->take_state_of(*engine_);
    engine_ = fast_->engine.get();
  }
  path.fpu_ready = fpu_is_ready();
  path.divides_ready = (system_.ccr & ccr::kDiv0Trp) == 0;
  path.circumstances = std::uint64_t{path.fpu_ready} << 63 | std::uint64_t{path.divides_ready}
                                                                 << 62;
  if (block_open_) close_block(engine_->read(CoreRegister::kPc), Transfer::kNone);
  const std::uint64_t before = cycles_.count;
  path.accounted = before;
  path.poll_at = before + poll_countdown_;
  path.running = path.accesses = 0;
  path.refused = path.polls = path.stopped_inside = false;
  renew_functional_limit();

  runs_functional_ = true;
  const Halt halt = engine_->run(*this);
  runs_functional_ = false;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  if (halt == Halt::kWriteProtected) {
    path.stopped_inside = path.stopped_write = true;
    path.stopped_address = engine_->fault_address();
  }
  if (path.stopped_inside) {
    stand_before_access();
  } else {
    cycles_.count += path.running;
  }
  path.running = 0;
  account_functional();
  sp_ = engine_->read(CoreRegister::kSp);
  const std::uint64_t ran = cycles_.count - before;
  path.instructions += ran;
  count_for_poll(path.polls ? std::max(poll_countdown_, static_cast<std::uint32_t>(ran))
                            : static_cast<std::uint32_t>(ran));
  if (path.refused) {
    path.stay_away = ran != 0 ? FastPath::kShortestStay
                              : std::clamp(path.stay_away * 2, FastPath::kShortestStay,
                                           FunctionalPath::kLongestStay);
    reference_left_ = path.stay_away;
  }
  const Address pc = engine_->read(CoreRegister::kPc);
  const bool left_handler =
      halt == Halt::kExceptionReturn ||
      (halt == Halt::kFetchFault && handler_mode() && pc >= kExceptionReturns);
  if (left_handler) {
    branch_to_exc_return(pc | 1u);
  } else if (halt != Halt::kRequested && !path.refused) {
    reference_left_ = FastPath::kShortestStay;  // the reference path meets whatever it was
  }
}

// All cycles that have passed here are those of instructions.
void CortexM::account_functional() {
  const std::uint64_t passed = cycles_.count - functional_->accounted;
  functional_->accounted = cycles_.count;
  totals_[StallCause::kIssue] += passed;
  instructions_ += passed;
}

void CortexM::renew_functional_limit() {
  functional_->limit = attention_ ? 0 : std::min(deadline_, functional_->poll_at);
}

// False: the block has to run on the reference path, or an event comes first.
bool CortexM::begin_functional_block(Address address, std::uint32_t size) {
  FunctionalPath& path = *functional_;
  cycles_.count += path.running;
  path.block_start = address;
  path.block_size = size;
  path.accesses = 0;
  const FunctionalPath::Ready& ready = path.ready_at(address);
  if (ready.key == path.ready_key(address, size) &&
      cycles_.count + ready.instructions < path.limit) {
    path.running = ready.instructions;
    return true;
  }
  path.running = 0;
  const FunctionalBlock& block = functional_block(address, size);
  if (cycles_.count + block.insns.size() >= path.limit) {
    // Behind a poll, or what wants attention, the core may come back at once.
    path.refused = !attention_ && cycles_.count + block.insns.size() >= deadline_;
    path.polls = !attention_ && !path.refused;
    return false;
  }
  path.refused = !block.obstacle.empty() || (block.uses_fpu && !path.fpu_ready) ||
                 (block.divides && !path.divides_ready);
  if (path.refused) return false;
  if (block.code.empty()) {
    path.ready_at(address) = {path.ready_key(address, size), block.insns.size()};
  } else if (!holds(block)) {
    code_changed(address, size);
    path.refused = true;
    return false;
  }
  path.running = block.insns.size();
  return true;
}

bool CortexM::holds(const FunctionalBlock& block) const {
  const Bus::MemoryPlace place = bus_.memory_at(block.start);
  const auto bytes = place.memory->bytes().subspan(place.offset, block.size);
  return std::equal(block.code.begin(), block.code.end(), bytes.begin());
}

const FunctionalBlock& CortexM::functional_block(Address address, std::uint32_t size) {
  auto& place = functional_->blocks[FunctionalPath::key_of(address, size)];
  if (place) return *place;
  place = std::make_unique<FunctionalBlock>();
  FunctionalBlock& block = *place;
  block.start = address;
  block.size = size;
  bool watched = false;
  for (Address at = address; at < address + size; at = block.insns.back().end()) {
    const CachedInsn& insn = cache_.at(at);
    block.insns.push_back(insn.insn);
    watched = watched || insn.watched;
    block.uses_fpu = block.uses_fpu || insn.insn.is_fp;
    block.divides = block.divides || insn.insn.op == Op::kDivide;
    if (insn.insn.needs_double_unit()) block.obstacle = "double precision";
  }
  TINYSCOPE_ASSERT(block.insns.back().end() == address + size);
  if (const auto why = obstacle_in(block.insns); !why.empty()) block.obstacle = why;
  if (watched) block.obstacle = "somebody watches it";
  const Bus::MemoryPlace home = bus_.memory_at(address);
  if (home.memory->kind() == MemoryKind::kRam) {
    block.code.resize(size);
    bus_.copy_out(address, block.code);
    functional_->in_ram.push_back(&block);
  }
  return block;
}

// The engine tells the core of its stores only where every instruction is seen. So code in RAM is
// compared before another engine runs what may be no longer there.
void CortexM::drop_replaced_code() {
  std::vector<std::pair<Address, std::uint32_t>> replaced;
  for (const FunctionalBlock* const block : functional_->in_ram) {
    if (!holds(*block)) replaced.emplace_back(block->start, block->size);
  }
  for (const auto& [address, size] : replaced) code_changed(address, size);
}

// Time of an access within a block: each comes a cycle after the one before.
std::uint64_t CortexM::functional_access_cycle() {
  account_functional();
  return cycles_.count + std::min(functional_->accesses++, functional_->running);
}

void CortexM::stop_inside(Address address, bool write) {
  functional_->stopped_inside = true;
  functional_->stopped_address = address;
  functional_->stopped_write = write;
}

// The engine has stopped before the instruction that makes a refused access, with all registers as
// they are there but PC and ITSTATE, which are those of the block. Which one it is follows from the
// address.
void CortexM::stand_before_access() {
  FunctionalPath& path = *functional_;
  const FunctionalBlock& block = functional_block(path.block_start, path.block_size);
  std::uint8_t it = 0;
  for (std::size_t i = 0; i < block.insns.size(); ++i) {
    const Insn& insn = block.insns[i];
    const bool right_kind = path.stopped_write ? insn.is_store() : insn.is_load();
    const auto address = right_kind ? first_access(insn, *engine_) : std::nullopt;
    const std::uint32_t reach = std::max(1u, unsigned{insn.access_count}) * insn.access_bytes;
    if (address && path.stopped_address - *address < reach) {
      const std::uint32_t xpsr = engine_->read(CoreRegister::kXpsr);
      engine_->write(CoreRegister::kXpsr, (xpsr & ~kItBits) | it_bits_of(it));
      engine_->write(CoreRegister::kPc, insn.address);
      cycles_.count += i;
      return;
    }
    it = insn.op == Op::kIt ? static_cast<std::uint8_t>(insn.immediate) : advance_it_state(it);
  }
  throw SimulatorFault("functional path: no instruction of the block makes the refused access");
}

}  // namespace tinyscope
