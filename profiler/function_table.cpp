#include "profiler/function_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tinyscope {

namespace {

bool is_split_off_part(const Symbol& symbol) {
  return symbol.name.find(".cold") != std::string::npos;
}

bool is_identifier(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ends_with_operator(const std::string& name, std::size_t end) {
  constexpr std::string_view kWord = "operator";
  if (end < kWord.size() || name.compare(end - kWord.size(), kWord.size(), kWord) != 0)
    return false;
  if (end < name.size() && is_identifier(name[end])) return false;
  return end == kWord.size() || !is_identifier(name[end - kWord.size() - 1]);
}

}  // namespace

FunctionTable::FunctionTable(const SymbolTable& symbols) : cache_(kCacheLines) {
  for (const Symbol& symbol : symbols.all()) {
    if (symbol.kind != SymbolKind::kFunction) continue;
    // Of several names for one address take the one the symbol table prefers.
    if (!ranges_.empty() && ranges_.back().code.begin == symbol.address) continue;
    const Symbol* preferred = symbols.function_at(symbol.address);
    const Symbol& named =
        preferred != nullptr && preferred->address == symbol.address ? *preferred : symbol;
    Range range;
    range.code = {named.address, named.size, is_split_off_part(named), true};
    range.name = named.demangled;
    ranges_.push_back(std::move(range));
  }
  std::stable_sort(ranges_.begin(), ranges_.end(),
                   [](const Range& a, const Range& b) { return a.code.begin < b.code.begin; });
  // A function ends at the latest where the next one begins.
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    CodeRange& code = ranges_[i].code;
    const std::uint32_t room =
        i + 1 < ranges_.size() ? ranges_[i + 1].code.begin - code.begin : 0xFFFFFFFFu - code.begin;
    if (code.size == 0 || code.size > room) code.size = room;
  }
}

const FunctionTable::Range* FunctionTable::find(Address address) const {
  auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), address,
      [](Address wanted, const Range& range) { return wanted < range.code.begin; });
  return after == ranges_.begin() ? nullptr : &*std::prev(after);
}

CodeRange FunctionTable::range(Address address) const {
  const Range* range = find(address);
  if (range != nullptr && range->code.contains(address)) return range->code;
  // Between two functions, before the first, behind the last, or no symbols at all.
  CodeRange gap;
  if (range != nullptr) gap.begin = range->code.begin + range->code.size;
  const Range* first = ranges_.data();
  const Range* next = range == nullptr ? first : range + 1;
  gap.size = ranges_.empty() || next == first + ranges_.size() ? 0xFFFFFFFFu - gap.begin
                                                               : next->code.begin - gap.begin;
  return gap;
}

FunctionId FunctionTable::id(Address entry) {
  CacheLine& line = cache_[(entry >> 1) % kCacheLines];
  if (line.entry == entry) return line.id;
  const Range* range = find(entry);
  const bool named = range != nullptr && range->code.contains(entry);
  const Address address = named ? range->code.begin : entry;
  const auto [known, added] = ids_.try_emplace(address, static_cast<FunctionId>(functions_.size()));
  if (added)
    functions_.push_back({address, named ? range->name : fmt::format("{:#010x}", address)});
  line = {entry, known->second};
  return known->second;
}

std::string FunctionTable::short_name(const std::string& name) {
  // Names of template functions begin with the return type. The parenthesis that opens the
  // parameter list is the first one on the outermost level; "(anonymous namespace)" is followed by
  // "::" and is no parameter list.
  std::size_t begin = 0;
  std::size_t end = name.size();
  int depth = 0;
  bool has_parameters = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (depth == 0 && ends_with_operator(name, i)) {
      // operator(), operator<<, operator new: the sign or the word belongs to the name.
      if (c == '(') i += 1;
      while (i + 1 < name.size() && c != ' ' && name[i + 1] != '(') ++i;
      continue;
    }
    if (c == '(' && depth == 0 && i != 0 && name.compare(i, 21, "(anonymous namespace)") != 0) {
      has_parameters = true;
      end = i;
      break;
    }
    if (c == ' ' && depth == 0) begin = i + 1;
    if (c == '(' || c == '<') ++depth;
    if ((c == ')' || c == '>') && depth > 0) --depth;
  }
  if (begin >= end) begin = 0;
  // GCC's copies of C functions: ".constprop.0", ".lto_priv.0".
  if (!has_parameters) end = std::min(end, name.find('.', begin + 1));
  return name.substr(begin, end - begin);
}

}  // namespace tinyscope
