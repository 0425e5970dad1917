// A bench for peripherals: bus, scheduler and notes as in a machine, but no core. Tests reach the
// models through the registry, registers, wires and ports, never through their classes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/clock_tree.hpp"
#include "sim/description/soc.hpp"
#include "sim/event_fabric.hpp"
#include "sim/peripheral.hpp"
#include "sim/power_tracker.hpp"
#include "sim/registry.hpp"
#include "sim/wiring.hpp"

namespace tinyscope::test {

class PeripheralBench {
 public:
  static constexpr Address kRam = 0x2000'0000;
  static constexpr std::uint32_t kRamSize = 0x1'0000;
  static constexpr std::uint32_t kFlashSize = 0x4000;

  // Flash at 0 (16 KiB, erased) and RAM at kRam (64 KiB).
  explicit PeripheralBench(std::uint64_t seed = 1);

  // Creates, maps and power-on resets a peripheral; `params` is TOML text.
  Peripheral& add(std::string name, std::string_view type, Address base,
                  std::string_view params = "", std::uint32_t size = 0x1000);
  // The same from an entry of a SoC file.
  Peripheral& add(const PeripheralDescription& entry);
  // Lets an input follow an output, both as "peripheral.wire".
  void connect(std::string_view output, std::string_view input);
  // Makes the connections of `entry` to others on the bench.
  void connect(const PeripheralDescription& entry);
  Peripheral& peripheral(std::string_view name);
  // The wire "peripheral.wire".
  Wire& wire(std::string_view name);
  // Creates a board device.
  Device& add_device(std::string name, std::string_view type, Stimulus stimulus = {},
                     std::string_view params = "");

  std::uint32_t read(Address address, AccessSize size = AccessSize::kWord);
  // False: the bus refuses the store.
  bool write(Address address, std::uint32_t value, AccessSize size = AccessSize::kWord);

  // Lets simulated time pass; events fire in order.
  void run_for(Duration time) { scheduler.advance_to(scheduler.now() + time); }
  void run_until(TimePoint time) { scheduler.advance_to(time); }
  TimePoint now() const { return scheduler.now(); }

  void fill(Address address, std::span<const std::uint8_t> bytes);
  std::vector<std::uint8_t> bytes(Address address, std::size_t count) const;
  std::vector<std::int16_t> samples(Address address, std::size_t count) const;

  // All peripherals, devices, RAM and the clock.
  std::vector<std::byte> save();
  void restore(const std::vector<std::byte>& state);
  // What is not in the same state as on another bench of the same parts; empty: nothing.
  std::vector<std::string> differences(PeripheralBench& other);

  void reset(ResetKind kind);
  // True if an access to something unmodelled with this text was reported.
  bool reported(std::string_view text) const;
  bool assumed(std::string_view topic) const;
  std::string power_state(const std::string& unit) const;

  RunNotes notes;
  Scheduler scheduler;
  Bus bus;
  EventFabric fabric;
  ClockTree clocks;
  PowerTracker power;

 private:
  Peripheral& add(std::string name, std::string_view type, Address base, TomlTable& params,
                  std::uint32_t size);
  void archive(StateArchive& archive);

  std::uint64_t seed_;
  Wiring wiring_;
  std::vector<std::string> names_;  // of peripherals_
  std::vector<std::unique_ptr<Peripheral>> peripherals_;
  std::vector<std::unique_ptr<Device>> devices_;
};

// Counts the rising edges of a wire and remembers the time of the last.
class EdgeCounter {
 public:
  EdgeCounter(PeripheralBench& bench, Wire* wire);
  unsigned rises = 0;
  TimePoint last{};
};

}  // namespace tinyscope::test
