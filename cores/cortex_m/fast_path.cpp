// Running block by block. What is seen from outside equals the reference path (execution.cpp).
#include "cores/cortex_m/fast_path.hpp"

#include <algorithm>
#include <bit>

#include "cores/cortex_m/core.hpp"
#include "cores/cortex_m/exception_numbers.hpp"
#include "cores/memory/cache_control.hpp"
#include "cores/memory/cached_data.hpp"

namespace tinyscope {
namespace {

constexpr std::uint32_t kThumbBit = 1u << 24;
constexpr std::uint32_t kFpca = 1u << 2;
constexpr std::size_t kMostCosts = 1u << 20;

std::uint64_t key_of(Address start, std::uint32_t size) {
  return std::uint64_t{start} << 32 | size;
}

constexpr std::uint64_t kLongestAccess = 4;  // unaligned parts included
constexpr std::uint32_t kMostAccessParts = 3;

}  // namespace

void CortexM::enable_fast_path(std::unique_ptr<ExecutionEngine> engine) {
  fast_ = std::make_unique<FastPath>(std::move(engine), *timing_, *memory_);
  timing_->use_memory(fast_->memory);
  fast_->context.bank_bit = timing_->bank_bit();
  fast_->context.near_code = [this](Address address, std::uint32_t size) {
    return cache_.has_code_in(address, size);
  };
}

const FastPath* CortexM::fast_path() const { return fast_.get(); }

void CortexM::check_fast_path() { fast_->costs.check_always(true); }

void CortexM::forget_blocks() {
  if (fast_) fast_->forget();
}

// Tells the fast path which memories there are; blocks of the timing model, and what the MPU allows
// privileged code, may be smaller. What may not be read is left out.
void CortexM::map_regions() {
  constexpr std::uint32_t kGrain = 4096;
  fast_->regions.all().clear();
  std::vector<Address> cuts = memory_->boundaries();
  if (mpu_active_) {
    const std::vector<Address> protection = mpu_.boundaries();
    cuts.insert(cuts.end(), protection.begin(), protection.end());
    std::sort(cuts.begin(), cuts.end());
  }
  // Elsewhere an unaligned access faults.
  const auto is_normal = [this](Address address) {
    return config_.family != CoreFamily::kCortexM7 ||
           mpu_.attributes(address).type == MemoryType::kNormal;
  };
  const auto allows = [this](Address address, AccessType type) {
    return !mpu_active_ || mpu_.allows(address, 1, type, true, false);
  };
  for (const auto& mapped : bus_.memories()) {
    std::uint8_t* const host = mapped.memory->data() + mapped.memory_offset;
    std::uint32_t from = 0;
    while (from < mapped.size) {
      const std::uint8_t block = memory_->block(mapped.base + from);
      std::uint32_t to = (from / kGrain + 1) * kGrain;
      while (to < mapped.size && memory_->block(mapped.base + to) == block) to += kGrain;
      to = std::min(to, mapped.size);
      const Address base = mapped.base + from;
      const auto cut = std::upper_bound(cuts.begin(), cuts.end(), base);
      if (cut != cuts.end()) to = std::min(to, *cut - mapped.base);
      if (is_normal(base) && allows(base, AccessType::kRead)) {
        const bool writable =
            mapped.memory->kind() == MemoryKind::kRam && allows(base, AccessType::kWrite);
        fast_->regions.add({base, to - from, host + from, block, writable, false,
                            allows(base, AccessType::kFetch), line_states(base)});
      }
      from = to;
    }
  }
}

// Where stores stay in the data cache.
const std::uint8_t* CortexM::line_states(Address address) const {
  if (cached_data_ == nullptr || !memory_->cache_control()->keeps_stores(address)) return nullptr;
  Address base = 0;
  const std::uint8_t* const states = cached_data_->states(address, base);
  constexpr std::uint32_t kLineBytes = 32;
  return states == nullptr ? nullptr : states + (address - base) / kLineBytes;
}

// May the core leave the reference path before the coming instruction?
bool CortexM::can_run_fast() {
  if (!fast_ || reference_left_ != 0 || attention_ || flash_busy_ || writable_flash_ != nullptr ||
      cycles_.count >= deadline_ || continues_at_ != 0) {
    return false;
  }
  if (mpu_active_ && (!privileged() || nvic_.execution_priority(masks_) < 0)) return false;
  const std::uint32_t xpsr = engine_->read(CoreRegister::kXpsr);
  return (xpsr & kThumbBit) != 0 && it_state_of(xpsr) == 0;
}

// Does nothing stand between the code and the FPU?
bool CortexM::fpu_is_ready() {
  return system_.fpu_enabled(privileged()) && (system_.fpccr & fpccr::kLspact) == 0 &&
         ((control_ & kFpca) != 0 || (system_.fpccr & fpccr::kAspen) == 0);
}

void CortexM::run_fast() {
  FastPath& fast = *fast_;
  if (engine_ != fast.engine.get()) {
    fast.engine->take_state_of(*engine_);
    engine_ = fast.engine.get();
  }
  const std::uint64_t protection = mpu_active_ ? mpu_.version() : 0;
  if (fast.protection != protection) {
    fast.forget();  // plans remember regions
    fast.regions.all().clear();
    fast.protection = protection;
  }
  if (fast.settings != memory_->settings() || fast.costs.size() > kMostCosts) {
    fast.forget();
    fast.regions.all().clear();  // attributes of memory are settings
    fast.settings = memory_->settings();
  }
  if (fast.regions.all().empty()) map_regions();
  for (Region& region : fast.regions.all()) {
    region.holds_code = region.writable && cache_.has_code_in(region.base, region.size);
  }
  fast.context.trap_unaligned = (system_.ccr & ccr::kUnalignTrp) != 0;
  fast.context.trap_divide_by_zero = (system_.ccr & ccr::kDiv0Trp) != 0;
  fast.context.watch_first = store_watch_first_;
  fast.context.watch_last = store_watch_last_;
  fast.fpu_ready = fpu_is_ready();
  fast.state = fast.costs.current_state();
  fast.last_cost = nullptr;
  fast.blocks_run = 0;
  ++fast.counts.entries;

  const Halt halt = engine_->run(*this);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  const Address pc = engine_->read(CoreRegister::kPc);
  const bool left_handler =
      halt == Halt::kExceptionReturn ||
      (halt == Halt::kFetchFault && handler_mode() && pc >= kExceptionReturns);
  if (fast.block != nullptr) finish_block(left_handler ? pc | 1u : pc);
  fast.costs.enter_state(fast.state);
  fast.stay_away =
      fast.blocks_run >= FastPath::kWorthwhileBlocks
          ? FastPath::kShortestStay
          : std::clamp(fast.stay_away * 2, FastPath::kShortestStay, FastPath::kLongestStay);
  reference_left_ = fast.stay_away;
  fast.counts.blocks += fast.blocks_run;
  if (!left_handler) return;  // the reference path meets whatever it was
  branch_to_exc_return(pc | 1u);
}

void CortexM::on_block(Address address, std::uint32_t size) noexcept {
  try {
    if (runs_functional_) {
      if (!begin_functional_block(address, size)) engine_->request_halt();
      return;
    }
    if (fast_->block != nullptr) finish_block(address);
    if (!begin_block(address, size)) engine_->request_halt();
  } catch (...) {
    capture(std::current_exception());
  }
}

CodeBlock& CortexM::block_at(Address address, std::uint32_t size) {
  FastPath& fast = *fast_;
  auto& place = fast.blocks[key_of(address, size)];
  if (place) return *place;
  std::vector<Insn> insns;
  bool watched = false;
  bool unprivileged = false;
  bool double_precision = false;
  for (Address at = address; at < address + size; at = insns.back().end()) {
    const CachedInsn& insn = cache_.at(at);
    insns.push_back(insn.insn);
    watched = watched || insn.watched;
    unprivileged = unprivileged || insn.insn.unprivileged;
    double_precision = double_precision || insn.insn.needs_double_unit();
  }
  TINYSCOPE_ASSERT(insns.back().end() == address + size);
  std::vector<std::uint8_t> code(size);
  bus_.copy_out(address, code);
  place = std::make_unique<CodeBlock>(address, std::move(insns), code);
  place->prepare_entry(*fast.engine);
  if (watched) place->obstacle = "somebody watches it";
  if (double_precision) place->obstacle = "double precision";
  const auto executable = [&fast](Address at) {
    const Region* const home = fast.regions.find(at, 1);
    return home != nullptr && home->executable;
  };
  if (mpu_active_ && !(executable(address) && executable(address + size - 1))) {
    place->obstacle = "the MPU forbids to run it";
  }
  if (mpu_active_ && unprivileged) place->obstacle = "the MPU decides about its accesses";
  std::uint32_t parts = 0;
  for (const Insn& insn : place->insns) {
    place->longest += timing_->longest_instruction() + insn.access_count * kLongestAccess;
    parts += insn.access_count * kMostAccessParts;
  }
  place->longest += memory_->longest_waits(size, parts);
  for (Region& region : fast.regions.all()) {
    if (region.writable && Regions::contains(region, address, size)) region.holds_code = true;
  }
  return *place;
}

// False: the block has to run on the reference path.
bool CortexM::begin_block(Address address, std::uint32_t size) {
  FastPath& fast = *fast_;
  BlockCost* const before = fast.last_cost;
  CodeBlock* block = before != nullptr ? before->next_block : nullptr;
  BlockSituations* situations = nullptr;
  if (block != nullptr && block->start == address && block->size == size) {
    situations = before->next_situations;
  } else {
    block = &block_at(address, size);
    situations = &fast.costs.situations(*block, fast.state);
    if (before != nullptr) {
      before->next_block = block;
      before->next_situations = situations;
    }
  }
  const auto refuse = [&fast](std::string_view why) {
    ++fast.counts.refusals[why];
    return false;
  };
  if (!block->obstacle.empty()) return refuse(block->obstacle);
  if (attention_) return refuse("an interrupt or a request to stop");
  if (cycles_.count + block->longest >= deadline_) return refuse("an event is due");
  if (block->uses_fpu && !fast.fpu_ready) return refuse("the FPU context is not active");
  if (block->entry.count != 0) engine_->read(block->entry);
  const auto divide_class = [&](std::uint16_t insn, std::uint32_t dividend, std::uint32_t divisor) {
    return timing_->divide_class(block->insns[insn], dividend, divisor);
  };
  if (!block->plan.run(fast.context, divide_class)) {
    if (!block->plan.met_unknown_store()) return refuse("an access that is not plain memory");
    follow_stores(*block);
    return refuse("a value that the block itself stores");
  }
  if (block->plan.stores_to_clean() && !prepare_lines(*block)) {
    return refuse("a line of the data cache that DMA has written");
  }
  fast.block = block;
  fast.situations = situations;
  return true;
}

// The block is going to make lines of the data cache dirty.
bool CortexM::prepare_lines(const CodeBlock& block) {
  bool followed = true;
  for (const BlockFact& fact : block.plan.facts()) {
    if (fact.kind != BlockFact::Kind::kAccess || !fact.write || !fact.happens) continue;
    const std::uint32_t bytes = std::uint32_t{fact.bytes} * fact.count;
    followed = cached_data_->before_store(fact.address, bytes) && followed;
  }
  if (!followed) cached_data_->settle();
  return followed;
}

void CortexM::follow_stores(CodeBlock& block) {
  if (block.stores_followed) return;
  block.stores_followed = true;
  std::vector<std::uint8_t> code(block.size);
  bus_.copy_out(block.start, code);
  fast_->costs.collect(block);
  if (block.follow_stores(code)) block.prepare_entry(*fast_->engine);
}

// The running block has ended and `next` follows.
void CortexM::finish_block(Address next) {
  FastPath& fast = *fast_;
  CodeBlock& block = *std::exchange(fast.block, nullptr);
  BlockCost* cost = fast.costs.known(block, *fast.situations, next);
  if (cost == nullptr) {
    const std::uint32_t next_size =
        next >= kExceptionReturns || !bus_.memory_at(next).memory ? 2 : cache_.at(next).insn.size;
    cost = &fast.costs.learn(block, *fast.situations, next, next_size);
  }
  if (cached_data_ != nullptr && cached_data_->unsettled()) cached_data_->settle();
  ++cost->executions;
  fast.last_cost = cost;
  fast.state = cost->state_after;
  const auto instructions = static_cast<std::uint32_t>(block.insns.size());
  ++fast.blocks_run;
  fast.counts.instructions += instructions;

  if (!block_open_) {
    // Copied rather than cleared and added to: this happens for every few instructions.
    begin_open_block(block.start);
    block_.cycles = cost->cycles;
    block_.instructions = instructions;
    block_.loads = cost->loads;
    block_.stores = cost->stores;
    block_.multiplies = cost->multiplies;
    block_.float_ops = cost->float_ops;
    block_.flash_reads = cost->flash_reads;
  } else {
    block_.cycles += cost->cycles;
    block_.instructions += instructions;
    block_.loads += cost->loads;
    block_.stores += cost->stores;
    block_.multiplies += cost->multiplies;
    block_.float_ops += cost->float_ops;
    block_.flash_reads += cost->flash_reads;
  }
  block_.end = block.end();
  cycles_.count += cost->total;
  transfer_cycles_ += cost->transfer_cycles;
  if (block.plan.moved_sp()) {
    sp_ = block.plan.last_sp();
    block_.lowest_sp = std::min(block_.lowest_sp, block.plan.lowest_sp());
  }
  if (!access_listeners_.empty()) tell_block_accesses(block);
  if (!cost->last_skipped) close_block_behind(block.insns.back(), next);
  count_for_poll(instructions);
}

}  // namespace tinyscope
