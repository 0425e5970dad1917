// Which addresses a block of code is going to touch, found out before it runs.
//
// Watching every access of the engine is what makes a simulation slow. Instead, a plan holds the
// few computations of a block that its addresses, divides and predicates depend on, and runs them
// on the registers at its entry. What a plan cannot foresee it refuses, and the block has to be run
// on the reference path: a value from an instruction that IntegerOp does not cover, an access that
// is not plain memory, one that would fault.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "cores/blocks/regions.hpp"
#include "cores/decode/integer_op.hpp"
#include "cores/engine/engine.hpp"

namespace tinyscope {

// Something about a run of a block that its instructions alone do not tell.
struct BlockFact {
  enum class Kind : std::uint8_t { kAccess, kDivide, kPredicate };
  Kind kind = Kind::kAccess;
  std::uint8_t bytes = 0;  // of one element of an access
  std::uint8_t count = 0;  // elements of an access
  bool write = false;
  bool word_aligned = false;       // faults at any other address
  bool value_followed = false;     // of a store: `stored` is what it stores
  bool bank_counts = false;        // where memory has banks, that of an access makes a difference
  std::uint16_t insn = 0;          // index in the block
  const Region* region = nullptr;  // where the access went last
  // As found by run():
  bool happens = true;  // access, divide: not skipped by IT; predicate: it passed
  Address address = 0;  // first byte of an access
  std::uint32_t dividend = 0;
  std::uint32_t divisor = 0;
  std::uint32_t stored = 0;
};

// What a plan must know of the machine besides registers.
struct PlanContext {
  explicit PlanContext(const Regions& known) : regions(known) {}

  const Regions& regions;
  bool trap_unaligned = false;
  bool trap_divide_by_zero = false;
  Address bank_bit = 0;  // TimingModel::bank_bit()
  // Stores to this range are somebody's business.
  Address watch_first = 0xFFFFFFFFu;
  Address watch_last = 0;
  // May a store to this range of a region with code change code?
  std::function<bool(Address, std::uint32_t)> near_code;
};

class AddressPlan {
 public:
  // `code` holds the bytes of `insns`, which follow each other without gaps. With `follow_stores`
  // a load may depend on what an earlier instruction of the block stores, if that can be computed.
  AddressPlan(std::span<const Insn> insns, std::span<const std::uint8_t> code,
              bool follow_stores = false);

  // Empty if the block can be foreseen; otherwise why not.
  std::string_view obstacle() const { return obstacle_; }
  // Registers whose values run() needs, kXpsr for the flags, and where it wants to find them.
  std::span<const CoreRegister> entry_registers() const { return entry_registers_; }
  std::uint32_t* entry_value(std::size_t index);
  std::span<const BlockFact> facts() const { return facts_; }
  // A number for each fact of the last run: runs of equal signature differ in addresses only.
  std::span<const std::uint16_t> signature() const { return signature_; }
  // Changes whenever the signature does.
  std::uint64_t signature_version() const { return signature_version_; }
  // Did the last run write SP?
  bool moved_sp() const { return lowest_sp_ != kUnmoved; }
  // The last run() refused because a load depends on a store whose value is not followed.
  bool met_unknown_store() const { return met_unknown_store_; }
  // The last run stores to lines of a data cache that have not been dirty.
  bool stores_to_clean() const { return stores_to_clean_; }
  // The lowest and the last value that it wrote.
  Address lowest_sp() const { return lowest_sp_; }
  Address last_sp() const { return last_sp_; }

  // Finds out all facts from the values of the entry registers. False: this run cannot be foreseen.
  // `divide_class` maps operands of a divide to a number that stands for its duration.
  template <class DivideClass>
  bool run(const PlanContext& context, DivideClass&& divide_class);

