#include "sim/cli/print_spec.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

struct Format {
  std::string_view name;
  unsigned bytes;
};
constexpr std::array<Format, 9> kFormats = {{{"u8", 1},
                                             {"i8", 1},
                                             {"u16", 2},
                                             {"i16", 2},
                                             {"u32", 4},
                                             {"i32", 4},
                                             {"f32", 4},
                                             {"hex", 1},
                                             {"str", 1}}};
constexpr unsigned kMaxCount = 1u << 20;
constexpr unsigned kDefaultStringBytes = 256;

unsigned format_bytes(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return format.bytes;
  }
  return 0;
}

template <class T>
T load(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::string one_value(std::string_view format, const std::uint8_t* from) {
  if (format == "u8") return fmt::to_string(load<std::uint8_t>(from));
  if (format == "i8") return fmt::to_string(static_cast<int>(load<std::int8_t>(from)));
  if (format == "u16") return fmt::to_string(load<std::uint16_t>(from));
  if (format == "i16") return fmt::to_string(load<std::int16_t>(from));
  if (format == "i32") return fmt::to_string(load<std::int32_t>(from));
  if (format == "f32") return fmt::format("{:.9g}", static_cast<double>(load<float>(from)));
  return fmt::to_string(load<std::uint32_t>(from));
}

// The colon that separates a format; C++ names contain "::".
std::size_t format_colon(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text[colon - 1] == ':') {
    return std::string_view::npos;
  }
  return colon;
}

}  // namespace

PrintSpec parse_print(std::string_view text, const SymbolTable& symbols) {
  PrintSpec spec;
  const std::size_t colon = format_colon(text);
  std::string_view format = colon == std::string_view::npos ? "u32" : text.substr(colon + 1);
  spec.label = text.substr(0, colon);
  std::optional<unsigned> count;
  if (const std::size_t bracket = format.find('['); bracket != std::string_view::npos) {
    if (!format.ends_with(']')) {
      throw InputError(fmt::format("--print {}: the count lacks a ]", text));
    }
    const auto number = parse_unsigned(format.substr(bracket + 1, format.size() - bracket - 2),
                                       fmt::format("--print {}", text));
    if (number == 0 || number > kMaxCount) {
      throw InputError(fmt::format("--print {}: count must be 1 to {}", text, kMaxCount));
    }
    count = static_cast<unsigned>(number);
    format = format.substr(0, bracket);
  }
  spec.format = format;
  const unsigned bytes = format_bytes(format);
  if (bytes == 0) {
    throw InputError(
        fmt::format("--print {}: unknown format '{}'; expected u8, i8, u16, i16, u32, "
                    "i32, f32, hex or str, with an optional [count]",
                    text, format));
  }
  spec.place = parse_place(spec.label, symbols, fmt::format("--print {}", text));
  if (count) {
    spec.count = *count;
  } else if (format == "str") {
    spec.count = spec.place.size != 0 ? spec.place.size : kDefaultStringBytes;
  } else {
    spec.count = std::max(1u, std::min(spec.place.size / bytes, kMaxCount));
  }
  return spec;
}

std::string print_memory(const PrintSpec& spec, const Bus& bus) {
  const unsigned bytes = format_bytes(spec.format);
  std::vector<std::uint8_t> data(std::size_t{bytes} * spec.count);
  if (!bus.copy_out(spec.place.address, data)) {
    throw InputError(fmt::format("--print {}: {} bytes at 0x{:08X} are not in the board's memory",
                                 spec.label, data.size(), spec.place.address));
  }
  std::string text = spec.label + " =";
  if (spec.format == "str") {
    const auto* const first = reinterpret_cast<const char*>(data.data());
    return fmt::format("{} \"{}\"", text, std::string(first, strnlen(first, data.size())));
  }
  if (spec.format == "hex") {
    text += ' ';
    for (const std::uint8_t byte : data) text += fmt::format("{:02x}", byte);
    return text;
  }
  for (unsigned i = 0; i < spec.count; ++i) {
    text += ' ' + one_value(spec.format, data.data() + std::size_t{bytes} * i);
  }
  return text;
}

}  // namespace tinyscope
