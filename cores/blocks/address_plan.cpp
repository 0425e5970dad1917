#include "cores/blocks/address_plan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

namespace tinyscope {
namespace {

constexpr std::uint32_t bit_of(unsigned reg) { return 1u << reg; }

// Core registers of a set except PC.
std::uint32_t core_registers(RegisterSet set) {
  return static_cast<std::uint32_t>(set.bits()) & 0x7FFFu;
}

bool is_access(const Insn& insn) { return insn.is_load() || insn.is_store(); }

// Condition of each instruction that an IT predicates (Arm DDI 0403E, A7.3).
std::vector<Condition> conditions_of(std::span<const Insn> insns) {
  std::vector<Condition> conditions(insns.size(), Condition::kAlways);
  for (std::size_t i = 0; i < insns.size(); ++i) {
    if (insns[i].op != Op::kIt) continue;
    auto state = static_cast<std::uint8_t>(insns[i].immediate);
    for (std::size_t k = i + 1; k < insns.size() && (state & 0xFu) != 0; ++k) {
      const unsigned condition = state >> 4;
      conditions[k] = condition >= 14 ? Condition::kAlways : static_cast<Condition>(condition);
      state = advance_it_state(state);
    }
  }
  return conditions;
}

// Can it share a cycle with another load, if that goes to the other bank?
bool is_single_load(const Insn& insn) { return insn.is_load() && insn.access_count == 1; }

// Does the bank of this access matter to instructions around it? `insns` is the block.
bool bank_counts(std::span<const Insn> insns, std::size_t index) {
  if (!is_single_load(insns[index])) return true;
  if (index == 0 || index + 1 == insns.size()) return true;
  return is_single_load(insns[index - 1]) || is_single_load(insns[index + 1]);
}

// A predicated instruction that takes the same time whether it is skipped or not, and after which
// the pipeline is in the same state as far as `next` can tell.
bool costs_the_same_skipped(const Insn& insn, const Insn* next) {
  if (insn.op != Op::kAlu && insn.op != Op::kMultiply && insn.op != Op::kDsp) return false;
  if (insn.writes_pc || insn.writes_sp || next == nullptr) return false;
  return !next->address_reads.intersects(insn.writes);
}

}  // namespace

void AddressPlan::Need::add(RegisterSet set) {
  registers |= core_registers(set);
  if (set.contains(RegisterSet::kFlags)) flags = true;
}

AddressPlan::AddressPlan(std::span<const Insn> insns, std::span<const std::uint8_t> code,
                         bool follow_stores)
    : follow_stores_(follow_stores) {
  plan(insns, code);
}

std::uint16_t AddressPlan::add_fact(BlockFact fact) {
  facts_.push_back(fact);
  return static_cast<std::uint16_t>(facts_.size() - 1);
}

// From the last instruction to the first: only what something behind it needs is planned.
void AddressPlan::plan(std::span<const Insn> insns, std::span<const std::uint8_t> code) {
  const std::vector<Condition> conditions = conditions_of(insns);
  Need need;
  std::vector<std::vector<Step>> parts;  // of one instruction each, last instruction first
  std::size_t offset = code.size();
  for (std::size_t i = insns.size(); i-- > 0 && obstacle_.empty();) {
    const Insn& insn = insns[i];
    offset -= insn.size;
    const auto bytes = code.subspan(offset, insn.size);
    std::vector<Step> steps;
    const bool predicated = insn.in_it && conditions[i] != Condition::kAlways;
    if (!predicated) {
      plan_insn(insn, static_cast<std::uint16_t>(i), bytes, need, steps);
    } else {
      const Need before = need;
      plan_insn(insn, static_cast<std::uint16_t>(i), bytes, need, steps);
      const Insn* const next = i + 1 < insns.size() ? &insns[i + 1] : nullptr;
      if (!steps.empty() || !costs_the_same_skipped(insn, next)) {
        BlockFact fact;
        fact.kind = BlockFact::Kind::kPredicate;
        fact.insn = static_cast<std::uint16_t>(i);
        const std::uint16_t number = add_fact(fact);
        steps.insert(steps.begin(),
                     Step{Do::kPredicate, static_cast<std::uint8_t>(conditions[i]), 0, 0, 0, number,
                          static_cast<std::uint32_t>(steps.size())});
        need.registers |= before.registers;
        need.flags = true;
        need.stored_values |= before.stored_values;
      }
    }
    parts.push_back(std::move(steps));
  }
  if (!obstacle_.empty()) return;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    steps_.insert(steps_.end(), part->begin(), part->end());
  }
  // Facts were numbered from the end: number them in program order.
  const std::size_t count = facts_.size();
  std::reverse(facts_.begin(), facts_.end());
  for (Step& step : steps_) {
    if (count != 0) step.fact = static_cast<std::uint16_t>(count - 1 - step.fact);
  }
  signature_.assign(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    if (facts_[i].kind != BlockFact::Kind::kAccess) continue;
    facts_[i].bank_counts = bank_counts(insns, facts_[i].insn);
    const bool store = facts_[i].write;
    if (store) stores_.push_back(static_cast<std::uint16_t>(i));
  }
  for (unsigned reg = 0; reg < 15; ++reg) {
    if ((need.registers & bit_of(reg)) == 0) continue;
    entry_registers_.push_back(core_register(reg));
  }
  if (need.flags) entry_registers_.push_back(CoreRegister::kXpsr);
}

