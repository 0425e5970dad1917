// A board with firmware in it: built from its description, wired, ready to run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cores/cortex_m/core.hpp"
#include "cores/memory/l1_memory.hpp"
#include "cores/memory/memory_system.hpp"
#include "profiler/lint/chip_configuration.hpp"
#include "sim/bus.hpp"
#include "sim/cli/machine_state.hpp"
#include "sim/cli/what_if.hpp"
#include "sim/clock_tree.hpp"
#include "sim/description/board.hpp"
#include "sim/description/core_type.hpp"
#include "sim/event_fabric.hpp"
#include "sim/image/image.hpp"
#include "sim/peripheral.hpp"
#include "sim/power_tracker.hpp"
#include "sim/registry.hpp"
#include "sim/run_notes.hpp"
#include "sim/scheduler.hpp"
#include "sim/serial_buses.hpp"
#include "sim/stimulus.hpp"
#include "sim/svd/svd_stubs.hpp"

namespace tinyscope {

class StateKeeper;

// A peripheral that the chip does not have: the host puts it where the chip has nothing, or nothing
// that is modelled.
struct ExtraPeripheral {
  PeripheralDescription description;
  PeripheralFactory factory;
};

struct MachineOptions {
  // Stimulus name ("mic") or device name -> what feeds it.
  std::map<std::string, Stimulus> stimuli;
  // What is on the board beside its description.
  std::vector<DeviceDescription> extra_devices;
  std::vector<ExtraPeripheral> extra_peripherals;
  std::uint64_t seed = 1;  // of everything random
  // Sees every instruction instead of every block: slower, and the same in every figure.
  bool reference_path = false;
  WhatIf what_if{};
  // One cycle for each instruction, as fast as can be: the same results in another time.
  bool functional = false;
};

class Machine {
 public:
  // Builds the board and puts the firmware into its memories. Throws InputError if the description
  // is wrong, the firmware does not fit the board, or a stimulus has no place to go.
  Machine(const BoardDescription& board, const FirmwareImage& firmware,
          const MachineOptions& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Power-on. Call once, after listeners and watches are in place.
  void power_on();

  CortexM& core() { return *core_; }
  Bus& bus() { return bus_; }
  Scheduler& scheduler() { return scheduler_; }
  RunNotes& notes() { return notes_; }
  // What DMA moves, and what else than the core's stores has changed memory.
  void on_master_transfer(std::function<void(const MasterTransfer&)> listener) {
    transfer_listeners_.push_back(std::move(listener));
  }
  void on_bulk_write(std::function<void(Address, std::uint32_t)> listener) {
    bulk_write_listeners_.push_back(std::move(listener));
  }
  PowerTracker& power() { return power_; }
  // Hears what PowerTracker::on_change() tells, but for what restore() changes. Comes and goes
  // while the core does not run.
  void add_power_listener(SimListener& listener) { power_listeners_.push_back(&listener); }
  void remove_power_listener(SimListener& listener) { std::erase(power_listeners_, &listener); }
  // What the caches of flash have answered since reset.
  // Null: the core has no caches of its own.
  const L1Memory* l1_memory() const { return l1_memory_; }
  FlashCounts flash_counts() const {
    const FlashInterface* const flash = memory_system_->flash();
    return flash == nullptr ? FlashCounts() : flash->counts();
  }
  const BoardDescription& board() const { return board_; }
  // How firmware has set up the chip by now, what-ifs included.
  ChipConfiguration configuration();
  // The ports that the board calls its console, in its order; empty if it names none.
  const std::vector<UartPort*>& consoles() const { return consoles_; }
  // Null if there is no such peripheral.
  Peripheral* peripheral(std::string_view name);
  // Null if there is no such device on the board, or it is not fitted.
  Device* device(std::string_view name);

  // What stands in for what is not modelled; null: no SVD file is given.
  const SvdStubs* stubs() const { return stubs_.get(); }

  // The state of everything: memories, core, peripherals, devices, time, notes. To be called behind
  // power_on(), while the core does not run. See machine_state.hpp.
  std::shared_ptr<const MachineState> save();
  // Goes on from there. Throws InputError, and changes nothing, if the state is of a machine of
  // another board, image or options.
  void restore(const MachineState& state);

 private:
  class BootLoader;

  void add_memories();
  const CoreType& core_type() const;
  void add_core(Address vector_table);
  std::unique_ptr<MemoryTiming> make_memory();
  std::unique_ptr<MemorySystem> make_memory_system() const;
  std::unique_ptr<L1Memory> make_l1_memory(std::unique_ptr<MemorySystem> system);
  void connect_memory_system();
  void add_peripherals(const MachineOptions& options);
  void add_unmodelled();
  void follow_clock();
  // What the core is clocked at where firmware asks for `hz`.
  std::uint64_t core_clock_hz(std::uint64_t hz);
  void connect_interrupts(const PeripheralDescription& description, Peripheral& peripheral);
  void connect_peripherals();
  void add_buses();
  void add_devices(const MachineOptions& options);
  void connect_device(const DeviceDescription& description, Device& device);
  void find_consoles();
  void load(const FirmwareImage& firmware);
  void require_vector_table(const FirmwareImage& firmware);
  void prepare_start(Address vector_table);
  Address find_vector_table(const FirmwareImage& firmware) const;
  Port& chip_port(const std::string& name, const std::string& where);
  // `name` is a pad of the chip; `where` is for the message if it is not.
  PadPort& pad(const std::string& name, const std::string& where);
  void reset_devices();
  void reset_all(ResetKind kind);
  void name_places();
  void keep_states(const FirmwareImage& firmware, const MachineOptions& options);
  void snapshot(StateArchive& archive);
  void snapshot_buses(StateArchive& archive);

  BoardDescription board_;
  WhatIf what_if_;
  bool functional_;
  std::uint64_t fastest_hz_ = 0;  // that firmware has asked for
  RunNotes notes_;
  Scheduler scheduler_;
  PowerTracker power_;
  EventFabric fabric_;
  ClockTree clocks_;
  Bus bus_;
  MemorySystem* memory_system_ = nullptr;  // belongs to the core
  L1Memory* l1_memory_ = nullptr;          // null: the core has none
  std::unique_ptr<CortexM> core_;
  std::map<std::string, std::unique_ptr<Peripheral>, std::less<>> peripherals_;
  std::unique_ptr<SvdStubs> stubs_;
  std::map<std::string, I2cBus> i2c_buses_;
  std::map<std::string, SpiBus> spi_buses_;
  std::map<std::string, std::unique_ptr<Device>, std::less<>> devices_;
  struct Supply {
    Device* device;
    PadPort* pad;
  };
  std::vector<Supply> supplies_;      // of devices that a pad of the chip switches
  std::vector<unsigned> lines_high_;  // per interrupt: how many wires assert it
  std::vector<Wire*> cpu_sleep_;      // who wants to know whether the core sleeps
  std::vector<UartPort*> consoles_;
  std::vector<std::function<void(const MasterTransfer&)>> transfer_listeners_;
  std::vector<std::function<void(Address, std::uint32_t)>> bulk_write_listeners_;
  std::unique_ptr<SimListener> boot_loader_;  // null: firmware runs from reset on
  std::vector<SimListener*> power_listeners_;
  std::unique_ptr<StateKeeper> states_;
  std::uint64_t flash_edits_ = 0;  // by others than the core
  bool restoring_ = false;
};

}  // namespace tinyscope
