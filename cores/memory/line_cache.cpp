#include "cores/memory/line_cache.hpp"

#include <fmt/format.h>

#include <bit>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::uint32_t kMostLines = 1u << 16;

// May bring a line in.
bool allocates(LineCache::Question question) {
  return question == LineCache::Question::kAccess || question == LineCache::Question::kInsert ||
         question == LineCache::Question::kWrite;
}

}  // namespace

LineCache::LineCache(const Geometry& geometry)
    : geometry_(geometry),
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
  guess_.resize(std::bit_ceil(lines_.size()));
}

bool LineCache::ask(Question question, Address address) {
  const Address tag = line_of(address);
  const std::uint32_t number = address >> line_shift_;
  std::uint32_t& guess = guess_[number & (guess_.size() - 1)];
  bool held = lines_[guess].tag == tag;
  if (!held) {
    const std::uint32_t first = (number & (geometry_.sets - 1)) * geometry_.ways;
    std::uint32_t oldest = first;
    for (std::uint32_t i = first; i < first + geometry_.ways; ++i) {
      if (lines_[i].tag == tag) {
        held = true;
        guess = i;
        break;
      }
      if (lines_[i].used < lines_[oldest].used) oldest = i;
    }
    if (!held && allocates(question)) guess = oldest;
  }
  Line& line = lines_[guess];
  switch (question) {
    case Question::kProbe: break;
    case Question::kAccess:
    case Question::kWrite:
      ++(held ? hits_ : misses_);
      if (!held) evicted_dirty_ = line.dirty != 0;
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

void LineCache::change(std::uint32_t place, const Line& after) {
  if (journal_) changes_.push_back({place, lines_[place]});
  if (lines_[place].tag != after.tag) ++fills_;
  lines_[place] = after;
}

void LineCache::begin() {
  journal_ = true;
  changes_.clear();
  hits_before_ = hits_;
  misses_before_ = misses_;
  evicted_dirty_before_ = evicted_dirty_;
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
}

void LineCache::invalidate() {
  for (Line& line : lines_) line = {};
  clock_ = 0;
  ++fills_;
}

void LineCache::snapshot(StateArchive& archive) {
  archive(lines_, clock_, hits_, misses_, evicted_dirty_);
  ++fills_;
}

}  // namespace tinyscope
