// Every byte of a chip's memories under a number, whichever address shows it (flash and RAM may
// have aliases). What is not memory belongs to one of two regions of peripherals.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/description/soc.hpp"
#include "sim/types.hpp"

namespace tinyscope {

class MemoryIndex {
 public:
  struct Region {
    std::string name;
    MemoryKind kind = MemoryKind::kRam;
    std::uint32_t bytes = 0;  // 0: peripherals
    std::uint32_t first = 0;  // number of its first byte, a multiple of 4096
  };
  struct Place {
    std::uint8_t region = 0;
    bool memory = false;
    std::uint32_t byte = 0;  // number, of memory
  };
  static constexpr std::uint8_t kPeripherals = 0;
  // From the private peripheral bus on (Arm DDI 0403E, table B3-1).
  static constexpr std::uint8_t kCorePeripherals = 1;
  static constexpr std::uint8_t kFirstMemory = 2;
  // An access that begins in the last bytes of a memory may reach behind the last number by less.
  static constexpr std::uint32_t kMargin = 512;

  explicit MemoryIndex(const SocDescription& soc);

  Place find(Address address) const {
    const Window& window = windows_[pages_[address >> kPageBits]];
    return {window.region, window.region >= kFirstMemory, window.first + (address - window.base)};
  }
  const std::vector<Region>& regions() const { return regions_; }
  // Bytes of all memories.
  std::uint32_t bytes() const { return bytes_; }

 private:
  static constexpr unsigned kPageBits = 12;
  struct Window {
    Address base = 0;
    std::uint32_t first = 0;
    std::uint8_t region = 0;
  };
  void show(const MemoryDescription& memory, std::uint8_t region, std::uint32_t first);

  std::vector<Region> regions_;
  std::vector<Window> windows_;
  std::vector<std::uint8_t> pages_;  // window of each page of the address space
  std::uint32_t bytes_ = 0;
};

// A set of bytes by number.
class ByteSet {
 public:
  explicit ByteSet(const MemoryIndex& index)
      : words_((index.bytes() + MemoryIndex::kMargin) / kWordBits) {}

  void add(std::uint32_t first, std::uint32_t count) {
    while (count != 0) {
      const std::uint32_t here = in_word(first, count);
      words_[first / kWordBits] |= mask(first, here);
      first += here;
      count -= here;
    }
  }
  bool contains_all(std::uint32_t first, std::uint32_t count) const {
    while (count != 0) {
      const std::uint32_t here = in_word(first, count);
      const std::uint64_t wanted = mask(first, here);
      if ((words_[first / kWordBits] & wanted) != wanted) return false;
      first += here;
      count -= here;
    }
    return true;
  }
  bool contains(std::uint32_t byte) const {
    return (words_[byte / kWordBits] >> byte % kWordBits & 1u) != 0;
  }
  // How many bytes of a region it holds.
  std::uint64_t count(const MemoryIndex::Region& region) const;
  void add(const ByteSet& other);
  void clear();

 private:
  static constexpr std::uint32_t kWordBits = 64;
  static std::uint32_t in_word(std::uint32_t first, std::uint32_t count) {
    const std::uint32_t left = kWordBits - first % kWordBits;
    return count < left ? count : left;
  }
  static std::uint64_t mask(std::uint32_t first, std::uint32_t count) {
    const std::uint64_t ones =
        count == kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    return ones << first % kWordBits;
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace tinyscope