 private:
  enum class Do : std::uint8_t {
    kAddImmediate,     // r[a] = r[b] + imm
    kAddShifted,       // r[a] = r[b] + (r[c] << shift)
    kMove,             // r[a] = r[b]
    kConstant,         // r[a] = imm
    kCompute,          // operations_[imm]
    kAccess,           // fact at r[a] + imm
    kAccessIndexed,    // fact at r[a] + imm + (r[b] << shift)
    kAccessAt,         // fact at imm
    kAccessAtIndexed,  // fact at imm + (r[b] << shift)
    kLoad,             // r[a] = element `imm` of the fact's memory; b: sign extended
    kStoreValue,       // what the fact stores is r[a]
    kDivide,           // fact: r[a] / r[b]
    kPredicate,        // fact: does condition `a` hold? If not, skip `imm` steps
    kNoteSp,
  };
  struct Step {
    Do action;
    std::uint8_t a = 0;
    std::uint8_t b = 0;
    std::uint8_t c = 0;
    std::uint8_t shift = 0;
    std::uint16_t fact = 0;
    std::uint32_t imm = 0;
  };
  static constexpr Address kUnmoved = 0xFFFFFFFFu;
  static constexpr std::uint16_t kSkipped = 0xFFFF;  // in a signature
  // What later instructions need while the plan is written from its end.
  struct Need {
    std::uint32_t registers = 0;  // bits 0 to 14
    bool flags = false;
    bool stored_values = false;
    void add(RegisterSet set);
  };

  void plan(std::span<const Insn> insns, std::span<const std::uint8_t> code);
  void plan_insn(const Insn& insn, std::uint16_t index, std::span<const std::uint8_t> code,
                 Need& need, std::vector<Step>& steps);
  void plan_access(const Insn& insn, std::uint16_t index, std::span<const std::uint8_t> code,
                   Need& need, std::vector<Step>& steps);
  void plan_loaded_values(const Insn& insn, std::uint16_t fact, std::span<const std::uint8_t> code,
                          Need& need, std::vector<Step>& steps);
  void plan_value(const Insn& insn, std::span<const std::uint8_t> code, Need& need,
                  std::vector<Step>& steps);
  std::uint16_t add_fact(BlockFact fact);
  void refuse(std::string_view why) {
    if (obstacle_.empty()) obstacle_ = why;
  }

  bool touch(BlockFact& fact, Address address, const PlanContext& context);
  void look_at_lines(const BlockFact& fact, Address address, std::uint32_t size) {
    constexpr std::uint32_t kLineBytes = 32;
    constexpr std::uint8_t kDirty = 1;
    const std::uint8_t* const states = fact.region->line_states;
    const Address offset = address - fact.region->base;
    if (states[offset / kLineBytes] != kDirty ||
        states[(offset + size - 1) / kLineBytes] != kDirty) {
      stores_to_clean_ = true;
    }
  }
  void sign(std::size_t fact, std::uint16_t value) {
    if (signature_[fact] == value) return;
    signature_[fact] = value;
    ++signature_version_;
  }
  bool load_value(const BlockFact& fact, std::uint32_t element, bool is_signed,
                  std::uint32_t& value);
  bool forward(const BlockFact& load, Address address, bool& forwarded, std::uint32_t& value) const;

