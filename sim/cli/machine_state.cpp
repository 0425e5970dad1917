// What a machine's state consists of.
#include "sim/cli/machine_state.hpp"

#include <utility>

#include "sim/cli/machine.hpp"
#include "sim/cli/state_keeper.hpp"
#include "sim/large_contents.hpp"

namespace tinyscope {

void Machine::keep_states(const FirmwareImage& firmware, const MachineOptions& options) {
  states_ = std::make_unique<StateKeeper>(identify(board_, firmware, options));
  for (const auto& mapped : bus_.memories()) {
    if (mapped.alias) continue;
    Memory* const memory = mapped.memory;
    std::function<std::uint64_t()> edits;
    if (memory->kind() != MemoryKind::kRam) {
      edits = [this] { return flash_edits_ + core_->flash_stores(); };
    }
    // At each address at which the memory appears.
    const auto changed = [this, memory](std::uint32_t offset, std::uint32_t size) {
      for (const auto& shown : bus_.memories()) {
        if (shown.memory != memory) continue;
        const std::uint32_t first = std::max(offset, shown.memory_offset);
        const std::uint32_t last = std::min(offset + size, shown.memory_offset + shown.size);
        if (first < last)
          core_->code_changed(shown.base + first - shown.memory_offset, last - first);
      }
    };
    states_->add({memory->bytes(), std::move(edits), changed});
  }
  for (auto& [name, device] : devices_) {
    auto* const large = dynamic_cast<LargeContents*>(device.get());
    if (large == nullptr) continue;
    states_->add({large->contents(), [large] { return large->edits(); },
                  [](std::uint32_t, std::uint32_t) {}});
  }
}

std::shared_ptr<const MachineState> Machine::save() {
  return states_->save([this](StateArchive& archive) { snapshot(archive); }, notes_,
                       power_.states(), core_->cycles(), core_->now());
}

void Machine::restore(const MachineState& state) {
  states_->require_alike(state);
  states_->restore(state, [this](StateArchive& archive) { snapshot(archive); });
  notes_ = StateKeeper::notes(state);
  name_places();
  // Everybody has restored what follows from these states, so nobody is told.
  restoring_ = true;
  const auto& power = StateKeeper::power(state);
  for (const auto& [unit, now] : std::map(power_.states())) {
    if (!power.contains(unit)) power_.set(unit, "", core_->now());
  }
  for (const auto& [unit, now] : power) power_.set(unit, now, core_->now());
  restoring_ = false;
}

// All but memories and large contents of devices.
void Machine::snapshot(StateArchive& archive) {
  scheduler_.snapshot(archive);
  core_->snapshot(archive);
  for (auto& [name, peripheral] : peripherals_) peripheral->snapshot(archive);
  for (auto& [name, device] : devices_) device->snapshot(archive);
  snapshot_buses(archive);
  if (stubs_) stubs_->snapshot(archive);
  archive(lines_high_, fastest_hz_);
}

}  // namespace tinyscope
