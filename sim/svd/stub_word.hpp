// Four bytes of a stub: what accesses do to each of their bits, and which rules are for them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/run_notes.hpp"
#include "sim/svd/stub_rules.hpp"
#include "sim/svd/svd.hpp"
#include "sim/time.hpp"

namespace tinyscope {

// A rule of stub_rules.hpp for bits of one word.
struct BoundRule {
  StubRule::Kind kind = StubRule::Kind::kReads;
  std::uint32_t mask = 0;
  unsigned lsb = 0;
  std::uint32_t value = 0;  // kReads; in place
  Duration delay{};
  // kFollows
  std::size_t source = 0;  // number of the word
  std::uint32_t source_mask = 0;
  unsigned source_lsb = 0;
  std::uint32_t shown = 0;
  std::uint32_t coming = 0;  // from `due` on
  TimePoint due{};           // kClears as well: when the bits fall
  bool pending = false;
  // kCounts
  ClockDomain clock{1};
  bool with_core = false;

  // What the target shows of the word that it follows.
  std::uint32_t of_source(std::uint32_t word) const;
  // The word that it follows has another value.
  void source_changed(std::uint32_t word, TimePoint now);
};

struct StubWord {
  Address address = 0;
  std::uint32_t value = 0;
  std::uint32_t reset_value = 0;
  std::uint32_t readable = 0;
  std::uint32_t writable = 0;
  std::array<std::uint32_t, 9> by_write{};  // bits by SvdWrite
  std::uint32_t read_clears = 0;
  std::uint32_t read_sets = 0;
  std::vector<BoundRule*> rules;
  UnmodelledAccess* reported[2] = {nullptr, nullptr};  // read, write

  // A register that lies in it, `shift` bits from its start.
  void add(const SvdRegister& reg, unsigned shift);
  // Lets written bits in `mask` do something else.
  void set_write(std::uint32_t mask, SvdWrite what);
  // Stores the bits in `lanes` of what firmware has written.
  void store(std::uint32_t written, std::uint32_t lanes);
  // Bits that fall by themselves have fallen by now.
  void settle(TimePoint now);
};

}  // namespace tinyscope
