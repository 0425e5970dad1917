#include "sim/svd/stub_word.hpp"

namespace tinyscope {
namespace {

constexpr bool reads(SvdAccess access) {
  return access != SvdAccess::kWriteOnly && access != SvdAccess::kWriteOnce;
}
constexpr bool writes(SvdAccess access) { return access != SvdAccess::kReadOnly; }

}  // namespace

std::uint32_t BoundRule::of_source(std::uint32_t word) const {
  const std::uint32_t part = (word & source_mask) >> source_lsb;
  // A flag tells whether any bit of its source is set.
  if ((mask >> lsb) == 1) return part != 0 ? mask : 0;
  return part << lsb & mask;
}

void BoundRule::source_changed(std::uint32_t word, TimePoint now) {
  const std::uint32_t wanted = of_source(word);
  if (wanted == coming) return;
  if (now >= due) shown = coming;
  coming = wanted;
  due = now + delay;
}

void StubWord::add(const SvdRegister& reg, unsigned shift) {
  const std::uint32_t all = reg.bytes == 4 ? 0xFFFFFFFFu : ((1u << 8 * reg.bytes) - 1) << shift;
  const std::uint32_t fresh = all & ~(readable | writable);
  reset_value |= (reg.reset_value << shift) & fresh;
  std::uint32_t rest = all;
  const auto give = [&](std::uint32_t mask, SvdAccess access, SvdWrite write, SvdRead read) {
    if (reads(access)) readable |= mask;
    if (writes(access)) {
      by_write[static_cast<std::size_t>(write)] |= mask & ~writable;
      writable |= mask;
    }
    if (read == SvdRead::kClear) read_clears |= mask & fresh;
    if (read == SvdRead::kSet) read_sets |= mask & fresh;
    rest &= ~mask;
  };
  for (const SvdField& field : reg.fields) {
    give((field.mask() << shift) & rest, field.access, field.write, field.read);
  }
  // Bits without a field: files leave out some that firmware writes and reads back.
  give(rest, reg.access, reg.write, reg.read);
}

void StubWord::set_write(std::uint32_t mask, SvdWrite what) {
  for (std::uint32_t& bits : by_write) bits &= ~mask;
  by_write[static_cast<std::size_t>(what)] |= mask & writable;
}

void StubWord::store(std::uint32_t written, std::uint32_t lanes) {
  const auto bits = [this](SvdWrite what) { return by_write[static_cast<std::size_t>(what)]; };
  const std::uint32_t reach = lanes & writable;
  const std::uint32_t ones = written & reach;
  const std::uint32_t zeros = ~written & reach;
  const std::uint32_t plain = bits(SvdWrite::kModify) & reach;
  value = (value & ~plain) | (written & plain);
  value &= ~(ones & bits(SvdWrite::kOneToClear));
  value |= ones & bits(SvdWrite::kOneToSet);
  value ^= ones & bits(SvdWrite::kOneToToggle);
  value &= ~(zeros & bits(SvdWrite::kZeroToClear));
  value |= zeros & bits(SvdWrite::kZeroToSet);
  value ^= zeros & bits(SvdWrite::kZeroToToggle);
  value &= ~(reach & bits(SvdWrite::kClear));
  value |= reach & bits(SvdWrite::kSet);
}

void StubWord::settle(TimePoint now) {
  for (BoundRule* const rule : rules) {
    if (rule->kind != StubRule::Kind::kClears || !rule->pending || now < rule->due) continue;
    value &= ~rule->mask;
    rule->pending = false;
  }
}

}  // namespace tinyscope
