#include "sim/cli/what_if_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "profiler/layer_rules.hpp"
#include "profiler/lint/chip_configuration.hpp"
#include "profiler/memory_report.hpp"
#include "profiler/tflite_model.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/placement.hpp"
#include "sim/error.hpp"
#include "sim/text.hpp"

namespace tinyscope {
namespace {

constexpr const char* kSource = "--what-if";
constexpr std::uint32_t kWidestGap = 64;  // between functions: alignment, shared literals
constexpr unsigned kMostWaitStates = 15;  // any field LATENCY of the chips that there are

std::string megahertz(std::uint64_t hz) {
  return fmt::format("{:g} MHz", static_cast<double>(hz) / 1e6);
}

class Reader {
 public:
  Reader(const SocDescription& soc, const FirmwareImage& image,
         const std::vector<std::string>& layer_rules)
      : soc_(soc), image_(image), layer_rules_(layer_rules) {}

  WhatIf read(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) read(text);
    if (clock_hz_) set_clock();
    return std::move(what_if_);
  }

 private:
  struct Key {
    const char* name;
    void (Reader::*read)(const std::string& value);
  };
  [[noreturn]] void fail(const std::string& problem) const {
    throw InputError(fmt::format("--what-if {}: {}", text_, problem));
  }
  void assume(const std::string& topic, const std::string& text) {
    what_if_.assumptions.push_back({"what_if." + topic, text, kSource});
  }

  void read(const std::string& text) {
    text_ = text;
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      fail("expected KEY=VALUE, for example clock=80MHz");
    }
    key_ = text.substr(0, equals);
    static constexpr std::array<Key, 8> kKeys{{{"clock", &Reader::clock},
                                               {"wait_states", &Reader::wait_states},
                                               {"instruction_cache", &Reader::instruction_cache},
                                               {"data_cache", &Reader::data_cache},
                                               {"prefetch", &Reader::prefetch},
                                               {"weights", &Reader::weights},
                                               {"code", &Reader::code},
                                               {"arena", &Reader::arena}}};
    std::vector<std::string> names;
    for (const Key& key : kKeys) {
      names.emplace_back(key.name);
      if (key_ != key.name) continue;
      if (!seen_.insert(key_).second) fail("is there twice");
      return (this->*key.read)(text.substr(equals + 1));
    }
    fail(fmt::format("'{}' is not known{}", key_, suggest(key_, names)));
  }

  // --- settings

