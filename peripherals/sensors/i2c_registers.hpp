// The way nearly all sensors speak on I2C: the first byte that is written selects a register, what
// follows is written there, and reads continue from the selected one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "sim/serial_buses.hpp"

namespace tinyscope {

class I2cRegisters : public I2cTarget {
 public:
  // 7-bit addresses to which the part answers.
  explicit I2cRegisters(std::initializer_list<std::uint8_t> addresses) : addresses_(addresses) {}

  // Without supply nobody answers.
  void set_supplied(bool supplied) { supplied_ = supplied; }
  bool supplied() const { return supplied_; }

  bool start(std::uint8_t address, bool read) final {
    bool own = false;
    for (const std::uint8_t candidate : addresses_) own = own || candidate == address;
    own = own && supplied_;
    if (own) {
      address_ = address;
      selecting_ = !read;
      started(read);
    }
    return own;
  }
  bool write(std::uint8_t byte) final {
    if (selecting_) {
      selecting_ = false;
      register_ = select(byte);
      return true;
    }
    const bool taken = write_register(register_, byte);
    register_ = after(register_);
    return taken;
  }
  std::uint8_t read() final {
    const std::uint8_t value = read_register(register_);
    register_ = after(register_);
    return value;
  }
  void stop() override {}

  void snapshot(StateArchive& archive) {
    archive(supplied_, selecting_, address_, register_, increments_);
  }

 protected:
  virtual std::uint8_t read_register(std::uint8_t reg) = 0;
  // False: not acknowledged.
  virtual bool write_register(std::uint8_t reg, std::uint8_t value) = 0;
  // Called at a start that is meant for the part, before its first byte.
  virtual void started(bool /*read*/) {}
  // The register that a sub-address selects. Parts that take its top bit as a wish for automatic
  // increments strip it here and call set_increments().
  virtual std::uint8_t select(std::uint8_t sub_address) { return sub_address; }
  // The register after `reg` in one transfer.
  virtual std::uint8_t after(std::uint8_t reg) {
    return static_cast<std::uint8_t>(increments_ ? reg + 1 : reg);
  }
  void set_increments(bool increments) { increments_ = increments; }
  // Of the transfer under way, for parts with several.
  std::uint8_t address() const { return address_; }

 private:
  std::vector<std::uint8_t> addresses_;
  bool supplied_ = true;
  bool selecting_ = false;
  std::uint8_t address_ = 0;
  std::uint8_t register_ = 0;
  bool increments_ = true;
};

}  // namespace tinyscope
