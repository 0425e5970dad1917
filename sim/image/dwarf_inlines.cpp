#include "sim/image/dwarf_inlines.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "sim/image/demangle.hpp"
#include "sim/log.hpp"

namespace tinyscope {
namespace {

// Bound the work and memory that damaged files can ask for.
constexpr std::size_t kDeepestEntry = 512;
constexpr std::size_t kMostNameBytes = 64u << 20;
constexpr int kMostOrigins = 8;  // from a concrete entry to the one that has the name

constexpr std::int32_t kNone = -1;

// An inlined call.
struct Node {
  std::int32_t parent = kNone;  // the inlined call around it
  std::uint32_t function = 0;   // indices of names
  std::uint32_t file = 0;
  int line = 0;
};

// Which node each address belongs to. Later ones lie within earlier ones, and cover them.
class Cover {
 public:
  std::int32_t at(Address address) const {
    const auto after = starts_.upper_bound(address);
    return after == starts_.begin() ? kNone : std::prev(after)->second;
  }
  void add(const DwarfRange& range, std::int32_t node) {
    const std::int32_t behind = at(range.end);
    const auto first = starts_.lower_bound(range.begin);
    starts_.erase(first, starts_.upper_bound(range.end));
    starts_[range.begin] = node;
    starts_[range.end] = behind;
  }

 private:
  std::map<Address, std::int32_t> starts_;  // each reaches up to the next
};

// What the reader needs of the image, kept until it reads.
struct ImageFacts {
  explicit ImageFacts(const FirmwareImage& image) : lines(image.lines) {
    for (const SectionInfo& section : image.sections) {
      if (section.executable) code.push_back({section.address, section.address + section.size});
    }
    std::sort(code.begin(), code.end(),
              [](const DwarfRange& a, const DwarfRange& b) { return a.begin < b.begin; });
    for (const Symbol& symbol : image.symbols.all()) {
      if (symbol.kind == SymbolKind::kFunction && symbol.address == 0) {
        size_at_zero = std::max(size_at_zero, symbol.size);
      }
    }
  }
  bool is_code(const DwarfRange& range) const {
    const auto after = std::upper_bound(
        code.begin(), code.end(), range.begin,
        [](Address begin, const DwarfRange& section) { return begin < section.begin; });
    return after != code.begin() && range.end <= std::prev(after)->end;
  }
  // Linkers leave discarded functions at 0, where on some chips flash begins; a function is really
  // there if a symbol of its size says so.
  bool is_kept(const std::vector<DwarfRange>& ranges) const {
    constexpr Address kMostPadding = 3;
    if (ranges.empty() || !is_code(ranges.front())) return false;
    if (ranges.front().begin > 1) return true;  // some linkers write 1
    const Address size = ranges.front().end;
    return size_at_zero != 0 && size + kMostPadding >= size_at_zero && size <= size_at_zero;
  }

  std::shared_ptr<const LineTable> lines;
  std::vector<DwarfRange> code;    // executable sections, by address
  std::uint32_t size_at_zero = 0;  // of the function there; 0: there is none
};

class Inlines {
 public:
  Inlines(const DwarfInfoSections& sections, const ImageFacts& image)
      : info_(sections), image_(image) {
    names_.emplace_back();
    for (const DwarfUnit& unit : info_.units()) read_unit(unit);
    numbers_.clear();
  }

  std::vector<InlinedCall> at(Address address) const {
    std::vector<InlinedCall> calls;
    for (std::int32_t i = cover_.at(address); i != kNone;) {
      const Node& node = nodes_[static_cast<std::size_t>(i)];
      calls.push_back({names_[node.function], names_[node.file], node.line});
      i = node.parent;
    }
    return calls;
  }

 private:
  // What an entry's children stand in.
  struct Scope {
    bool kept = false;  // a function with code in the image
    std::int32_t node = kNone;
  };

  void read_unit(const DwarfUnit& unit) {
    std::vector<Scope> scopes;
    for (std::uint64_t at = unit.first; at < unit.end;) {
      const DwarfDie die = info_.read(unit, at);
      at = die.next;
      if (die.tag == 0) {
        if (!scopes.empty()) scopes.pop_back();
        continue;
      }
      Scope scope = scopes.empty() ? Scope() : scopes.back();
      if (die.tag == DwarfDie::kSubprogram) {
        scope = {image_.is_kept(info_.ranges(unit, die)), kNone};
      } else if (die.tag == DwarfDie::kInlinedSubroutine && scope.kept) {
        scope.node = add(unit, die, scope.node);
      }
      if (!die.has_children) continue;
      if (scopes.size() == kDeepestEntry) throw MalformedData("entries are nested too deeply");
      scopes.push_back(scope);
    }
  }

