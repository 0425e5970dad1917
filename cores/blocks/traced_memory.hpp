// Stands between a timing model and its memory system and notes, on request, what was asked of the
// caches in between: enough to ask the same again later, at other data addresses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cores/memory/line_cache.hpp"
#include "cores/memory/memory_timing.hpp"

namespace tinyscope {

// A question to a cache. It is about a line of the code itself, or about the line that an access
// of the block falls into and, seen from there, one some bytes further on.
struct CacheQuestion {
  LineCache* cache = nullptr;
  LineCache::Question question = LineCache::Question::kAccess;
  std::int32_t fact = -1;  // -1: of the code
  Address address = 0;     // of the code; otherwise counted from the fact's address
  Address further = 0;

  Address resolve(Address fact_address) const {
    return fact < 0 ? address : cache->line_of(fact_address + address) + further;
  }
  friend bool operator==(const CacheQuestion&, const CacheQuestion&) = default;
};

struct CacheAnswer {
  CacheQuestion question;
  bool held = false;
};

class TracedMemory final : public MemoryTiming, private LineCache::Observer {
 public:
  explicit TracedMemory(MemoryTiming& memory) : memory_(memory) {}

  unsigned fetch_wait(Address word, Time at) override { return memory_.fetch_wait(word, at); }
  unsigned data_wait(Address address, AccessType type, Time at) override {
    fact_ = current_fact_;
    access_ = address;
    const unsigned wait = memory_.data_wait(address, type, at);
    fact_ = -1;
    return wait;
  }
  unsigned store_wait(Address address, std::uint32_t bytes, Time at) override {
    fact_ = current_fact_;
    access_ = address;
    const unsigned wait = memory_.store_wait(address, bytes, at);
    fact_ = -1;
    return wait;
  }
  unsigned drain_wait(Time at) override { return memory_.drain_wait(at); }
  CacheControl* cache_control() override { return memory_.cache_control(); }
  void master_access(Address address, Time at) override { memory_.master_access(address, at); }
  unsigned contention(Address address, Time at) override { return memory_.contention(address, at); }
  unsigned first_read_cycles(Address address) const override {
    return memory_.first_read_cycles(address);
  }
  std::uint8_t block(Address address) const override { return memory_.block(address); }
  std::vector<Address> boundaries() const override { return memory_.boundaries(); }
  void reset() override { memory_.reset(); }
  void snapshot(StateArchive& archive) override { memory_.snapshot(archive); }
  MemoryPosition position(Time now) const override { return memory_.position(now); }
  void set_position(const MemoryPosition& position, Time now) override {
    memory_.set_position(position, now);
  }
  std::vector<LineCache*> caches() override { return memory_.caches(); }
  unsigned longest_wait() const override { return memory_.longest_wait(); }
  std::uint64_t longest_waits(std::uint32_t code_bytes, std::uint32_t accesses) const override {
    return memory_.longest_waits(code_bytes, accesses);
  }
  std::uint64_t array_reads() const override { return memory_.array_reads(); }
  std::uint64_t settings() const override { return memory_.settings(); }

  // Notes what `caches` are asked from now on.
  void start(std::span<LineCache* const> caches);
  // Data accesses that follow belong to this fact, whose first byte is at `address`.
  void attribute(std::int32_t fact, Address address) {
    current_fact_ = fact;
    fact_address_ = address;
  }
  std::vector<CacheAnswer> stop(std::span<LineCache* const> caches);

 private:
  void on_question(LineCache& cache, LineCache::Question question, Address address,
                   bool held) override;

  MemoryTiming& memory_;
  std::vector<CacheAnswer> answers_;
  std::int32_t current_fact_ = -1;
  Address fact_address_ = 0;
  std::int32_t fact_ = -1;  // that the memory is answering about; -1: about code
  Address access_ = 0;
};

}  // namespace tinyscope
