#include "profiler/memory_report.hpp"

#include "profiler/glob.hpp"

namespace tinyscope {

namespace {

bool lies_in(const SocDescription& soc, MemoryKind kind, Address address) {
  for (const MemoryDescription& memory : soc.memories) {
    const MemoryDescription* cells = &memory;
    for (const MemoryDescription& other : soc.memories) {
      if (!memory.alias_of.empty() && other.name == memory.alias_of) cells = &other;
    }
    if (cells->kind == kind && address - memory.base < memory.size) return true;
  }
  return false;
}

}  // namespace

MemoryReport static_memory(const FirmwareImage& image, const SocDescription& soc,
                           const std::vector<std::string>& arena_patterns) {
  MemoryReport report;
  for (const MemoryDescription& memory : soc.memories) {
    if (!memory.alias_of.empty()) continue;
    if (memory.kind == MemoryKind::kFlash) report.flash_total_bytes += memory.size;
    if (memory.kind == MemoryKind::kRam) report.ram_total_bytes += memory.size;
  }
  for (const ImageSegment& segment : image.segments) {
    if (lies_in(soc, MemoryKind::kFlash, segment.address)) {
      report.flash_bytes += static_cast<std::uint32_t>(segment.bytes.size());
    }
  }
  // Room that the linker script reserves for stack and heap is no static data.
  const std::vector<std::string> reserved = {"*stack*", "*STACK*", "*heap*", "*HEAP*"};
  for (const SectionInfo& section : image.sections) {
    if (!section.writable || glob_match_any(reserved, section.name)) continue;
    if (lies_in(soc, MemoryKind::kRam, section.address)) report.static_ram_bytes += section.size;
  }
  for (const Symbol& symbol : image.symbols.all()) {
    if (symbol.kind != SymbolKind::kObject || symbol.size <= report.arena_bytes) continue;
    if (!glob_match_any(arena_patterns, symbol.demangled)) continue;
    report.arena_bytes = symbol.size;
    report.arena_symbol = symbol.demangled;
  }
  return report;
}

}  // namespace tinyscope
