#include "peripherals/st/signal_pads.hpp"

#include <fmt/format.h>

#include <charconv>

#include "peripherals/st/pad_lines.hpp"

namespace tinyscope::st {

SignalPads::SignalPads(PeripheralContext& context, std::string_view key) {
  for (const std::string& text : context.params.strings(key)) {
    const auto space = text.find(" AF");
    unsigned function = 16;
    if (space != std::string::npos) {
      const char* const end = text.data() + text.size();
      const auto parsed = std::from_chars(text.data() + space + 3, end, function);
      if (parsed.ec != std::errc() || parsed.ptr != end) function = 16;
    }
    if (function > 15) {
      context.params.fail(key, fmt::format("'{}': expected a pad and its alternate function, for "
                                           "example \"PB8 AF4\"",
                                           text));
    }
    const std::string name = text.substr(0, space);
    pads_.push_back({name, &context.events.line(alternate_line(name, function))});
  }
}

std::vector<std::string_view> SignalPads::selected() const {
  std::vector<std::string_view> names;
  for (const Pad& pad : pads_) {
    if (pad.selected->level()) names.push_back(pad.name);
  }
  return names;
}

std::vector<std::string_view> SignalPads::all() const {
  std::vector<std::string_view> names;
  for (const Pad& pad : pads_) names.push_back(pad.name);
  return names;
}

}  // namespace tinyscope::st
