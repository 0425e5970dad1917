#include "cores/blocks/block_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

// Instructions that change what the run loop keeps outside of the engine.
std::string_view obstacle_of(const Insn& insn) {
  switch (insn.op) {
    case Op::kUndefined:
    case Op::kCoprocessor: return "an undefined instruction";
    case Op::kLoadExclusive:
    case Op::kStoreExclusive:
    case Op::kClearExclusive: return "an exclusive access";
    case Op::kReadSpecial:
    case Op::kWriteSpecial:
    case Op::kChangeState: return "a special register";
    case Op::kSupervisorCall:
    case Op::kBreakpoint:
    case Op::kWaitForInterrupt:
    case Op::kWaitForEvent:
    case Op::kSendEvent: return "a system instruction";
    default: return {};
  }
}

// Which address a question is about, with the facts of the last run.
Address resolve(const CacheQuestion& question, std::span<const BlockFact> facts) {
  return question.resolve(
      question.fact < 0 ? 0 : facts[static_cast<std::size_t>(question.fact)].address);
}

bool makes_dirty(LineCache::Question question) {
  return question == LineCache::Question::kWrite || question == LineCache::Question::kWriteHeld;
}

// Does this answer leave every line where it is?
bool is_steady_answer(const CacheAnswer& answer) {
  switch (answer.question.question) {
    case LineCache::Question::kProbe: return true;
    case LineCache::Question::kAccess:
    case LineCache::Question::kWrite:
    case LineCache::Question::kWriteHeld:
    case LineCache::Question::kInsert: return answer.held;
    case LineCache::Question::kRemove: return !answer.held;
    case LineCache::Question::kEvictedDirty: return false;
  }
  return false;
}

// Is a line used by a question that finds it?
bool uses(LineCache::Question question) {
  return question == LineCache::Question::kAccess || makes_dirty(question);
}

// Would the caches answer like this now? Changes nothing.
bool answer_again(std::span<const CacheAnswer> answers, std::span<const BlockFact> facts) {
  for (const CacheAnswer& answer : answers) {
    const Address address = resolve(answer.question, facts);
    const LineCache& cache = *answer.question.cache;
    if (answer.held ? !cache.surely_holds(address) : cache.holds(address)) return false;
  }
  return true;
}

// What a question that finds its line does to it.
void use_line(const CacheQuestion& question, Address address) {
  if (makes_dirty(question.question)) {
    question.cache->hit_by_write(address);
  } else {
    question.cache->hit(address);
  }
}

}  // namespace

std::string_view obstacle_in(std::span<const Insn> insns) {
  std::string_view obstacle;
  if (insns.front().in_it) obstacle = "it begins within an IT block";
  for (std::size_t i = 0; i < insns.size(); ++i) {
    const Insn& insn = insns[i];
    if (const auto why = obstacle_of(insn); !why.empty()) obstacle = why;
    const bool cut = insn.op == Op::kIt && i + it_block_length(insn.immediate) >= insns.size();
    if (cut) obstacle = "it ends within an IT block";
  }
  return obstacle;
}

CodeBlock::CodeBlock(Address begin, std::vector<Insn> instructions,
                     std::span<const std::uint8_t> code)
    : start(begin),
      size(static_cast<std::uint32_t>(code.size())),
      insns(std::move(instructions)),
      plan(insns, code),
      obstacle(plan.obstacle()) {
  if (const auto why = obstacle_in(insns); !why.empty()) obstacle = why;
  uses_fpu = std::any_of(insns.begin(), insns.end(), [](const Insn& insn) { return insn.is_fp; });
}

void CodeBlock::prepare_entry(const ExecutionEngine& engine) {
  engine.prepare(entry, plan.entry_registers());
  for (std::size_t i = 0; i < plan.entry_registers().size(); ++i) {
    entry.places[i] = plan.entry_value(i);
  }
}

bool CodeBlock::follow_stores(std::span<const std::uint8_t> code) {
  AddressPlan better(insns, code, true);
  if (!better.obstacle().empty()) return false;
  plan = std::move(better);
  // The new plan may have other facts. The objects stay: other blocks know them.
  for (auto& known : situations) known->forget();
  return true;
}

BlockCosts::BlockCosts(TimingModel& timing, TracedMemory& memory)
    : timing_(timing), memory_(memory), caches_(memory.caches()) {
  const std::vector<LineCache*> tables = timing.tables();
  caches_.insert(caches_.end(), tables.begin(), tables.end());
}

void BlockCosts::clear() {
  numbers_.clear();
  states_.clear();
  size_ = 0;
}

