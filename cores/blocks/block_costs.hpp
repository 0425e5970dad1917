// What blocks of code cost, remembered.
//
// The timing model prices a block instruction by instruction once for each situation that it is
// met in: the state of the pipeline at its entry, the signature of its facts, where it goes next,
// and what the caches answered on the way. Met again in an equal situation, the same cost and the
// same state at its end are taken from memory, and the caches are asked the same questions so that
// they change as they would have. So the result is that of the timing model, not an approximation.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cores/blocks/address_plan.hpp"
#include "cores/blocks/traced_memory.hpp"
#include "cores/timing/timing_model.hpp"
#include "sim/insn_counts.hpp"
#include "sim/listener.hpp"

namespace tinyscope {

struct CodeBlock;
class BlockCosts;

// Number of a pipeline state.
using StateId = std::uint32_t;

// Cycles of one cause that one instruction of a block took.
struct InsnShare {
  std::uint16_t insn = 0;  // index
  StallCause cause = StallCause::kIssue;
  std::uint32_t cycles = 0;
};

// The cost of a block in one situation.
struct BlockCost {
  StallCycles cycles;
  std::uint64_t total = 0;
  // Times it was charged that the table of instructions does not know of yet.
  std::uint64_t executions = 0;
  std::uint64_t transfer_cycles = 0;  // of multi-cycle those of loads and stores
  std::uint32_t loads = 0;
  std::uint32_t stores = 0;
  std::uint32_t multiplies = 0;
  std::uint32_t float_ops = 0;
  std::uint32_t flash_reads = 0;
  bool last_skipped = false;  // the last instruction: by IT
  StateId state_after = 0;
  // Where execution went on last, so that it need not be looked up.
  CodeBlock* next_block = nullptr;
  class BlockSituations* next_situations = nullptr;
  // What its instructions had of it each time; empty unless instructions are counted.
  std::vector<InsnShare> shares;
};

// All that is known of one block entered in one pipeline state.
class BlockSituations {
 public:
  explicit BlockSituations(StateId state) : state_(state) {}
  StateId state() const { return state_; }
  // Costs that were handed out become invalid.
  void forget() {
    variants_.clear();
    last_ = nullptr;
  }

 private:
  friend class BlockCosts;

  struct Node {
    CacheQuestion question;
    std::int32_t held = kUnknown;  // next node, or ~index of a cost
    std::int32_t missing = kUnknown;
  };
  struct CodeLines {
    LineCache* cache = nullptr;
    std::vector<std::uint32_t> places;  // of lines that are used, in order
    std::uint64_t valid = ~std::uint64_t{0};
    std::uint64_t hit = 0;
  };
  struct Variant {
    Address next = 0;
    std::uint32_t next_size = 2;
    std::vector<std::uint16_t> signature;
    std::int32_t root = kUnknown;
    std::vector<Node> nodes;
    std::deque<BlockCost> costs;  // addresses stay valid
    // The answers of last time, if none of them brought a line in or sent one away, and the cost
    // then: they are likely to come again, and can be checked before anything is changed.
    std::vector<CacheAnswer> steady;
    BlockCost* steady_cost = nullptr;
    // The part of them that is about code, by the cache they were put to: stays right until a line
    // comes into that cache or goes.
    std::vector<CodeLines> code;
    // The rest, which has to be asked at other addresses each time.
    std::vector<CacheAnswer> data;
  };
  static constexpr std::int32_t kUnknown = 0x7FFFFFFF;

  StateId state_;
  std::vector<std::unique_ptr<Variant>> variants_;
  // The one met last, and the version of the signature then.
  Variant* last_ = nullptr;
  std::uint64_t last_version_ = 0;
};

struct CodeBlock {
  Address start = 0;
  std::uint32_t size = 0;
  std::vector<Insn> insns;
  AddressPlan plan;
  RegisterBatch entry;  // reads what the plan needs
  // Why it always runs on the reference path; empty: it need not.
  std::string_view obstacle;
  bool uses_fpu = false;
  bool stores_followed = false;  // has been tried
  std::uint64_t longest = 0;     // cycles it may take at most
  std::vector<std::unique_ptr<BlockSituations>> situations;

  CodeBlock(Address begin, std::vector<Insn> instructions, std::span<const std::uint8_t> code);
  CodeBlock(const CodeBlock&) = delete;
  CodeBlock& operator=(const CodeBlock&) = delete;
  Address end() const { return start + size; }
  // After the plan has been made or made anew.
  void prepare_entry(const ExecutionEngine& engine);
  // After a run that was refused for want of a stored value: plans anew with such values, if they
  // can be computed, and forgets the situations. False: nothing has changed.
  bool follow_stores(std::span<const std::uint8_t> code);
};

// Why a block of these instructions has to run on the reference path whatever it accesses: it
// changes what the run loop keeps outside of the engine, or cuts an IT block. Empty: it need not.
std::string_view obstacle_in(std::span<const Insn> insns);

class BlockCosts {
 public:
  BlockCosts(TimingModel& timing, TracedMemory& memory);

