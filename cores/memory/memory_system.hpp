// The memories and buses of a chip as the core meets them: flash behind its interface, RAM without
// wait states, peripherals behind bridges.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "cores/memory/flash_interface.hpp"
#include "cores/memory/memory_map.hpp"
#include "cores/memory/memory_timing.hpp"

namespace tinyscope {

// Addresses [base, base + size) that show flash from `offset` on.
struct FlashWindow {
  Address base = 0;
  std::uint32_t size = 0;
  std::uint32_t offset = 0;
};

// Peripherals that the core reaches over a slower bus: extra cycles of each access.
struct Bridge {
  Address base = 0;
  std::uint32_t size = 0;
  unsigned read_wait = 0;
  unsigned write_wait = 0;
};

// Addresses [base, base + size) that are timed as if they lay at `as`, of whatever memory that is:
// what a program would take with its weights, arena or code in another memory. Whole words; into
// flash they move by a multiple of its cache lines.
struct MovedRange {
  Address base = 0;
  std::uint32_t size = 0;
  Address as = 0;
};

class MemorySystem final : public MemoryTiming {
 public:
  struct Parameters {
    std::vector<MemoryBlock> blocks{};  // without those that show flash
    std::vector<FlashWindow> windows{};
    std::optional<FlashShape> flash = std::nullopt;
    std::vector<Bridge> bridges{};
    std::vector<MovedRange> moved{};
  };

  // Throws InputError for overlapping blocks or moved ranges and shapes that make no sense.
  explicit MemorySystem(const Parameters& parameters);

  unsigned fetch_wait(Address word, Time at) override;
  unsigned data_wait(Address address, AccessType type, Time at) override;
  unsigned first_read_cycles(Address address) const override {
    return map_.first_read_cycles(timed_as(address));
  }
  void master_access(Address address, Time at) override;
  unsigned contention(Address address, Time at) override;
  std::uint8_t block(Address address) const override { return map_.number(timed_as(address)); }
  std::vector<Address> boundaries() const override;
  void reset() override;
  void snapshot(StateArchive& archive) override;
  std::vector<LineCache*> caches() override;
  unsigned longest_wait() const override;
  std::uint64_t longest_waits(std::uint32_t code_bytes, std::uint32_t accesses) const override;
  std::uint64_t array_reads() const override { return flash_ ? flash_->array_reads() : 0; }
  std::uint64_t settings() const override;
  MemoryPosition position(Time now) const override;
  void set_position(const MemoryPosition& position, Time now) override;

  // Null if the chip's flash has no waits.
  FlashInterface* flash() { return flash_ ? &*flash_ : nullptr; }
  const FlashInterface* flash() const { return flash_ ? &*flash_ : nullptr; }
  // Where `address` would lie if the ranges had been moved.
  Address timed_as(Address address) const {
    for (const MovedRange& range : moved_) {
      if (address - range.base < range.size) return address - range.base + range.as;
    }
    return address;
  }
  // Changes what an access over bridge `index` takes.
  void set_bridge_waits(std::size_t index, unsigned read_wait, unsigned write_wait);

 private:
  // A block that another master has in cycle `at`. The bus matrix lets the masters of a block take
  // turns cycle by cycle, so the core waits for one cycle.
  struct Claim {
    std::uint64_t block = 0;  // 0: none
    Time at = 0;
  };

  static constexpr std::size_t kLastClaim = 7;  // word of a position

  void check_moved();
  static std::vector<MemoryBlock> all_blocks(const Parameters& parameters);
  const FlashWindow* window(Address address) const;
  std::vector<FlashWindow> windows_;
  std::optional<FlashInterface> flash_;
  MemoryMap map_;
  std::vector<Bridge> bridges_;
  std::vector<MovedRange> moved_;  // by address
  // The last two: an item of DMA is a read and a write.
  std::array<Claim, 2> claims_{};

  // Settings met so far; the place of one here is its number.
  struct Combination {
    FlashReadPort::Settings flash;
    std::vector<unsigned> waits;  // of bridges
    friend bool operator==(const Combination&, const Combination&) = default;
  };
  mutable std::vector<Combination> combinations_;
  mutable std::size_t number_ = 0;  // of the settings in force, unless they have changed
  mutable bool bridges_changed_ = false;
};

}  // namespace tinyscope
