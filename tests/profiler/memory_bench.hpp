// A profiler that follows memory, on a scripted program with registers that the test sets.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "tests/profiler/bench.hpp"

namespace tinyscope::test {

inline constexpr Address kMalloc = 0xA00;
inline constexpr Address kMallocR = 0xB00;
inline constexpr Address kFree = 0xC00;
inline constexpr Address kRealloc = 0xD00;
inline constexpr Address kSbrk = 0xE00;
inline constexpr Address kOperatorNew = 0xF00;

inline std::vector<Symbol> memory_symbols() {
  std::vector<Symbol> symbols = sample_symbols();
  for (const Symbol& symbol :
       {function("malloc", kMalloc), function("_malloc_r", kMallocR), function("free", kFree),
        function("realloc", kRealloc), function("_sbrk", kSbrk),
        function("operator new(unsigned int)", kOperatorNew),
        object("worker_stack", 0x20002000, 512),
        Symbol{"__StackLimit", "__StackLimit", 0x2000F000, 0, SymbolKind::kOther}}) {
    symbols.push_back(symbol);
  }
  return symbols;
}

// Tells several listeners, in their order.
class Fanout final : public SimListener {
 public:
  void add(SimListener& listener) { listeners_.push_back(&listener); }
  void on_block_retired(const BlockRetired& block) override {
    for (SimListener* listener : listeners_) listener->on_block_retired(block);
  }
  void on_exception(const ExceptionEvent& event) override {
    for (SimListener* listener : listeners_) listener->on_exception(event);
  }
  void on_sleep(const SleepEvent& event) override {
    for (SimListener* listener : listeners_) listener->on_sleep(event);
  }
  void on_reset(Cycles cycle, Address pc, Address sp) override {
    for (SimListener* listener : listeners_) listener->on_reset(cycle, pc, sp);
  }

 private:
  std::vector<SimListener*> listeners_;
};

class MemoryBench {
 public:
  explicit MemoryBench(const MemoryOptions& options = {}) : soc(sample_soc()) {
    image.path = "/somewhere/firmware.elf";
    image.format = "elf";
    image.symbols = SymbolTable(memory_symbols());
    profiler = std::make_unique<Profiler>(image, std::vector<LayerRules>{sample_rules()}, soc);
    MemorySources sources;
    sources.read_register = [this](unsigned number) {
      return number == 13 ? script->sp() : registers[number];
    };
    sources.process_stack = [this] { return process_stack; };
    sources.read_memory = [this](Address address, std::span<std::uint8_t> bytes) {
      if (address < 0x20000000 || address - 0x20000000 + bytes.size() > ram.size()) return false;
      std::copy_n(ram.begin() + (address - 0x20000000), bytes.size(), bytes.begin());
      return true;
    };
    sources.caches.names = {"flash instruction cache"};
    sources.caches.read = [this](std::vector<CacheSource::Counts>& counts) { counts[0] = cache; };
    profiler->follow_memory(std::move(sources), options);
    for (SimListener* listener : profiler->memory()->listeners_before()) all.add(*listener);
    all.add(profiler->listener());
    all.add(profiler->memory()->listener_after());
    script = std::make_unique<Script>(all, kMain);
  }

  void access(Address address, bool write, std::uint8_t bytes = 4, std::uint8_t count = 1,
              Address pc = kKernel) {
    const std::array<DataAccess, 1> seen = {DataAccess{address, pc, bytes, count, write}};
    for (AccessListener* listener : profiler->memory()->access_listeners()) {
      listener->on_accesses(seen);
    }
  }

  // Calls an allocator's function with one or two arguments and returns from it with `result`.
  void call_allocator(Address function, std::uint32_t r0, std::uint32_t r1, std::uint32_t result) {
    registers[0] = r0;
    registers[1] = r1;
    script->call(function);
    script->work();
    registers[0] = result;
    script->ret();
  }

  ProfileReport report() {
    RunSummary run;
    run.clock_hz = soc.cpu_hz;
    run.total_cycles = script->now();
    run.end = {script->now() * (1'000'000'000'000u / soc.cpu_hz)};
    return profiler->report(run, notes);
  }

  FirmwareImage image;
  SocDescription soc;
  RunNotes notes;
  std::array<std::uint32_t, 16> registers{};
  std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(0x20000);
  CacheSource::Counts cache;
  bool process_stack = false;
  std::unique_ptr<Profiler> profiler;
  Fanout all;
  std::unique_ptr<Script> script;
};

}  // namespace tinyscope::test
