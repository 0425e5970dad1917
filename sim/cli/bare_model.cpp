#include "sim/cli/bare_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "profiler/tflite_lifetimes.hpp"
#include "profiler/tflite_model.hpp"
#include "sim/error.hpp"
#include "sim/file.hpp"
#include "sim/image/sha256.hpp"
#include "sim/shipped_files.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kLargestModel = 64u << 20;  // more than any flash
constexpr std::uint64_t kParseBudget = 4'000'000;
constexpr std::uint32_t kTensorAlignment = 16;
constexpr std::string_view kFormat = "tflite";

// A runner needs nothing of a board but its chip and the console.
struct Runner {
  std::string_view soc;
  std::string_view board;  // as in the file's name
};
constexpr std::array kRunners = {
    Runner{"nrf52840", "nano33ble_sense"}, Runner{"stm32l4r5", "nucleo_l4r5zi"},
    Runner{"stm32f446", "nucleo_f446re"}, Runner{"stm32f746", "disco_f746ng"},
    Runner{"stm32h7a3", "nucleo_h7a3zi_q"}};

std::string runner_name(const BoardDescription& board, const std::string& kernels) {
  std::vector<std::string> boards;
  for (const Runner& runner : kRunners) {
    if (runner.soc == board.soc_name) return fmt::format("runner-{}-{}", runner.board, kernels);
    boards.push_back(fmt::format("{} ({})", runner.board, runner.soc));
    std::replace(boards.back().begin(), boards.back().end(), '_', '-');
  }
  throw InputError(
      fmt::format("board '{}' ({}): there is no runner for bare models on this chip; there is one "
                  "for {}",
                  board.name, board.soc_name, fmt::join(boards, ", ")));
}

// Where the linker script of the runner (model_and_arena.ld) leaves room.
struct Room {
  Address begin = 0;
  std::uint32_t bytes = 0;
};

const Symbol& symbol_of(const FirmwareImage& runner, std::string_view name) {
  const Symbol* const symbol = runner.symbols.find(name);
  if (symbol != nullptr) return *symbol;
  throw InputError(fmt::format("{}: has no symbol {}; it is no runner of this version",
                               runner.path.string(), name));
}

Room room_of(const FirmwareImage& runner, const std::string& name) {
  const Address begin = symbol_of(runner, name).address;
  return {begin, symbol_of(runner, name + "_end").address - begin};
}

// The operators that the runner says it has.
std::vector<std::string> operators_of(const FirmwareImage& runner) {
  const Symbol& list = symbol_of(runner, "runner_operators");
  std::string text;
  for (const ImageSegment& segment : runner.segments) {
    const std::uint64_t offset = std::uint64_t{list.address} - segment.address;
    if (list.address < segment.address || offset + list.size > segment.bytes.size()) continue;
    const auto first = segment.bytes.begin() + static_cast<std::ptrdiff_t>(offset);
    text.assign(first, first + list.size - 1);  // a zero is behind it
  }
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

TfliteModel parse_model(const std::vector<std::uint8_t>& bytes, const std::string& file) {
  constexpr std::string_view kIdentifier = "TFL3";
  constexpr std::size_t kIdentifierAt = 4;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() < kIdentifierAt || !text.substr(kIdentifierAt).starts_with(kIdentifier)) {
    throw InputError(
        fmt::format("{}: offset 0x4: expected the identifier 'TFL3' of a TensorFlow Lite model; "
                    "give the .tflite file that the converter wrote",
                    file));
  }
  std::uint64_t budget = kParseBudget;
  std::optional<TfliteModel> model = parse_tflite(bytes, budget);
  if (!model) {
    throw InputError(
        fmt::format("{}: is no valid TensorFlow Lite model of version 3: the file is truncated ({} "
                    "bytes) or damaged; convert or copy it again",
                    file, bytes.size()));
  }
  if (model->subgraphs.size() != 1) {
    throw InputError(fmt::format("{}: has {} subgraphs; the runner runs models of one", file,
                                 model->subgraphs.size()));
  }
  if (model->subgraphs.front().operators.empty()) {
    throw InputError(fmt::format("{}: has no operators", file));
  }
  return std::move(*model);
}

bool has_kernels_for(TfliteType type) {
  return type == TfliteType::kInt8 || type == TfliteType::kFloat32 || type == TfliteType::kInt32;
}

void require_operators(const TfliteModel& model, const std::vector<std::string>& known,
                       const std::string& file) {
  std::vector<std::string> missing;
  for (const TfliteOperator& op : model.subgraphs.front().operators) {
    const bool listed = std::find(missing.begin(), missing.end(), op.op) != missing.end();
    if (!listed && std::find(known.begin(), known.end(), op.op) == known.end()) {
      missing.push_back(op.op);
    }
  }
  if (missing.empty()) return;
  throw InputError(fmt::format("{}: the runner has no {}; it has {}", file,
                               fmt::join(missing, ", "), fmt::join(known, ", ")));
}

