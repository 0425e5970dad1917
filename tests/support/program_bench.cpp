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
  .weak \name
  .thumb_set \name, unhandled
  .word \name
  .endm
  .macro exit
  movs r0, #0x18
  ldr r1, =0x20026
  bkpt 0xab
  .endm
  .macro pool
  .ltorg
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

ProgramBench::ProgramBench(std::string_view source, CoreConfig config) : image(assemble(source)) {
  bus.add_memory("flash", MemoryKind::kFlash, 0, 1u << 20, 0xFF);
  bus.add_memory("ram", MemoryKind::kRam, 0x20000000, 256u << 10);
  auto memory = std::make_unique<FlatMemoryTiming>(
      std::vector<MemoryBlock>{{0, 1u << 20}, {0x20000000, 256u << 10}});
  core = std::make_unique<CortexM>(config, make_unicorn_engine(), make_timing_model("cortex-m4"),
                                   std::move(memory), bus, scheduler, notes, power);
  core->attach_memories();
  for (const auto& segment : image.segments) bus.copy_in(segment.address, segment.bytes);
}

StopReason ProgramBench::run(std::uint64_t cycle_limit) {
  core->set_cycle_limit({cycle_limit});
  core->reset();
  return core->run();
}

Address ProgramBench::address_of(std::string_view symbol) const {
  const Symbol* const found = image.symbols.find(symbol);
  if (found == nullptr) throw std::runtime_error(fmt::format("no symbol {}", symbol));
  return found->address;
}

}  // namespace tinyscope::test
