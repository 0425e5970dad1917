#include "sim/cli/state_keeper.hpp"

#include <fmt/format.h>

#include <cstring>

#include "sim/cli/machine.hpp"
#include "sim/error.hpp"

namespace tinyscope {

struct MachineState::Contents {
  MachineIdentity identity;
  std::vector<std::shared_ptr<const PageTable>> blocks;
  std::vector<std::byte> rest;
  RunNotes notes;
  std::map<std::string, std::string> power;
};

namespace {

// FNV-1a, eight bytes at a time.
class Hash {
 public:
  void add(const void* data, std::size_t size) {
    const auto* const bytes = static_cast<const std::uint8_t*>(data);
    add(size);
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, sizeof word);
      add(word);
    }
    std::uint64_t tail = 0;
    std::memcpy(&tail, bytes + at, size - at);
    add(tail);
  }
  void add(std::string_view text) { add(text.data(), text.size()); }
  void add(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x100000001B3u;
    value_ ^= value_ >> 32;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;
};

std::string describe(const Stimulus& stimulus) {
  std::string text;
  for (const StimulusPiece& piece : stimulus.pieces) {
    text += fmt::format("[{} {} {} {} {} {} {} {} {} {}", piece.file, piece.action,
                        static_cast<int>(piece.origin), piece.start.ps, piece.times, piece.gap.ps,
                        piece.length ? piece.length->ps : 0, piece.gain, piece.noise_rms,
                        piece.seed ? fmt::format("{}", *piece.seed) : "-");
    for (const auto* const values : {&piece.values, &piece.noise}) {
      text += ';';
      for (const StimulusValue& value : *values) {
        text += fmt::format("{}={} ", value.column, value.value);
      }
    }
    text += ']';
  }
  return text;
}

std::string describe(const WhatIf& what_if) {
  const auto choice = [](const auto& value) {
    return value ? fmt::format("{}", static_cast<unsigned>(*value)) : std::string("-");
  };
  std::string text =
      fmt::format("{} {} {} {} {}", choice(what_if.instruction_cache), choice(what_if.data_cache),
                  choice(what_if.prefetch), choice(what_if.wait_states),
                  what_if.cpu_hz ? fmt::format("{} Hz", *what_if.cpu_hz) : "-");
  for (const MovedRange& moved : what_if.moved) {
    text += fmt::format(" {:x}+{:x}>{:x}", moved.base, moved.size, moved.as);
  }
  for (const auto& [unit, state] : what_if.power_states) text += fmt::format(" {}={}", unit, state);
  return text;
}

}  // namespace

MachineIdentity identify(const BoardDescription& board, const FirmwareImage& image,
                         const MachineOptions& options) {
  MachineIdentity identity;
  identity.board = fmt::format("{} ({})", board.name, board.soc.name);
  for (const auto& note : board.soc.assumptions) {  // parameters that the user has set among them
    identity.board += fmt::format("; {}: {}", note.topic, note.text);
  }
  for (const PeripheralDescription& part : board.soc.peripherals) {
    identity.board += fmt::format("; {} {} {:x}", part.name, part.type, part.base);
  }
  for (const DeviceDescription& part : board.devices) {
    identity.board += fmt::format("; {} {}", part.name, part.type);
  }
  Hash hash;
  for (const ImageSegment& segment : image.segments) {
    hash.add(std::uint64_t{segment.address});
    hash.add(segment.bytes.data(), segment.bytes.size());
  }
  identity.image = fmt::format("{:016x}", hash.value());
  identity.options = fmt::format(
      "seed {}, {} path{}, {}", options.seed, options.reference_path ? "reference" : "fast",
      options.functional ? ", functional" : "", describe(options.what_if));
  for (const auto& [name, stimulus] : options.stimuli) {
    identity.options += fmt::format("; {} {}", name, describe(stimulus));
  }
  for (const DeviceDescription& extra : options.extra_devices) {
    identity.options += fmt::format("; {} {}", extra.name, extra.type);
  }
  return identity;
}

MachineState::MachineState(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
MachineState::~MachineState() = default;

MachineState::Size MachineState::size() const {
  Size size;
  size.own_bytes = sizeof(Contents) + contents_->rest.size();
  for (const auto& table : contents_->blocks) {
    const std::size_t bytes = table->size() * sizeof(PageTable::value_type);
    const bool own_table = table.use_count() == 1;
    (own_table ? size.own_bytes : size.shared_bytes) += bytes;
    for (const auto& page : *table) {
      (own_table && page.use_count() == 1 ? size.own_bytes : size.shared_bytes) += sizeof(*page);
    }
  }
  return size;
}

std::shared_ptr<const MachineState> StateKeeper::save(
    const Snapshot& snapshot, const RunNotes& notes,
    const std::map<std::string, std::string>& power, Cycles cycles, TimePoint time) {
  StateArchive archive = StateArchive::saving();
  snapshot(archive);
  auto contents = std::make_unique<MachineState::Contents>(
      MachineState::Contents{identity_, {}, archive.bytes(), notes, power});
  contents->blocks.reserve(blocks_.size());
  for (Known& known : blocks_) {
    if (!known.holds()) {
      known.pages = take_pages(known.block.bytes, known.pages);
      if (known.block.edits) known.edits = known.block.edits();
    }
    contents->blocks.push_back(known.pages);
  }
  auto state = std::shared_ptr<MachineState>(new MachineState(std::move(contents)));
  state->cycles_ = cycles;
  state->time_ = time;
  return state;
}

void StateKeeper::require_alike(const MachineState& state) const {
  const MachineState::Contents& contents = *state.contents_;
  const auto require = [](const std::string& own, const std::string& other, std::string_view what) {
    if (own == other) return;
    throw InputError(fmt::format(
        "restore: the state is of a machine with {}; it fits machines of the same board, image and "
        "options only",
        what));
  };
  require(identity_.board, contents.identity.board, "another board");
  require(identity_.image, contents.identity.image, "another firmware image");
  require(identity_.options, contents.identity.options, "other options");
  bool fits = contents.blocks.size() == blocks_.size();
  for (std::size_t i = 0; fits && i < blocks_.size(); ++i) {
    fits = contents.blocks[i]->size() * kMemoryPageBytes == blocks_[i].block.bytes.size();
  }
  if (!fits) throw InputError("restore: the state is of a machine with other memories");
}

void StateKeeper::restore(const MachineState& state, const Snapshot& snapshot) {
  const MachineState::Contents& contents = *state.contents_;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    Known& known = blocks_[i];
    if (known.holds() && known.pages == contents.blocks[i]) continue;
    put_pages(*contents.blocks[i], known.holds() ? known.pages.get() : nullptr, known.block.bytes,
              known.block.changed);
    known.pages = contents.blocks[i];
    if (known.block.edits) known.edits = known.block.edits();
  }
  StateArchive archive = StateArchive::loading(contents.rest);
  snapshot(archive);
}

const RunNotes& StateKeeper::notes(const MachineState& state) { return state.contents_->notes; }
const std::map<std::string, std::string>& StateKeeper::power(const MachineState& state) {
  return state.contents_->power;
}

}  // namespace tinyscope
