#include "sim/cli/experiments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "profiler/tflite_model.hpp"

namespace tinyscope {
namespace {

constexpr std::uint32_t kWord = 4;

double megahertz(std::uint64_t hz) { return static_cast<double>(hz) / 1e6; }

class Planner {
 public:
  Planner(const BoardDescription& board, const FirmwareImage& image, const ProfiledRun& run)
      : soc_(board.soc), image_(image), run_(run) {}

  std::vector<Experiment> plan() {
    if (run_.chip.flash && soc_.tuning) {
      caches();
      wait_states();
    }
    operating_points();
    regulator();
    if (run_.chip.flash) {
      weights();
      functions();
      no_waits();
    }
    arena();
    return std::move(experiments_);
  }

 private:
  void caches() {
    const TuningDescription& tuning = *soc_.tuning;
    const FlashReadPort::Settings& now = *run_.chip.flash;
    WhatIf all;
    unsigned off = 0;
    std::string fixes;
    const auto one = [&](bool is_on, const std::string& fix, const char* what,
                         std::optional<bool> WhatIf::*setting) {
      if (fix.empty()) return;
      Experiment experiment;
      experiment.title = fmt::format("Switch the {} of flash {}", what, is_on ? "off" : "on");
      experiment.text = is_on ? fmt::format("what it saves now ({})", fix) : fix;
      experiment.what_if.*setting = !is_on;
      experiment.how = "re-simulated with it forced from reset on";
      experiments_.push_back(std::move(experiment));
      if (is_on) return;
      all.*setting = true;
      ++off;
      fixes += (fixes.empty() ? "" : ", ") + fix;
    };
    one(now.instruction_cache, tuning.instruction_cache, "instruction cache",
        &WhatIf::instruction_cache);
    one(now.data_cache, tuning.data_cache, "data cache", &WhatIf::data_cache);
    one(now.prefetch, tuning.prefetch, "prefetch buffer", &WhatIf::prefetch);
    if (off < 2) return;
    experiments_.push_back({"Switch caches and prefetch buffer of flash on together", fixes,
                            "re-simulated with all of them forced from reset on", all});
  }

  void wait_states() {
    const auto needed = needed_wait_states(soc_, run_.chip);
    if (!needed || run_.chip.flash->wait_states <= *needed) return;
    Experiment experiment;
    experiment.title = fmt::format("Read flash with {} wait states", *needed);
    experiment.text =
        fmt::format("{} = {} is enough for {:.0f} MHz, it is {}", soc_.tuning->wait_states, *needed,
                    megahertz(run_.chip.clock_hz), run_.chip.flash->wait_states);
    experiment.how = "re-simulated with the wait states forced from reset on";
    experiment.what_if.wait_states = *needed;
    experiments_.push_back(std::move(experiment));
  }

  // The best that anything about flash can bring.
  void no_waits() {
    if (run_.chip.flash->wait_states == 0) return;
    Experiment experiment;
    experiment.title = "Have no waits for flash at all";
    experiment.text = "a bound: what caches, placement and wait states can bring at most";
    experiment.how =
        "re-simulated with 0 wait states, which no setting of this chip gives at this "
        "clock";
    experiment.what_if.wait_states = 0;
    experiments_.push_back(std::move(experiment));
  }

  void operating_points() {
    if (!soc_.tuning || soc_.cpu_clock.empty() || run_.chip.clock_hz == 0) return;
    for (const auto& point : soc_.tuning->operating_points) {
      if (point.hz == run_.chip.clock_hz) continue;
      Experiment experiment;
      experiment.title = "Run at " + point.name;
      experiment.text = fmt::format(
          "instead of {:.0f} MHz, with {} wait states; the time of an inference "
          "changes with the clock",
          megahertz(run_.chip.clock_hz), point.wait_states);
      experiment.how =
          "re-simulated with CPU and buses at another clock throughout; peripherals with clocks of "
          "their own keep theirs, and what the change itself takes is left out";
      const std::uint64_t divisor = std::gcd(point.hz, run_.chip.clock_hz);
      experiment.what_if.clock_numerator = point.hz / divisor;
      experiment.what_if.clock_denominator = run_.chip.clock_hz / divisor;
      experiment.what_if.wait_states = point.wait_states;
      if (!point.unit.empty()) experiment.what_if.power_states[point.unit] = point.state;
      experiments_.push_back(std::move(experiment));
    }
  }

