// How much slower than plain Unicorn a profiled run is: the same inference, from the call of the
// invoke function to its return, once on the engine without any hook, once with full timing,
// layers, memory and energy, and once at functional speed. All in one process, in turn, so that the
// ratios hold on any machine.
//
// usage: tinyscope_bench [[--board BOARD] FIRMWARE]...   default: keyword spotting and image
// classification, each with DSP and with reference kernels, on nano33ble-sense; and on two boards
// with a Cortex-M7
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "cores/engine/unicorn_engine.hpp"
#include "profiler/profiler.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "sim/error.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

constexpr const char* kInvoke = "mlrt::Interpreter::invoke";
constexpr int kRounds = 5;

struct Case {
  std::string board = "nano33ble-sense";
  std::string image;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A machine that stands at the first instruction of the first inference.
struct AtInvoke {
  FirmwareImage image;
  Machine machine;
  Address return_address = 0;

  explicit AtInvoke(const Case& what, Profiler** profiler = nullptr,
                    const MachineOptions& options = {})
      : image(load_image(what.image, "")), machine(load_board(what.board), image, options) {
    const Symbol* const invoke = image.symbols.find(kInvoke);
    if (invoke == nullptr) throw InputError(fmt::format("{}: no function {}", what.image, kInvoke));
    CortexM& core = machine.core();
    if (profiler != nullptr) {
      owned_.emplace(image, shipped_layer_rules(), machine.board().soc, machine.board().currents);
      core.add_listener(owned_->listener());
      *profiler = &*owned_;
    }
    bool reached = false;
    core.watch_address(invoke->address, [&] {
      if (reached) return;
      reached = true;
      core.request_stop({StopKind::kRequested, "at invoke", 0});
    });
    machine.power_on();
    core.run();
    if (!reached) throw InputError(fmt::format("{}: never reached {}", what.image, kInvoke));
    return_address = core.read_register(CoreRegister::kLr) & ~1u;
  }

