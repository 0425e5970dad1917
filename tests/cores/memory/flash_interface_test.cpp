#include "cores/memory/flash_interface.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

using Settings = FlashReadPort::Settings;
using Time = FlashInterface::Time;

// STM32F405/407, ST RM0090 section 3.5: reads of 128 bits; 64 lines of 128 bits for instructions, 8
// for data, least recently used replaced. How many ways is not said: taken as fully associative.
FlashShape stm32f4() {
  return {.size = 1u << 20,
          .read_bytes = 16,
          .instruction_cache = LineCache::Geometry{.sets = 1, .ways = 64, .line_bytes = 16},
          .data_cache = LineCache::Geometry{.sets = 1, .ways = 8, .line_bytes = 16}};
}

FlashShape plain() { return {.size = 1u << 20, .read_bytes = 16}; }

// Asks for one word after the other, each as soon as the bus takes it.
class Fetcher {
 public:
  Fetcher(FlashInterface& flash, Time start) : flash_(flash), next_(start) {}

  std::vector<unsigned> words(Address first, unsigned count) {
    std::vector<unsigned> waits;
    for (unsigned i = 0; i < count; ++i) waits.push_back(word(first + 4 * i));
    return waits;
  }
  unsigned word(Address address) {
    const unsigned wait = flash_.fetch_wait(address, next_);
    next_ += 1 + wait;
    return wait;
  }
  Time next() const { return next_; }

 private:
  FlashInterface& flash_;
  Time next_;
};

// RM0090, figure "Sequential 32-bit instruction execution": 3 wait states; each line of four
// instructions costs them again without prefetch, and only the first one with it.
TEST(FlashInterface, WaitsOnceForEachLineWithoutPrefetch) {
  FlashInterface flash(stm32f4());
  flash.apply({.wait_states = 3});
  EXPECT_EQ(Fetcher(flash, 100).words(0, 12),
            (std::vector<unsigned>{3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0}));
}

