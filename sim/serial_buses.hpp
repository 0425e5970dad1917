// I2C and SPI between a chip and the parts on its board, byte by byte. Who clocks the bus (TWIM,
// SPIM, ...) keeps the wire's time: it calls when the byte is complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/ports.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

// A part that answers on I2C.
class I2cTarget : public Port {
 public:
  // START or repeated START with a 7-bit address, to every part on the bus. True: this part
  // acknowledges and takes part until the next start or stop. False: the part is not meant, and
  // whatever transfer it took part in is over.
  virtual bool start(std::uint8_t address, bool read) = 0;
  // A byte from the controller; true: acknowledged.
  virtual bool write(std::uint8_t byte) = 0;
  // The next byte for the controller.
  virtual std::uint8_t read() = 0;
  virtual void stop() = 0;
};

// The two wires and what hangs on them. Owned by whoever builds the board.
class I2cBus : public Port {
 public:
  void attach(I2cTarget& target) { targets_.push_back(&target); }
  // Without pull-up resistors that have power both wires stay low and nobody answers.
  void set_pulled_up(bool pulled_up) { pulled_up_ = pulled_up; }
  bool pulled_up() const { return pulled_up_; }

  // True: a part acknowledged the address.
  bool start(std::uint8_t address, bool read) {
    selected_ = kNone;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i]->start(address, read) && selected_ == kNone && pulled_up_) selected_ = i;
    }
    return selected_ != kNone;
  }
  bool write(std::uint8_t byte) { return selected_ != kNone && targets_[selected_]->write(byte); }
  // 0xFF if nobody was addressed: the wire is pulled up.
  std::uint8_t read() { return selected_ == kNone ? 0xFF : targets_[selected_]->read(); }
  void stop() {
    if (selected_ != kNone) targets_[selected_]->stop();
    selected_ = kNone;
  }

  // The parts save themselves.
  void snapshot(StateArchive& archive) { archive(selected_, pulled_up_); }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<I2cTarget*> targets_;
  std::size_t selected_ = kNone;
  bool pulled_up_ = true;
};

// A part that answers on SPI.
class SpiTarget : public Port {
 public:
  // Chip select as the part understands it: true from the active edge on.
  virtual void select(bool selected) = 0;
  // One byte each way, while selected.
  virtual std::uint8_t transfer(std::uint8_t byte) = 0;
};

class SpiBus : public Port {
 public:
  void attach(SpiTarget& target) { targets_.push_back({&target, false}); }
  // Follows the chip select pad of an attached part.
  void select(SpiTarget& target, bool selected) {
    for (Slot& slot : targets_) {
      if (slot.target != &target || slot.selected == selected) continue;
      slot.selected = selected;
      target.select(selected);
    }
  }
  // 0xFF if nobody is selected. All selected parts hear the byte; the first one's answer counts.
  std::uint8_t transfer(std::uint8_t byte) {
    std::uint8_t answer = 0xFF;
    bool answered = false;
    for (Slot& slot : targets_) {
      if (!slot.selected) continue;
      const std::uint8_t own = slot.target->transfer(byte);
      if (!answered) answer = own;
      answered = true;
    }
    return answer;
  }

  void snapshot(StateArchive& archive) {
    for (Slot& slot : targets_) archive(slot.selected);
  }

 private:
  struct Slot {
    SpiTarget* target;
    bool selected;
  };
  std::vector<Slot> targets_;
};

}  // namespace tinyscope
