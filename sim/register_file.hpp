// Registers of a peripheral, described fluently and checked when the machine is built.
//
//   registers_.add(0x508, "OUTSET").on_write([this](std::uint32_t bits) { ... });
//   registers_.add(0x504, "CONFIG").field(0, 2, "WEN").unimplemented(8, 1, "EXTRA");
//   registers_.array(0x540, 6, 4, "CC").storage(cc_.data());
//
// Overlapping fields or registers are refused at construction. Reads of write-only and writes of
// read-only registers do nothing, as on the chips modelled here. An access to an offset without a
// register, and a write that sets an `unimplemented` field, are reported as not modelled.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/bus.hpp"
#include "sim/run_notes.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

class RegisterFile {
 public:
  class Register {
   public:
    // Value at reset (default 0).
    Register& reset(std::uint32_t value);
    // Bits that exist. Once any field is named, writes change named bits only.
    Register& flag(unsigned bit, std::string_view name) { return field(bit, 1, name); }
    Register& field(unsigned low, unsigned width, std::string_view name);
    // Bits that the manual reserves: written values are dropped silently.
    Register& reserved(unsigned low, unsigned width);
    // Bits that exist on the chip and have no effect here: kept, and reported when set.
    Register& unimplemented(unsigned low, unsigned width, std::string_view name);
    Register& read_only();
    Register& write_only();
    Register& write_one_to_clear();
    // Bits act when written and nothing is stored: a narrow store acts on its own lanes only.
    Register& trigger();
    // Known to exist, has no effect here: keeps what is written; each access is reported.
    Register& unimplemented();
    // The value a read returns instead of the stored one.
    Register& on_read(std::function<std::uint32_t()> action);
    // Called after the stored value changed, with the value written (before masking by fields).
    Register& on_write(std::function<void(std::uint32_t)> action);

    std::uint32_t value() const { return value_; }
    void set(std::uint32_t value) { value_ = value; }
    const std::string& name() const { return name_; }

   private:
    friend class RegisterFile;
    struct Field {
      std::uint32_t mask;
      std::string name;
      bool unimplemented;
    };

    std::uint32_t writable_mask() const;
    void claim(std::uint32_t mask, std::string_view name);

    std::string name_;
    std::uint32_t value_ = 0;
    std::uint32_t reset_value_ = 0;
    std::uint32_t claimed_ = 0;
    std::vector<Field> fields_;
    bool readable_ = true;
    bool writable_ = true;
    bool write_one_to_clear_ = false;
    bool unimplemented_ = false;
    bool trigger_ = false;
    std::function<std::uint32_t()> on_read_;
    std::function<void(std::uint32_t)> on_write_;
  };

  // `name` is the peripheral's, for messages. `size` is the window in bytes.
  RegisterFile(std::string name, std::uint32_t size, RunNotes& notes);

  // A 32-bit register at `offset`. References stay valid for the life of the file.
  Register& add(Address offset, std::string_view name);
  // `count` registers NAME[0], NAME[1], … `stride` bytes apart; `define` is called for each.
  void array(Address offset, unsigned count, std::uint32_t stride, std::string_view name,
             const std::function<void(Register&, unsigned)>& define);

  std::uint32_t read(const BusAccess& access);
  void write(const BusAccess& access, std::uint32_t value);

  // All stored values to their reset values; no on_write is called.
  void reset();
  void snapshot(StateArchive& archive);

 private:
  Register* find(Address offset);

  std::string name_;
  RunNotes& notes_;
  std::vector<std::int16_t> index_;  // by word; -1: no register
  std::vector<std::unique_ptr<Register>> registers_;
};

}  // namespace tinyscope