std::uint32_t* AddressPlan::entry_value(std::size_t index) {
  const CoreRegister which = entry_registers_[index];
  return which == CoreRegister::kXpsr ? &flags_ : &registers_[static_cast<std::size_t>(which)];
}

void AddressPlan::plan_insn(const Insn& insn, std::uint16_t index,
                            std::span<const std::uint8_t> code, Need& need,
                            std::vector<Step>& steps) {
  if (insn.writes_sp) need.registers |= bit_of(13);
  if (is_access(insn)) {
    plan_access(insn, index, code, need, steps);
  } else {
    const bool wanted = (core_registers(insn.writes) & need.registers) != 0 ||
                        (need.flags && insn.writes.contains(RegisterSet::kFlags) &&
                         (insn.sets_flags || insn.op == Op::kFpReadStatus));
    if (wanted) plan_value(insn, code, need, steps);
    if (insn.op == Op::kDivide) {
      BlockFact fact;
      fact.kind = BlockFact::Kind::kDivide;
      fact.insn = index;
      const std::uint16_t number = add_fact(fact);
      steps.insert(steps.begin(), Step{Do::kDivide, insn.dividend, insn.divisor, 0, 0, number, 0});
      need.registers |= bit_of(insn.dividend) | bit_of(insn.divisor);
    }
  }
  if (insn.writes_sp) steps.push_back(Step{Do::kNoteSp});
}

void AddressPlan::plan_value(const Insn& insn, std::span<const std::uint8_t> code, Need& need,
                             std::vector<Step>& steps) {
  const auto op = decode_integer(code, insn);
  if (!op) {
    refuse("a register that addresses depend on is computed in a way that is not followed");
    return;
  }
  const bool arithmetic = op->kind == IntegerKind::kAdd || op->kind == IntegerKind::kAddCarry ||
                          op->kind == IntegerKind::kSubtract ||
                          op->kind == IntegerKind::kSubtractCarry ||
                          op->kind == IntegerKind::kReverseSubtract;
  // Logical operations leave V, and C without a shift.
  if (op->sets_flags && arithmetic) need.flags = false;
  if (op->destination != kNoRegister) need.registers &= ~bit_of(op->destination);
  need.add(op->reads());
  const bool plain = !op->sets_flags && op->shift_register == kNoRegister;
  const bool unshifted = op->shift == ShiftKind::kLeft && op->shift_amount == 0;
  Step step{Do::kCompute};
  step.a = op->destination;
  step.b = op->first;
  step.imm = op->immediate;
  if (plain && op->kind == IntegerKind::kAdd && op->second == kNoRegister) {
    step.action = Do::kAddImmediate;
  } else if (plain && op->kind == IntegerKind::kSubtract && op->second == kNoRegister) {
    step.action = Do::kAddImmediate;
    step.imm = 0u - op->immediate;
  } else if (plain && op->kind == IntegerKind::kAdd && op->shift == ShiftKind::kLeft &&
             op->shift_amount < 32) {
    step.action = Do::kAddShifted;
    step.c = op->second;
    step.shift = op->shift_amount;
  } else if (plain && op->kind == IntegerKind::kMove && op->second == kNoRegister) {
    step.action = Do::kConstant;
  } else if (plain && op->kind == IntegerKind::kMove && unshifted) {
    step.action = Do::kMove;
    step.b = op->second;
  } else {
    step.imm = static_cast<std::uint32_t>(operations_.size());
    operations_.push_back(*op);
  }
  steps.push_back(step);
}