  void clock(const std::string& value) {
    constexpr std::array<std::pair<std::string_view, double>, 3> kUnits = {
        {{"MHz", 1e6}, {"kHz", 1e3}, {"Hz", 1}}};
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(value.data() + value.size() - end));
    double factor = unit.empty() ? 1 : 0;
    for (const auto& [name, times] : kUnits) {
      if (unit == name) factor = times;
    }
    const double hz = std::round(number * factor);
    if (error != std::errc() || factor == 0 || !(hz >= 1) || !(hz < 1e12)) {
      fail("expected a clock such as 80MHz or 80000000");
    }
    const std::uint64_t highest = highest_hz();
    if (hz > static_cast<double>(highest)) {
      fail(fmt::format("chip '{}' runs at {} at most", soc_.name, megahertz(highest)));
    }
    clock_hz_ = static_cast<std::uint64_t>(hz);
    clock_text_ = text_;
  }

  std::uint64_t highest_hz() const {
    const std::uint64_t highest = soc_.tuning ? soc_.tuning->highest_cpu_hz : 0;
    return highest != 0 ? highest : soc_.cpu_hz;
  }

  // After all others, since wait states of the user's own go before those that the clock needs.
  void set_clock() {
    text_ = clock_text_;
    what_if_.cpu_hz = clock_hz_;
    std::string belongs;
    ChipConfiguration chip;
    chip.clock_hz = *clock_hz_;
    if (const auto* const point = operating_point(); point != nullptr && !point->unit.empty()) {
      what_if_.power_states[point->unit] = point->state;
      chip.power_states[point->unit] = point->state;
      belongs += fmt::format(", {} in {} as for {}", point->unit, point->state, point->name);
    }
    const auto needed = needed_wait_states(soc_, chip);
    if (needed && !what_if_.wait_states) {
      what_if_.wait_states = *needed;
      belongs += fmt::format(", flash with the {} wait states that this needs", *needed);
    }
    assume(
        "clock",
        fmt::format("the core and its buses run at {} where firmware sets the fastest clock of "
                    "its own, from reset on{}; peripherals with clocks of their own keep theirs, "
                    "and firmware that counts cycles to wait waits for another time",
                    megahertz(*clock_hz_), belongs));
  }

  // The slowest at which the chip may run that fast; null: none is described.
  const TuningDescription::OperatingPoint* operating_point() const {
    if (!soc_.tuning) return nullptr;
    const TuningDescription::OperatingPoint* best = nullptr;
    for (const auto& point : soc_.tuning->operating_points) {
      if (point.hz >= *clock_hz_ && (best == nullptr || point.hz < best->hz)) best = &point;
    }
    return best;
  }

  void wait_states(const std::string& value) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number > kMostWaitStates) {
      fail(fmt::format("expected a number from 0 to {}", kMostWaitStates));
    }
    if (!soc_.flash_read) fail(fmt::format("flash of chip '{}' has no wait states", soc_.name));
    what_if_.wait_states = number;
    assume(
        "wait_states",
        fmt::format("flash is read with {} wait states from reset on, whatever firmware sets and "
                    "whether or not the chip could at its clock",
                    number));
  }

  void instruction_cache(const std::string& value) {
    change(value, "instruction cache of flash", &TuningDescription::instruction_cache,
           what_if_.instruction_cache);
  }
  void data_cache(const std::string& value) {
    change(value, "data cache of flash", &TuningDescription::data_cache, what_if_.data_cache);
  }
  void prefetch(const std::string& value) {
    change(value, "prefetch buffer of flash", &TuningDescription::prefetch, what_if_.prefetch);
  }
  void change(const std::string& value, const char* what, std::string TuningDescription::*how,
              std::optional<bool>& setting) {
    if (value != "on" && value != "off") fail("expected on or off");
    if (!soc_.tuning || ((*soc_.tuning).*how).empty()) {
      fail(fmt::format("chip '{}' has no {} that can be switched", soc_.name, what));
    }
    setting = value == "on";
    assume(key_, fmt::format("the {} is {} from reset on, whatever firmware sets", what, value));
  }

  // --- places

  void weights(const std::string& memory) {
    std::vector<MovedRange> ranges;
    for (const TfliteModel& model : find_tflite_models(image_)) {
      if (reads_flash(soc_, model.address)) {
        ranges.push_back(whole_words(model.address, model.size, 0));
      }
    }
    if (ranges.empty()) {
      fail(
          "the image has no .tflite model in flash; weights in arrays of their own are not "
          "recognised here");
    }
    move(std::move(ranges), memory, "weights", "copying them at start-up is left out");
  }

  // From each function to its end, gaps such as literals between two included.
  void code(const std::string& memory) {
    std::vector<MovedRange> ranges;
    for (const Symbol& symbol : image_.symbols.all()) {
      if (symbol.kind != SymbolKind::kFunction || symbol.size == 0) continue;
      if (!reads_flash(soc_, symbol.address)) continue;
      const MovedRange range = whole_words(symbol.address, symbol.size, 0);
      const bool near = !ranges.empty() && range.base >= ranges.back().base &&
                        range.base - ranges.back().base <= ranges.back().size + kWidestGap;
      if (!near) {
        ranges.push_back(range);
        continue;
      }
      MovedRange& last = ranges.back();
      last.size = std::max(last.size, range.base + range.size - last.base);
    }
    if (ranges.empty()) fail("the image names no functions in flash; is it stripped?");
    move(std::move(ranges), memory, "functions with their literals",
         "copying them at start-up, and that fetches and data accesses then share it, is left out");
  }

  void arena(const std::string& memory) {
    RunOptions options;
    options.layer_rules = layer_rules_;
    const std::vector<LayerRules> rules = selected_rules(options);
    std::vector<const LayerRules*> pointers;
    for (const LayerRules& known : rules) pointers.push_back(&known);
    const MemoryReport report = static_memory(image_, soc_, arena_patterns(pointers));
    if (report.arena.bytes == 0) fail("the image has no object that is known as tensor arena");
    move({whole_words(report.arena.address, report.arena.bytes, 0)}, memory,
         fmt::format("arena {}", report.arena.symbol), "");
  }

  void move(std::vector<MovedRange> ranges, const std::string& name, const std::string& what,
            const std::string& left_out) {
    const MemoryDescription* const memory = find_memory(soc_, name);
    if (memory == nullptr || memory->kind != MemoryKind::kRam) {
      std::vector<std::string> known;
      for (const MemoryDescription& candidate : soc_.memories) {
        if (candidate.kind == MemoryKind::kRam) known.push_back(candidate.name);
      }
      fail(fmt::format("chip '{}' has no RAM '{}'{}", soc_.name, name, suggest(name, known)));
    }
    Address& next = next_.try_emplace(name, memory->base).first->second;
    for (MovedRange& range : ranges) {
      if (overlaps(range, what_if_.moved)) fail("shares bytes with what was placed before");
      range.as = place_behind(next, range.base);
      next = range.as + range.size;
    }
    if (next - memory->base > memory->size) {
      fail(fmt::format("{} bytes do not fit into the {} of {}", next - memory->base, memory->size,
                       name));
    }
    const std::uint32_t bytes = bytes_of(ranges);
    what_if_.moved.insert(what_if_.moved.end(), ranges.begin(), ranges.end());
    assume(
        "place." + key_,
        fmt::format("{}, {} bytes, timed as if in {} from 0x{:08x} on; what lies there is not "
                    "moved away, and the addresses stay as they are{}{}",
                    what, bytes, name, ranges.front().as, left_out.empty() ? "" : "; ", left_out));
  }

  const SocDescription& soc_;
  const FirmwareImage& image_;
  const std::vector<std::string>& layer_rules_;
  WhatIf what_if_;
  std::string text_;  // what is being read
  std::string key_;
  std::set<std::string> seen_;
  std::optional<std::uint64_t> clock_hz_;
  std::string clock_text_;
  std::map<std::string, Address> next_;  // by memory: behind what was placed there
};

}  // namespace

WhatIf read_what_ifs(const std::vector<std::string>& texts, const SocDescription& soc,
                     const FirmwareImage& image, const std::vector<std::string>& layer_rules) {
  return Reader(soc, image, layer_rules).read(texts);
}

WhatIf selected_what_if(const RunOptions& options, const SocDescription& soc,
                        const FirmwareImage& image) {
  if (options.what_ifs.empty()) return options.what_if;
  return read_what_ifs(options.what_ifs, soc, image, options.layer_rules);
}

}  // namespace tinyscope
