// Which lines a cache holds: tags and replacement, no data and no time.
//
// An observer can record what is asked of the caches, so that a stretch of code seen before can be
// replayed on them: the same questions, compared with the same answers, and taken back if an answer
// differs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/snapshot.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class LineCache {
 public:
  struct Geometry {
    std::uint32_t sets = 1;         // power of two
    std::uint32_t ways = 1;         // lines of each set
    std::uint32_t line_bytes = 16;  // power of two
  };
  // Which line of a full set gives its place to another.
  enum class Replacement : std::uint8_t { kLeastRecentlyUsed, kRoundRobin, kPseudoRandom };

  enum class Question : std::uint8_t {
    kAccess,     // is the line there? If not, it takes the place of another
    kProbe,      // is the line there? Nothing changes
    kInsert,     // the line comes in without having been asked for (prefetch)
    kWrite,      // as kAccess, and the line becomes dirty
    kWriteHeld,  // is the line there? If so, it is used and becomes dirty; if not, nothing changes
    kEvictedDirty,  // was the line dirty whose place the line of the last miss took?
    kRemove,        // was the line there? It goes, and what it held is forgotten
  };

  class Observer {
   public:
    virtual void on_question(LineCache& cache, Question question, Address address, bool held) = 0;

   protected:
    ~Observer() = default;
  };

  // Hears when a line gives its place to another, in the order in which that happens.
  class Contents {
   public:
    virtual void on_line_lost(Address line, bool dirty) = 0;

   protected:
    ~Contents() = default;
  };

  // Throws InputError for sizes that are zero or no powers of two.
  explicit LineCache(const Geometry& geometry,
                     Replacement replacement = Replacement::kLeastRecentlyUsed);

  // Answers whether the line of `address` was held before the question took effect.
  bool ask(Question question, Address address);
  // True only if the line is held; may be false for a line that is, where finding out takes time.
  bool surely_holds(Address address) const {
    return lines_[guess(address)].tag == line_of(address);
  }
  // Changes whenever a line comes in or goes. As long as it stays, places() stay valid and held.
  std::uint64_t fills() const { return fills_; }
  // Where the line of `address` is, which is held.
  std::uint32_t place(Address address) const { return guess(address); }
  // Accesses to held lines at these places. `last`: what this returned for them before, 0 at first;
  // with nothing asked since, the order of use is the same already.
  std::uint64_t hit_places(const std::vector<std::uint32_t>& places, std::uint64_t last) {
    hits_ += places.size();
    if (!orders_by_use_) return last;
    std::uint64_t clock = clock_;
    if (clock == last) return clock;
    Line* const lines = lines_.data();
    for (const std::uint32_t place : places) lines[place].used = ++clock;
    return clock_ = clock;
  }
  // What an access does to a line that surely_holds() has found.
  void hit(Address address) {
    ++hits_;
    if (orders_by_use_) lines_[guess(address)].used = ++clock_;
  }
  // The same by a store that makes the line dirty.
  void hit_by_write(Address address) {
    hit(address);
    lines_[guess(address)].dirty = 1;
  }
  bool access(Address address) { return ask(Question::kAccess, address); }
  bool probe(Address address) { return ask(Question::kProbe, address); }
  void insert(Address address) { ask(Question::kInsert, address); }
  void invalidate();

  // Outside of what a stretch of code asks: what firmware does to lines, by address or place.
  bool holds(Address address) const;
  bool is_dirty(Address address) const;
  void clean(Address address);
  std::optional<Address> line_at(std::uint32_t set, std::uint32_t way) const;
  // All lines held.
  std::vector<Address> lines() const;

  const Geometry& geometry() const { return geometry_; }
  Address line_of(Address address) const { return address & ~(geometry_.line_bytes - 1u); }
  // Of accesses only.
  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }
  // Dirty lines that gave their place to another.
  std::uint64_t dirty_evictions() const { return dirty_evictions_; }
  void reset_counts() { hits_ = misses_ = dirty_evictions_ = 0; }

  void set_observer(Observer* observer) { observer_ = observer; }
  void set_contents(Contents* contents) { contents_ = contents; }

  // From begin() on changes are noted down; undo() takes them back, keep() lets them stand.
  void begin();
  void undo();
  void keep();

  void snapshot(StateArchive& archive);

 private:
  struct Line {
    Address tag = kNoLine;
    std::uint32_t dirty = 0;
    std::uint64_t used = 0;  // larger: more recently
  };
  struct Change {
    std::uint32_t index;
    Line before;
    Address tag_after;
  };
  static constexpr Address kNoLine = 1;  // no line begins at an odd address
  static constexpr std::uint32_t kFirstTurn = 1;

  const Line* find(Address address) const;  // null: not held
  std::uint32_t victim(std::uint32_t first);
  void change(std::uint32_t place, const Line& after);
  std::uint32_t guess(Address address) const {
    return guess_[address >> line_shift_ & (guess_.size() - 1)];
  }

  Geometry geometry_;
  Replacement replacement_;
  bool orders_by_use_;
  unsigned line_shift_;
  std::vector<Line> lines_;           // way by way within each set
  std::vector<std::uint32_t> guess_;  // by low bits of the line's number: where it was seen last
  std::uint64_t clock_ = 0;
  std::uint64_t fills_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t dirty_evictions_ = 0;
  bool evicted_dirty_ = false;       // by the last miss
  std::uint32_t turn_ = kFirstTurn;  // decides which line goes next, unless the order of use does
  bool journal_ = false;
  std::vector<Change> changes_;
  bool evicted_dirty_before_ = false;
  std::uint32_t turn_before_ = kFirstTurn;
  std::uint64_t dirty_evictions_before_ = 0;
  std::uint64_t hits_before_ = 0;
  std::uint64_t misses_before_ = 0;
  Observer* observer_ = nullptr;
  Contents* contents_ = nullptr;
};

}  // namespace tinyscope