  void regulator() {
    const auto* const better = wasteful_regulator(soc_, run_.chip);
    if (better == nullptr) return;
    Experiment experiment;
    experiment.title = fmt::format("Use the {} regulator", better->better);
    experiment.text = fmt::format("{}; the board has the {}", better->fix, better->needs);
    experiment.how =
        fmt::format("re-simulated with {} taken as {} from reset on", better->unit, better->better);
    experiment.what_if.power_states[better->unit] = better->better;
    experiments_.push_back(std::move(experiment));
  }

  // --- moving things into RAM

  const MemoryDescription* memory(const std::string& name) const {
    for (const MemoryDescription& candidate : soc_.memories) {
      if (candidate.name == name) return &candidate;
    }
    return nullptr;
  }
  // RAM that grants reads soonest, the largest of these.
  const MemoryDescription* best_ram() const {
    const MemoryDescription* best = nullptr;
    for (const MemoryDescription& candidate : soc_.memories) {
      if (candidate.kind != MemoryKind::kRam || !candidate.alias_of.empty()) continue;
      if (best == nullptr || candidate.first_read_cycles < best->first_read_cycles ||
          (candidate.first_read_cycles == best->first_read_cycles && candidate.size > best->size)) {
        best = &candidate;
      }
    }
    return best;
  }
  bool in_flash(Address address) const {
    if (!soc_.flash_read) return false;
    for (const MemoryDescription& candidate : soc_.memories) {
      const bool flash = candidate.name == soc_.flash_read->memory ||
                         candidate.alias_of == soc_.flash_read->memory;
      if (flash && address - candidate.base < candidate.size) return true;
    }
    return false;
  }
  // Bytes of RAM that the run left free.
  std::uint32_t free_ram() const {
    const MemoryReport& report = run_.report.memory;
    const std::uint64_t used = report.ram_peak_bytes != 0 ? report.ram_peak_bytes
                                                          : std::uint64_t{report.static_ram_bytes} +
                                                                report.stack_peak_bytes;
    return used >= report.ram_total_bytes
               ? 0
               : static_cast<std::uint32_t>(report.ram_total_bytes - used);
  }
  // Whole words around [address, address + size).
  static MovedRange words(Address address, std::uint32_t size, Address as) {
    const Address first = address & ~(kWord - 1);
    const Address end = (address + size + kWord - 1) & ~(kWord - 1);
    return {first, end - first, as};
  }

  void weights() {
    const MemoryDescription* const ram = best_ram();
    if (ram == nullptr) return;
    std::vector<MovedRange> models;
    for (const TfliteModel& model : find_tflite_models(image_)) {
      const bool runs =
          std::any_of(run_.report.inferences.begin(), run_.report.inferences.end(),
                      [&](const InferenceRow& row) { return row.model_address == model.address; });
      if (!runs || !in_flash(model.address)) continue;
      models.push_back(words(model.address, model.size, ram->base));
      move_weights(fmt::format("Keep the weights of {} in RAM", model.label()), {models.back()},
                   *ram);
    }
    // Weights as arrays of their own, as generated code has them.
    std::vector<MovedRange> arrays;
    std::uint32_t bytes = 0;
    for (const ImagePart& part : run_.report.memory.symbols) {
      if (part.kind != "model weights" || !in_flash(part.address)) continue;
      MovedRange range = words(part.address, part.flash_bytes, ram->base + bytes);
      if (range.size == 0 || overlaps(range, models) || overlaps(range, arrays)) continue;
      bytes += range.size;
      arrays.push_back(range);
    }
    if (!arrays.empty()) move_weights("Keep the weights in RAM", arrays, *ram);
  }

  void move_weights(const std::string& title, const std::vector<MovedRange>& ranges,
                    const MemoryDescription& ram) {
    std::uint32_t bytes = 0;
    for (const MovedRange& range : ranges) bytes += range.size;
    if (bytes > ram.size) return;  // there is no such place
    Experiment experiment;
    experiment.title = title;
    experiment.text =
        bytes <= free_ram()
            ? fmt::format("{} bytes; {} are free", bytes, free_ram())
            : fmt::format("a bound: {} bytes, of which only {} are free", bytes, free_ram());
    experiment.how = fmt::format(
        "re-simulated with these {} bytes timed as if in {}; copying them "
        "once is left out",
        bytes, ram.name);
    experiment.what_if.moved = ranges;
    experiment.ram_bytes_saved = -static_cast<std::int64_t>(bytes);
    experiments_.push_back(std::move(experiment));
  }

