// GPIOTE: tasks and events of single pads, and the PORT event.
// nRF52840 PS, chapter "GPIOTE — GPIO tasks and events".
//
// Pads are reached by the shared lines in lines.hpp; GPIO is never named. Edges are seen at once,
// without the synchronisation to HFCLK that the chip needs in event mode.
#include <algorithm>
#include <array>

#include "peripherals/nordic/lines.hpp"
#include "peripherals/nordic/nordic_block.hpp"

namespace tinyscope::nordic {
namespace {

constexpr Address kOut = 0x000;
constexpr Address kSet = 0x030;
constexpr Address kClr = 0x060;
constexpr Address kIn = 0x100;
constexpr Address kPort = 0x17C;
constexpr Address kConfig = 0x510;

constexpr unsigned kChannels = 8;
constexpr std::uint32_t kConfigMask = 0x0013'3F03;
constexpr std::uint32_t kModeEvent = 1;
constexpr std::uint32_t kModeTask = 3;
constexpr std::uint32_t kLoToHi = 1;
constexpr std::uint32_t kHiToLo = 2;
constexpr std::uint32_t kToggle = 3;

constexpr std::uint32_t mode(std::uint32_t config) { return config & 3u; }
constexpr unsigned pad(std::uint32_t config) { return config >> 8 & 0x3Fu; }
constexpr std::uint32_t polarity(std::uint32_t config) { return config >> 16 & 3u; }
constexpr bool outinit(std::uint32_t config) { return (config >> 20 & 1u) != 0; }

class Gpiote final : public NordicBlock {
 public:
  explicit Gpiote(PeripheralContext& context) : NordicBlock(context, Interrupts::kSetClear) {
    for (unsigned i = 0; i < kChannels; ++i) {
      add_task(kOut + 4 * i, fmt::format("TASKS_OUT[{}]", i), [this, i] { out(i); });
      add_task(kSet + 4 * i, fmt::format("TASKS_SET[{}]", i), [this, i] { put(i, true); });
      add_task(kClr + 4 * i, fmt::format("TASKS_CLR[{}]", i), [this, i] { put(i, false); });
      add_event(kIn + 4 * i, fmt::format("EVENTS_IN[{}]", i));
      registers_.add(kConfig + 4 * i, fmt::format("CONFIG[{}]", i))
          .on_read([this, i] { return config_[i]; })
          .on_write([this, i](std::uint32_t value) { configure(i, value & kConfigMask); });
    }
    add_event(kPort, "EVENTS_PORT");
    for (unsigned n = 0; n < kPads; ++n) {
      claimed_[n] = &context.events.line(pad_claimed_line(n));
      output_[n] = &context.events.line(pad_output_line(n));
      watched_[n] = &context.events.line(pad_watched_line(n));
      context.events.line(pad_level_line(n)).connect([this, n](bool level) { edge(n, level); });
    }
    for (unsigned port = 0; port < kPorts; ++port) {
      context.events.line(detect_line(port)).connect([this](bool level) {
        if (level) raise(kPort);
      });
    }
  }

 private:
  bool in_task_mode(unsigned channel) const { return mode(config_[channel]) == kModeTask; }

  void configure(unsigned channel, std::uint32_t config) {
    const std::uint32_t before = config_[channel];
    if (in_task_mode(channel) && (mode(config) != kModeTask || pad(config) != pad(before))) {
      config_[channel] = 0;
      claimed_[pad(before)]->set(false);
    }
    const bool starts = mode(config) == kModeTask && !in_task_mode(channel);
    config_[channel] = config;
    watch(pad(before));
    watch(pad(config));
    if (!starts) return;
    output_[pad(config)]->set(outinit(config));
    claimed_[pad(config)]->set(true);
  }

  void watch(unsigned n) {
    watched_[n]->set(std::any_of(config_.begin(), config_.end(), [n](std::uint32_t config) {
      return mode(config) == kModeEvent && pad(config) == n;
    }));
  }

  void edge(unsigned n, bool level) {
    for (unsigned i = 0; i < kChannels; ++i) {
      const std::uint32_t config = config_[i];
      if (mode(config) != kModeEvent || pad(config) != n) continue;
      const std::uint32_t edges = polarity(config);
      if (edges == kToggle || edges == (level ? kLoToHi : kHiToLo)) raise(kIn + 4 * i);
    }
  }

  void put(unsigned channel, bool level) {
    if (in_task_mode(channel)) output_[pad(config_[channel])]->set(level);
  }

  void out(unsigned channel) {
    if (!in_task_mode(channel)) return;
    switch (polarity(config_[channel])) {
      case kLoToHi: put(channel, true); break;
      case kHiToLo: put(channel, false); break;
      case kToggle: put(channel, !output_[pad(config_[channel])]->level()); break;
      default: break;
    }
  }

  void reset_state(ResetKind) override {
    for (unsigned i = 0; i < kChannels; ++i) configure(i, 0);
  }

  void snapshot_state(StateArchive& archive) override {
    archive(config_);
    for (unsigned n = 0; n < kPads; ++n) {
      claimed_[n]->snapshot(archive);
      output_[n]->snapshot(archive);
      watched_[n]->snapshot(archive);
    }
  }

  std::array<std::uint32_t, kChannels> config_{};
  std::array<Wire*, kPads> claimed_{};
  std::array<Wire*, kPads> output_{};
  std::array<Wire*, kPads> watched_{};
};

const PeripheralType kType("nordic.gpiote", [](PeripheralContext& context) {
  return std::make_unique<Gpiote>(context);
});

}  // namespace
}  // namespace tinyscope::nordic