void AddressPlan::plan_access(const Insn& insn, std::uint16_t index,
                              std::span<const std::uint8_t> code, Need& need,
                              std::vector<Step>& steps) {
  BlockFact fact;
  fact.insn = index;
  fact.bytes = insn.access_bytes;
  fact.count = insn.access_count;
  fact.write = insn.is_store();
  fact.word_aligned = insn.must_be_word_aligned();
  if (fact.bytes == 0 || fact.count == 0) {
    refuse("an access of unknown size");
    return;
  }
  const std::uint16_t number = add_fact(fact);

  // Backwards: new base, loaded values, the access itself.
  const std::int32_t total = std::int32_t{insn.access_bytes} * insn.access_count;
  std::vector<Step> update;
  const bool moves_base = insn.writeback && (need.registers & bit_of(insn.base)) != 0;
  if (moves_base) {
    const bool upwards = insn.address_mode == AddressMode::kMultiple && insn.displacement == 0;
    const std::int32_t by = upwards ? total : insn.displacement;
    update.push_back(
        Step{Do::kAddImmediate, insn.base, insn.base, 0, 0, 0, static_cast<std::uint32_t>(by)});
    need.registers &= ~bit_of(insn.base);
  }
  std::vector<Step> values;
  if (insn.is_load()) {
    plan_loaded_values(insn, number, code, need, values);
  } else if (need.stored_values) {
    const bool single = insn.op == Op::kStore && insn.access_count == 1;
    if (single) {
      const auto data = static_cast<unsigned>(std::countr_zero(insn.store_data.bits()));
      facts_[number].value_followed = true;
      values.push_back(Step{Do::kStoreValue, static_cast<std::uint8_t>(data), 0, 0, 0, number, 0});
      need.registers |= bit_of(data);
    }
  }

  Step access{Do::kAccess};
  access.fact = number;
  const bool before = insn.address_mode == AddressMode::kPostIndex;
  access.imm = before ? 0u : static_cast<std::uint32_t>(insn.displacement);
  if (insn.base == 15) {
    access.imm += (insn.address + 4) & ~3u;
    if (insn.op == Op::kTableBranch) access.imm = insn.address + 4;
    access.action = Do::kAccessAt;
  } else {
    access.a = insn.base;
    need.registers |= bit_of(insn.base);
  }
  if (insn.index != kNoRegister) {
    access.action = insn.base == 15 ? Do::kAccessAtIndexed : Do::kAccessIndexed;
    access.b = insn.index;
    access.shift = insn.index_shift;
    need.registers |= bit_of(insn.index);
  }
  steps.push_back(access);
  steps.insert(steps.end(), values.begin(), values.end());
  steps.insert(steps.end(), update.begin(), update.end());
}

void AddressPlan::plan_loaded_values(const Insn& insn, std::uint16_t fact,
                                     std::span<const std::uint8_t> code, Need& need,
                                     std::vector<Step>& steps) {
  std::uint32_t loaded = core_registers(insn.writes);
  if (insn.writeback) loaded &= ~bit_of(insn.base);
  const std::uint32_t wanted = loaded & need.registers;
  if (wanted == 0 || insn.op == Op::kTableBranch) return;
  if (insn.op == Op::kFpLoad || insn.op == Op::kFpLoadMultiple) return;
  need.stored_values = follow_stores_;
  const bool is_signed = is_signed_load(code, insn);
  std::uint32_t element = 0;
  for (unsigned reg = 0; reg < 15; ++reg) {
    if ((loaded & bit_of(reg)) == 0) continue;
    std::uint32_t which = element++;
    // LDRD: the register named first comes first, whatever its number.
    if (insn.op == Op::kLoadDouble) which = reg == insn.destination ? 0 : 1;
    if ((wanted & bit_of(reg)) == 0) continue;
    steps.push_back(Step{Do::kLoad, static_cast<std::uint8_t>(reg),
                         static_cast<std::uint8_t>(is_signed ? 1 : 0), 0, 0, fact, which});
    need.registers &= ~bit_of(reg);
  }
}

// The value that a load is going to find: an earlier store of the same block may put it there.
bool AddressPlan::forward(const BlockFact& load, Address address, bool& forwarded,
                          std::uint32_t& value) const {
  forwarded = false;
  for (const std::uint16_t number : stores_) {
    const BlockFact& fact = facts_[number];
    if (&fact >= &load) break;
    if (!fact.happens) continue;
    const std::uint32_t size = std::uint32_t{fact.bytes} * fact.count;
    if (fact.address + size <= address || address + load.bytes <= fact.address) continue;
    if (!fact.value_followed || fact.address != address || fact.bytes != load.bytes) return false;
    forwarded = true;
    value = fact.stored;
  }
  return true;
}

bool AddressPlan::load_value(const BlockFact& fact, std::uint32_t element, bool is_signed,
                             std::uint32_t& value) {
  const Address address = fact.address + element * fact.bytes;
  bool forwarded = false;
  if (!forward(fact, address, forwarded, value)) {
    met_unknown_store_ = true;
    return false;
  }
  if (!forwarded) {
    value = 0;
    std::memcpy(&value, fact.region->host + (address - fact.region->base), fact.bytes);
  }
  if (fact.bytes == 4) return true;
  const unsigned above = 32u - 8u * fact.bytes;
  value <<= above;
  value = is_signed ? static_cast<std::uint32_t>(static_cast<std::int32_t>(value) >> above)
                    : value >> above;
  return true;
}

}  // namespace tinyscope
