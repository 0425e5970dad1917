#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "profiler/tflite_model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/machine.hpp"
#include "sim/description/board.hpp"

namespace tinyscope {
namespace {

void show_image(const FirmwareImage& image, std::ostream& out) {
  out << fmt::format("file     {}\nformat   {}\nsha256   {}\n", image.path.string(), image.format,
                     image.sha256);
  if (image.entry) out << fmt::format("entry    0x{:08X}\n", *image.entry);
  const auto& symbols = image.symbols.all();
  const auto functions = std::count_if(symbols.begin(), symbols.end(), [](const Symbol& symbol) {
    return symbol.kind == SymbolKind::kFunction;
  });
  out << fmt::format("symbols  {}, of which {} functions\nlines    {}\n", symbols.size(), functions,
                     image.lines ? "yes" : "no");
  for (const ImageSegment& segment : image.segments) {
    out << fmt::format("bytes    0x{:08X} to 0x{:08X}  {:>8}\n", segment.address,
                       segment.address + (segment.bytes.size() - 1), segment.bytes.size());
  }
  for (const SectionInfo& section : image.sections) {
    out << fmt::format("section  {:<20} 0x{:08X}  {:>8}  {}{}\n", section.name, section.address,
                       section.size,
                       section.executable ? "code"
                       : section.writable ? "data"
                                          : "",
                       section.occupies_image ? "" : " (not in the image)");
  }
}

void show_models(const FirmwareImage& image, std::ostream& out) {
  const auto models = find_tflite_models(image);
  if (models.empty()) out << "models   no TensorFlow Lite model found\n";
  for (const TfliteModel& model : models) {
    out << fmt::format("model    {} at 0x{:08X}, {} bytes\n", model.label(), model.address,
                       model.size);
    const TfliteSubgraph& graph = model.subgraphs.front();
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
      const TfliteOperator& op = graph.operators[i];
      const auto macs = graph.macs(op);
      total += macs.value_or(0);
      const TfliteTensor* const output = graph.output(op, 0);
      out << fmt::format("  {:>3}  {:<24} {:<18} {:>12}\n", i, op.op,
                         output != nullptr ? fmt::format("{}", fmt::join(output->shape, "x")) : "",
                         macs ? fmt::format("{} MACs", *macs) : "");
    }
    out << fmt::format("       {} operators, {} MACs\n", graph.operators.size(), total);
  }
}

}  // namespace

ExitStatus inspect_command(const std::string& firmware, const std::string& board,
                           const std::string& bin_address, std::ostream& out) {
  std::optional<BoardDescription> fitted;
  if (!board.empty()) fitted = load_board(board);
  const FirmwareImage image = load_image(firmware, bin_address, fitted ? &*fitted : nullptr);
  show_image(image, out);
  show_models(image, out);
  if (!fitted) return kPass;
  // Building the machine checks that everything fits.
  Machine machine(*fitted, image, {});
  out << fmt::format("board    fits {} ({})\n", machine.board().name, machine.board().title);
  return kPass;
}

}  // namespace tinyscope