void BlockCosts::collect(CodeBlock& block) {
  if (!tells_insns_apart_) return;
  for (const auto& known : block.situations) {
    for (const auto& variant : known->variants_) {
      for (BlockCost& cost : variant->costs) {
        const std::uint64_t executions = std::exchange(cost.executions, std::uint64_t{0});
        if (executions == 0 || insn_counts_ == nullptr) continue;
        for (const Insn& insn : block.insns) insn_counts_->at(insn.address).count += executions;
        for (const InsnShare& share : cost.shares) {
          insn_counts_->at(block.insns[share.insn].address).stalls[share.cause] +=
              executions * share.cycles;
        }
      }
    }
  }
}

StateId BlockCosts::number_of(PipelineState state) {
  std::string key(reinterpret_cast<const char*>(state.data()), state.size());
  const auto [found, fresh] =
      numbers_.try_emplace(std::move(key), static_cast<StateId>(states_.size()));
  if (fresh) states_.push_back(std::make_unique<PipelineState>(std::move(state)));
  return found->second;
}

StateId BlockCosts::current_state() { return number_of(timing_.pipeline_state()); }

BlockSituations& BlockCosts::situations(CodeBlock& block, StateId state) {
  for (auto& known : block.situations) {
    if (known->state() == state) return *known;
  }
  return *block.situations.emplace_back(std::make_unique<BlockSituations>(state));
}

void BlockCosts::check(const CodeBlock& block, const BlockSituations& situations, Variant& variant,
                       Address next) {
  for (LineCache* const cache : caches_) cache->begin();
  const BlockCost* const remembered = replay_questions(block, variant);
  for (LineCache* const cache : caches_) cache->undo();
  if (remembered == nullptr) return;
  timing_.set_pipeline_state(*states_[situations.state()]);
  for (LineCache* const cache : caches_) cache->begin();
  const BlockCost fresh = run_model(block, next, variant.next_size);
  for (LineCache* const cache : caches_) cache->undo();
  const StateId after = current_state();
  if (fresh.cycles.by_cause != remembered->cycles.by_cause || after != remembered->state_after) {
    throw SimulatorFault(fmt::format(
        "block 0x{:08X} to 0x{:08X}: remembered {} cycles and state {}, found {} and {}",
        block.start, block.end(), remembered->total, remembered->state_after, fresh.total, after));
  }
}

bool BlockCosts::data_is_steady(const CodeBlock& block, const Variant& variant) {
  const auto facts = block.plan.facts();
  if (!answer_again(variant.data, facts)) return false;
  for (const CacheAnswer& answer : variant.data) {
    if (!answer.held || !uses(answer.question.question)) continue;
    use_line(answer.question, resolve(answer.question, facts));
  }
  return true;
}

// The same where lines of code may have moved: finds out where they are now.
bool BlockCosts::look_anew(const CodeBlock& block, Variant& variant) {
  const auto facts = block.plan.facts();
  if (!answer_again(variant.steady, facts)) return false;
  for (auto& lines : variant.code) {
    lines.places.clear();
    lines.valid = lines.cache->fills();
    lines.hit = 0;
  }
  for (const CacheAnswer& answer : variant.steady) {
    const CacheQuestion& question = answer.question;
    if (!answer.held || !uses(question.question)) continue;
    const Address address = resolve(question, facts);
    use_line(question, address);
    for (auto& lines : variant.code) {
      if (lines.cache == question.cache) lines.places.push_back(question.cache->place(address));
    }
  }
  return true;
}

void BlockCosts::remember_steady(Variant& variant, std::span<const CacheAnswer> answers,
                                 BlockCost& cost) {
  if (!std::all_of(answers.begin(), answers.end(), is_steady_answer)) return;
  variant.steady.assign(answers.begin(), answers.end());
  variant.steady_cost = &cost;
  variant.code.clear();
  variant.data.clear();
  const auto holds_data = [answers](const LineCache* cache) {
    return std::any_of(answers.begin(), answers.end(), [cache](const CacheAnswer& answer) {
      return answer.question.cache == cache && answer.question.fact >= 0;
    });
  };
  for (const CacheAnswer& answer : answers) {
    LineCache* const cache = answer.question.cache;
    const bool known = std::any_of(variant.code.begin(), variant.code.end(),
                                   [cache](const auto& lines) { return lines.cache == cache; });
    if (known) continue;
    if (holds_data(cache)) {
      variant.data.push_back(answer);
    } else {
      variant.code.emplace_back().cache = cache;
    }
  }
}

// Asks the caches what they were asked before. Null: an answer that is new; nothing has changed.
BlockCost* BlockCosts::replay(const CodeBlock& block, Variant& variant) {
  std::int32_t at = variant.root;
  if (at < 0) return &variant.costs[static_cast<std::size_t>(~at)];
  if (at == BlockSituations::kUnknown) return nullptr;
  for (LineCache* const cache : caches_) cache->begin();
  BlockCost* const cost = replay_questions(block, variant);
  for (LineCache* const cache : caches_) {
    if (cost != nullptr) {
      cache->keep();
    } else {
      cache->undo();
    }
  }
  if (cost != nullptr) remember_steady(variant, answers_, *cost);
  return cost;
}

