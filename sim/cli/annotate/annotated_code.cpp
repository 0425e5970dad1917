#include "sim/cli/annotate/annotated_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "sim/cli/text_values.hpp"
#include "sim/error.hpp"
#include "sim/glob.hpp"

namespace tinyscope {
namespace {

constexpr std::uint32_t kLargestFunction = 1u << 20;  // bytes; beyond, its symbol is wrong

struct Lines {
  std::string_view file;
  int first = 0;
  int last = 0;
};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "conv.c:120" or "src/conv.c:120-140".
std::optional<Lines> parse_lines(const std::string& selection) {
  const std::size_t colon = selection.rfind(':');
  if (colon == std::string::npos || colon == 0 || selection[colon - 1] == ':') return std::nullopt;
  const std::string_view numbers = std::string_view(selection).substr(colon + 1);
  const std::size_t dash = numbers.find('-');
  const std::string_view first = numbers.substr(0, dash);
  const std::string_view last = dash == std::string_view::npos ? first : numbers.substr(dash + 1);
  if (!is_number(first) || !is_number(last)) return std::nullopt;
  const auto parse = [](std::string_view text) {
    constexpr std::uint64_t kMost = 1'000'000'000;
    return static_cast<int>(std::min(parse_unsigned(text, "annotate"), kMost));
  };
  return Lines{std::string_view(selection).substr(0, colon), parse(first), parse(last)};
}

struct Addresses {
  Address begin = 0;
  Address end = 0;
};

// "0x8000100-0x8000140", or one address.
std::optional<Addresses> parse_addresses(const std::string& selection) {
  if (!selection.starts_with("0x") && !selection.starts_with("0X")) return std::nullopt;
  const std::size_t dash = selection.find('-');
  const std::uint64_t begin =
      parse_unsigned(std::string_view(selection).substr(0, dash), "annotate");
  const std::uint64_t end =
      dash == std::string::npos
          ? begin + 1
          : parse_unsigned(std::string_view(selection).substr(dash + 1), "annotate");
  if (end <= begin || end > std::uint64_t{1} << 32) {
    throw InputError(
        fmt::format("annotate: {}: expected an address range such as "
                    "0x08000100-0x08000140, the end not included",
                    selection));
  }
  return Addresses{static_cast<Address>(begin), static_cast<Address>(end - 1)};
}

bool matches_name(const std::string& pattern, const std::string& name) {
  if (name == pattern || without_parameters(name) == pattern) return true;
  if (pattern.find_first_of("*?") == std::string::npos) return false;
  return glob_match(pattern, name) || glob_match(pattern, without_parameters(name));
}

bool is_in_file(const std::string& path, std::string_view file) {
  if (!path.ends_with(file)) return false;
  return path.size() == file.size() || path[path.size() - file.size() - 1] == '/';
}

class Annotator {
 public:
  Annotator(const ProfileReport& report, const FirmwareImage& image, const Bus& bus)
      : report_(report), image_(image), bus_(bus) {
    for (const InsnRow& insn : report.insns) {
      by_function_[report.locations[insn.location].function].push_back(&insn);
    }
  }

  std::vector<AnnotatedFunction> select(const std::string& selection) {
    if (const auto addresses = parse_addresses(selection); addresses) {
      const bool one = addresses->begin == addresses->end;
      return functions(
          [&](const InsnRow& insn) {
            return insn.address >= addresses->begin && insn.address <= addresses->end;
          },
          one ? around(addresses->begin) : std::nullopt, selection);
    }
    if (const auto lines = parse_lines(selection); lines) {
      return functions(
          [&](const InsnRow& insn) {
            const auto& frames = report_.locations[insn.location].frames;
            return std::any_of(frames.begin(), frames.end(), [&](const SourceFrame& frame) {
              return frame.line >= lines->first && frame.line <= lines->last &&
                     is_in_file(frame.file, lines->file);
            });
          },
          std::nullopt, selection);
    }
    std::string pattern = selection;
    // A name as in the symbol table.
    if (const Symbol* symbol = image_.symbols.find(selection); symbol != nullptr) {
      pattern = symbol->demangled;
    }
    const auto is_function = [&](const InsnRow& insn) {
      return matches_name(pattern, report_.locations[insn.location].frames.back().function);
    };
    const bool any = std::any_of(report_.insns.begin(), report_.insns.end(), is_function);
    if (any) return functions(is_function, std::nullopt, selection);
    // It may have been inlined wherever it is called.
    return functions(
        [&](const InsnRow& insn) {
          const auto& frames = report_.locations[insn.location].frames;
          return std::any_of(frames.begin(), frames.end(), [&](const SourceFrame& frame) {
            return matches_name(pattern, frame.function);
          });
        },
        std::nullopt, selection);
  }

