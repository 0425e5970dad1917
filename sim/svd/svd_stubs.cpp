#include "sim/svd/svd_stubs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.hpp"
#include "sim/svd/stub_word.hpp"

namespace tinyscope {
// A window of the bus that nothing else answers.
class SvdStubs::Window final : public BusTarget {
 public:
  Window(SvdStubs& stubs, const SvdPeripheral& peripheral, Address base, std::uint32_t size)
      : stubs_(stubs), peripheral_(peripheral), base_(base), size_(size) {}

  std::uint32_t read(const BusAccess& access) override {
    return stubs_.read(access, base_ + access.offset);
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    stubs_.write(access, base_ + access.offset, value);
  }
  bool contains(Address address) const { return address >= base_ && address - base_ < size_; }
  const SvdPeripheral& peripheral() const { return peripheral_; }

 private:
  SvdStubs& stubs_;
  const SvdPeripheral& peripheral_;
  Address base_;
  std::uint32_t size_;
};

SvdStubs::SvdStubs(SvdDevice device, std::vector<StubRules> rules, RunNotes& notes)
    : device_(std::move(device)), notes_(notes), rule_files_(std::move(rules)) {
  index_registers();
}

SvdStubs::~SvdStubs() = default;

void SvdStubs::index_registers() {
  for (const SvdPeripheral& peripheral : device_.peripherals) {
    for (const SvdRegister& reg : peripheral.registers) {
      registers_.push_back({&peripheral, &reg, peripheral.base + reg.offset});
    }
  }
  std::stable_sort(registers_.begin(), registers_.end(),
                   [](const Named& a, const Named& b) { return a.address < b.address; });
}

std::optional<SvdStubs::Named> SvdStubs::find(Address address) const {
  auto at =
      std::upper_bound(registers_.begin(), registers_.end(), address,
                       [](Address value, const Named& named) { return value < named.address; });
  if (at == registers_.begin()) return std::nullopt;
  const Address start = std::prev(at)->address;
  // The first of those that begin there, and whatever wider one begins before.
  at = std::lower_bound(registers_.begin(), registers_.end(), start,
                        [](const Named& named, Address value) { return named.address < value; });
  for (;; --at) {
    if (address - at->address < at->reg->bytes) return *at;
    if (at == registers_.begin() || address - at->address > 4) return std::nullopt;
  }
}

const SvdPeripheral* SvdStubs::peripheral_at(Address address) const {
  for (const SvdPeripheral& peripheral : device_.peripherals) {
    for (const auto& block : peripheral.blocks) {
      if (address - peripheral.base - block.offset < block.size) return &peripheral;
    }
  }
  return nullptr;
}

bool SvdStubs::stubbed(Address address) const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [&](const auto& window) { return window->contains(address); });
}

std::string SvdStubs::register_at(Address address) const {
  const auto named = find(address);
  return named ? named->reg->name : std::string();
}

std::string SvdStubs::fields_at(Address address, std::uint32_t bits) const {
  const auto named = find(address);
  if (!named) return {};
  return describe_bits(*named->reg, bits << 8 * (address - named->address));
}

void SvdStubs::attach(Bus& bus) {
  for (const SvdPeripheral& peripheral : device_.peripherals) {
    for (const auto& block : peripheral.blocks) {
      const Address first = (peripheral.base + block.offset) & ~3u;
      const std::uint64_t last = std::uint64_t{peripheral.base} + block.offset + block.size;
      const auto size = static_cast<std::uint32_t>(
          std::min<std::uint64_t>((last + 3) / 4 * 4, std::uint64_t{1} << 32) - first);
      if (block.size == 0 || last > std::uint64_t{1} << 32) continue;
      for (const auto& [base, bytes] : bus.free_ranges(first, size)) {
        windows_.push_back(std::make_unique<Window>(*this, peripheral, base, bytes));
        bus.add_target(peripheral.name, base, bytes, *windows_.back());
      }
    }
  }
  add_words();
  for (const StubRules& rules : rule_files_) {
    for (const StubRule& rule : rules.rules) add_rule(rule);
  }
  reset({});
}

void SvdStubs::add_words() {
  for (const Named& named : registers_) {
    if (!stubbed(named.address)) continue;
    const Address address = named.address & ~3u;
    const auto [place, fresh] = word_index_.try_emplace(address, words_.size());
    if (fresh) words_.emplace_back().address = address;
    words_[place->second].add(*named.reg, 8 * (named.address - address));
  }
}

StubWord* SvdStubs::word_at(Address address) {
  const auto found = word_index_.find(address & ~3u);
  return found == word_index_.end() ? nullptr : &words_[found->second];
}