BlockCost* BlockCosts::replay_questions(const CodeBlock& block, Variant& variant) {
  const auto facts = block.plan.facts();
  answers_.clear();
  std::int32_t at = variant.root;
  while (at >= 0 && at != BlockSituations::kUnknown) {
    const auto& node = variant.nodes[static_cast<std::size_t>(at)];
    const CacheQuestion& question = node.question;
    const bool held = question.cache->ask(question.question, resolve(question, facts));
    answers_.push_back({question, held});
    at = held ? node.held : node.missing;
  }
  if (at == BlockSituations::kUnknown) return nullptr;
  return &variant.costs[static_cast<std::size_t>(~at)];
}

BlockCost& BlockCosts::learn(CodeBlock& block, BlockSituations& situations, Address next,
                             std::uint32_t next_size) {
  Variant* found = find(block, situations, next);
  if (found == nullptr) {
    found = situations.variants_.emplace_back(std::make_unique<Variant>()).get();
    found->next = next;
    found->next_size = next_size;
    const auto signature = block.plan.signature();
    found->signature.assign(signature.begin(), signature.end());
  }
  Variant& variant = *found;
  timing_.set_pipeline_state(*states_[situations.state()]);
  memory_.start(caches_);
  BlockCost cost = run_model(block, next, next_size);
  const std::vector<CacheAnswer> answers = memory_.stop(caches_);
  cost.state_after = current_state();
  variant.costs.push_back(cost);
  const std::int32_t leaf = ~static_cast<std::int32_t>(variant.costs.size() - 1);
  ++size_;

  // Follows the known questions and adds the new ones; adding may move the nodes.
  std::int32_t* link = &variant.root;
  for (const CacheAnswer& answer : answers) {
    std::int32_t at = *link;
    if (at == BlockSituations::kUnknown) {
      *link = at = static_cast<std::int32_t>(variant.nodes.size());
      variant.nodes.push_back({answer.question});
    }
    auto& node = variant.nodes[static_cast<std::size_t>(at)];
    TINYSCOPE_ASSERT(node.question == answer.question);
    link = answer.held ? &node.held : &node.missing;
  }
  TINYSCOPE_ASSERT(*link == BlockSituations::kUnknown);
  *link = leaf;
  remember_steady(variant, answers, variant.costs.back());
  return variant.costs.back();
}

// The block once through the timing model.
BlockCost BlockCosts::run_model(const CodeBlock& block, Address next, std::uint32_t next_size) {
  BlockCost cost;
  const auto facts = block.plan.facts();
  std::size_t fact = 0;
  std::vector<MemoryAccess> accesses;
  const std::uint64_t reads_before = memory_.array_reads();
  for (std::size_t i = 0; i < block.insns.size(); ++i) {
    const Insn& insn = block.insns[i];
    const bool last = i + 1 == block.insns.size();
    RetiredInsn retired{.insn = insn};
    accesses.clear();
    memory_.attribute(-1, 0);
    for (; fact < facts.size() && facts[fact].insn == i; ++fact) {
      const BlockFact& found = facts[fact];
      if (found.kind == BlockFact::Kind::kPredicate) {
        retired.skipped = !found.happens;
      } else if (found.happens && found.kind == BlockFact::Kind::kDivide) {
        retired.dividend = found.dividend;
        retired.divisor = found.divisor;
      } else if (found.happens) {
        memory_.attribute(static_cast<std::int32_t>(fact), found.address);
        for (unsigned n = 0; n < found.count; ++n) {
          accesses.push_back({found.address + n * found.bytes, found.bytes, found.write});
        }
        (found.write ? cost.stores : cost.loads) += found.count;
      }
    }
    retired.accesses = accesses;
    if (last) cost.last_skipped = retired.skipped;
    if (!retired.skipped && insn.is_multiply()) ++cost.multiplies;
    if (!retired.skipped && insn.is_float_arithmetic()) ++cost.float_ops;
    const bool leaves = last && !retired.skipped;
    retired.next = leaves ? next : insn.end();
    retired.next_size = last ? next_size : block.insns[i + 1].size;
    StallCycles cycles = timing_.retire(retired);
    if (retired.next >= kExceptionReturns) cycles[StallCause::kBranch] = 0;
    if (!accesses.empty()) cost.transfer_cycles += cycles[StallCause::kMultiCycle];
    cost.cycles += cycles;
    if (!tells_insns_apart_) continue;
    for (std::size_t cause = 0; cause < kStallCauseCount; ++cause) {
      if (cycles.by_cause[cause] == 0) continue;
      cost.shares.push_back({static_cast<std::uint16_t>(i), static_cast<StallCause>(cause),
                             static_cast<std::uint32_t>(cycles.by_cause[cause])});
    }
  }
  cost.total = cost.cycles.total();
  cost.flash_reads = static_cast<std::uint32_t>(memory_.array_reads() - reads_before);
  return cost;
}

}  // namespace tinyscope
