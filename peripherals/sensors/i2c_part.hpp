// What parts on I2C have in common beyond their registers: an address that the board chooses, a
// supply, a name, and the modes that are reported to the energy model.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "peripherals/sensors/i2c_registers.hpp"
#include "sim/power_tracker.hpp"
#include "sim/registry.hpp"

namespace tinyscope {

// The parameter `address` of a part: one of those that its address pins can select. The first is
// the default. Throws InputError for another one.
inline std::uint8_t part_address(DeviceContext& context,
                                 std::initializer_list<std::uint8_t> selectable) {
  const auto given = context.params.integer("address");
  if (!given) return *selectable.begin();
  for (const std::uint8_t candidate : selectable) {
    if (*given == candidate) return candidate;
  }
  std::string list;
  for (const std::uint8_t candidate : selectable) {
    list += fmt::format("{}0x{:02X}", list.empty() ? "" : ", ", candidate);
  }
  context.params.fail("address", "expected one of " + list);
}

class I2cPart : public Device, public I2cRegisters {
 public:
  // Addresses as for part_address().
  I2cPart(DeviceContext& context, std::initializer_list<std::uint8_t> selectable)
      : I2cRegisters({part_address(context, selectable)}),
        name_(context.name),
        scheduler_(context.scheduler),
        notes_(context.notes),
        power_(context.power) {}

  void reset(ResetKind kind) override {
    if (kind == ResetKind::kPowerOn) report_power();  // no reset of the chip reaches the part
  }
  Port* port(std::string_view name) override {
    return name == "i2c" ? static_cast<I2cTarget*>(this) : nullptr;
  }
  void set_supplied(bool supplied) override {
    I2cRegisters::set_supplied(supplied);
    power_on();
    report_power();
  }
  void snapshot(StateArchive& archive) override { I2cRegisters::snapshot(archive); }

 protected:
  // Everything as it is when the supply comes; called when it goes too.
  virtual void power_on() = 0;
  // What the part is doing, as [[current]] entries of boards name it.
  virtual std::string_view mode() const = 0;

  void report_power() { power_.set(name_, supplied() ? mode() : "", now()); }
  TimePoint now() const { return scheduler_.now(); }
  void unmodelled(std::string_view what, std::uint8_t reg, std::uint8_t value) {
    notes_.unmodelled(name_, what, reg, true, value);
  }

  const std::string name_;
  Scheduler& scheduler_;
  RunNotes& notes_;

 private:
  PowerTracker& power_;
};

}  // namespace tinyscope