void require_types(const TfliteModel& model, const std::string& file) {
  const TfliteSubgraph& graph = model.subgraphs.front();
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const TfliteOperator& op = graph.operators[i];
    for (const std::vector<int>* const list : {&op.inputs, &op.outputs}) {
      for (const int index : *list) {
        if (index < 0) continue;
        const TfliteTensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
        if (has_kernels_for(tensor.type)) continue;
        throw InputError(fmt::format(
            "{}: tensor '{}' of operator {} ({}) is {}; the runner has kernels for int8 "
            "and float32",
            file, tensor.name, i, op.op, name_of(tensor.type)));
      }
    }
  }
}

void require_room(const TfliteModel& model, std::size_t bytes, const Room& flash, const Room& ram,
                  const BoardDescription& board, const std::string& file) {
  if (bytes > flash.bytes) {
    throw InputError(fmt::format(
        "{}: has {} bytes, {} more than the {} bytes that the runner leaves of the flash "
        "of {}",
        file, bytes, bytes - flash.bytes, flash.bytes, board.name));
  }
  const std::vector<std::uint64_t> live = live_bytes(model, kTensorAlignment);
  const auto most = std::max_element(live.begin(), live.end());
  if (most == live.end() || *most <= ram.bytes) return;
  const auto layer = static_cast<std::size_t>(most - live.begin());
  throw InputError(
      fmt::format("{}: the tensors alive at operator {} ({}) take {} bytes, {} more than the {} "
                  "bytes that the runner leaves of the RAM of {}",
                  file, layer, model.subgraphs.front().operators[layer].op, *most,
                  *most - ram.bytes, ram.bytes, board.name));
}

Symbol object(const std::string& name, Address address, std::uint32_t size) {
  return {name, name, address, size, SymbolKind::kObject};
}

void add_segment(FirmwareImage& image, ImageSegment segment) {
  const auto place = std::upper_bound(
      image.segments.begin(), image.segments.end(), segment.address,
      [](Address address, const ImageSegment& other) { return address < other.address; });
  image.segments.insert(place, std::move(segment));
}

}  // namespace

bool is_bare_model(const std::filesystem::path& path) { return path.extension() == ".tflite"; }

bool holds_bare_model(const FirmwareImage& image) { return image.format.starts_with(kFormat); }

FirmwareImage bare_model_image(const std::filesystem::path& path, const std::string& kernels,
                               const BoardDescription& board) {
  const std::string file = path.string();
  std::vector<std::uint8_t> bytes = read_file(path, kLargestModel);
  const TfliteModel model = parse_model(bytes, file);
  const std::string name = runner_name(board, kernels);
  FirmwareImage image =
      load_firmware(shipped_file("firmware-samples/runner/prebuilt/" + name + ".elf"));
  const Room flash = room_of(image, "runner_model");
  const Room ram = room_of(image, "runner_arena");
  require_operators(model, operators_of(image), file);
  require_types(model, file);
  require_room(model, bytes.size(), flash, ram, board, file);

  const auto size = static_cast<std::uint32_t>(bytes.size());
  // Objects of a size come first, since the linker script's symbols have none.
  std::vector<Symbol> symbols = {object("runner_model", flash.begin, size),
                                 object("runner_arena", ram.begin, ram.bytes)};
  for (const Symbol& symbol : image.symbols.all()) {
    if (symbol.name != symbols[0].name && symbol.name != symbols[1].name) symbols.push_back(symbol);
  }
  image.symbols = SymbolTable(std::move(symbols));
  image.sections.push_back({.name = ".runner_model",
                            .address = flash.begin,
                            .load_address = flash.begin,
                            .size = size,
                            .occupies_image = true});
  image.path = path;
  image.format = fmt::format("{} in {}", kFormat, name);
  image.sha256 = sha256_hex(bytes);
  add_segment(image, {flash.begin, std::move(bytes)});
  return image;
}

void note_runner(Machine& machine, const FirmwareImage& image) {
  if (!holds_bare_model(image)) return;
  machine.notes().assume(
      {"firmware.runner",
       fmt::format("the model runs in tinyscope's own firmware, {}: its code counts as flash, its "
                   "static data and stack as RAM; where no host stores inputs they are "
                   "pseudo-random numbers",
                   image.format.substr(image.format.rfind(' ') + 1)),
       "docs/bare-models.md"});
}

void require_model_ran(Machine& machine, const FirmwareImage& image) {
  if (!holds_bare_model(image)) return;
  const Symbol& error = symbol_of(image, "runner_error");
  std::vector<std::uint8_t> text(error.size);
  if (!machine.bus().copy_out(error.address, text)) return;
  text.erase(std::find(text.begin(), text.end(), 0), text.end());
  if (text.empty()) return;
  throw InputError(fmt::format("{} on {}: {}", image.path.string(), machine.board().name,
                               std::string(text.begin(), text.end())));
}

}  // namespace tinyscope
