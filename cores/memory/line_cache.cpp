#include "cores/memory/line_cache.hpp"

#include <fmt/format.h>

#include <bit>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::uint32_t kMostLines = 1u << 16;
// So that lines of one set seldom share a guess.
constexpr std::size_t kGuessesPerLine = 4;

// May bring a line in.
bool allocates(LineCache::Question question) {
  return question == LineCache::Question::kAccess || question == LineCache::Question::kInsert ||
         question == LineCache::Question::kWrite;
}

}  // namespace

LineCache::LineCache(const Geometry& geometry, Replacement replacement)
    : geometry_(geometry),
      replacement_(replacement),
      orders_by_use_(replacement == Replacement::kLeastRecentlyUsed),
      line_shift_(static_cast<unsigned>(std::countr_zero(geometry.line_bytes))) {
  const bool sizes_ok = std::has_single_bit(geometry.sets) &&
                        std::has_single_bit(geometry.line_bytes) && geometry.line_bytes >= 4;
  if (!sizes_ok || geometry.ways == 0 || geometry.sets > kMostLines / geometry.ways) {
    throw InputError(
        fmt::format("cache of {} sets, {} ways and {} bytes a line: expected powers of two for "
                    "sets and line (at least 4 bytes), and 1 to {} lines",
                    geometry.sets, geometry.ways, geometry.line_bytes, kMostLines));
  }
  lines_.resize(std::size_t{geometry.sets} * geometry.ways);
  guess_.resize(std::bit_ceil(lines_.size()) * kGuessesPerLine);
}

bool LineCache::ask(Question question, Address address) {
  const Address tag = line_of(address);
  const std::uint32_t number = address >> line_shift_;
  std::uint32_t& guess = guess_[number & (guess_.size() - 1)];
  bool held = lines_[guess].tag == tag;
  if (!held) {
    const std::uint32_t first = (number & (geometry_.sets - 1)) * geometry_.ways;
    for (std::uint32_t i = first; i < first + geometry_.ways; ++i) {
      if (lines_[i].tag != tag) continue;
      held = true;
      guess = i;
      break;
    }
    if (!held && allocates(question)) guess = victim(first);
  }
  const Line& line = lines_[guess];
  switch (question) {
    case Question::kProbe: break;
    case Question::kAccess:
    case Question::kWrite:
      ++(held ? hits_ : misses_);
      if (!held) {
        evicted_dirty_ = line.dirty != 0;
        dirty_evictions_ += line.dirty;
      }
      change(guess, {tag, question == Question::kWrite || (held && line.dirty != 0), ++clock_});
      break;
    case Question::kInsert:
      if (!held) change(guess, {tag, 0, ++clock_});
      break;
    case Question::kWriteHeld:
      ++(held ? hits_ : misses_);
      if (held) change(guess, {tag, 1, ++clock_});
      break;
    case Question::kEvictedDirty: held = evicted_dirty_; break;
    case Question::kRemove:
      if (held) change(guess, Line());
      break;
  }
  if (observer_ != nullptr) observer_->on_question(*this, question, address, held);
  return held;
}

// The place that a new line of a set takes: one that is free, or that of the line to go.
std::uint32_t LineCache::victim(std::uint32_t first) {
  std::uint32_t oldest = first;
  for (std::uint32_t i = first; i < first + geometry_.ways; ++i) {
    if (lines_[i].tag == kNoLine) return i;
    if (lines_[i].used < lines_[oldest].used) oldest = i;
  }
  if (orders_by_use_) return oldest;
  if (replacement_ == Replacement::kRoundRobin) return first + turn_++ % geometry_.ways;
  // A linear feedback shift register of 16 bits with the longest period.
  constexpr std::uint32_t kTaps = 0xB400;
  turn_ = turn_ >> 1 ^ ((turn_ & 1u) != 0 ? kTaps : 0u);
  return first + turn_ % geometry_.ways;
}

void LineCache::change(std::uint32_t place, const Line& after) {
  Line& line = lines_[place];
  const bool same_line = line.tag == after.tag;
  if (same_line && !orders_by_use_ && line.dirty == after.dirty) return;
  const Line before = line;
  line = after;
  if (!same_line) ++fills_;
  if (journal_) {
    changes_.push_back({place, before, after.tag});
  } else if (contents_ != nullptr && !same_line && before.tag != kNoLine) {
    contents_->on_line_lost(before.tag, before.dirty != 0);
  }
}

void LineCache::keep() {
  journal_ = false;
  if (contents_ == nullptr) return;
  for (const Change& change : changes_) {
    if (change.before.tag == kNoLine || change.before.tag == change.tag_after) continue;
    contents_->on_line_lost(change.before.tag, change.before.dirty != 0);
  }
}

const LineCache::Line* LineCache::find(Address address) const {
  const std::size_t first =
      std::size_t{address >> line_shift_ & (geometry_.sets - 1)} * geometry_.ways;
  for (std::size_t i = first; i < first + geometry_.ways; ++i) {
    if (lines_[i].tag == line_of(address)) return &lines_[i];
  }
  return nullptr;
}

bool LineCache::holds(Address address) const { return find(address) != nullptr; }

bool LineCache::is_dirty(Address address) const {
  const Line* const line = find(address);
  return line != nullptr && line->dirty != 0;
}

void LineCache::clean(Address address) {
  if (const Line* const line = find(address))
    lines_[static_cast<std::size_t>(line - lines_.data())].dirty = 0;
}

std::optional<Address> LineCache::line_at(std::uint32_t set, std::uint32_t way) const {
  if (set >= geometry_.sets || way >= geometry_.ways) return std::nullopt;
  const Address tag = lines_[std::size_t{set} * geometry_.ways + way].tag;
  return tag == kNoLine ? std::nullopt : std::optional(tag);
}

std::vector<Address> LineCache::lines() const {
  std::vector<Address> held;
  for (const Line& line : lines_) {
    if (line.tag != kNoLine) held.push_back(line.tag);
  }
  return held;
}

void LineCache::begin() {
  journal_ = true;
  changes_.clear();
  hits_before_ = hits_;
  misses_before_ = misses_;
  evicted_dirty_before_ = evicted_dirty_;
  turn_before_ = turn_;
  dirty_evictions_before_ = dirty_evictions_;
}

void LineCache::undo() {
  journal_ = false;
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
    lines_[change->index] = change->before;
  }
  ++fills_;
  hits_ = hits_before_;
  misses_ = misses_before_;
  evicted_dirty_ = evicted_dirty_before_;
  turn_ = turn_before_;
  dirty_evictions_ = dirty_evictions_before_;
}

void LineCache::invalidate() {
  for (Line& line : lines_) line = {};
  clock_ = 0;
  turn_ = kFirstTurn;
  ++fills_;
}

void LineCache::snapshot(StateArchive& archive) {
  archive(lines_, clock_, hits_, misses_, dirty_evictions_, evicted_dirty_, turn_);
  ++fills_;
}

}  // namespace tinyscope