TEST(FlashInterface, PrefetchHidesTheWaitsOfSequentialCode) {
  FlashInterface flash(stm32f4());
  flash.apply({.wait_states = 3, .prefetch = true});
  EXPECT_EQ(Fetcher(flash, 100).words(0, 12),
            (std::vector<unsigned>{3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(FlashInterface, PrefetchHidesOnlyAsManyCyclesAsALineLasts) {
  FlashInterface flash(stm32f4());
  flash.apply({.wait_states = 5, .prefetch = true});
  EXPECT_EQ(Fetcher(flash, 100).words(0, 12),
            (std::vector<unsigned>{5, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0}))
      << "a line of 4 words lasts 4 cycles, a read takes 6";
}

TEST(FlashInterface, AReadUnderWayIsNotCancelled) {
  FlashInterface flash(plain());
  flash.apply({.wait_states = 3, .prefetch = true});
  Fetcher fetcher(flash, 100);
  EXPECT_EQ(fetcher.word(0), 3u);  // there in 104, when the next line begins to be read
  EXPECT_EQ(fetcher.next(), 104u);
  EXPECT_EQ(fetcher.word(4), 0u);
  EXPECT_EQ(fetcher.word(0x100), 6u);  // asked for in 105; the array is busy until 108
}

TEST(FlashInterface, CodeThatStaysInALineIsReadOnce) {
  FlashInterface flash(plain());
  flash.apply({.wait_states = 7});
  Fetcher fetcher(flash, 100);
  EXPECT_EQ(fetcher.word(0x20), 7u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(fetcher.word(0x24), 0u);
    EXPECT_EQ(fetcher.word(0x20), 0u);
  }
}

TEST(FlashInterface, TheInstructionCacheAnswersASecondVisit) {
  FlashInterface flash(stm32f4());
  flash.apply({.wait_states = 5, .instruction_cache = true});
  Fetcher fetcher(flash, 100);
  for (Address line = 0; line < 64; ++line) EXPECT_EQ(fetcher.word(16 * line), 5u);
  for (Address line = 0; line < 64; ++line) EXPECT_EQ(fetcher.word(16 * line), 0u);
  EXPECT_EQ(fetcher.word(16 * 64), 5u);
  EXPECT_EQ(fetcher.word(16 * 1), 0u);
  EXPECT_EQ(fetcher.word(16 * 0), 5u) << "used least recently";
  EXPECT_EQ(flash.counts().instruction_misses, 66u);
  EXPECT_EQ(flash.counts().instruction_hits, 65u);
  EXPECT_EQ(flash.counts().data_misses, 0u);
}

// RM0090 3.5.2: what is found in neither the line in use, nor the one read ahead, nor the cache is
// a miss, and goes into the cache.
TEST(FlashInterface, LinesReadAheadInTimeStayOutOfTheCache) {
  FlashInterface flash(stm32f4());
  flash.apply({.wait_states = 3, .prefetch = true, .instruction_cache = true});
  Fetcher fetcher(flash, 100);
  fetcher.words(0, 8);
  fetcher.word(0x1000);
  fetcher.words(0x1000, 1);
  EXPECT_EQ(fetcher.word(0), 0u);
  EXPECT_EQ(flash.counts().instruction_misses, 2u) << "lines 0 and 0x1000";
}

TEST(FlashInterface, TheDataCacheAnswersASecondRead) {
  FlashInterface flash(stm32f4());
  flash.apply({.wait_states = 5, .data_cache = true});
  EXPECT_EQ(flash.data_wait(0x1000, 100), 5u);
  EXPECT_EQ(flash.data_wait(0x100C, 106), 0u);
  for (Time line = 1; line < 8; ++line) {
    EXPECT_EQ(flash.data_wait(static_cast<Address>(0x1000 + 16 * line), 100 + 10 * line), 5u);
  }
  EXPECT_EQ(flash.data_wait(0x1000, 200), 0u);
  EXPECT_EQ(flash.data_wait(0x2000, 210), 5u);
  EXPECT_EQ(flash.data_wait(0x1010, 220), 5u) << "used least recently";
}

// Ambiq Apollo3, CACHECTRL.CACHECFG.CONFIG (vendor's register description): 5 is two ways of 512
// lines of 128 bits for instructions and data alike, 4 is direct mapped with 512 lines.
TEST(FlashInterface, ASharedCacheHoldsInstructionsAndData) {
  for (const std::uint32_t ways : {1u, 2u}) {
    FlashInterface flash(
        {.size = 1u << 20,
         .read_bytes = 16,
         .data_buffer = false,
         .instruction_cache = LineCache::Geometry{.sets = 512, .ways = ways, .line_bytes = 16},
         .shared_cache = true});
    flash.apply({.wait_states = 1, .instruction_cache = true, .data_cache = true});
    EXPECT_EQ(flash.fetch_wait(0xC000, 100), 1u);
    EXPECT_EQ(flash.data_wait(0xC004, 200), 0u) << "fetched before";
    EXPECT_EQ(flash.data_wait(0xE000, 300), 1u) << "the same set, 8 KiB away";
    EXPECT_EQ(flash.data_wait(0xC004, 400), ways == 2 ? 0u : 1u);
    flash.apply({.wait_states = 1, .instruction_cache = true});
    EXPECT_EQ(flash.data_wait(0xC004, 500), 1u) << "off for data";
  }
}

TEST(FlashInterface, KeepsTheLastLineReadForDataIfTheChipDoes) {
  FlashShape shape = plain();
  FlashInterface keeping(shape);
  shape.data_buffer = false;
  FlashInterface forgetting(shape);
  for (FlashInterface* const flash : {&keeping, &forgetting}) {
    flash->apply({.wait_states = 2});
    EXPECT_EQ(flash->data_wait(0x100, 100), 2u);
  }
  EXPECT_EQ(keeping.data_wait(0x104, 103), 0u);
  EXPECT_EQ(forgetting.data_wait(0x104, 103), 2u);
}

TEST(FlashInterface, FetchesAndDataReadsWaitForOneArray) {
  FlashInterface flash(plain());
  flash.apply({.wait_states = 4});
  EXPECT_EQ(flash.fetch_wait(0, 100), 4u);       // until 105
  EXPECT_EQ(flash.data_wait(0x1000, 102), 7u);   // 105 to 110
  EXPECT_EQ(flash.fetch_wait(0x2000, 106), 8u);  // 110 to 115
}

// RM0090: accesses through the D-Code bus have priority.
TEST(FlashInterface, ADataReadComesBeforeAReadAheadThatHasNotBegun) {
  FlashInterface flash(plain());
  flash.apply({.wait_states = 4, .prefetch = true});
  EXPECT_EQ(flash.fetch_wait(0, 100), 4u);      // until 105; the read-ahead would begin then
  EXPECT_EQ(flash.data_wait(0x1000, 104), 5u);  // 105 to 110; then the read-ahead until 115
  EXPECT_EQ(flash.fetch_wait(0x10, 112), 2u);
}

TEST(FlashInterface, BanksAreReadSideBySide) {
  FlashShape shape = plain();
  shape.banks = 2;
  FlashInterface flash(shape);
  flash.apply({.wait_states = 4});
  EXPECT_EQ(flash.fetch_wait(0, 100), 4u);
  EXPECT_EQ(flash.data_wait(flash.bank_bytes(), 101), 4u) << "the other bank";
  EXPECT_EQ(flash.data_wait(0x1000, 106), 4u);
  EXPECT_EQ(flash.fetch_wait(0x10, 107), 8u) << "the same bank";
}

TEST(FlashInterface, WideReadsBringTwiceAsMuchFromOneArray) {
  FlashShape shape = {.size = 1u << 20,
                      .read_bytes = 8,
                      .wide_read_bytes = 16,
                      .banks = 2,
                      .instruction_cache = LineCache::Geometry{32, 4, 8}};
  FlashInterface flash(shape);
  flash.apply({.wait_states = 3, .instruction_cache = true});
  EXPECT_EQ(Fetcher(flash, 100).words(0, 4), (std::vector<unsigned>{3, 0, 3, 0}));
  flash.apply({.wait_states = 3, .instruction_cache = true, .wide_reads = true});
  EXPECT_EQ(Fetcher(flash, 200).words(0, 4), (std::vector<unsigned>{3, 0, 0, 0}))
      << "nothing of the other organisation is left";
  EXPECT_EQ(flash.fetch_wait(0x100, 300), 3u);
  EXPECT_EQ(flash.data_wait(flash.bank_bytes(), 300), 7u) << "one array";
}

// A line wider than a read comes in parts, the one asked for first.
TEST(FlashInterface, FillsAWideLineFromTheWordAskedForOn) {
  FlashShape shape = {
      .size = 1u << 20, .read_bytes = 8, .instruction_cache = LineCache::Geometry{16, 1, 32}};
  FlashInterface flash(shape);
  flash.apply({.wait_states = 3, .instruction_cache = true});
  Fetcher fetcher(flash, 100);
  // Parts at 16, 24, 0, 8 arrive in cycles 104, 108, 112, 116; the bus asks again in the cycle of
  // the data phase.
  EXPECT_EQ(fetcher.word(16), 3u);
  EXPECT_EQ(fetcher.word(20), 0u);
  EXPECT_EQ(fetcher.word(24), 2u);
  EXPECT_EQ(fetcher.word(8), 7u);
  EXPECT_EQ(fetcher.word(0), 0u);
  EXPECT_EQ(flash.counts().instruction_misses, 1u);
}

TEST(FlashInterface, SettingsTakeEffectAtOnce) {
  FlashInterface flash(plain());
  flash.apply({.wait_states = 5});
  EXPECT_EQ(flash.fetch_wait(0, 100), 5u);
  flash.apply({.wait_states = 1});
  EXPECT_EQ(flash.fetch_wait(0x10, 106), 1u);
}

TEST(FlashInterface, InvalidatedCachesAskTheArrayAgain) {
  FlashInterface flash(stm32f4());
  flash.apply({.wait_states = 5, .instruction_cache = true, .data_cache = true});
  flash.fetch_wait(0, 100);
  flash.data_wait(0x1000, 200);
  flash.invalidate(FlashReadPort::Cache::kData);
  EXPECT_EQ(flash.data_wait(0x1000, 300), 5u);
  EXPECT_EQ(flash.fetch_wait(0, 400), 0u);
  flash.invalidate(FlashReadPort::Cache::kInstruction);
  EXPECT_EQ(flash.fetch_wait(0, 500), 5u);
}

// ST RM0440 section 3.3.4: 8 rows of 4 x 64 bits for data with two banks, of 2 x 128 bits with one.
TEST(FlashInterface, AWiderReadFillsLongerLinesOfTheSameCache) {
  FlashInterface flash({.size = 1u << 20,
                        .read_bytes = 8,
                        .wide_read_bytes = 16,
                        .data_cache = LineCache::Geometry{.sets = 1, .ways = 32, .line_bytes = 8}});
  for (const bool wide : {false, true}) {
    flash.apply({.wait_states = 5, .data_cache = true, .wide_reads = wide});
    const Address line = wide ? 16 : 8;
    const Address lines = 256 / line;
    Time at = wide ? 10'000 : 0;
    const auto waits = [&](Address offset) { return flash.data_wait(offset, at += 20) != 0; };
    for (Address i = 0; i < lines; ++i) EXPECT_TRUE(waits(i * 0x1000)) << "any line, any address";
    for (Address i = 0; i < lines; ++i) {
      EXPECT_FALSE(waits(i * 0x1000 + line - 4)) << wide << " " << i;
    }
    EXPECT_TRUE(waits(lines * 0x1000)) << "takes the place of the least recently used";
    EXPECT_TRUE(waits(0));
  }
}

TEST(FlashInterface, RefusesShapesThatMakeNoSense) {
  EXPECT_THROW(FlashInterface({.size = 0, .read_bytes = 16}), InputError);
  EXPECT_THROW(FlashInterface({.size = 4096, .read_bytes = 12}), InputError);
  EXPECT_THROW(FlashInterface({.size = 4096, .read_bytes = 16, .wide_read_bytes = 8}), InputError);
  EXPECT_THROW(FlashInterface({.size = 4096, .read_bytes = 16, .banks = 3}), InputError);
  EXPECT_THROW(
      FlashInterface(
          {.size = 4096, .read_bytes = 16, .instruction_cache = LineCache::Geometry{1, 3, 8}}),
      InputError)
      << "lines shorter than a read, and none to merge";
}

// Shapes and settings that exercise every path.
struct Variant {
  FlashShape shape;
  Settings settings;
};

std::vector<Variant> variants() {
  const LineCache::Geometry small{.sets = 4, .ways = 2, .line_bytes = 16};
  const LineCache::Geometry long_lines{.sets = 4, .ways = 2, .line_bytes = 32};
  std::vector<Variant> result;
  for (const unsigned wait_states : {0u, 1u, 3u, 5u}) {
    for (unsigned bits = 0; bits < 64; ++bits) {
      FlashShape shape = {.size = 4096,
                          .read_bytes = 8,
                          .wide_read_bytes = 16,
                          .banks = 1 + (bits >> 4 & 1u),
                          .data_buffer = (bits & 1u) != 0};
      shape.instruction_cache = (bits & 32u) != 0 ? long_lines : small;
      shape.data_cache = small;
      result.push_back({shape,
                        {.wait_states = wait_states,
                         .prefetch = (bits & 1u) != 0,
                         .instruction_cache = (bits & 2u) != 0,
                         .data_cache = (bits & 4u) != 0,
                         .wide_reads = (bits & 8u) != 0}});
    }
  }
  return result;
}

// Requests as a core makes them: mostly sequential fetches, each when the one before is answered;
// data reads in between.
class Requests {
 public:
  explicit Requests(unsigned seed) : random_(seed) {}

  struct Request {
    bool fetch;
    Address offset;
    unsigned pause;  // cycles after the bus is free
  };
  Request next() {
    if (below(4) == 0) return {false, below(128) * 4, below(3)};
    word_ = below(6) == 0 ? below(128) : (word_ + 1) % 1024;
    return {true, word_ * 4, below(8) == 0 ? below(20) : 0};
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  std::mt19937 random_;
  Address word_ = 0;
};

unsigned ask(FlashInterface& flash, const Requests::Request& request, Time at) {
  return request.fetch ? flash.fetch_wait(request.offset, at) : flash.data_wait(request.offset, at);
}

// Runs `count` requests; returns the waits. Fetches and data reads have a bus each.
std::vector<unsigned> run(FlashInterface& flash, Requests& requests, int count, Time& now) {
  std::vector<unsigned> waits;
  Time free[2] = {now, now};
  for (int i = 0; i < count; ++i) {
    const Requests::Request request = requests.next();
    Time& bus = free[request.fetch ? 1 : 0];
    const Time at = std::max(bus, now) + request.pause;
    waits.push_back(ask(flash, request, at));
    bus = at + 1 + waits.back();
    now = std::max(now, at);
  }
  now = std::max(free[0], free[1]);
  return waits;
}

// What memoised timing rests on: a model that is put where another one stands, with the same in
// its caches, gives the same answers from then on, at whatever absolute time.
TEST(FlashInterface, GoesOnAlikeFromTheSamePosition) {
  unsigned seed = 1;
  for (const Variant& variant : variants()) {
    FlashInterface a(variant.shape);
    a.apply(variant.settings);
    Requests requests(seed++);
    Time now = 1000;
    for (int round = 0; round < 20; ++round) {
      run(a, requests, 15, now);
      FlashInterface b(variant.shape);
      StateArchive saved = StateArchive::saving();
      a.snapshot(saved);
      StateArchive loaded = StateArchive::loading(saved.bytes());
      b.snapshot(loaded);
      const MemoryPosition position = a.position(now);
      Time later = now + 7919;
      b.set_position(position, later);
      ASSERT_EQ(b.position(later), position);
      Requests again = requests;
      Requests copy = requests;
      FlashInterface c(variant.shape);
      StateArchive reloaded = StateArchive::loading(saved.bytes());
      c.snapshot(reloaded);
      Time same = now;
      ASSERT_EQ(run(b, again, 30, later), run(c, copy, 30, same)) << "seed " << seed;
      ASSERT_EQ(b.position(later), c.position(same)) << "seed " << seed;
    }
  }
}

TEST(FlashInterface, NeverWaitsLongerThanItSays) {
  unsigned seed = 1;
  for (const Variant& variant : variants()) {
    FlashInterface flash(variant.shape);
    flash.apply(variant.settings);
    Requests requests(seed++);
    Time now = 1000;
    for (const unsigned wait : run(flash, requests, 500, now)) {
      ASSERT_LT(wait, flash.longest_wait());
    }
  }
}

TEST(FlashInterface, ForgetsHowLongAgoThingsWereOver) {
  for (const Variant& variant : variants()) {
    FlashInterface early(variant.shape);
    FlashInterface late(variant.shape);
    for (FlashInterface* const flash : {&early, &late}) {
      flash->apply(variant.settings);
      flash->fetch_wait(0x40, flash == &early ? 100 : 150);
      flash->data_wait(0x80, flash == &early ? 120 : 190);
    }
    EXPECT_EQ(early.position(300), late.position(300));
  }
}

TEST(FlashInterface, HasTheSameFutureAfterRestore) {
  for (const Variant& variant : variants()) {
    FlashInterface a(variant.shape);
    a.apply(variant.settings);
    Requests requests(5);
    Time now = 1000;
    run(a, requests, 100, now);
    StateArchive saved = StateArchive::saving();
    a.snapshot(saved);
    FlashInterface b(variant.shape);
    StateArchive loaded = StateArchive::loading(saved.bytes());
    b.snapshot(loaded);
    Requests again = requests;
    Time same = now;
    ASSERT_EQ(run(a, requests, 100, now), run(b, again, 100, same));
  }
}

}  // namespace
}  // namespace tinyscope