  // The state that the timing model is in now.
  StateId current_state();
  // Puts the timing model into a state.
  void enter_state(StateId state) { timing_.set_pipeline_state(*states_[state]); }
  BlockSituations& situations(CodeBlock& block, StateId state);

  // The cost of `block`, whose plan has just run, if it was entered as `situations` say and goes on
  // at `next`; changes the caches as the block does. Null, and nothing changed: not known yet.
  BlockCost* known(CodeBlock& block, BlockSituations& situations, Address next) {
    Variant* const variant = find(block, situations, next);
    if (variant == nullptr) return nullptr;
    if (checking_) check(block, situations, *variant, next);
    const bool steady = variant->steady_cost != nullptr && is_steady(block, *variant);
    return steady ? variant->steady_cost : replay(block, *variant);
  }
  // The same from the timing model; `next_size`: bytes of the instruction at `next`.
  BlockCost& learn(CodeBlock& block, BlockSituations& situations, Address next,
                   std::uint32_t next_size);
  // Prices every block anew as well and throws SimulatorFault if that differs from what is
  // remembered: for tests.
  void check_always(bool on) { checking_ = on; }
  // Keeps apart what each instruction costs, from what is learnt next on; null: nobody wants to
  // know now, but may again.
  void count_insns(InsnCounts* counts) {
    insn_counts_ = counts;
    tells_insns_apart_ = tells_insns_apart_ || counts != nullptr;
  }
  bool tells_insns_apart() const { return tells_insns_apart_; }
  // Tells the table of instructions how often costs of `block` were charged since the last time.
  void collect(CodeBlock& block);
  // Forgets everything; numbers of states become invalid. All blocks must be dropped with it.
  void clear();
  // How many costs are remembered.
  std::size_t size() const { return size_; }

 private:
  using Variant = BlockSituations::Variant;

  static bool equal(std::span<const std::uint16_t> a, std::span<const std::uint16_t> b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  static Variant* find(const CodeBlock& block, BlockSituations& situations, Address next) {
    const std::uint64_t version = block.plan.signature_version();
    Variant* const last = situations.last_;
    if (last != nullptr && situations.last_version_ == version && last->next == next) return last;
    auto& variants = situations.variants_;
    const auto signature = block.plan.signature();
    for (std::size_t i = 0; i < variants.size(); ++i) {
      if (variants[i]->next != next || !equal(signature, variants[i]->signature)) continue;
      if (i != 0) std::swap(variants[0], variants[i]);
      situations.last_ = variants[0].get();
      situations.last_version_ = version;
      return situations.last_;
    }
    return nullptr;
  }
  // Do the caches answer as last time? Then they are asked. Such answers change nothing but the
  // order of use, so they can all be looked at before the first is given.
  static bool is_steady(const CodeBlock& block, Variant& variant) {
    for (const auto& lines : variant.code) {
      if (lines.cache->fills() != lines.valid) return look_anew(block, variant);
    }
    if (!variant.data.empty() && !data_is_steady(block, variant)) return false;
    for (auto& lines : variant.code) lines.hit = lines.cache->hit_places(lines.places, lines.hit);
    return true;
  }
  static bool data_is_steady(const CodeBlock& block, const Variant& variant);
  static bool look_anew(const CodeBlock& block, Variant& variant);
  static void remember_steady(Variant& variant, std::span<const CacheAnswer> answers,
                              BlockCost& cost);
  BlockCost run_model(const CodeBlock& block, Address next, std::uint32_t next_size);
  void check(const CodeBlock& block, const BlockSituations& situations, Variant& variant,
             Address next);
  BlockCost* replay_questions(const CodeBlock& block, Variant& variant);
  BlockCost* replay(const CodeBlock& block, Variant& variant);
  StateId number_of(PipelineState state);

  TimingModel& timing_;
  TracedMemory& memory_;
  std::vector<LineCache*> caches_;
  std::unordered_map<std::string, StateId> numbers_;
  std::vector<std::unique_ptr<PipelineState>> states_;
  std::size_t size_ = 0;
  std::vector<CacheAnswer> answers_;   // of the replay under way
  InsnCounts* insn_counts_ = nullptr;  // null: instructions are not counted
  bool tells_insns_apart_ = false;
  bool checking_ = false;
};

}  // namespace tinyscope
