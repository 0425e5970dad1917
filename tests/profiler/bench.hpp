// A profiler with a made-up firmware and chip, for tests.
#pragma once

#include <memory>
#include <vector>

#include "profiler/profiler.hpp"
#include "tests/profiler/script.hpp"

namespace tinyscope::test {

inline constexpr Address kMain = 0x100;
inline constexpr Address kInvoke = 0x200;
inline constexpr Address kConv = 0x300;
inline constexpr Address kSoftmax = 0x400;
inline constexpr Address kKernel = 0x500;
inline constexpr Address kHelper = 0x600;
inline constexpr Address kIrq = 0x700;
inline constexpr Address kReset = 0x800;
inline constexpr Address kFloatHelper = 0x900;

inline std::vector<Symbol> sample_symbols() {
  return {function("main", kMain),
          function("rt::invoke()", kInvoke),
          function("rt::eval_conv(Node const&)", kConv),
          function("rt::eval_softmax(Node const&)", kSoftmax),
          function("rt_conv_s8", kKernel),
          function("rt::reset_arena()", kHelper),
          function("TIMER0_IRQHandler", kIrq),
          function("Reset_Handler", kReset),
          function("__aeabi_fmul", kFloatHelper),
          object("tensor_arena", 0x20000000, 0x1000),
          object("small_arena", 0x20001000, 0x100)};
}

inline LayerRules sample_rules() {
  LayerRules rules;
  rules.name = "rt";
  rules.invoke = {"rt::invoke()"};
  rules.operators = {"rt::eval_*"};
  rules.kernels = {"rt_*"};
  rules.arena = {"*arena*"};
  rules.ops = {{"rt::eval_conv*", "CONV_2D"}, {"rt::eval_softmax*", "SOFTMAX"}};
  return rules;
}

inline SocDescription sample_soc() {
  SocDescription soc;
  soc.name = "chip";
  soc.cpu_hz = 1'000'000;
  soc.memories.push_back({"flash", MemoryKind::kFlash, 0, 0x10000, 0xFF, "", 0});
  soc.memories.push_back({"ram", MemoryKind::kRam, 0x20000000, 0x20000, 0, "", 0});
  soc.memories.push_back({"ram_alias", MemoryKind::kRam, 0x10000000, 0x20000, 0, "ram", 0});
  return soc;
}

class ProfilerBench {
 public:
  explicit ProfilerBench(std::vector<LayerRules> rules = {sample_rules()},
                         std::vector<Symbol> symbols = sample_symbols(),
                         SocDescription chip = sample_soc(), std::vector<std::uint8_t> flash = {})
      : soc(std::move(chip)) {
    image.path = "/somewhere/firmware.elf";
    image.format = "elf";
    image.symbols = SymbolTable(std::move(symbols));
    if (!flash.empty()) image.segments.push_back({0x4000, std::move(flash)});
    profiler = std::make_unique<Profiler>(image, std::move(rules), soc);
    script = std::make_unique<Script>(profiler->listener(), kMain);
  }

  ProfileReport report() {
    RunSummary run;
    run.board = "board";
    run.clock_hz = soc.cpu_hz;
    run.total_cycles = script->now();
    run.end = {script->now() * (1'000'000'000'000u / soc.cpu_hz)};
    run.stop_reason = "the script ended";
    return profiler->report(run, notes);
  }

  // One inference of a convolution (with its kernel) and a softmax, called from main.
  void inference(std::uint64_t conv_cycles = 1000, std::uint64_t softmax_cycles = 100) {
    script->call(kInvoke);
    script->push(32);
    script->call(kConv);
    script->push(16);
    script->call(kKernel);
    script->work(conv_cycles);
    script->ret();
    script->ret();
    script->call(kSoftmax);
    script->work(softmax_cycles);
    script->ret();
    script->ret();
  }

  FirmwareImage image;
  SocDescription soc;
  RunNotes notes;
  std::unique_ptr<Profiler> profiler;
  std::unique_ptr<Script> script;
};

}  // namespace tinyscope::test