  std::int32_t add(const DwarfUnit& unit, const DwarfDie& die, std::int32_t parent) {
    const auto index = static_cast<std::int32_t>(nodes_.size());
    Node node{.parent = parent, .function = name_of(unit, die)};
    if (image_.lines && unit.line_table) {
      node.file = number_of(image_.lines->file(*unit.line_table, die.call_file));
    }
    node.line = static_cast<int>(std::min<std::uint64_t>(die.call_line, 0x7FFF'FFFF));
    nodes_.push_back(node);
    for (const DwarfRange& range : info_.ranges(unit, die)) {
      if (image_.is_code(range)) cover_.add(range, index);
    }
    return index;
  }

  // An inlined call refers to the abstract function, which may refer to a declaration.
  std::uint32_t name_of(const DwarfUnit& unit, const DwarfDie& die) {
    if (!die.origin) return 0;
    const auto [known, fresh] = named_.try_emplace(*die.origin, 0u);
    if (!fresh) return known->second;
    std::string name;
    std::uint64_t at = *die.origin;
    for (int i = 0; i < kMostOrigins; ++i) {
      const bool here = at >= unit.first && at < unit.end;
      const DwarfUnit* const home = here ? &unit : info_.unit_of(at);
      if (home == nullptr) break;
      const DwarfDie origin = info_.read(*home, at);
      if (!origin.linkage_name.empty()) {
        name = demangle(std::string(origin.linkage_name));
        break;
      }
      if (name.empty()) name = origin.name;
      if (!origin.origin) break;
      at = *origin.origin;
    }
    return known->second = number_of(name);
  }

  std::uint32_t number_of(const std::string& name) {
    if (name.empty()) return 0;
    const auto [known, fresh] =
        numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (fresh) {
      name_bytes_ += name.size();
      if (name_bytes_ > kMostNameBytes) throw MalformedData("names are too long");
      names_.push_back(name);
    }
    return known->second;
  }

  DwarfInfo info_;
  const ImageFacts& image_;
  std::vector<Node> nodes_;  // parents before children
  Cover cover_;
  std::vector<std::string> names_;  // the first is empty
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::unordered_map<std::uint64_t, std::uint32_t> named_;  // by offset of the origin
  std::size_t name_bytes_ = 0;
};

class LazyInlines : public InlineTable {
 public:
  LazyInlines(const DwarfInfoSections& sections, const FirmwareImage& image, std::string file)
      : image_(image), file_(std::move(file)) {
    for (std::size_t i = 0; i < kParts.size(); ++i) {
      const auto part = sections.*kParts[i];
      copies_[i].assign(part.begin(), part.end());
    }
  }

  std::vector<InlinedCall> at(Address address) const override {
    std::call_once(once_, [this] { read(); });
    return inlines_ ? inlines_->at(address) : std::vector<InlinedCall>();
  }

 private:
  using Part = DwarfInfoSections::Bytes DwarfInfoSections::*;
  static constexpr std::array<Part, 8> kParts = {
      &DwarfInfoSections::info,     &DwarfInfoSections::abbrev,      &DwarfInfoSections::str,
      &DwarfInfoSections::line_str, &DwarfInfoSections::str_offsets, &DwarfInfoSections::addr,
      &DwarfInfoSections::ranges,   &DwarfInfoSections::rnglists};

  void read() const {
    DwarfInfoSections sections;
    for (std::size_t i = 0; i < kParts.size(); ++i) sections.*kParts[i] = copies_[i];
    try {
      inlines_ = std::make_unique<Inlines>(sections, image_);
    } catch (const MalformedData& error) {
      log::warning("{}: no inlined functions, the debug information is damaged ({})", file_,
                   error.what());
    }
  }

  ImageFacts image_;
  std::string file_;
  std::array<std::vector<std::uint8_t>, 8> copies_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const Inlines> inlines_;
};

}  // namespace

std::shared_ptr<const InlineTable> dwarf_inlines(const DwarfInfoSections& sections,
                                                 const FirmwareImage& image,
                                                 const std::string& file) {
  if (sections.info.empty() || sections.abbrev.empty()) return nullptr;
  return std::make_shared<LazyInlines>(sections, image, file);
}

}  // namespace tinyscope