void SvdStubs::reset(TimePoint now) {
  for (StubWord& word : words_) word.value = word.reset_value;
  for (const auto& rule : rules_) {
    rule->pending = false;
    if (rule->kind == StubRule::Kind::kFollows) {
      rule->shown = rule->coming = rule->of_source(words_[rule->source].value);
    }
    if (rule->with_core) rule->clock = core_clock_;
    rule->clock.restart(now);
  }
}

void SvdStubs::set_core_clock(std::uint64_t hz, TimePoint now) {
  core_clock_.set_hz(hz, now);
  for (const auto& rule : rules_) {
    if (rule->with_core) rule->clock.set_hz(hz, now);
  }
}

std::uint32_t SvdStubs::apply_rules(StubWord& word, TimePoint now) {
  word.settle(now);
  std::uint32_t value = word.value;
  for (BoundRule* const rule : word.rules) {
    switch (rule->kind) {
      case StubRule::Kind::kReads: value = (value & ~rule->mask) | rule->value; break;
      case StubRule::Kind::kCounts:
        value = (value & ~rule->mask) |
                (static_cast<std::uint32_t>(rule->clock.tick_at(now)) << rule->lsb & rule->mask);
        break;
      case StubRule::Kind::kFollows: {
        StubWord& source = words_[rule->source];
        source.settle(now);
        if (rule->of_source(source.value) != rule->coming) {  // fallen by itself
          rule->source_changed(source.value, now);
        }
        if (now >= rule->due) rule->shown = rule->coming;
        value = (value & ~rule->mask) | rule->shown;
        break;
      }
      case StubRule::Kind::kClears:
      case StubRule::Kind::kWrites: break;
    }
  }
  return value;
}

std::uint32_t SvdStubs::read(const BusAccess& access, Address address) {
  StubWord* const word = word_at(address);
  const unsigned shift = 8 * (address & 3u);
  std::uint32_t value = 0;
  if (word != nullptr) {
    if (access.debug) return (word->value & word->readable) >> shift & mask(access.size);
    value = (apply_rules(*word, access.now) & word->readable) >> shift & mask(access.size);
    const std::uint32_t lanes = mask(access.size) << shift;
    word->value = (word->value & ~(word->read_clears & lanes)) | (word->read_sets & lanes);
  }
  if (!access.debug) report(word, address, false, value);
  return value;
}

void SvdStubs::write(const BusAccess& access, Address address, std::uint32_t value) {
  StubWord* const word = word_at(address);
  if (!access.debug) report(word, address, true, value);
  if (word == nullptr) return;
  const unsigned shift = 8 * (address & 3u);
  const std::uint32_t lanes = mask(access.size) << shift;
  const std::uint32_t written = (value << shift) & lanes;
  word->settle(access.now);
  word->store(written, lanes);
  for (BoundRule* const rule : word->rules) {
    if (rule->kind == StubRule::Kind::kClears && (word->value & rule->mask & lanes) != 0) {
      rule->pending = true;
      rule->due = access.now + rule->delay;
    }
    if (rule->kind == StubRule::Kind::kCounts && (rule->mask & lanes) != 0) {
      rule->clock.restart(access.now, (word->value & rule->mask) >> rule->lsb);
    }
  }
  const auto self = static_cast<std::size_t>(word - words_.data());
  for (const auto& rule : rules_) {
    if (rule->kind != StubRule::Kind::kFollows || rule->source != self) continue;
    rule->source_changed(word->value, access.now);
  }
}

void SvdStubs::report(StubWord* word, Address address, bool write, std::uint32_t value) {
  UnmodelledAccess* const known = word == nullptr ? nullptr : word->reported[write ? 1 : 0];
  if (known != nullptr && known->address == address) {
    known->add(value);
    return;
  }
  const auto named = find(address);
  const auto window = std::find_if(windows_.begin(), windows_.end(),
                                   [&](const auto& each) { return each->contains(address); });
  TINYSCOPE_ASSERT(window != windows_.end());
  const SvdPeripheral& owner = named ? *named->peripheral : (*window)->peripheral();
  UnmodelledAccess& access = notes_.stubbed(
      owner.name, named ? named->reg->name : fmt::format("+0x{:03X}", address - owner.base),
      address, write, value);
  if (word != nullptr) word->reported[write ? 1 : 0] = &access;
}

void SvdStubs::snapshot(StateArchive& archive) {
  std::vector<std::uint32_t> values;  // in one piece: there are thousands
  values.reserve(words_.size());
  for (const StubWord& word : words_) values.push_back(word.value);
  archive(values);
  if (archive.is_loading()) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i].value = values.at(i);
      // The notes are others now.
      words_[i].reported[0] = words_[i].reported[1] = nullptr;
    }
  }
  for (const auto& rule : rules_) {
    archive(rule->shown, rule->coming, rule->due.ps, rule->pending);
    rule->clock.snapshot(archive);
  }
  core_clock_.snapshot(archive);
}

}  // namespace tinyscope
