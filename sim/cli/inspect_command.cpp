#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "profiler/tflite_model.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/cli/inspect/hardware_report.hpp"
#include "sim/cli/session.hpp"
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

// Where the user gave no limit a run ends after this time, or when it has taken that long here.
constexpr const char* kRunTime = "500ms";
constexpr const char* kHostTime = "120s";

RunOptions run_options(const InspectOptions& options) {
  RunOptions run = options.run;
  run.quiet = true;
  run.limit_host_time = kHostTime;
  run.limit_cycles = options.cycles;
  if (options.seconds) run.limit_time = fmt::format("{:.9f}s", *options.seconds);
  if (!options.seconds && !options.cycles) run.limit_time = kRunTime;
  return run;
}

void write_json(const std::string& path, const FirmwareImage& image, const BoardDescription& board,
                const HardwareReport& report) {
  nlohmann::ordered_json json = hardware_json(report);
  json["firmware"] = image.path.filename().string();
  json["board"] = board.name;
  json["soc"] = board.soc.name;
  std::ofstream file(path);
  file << json.dump(2) << '\n';
  if (!file.flush()) throw InputError(fmt::format("--json {}: cannot write this file", path));
}

}  // namespace

ExitStatus inspect_command(const InspectOptions& options, std::ostream& out) {
  if (options.run.board.empty()) {
    if (!options.json.empty() || options.seconds || options.cycles || !options.run.svd.empty()) {
      throw InputError("inspect: firmware runs on a board only; add --board");
    }
    const FirmwareImage image = load_image(options.run.firmware, options.run.bin_address);
    show_image(image, out);
    show_models(image, out);
    return kPass;
  }
  const BoardDescription board = selected_board(options.run);
  const FirmwareImage image = selected_image(options.run, board);
  show_image(image, out);
  show_models(image, out);
  // Building the machine checks that everything fits.
  std::ostringstream printed;
  Session session(run_options(options), board, image, printed);
  out << fmt::format("board    fits {} ({})\n", board.name, board.title);
  const HardwareReport report = inspect_hardware(session, image, printed);
  write_hardware(report, out);
  if (!options.json.empty()) write_json(options.json, image, board, report);
  return kPass;
}

}  // namespace tinyscope
