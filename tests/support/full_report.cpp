#include "tests/support/full_report.hpp"

#include <string>

namespace tinyscope::test {
namespace {

constexpr std::uint64_t kHz = 64'000'000;
constexpr std::uint64_t kStart = 640'000;  // first inference, 10 ms after reset
constexpr std::uint64_t kApart = 3'200'000;
constexpr unsigned kInferences = 5;

std::uint64_t ns(std::uint64_t cycles) { return cycles * 1'000'000'000 / kHz; }

Estimate within(double value, double part) {
  return {value, value * (1 - part), value * (1 + part)};
}

double microjoules(std::uint64_t cycles) {  // 3.3 mA at 3 V
  return static_cast<double>(cycles) / static_cast<double>(kHz) * 3.3e-3 * 3.0 * 1e6;
}

// `cycles` divided among causes; issue takes what is left.
StallCycles split(std::uint64_t cycles, std::uint64_t fetch_permille, std::uint64_t data_permille) {
  StallCycles stalls;
  stalls[StallCause::kLoadUse] = cycles * 120 / 1000;
  stalls[StallCause::kMultiCycle] = cycles * 30 / 1000;
  stalls[StallCause::kBranch] = cycles * 60 / 1000;
  stalls[StallCause::kFetch] = cycles * fetch_permille / 1000;
  stalls[StallCause::kData] = cycles * data_permille / 1000;
  stalls[StallCause::kContention] = cycles * 4 / 1000;
  stalls[StallCause::kIssue] = cycles - stalls.total();
  return stalls;
}

struct LayerFacts {
  const char* op;
  const char* name;
  const char* kernel;
  KernelKind kind;
  std::vector<int> shape;
  std::uint64_t macs, cycles;
  std::uint32_t weights, stack, arena;
};

const std::vector<LayerFacts>& layer_facts() {
  static const std::vector<LayerFacts> kFacts = {
      {"CONV_2D",
       "model/conv1/Relu",
       "arm_convolve_s8",
       KernelKind::kOptimised,
       {1, 25, 20, 16},
       320'000,
       420'000,
       656,
       512,
       20'000},
      {"DEPTHWISE_CONV_2D",
       "model/depthwise1/Relu",
       "depthwise_conv_reference",
       KernelKind::kReference,
       {1, 25, 20, 16},
       72'000,
       610'000,
       208,
       256,
       16'000},
      {"CONV_2D",
       "model/pointwise1/Relu",
       "arm_convolve_1x1_s8_fast",
       KernelKind::kOptimised,
       {1, 25, 20, 32},
       256'000,
       270'000,
       640,
       384,
       24'000},
      {"AVERAGE_POOL_2D",
       "model/pool",
       "arm_avgpool_s8",
       KernelKind::kOptimised,
       {1, 1, 1, 32},
       0,
       40'000,
       0,
       128,
       16'032},
      {"FULLY_CONNECTED",
       "model/dense",
       "arm_fully_connected_s8",
       KernelKind::kOptimised,
       {1, 12},
       384,
       2'400,
       432,
       160,
       44},
      {"SOFTMAX", "Identity", "softmax_s8", KernelKind::kFloat, {1, 12}, 0, 9'600, 0, 224, 24},
  };
  return kFacts;
}

LayerRow layer(unsigned index, std::uint64_t extra, std::uint64_t start) {
  const LayerFacts& facts = layer_facts()[index];
  LayerRow row;
  row.index = index;
  row.op = facts.op;
  row.name = facts.name;
  row.kernel = facts.kernel;
  row.kernel_kind = facts.kind;
  row.output_shape = facts.shape;
  row.cycles = facts.cycles + extra;
  if (facts.macs > 0) {
    row.macs = facts.macs;
    row.roof_percent =
        100.0 * static_cast<double>(facts.macs) / static_cast<double>(row.cycles) / 2;
  }
  row.weight_bytes = facts.weights;
  if (index == 1) row.notes = {"depth multiplier 1, but a stride of 3 takes the reference kernel"};
  row.stalls = split(row.cycles, index == 1 ? 190 : 70, index == 2 ? 110 : 25);
  row.instructions = row.cycles * 7 / 10;
  row.stack_peak_bytes = facts.stack;
  row.arena_live_bytes = facts.arena;
  row.heap_peak_bytes = index == 5 ? 96 : 64;
  row.traffic = {{"flash", row.cycles / 9, 0, row.cycles / 3, 0, facts.weights + 300u},
                 {"sram", row.cycles / 5, row.cycles / 12, row.cycles / 2, row.cycles / 8, 9000}};
  row.caches = {{"flash instruction cache", row.cycles / 4, row.cycles / 400}};
  row.energy_uj = within(microjoules(row.cycles), 0.12);
  row.start_ns = ns(start);
  row.end_ns = ns(start + row.cycles);
  return row;
}

InferenceRow inference(unsigned index) {
  InferenceRow row;
  row.index = index;
  row.model = "kws";
  row.function = "tflite::MicroInterpreter::Invoke()";
  row.rules = "tflite_micro";
  row.warm_up = index == 0;
  row.model_address = 0x20000;
  row.start_cycle = kStart + index * kApart;
  row.start_ns = ns(row.start_cycle);
  std::uint64_t at = row.start_cycle + 500;
  for (unsigned i = 0; i < layer_facts().size(); ++i) {
    // The first run fills the flash cache, later ones differ a little.
    row.layers.push_back(layer(i, index == 0 ? 4'000 : index * 10, at));
    const LayerRow& added = row.layers.back();
    at += added.cycles;
    row.stalls += added.stalls;
    row.instructions += added.instructions;
    row.cycles += added.cycles;
    row.stack_peak_bytes = std::max(row.stack_peak_bytes, added.stack_peak_bytes);
  }
  row.own_cycles = 1'000;
  row.stalls[StallCause::kIssue] += row.own_cycles;
  row.cycles += row.own_cycles;
  row.instructions += 700;
  row.interrupt_cycles = 300;
  row.elapsed_cycles = row.cycles + row.interrupt_cycles;
  row.end_ns = ns(row.start_cycle + row.elapsed_cycles);
  row.energy_uj = within(microjoules(row.cycles), 0.12);
  return row;
}

void add_group(ProfileReport& report) {
  InferenceGroup group;
  group.model = "kws";
  group.function = report.inferences[0].function;
  group.warm_up = 1;
  group.steady = kInferences - 1;
  for (const InferenceRow& row : report.inferences) group.inferences.push_back(row.index);
  // Inferences 1 to 4 took 10, 20, 30 and 40 cycles more for each of the six layers.
  const auto spread = [](double first, double step) {
    return Statistics{first + 1.5 * step, first, first + 3 * step, step * 1.118033988749895};
  };
  const double first = static_cast<double>(report.inferences[1].cycles);
  group.cycles = spread(first, 60);
  group.milliseconds = spread((first + 300) / 64e3, 60 / 64e3);
  group.energy_uj = spread(microjoules(report.inferences[1].cycles), 60.0 / 64e6 * 9.9e3);
  for (const LayerRow& row : report.inferences[1].layers) {
    group.layer_cycles.push_back(spread(static_cast<double>(row.cycles), 10));
  }
  report.groups = {group};
}

void add_functions(ProfileReport& report) {
  const auto add = [&report](const char* name, Address address, const char* file, int line,
                             std::uint64_t calls, std::uint64_t own, std::uint64_t inclusive) {
    report.functions.push_back({.name = name,
                                .address = address,
                                .file = file,
                                .line = line,
                                .calls = calls,
                                .cycles = own,
                                .inclusive_cycles = inclusive,
                                .stalls = split(own, 90, 30),
                                .instructions = own * 7 / 10});
  };
  std::uint64_t kernels = 0;
  for (const InferenceRow& row : report.inferences) kernels += row.cycles - row.own_cycles;
  const std::uint64_t depthwise = 5 * 610'000, conv = 5 * 420'000;
  const std::uint64_t rest = kernels - depthwise - conv;
  add("main", 0x1000, "src/main.cpp", 40, 1, 20'000, kernels + 25'000 + 320'000);
  add("tflite::MicroInterpreter::Invoke()", 0x2000, "micro_interpreter.cc", 280, 5, 5'000,
      kernels + 5'000);
  add("tflite::ops::micro::EvalDepthwise(TfLiteContext*, TfLiteNode*)", 0x3000, "depthwise_conv.cc",
      61, 5, 0, depthwise);
  add("depthwise_conv_reference", 0x3200, "depthwise_conv.h", 118, 5, depthwise, depthwise);
  add("arm_convolve_s8", 0x4000, "arm_convolve_s8.c", 52, 5, conv, conv);
  add("arm_convolve_1x1_s8_fast", 0x4800, "arm_convolve_1x1_s8_fast.c", 47, 5, rest, rest);
  add("mel_features", 0x5000, "frontend/mel.c", 77, 5, 320'000, 320'000);
  add("PDM_IRQHandler", 0x6000, "drivers/pdm.c", 130, 100, 30'000, 30'000);
  const auto node = [&report](std::int32_t parent, std::uint32_t function, std::int32_t layer,
                              std::uint64_t cycles, unsigned exception = 0) {
    report.call_tree.push_back({.parent = parent,
                                .function = function,
                                .call_site = 0x1000,
                                .exception = exception,
                                .layer = layer,
                                .calls = 5,
                                .cycles = cycles,
                                .instructions = cycles * 7 / 10});
  };
  node(-1, 0, -1, 20'000);
  node(0, 1, -1, 5'000);
  node(1, 4, 0, conv);
  node(1, 2, 1, 0);
  node(3, 3, -1, depthwise);
  node(1, 5, 2, rest);
  node(0, 6, -1, 320'000);
  node(-1, 7, -1, 30'000, 45);
  const auto line = [&report](const char* file, int number, const char* function,
                              std::uint64_t count, std::uint64_t cycles) {
    report.lines.push_back({.file = file,
                            .line = number,
                            .function = function,
                            .count = count,
                            .cycles = cycles,
                            .stalls = split(cycles, 120, 30)});
  };
  line("depthwise_conv.h", 131, "depthwise_conv_reference", 1'200'000, 1'900'000);
  line("arm_convolve_s8.c", 160, "arm_nn_mat_mult_kernel_s8_s16", 900'000, 1'100'000);
  line("frontend/mel.c", 91, "mel_features", 150'000, 210'000);
}

void add_memory(MemoryReport& memory) {
  memory.flash_bytes = 96'500;
  memory.flash_total_bytes = 1 << 20;
  memory.static_ram_bytes = 61'440;
  memory.stack_peak_bytes = 2'048;
  memory.arena_bytes = 40'960;
  memory.arena_symbol = "tensor_arena";
  memory.ram_total_bytes = 256 * 1024;
  memory.ram_peak_bytes = 61'440 + 2'048 + 4'096;
  memory.ram_peak_ns = ns(kStart + 420'000);
  StackRow stack;
  stack.name = "main";
  stack.top = 0x20040000;
  stack.size_bytes = 16'384;
  stack.size_source = "__StackLimit";
  stack.peak_bytes = 2'048;
  stack.peak_ns = memory.ram_peak_ns;
  stack.path = {"main", "tflite::MicroInterpreter::Invoke()", "arm_convolve_s8", "<IRQ 29>",
                "PDM_IRQHandler"};
  memory.stacks.push_back(stack);
  stack.name = "idle";
  stack.top = 0x20030000;
  stack.size_bytes = 512;
  stack.size_source = "rtx5";
  stack.peak_bytes = 600;
  stack.peak_ns = ns(kStart);
  stack.path = {"osRtxIdleThread"};
  stack.overflow = true;
  memory.stacks.push_back(stack);
  HeapReport& heap = memory.heap;
  heap.allocator = "malloc";
  heap.allocations = 12;
  heap.frees = 9;
  heap.failures = 1;
  heap.live_bytes = 1'024;
  heap.peak_bytes = 4'096;
  heap.peak_ns = ns(kStart + 1'000);
  heap.reserved_bytes = 8'192;
  heap.room_bytes = 65'536;
  heap.sites = {{"load_model", "src/model.cpp", 31, 4, 6'000, 3'000, 1'000},
                {"std::vector<int>::_M_realloc_insert", "stl_vector.h", 440, 8, 2'100, 1'096, 24}};
  ArenaReport& arena = memory.arena;
  arena.symbol = "tensor_arena";
  arena.address = 0x20008000;
  arena.bytes = 40'960;
  arena.used_bytes = 30'200;
  arena.used_source = "what was written";
  arena.suggested_bytes = 30'720;
  arena.tensor_peak_bytes = 24'000;
  arena.peak_layer = 2;
  arena.tensors = {{"input", 4'000, 0, 0, 0},
                   {"model/conv1/Relu", 16'000, 8'000, 0, 1},
                   {"model/depthwise1/Relu", 8'000, 0, 1, 2},
                   {"model/pointwise1/Relu", 16'000, 8'000, 2, 3},
                   {"model/pool", 32, 0, 3, 4},
                   {"model/dense", 12, 64, 4, 5},
                   {"Identity", 12, 96, 5, 5}};
  memory.sections = {{".isr_vector", "section", 0, 256, 0},
                     {".text", "section", 0x100, 71'244, 0},
                     {".rodata", "section", 0x12000, 24'000, 0},
                     {".data", "section", 0x20000000, 1'000, 1'000}};
  memory.symbols = {{"kws_model", "model weights", 0x12000, 21'000, 0},
                    {"arm_convolve_s8", "function", 0x4000, 2'400, 0},
                    {"depthwise_conv_reference", "function", 0x3200, 1'900, 0},
                    {"mel_table", "object", 0x17000, 2'048, 0},
                    {"main", "function", 0x1000, 640, 0}};
  memory.traffic = {{"flash", 900'000, 0, 2'700'000, 0, 30'000},
                    {"sram", 2'100'000, 700'000, 5'200'000, 1'900'000, 52'000},
                    {"peripherals", 4'000, 9'000, 16'000, 36'000, 96}};
  memory.caches = {{"flash instruction cache", 4'900'000, 21'000}};
  memory.findings = {"stack of thread idle overflowed by 88 bytes"};
}

void add_energy(ProfileReport& report) {
  EnergyReport& energy = report.energy;
  energy.supply_volts = 3.0;
  const auto part = [&energy](const char* unit, const char* state, const char* condition,
                              double seconds, Estimate uj, const char* source) {
    energy.parts.push_back({.unit = unit,
                            .state = state,
                            .condition = condition,
                            .seconds = seconds,
                            .uj = uj,
                            .source = source});
  };
  part("cpu", "run", "regulator=dcdc, cache=on", 0.14, within(1'386, 0.12),
       "nRF52840 PS v1.8, table 29");
  part("cpu", "sleep", "", 0.11, within(0.5, 0.3), "nRF52840 PS v1.8, table 28");
  part("pdm", "on", "", 0.2, within(420, 0.1), "nRF52840 PS v1.8, 6.15.7");
  part("mic", "active", "", 0.2, within(360, 0.25), "estimate");
  Estimate total;
  for (const EnergyPart& row : energy.parts) {
    total = {total.value + row.uj.value, total.low + row.uj.low, total.high + row.uj.high};
  }
  energy.total_uj = total;
  energy.per_inference_uj = report.inferences.back().energy_uj;
  energy.average_mw = within(total.value / 1e3 / report.simulated_seconds, 0.14);
  BatteryReport battery;
  battery.battery = "cr2032";
  battery.capacity_mah = 225;
  battery.capacity_source = "IEC 60086-2, 15 kOhm";
  battery.period_seconds = 1;
  battery.active_seconds = 0.021;
  battery.active_uj = within(210, 0.12);
  battery.sleep_uj = within(6, 0.3);
  battery.sleep_percent = 2.8;
  battery.life_hours = {3'125, 2'780, 3'560};
  energy.battery = battery;
}

void add_timeline(ProfileReport& report) {
  Timeline& timeline = report.timeline;
  timeline.tracks = {{"inferences"}, {"layers"}, {"interrupts"}};
  timeline.counters = {
      {"power", "mW", {{0, 9.9}}}, {"stack", "bytes", {{0, 64}}}, {"heap", "bytes", {{0, 0}}}};
  auto& power = timeline.counters[0].points;
  auto& stack = timeline.counters[1].points;
  timeline.counters[2].points.push_back({ns(kStart), 4'096});
  for (const InferenceRow& row : report.inferences) {
    timeline.spans.push_back(
        {0, "inference " + std::to_string(row.index), row.start_ns, row.end_ns});
    power.push_back({row.start_ns, 14.2});
    power.push_back({row.end_ns, 0.01});
    for (const LayerRow& layer : row.layers) {
      timeline.spans.push_back(
          {1, std::to_string(layer.index) + " " + layer.op, layer.start_ns, layer.end_ns});
      stack.push_back({layer.start_ns, 1'536.0 + layer.stack_peak_bytes});
    }
    timeline.spans.push_back({2, "PDM_IRQHandler", row.start_ns + 100'000, row.start_ns + 104'000});
    stack.push_back({row.end_ns, 320});
  }
  timeline.signals = {{"P0.13", true, {{0, "0"}, {ns(kStart), "1"}, {ns(2 * kStart), "0"}}},
                      {"cpu", false, {{0, "run"}, {ns(14 * kStart), "sleep"}}}};
}

}  // namespace

ProfileReport full_report() {
  ProfileReport report;
  report.firmware = {"keyword-spotting.elf", "elf", std::string(64, 'a')};
  report.board = "nano33ble-sense";
  report.soc = "nrf52840";
  report.clock_hz = kHz;
  for (unsigned i = 0; i < kInferences; ++i) report.inferences.push_back(inference(i));
  report.total_cycles = 16'000'000;
  report.sleep_cycles = 7'000'000;
  report.simulated_seconds = 0.25;
  report.instructions = 6'000'000;
  report.stop_reason = "until inferences:5";
  report.roof = {2, "one SMLAD each issue cycle, two int16 products each"};
  report.interrupts = {{45, "PDM_IRQHandler", 100, 30'000, {}, 20'000, within(4.6, 0.12)}};
  StallCycles handler;
  handler[StallCause::kIssue] = 18'000;
  handler[StallCause::kInterrupt] = 12'000;
  report.interrupts[0].stalls = handler;
  report.interrupt_cycles = 30'000;
  std::uint64_t layers = 0;
  std::uint64_t inferences = 0;
  for (const InferenceRow& row : report.inferences) {
    layers += row.cycles - row.own_cycles;
    inferences += row.cycles;
    report.stalls += row.stalls;
  }
  report.unattributed_cycles = report.total_cycles - layers - report.interrupt_cycles;
  report.unattributed_stalls[StallCause::kSleep] = report.sleep_cycles;
  report.unattributed_stalls[StallCause::kIssue] = report.unattributed_cycles - report.sleep_cycles;
  report.stalls += handler;
  report.stalls[StallCause::kSleep] = report.sleep_cycles;
  report.stalls[StallCause::kIssue] += report.total_cycles - report.stalls.total();
  const auto phase = [&report](const char* name, std::uint64_t count, std::uint64_t cycles) {
    PhaseRow row;
    row.name = name;
    row.count = count;
    row.cycles = cycles;
    row.stalls[name == std::string("sleep") ? StallCause::kSleep : StallCause::kIssue] = cycles;
    row.energy_uj = within(microjoules(cycles), 0.12);
    report.phases.push_back(std::move(row));
  };
  phase("inference", kInferences, inferences);
  phase("feature extraction", kInferences, 320'000);
  phase("sleep", 6, report.sleep_cycles);
  phase("interrupts", 100, report.interrupt_cycles);
  phase("other", 1,
        report.total_cycles - inferences - 320'000 - report.sleep_cycles - report.interrupt_cycles);
  add_group(report);
  add_functions(report);
  add_memory(report.memory);
  add_energy(report);
  add_timeline(report);
  report.threads.rtos = "rtx5";
  report.threads.handler_cycles = 30'000;
  report.threads.threads = {{.name = "main",
                             .cycles = 9'000'000,
                             .starts = 7,
                             .stack_bytes = 16'384,
                             .stack_peak_bytes = 2'048},
                            {.name = "idle",
                             .idle = true,
                             .cycles = 6'970'000,
                             .sleep_cycles = 6'900'000,
                             .starts = 6,
                             .stack_bytes = 512,
                             .stack_peak_bytes = 600}};
  report.lint = {{.rule = "cache-off",
                  .text = "The flash instruction cache is off.",
                  .fix = "Set NVMC ICACHECNF.CACHEEN at boot."}};
  report.advice = {{.title = "Switch the flash cache on",
                    .text = "Set ICACHECNF.CACHEEN before the first inference.",
                    .cycles_saved = 210'000,
                    .milliseconds_saved = 3.28,
                    .uj_saved = 32.5,
                    .how = "re-simulated with the cache on"},
                   {.title = "Make the arena smaller",
                    .text = "30,720 bytes are enough.",
                    .ram_bytes_saved = 10'240,
                    .how = "estimated from what was written"}};
  report.assumptions = {
      {"nrf52840.flash.wait_states", "two wait states without the cache", "estimate"},
      {"nrf52840.cpu.current", "3.3 mA at 3 V", "nRF52840 PS v1.8, table 29"}};
  report.unmodelled = {{.block = "nfct",
                        .what = "SENSERES",
                        .address = 0x40005000,
                        .write = true,
                        .first_value = 7,
                        .count = 2,
                        .last_value = 5,
                        .stub = true,
                        .fields = "SENSE, RES",
                        .pc = 0x1234,
                        .function = "nfct_init",
                        .file = "nfct.c",
                        .line = 12}};
  report.host = {1.5, 4.0, 0.17, "0.1.0"};
  return report;
}

ProfileReport report_with_spans(std::size_t spans) {
  ProfileReport report = full_report();
  Timeline& timeline = report.timeline;
  timeline.tracks.push_back({"functions"});
  auto& power = timeline.counters[0].points;
  power.clear();
  const std::uint64_t end = ns(report.total_cycles);
  for (std::size_t i = 0; i < spans; ++i) {
    // Two out of three are inside of the third.
    const std::size_t outer = i - i % 3;
    const std::uint64_t length = 3 * end / spans;
    const std::uint64_t begin = outer / 3 * length + (i % 3) * length / 3;
    timeline.spans.push_back({3, "function " + std::to_string(i % 40), begin,
                              begin + (i % 3 == 0 ? length : length / 4)});
    power.push_back({i * end / spans, 8.0 + static_cast<double>(i * 7919 % 100) / 25});
  }
  return report;
}

}  // namespace tinyscope::test
