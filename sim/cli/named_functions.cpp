#include "sim/cli/named_functions.hpp"

#include <fmt/format.h>

#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"

namespace tinyscope {

namespace {

Symbol parse(const std::string& text) {
  const std::string what = "--function " + text;
  const std::size_t equals = text.rfind('=');
  const std::size_t dash = equals == std::string::npos ? equals : text.find('-', equals);
  if (equals == 0 || dash == std::string::npos) {
    throw InputError(what + ": expected NAME=0xBEGIN-0xEND, such as invoke=0x1200-0x1A40");
  }
  // Tools print addresses of Thumb code with their lowest bit set.
  const std::uint64_t begin =
      parse_unsigned(text.substr(equals + 1, dash - equals - 1), what) & ~std::uint64_t{1};
  const std::uint64_t end = parse_unsigned(text.substr(dash + 1), what) & ~std::uint64_t{1};
  if (end > 0xFFFFFFFFu || begin >= end) {
    throw InputError(what + ": END is the byte after the function, so more than BEGIN, in 32 bits");
  }
  const std::string name = text.substr(0, equals);
  return {name, name, static_cast<Address>(begin), static_cast<std::uint32_t>(end - begin),
          SymbolKind::kFunction};
}

bool overlap(const Symbol& a, const Symbol& b) {
  const std::uint64_t a_end = std::uint64_t{a.address} + std::max(a.size, 1u);
  const std::uint64_t b_end = std::uint64_t{b.address} + std::max(b.size, 1u);
  return a.address < b_end && b.address < a_end;
}

}  // namespace

FirmwareImage with_named_functions(FirmwareImage image, const std::vector<std::string>& functions) {
  if (functions.empty()) return image;
  std::vector<Symbol> symbols;
  for (const std::string& text : functions) {
    Symbol named = parse(text);
    for (const Symbol& other : symbols) {
      if (!overlap(named, other)) continue;
      throw InputError(fmt::format("--function {}: overlaps {}", text, other.name));
    }
    symbols.push_back(std::move(named));
  }
  const std::size_t count = symbols.size();
  for (const Symbol& symbol : image.symbols.all()) {
    bool replaced = false;
    for (std::size_t i = 0; i < count && symbol.kind == SymbolKind::kFunction; ++i) {
      replaced = replaced || overlap(symbol, symbols[i]);
    }
    if (!replaced) symbols.push_back(symbol);
  }
  image.symbols = SymbolTable(std::move(symbols));
  return image;
}

}  // namespace tinyscope