 private:
  std::optional<Profiler> owned_;
};

// Plain Unicorn with the memory and registers of `from`.
double run_plain(AtInvoke& from) {
  const CoreType* const core_type = find_core_type(from.machine.board().soc.core.type);
  auto engine = make_unicorn_engine(EngineDetail::kInstructions, core_type->family);
  std::vector<std::vector<std::uint8_t>> copies;
  for (const auto& mapped : from.machine.bus().memories()) {
    const auto bytes = mapped.memory->bytes().subspan(mapped.memory_offset, mapped.size);
    // The engine wants page-aligned host memory.
    auto& copy = copies.emplace_back(bytes.size() + 4096);
    auto* const aligned = reinterpret_cast<std::uint8_t*>(
        (reinterpret_cast<std::uintptr_t>(copy.data()) + 4095) & ~std::uintptr_t{4095});
    std::copy(bytes.begin(), bytes.end(), aligned);
    engine->map_memory(mapped.base, mapped.size, aligned, true);
  }
  CortexM& core = from.machine.core();
  for (unsigned n = 0; n < static_cast<unsigned>(CoreRegister::kMsp); ++n) {
    if (core_register(n) == CoreRegister::kXpsr) continue;
    engine->write(core_register(n), core.read_register(core_register(n)));
  }
  const auto start = std::chrono::steady_clock::now();
  engine->run_unobserved(from.return_address);
  return seconds_since(start);
}

struct Observed {
  double seconds = 0;
  std::uint64_t instructions = 0;
  std::uint64_t cycles = 0;
};

// The same with the machine, to the end of the inference.
Observed run_machine(AtInvoke& bench) {
  CortexM& core = bench.machine.core();
  const CoreCounts before = core.counts();
  const Cycles cycles_before = core.cycles();
  bool returned = false;
  core.watch_address(bench.return_address, [&] {
    if (returned) return;
    returned = true;
    core.request_stop({StopKind::kRequested, "inference complete", 0});
  });
  const auto start = std::chrono::steady_clock::now();
  core.run();
  Observed observed;
  observed.seconds = seconds_since(start);
  observed.instructions = core.counts().instructions - before.instructions;
  observed.cycles = core.cycles().count - cycles_before.count;
  return observed;
}

Observed run_profiled(const Case& what) {
  Profiler* profiler = nullptr;
  AtInvoke bench(what, &profiler);
  return run_machine(bench);
}

Observed run_functional(const Case& what) {
  MachineOptions options;
  options.functional = true;
  AtInvoke bench(what, nullptr, options);
  return run_machine(bench);
}

void bench(const Case& what) {
  AtInvoke plain(what);
  std::vector<double> plain_seconds, profiled_seconds, functional_seconds, ratios,
      functional_ratios;
  Observed observed;
  for (int round = 0; round < kRounds; ++round) {
    plain_seconds.push_back(run_plain(plain));
    observed = run_profiled(what);
    profiled_seconds.push_back(observed.seconds);
    ratios.push_back(observed.seconds / plain_seconds.back());
    functional_seconds.push_back(run_functional(what).seconds);
    functional_ratios.push_back(functional_seconds.back() / plain_seconds.back());
  }
  const double simulated =
      static_cast<double>(observed.cycles) / static_cast<double>(plain.machine.core().clock_hz());
  const double profiled = median(profiled_seconds);
  fmt::print(
      "{}\n"
      "  one inference     {} instructions, {} cycles, {:.3f} s simulated\n"
      "  plain Unicorn     {:.3f} s, {:.0f} MIPS\n"
      "  full profile      {:.3f} s, {:.1f} MIPS, {:.2f} x real time\n"
      "  ratio             {:.1f} x plain Unicorn (median of {}, {:.1f} to {:.1f})\n"
      "  functional speed  {:.3f} s, {:.2f} x plain Unicorn ({:.2f} to {:.2f})\n",
      what.image, observed.instructions, observed.cycles, simulated, median(plain_seconds),
      static_cast<double>(observed.instructions) / median(plain_seconds) / 1e6, profiled,
      static_cast<double>(observed.instructions) / profiled / 1e6, simulated / profiled,
      median(ratios), kRounds, *std::min_element(ratios.begin(), ratios.end()),
      *std::max_element(ratios.begin(), ratios.end()), median(functional_seconds),
      median(functional_ratios),
      *std::min_element(functional_ratios.begin(), functional_ratios.end()),
      *std::max_element(functional_ratios.begin(), functional_ratios.end()));
}

}  // namespace
}  // namespace tinyscope

int main(int argc, char** argv) {
  std::vector<tinyscope::Case> cases;
  tinyscope::Case next;
  for (int i = 1; i < argc; ++i) {
    next.image = argv[i];
    if (next.image == "--board" && i + 1 < argc) {
      next.board = argv[++i];
    } else {
      cases.push_back(next);
    }
  }
  if (cases.empty()) {
    const std::string samples = TINYSCOPE_SOURCE_DIR "/firmware-samples/";
    for (const char* name : {"kws/prebuilt/kws-verify", "ic/prebuilt/ic-verify"}) {
      for (const char* kernels : {"-dsp.elf", "-reference.elf"}) {
        next.image = samples + name + kernels;
        cases.push_back(next);
      }
    }
    cases.push_back({"disco-f746ng", samples + "kws/prebuilt/kws-disco_f746ng-dsp.elf"});
    cases.push_back({"disco-f746ng", samples + "ic/prebuilt/ic-disco_f746ng-dsp.elf"});
    cases.push_back({"nucleo-h7a3zi-q", samples + "kws/prebuilt/kws-nucleo_h7a3zi_q-dsp.elf"});
    cases.push_back(
        {"nucleo-h7a3zi-q", samples + "kws/prebuilt/kws-nucleo_h7a3zi_q-reference.elf"});
    cases.push_back({"nucleo-h7a3zi-q", samples + "ic/prebuilt/ic-nucleo_h7a3zi_q-dsp.elf"});
  }
  try {
    for (const tinyscope::Case& what : cases) tinyscope::bench(what);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tinyscope_bench: %s\n", error.what());
    return 2;
  }
  return 0;
}
