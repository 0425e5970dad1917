#include "sim/cli/machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cores/engine/unicorn_engine.hpp"
#include "sim/cli/state_keeper.hpp"
#include "sim/wiring.hpp"

namespace tinyscope {

Machine::Machine(const BoardDescription& board, const FirmwareImage& firmware,
                 const MachineOptions& options)
    : board_(board),
      what_if_(options.what_if),
      functional_(options.functional),
      bus_(notes_),
      lines_high_(board.soc.core.interrupt_count) {
  for (const auto& [unit, state] : what_if_.power_states) power_.force(unit, state);
  require_known_types(board_, Registry::instance());
  for (const auto& note : board_.soc.assumptions) {
    notes_.assume({note.topic, note.text, note.source});
  }
  for (const Assumption& assumption : what_if_.assumptions) notes_.assume(assumption);
  add_memories();
  const Address vector_table = find_vector_table(firmware);
  add_core(vector_table);
  if (!options.reference_path) {
    core_->enable_fast_path(make_unicorn_engine(EngineDetail::kBlocks, core_type().family));
    if (functional_) core_->enable_functional_path();
  }
  add_peripherals(options);
  connect_peripherals();
  add_buses();
  follow_clock();
  connect_memory_system();
  add_unmodelled();
  add_devices(options);
  load(firmware);
  core_->attach_memories();
  bus_.on_master_transfer([this](const MasterTransfer& transfer) {
    core_->master_access(transfer.address, transfer.when);
    for (const auto& listener : transfer_listeners_) listener(transfer);
  });
  bus_.on_bulk_write([this](Address address, std::uint32_t size) {
    if (size != 0) core_->code_changed(address, size);
    const Memory* const memory = bus_.memory_at(address).memory;
    if (memory != nullptr && memory->kind() != MemoryKind::kRam) ++flash_edits_;
    for (const auto& listener : bulk_write_listeners_) listener(address, size);
  });
  name_places();
  core_->on_system_reset([this](ResetKind kind) { reset_all(kind); });
  power_.on_change([this](const PowerStateChanged& change) {
    if (restoring_) return;
    for (SimListener* const listener : power_listeners_) listener->on_power_state(change);
    if (change.unit != "cpu") return;
    for (Wire* const wire : cpu_sleep_) wire->set(change.state == "sleep");
  });
  keep_states(firmware, options);
}

Machine::~Machine() = default;

// Who says which instruction makes an access, and what registers are called.
void Machine::name_places() {
  notes_.set_place([this] { return core_->running_insn(); });
  notes_.set_names(stubs_.get());
}

void Machine::add_memories() {
  for (const auto& memory : board_.soc.memories) {
    if (memory.alias_of.empty()) {
      bus_.add_memory(memory.name, memory.kind, memory.base, memory.size, memory.fill);
    }
  }
  for (const auto& memory : board_.soc.memories) {
    if (memory.alias_of.empty()) continue;
    const auto& mapped = bus_.memories();
    const auto target = std::find_if(mapped.begin(), mapped.end(), [&](const auto& candidate) {
      return candidate.name == memory.alias_of;
    });
    TINYSCOPE_ASSERT(target != mapped.end());
    bus_.add_memory_alias(memory.name, memory.base, memory.size, *target->memory,
                          memory.alias_offset);
  }
}

const CoreType& Machine::core_type() const {
  const SocDescription& soc = board_.soc;
  const CoreType* const type = find_core_type(soc.core.type);
  if (type != nullptr) return *type;
  throw InputError(fmt::format("chip '{}': core type '{}' is not known; known: {}", soc.name,
                               soc.core.type, core_type_names()));
}

void Machine::add_core(Address vector_table) {
  const SocDescription& soc = board_.soc;
  const CoreType& type = core_type();
  CoreConfig config;
  config.family = type.family;
  config.float_unit = type.float_unit;
  config.variant = soc.core.variant;
  config.patch = soc.core.patch;
  config.interrupts = soc.core.interrupt_count;
  config.priority_bits = soc.core.priority_bits;
  config.mpu_regions = soc.core.mpu_regions;
  config.bit_band = soc.core.bit_band;
  config.clock_hz = core_clock_hz(soc.cpu_hz);
  config.systick_reference = {.hz = soc.core.systick_reference_hz,
                              .divider = soc.core.systick_reference_divider};
  config.systick_calibration = soc.core.systick_calibration;
  config.vector_table = vector_table;
  std::unique_ptr<MemoryTiming> memory = make_memory();
  auto timing =
      make_timing_model(functional_ ? "functional" : timing_model_of(type.family), *memory);
  core_ = std::make_unique<CortexM>(
      config, make_unicorn_engine(EngineDetail::kInstructions, type.family), std::move(memory),
      std::move(timing), bus_, scheduler_, notes_, power_);
}

void Machine::add_peripherals(const MachineOptions& options) {
  const std::size_t own = board_.soc.peripherals.size();
  for (const ExtraPeripheral& extra : options.extra_peripherals) {
    for (const auto& interrupt : extra.description.interrupts) {
      if (interrupt.number < board_.soc.core.interrupt_count) continue;
      throw InputError(fmt::format("{}: irq {}: chip '{}' has interrupts 0 to {}",
                                   extra.description.where, interrupt.number, board_.soc.name,
                                   board_.soc.core.interrupt_count - 1));
    }
    for (const auto& other : board_.soc.peripherals) {
      if (other.name != extra.description.name) continue;
      throw InputError(fmt::format("{}: there is a peripheral called '{}' already",
                                   extra.description.where, other.name));
    }
    board_.soc.peripherals.push_back(extra.description);
  }
  for (std::size_t i = 0; i < board_.soc.peripherals.size(); ++i) {
    PeripheralDescription& description = board_.soc.peripherals[i];
    const PeripheralFactory& factory = i < own ? *Registry::instance().peripheral(description.type)
                                               : options.extra_peripherals[i - own].factory;
    if (!description.params) description.params = TomlTable::empty(description.where);
    at_place(description.where, [&] {
      PeripheralContext context{.name = description.name,
                                .size = description.size,
                                .params = *description.params,
                                .scheduler = scheduler_,
                                .bus = bus_,
                                .events = EventPort(fabric_, description.base),
                                .clocks = clocks_,
                                .notes = notes_,
                                .power = power_,
                                .seed = options.seed};
      auto peripheral = factory(context);
      description.params->reject_unknown_keys();
      bus_.add_target(description.name, description.base, description.size, *peripheral);
      connect_interrupts(description, *peripheral);
      if (!description.controls_flash.empty()) {
        auto* const policy = dynamic_cast<FlashWritePolicy*>(peripheral.get());
        if (policy == nullptr) {
          throw InputError(
              fmt::format("controls_flash: type '{}' is not a flash controller", description.type));
        }
        for (const auto& mapped : bus_.memories()) {
          if (mapped.name == description.controls_flash) mapped.memory->set_write_policy(policy);
        }
        if (Wire* const busy = peripheral->wire("busy"); busy != nullptr) {
          busy->connect([this](bool level) { core_->set_flash_busy(level); });
        }
      }
      peripherals_.emplace(description.name, std::move(peripheral));
    });
  }
}

// Stubs answer wherever no model does, and blocks that are only known by name around them.
void Machine::add_unmodelled() {
  const SocDescription& soc = board_.soc;
  if (!soc.svd.empty()) {
    stubs_ = load_stubs(soc.svd, soc.svd_rules, notes_);
    stubs_->attach(bus_);
    stubs_->set_core_clock(core_->clock_hz(), scheduler_.now());
  }
  for (const UnmodelledDescription& block : soc.unmodelled) {
    for (const auto& [base, size] : bus_.free_ranges(block.base, block.size)) {
      bus_.add_unmodelled(block.name, base, size);
    }
  }
}

std::uint64_t Machine::core_clock_hz(std::uint64_t hz) {
  fastest_hz_ = std::max(fastest_hz_, hz);
  if (!what_if_.cpu_hz || hz == 0) return hz;
  return std::max<std::uint64_t>(*what_if_.cpu_hz * hz / fastest_hz_, 1);
}

// The core runs from the clock that the chip's clock controller drives, if it has one.
void Machine::follow_clock() {
  const std::string& name = board_.soc.cpu_clock;
  if (name.empty()) return;
  clocks_.signal(name).on_change([this](std::uint64_t hz) {
    core_->set_clock_hz(core_clock_hz(hz));
    if (stubs_) stubs_->set_core_clock(core_->clock_hz(), scheduler_.now());
  });
  for (const auto& [signal, clock] : clocks_.signals()) {
    if (clock->driven()) continue;
    throw InputError(fmt::format("chip '{}': no peripheral drives the clock '{}'; check its name",
                                 board_.soc.name, signal));
  }
}

void Machine::connect_interrupts(const PeripheralDescription& description, Peripheral& peripheral) {
  for (const auto& interrupt : description.interrupts) {
    Wire* const wire = peripheral.wire(interrupt.wire);
    if (wire == nullptr) {
      throw InputError(fmt::format("irq: peripheral type '{}' has no wire '{}'", description.type,
                                   interrupt.wire));
    }
    wire->connect([this, number = interrupt.number](bool level) {
      lines_high_[number] += level ? 1u : static_cast<unsigned>(-1);
      core_->set_interrupt_line(number, lines_high_[number] != 0);
    });
  }
  if (Wire* const off = peripheral.wire("system_off"); off != nullptr) {
    off->connect([this](bool level) {
      if (level) core_->power_off();
    });
  }
  if (Wire* const asleep = peripheral.wire("cpu_sleep"); asleep != nullptr) {
    cpu_sleep_.push_back(asleep);
  }
  if (Wire* const reset = peripheral.wire("reset"); reset != nullptr) {
    reset->connect([this](bool level) {
      if (level) core_->request_reset(ResetKind::kWatchdog);
    });
  }
}

// Wires between peripherals: DMA requests, triggers.
void Machine::connect_peripherals() {
  Wiring wiring;
  for (const auto& description : board_.soc.peripherals) {
    for (const auto& connection : description.wires) {
      const auto find = [&](const std::string& owner, const std::string& name) -> Wire& {
        if (Wire* const wire = peripheral(owner)->wire(name); wire != nullptr) return *wire;
        throw InputError(fmt::format("{}: wires.{}: peripheral '{}' has no wire '{}'",
                                     connection.where, connection.wire, owner, name));
      };
      wiring.connect(find(description.name, connection.wire),
                     find(connection.to_peripheral, connection.to_wire));
    }
  }
}

Port& Machine::chip_port(const std::string& name, const std::string& where) {
  const auto dot = name.find('.');
  Peripheral* const owner = peripheral(name.substr(0, dot));
  Port* const port =
      owner != nullptr && dot != std::string::npos ? owner->port(name.substr(dot + 1)) : nullptr;
  if (port == nullptr) {
    throw InputError(fmt::format("{}: chip '{}' has no port '{}' (expected \"peripheral.port\")",
                                 where, board_.soc.name, name));
  }
  return *port;
}

Peripheral* Machine::peripheral(std::string_view name) {
  const auto found = peripherals_.find(name);
  return found == peripherals_.end() ? nullptr : found->second.get();
}

Device* Machine::device(std::string_view name) {
  const auto found = devices_.find(name);
  return found == devices_.end() ? nullptr : found->second.get();
}

void Machine::reset_all(ResetKind kind) {
  for (auto& [name, peripheral] : peripherals_) peripheral->reset(kind);
  if (stubs_) stubs_->reset(scheduler_.now());
}

}  // namespace tinyscope