  std::string_view obstacle_;
  std::vector<CoreRegister> entry_registers_;
  std::vector<BlockFact> facts_;
  std::vector<std::uint16_t> signature_;
  std::uint64_t signature_version_ = 0;
  std::vector<Step> steps_;
  std::vector<IntegerOp> operations_;
  std::vector<std::uint16_t> stores_;  // facts that are stores, in program order
  bool follow_stores_ = false;
  bool met_unknown_store_ = false;
  bool stores_to_clean_ = false;
  Address lowest_sp_ = 0;
  Address last_sp_ = 0;
  std::array<std::uint32_t, 16> registers_{};
  std::uint32_t flags_ = 0;
};

template <class DivideClass>
bool AddressPlan::run(const PlanContext& context, DivideClass&& divide_class) {
  auto& r = registers_;
  lowest_sp_ = last_sp_ = kUnmoved;
  met_unknown_store_ = stores_to_clean_ = false;
  const std::size_t count = steps_.size();
  for (std::size_t at = 0; at < count; ++at) {
    const Step& step = steps_[at];
    BlockFact* const fact = facts_.data() + step.fact;
    switch (step.action) {
      case Do::kAddImmediate: r[step.a] = r[step.b] + step.imm; break;
      case Do::kAddShifted: r[step.a] = r[step.b] + (r[step.c] << step.shift); break;
      case Do::kMove: r[step.a] = r[step.b]; break;
      case Do::kConstant: r[step.a] = step.imm; break;
      case Do::kCompute: {
        const IntegerOp& op = operations_[step.imm];
        const IntegerResult result = evaluate(op, r.data(), flags_);
        if (op.destination != kNoRegister) r[op.destination] = result.value;
        flags_ = result.flags;
        break;
      }
      case Do::kAccess:
        if (!touch(*fact, r[step.a] + step.imm, context)) return false;
        break;
      case Do::kAccessIndexed:
        if (!touch(*fact, r[step.a] + step.imm + (r[step.b] << step.shift), context)) {
          return false;
        }
        break;
      case Do::kAccessAt:
        if (!touch(*fact, step.imm, context)) return false;
        break;
      case Do::kAccessAtIndexed:
        if (!touch(*fact, step.imm + (r[step.b] << step.shift), context)) {
          return false;
        }
        break;
      case Do::kLoad:
        if (!load_value(*fact, step.imm, step.b != 0, r[step.a])) return false;
        break;
      case Do::kStoreValue: fact->stored = r[step.a]; break;
      case Do::kDivide:
        fact->happens = true;
        fact->dividend = r[step.a];
        fact->divisor = r[step.b];
        if (fact->divisor == 0 && context.trap_divide_by_zero) return false;
        sign(step.fact, divide_class(fact->insn, fact->dividend, fact->divisor));
        break;
      case Do::kPredicate: {
        fact->happens = holds(static_cast<Condition>(step.a), flags_);
        sign(step.fact, fact->happens ? 1 : 0);
        if (fact->happens) break;
        // What depends on it does not happen either.
        for (std::size_t skipped = at + 1; skipped <= at + step.imm; ++skipped) {
          const Do action = steps_[skipped].action;
          if (action == Do::kAccess || action == Do::kAccessIndexed || action == Do::kAccessAt ||
              action == Do::kAccessAtIndexed || action == Do::kDivide) {
            facts_[steps_[skipped].fact].happens = false;
            sign(steps_[skipped].fact, kSkipped);
          }
        }
        at += step.imm;
        break;
      }
      case Do::kNoteSp:
        last_sp_ = r[13];
        if (last_sp_ < lowest_sp_) lowest_sp_ = last_sp_;
        break;
    }
  }
  return true;
}

// Unaligned parts beyond the first that the core makes of an element (Arm DDI 0439D, 3.3.2).
inline bool AddressPlan::touch(BlockFact& fact, Address address, const PlanContext& context) {
  const std::uint32_t size = std::uint32_t{fact.bytes} * fact.count;
  if (fact.region == nullptr || !Regions::contains(*fact.region, address, size)) {
    fact.region = context.regions.find(address, size);
    if (fact.region == nullptr) return false;
  }
  const Address misaligned = address & (fact.bytes - 1u);
  if (misaligned != 0 && (context.trap_unaligned || fact.word_aligned)) {
    return false;
  }
  if (fact.write) {
    if (!fact.region->writable) return false;
    if (fact.region->holds_code && context.near_code(address, size)) return false;
    if (address <= context.watch_last && address + size > context.watch_first) return false;
    if (fact.region->line_states != nullptr) look_at_lines(fact, address, size);
  }
  fact.happens = true;
  fact.address = address;
  sign(static_cast<std::size_t>(&fact - facts_.data()),
       static_cast<std::uint16_t>(
           fact.region->block << 3 |
           (fact.bank_counts || misaligned != 0 ? address & context.bank_bit : 0) | misaligned));
  return true;
}

}  // namespace tinyscope
