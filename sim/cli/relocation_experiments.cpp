// What-ifs about where things lie: weights, code, arena.
#include <fmt/format.h>

#include <algorithm>

#include "profiler/tflite_model.hpp"
#include "sim/cli/experiments.hpp"
#include "sim/cli/placement.hpp"

namespace tinyscope {
namespace {

class Relocations {
 public:
  Relocations(const SocDescription& soc, const FirmwareImage& image, const ProfiledRun& run)
      : soc_(soc), image_(image), run_(run) {}

  std::vector<Experiment> plan() {
    if (run_.chip.flash) {
      weights();
      functions();
    }
    arena();
    return std::move(experiments_);
  }

 private:
  // RAM that grants reads soonest, the largest of these: beside caches that is what needs none.
  const MemoryDescription* best_ram() const {
    if (soc_.l1) return find_memory(soc_, soc_.l1->dtcm);
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

  void weights() {
    const MemoryDescription* const ram = best_ram();
    if (ram == nullptr) return;
    std::vector<MovedRange> models;
    for (const TfliteModel& model : find_tflite_models(image_)) {
      const bool runs =
          std::any_of(run_.report.inferences.begin(), run_.report.inferences.end(),
                      [&](const InferenceRow& row) { return row.model_address == model.address; });
      if (!runs || !reads_flash(soc_, model.address)) continue;
      models.push_back(whole_words(model.address, model.size, ram->base));
      move_weights(fmt::format("Keep the weights of {} in RAM", model.label()), {models.back()},
                   *ram);
      if (model.size > free_ram()) slowest_weights(model, *ram);
    }
    // Weights as arrays of their own, as generated code has them.
    std::vector<MovedRange> arrays;
    Address next = ram->base;
    for (const ImagePart& part : run_.report.memory.symbols) {
      if (part.kind != "model weights" || !reads_flash(soc_, part.address)) continue;
      MovedRange range = whole_words(part.address, part.flash_bytes, next);
      if (range.size == 0 || overlaps(range, models) || overlaps(range, arrays)) continue;
      next = range.as + range.size;
      arrays.push_back(range);
    }
    if (!arrays.empty()) move_weights("Keep the weights in RAM", arrays, *ram);
  }

  // Those of the layers that wait most for data, as many as there is room for.
  void slowest_weights(const TfliteModel& model, const MemoryDescription& ram) {
    const InferenceRow* inference = nullptr;
    for (const InferenceRow& row : run_.report.inferences) {
      if (row.complete && row.model_address == model.address) inference = &row;
    }
    if (inference == nullptr) return;
    std::vector<const LayerRow*> layers;
    for (const LayerRow& layer : inference->layers) layers.push_back(&layer);
    std::stable_sort(layers.begin(), layers.end(), [](const LayerRow* a, const LayerRow* b) {
      return a->stalls[StallCause::kData] > b->stalls[StallCause::kData];
    });
    const TfliteSubgraph& graph = model.subgraphs.front();
    std::vector<MovedRange> ranges;
    std::uint32_t bytes = 0;
    std::string names;
    for (const LayerRow* const layer : layers) {
      if (layer->stalls[StallCause::kData] == 0 || layer->index >= graph.operators.size()) continue;
      const TfliteOperator& op = graph.operators[layer->index];
      if (op.op != layer->op) continue;
      std::vector<MovedRange> own;
      std::uint32_t own_bytes = 0;
      for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        const TfliteTensor* const tensor = graph.input(op, i);
        if (tensor == nullptr || tensor->data_bytes == 0) continue;
        own.push_back(whole_words(model.address + tensor->data_offset, tensor->data_bytes, 0));
        own_bytes += own.back().size;
      }
      if (own.empty() || bytes + own_bytes > free_ram()) continue;
      ranges.insert(ranges.end(), own.begin(), own.end());
      bytes += own_bytes;
      names += fmt::format("{}{} {}", names.empty() ? "" : ", ", layer->index, layer->op);
    }
    if (ranges.empty()) return;
    move_weights("Keep the weights of these layers in RAM: " + names, packed(ranges, ram.base),
                 ram);
  }

  void move_weights(const std::string& title, const std::vector<MovedRange>& ranges,
                    const MemoryDescription& ram) {
    const std::uint32_t bytes = bytes_of(ranges);
    if (ranges.back().as + ranges.back().size - ram.base > ram.size)
      return;  // there is no such place
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

  // Those that wait most for fetches, as many as fit.
  void functions() {
    const TuningDescription* const tuning = soc_.tuning ? &*soc_.tuning : nullptr;
    const MemoryDescription* const ram =
        tuning == nullptr ? nullptr : find_memory(soc_, tuning->code_memory);
    if (ram == nullptr) return;
    struct Candidate {
      const Symbol* symbol;
      std::uint64_t waits;
    };
    std::vector<Candidate> candidates;
    std::uint64_t all_waits = 0;
    for (const FunctionRow& function : run_.report.functions) {
      const Symbol* const symbol = image_.symbols.function_at(function.address);
      if (symbol == nullptr || symbol->size == 0 || !reads_flash(soc_, symbol->address)) continue;
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
    Address next = ram->base;
    std::string names;
    for (const Candidate& candidate : candidates) {
      const bool worth = static_cast<double>(candidate.waits) >
                         kWorthMoving * static_cast<double>(std::max<std::uint64_t>(all_waits, 1));
      if (!worth || experiment.what_if.moved.size() == kMost) break;
      const MovedRange range = whole_words(candidate.symbol->address, candidate.symbol->size, next);
      if (overlaps(range, experiment.what_if.moved) || bytes + range.size > free_ram() ||
          range.as + range.size - ram->base > ram->size) {
        continue;
      }
      experiment.what_if.moved.push_back(range);
      next = range.as + range.size;
      bytes += range.size;
      names += (names.empty() ? "" : ", ") + candidate.symbol->demangled;
    }
    if (experiment.what_if.moved.empty()) return;
    experiment.title = "Run hot functions from RAM";
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
      experiment.what_if.moved = {whole_words(arena.address, arena.bytes, ram->base)};
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

std::vector<Experiment> plan_relocations(const SocDescription& soc, const FirmwareImage& image,
                                         const ProfiledRun& run) {
  return Relocations(soc, image, run).plan();
}

}  // namespace tinyscope
