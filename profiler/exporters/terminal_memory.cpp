// Flash, RAM, stacks and arena.
#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"

namespace tinyscope {

void write_memory(TerminalPage& page) {
  const MemoryReport& memory = page.report.memory;
  page.heading("Memory");
  page.print("  flash          {} of {} bytes\n", grouped(memory.flash_bytes),
             grouped(memory.flash_total_bytes));
  page.print("  static RAM     {} of {} bytes\n", grouped(memory.static_ram_bytes),
             grouped(memory.ram_total_bytes));
  page.print("  main stack     {} bytes at its deepest\n", grouped(memory.stack_peak_bytes));
  if (memory.arena_bytes != 0) {
    page.print("  arena          {} bytes ({})\n", grouped(memory.arena_bytes),
               printable(memory.arena_symbol).substr(0, 80));
  }
}

}  // namespace tinyscope
