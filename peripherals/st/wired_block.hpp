// What the blocks of an STM32 have in common: a register file, wires by name, and the reset line
// that RCC drives. Chips of this vendor have no scheme above that: every block has its own enables,
// flags and interrupt lines.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "peripherals/st/rcc_lines.hpp"
#include "sim/peripheral.hpp"
#include "sim/power_tracker.hpp"
#include "sim/register_file.hpp"
#include "sim/registry.hpp"

namespace tinyscope::st {

class WiredBlock : public Peripheral {
 public:
  std::uint32_t read(const BusAccess& access) override {
    base_ = access.address - access.offset;
    return registers_.read(access);
  }
  void write(const BusAccess& access, std::uint32_t value) override {
    base_ = access.address - access.offset;
    registers_.write(access, value);
  }
  void reset(ResetKind kind) override {
    registers_.reset();
    reset_state(kind);
  }
  Wire* wire(std::string_view name) override {
    const auto found = wires_.find(name);
    return found == wires_.end() ? nullptr : found->second.get();
  }
  void snapshot(StateArchive& archive) final {
    registers_.snapshot(archive);
    for (auto& [name, wire] : wires_) wire->snapshot(archive);
    snapshot_state(archive);
  }

 protected:
  explicit WiredBlock(PeripheralContext& context)
      : name_(context.name),
        scheduler_(context.scheduler),
        bus_(context.bus),
        notes_(context.notes),
        power_(context.power),
        registers_(context.name, context.size, context.notes) {
    context.events.line(block_reset_line(context.name)).connect([this](bool level) {
      if (level) reset(ResetKind::kSoftware);
    });
  }

  Wire& add_wire(std::string_view name) {
    auto& wire = wires_[std::string(name)];
    TINYSCOPE_ASSERT(wire == nullptr);
    wire = std::make_unique<Wire>();
    return *wire;
  }

  // The current time. The run loop brings the scheduler up to each access before it issues it, so
  // this holds in register accesses as well as in events.
  TimePoint now() const { return scheduler_.now(); }
  // Reports that firmware used a part of the register at `offset` that is not modelled.
  void report_unmodelled(std::string_view what, Address offset, std::uint32_t value) {
    notes_.unmodelled(name_, what, base_ + offset, true, value);
  }
  // Reports that the block starts or stops drawing current.
  void draw(bool on) { power_.set(name_, on ? "on" : "", now()); }

  // Called after the registers were reset: cancels events, clears what is the block's own, and
  // brings its outputs to their reset levels.
  virtual void reset_state(ResetKind kind) = 0;
  virtual void snapshot_state(StateArchive& archive) = 0;

  const std::string name_;
  Scheduler& scheduler_;
  Bus& bus_;
  RunNotes& notes_;
  PowerTracker& power_;
  RegisterFile registers_;

 private:
  std::map<std::string, std::unique_ptr<Wire>, std::less<>> wires_;
  Address base_ = 0;  // for messages only, learnt from accesses
};

}  // namespace tinyscope::st