  static bool overlaps(const MovedRange& range, const std::vector<MovedRange>& others) {
    return std::any_of(others.begin(), others.end(), [&](const MovedRange& other) {
      return range.base < other.base + other.size && other.base < range.base + range.size;
    });
  }

  // Those that wait most for fetches, as many as fit.
  void functions() {
    const TuningDescription* const tuning = soc_.tuning ? &*soc_.tuning : nullptr;
    const MemoryDescription* const ram = tuning == nullptr ? nullptr : memory(tuning->code_memory);
    if (ram == nullptr) return;
    struct Candidate {
      const Symbol* symbol;
      std::uint64_t waits;
    };
    std::vector<Candidate> candidates;
    std::uint64_t all_waits = 0;
    for (const FunctionRow& function : run_.report.functions) {
      const Symbol* const symbol = image_.symbols.function_at(function.address);
      if (symbol == nullptr || symbol->size == 0 || !in_flash(symbol->address)) continue;
      const std::uint64_t waits =
          function.stalls[StallCause::kFetch] + function.stalls[StallCause::kData];
      all_waits += waits;
      candidates.push_back({symbol, waits});
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.waits > b.waits; });
    constexpr std::size_t kMost = 8;  // more is no advice
    constexpr double kWorthMoving = 0.02;
    Experiment experiment;
    std::uint32_t bytes = 0;
    std::string names;
    for (const Candidate& candidate : candidates) {
      const bool worth = static_cast<double>(candidate.waits) >
                         kWorthMoving * static_cast<double>(std::max<std::uint64_t>(all_waits, 1));
      if (!worth || experiment.what_if.moved.size() == kMost) break;
      const MovedRange range = words(candidate.symbol->address, candidate.symbol->size, 0);
      if (overlaps(range, experiment.what_if.moved) ||
          bytes + range.size > std::min(free_ram(), ram->size)) {
        continue;
      }
      experiment.what_if.moved.push_back({range.base, range.size, ram->base + bytes});
      bytes += range.size;
      names += (names.empty() ? "" : ", ") + candidate.symbol->demangled;
    }
    if (experiment.what_if.moved.empty()) return;
    experiment.title =
        fmt::format("Run {} hot functions from RAM", experiment.what_if.moved.size());
    experiment.text = fmt::format("{} bytes: {}", bytes, names);
    experiment.how = fmt::format(
        "re-simulated with these functions, literals included, timed as if "
        "in {}: {}; that fetches and data accesses then share it is left "
        "out",
        ram->name, tuning->code_memory_source);
    experiment.ram_bytes_saved = -static_cast<std::int64_t>(bytes);
    experiments_.push_back(std::move(experiment));
  }

  // An arena in RAM that makes reads wait, where there is RAM that does not.
  void arena() {
    const ArenaReport& arena = run_.report.memory.arena;
    const MemoryDescription* const ram = best_ram();
    if (arena.bytes == 0 || ram == nullptr || arena.bytes > ram->size) return;
    for (const MemoryDescription& home : soc_.memories) {
      if (arena.address - home.base >= home.size ||
          home.first_read_cycles <= ram->first_read_cycles) {
        continue;
      }
      Experiment experiment;
      experiment.title = fmt::format("Place the arena in {}", ram->name);
      experiment.text = fmt::format(
          "it lies in {}, where a read that does not follow another waits "
          "{} cycle more; its {} bytes need room there",
          home.name, home.first_read_cycles - ram->first_read_cycles, arena.bytes);
      experiment.how = fmt::format("re-simulated with the arena timed as if in {}", ram->name);
      experiment.what_if.moved = {words(arena.address, arena.bytes, ram->base)};
      experiments_.push_back(std::move(experiment));
      return;
    }
  }

  const SocDescription& soc_;
  const FirmwareImage& image_;
  const ProfiledRun& run_;
  std::vector<Experiment> experiments_;
};

}  // namespace

std::vector<Experiment> plan_experiments(const BoardDescription& board, const FirmwareImage& image,
                                         const ProfiledRun& run) {
  return Planner(board, image, run).plan();
}

}  // namespace tinyscope
