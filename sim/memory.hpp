// Memory of the chip, backed by one host buffer that the engine, DMA and reports share.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sim/types.hpp"

namespace tinyscope {

enum class MemoryKind { kFlash, kRam, kRom };

// Decides what a CPU store to flash does. A flash controller implements it.
class FlashWritePolicy {
 public:
  virtual ~FlashWritePolicy() = default;
  // True while stores from the CPU may change the flash.
  virtual bool cpu_writes_enabled() const = 0;
  // A store of `size` happened at `offset` of the flash: returns what the cell holds afterwards, or
  // false in `accepted` when the controller refuses the store (bus error to the CPU).
  struct Outcome {
    bool accepted = false;
    std::uint32_t stored = 0;
  };
  virtual Outcome cpu_write(Address offset, AccessSize size, std::uint32_t old_value,
                            std::uint32_t new_value) = 0;
  // True while the cells at `offset` cannot be read because flash is being written or erased: a
  // core that fetches or loads from there waits. Asked while the controller's wire "busy" is high.
  virtual bool busy_at(Address /*offset*/) const { return false; }
};

class Memory {
 public:
  // `size` is a multiple of 4096; the buffer is page aligned and filled with `fill`.
  Memory(std::string name, MemoryKind kind, Address base, std::uint32_t size, std::uint8_t fill);

  const std::string& name() const { return name_; }
  MemoryKind kind() const { return kind_; }
  Address base() const { return base_; }
  std::uint32_t size() const { return size_; }
  bool contains(Address address, std::uint32_t length) const {
    return address >= base_ && address - base_ < size_ && length <= size_ - (address - base_);
  }

  std::uint8_t* data() { return buffer_.get(); }
  const std::uint8_t* data() const { return buffer_.get(); }
  std::span<std::uint8_t> bytes() { return {buffer_.get(), size_}; }
  std::span<const std::uint8_t> bytes() const { return {buffer_.get(), size_}; }

  std::uint32_t read(Address offset, AccessSize size) const;
  void write(Address offset, AccessSize size, std::uint32_t value);

  // Flash only: who decides about stores from the CPU. Null: every store is a bus error.
  void set_write_policy(FlashWritePolicy* policy) { write_policy_ = policy; }
  FlashWritePolicy* write_policy() const { return write_policy_; }

 private:
  struct FreeAligned {
    void operator()(std::uint8_t* pointer) const;
  };

  std::string name_;
  MemoryKind kind_;
  Address base_;
  std::uint32_t size_;
  std::unique_ptr<std::uint8_t[], FreeAligned> buffer_;
  FlashWritePolicy* write_policy_ = nullptr;
};

}  // namespace tinyscope
