// What the blocks of an nRF52 have in common: tasks, events, shortcuts and the interrupt line.
// nRF52840 Product Specification (PS), chapter "Peripheral interface".
//
//   task      written with 1, by the CPU or by PPI, does something
//   event     register that the hardware sets to 1 and the firmware clears; PPI hears it
//   shortcut  bit of SHORTS that triggers a task of the same block from one of its events
//   irq       level: high while any event is 1 whose bit in INTEN is set; the bit's number is the
//             event's position, (offset - 0x100) / 4
//
// A block registers these in its constructor and then only calls raise().
//
// Parameter `undocumented` of every block: registers that work-arounds for errata touch and that PS
// does not describe, as { offset = 0xEE4, errata = "115" }. They keep what is written and do
// nothing, since the model has no such errata.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "peripherals/common/assumed_parameter.hpp"
#include "sim/peripheral.hpp"
#include "sim/power_tracker.hpp"
#include "sim/register_file.hpp"
#include "sim/registry.hpp"

namespace tinyscope::nordic {

class NordicBlock : public Peripheral {
 public:
  std::uint32_t read(const BusAccess& access) override { return registers_.read(access); }
  void write(const BusAccess& access, std::uint32_t value) override {
    registers_.write(access, value);
  }
  void reset(ResetKind kind) override;
  Wire* wire(std::string_view name) override;
  void snapshot(StateArchive& archive) final;

 protected:
  // Whether INTEN (0x300) exists beside INTENSET and INTENCLR; kNone: the block has no events.
  enum class Interrupts { kNone, kSetClear, kWithInten };

  NordicBlock(PeripheralContext& context, Interrupts interrupts);

  void add_task(Address offset, std::string_view name, std::function<void()> action);
  void add_event(Address offset, std::string_view name);
  // A bit of SHORTS: `event` triggers `task`, both by offset.
  void add_short(unsigned bit, std::string_view name, Address event, Address task);
  // NAME with set and clear registers beside it, as OUT, OUTSET and OUTCLR. The state is `bits`;
  // `changed` runs after each write.
  void add_set_clear(Address offset, std::string_view name, Address set_offset,
                     Address clear_offset, std::uint32_t valid, std::uint32_t& bits,
                     std::function<void()> changed = {});
  Wire& add_wire(std::string_view name);

  // The hardware generates the event: its register becomes 1, PPI hears of it, shortcuts run.
  void raise(Address event);
  // Sets the event register only: neither PPI nor shortcuts see it.
  void set_event(Address event);
  bool event_set(Address event) const;
  bool interrupt_enabled(Address event) const;
  void trigger(Address task);
  // SHORTS; 0 for a block without.
  std::uint32_t shortcuts() const { return shorts_ == nullptr ? 0 : shorts_->value(); }

  // The current time. The run loop brings the scheduler up to each access before it issues it
  // (Scheduler::advance_to), so this holds in register accesses as well as in events.
  TimePoint now() const { return scheduler_.now(); }
  // Reports that the block starts or stops drawing current.
  void draw(bool on) { power_.set(name_, on ? "on" : "", now()); }

  // Called after the common registers were reset; cancels events and clears what is the block's
  // own.
  virtual void reset_state(ResetKind kind) = 0;
  // Called after INTEN was written.
  virtual void interrupts_changed() {}
  virtual void snapshot_state(StateArchive& archive) = 0;

  const std::string name_;
  Scheduler& scheduler_;
  Bus& bus_;
  RunNotes& notes_;
  PowerTracker& power_;
  const EventPort events_;
  RegisterFile registers_;

 private:
  struct EventRegister {
    RegisterFile::Register* storage;
    std::uint32_t interrupt_bit;
  };
  struct Shortcut {
    unsigned bit;
    Address event;
    Address task;
  };

  void write_inten(std::uint32_t value);
  void update_interrupt();

  std::map<Address, EventRegister> event_registers_;
  std::map<Address, std::function<void()>> tasks_;
  std::vector<Shortcut> shortcuts_;
  std::map<std::string, std::unique_ptr<Wire>, std::less<>> wires_;
  RegisterFile::Register* shorts_ = nullptr;
  Wire* irq_ = nullptr;
  std::uint32_t inten_ = 0;
  std::uint32_t inten_valid_ = 0;
};

}  // namespace tinyscope::nordic