 private:
  using Wanted = std::function<bool(const InsnRow&)>;

  // The function that an address lies in.
  std::optional<Address> around(Address address) const {
    const auto after = by_function_.upper_bound(address);
    return after == by_function_.begin() ? std::nullopt : std::optional(std::prev(after)->first);
  }

  // All functions with instructions that are wanted; `whole`: a function of which all is.
  std::vector<AnnotatedFunction> functions(const Wanted& wanted, std::optional<Address> whole,
                                           const std::string& selection) {
    std::vector<AnnotatedFunction> found;
    for (const auto& [address, insns] : by_function_) {
      if (whole ? address != *whole
                : std::none_of(insns.begin(), insns.end(),
                               [&](const InsnRow* insn) { return wanted(*insn); })) {
        continue;
      }
      found.push_back(function(
          address, insns, [&](const InsnRow& insn) { return whole.has_value() || wanted(insn); }));
    }
    if (found.empty()) refuse(selection);
    std::stable_sort(found.begin(), found.end(),
                     [](const AnnotatedFunction& a, const AnnotatedFunction& b) {
                       return a.stalls.total() > b.stalls.total();
                     });
    return found;
  }

  AnnotatedFunction function(Address address, const std::vector<const InsnRow*>& insns,
                             const Wanted& wanted) const {
    AnnotatedFunction shown;
    shown.address = address;
    shown.name = report_.locations[insns.front()->location].frames.back().function;
    const Symbol* symbol = image_.symbols.function_at(address);
    Address begin = insns.front()->address;
    Address end = insns.back()->address + 4;
    if (symbol != nullptr && symbol->address == address && symbol->size <= kLargestFunction) {
      begin = std::min(begin, address);
      end = std::max(address + symbol->size, insns.back()->address + 2);
    }
    shown.size = end - begin;
    for (const FunctionRow& row : report_.functions) {
      if (row.address != address) continue;
      shown.file = row.file;
      shown.line = row.line;
    }
    std::set<Address> executed;
    std::map<Address, const InsnRow*> rows;
    for (const InsnRow* insn : insns) {
      executed.insert(insn->address);
      rows.emplace(insn->address, insn);
      shown.count += insn->count;
      shown.stalls += insn->stalls;
    }
    // What never ran is shown where all of the function is.
    const bool all =
        std::all_of(insns.begin(), insns.end(), [&](const InsnRow* insn) { return wanted(*insn); });
    for (DisassembledInsn& code : disassemble(bus_, image_.symbols, begin, end, executed)) {
      AnnotatedInsn row;
      const auto known = rows.find(code.address);
      if (known != rows.end()) {
        row.count = known->second->count;
        row.stalls = known->second->stalls;
        row.frames = report_.locations[known->second->location].frames;
        row.selected = wanted(*known->second);
      } else {
        if (!code.is_data) row.frames = source_frames(image_, code.address);
        row.selected = all;
      }
      row.code = std::move(code);
      shown.insns.push_back(std::move(row));
    }
    return shown;
  }

  [[noreturn]] void refuse(const std::string& selection) const {
    if (report_.insns.empty()) throw InputError("annotate: nothing ran");
    const Symbol* symbol = image_.symbols.find(selection);
    if (symbol != nullptr && symbol->kind == SymbolKind::kFunction) {
      throw InputError(fmt::format(
          "annotate: '{}' is in the firmware, but did not run; let the run go on for longer "
          "(--until), or feed it what it waits for",
          selection));
    }
    std::string hottest;
    for (std::size_t i = 0; i < report_.functions.size() && i < 3; ++i) {
      hottest +=
          fmt::format("{}'{}'", i == 0 ? "" : ", ", without_parameters(report_.functions[i].name));
    }
    throw InputError(fmt::format(
        "annotate: nothing that ran is called '{}'; expected a function (also a pattern such as "
        "'*conv*'), FILE:LINE, or an address range. The most cycles were in {}",
        selection, hottest));
  }

  const ProfileReport& report_;
  const FirmwareImage& image_;
  const Bus& bus_;
  std::map<Address, std::vector<const InsnRow*>> by_function_;
};

}  // namespace

std::vector<AnnotatedFunction> annotate(const std::string& selection, const ProfileReport& report,
                                        const FirmwareImage& image, const Bus& bus) {
  return Annotator(report, image, bus).select(selection);
}

}  // namespace tinyscope
