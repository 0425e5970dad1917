// Rules put to the registers of stubs, and the files that they come from.
#include <fmt/format.h>

#include "sim/error.hpp"
#include "sim/svd/stub_word.hpp"
#include "sim/svd/svd_stubs.hpp"

namespace tinyscope {

void SvdStubs::add_rule(const StubRule& rule) {
  const std::vector<SvdPlace> targets = find_places(device_, rule.target);
  const bool pattern = rule.target.find_first_of("*?") != std::string::npos;
  if (targets.empty() && !pattern && !rule.may_miss) {
    throw InputError(
        fmt::format("{}: {} has no such register or field; expected PERIPHERAL.REGISTER, "
                    "PERIPHERAL.REGISTER.FIELD or PERIPHERAL.REGISTER[HIGH:LOW] with its names",
                    rule.where, device_.path.filename().string()));
  }
  for (const SvdPlace& target : targets) {
    if (rule.kind == StubRule::Kind::kFollows) {
      add_follower(rule, target);
      continue;
    }
    const std::uint32_t fits = target.mask >> target.lsb;
    if (rule.kind == StubRule::Kind::kReads && (rule.value & ~fits) != 0) {
      throw InputError(
          fmt::format("{}: {:#x} does not fit; expected 0 to {:#x}", rule.where, rule.value, fits));
    }
    BoundRule* const added = new_rule(rule, target);
    if (added == nullptr) continue;
    if (rule.kind == StubRule::Kind::kWrites) {
      word_at(target.address())->set_write(added->mask, rule.write);
    }
    added->value = rule.value << added->lsb;
    added->with_core = rule.kind == StubRule::Kind::kCounts && rule.hz == 0;
    added->clock = ClockDomain(rule.hz == 0 ? 1 : rule.hz);
  }
}

// Null: the target is modelled, or an earlier rule has its bits.
BoundRule* SvdStubs::new_rule(const StubRule& rule, const SvdPlace& target) {
  StubWord* const word = stubbed(target.address()) ? word_at(target.address()) : nullptr;
  if (word == nullptr) return nullptr;
  const unsigned shift = 8 * (target.address() & 3u);
  for (const BoundRule* const other : word->rules) {
    if (other->kind == rule.kind && (other->mask & target.mask << shift) != 0) return nullptr;
  }
  rules_.push_back(std::make_unique<BoundRule>());
  BoundRule& added = *rules_.back();
  added.kind = rule.kind;
  added.mask = target.mask << shift;
  added.lsb = target.lsb + shift;
  added.delay = rule.delay;
  word->rules.push_back(&added);
  return &added;
}

// What it follows may be named from the same register, from the same peripheral, or from the chip.
void SvdStubs::add_follower(const StubRule& rule, const SvdPlace& target) {
  std::vector<SvdPlace> sources =
      find_places(*target.peripheral, target.reg->name + "." + rule.source);
  if (sources.empty()) sources = find_places(*target.peripheral, rule.source);
  if (sources.empty()) sources = find_places(device_, rule.source);
  if (sources.size() != 1) {
    if (rule.may_miss || (sources.empty() && rule.target.find('*') != std::string::npos)) return;
    throw InputError(fmt::format(
        "{}: '{}' names {} in {}; expected one register or field", rule.where, rule.source,
        sources.empty() ? "nothing" : "several fields", device_.path.filename().string()));
  }
  const SvdPlace& source = sources.front();
  const std::uint32_t wide = source.mask >> source.lsb;
  const std::uint32_t narrow = target.mask >> target.lsb;
  if (wide > narrow && narrow != 1) {
    throw InputError(
        fmt::format("{}: '{}' has more bits than what follows it", rule.where, rule.source));
  }
  if (!stubbed(source.address())) return;
  BoundRule* const added = new_rule(rule, target);
  if (added == nullptr) return;
  const unsigned shift = 8 * (source.address() & 3u);
  added->source = word_index_.at(source.address() & ~3u);
  added->source_mask = source.mask << shift;
  added->source_lsb = source.lsb + shift;
}

std::unique_ptr<SvdStubs> load_stubs(const std::filesystem::path& svd,
                                     const std::vector<std::filesystem::path>& rules,
                                     RunNotes& notes) {
  SvdDevice device = load_svd(svd);
  std::vector<StubRules> files;
  for (const std::filesystem::path& file : rules) files.push_back(load_stub_rules(file));
  for (StubRules& shipped : shipped_stub_rules(device.name)) files.push_back(std::move(shipped));
  std::string names;
  for (const StubRules& file : files) {
    names += names.empty() ? "" : ", ";
    names += std::filesystem::path(file.file).filename().string();
  }
  notes.assume(
      {"svd.stubs",
       fmt::format("peripherals that the chip's description does not model are stubs: registers "
                   "hold what is written and do nothing else{}{}",
                   names.empty() ? "" : "; ready flags follow the rules of ", names),
       svd.filename().string()});
  return std::make_unique<SvdStubs>(std::move(device), std::move(files), notes);
}

}  // namespace tinyscope
