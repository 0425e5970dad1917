#include "profiler/advice/estimates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace tinyscope {
namespace {

// The last complete inference is what advice is about; null: there is none.
const InferenceRow* last_complete(const ProfileReport& report) {
  const auto found = std::find_if(report.inferences.rbegin(), report.inferences.rend(),
                                  [](const InferenceRow& row) { return row.complete; });
  return found == report.inferences.rend() ? nullptr : &*found;
}

}  // namespace

// Cycles by MACs over all such layers of a sample network built with kernels/dsp, with the settings
// that the samples make (cache on). A test keeps them in step with what the samples take.
std::optional<DspKernelRate> dsp_kernel_rate(std::string_view op) {
  static constexpr std::array<DspKernelRate, 3> kRates = {{
      {"CONV_2D", 2.94, "sample kws on the nRF52840; 2.65 in ic, 6.5 in vww with few channels"},
      {"DEPTHWISE_CONV_2D", 10.4, "sample kws on the nRF52840; 11.0 in vww"},
      {"FULLY_CONNECTED", 3.99, "sample ad on the nRF52840; 4.5 in kws"},
  }};
  for (const DspKernelRate& rate : kRates) {
    if (rate.op == op) return rate;
  }
  return std::nullopt;
}

void advise_dsp_kernels(const ProfileReport& report, std::vector<AdviceRow>& rows) {
  const InferenceRow* const inference = last_complete(report);
  if (inference == nullptr) return;
  double saved = 0;
  double saved_uj = 0;
  unsigned layers = 0;
  std::string rates;
  for (const LayerRow& layer : inference->layers) {
    if (layer.kernel_kind != KernelKind::kReference || !layer.macs) continue;
    const auto rate = dsp_kernel_rate(layer.op);
    if (!rate) continue;
    const double cycles = static_cast<double>(layer.cycles);
    const double then = static_cast<double>(*layer.macs) * rate->cycles_per_mac;
    if (then >= cycles) continue;
    ++layers;
    saved += cycles - then;
    saved_uj += layer.energy_uj.value * (1 - then / cycles);
    const std::string text =
        fmt::format("{} {} cycles a MAC ({})", rate->op, rate->cycles_per_mac, rate->source);
    if (rates.find(text) == std::string::npos) rates += (rates.empty() ? "" : "; ") + text;
  }
  if (layers == 0) return;
  AdviceRow row;
  row.title = "Use kernels for the DSP instructions";
  row.text = fmt::format(
      "{} layers run reference kernels; CMSIS-NN, or `dsp` of the samples, does "
      "two multiply-accumulates an instruction",
      layers);
  row.cycles_saved = std::round(saved);
  if (report.clock_hz != 0) {
    row.milliseconds_saved = saved / static_cast<double>(report.clock_hz) * 1e3;
  }
  row.uj_saved = saved_uj;
  row.how = "estimated: measured here, " + rates + "; energy at the layers' present power";
  rows.push_back(std::move(row));
}

void advise_memory(const ProfileReport& report, std::vector<AdviceRow>& rows) {
  const ArenaReport& arena = report.memory.arena;
  if (arena.suggested_bytes != 0 && arena.bytes > arena.suggested_bytes) {
    AdviceRow row;
    row.title = fmt::format("Make the arena {} bytes", arena.suggested_bytes);
    row.text = fmt::format("{} has {} bytes, of which {} were in use", arena.symbol, arena.bytes,
                           arena.used_bytes);
    row.ram_bytes_saved = static_cast<std::int64_t>(arena.bytes) - arena.suggested_bytes;
    row.how = "estimated: what this run used, with room for alignment";
    rows.push_back(std::move(row));
  }
  for (const StackRow& stack : report.memory.stacks) {
    // A stack needs room for what this run has not met: a quarter, in steps of 64 bytes.
    const std::uint32_t wanted = (stack.peak_bytes + stack.peak_bytes / 4 + 63) / 64 * 64;
    if (stack.size_bytes == 0 || stack.overflow || stack.size_bytes <= wanted + 256) continue;
    AdviceRow row;
    row.title = fmt::format("Make the stack {} {} bytes", stack.name, wanted);
    row.text =
        fmt::format("it has {} bytes and used {} at most", stack.size_bytes, stack.peak_bytes);
    row.ram_bytes_saved = static_cast<std::int64_t>(stack.size_bytes) - wanted;
    row.how = "estimated: the peak of this run and a quarter more";
    rows.push_back(std::move(row));
  }
}

void rank_advice(std::vector<AdviceRow>& rows) {
  const auto key = [](const AdviceRow& row) {
    return std::make_tuple(-row.cycles_saved, -row.uj_saved, -row.ram_bytes_saved,
                           -row.flash_bytes_saved);
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const AdviceRow& a, const AdviceRow& b) { return key(a) < key(b); });
}

}  // namespace tinyscope
