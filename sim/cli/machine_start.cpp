// Where firmware goes, where the core starts, and what a boot loader has done before.
#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/machine.hpp"
#include "sim/description/boot.hpp"

namespace tinyscope {
namespace {

const MemoryDescription* first_flash(const SocDescription& soc) {
  const auto is_flash = [](const MemoryDescription& memory) {
    return memory.kind == MemoryKind::kFlash && memory.alias_of.empty();
  };
  const auto found = std::find_if(soc.memories.begin(), soc.memories.end(), is_flash);
  return found == soc.memories.end() ? nullptr : &*found;
}

}  // namespace

// Stands in for the board's boot loader: each time the core starts, the chip is as that leaves it.
class Machine::BootLoader final : public SimListener {
 public:
  BootLoader(Machine& machine, const BootDescription& boot) : machine_(machine) {
    for (const BootDescription::Step& step : boot.steps) {
      if (!step.pulse.empty()) {
        steps_.push_back({.pulse = &find_wire(step)});
        continue;
      }
      if (!machine.bus_.read(step.address, AccessSize::kWord, {}, true).ok) {
        throw InputError(fmt::format("{}: boot.leaves.address: board '{}' has nothing at 0x{:08X}",
                                     step.where, machine.board_.name, step.address));
      }
      if (machine.bus_.memory_at(step.address).memory != nullptr) {
        put_into_memory(step);
      } else {
        steps_.push_back({.address = step.address, .value = step.value});
      }
    }
  }

  void on_reset(Cycles, Address, Address) override {
    for (const Step& step : steps_) {
      if (step.pulse != nullptr) {
        step.pulse->pulse();
      } else {
        machine_.bus_.write(step.address, AccessSize::kWord, step.value, machine_.core_->now());
      }
    }
  }

 private:
  struct Step {
    Address address = 0;
    std::uint32_t value = 0;
    Wire* pulse = nullptr;
  };

  Wire& find_wire(const BootDescription::Step& step) const {
    const std::size_t dot = step.pulse.find('.');
    Peripheral* const owner = machine_.peripheral(step.pulse.substr(0, dot));
    Wire* const wire = owner != nullptr ? owner->wire(step.pulse.substr(dot + 1)) : nullptr;
    if (wire == nullptr) {
      throw InputError(fmt::format("{}: boot.leaves.pulse: chip '{}' has no wire '{}'", step.where,
                                   machine_.board_.soc.name, step.pulse));
    }
    return *wire;
  }

  void put_into_memory(const BootDescription::Step& step) const {
    std::array<std::uint8_t, 4> bytes{};
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(step.value >> (8 * i));
    machine_.bus_.copy_in(step.address, bytes);
  }

  Machine& machine_;
  std::vector<Step> steps_;
};

// Where the core finds its first stack pointer and PC: at 0 if flash shows there, as after the
// reset of a chip. An image that begins above the start of flash, behind a boot loader, is started
// as the boot loader would start it.
Address Machine::find_vector_table(const FirmwareImage& firmware) const {
  const MemoryDescription* const flash = first_flash(board_.soc);
  if (flash == nullptr) return 0;
  Address table = flash->base;
  for (const auto& segment : firmware.segments) {
    if (segment.address >= flash->base && segment.address - flash->base < flash->size) {
      table = segment.address & ~0x7Fu;
      break;
    }
  }
  const bool shows_at_0 = std::any_of(
      board_.soc.memories.begin(), board_.soc.memories.end(), [&](const MemoryDescription& memory) {
        return memory.base == 0 && memory.alias_of == flash->name && memory.alias_offset == 0;
      });
  return table == flash->base && shows_at_0 ? 0 : table;
}

void Machine::load(const FirmwareImage& firmware) {
  prepare_start(find_vector_table(firmware));
  for (const auto& segment : firmware.segments) {
    if (bus_.copy_in(segment.address, segment.bytes)) continue;
    std::string places;
    for (const auto& memory : bus_.memories()) {
      places += fmt::format("{}{} 0x{:08X} to 0x{:08X}", places.empty() ? "" : ", ", memory.name,
                            memory.base, memory.base + (memory.size - 1));
    }
    throw InputError(fmt::format(
        "{}: {} bytes at 0x{:08X} do not fit the memory of board '{}' ({}); link the firmware for "
        "this board or choose another with --board",
        firmware.path.string(), segment.bytes.size(), segment.address, board_.name, places));
  }
  require_vector_table(firmware);
}

void Machine::require_vector_table(const FirmwareImage& firmware) {
  const Address table = find_vector_table(firmware);
  const auto word = [&](Address at) { return bus_.read(at, AccessSize::kWord, {}, true); };
  const std::uint32_t stack = word(table).value;
  const std::uint32_t start = word(table + 4).value;
  const bool stack_ok = stack != 0 && bus_.memory_at((stack & ~3u) - 4).memory != nullptr;
  const bool start_ok = bus_.memory_at(start & ~1u).memory != nullptr;
  if (stack_ok && start_ok) return;
  throw InputError(fmt::format(
      "{}: no vector table at 0x{:08X}: the initial stack pointer 0x{:08X} or the reset handler "
      "0x{:08X} lies outside the memory of board '{}'; is the image linked for this chip, and a "
      "raw binary placed with --bin-address?",
      firmware.path.string(), table, stack, start, board_.name));
}

// A program behind the place of a boot loader starts in the state that it leaves.
void Machine::prepare_start(Address vector_table) {
  const auto* const flash = first_flash(board_.soc);
  if (flash == nullptr || vector_table <= flash->base) return;
  if (!board_.boot || board_.boot->application != vector_table) {
    notes_.assume({"boot.vector_table",
                   fmt::format("the image begins at 0x{:08X} and is started there directly, as a "
                               "boot loader at the start of flash would do",
                               vector_table),
                   "estimate"});
    return;
  }
  notes_.assume({"boot.state",
                 fmt::format("the image begins at 0x{:08X} and is started there at once, in the "
                             "state that the board's boot loader leaves; the time that the boot "
                             "loader takes, and when it stays, are left out (--bootloader FILE "
                             "runs it)",
                             vector_table),
                 board_.boot->source});
  boot_loader_ = std::make_unique<BootLoader>(*this, *board_.boot);
  core_->add_listener(*boot_loader_, CortexM::Hears::kAllButBlocks);
}

void Machine::power_on() {
  reset_devices();
  reset_all(ResetKind::kPowerOn);
  core_->reset();
}

}  // namespace tinyscope
