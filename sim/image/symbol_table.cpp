#include <algorithm>
#include <limits>

#include "sim/image/image.hpp"

namespace tinyscope {

SymbolTable::SymbolTable(std::vector<Symbol> symbols) : symbols_(std::move(symbols)) {
  std::stable_sort(symbols_.begin(), symbols_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  build_ranges();
}

void SymbolTable::build_ranges() {
  constexpr std::uint64_t kAddressSpace = std::uint64_t{1} << 32;
  struct Open {
    std::uint32_t function;
    std::uint64_t end;
  };
  std::vector<Open> open;  // enclosing functions, innermost last
  const auto begin_range = [&](std::uint64_t start, std::uint32_t function) {
    if (!ranges_.empty() && ranges_.back().start == start) {
      ranges_.back().function = function;
    } else {
      ranges_.push_back({start, function});
    }
  };
  const auto close_until = [&](std::uint64_t address) {
    while (!open.empty() && open.back().end <= address) {
      const std::uint64_t end = open.back().end;
      open.pop_back();
      while (!open.empty() && open.back().end <= end) open.pop_back();
      begin_range(end, open.empty() ? kNone : open.back().function);
    }
  };
  std::optional<Address> last_address;
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    const Symbol& symbol = symbols_[i];
    if (symbol.kind != SymbolKind::kFunction || symbol.address == last_address) continue;
    last_address = symbol.address;
    close_until(symbol.address);
    std::uint64_t end = std::uint64_t{symbol.address} + symbol.size;
    if (symbol.size == 0) {
      const auto next =
          std::upper_bound(symbols_.begin(), symbols_.end(), symbol.address,
                           [](Address at, const Symbol& other) { return at < other.address; });
      end = next == symbols_.end() ? kAddressSpace : next->address;
    }
    open.push_back({static_cast<std::uint32_t>(i), end});
    begin_range(symbol.address, static_cast<std::uint32_t>(i));
  }
  close_until(std::numeric_limits<std::uint64_t>::max());
}

const Symbol* SymbolTable::function_at(Address address) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), address,
                       [](std::uint64_t at, const Range& range) { return at < range.start; });
  if (after == ranges_.begin()) return nullptr;
  const std::uint32_t function = std::prev(after)->function;
  return function == kNone ? nullptr : &symbols_[function];
}

const Symbol* SymbolTable::find(std::string_view name) const {
  for (const Symbol& symbol : symbols_) {
    if (symbol.name == name) return &symbol;
  }
  for (const Symbol& symbol : symbols_) {
    if (symbol.demangled == name) return &symbol;
  }
  const Symbol* only = nullptr;
  for (const Symbol& symbol : symbols_) {
    if (symbol.demangled == symbol.name || without_parameters(symbol.demangled) != name) continue;
    if (only != nullptr && only->address != symbol.address) return nullptr;
    if (only == nullptr) only = &symbol;
  }
  return only;
}

namespace {

// Where the bracket that closes at `close` opens; npos if it does not.
std::size_t opening_of(std::string_view text, std::size_t close) {
  int depth = 0;
  for (std::size_t i = close + 1; i-- > 0;) {
    if (text[i] == ')') ++depth;
    if (text[i] == '(' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string_view without_parameters(std::string_view demangled) {
  std::string_view name = demangled;
  const std::size_t close = name.rfind(')');
  if (close != std::string_view::npos) {
    const std::size_t open = opening_of(name, close);
    // "(anonymous namespace)::x" ends its last bracket in front of a name, not behind one.
    const bool qualifier = name.substr(close + 1).starts_with("::");
    if (open != std::string_view::npos && open != 0 && !qualifier) name = name.substr(0, open);
  }
  if (name.find("operator") != std::string_view::npos) return name;  // its name may hold spaces
  int depth = 0;
  for (std::size_t i = name.size(); i-- > 0;) {
    const char c = name[i];
    if (c == '>' || c == ')') ++depth;
    if (c == '<' || c == '(') --depth;
    if (c == ' ' && depth == 0) return name.substr(i + 1);
  }
  return name;
}

}  // namespace tinyscope
