#include "tests/support/program_bench.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "cores/engine/unicorn_engine.hpp"
#include "cores/memory/flat_memory_timing.hpp"

namespace tinyscope::test {
namespace {

constexpr std::string_view kPrelude = R"(
  .syntax unified
  .cpu cortex-m4
  .fpu fpv4-sp-d16
  .thumb
  .macro handler name
  .type \name, %function
  .word \name
  .endm
  .macro exit
  movs r0, #0x18
  ldr r1, =0x20026
  bkpt 0xab
  .endm
  .macro poke address, value
  ldr r0, =\address
  ldr r1, =\value
  str r1, [r0]
  .endm
  .macro log value
  ldr r0, =0x20001000
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
  ldr r2, =\value
  str r2, [r0, r1, lsl #2]
  .endm
  .macro fpu_on
  poke 0xE000ED88, 0x00F00000
  dsb
  isb
  .endm
  .section .vectors, "ax"
  .word 0x20010000
  .word reset
  handler nmi
  handler hardfault
  handler memmanage
  handler busfault
  handler usagefault
  .word 0, 0, 0, 0
  handler svcall
  handler debugmon
  .word 0
  handler pendsv
  handler systick
  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  handler irq\n
  .endr
  .text
  .global unhandled
  .thumb_func
unhandled:
  b .
  .global reset
  .type reset, %function
)";

constexpr std::string_view kLinkerScript = R"(
SECTIONS {
  .text 0 : { KEEP(*(.vectors)) *(.text*) *(.rodata*) }
  .bss 0x20000000 (NOLOAD) : { *(.bss*) }
}
ENTRY(reset)
PROVIDE(nmi = unhandled); PROVIDE(hardfault = unhandled); PROVIDE(memmanage = unhandled);
PROVIDE(busfault = unhandled); PROVIDE(usagefault = unhandled); PROVIDE(svcall = unhandled);
PROVIDE(debugmon = unhandled); PROVIDE(pendsv = unhandled); PROVIDE(systick = unhandled);
PROVIDE(irq0 = unhandled); PROVIDE(irq1 = unhandled); PROVIDE(irq2 = unhandled);
PROVIDE(irq3 = unhandled); PROVIDE(irq4 = unhandled); PROVIDE(irq5 = unhandled);
PROVIDE(irq6 = unhandled); PROVIDE(irq7 = unhandled); PROVIDE(irq8 = unhandled);
PROVIDE(irq9 = unhandled); PROVIDE(irq10 = unhandled); PROVIDE(irq11 = unhandled);
PROVIDE(irq12 = unhandled); PROVIDE(irq13 = unhandled); PROVIDE(irq14 = unhandled);
PROVIDE(irq15 = unhandled);
)";

std::string run_command(const std::string& command) {
  std::string output;
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  char buffer[512];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) output += buffer;
  if (pclose(pipe) != 0) throw std::runtime_error(command + "\n" + output);
  return output;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path) << text;
}

}  // namespace

FirmwareImage assemble(std::string_view source) {
  static int serial = 0;
  const auto folder = std::filesystem::temp_directory_path() /
                      fmt::format("tinyscope-test-{}-{}", getpid(), serial++);
  std::filesystem::create_directories(folder);
  write_file(folder / "program.s", fmt::format("{}{}\n", kPrelude, source));
  write_file(folder / "program.ld", kLinkerScript);
  const auto path = [&](const char* name) { return (folder / name).string(); };
  run_command(fmt::format("arm-none-eabi-as -o {} {}", path("program.o"), path("program.s")));
  run_command(fmt::format("arm-none-eabi-ld -T {} -o {} {}", path("program.ld"),
                          path("program.elf"), path("program.o")));
  FirmwareImage image = load_firmware(folder / "program.elf");
  std::filesystem::remove_all(folder);
  return image;
}

ProgramBench::ProgramBench(std::string_view source, CoreConfig config)
    : ProgramBench(assemble(source), config) {}

ProgramBench::ProgramBench(FirmwareImage program, CoreConfig config)
    : ProgramBench(std::move(program), config,
                   std::make_unique<FlatMemoryTiming>(
                       std::vector<MemoryBlock>{{0, 1u << 20}, {0x20000000, 256u << 10}}),
                   std::getenv("TINYSCOPE_TEST_FAST_PATH") != nullptr) {}

ProgramBench::ProgramBench(FirmwareImage program, CoreConfig config,
                           std::unique_ptr<MemoryTiming> memory_timing, bool fast)
    : image(std::move(program)), memory(memory_timing.get()) {
  bus.add_memory("flash", MemoryKind::kFlash, 0, 1u << 20, 0xFF);
  bus.add_memory("ram", MemoryKind::kRam, 0x20000000, 256u << 10);
  auto timing = make_timing_model(timing_model_of(config.family), *memory);
  core = std::make_unique<CortexM>(
      config, make_unicorn_engine(EngineDetail::kInstructions, config.family),
      std::move(memory_timing), std::move(timing), bus, scheduler, notes, power);
  if (fast) core->enable_fast_path(make_unicorn_engine(EngineDetail::kBlocks, config.family));
  core->attach_memories();
  core->add_listener(recorder);
  core->semihosting().set_console([this](std::string_view text) { console += text; });
  bus.on_bulk_write(
      [this](Address address, std::uint32_t size) { core->code_changed(address, size); });
  for (const auto& segment : image.segments) bus.copy_in(segment.address, segment.bytes);
}

StopReason ProgramBench::run(std::uint64_t cycle_limit) {
  core->set_cycle_limit({cycle_limit});
  core->reset();
  return core->run();
}

std::vector<std::uint32_t> ProgramBench::log() {
  constexpr Address kLog = 0x20001000;
  std::vector<std::uint32_t> words;
  for (std::uint32_t i = 1; i <= word(kLog); ++i) words.push_back(word(kLog + 4 * i));
  return words;
}

void ProgramBench::at_cycle(std::uint64_t cycle, std::function<void()> action) {
  events_.push_back(std::make_unique<Event>(scheduler, std::move(action)));
  events_.back()->at(ClockDomain(core->clock_hz()).time_of(cycle));
}

void ProgramBench::pulse(unsigned interrupt) {
  core->set_interrupt_line(interrupt, true);
  core->set_interrupt_line(interrupt, false);
}

Address ProgramBench::address_of(std::string_view symbol) const {
  const Symbol* const found = image.symbols.find(symbol);
  if (found == nullptr) throw std::runtime_error(fmt::format("no symbol {}", symbol));
  return found->address;
}

}  // namespace tinyscope::test
