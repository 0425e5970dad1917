#include "cores/memory/line_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <random>
#include <vector>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr LineCache::Geometry kTwoWays = {.sets = 4, .ways = 2, .line_bytes = 16};

// The same, written down as its definition: each set is a list, most recently used first.
class PlainCache {
 public:
  explicit PlainCache(const LineCache::Geometry& geometry)
      : geometry_(geometry), sets_(geometry.sets) {}

  bool ask(LineCache::Question question, Address address) {
    const Address line = address / geometry_.line_bytes;
    std::deque<Address>& set = sets_[line % geometry_.sets];
    const auto found = std::find(set.begin(), set.end(), line);
    const bool held = found != set.end();
    const bool moves = question == LineCache::Question::kAccess ||
                       (question == LineCache::Question::kInsert && !held);
    if (!moves) return held;
    if (held) set.erase(found);
    set.push_front(line);
    if (set.size() > geometry_.ways) set.pop_back();
    return held;
  }

 private:
  LineCache::Geometry geometry_;
  std::vector<std::deque<Address>> sets_;
};

TEST(LineCache, HoldsAWholeLineOnceAsked) {
  LineCache cache(kTwoWays);
  EXPECT_FALSE(cache.access(0x100));
  EXPECT_TRUE(cache.access(0x10C));
  EXPECT_FALSE(cache.access(0x110));
  EXPECT_EQ(cache.hits(), 1u);
  EXPECT_EQ(cache.misses(), 2u);
}

TEST(LineCache, ReplacesTheLineOfTheSetThatWasUsedLeastRecently) {
  LineCache cache(kTwoWays);  // a set comes again after 64 bytes
  cache.access(0x000);
  cache.access(0x040);
  cache.access(0x000);
  cache.access(0x080);
  EXPECT_TRUE(cache.probe(0x000));
  EXPECT_FALSE(cache.probe(0x040));
  EXPECT_TRUE(cache.probe(0x080));
}

TEST(LineCache, ProbingChangesNothing) {
  LineCache cache(kTwoWays);
  cache.access(0x000);
  cache.access(0x040);
  EXPECT_TRUE(cache.probe(0x000));
  EXPECT_FALSE(cache.probe(0x080));
  cache.access(0x080);
  EXPECT_FALSE(cache.probe(0x000)) << "the probe was no use of it";
  EXPECT_EQ(cache.hits(), 0u);
}

TEST(LineCache, AnswersAsItsDefinitionForRandomQuestions) {
  const std::vector<LineCache::Geometry> geometries = {{1, 1, 16},  {1, 8, 16}, {64, 1, 32},
                                                       {64, 2, 16}, {32, 4, 8}, {4, 3, 4}};
  std::mt19937 random(1);
  for (const auto& geometry : geometries) {
    LineCache cache(geometry);
    PlainCache plain(geometry);
    const Address span = geometry.sets * geometry.ways * geometry.line_bytes * 2;
    for (int i = 0; i < 20'000; ++i) {
      const auto question = static_cast<LineCache::Question>(random() % 3);
      const auto address = static_cast<Address>(random() % span);
      ASSERT_EQ(cache.ask(question, address), plain.ask(question, address)) << "question " << i;
    }
  }
}

TEST(LineCache, UndoTakesBackWhatCameAfterBegin) {
  std::mt19937 random(2);
  LineCache cache(kTwoWays);
  LineCache untouched(kTwoWays);
  const auto ask_both = [&] {
    const auto question = static_cast<LineCache::Question>(random() % 3);
    const auto address = static_cast<Address>(random() % 512);
    EXPECT_EQ(cache.ask(question, address), untouched.ask(question, address));
  };
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 20; ++i) ask_both();
    cache.begin();
    for (int i = 0; i < 20; ++i) {
      cache.ask(static_cast<LineCache::Question>(random() % 3),
                static_cast<Address>(random() % 512));
    }
    cache.undo();
    EXPECT_EQ(cache.hits(), untouched.hits());
    EXPECT_EQ(cache.misses(), untouched.misses());
  }
}

TEST(LineCache, KeepLetsStandWhatCameAfterBegin) {
  LineCache cache(kTwoWays);
  cache.begin();
  cache.access(0x100);
  cache.keep();
  cache.access(0x200);
  EXPECT_TRUE(cache.probe(0x100));
  EXPECT_EQ(cache.misses(), 2u);
}

TEST(LineCache, TellsItsObserverOfEachQuestion) {
  struct Heard final : LineCache::Observer {
    void on_question(LineCache&, LineCache::Question question, Address address,
                     bool held) override {
      questions.push_back(question);
      addresses.push_back(address);
      answers.push_back(held);
    }
    std::vector<LineCache::Question> questions;
    std::vector<Address> addresses;
    std::vector<bool> answers;
  } heard;
  LineCache cache(kTwoWays);
  cache.set_observer(&heard);
  cache.access(0x104);
  cache.probe(0x108);
  cache.insert(0x200);
  cache.set_observer(nullptr);
  cache.access(0x300);
  EXPECT_EQ(heard.questions, (std::vector{LineCache::Question::kAccess, LineCache::Question::kProbe,
                                          LineCache::Question::kInsert}));
  EXPECT_EQ(heard.addresses, (std::vector<Address>{0x104, 0x108, 0x200}));
  EXPECT_EQ(heard.answers, (std::vector<bool>{false, true, false}));
}

TEST(LineCache, ForgetsEverythingWhenInvalidated) {
  LineCache cache(kTwoWays);
  cache.access(0x000);
  cache.invalidate();
  EXPECT_FALSE(cache.probe(0x000));
}

TEST(LineCache, HasTheSameFutureAfterRestore) {
  std::mt19937 random(3);
  LineCache cache(kTwoWays);
  for (int i = 0; i < 100; ++i) cache.access(static_cast<Address>(random() % 512));
  StateArchive saved = StateArchive::saving();
  cache.snapshot(saved);
  LineCache restored(kTwoWays);
  StateArchive loaded = StateArchive::loading(saved.bytes());
  restored.snapshot(loaded);
  for (int i = 0; i < 100; ++i) {
    const auto address = static_cast<Address>(random() % 512);
    ASSERT_EQ(cache.access(address), restored.access(address));
  }
  EXPECT_EQ(cache.hits(), restored.hits());
}

TEST(LineCache, RefusesGeometriesThatMakeNoSense) {
  EXPECT_THROW(LineCache({.sets = 3, .ways = 1, .line_bytes = 16}), InputError);
  EXPECT_THROW(LineCache({.sets = 4, .ways = 0, .line_bytes = 16}), InputError);
  EXPECT_THROW(LineCache({.sets = 4, .ways = 1, .line_bytes = 2}), InputError);
  EXPECT_THROW(LineCache({.sets = 1u << 16, .ways = 2, .line_bytes = 16}), InputError);
}

}  // namespace
}  // namespace tinyscope
