#include "profiler/memory_report.hpp"

#include <algorithm>

#include "sim/glob.hpp"

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

// Room that the linker script reserves for stack and heap is no static data.
bool is_reserved(const SectionInfo& section) {
  return glob_match_any({"*stack*", "*STACK*", "*heap*", "*HEAP*"}, section.name);
}

bool contains(const SectionInfo& section, Address address) {
  return address - section.address < section.size;
}

// Does `size` at `address` take RAM, and do its bytes, or those that it starts with, take flash?
ImagePart part_at(const FirmwareImage& image, const SocDescription& soc, Address address,
                  std::uint32_t size) {
  ImagePart part;
  part.address = address;
  if (lies_in(soc, MemoryKind::kRam, address)) part.ram_bytes = size;
  if (lies_in(soc, MemoryKind::kFlash, address)) part.flash_bytes = size;
  if (part.ram_bytes == 0) return part;
  for (const SectionInfo& section : image.sections) {
    if (!contains(section, address) || !section.occupies_image) continue;
    if (lies_in(soc, MemoryKind::kFlash, section.load_address)) part.flash_bytes = size;
  }
  return part;
}

}  // namespace

std::vector<std::string> arena_patterns(const std::vector<const LayerRules*>& rules) {
  std::vector<std::string> patterns;
  for (const LayerRules* known : rules) {
    patterns.insert(patterns.end(), known->arena.begin(), known->arena.end());
  }
  if (patterns.empty()) patterns = {"*arena*"};
  return patterns;
}

bool is_static_data(const FirmwareImage& image, Address address) {
  for (const SectionInfo& section : image.sections) {
    if (section.writable && !is_reserved(section) && contains(section, address)) return true;
  }
  return false;
}

std::vector<ImagePart> section_parts(const FirmwareImage& image, const SocDescription& soc) {
  std::vector<ImagePart> parts;
  for (const SectionInfo& section : image.sections) {
    ImagePart part = part_at(image, soc, section.address, section.size);
    if (section.size == 0 || (part.flash_bytes == 0 && part.ram_bytes == 0)) continue;
    part.name = section.name;
    part.kind = "section";
    parts.push_back(std::move(part));
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const ImagePart& a, const ImagePart& b) { return a.address < b.address; });
  return parts;
}

void sort_largest_first(std::vector<ImagePart>& parts) {
  std::stable_sort(parts.begin(), parts.end(), [](const ImagePart& a, const ImagePart& b) {
    return std::max(a.flash_bytes, a.ram_bytes) > std::max(b.flash_bytes, b.ram_bytes);
  });
}

std::vector<ImagePart> symbol_parts(const FirmwareImage& image, const SocDescription& soc,
                                    const std::vector<TfliteModel>& models) {
  std::vector<ImagePart> parts;
  std::vector<bool> named(models.size());
  Address last = 0;
  for (const Symbol& symbol : image.symbols.all()) {
    const bool twice = !parts.empty() && symbol.address == last;  // an alias
    if (symbol.size == 0 || symbol.kind == SymbolKind::kOther || twice) continue;
    ImagePart part = part_at(image, soc, symbol.address, symbol.size);
    if (part.flash_bytes == 0 && part.ram_bytes == 0) continue;
    last = symbol.address;
    part.name = symbol.demangled;
    part.kind = symbol.kind == SymbolKind::kFunction ? "function" : "object";
    for (std::size_t i = 0; i < models.size(); ++i) {
      if (models[i].address - symbol.address >= symbol.size) continue;
      part.kind = "model weights";
      named[i] = true;
    }
    parts.push_back(std::move(part));
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (named[i]) continue;
    ImagePart part = part_at(image, soc, models[i].address, models[i].size);
    part.name = models[i].label();
    part.kind = "model weights";
    parts.push_back(std::move(part));
  }
  sort_largest_first(parts);
  if (parts.size() > kMostSymbols) parts.resize(kMostSymbols);
  return parts;
}

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
  for (const SectionInfo& section : image.sections) {
    if (!section.writable || is_reserved(section)) continue;
    if (lies_in(soc, MemoryKind::kRam, section.address)) report.static_ram_bytes += section.size;
  }
  for (const Symbol& symbol : image.symbols.all()) {
    if (symbol.kind != SymbolKind::kObject || symbol.size <= report.arena_bytes) continue;
    if (!glob_match_any(arena_patterns, symbol.demangled)) continue;
    report.arena_bytes = symbol.size;
    report.arena_symbol = symbol.demangled;
    report.arena.symbol = symbol.demangled;
    report.arena.address = symbol.address;
    report.arena.bytes = symbol.size;
  }
  return report;
}

}  // namespace tinyscope
