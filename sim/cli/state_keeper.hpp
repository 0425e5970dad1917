// Makes the states of one machine and puts it back into them (sim/cli/machine_state.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/cli/machine_state.hpp"
#include "sim/cli/memory_pages.hpp"
#include "sim/image/image.hpp"
#include "sim/run_notes.hpp"
#include "sim/snapshot.hpp"

namespace tinyscope {

struct BoardDescription;
struct MachineOptions;

// What machines must have in common for a state of one to fit the other, as far as that is no
// matter of sizes. Each is text that is equal only if the machines are.
struct MachineIdentity {
  std::string board;
  std::string image;
  std::string options;
};
MachineIdentity identify(const BoardDescription& board, const FirmwareImage& image,
                         const MachineOptions& options);

class StateKeeper {
 public:
  explicit StateKeeper(MachineIdentity identity) : identity_(std::move(identity)) {}

  struct Block {  // a memory, or large contents of a device
    std::span<std::uint8_t> bytes;
    // Another number after each change; null: it may have changed at any time.
    std::function<std::uint64_t()> edits;
    // Told what a restored state has changed.
    std::function<void(std::uint32_t offset, std::uint32_t size)> changed;
  };
  void add(Block block) { blocks_.push_back({std::move(block), nullptr, 0}); }

  using Snapshot = std::function<void(StateArchive&)>;  // of everything but the blocks
  // `notes` and `power` are kept as they are.
  std::shared_ptr<const MachineState> save(const Snapshot& snapshot, const RunNotes& notes,
                                           const std::map<std::string, std::string>& power,
                                           Cycles cycles, TimePoint time);
  // Throws InputError, and changes nothing, if the state is of a machine that is not alike.
  void require_alike(const MachineState& state) const;
  // Restores blocks and what `snapshot` says.
  void restore(const MachineState& state, const Snapshot& snapshot);
  static const RunNotes& notes(const MachineState& state);
  static const std::map<std::string, std::string>& power(const MachineState& state);

 private:
  struct Known {
    Block block;
    std::shared_ptr<const PageTable> pages;  // as of the last state; null: there was none
    std::uint64_t edits = 0;                 // of the block then
    bool holds() const { return pages != nullptr && block.edits && block.edits() == edits; }
  };

  MachineIdentity identity_;
  std::vector<Known> blocks_;
};

}  // namespace tinyscope
