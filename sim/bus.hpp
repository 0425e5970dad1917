// The address map of a machine: memories, peripherals, known but unmodelled blocks, and holes.
//
// Lookup is a two-level table of 4 KiB pages. A page holds either one memory or a short list of
// peripheral windows, since small blocks (two GPIO ports, CLOCK and POWER) may share a page.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/master_view.hpp"
#include "sim/memory.hpp"
#include "sim/run_notes.hpp"
#include "sim/time.hpp"
#include "sim/types.hpp"

namespace tinyscope {

struct BusAccess {
  Address offset = 0;  // from the start of the target's window
  AccessSize size = AccessSize::kWord;
  TimePoint now{};
  bool debug = false;   // looks without side effects and without time
  Address address = 0;  // absolute, for messages only
};

// What answers on the bus. Values occupy the low bits; `offset` is aligned to `size` or not, as
// the core issued it.
class BusTarget {
 public:
  virtual ~BusTarget() = default;
  virtual std::uint32_t read(const BusAccess& access) = 0;
  virtual void write(const BusAccess& access, std::uint32_t value) = 0;
};

// A window of the address map that is not memory.
struct BusWindow {
  std::string name;
  Address base = 0;
  std::uint32_t size = 0;
  BusTarget* target = nullptr;  // null: known to exist, not modelled (reads 0, is reported)

  bool contains(Address address) const { return address >= base && address - base < size; }
};

struct BusReply {
  std::uint32_t value = 0;
  bool ok = true;  // false: nothing answers there, the core sees a bus error
};

// What a bus master other than the core moves, for models of contention.
struct MasterTransfer {
  Address address = 0;
  std::uint32_t bytes = 0;
  AccessType type = AccessType::kRead;
  TimePoint when{};
};

// An access to what is not memory: a peripheral, a block that is not modelled, or a hole.
struct WindowAccess {
  Address address = 0;
  AccessSize size = AccessSize::kWord;
  bool write = false;
  std::uint32_t value = 0;  // read or written
  bool ok = true;           // see BusReply
  TimePoint now{};
};

class Bus {
 public:
  explicit Bus(RunNotes& notes) : notes_(notes) {}
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Each throws InputError on an overlap with what is mapped already.
  Memory& add_memory(std::string name, MemoryKind kind, Address base, std::uint32_t size,
                     std::uint8_t fill = 0);
  void add_memory_alias(std::string name, Address base, std::uint32_t size, Memory& target,
                        std::uint32_t target_offset = 0);
  void add_target(std::string name, Address base, std::uint32_t size, BusTarget& target);
  void add_unmodelled(std::string name, Address base, std::uint32_t size);

  BusReply read(Address address, AccessSize size, TimePoint now, bool debug = false);
  // False: nothing answers there, or it refuses (a store to flash).
  bool write(Address address, AccessSize size, std::uint32_t value, TimePoint now,
             bool debug = false);

  // Bulk access to memory for DMA, loaders and debuggers. False, and nothing done, unless the
  // whole range lies in mapped memory. Writes reach flash too.
  bool copy_out(Address address, std::span<std::uint8_t> to) const;
  bool copy_in(Address address, std::span<const std::uint8_t> from);
  // Called after each copy_in() with the range that changed, so that translated code is dropped.
  void on_bulk_write(std::function<void(Address, std::uint32_t)> listener) {
    bulk_write_ = std::move(listener);
  }

  // Accesses of DMA: as read() and write(), but on_master_transfer() hears of them, and stores to
  // RAM drop translated code.
  // Both find what memory holds, which a data cache may keep from the core.
  BusReply master_read(Address address, AccessSize size, TimePoint now);
  bool master_write(Address address, AccessSize size, std::uint32_t value, TimePoint now);
  void on_master_transfer(std::function<void(const MasterTransfer&)> listener) {
    master_transfer_ = std::move(listener);
  }
  // As copy_out() and copy_in(), for masters that move whole blocks.
  bool master_copy_out(Address address, std::span<std::uint8_t> to) const;
  bool master_copy_in(Address address, std::span<const std::uint8_t> from);
  // Null: they see what the core sees. It outlives the bus, or is taken back.
  void set_master_view(MasterView* view) { master_view_ = view; }
  // For masters that move whole blocks.
  void tell_master_transfer(const MasterTransfer& transfer) const {
    if (master_transfer_) master_transfer_(transfer);
  }

  // Who hears of each access to what is not memory, DMA's and those through a bit-band alias
  // included; debug accesses are left out.
  void on_window_access(std::function<void(const WindowAccess&)> listener) {
    window_access_ = std::move(listener);
  }

  // The memory that backs `address` (aliases resolved), and the offset into it; null if none.
  struct MemoryPlace {
    Memory* memory = nullptr;
    std::uint32_t offset = 0;
  };
  MemoryPlace memory_at(Address address) const;
  // The parts of `size` bytes at `base` where nothing is mapped, by address.
  struct Range {
    Address base = 0;
    std::uint32_t size = 0;
  };
  std::vector<Range> free_ranges(Address base, std::uint32_t size) const;
  // Name of the memory, peripheral or block at `address`; empty for a hole.
  std::string_view name_at(Address address) const;

  struct MappedMemory {
    std::string name;
    Address base = 0;
    std::uint32_t size = 0;
    Memory* memory = nullptr;
    std::uint32_t memory_offset = 0;
    bool alias = false;
  };
  const std::vector<MappedMemory>& memories() const { return mapped_; }
  const std::vector<std::unique_ptr<BusWindow>>& windows() const { return windows_; }

 private:
  struct Page {
    const MappedMemory* memory = nullptr;
    std::vector<const BusWindow*> windows;
  };
  static constexpr unsigned kPageBits = 12;
  static constexpr unsigned kTableBits = 10;
  using Table = std::array<Page, 1u << kTableBits>;

  const Page* page(Address address) const;
  Page& make_page(Address address);
  const BusWindow* window_at(Address address) const;
  BusReply read_window(Address address, AccessSize size, TimePoint now, bool debug);
  bool write_window(Address address, AccessSize size, std::uint32_t value, TimePoint now,
                    bool debug);
  void require_free(std::string_view name, Address base, std::uint32_t size) const;
  void map_memory(std::string name, Address base, std::uint32_t size, Memory& memory,
                  std::uint32_t offset, bool alias);
  void add_window(std::string name, Address base, std::uint32_t size, BusTarget* target);

  RunNotes& notes_;
  std::function<void(Address, std::uint32_t)> bulk_write_;
  std::function<void(const MasterTransfer&)> master_transfer_;
  MasterView* master_view_ = nullptr;
  std::function<void(const WindowAccess&)> window_access_;
  std::vector<std::unique_ptr<Memory>> owned_;
  std::vector<MappedMemory> mapped_;
  std::vector<std::unique_ptr<BusWindow>> windows_;
  std::array<std::unique_ptr<Table>, 1u << (32 - kPageBits - kTableBits)> tables_;
};

}  // namespace tinyscope
