// Flash and RAM against what the chip has; stacks, heap, arena, caches, traffic and findings.
#include <algorithm>

#include "profiler/exporters/terminal_page.hpp"
#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"
#include "profiler/function_table.hpp"

namespace tinyscope {
namespace {

using Align = TextTable::Align;

constexpr std::size_t kListedSites = 8;
constexpr std::size_t kListedParts = 3;
constexpr std::size_t kPathSteps = 4;
constexpr std::size_t kListedLayers = 60;

std::string at_ms(std::uint64_t ns) {
  return fmt::format("at {:.3f} ms", static_cast<double>(ns) / 1e6);
}

std::string of_total(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{} of {} bytes ({} %)", grouped(part), grouped(whole), percent(part, whole));
}

// "main > invoke > eval > kernel", the innermost steps of a path.
std::string tail(const std::vector<std::string>& path) {
  const std::size_t first = path.size() > kPathSteps ? path.size() - kPathSteps : 0;
  std::string text = first == 0 ? "" : "... > ";
  for (std::size_t i = first; i < path.size(); ++i) {
    text += (i == first ? "" : " > ") + unqualified(path[i]);
  }
  return printable(text);
}

// A name without its namespaces, parameters and the like.
std::string short_printable(const std::string& name) {
  return printable(unqualified(FunctionTable::short_name(name))).substr(0, 60);
}

void largest_parts(TerminalPage& page, const char* title, std::uint32_t ImagePart::*bytes) {
  std::vector<const ImagePart*> parts;
  for (const ImagePart& part : page.report.memory.symbols) {
    if (part.*bytes != 0) parts.push_back(&part);
  }
  std::stable_sort(parts.begin(), parts.end(), [bytes](const ImagePart* a, const ImagePart* b) {
    return a->*bytes > b->*bytes;
  });
  if (parts.size() > kListedParts) parts.resize(kListedParts);
  for (const ImagePart* part : parts) {
    page.print("  {:<13}  {:>9}  {}{}\n", part == parts.front() ? title : "", grouped(part->*bytes),
               short_printable(part->name),
               part->kind == "model weights" ? " (model weights)" : "");
  }
}

void stacks(TerminalPage& page) {
  const std::vector<StackRow>& rows = page.report.memory.stacks;
  if (rows.empty()) return;
  TextTable table({{"stack", Align::kLeft, 12},
                   {"peak B", Align::kRight, 0},
                   {"of", Align::kRight, 0},
                   {"%", Align::kRight, 0},
                   {"deepest in", Align::kLeft, 20}});
  for (const StackRow& row : rows) {
    const bool known = row.size_bytes != 0;
    table.row({printable(row.name), grouped(row.peak_bytes), known ? grouped(row.size_bytes) : "-",
               known ? percent(row.peak_bytes, row.size_bytes) : "-", tail(row.path)},
              row.overflow ? page.coloured("31", "  overflow") : "");
  }
  page.out << '\n';
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
}

void heap(TerminalPage& page) {
  const HeapReport& heap = page.report.memory.heap;
  if (heap.allocator.empty()) return;
  page.print("\n  heap           {}: {} bytes live at most, {}; {} at the end\n",
             printable(heap.allocator).substr(0, 30), grouped(heap.peak_bytes), at_ms(heap.peak_ns),
             grouped(heap.live_bytes));
  if (heap.reserved_bytes != 0) {
    page.print("                 {} bytes taken from the system{}\n", grouped(heap.reserved_bytes),
               heap.room_bytes != 0 ? " of " + grouped(heap.room_bytes) : "");
  }
  page.print("                 {} allocations, {} freed, {} failed\n", grouped(heap.allocations),
             grouped(heap.frees), grouped(heap.failures));
  TextTable table({{"allocated by", Align::kLeft, 16},
                   {"times", Align::kRight, 0},
                   {"bytes", Align::kRight, 0},
                   {"peak live B", Align::kRight, 0},
                   {"live at end B", Align::kRight, 0}});
  for (std::size_t i = 0; i < heap.sites.size() && i < kListedSites; ++i) {
    const HeapSite& site = heap.sites[i];
    std::string place = short_printable(site.function);
    if (site.line != 0) {
      const std::size_t slash = site.file.rfind('/');
      place += fmt::format(
          " ({}:{})",
          printable(slash == std::string::npos ? site.file : site.file.substr(slash + 1)),
          site.line);
    }
    table.row({place, grouped(site.allocations), grouped(site.bytes), grouped(site.peak_live_bytes),
               grouped(site.live_bytes)});
  }
  table.write(page.out, std::max<std::size_t>(page.options.width, 60));
}

void arena(TerminalPage& page) {
  const ArenaReport& arena = page.report.memory.arena;
  if (!arena.symbol.empty()) {
    page.print("\n  arena          {} bytes ({}), {} in use\n", grouped(arena.bytes),
               short_printable(arena.symbol), grouped(arena.used_bytes));
    if (arena.suggested_bytes != 0) {
      page.print("                 {} bytes would do\n", grouped(arena.suggested_bytes));
    }
  }
  if (arena.tensor_peak_bytes != 0) {
    page.print("  tensors        {} bytes alive at once at most, in layer {}\n",
               grouped(arena.tensor_peak_bytes), arena.peak_layer);
  }
}

void caches(TerminalPage& page) {
  if (!page.report.memory.caches.empty()) page.out << '\n';
  for (const CacheRow& row : page.report.memory.caches) {
    if (row.hits + row.misses == 0) continue;
    page.print("  {:<24}  {} hits, {} misses ({} % hits)\n", row.name, grouped(row.hits),
               grouped(row.misses), percent(row.hits, row.hits + row.misses));
  }
}

std::vector<std::string> traffic_cells(const TrafficRow& row) {
  const bool memory = row.working_set_bytes != 0;
  return {printable(row.region),      grouped(row.reads),
          grouped(row.read_bytes),    grouped(row.writes),
          grouped(row.written_bytes), memory ? grouped(row.working_set_bytes) : "-"};
}

std::vector<TextTable::Column> traffic_columns() {
  return {{"memory", Align::kLeft, 8}, {"reads", Align::kRight, 0},
          {"bytes", Align::kRight, 0}, {"writes", Align::kRight, 0},
          {"bytes", Align::kRight, 0}, {"working set B", Align::kRight, 0}};
}

void traffic(TerminalPage& page) {
  const std::size_t width = std::max<std::size_t>(page.options.width, 60);
  if (page.report.memory.traffic.empty()) return;
  page.heading("Data traffic");
  TextTable table(traffic_columns());
  for (const TrafficRow& row : page.report.memory.traffic) table.row(traffic_cells(row));
  table.write(page.out, width);

  const InferenceRow* shown = nullptr;
  for (const InferenceRow& row : page.report.inferences) {
    if (row.complete || shown == nullptr) shown = &row;
  }
  if (shown == nullptr) return;
  std::vector<TextTable::Column> columns = traffic_columns();
  columns.insert(columns.begin(), {{"#", Align::kRight, 0}, {"operator", Align::kLeft, 12}});
  TextTable layers(columns);
  page.heading(fmt::format("Data traffic of inference {} by layer", shown->index + 1));
  std::size_t listed = 0;
  for (const LayerRow& layer : shown->layers) {
    if (listed++ == kListedLayers) break;
    bool first = true;
    for (const TrafficRow& row : layer.traffic) {
      std::vector<std::string> cells = traffic_cells(row);
      cells.insert(cells.begin(), {first ? std::to_string(layer.index) : "",
                                   first ? printable(unqualified(layer.op)) : ""});
      layers.row(cells);
      first = false;
    }
  }
  layers.write(page.out, width);
}

}  // namespace

void write_memory(TerminalPage& page) {
  const MemoryReport& memory = page.report.memory;
  page.heading("Memory");
  if (memory.ram_peak_bytes != 0) {
    page.print("  RAM, at most   {}, {}\n", of_total(memory.ram_peak_bytes, memory.ram_total_bytes),
               at_ms(memory.ram_peak_ns));
  }
  page.print("  static RAM     {}\n", of_total(memory.static_ram_bytes, memory.ram_total_bytes));
  page.print("  flash          {}\n", of_total(memory.flash_bytes, memory.flash_total_bytes));
  if (memory.stacks.empty()) {
    page.print("  main stack     {} bytes at its deepest\n", grouped(memory.stack_peak_bytes));
  }
  largest_parts(page, "  in RAM", &ImagePart::ram_bytes);
  largest_parts(page, "  in flash", &ImagePart::flash_bytes);
  stacks(page);
  heap(page);
  arena(page);
  caches(page);
  for (const std::string& finding : memory.findings) {
    page.paragraph(page.coloured("31", "! ") + printable(finding));
  }
  traffic(page);
}

}  // namespace tinyscope
