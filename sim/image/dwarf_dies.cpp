// DWARF Debugging Information Format, version 5: sections 2.17 (addresses), 7.5 (entries, forms)
// and 7.25 (range lists); version 4, section 2.17.3, for .debug_ranges.
#include "sim/image/dwarf_dies.hpp"

#include <algorithm>

namespace tinyscope {
namespace {

// Bound the work that a small file can ask for by pointing at the same bytes again and again.
constexpr std::size_t kMostAbbreviations = 1u << 20;
constexpr std::size_t kMostAttributes = 64;  // of one entry; compilers write up to about 20
constexpr std::size_t kMostRanges = 1u << 21;

enum Attribute : std::uint16_t {
  kName = 0x03,
  kStmtList = 0x10,
  kLowPc = 0x11,
  kHighPc = 0x12,
  kAbstractOrigin = 0x31,
  kSpecification = 0x47,
  kRanges = 0x55,
  kCallFile = 0x58,
  kCallLine = 0x59,
  kLinkageName = 0x6E,
  kStrOffsetsBase = 0x72,
  kAddrBase = 0x73,
  kRnglistsBase = 0x74,
  kMipsLinkageName = 0x2007,
};

enum Form : std::uint16_t {
  kAddr = 0x01,
  kBlock2 = 0x03,
  kBlock4 = 0x04,
  kData2 = 0x05,
  kData4 = 0x06,
  kData8 = 0x07,
  kString = 0x08,
  kBlock = 0x09,
  kBlock1 = 0x0A,
  kData1 = 0x0B,
  kFlag = 0x0C,
  kSdata = 0x0D,
  kStrp = 0x0E,
  kUdata = 0x0F,
  kRefAddr = 0x10,
  kRef1 = 0x11,
  kRef2 = 0x12,
  kRef4 = 0x13,
  kRef8 = 0x14,
  kRefUdata = 0x15,
  kIndirect = 0x16,
  kSecOffset = 0x17,
  kExprloc = 0x18,
  kFlagPresent = 0x19,
  kStrx = 0x1A,
  kAddrx = 0x1B,
  kRefSup4 = 0x1C,
  kStrpSup = 0x1D,
  kData16 = 0x1E,
  kLineStrp = 0x1F,
  kRefSig8 = 0x20,
  kImplicitConst = 0x21,
  kLoclistx = 0x22,
  kRnglistx = 0x23,
  kRefSup8 = 0x24,
  kStrx1 = 0x25,
  kStrx2 = 0x26,
  kStrx3 = 0x27,
  kStrx4 = 0x28,
  kAddrx1 = 0x29,
  kAddrx2 = 0x2A,
  kAddrx3 = 0x2B,
  kAddrx4 = 0x2C,
  kGnuRefAlt = 0x1F20,
  kGnuStrpAlt = 0x1F21,
};

enum UnitType : std::uint8_t { kCompile = 1, kType = 2, kPartial = 3, kSkeleton = 4 };

ByteReader reader_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  ByteReader reader(bytes);
  reader.skip(offset);
  return reader;
}

}  // namespace

struct DwarfInfo::Value {
  enum class Kind : std::uint8_t { kOther, kNumber, kAddress, kReference, kIndex };
  Kind kind = Kind::kOther;
  std::uint64_t number = 0;  // a reference as offset in .debug_info
  std::string_view text;
};

DwarfInfo::DwarfInfo(const DwarfInfoSections& sections) : sections_(sections) {
  constexpr std::uint32_t kReservedLengths = 0xFFFF'FFF0;  // 64-bit DWARF and reserved values
  ByteReader reader(sections_.info);
  while (!reader.at_end()) {
    const std::uint64_t offset = reader.position();
    const std::uint32_t length = reader.u32();
    if (length >= kReservedLengths) throw MalformedData("64-bit DWARF");
    reader.skip(length);
    read_unit_header(offset, reader.position());
  }
}

void DwarfInfo::read_unit_header(std::uint64_t offset, std::uint64_t end) {
  ByteReader reader = reader_at(sections_.info.first(static_cast<std::size_t>(end)), offset + 4);
  DwarfUnit unit;
  unit.offset = offset;
  unit.end = end;
  unit.version = reader.u16();
  if (unit.version < 2 || unit.version > 5) throw MalformedData("unknown version of a unit");
  const std::uint8_t type = unit.version >= 5 ? reader.u8() : std::uint8_t{kCompile};
  if (unit.version >= 5 && reader.u8() != 4) throw MalformedData("addresses are not of 4 bytes");
  const std::uint32_t abbreviations = reader.u32();
  if (unit.version < 5 && reader.u8() != 4) throw MalformedData("addresses are not of 4 bytes");
  if (type == kSkeleton) reader.skip(8);
  if (type != kCompile && type != kPartial && type != kSkeleton) return;  // types have no code
  unit.first = reader.position();
  unit.abbreviations = &abbreviations_at(abbreviations);
  if (unit.first == unit.end) return;
  read_unit_bases(unit);
  units_.push_back(unit);
}

const DwarfAbbreviations& DwarfInfo::abbreviations_at(std::uint64_t offset) {
  const auto [found, fresh] = tables_.try_emplace(offset);
  DwarfAbbreviations& table = found->second;
  if (!fresh) return table;
  ByteReader reader = reader_at(sections_.abbrev, offset);
  while (true) {
    const std::uint64_t code = reader.uleb128();
    if (code == 0) return table;
    DwarfAbbreviation entry;
    entry.tag = static_cast<std::uint16_t>(reader.uleb128());
    entry.has_children = reader.u8() != 0;
    while (true) {
      if (++abbreviations_read_ > kMostAbbreviations) throw MalformedData("too many abbreviations");
      DwarfAbbreviation::Attribute attribute;
      attribute.name = static_cast<std::uint16_t>(reader.uleb128());
      attribute.form = static_cast<std::uint16_t>(reader.uleb128());
      if (attribute.form == kImplicitConst) attribute.constant = reader.sleb128();
      if (attribute.name == 0 && attribute.form == 0) break;
      if (entry.attributes.size() == kMostAttributes) throw MalformedData("too many attributes");
      entry.attributes.push_back(attribute);
    }
    table.try_emplace(code, std::move(entry));
  }
}

// The bases may come behind attributes that need them, so these are read in a pass of their own.
void DwarfInfo::read_unit_bases(DwarfUnit& unit) const {
  ByteReader reader =
      reader_at(sections_.info.first(static_cast<std::size_t>(unit.end)), unit.first);
  const auto entry = unit.abbreviations->find(reader.uleb128());
  if (entry == unit.abbreviations->end()) return;
  Value low_pc;
  for (const auto& attribute : entry->second.attributes) {
    const bool text = attribute.name != kStmtList && attribute.name != kLowPc &&
                      attribute.name != kStrOffsetsBase && attribute.name != kAddrBase &&
                      attribute.name != kRnglistsBase;
    // Texts may be indexed by a base that is not known yet: their values do not matter here.
    std::uint16_t form = attribute.form;
    if (text && (form == kStrx || (form >= kStrx1 && form <= kStrx4))) {
      if (form == kStrx) {
        reader.uleb128();
      } else {
        reader.skip(form - kStrx1 + 1u);
      }
      continue;
    }
    if (attribute.name == kLowPc && (form == kAddrx || (form >= kAddrx1 && form <= kAddrx4))) {
      low_pc.kind = Value::Kind::kIndex;
      low_pc.number =
          form == kAddrx ? reader.uleb128() : reader.unsigned_integer(form - kAddrx1 + 1u);
      continue;
    }
    const Value value = read_value(unit, reader, form, attribute.constant);
    switch (attribute.name) {
      case kStmtList: unit.line_table = value.number; break;
      case kLowPc: low_pc = value; break;
      case kStrOffsetsBase: unit.str_offsets_base = value.number; break;
      case kAddrBase: unit.addr_base = value.number; break;
      case kRnglistsBase: unit.rnglists_base = value.number; break;
      default: break;
    }
  }
  unit.low_pc =
      low_pc.kind == Value::Kind::kIndex ? indexed_address(unit, low_pc.number) : low_pc.number;
}

const DwarfUnit* DwarfInfo::unit_of(std::uint64_t offset) const {
  const auto after =
      std::upper_bound(units_.begin(), units_.end(), offset,
                       [](std::uint64_t at, const DwarfUnit& unit) { return at < unit.first; });
  if (after == units_.begin()) return nullptr;
  const DwarfUnit& unit = *std::prev(after);
  return offset < unit.end ? &unit : nullptr;
}

std::uint64_t DwarfInfo::indexed_address(const DwarfUnit& unit, std::uint64_t index) const {
  if (index > sections_.addr.size()) throw MalformedData("an index lies outside .debug_addr");
  return reader_at(sections_.addr, unit.addr_base + 4 * index).u32();
}

std::string_view DwarfInfo::indexed_text(const DwarfUnit& unit, std::uint64_t index) const {
  if (index > sections_.str_offsets.size()) {
    throw MalformedData("an index lies outside .debug_str_offsets");
  }
  const std::uint32_t offset =
      reader_at(sections_.str_offsets, unit.str_offsets_base + 4 * index).u32();
  return reader_at(sections_.str, offset).text();
}

DwarfInfo::Value DwarfInfo::read_value(const DwarfUnit& unit, ByteReader& reader,
                                       std::uint16_t form, std::int64_t constant) const {
  using Kind = Value::Kind;
  const auto number = [](std::uint64_t value) { return Value{Kind::kNumber, value, {}}; };
  const auto text = [](std::string_view value) { return Value{Kind::kOther, 0, value}; };
  const auto local = [&unit](std::uint64_t value) {
    return Value{Kind::kReference, unit.offset + value, {}};
  };
  const auto skipped = [&reader](std::uint64_t size) {
    reader.skip(size);
    return Value{};
  };
  switch (form) {
    case kAddr: return {Kind::kAddress, reader.u32(), {}};
    case kBlock1: return skipped(reader.u8());
    case kBlock2: return skipped(reader.u16());
    case kBlock4: return skipped(reader.u32());
    case kBlock:
    case kExprloc: return skipped(reader.uleb128());
    case kData1:
    case kFlag: return number(reader.u8());
    case kData2: return number(reader.u16());
    case kData4:
    case kSecOffset: return number(reader.u32());
    case kData8: return number(reader.unsigned_integer(8));
    case kData16: return skipped(16);
    case kSdata: return number(static_cast<std::uint64_t>(reader.sleb128()));
    case kUdata: return number(reader.uleb128());
    case kImplicitConst: return number(static_cast<std::uint64_t>(constant));
    case kFlagPresent: return number(1);
    case kString: return text(reader.text());
    case kStrp: return text(reader_at(sections_.str, reader.u32()).text());
    case kLineStrp: return text(reader_at(sections_.line_str, reader.u32()).text());
    case kStrx: return text(indexed_text(unit, reader.uleb128()));
    case kStrx1:
    case kStrx2:
    case kStrx3:
    case kStrx4: return text(indexed_text(unit, reader.unsigned_integer(form - kStrx1 + 1u)));
    case kAddrx: return {Kind::kAddress, indexed_address(unit, reader.uleb128()), {}};
    case kAddrx1:
    case kAddrx2:
    case kAddrx3:
    case kAddrx4:
      return {
          Kind::kAddress, indexed_address(unit, reader.unsigned_integer(form - kAddrx1 + 1u)), {}};
    case kRef1: return local(reader.u8());
    case kRef2: return local(reader.u16());
    case kRef4: return local(reader.u32());
    case kRef8: return local(reader.unsigned_integer(8));
    case kRefUdata: return local(reader.uleb128());
    case kRefAddr: return {Kind::kReference, reader.u32(), {}};
    case kRnglistx: return {Kind::kIndex, reader.uleb128(), {}};
    case kLoclistx: reader.uleb128(); return {};
    case kRefSup4:
    case kStrpSup:
    case kGnuRefAlt:
    case kGnuStrpAlt: return skipped(4);
    case kRefSig8:
    case kRefSup8: return skipped(8);
    case kIndirect: {
      const auto real = static_cast<std::uint16_t>(reader.uleb128());
      if (real == kIndirect || real == kImplicitConst) throw MalformedData("a form is no form");
      return read_value(unit, reader, real, 0);
    }
    default: throw MalformedData("unknown form of an attribute");
  }
}

DwarfDie DwarfInfo::read(const DwarfUnit& unit, std::uint64_t offset) const {
  ByteReader reader = reader_at(sections_.info.first(static_cast<std::size_t>(unit.end)), offset);
  DwarfDie die;
  const std::uint64_t code = reader.uleb128();
  if (code == 0) {
    die.next = reader.position();
    return die;
  }
  const auto entry = unit.abbreviations->find(code);
  if (entry == unit.abbreviations->end()) throw MalformedData("unknown abbreviation");
  die.tag = entry->second.tag;
  die.has_children = entry->second.has_children;
  bool high_is_offset = false;
  for (const auto& attribute : entry->second.attributes) {
    const Value value = read_value(unit, reader, attribute.form, attribute.constant);
    switch (attribute.name) {
      case kName: die.name = value.text; break;
      case kLinkageName:
      case kMipsLinkageName: die.linkage_name = value.text; break;
      case kLowPc: die.low_pc = value.number; break;
      case kHighPc:
        die.high_pc = value.number;
        high_is_offset = value.kind != Value::Kind::kAddress;
        break;
      case kRanges:
        die.ranges = value.number;
        die.ranges_indexed = value.kind == Value::Kind::kIndex;
        break;
      case kAbstractOrigin:
      case kSpecification:
        if (value.kind == Value::Kind::kReference) die.origin = value.number;
        break;
      case kCallFile: die.call_file = value.number; break;
      case kCallLine: die.call_line = value.number; break;
      default: break;
    }
  }
  if (high_is_offset && die.low_pc) *die.high_pc += *die.low_pc;
  die.next = reader.position();
  return die;
}

void DwarfInfo::count_range() {
  if (++ranges_read_ > kMostRanges) throw MalformedData("too many address ranges");
}

std::vector<DwarfRange> DwarfInfo::ranges(const DwarfUnit& unit, const DwarfDie& die) {
  if (die.ranges) {
    if (unit.version < 5) return old_ranges(unit, *die.ranges);
    std::uint64_t offset = *die.ranges;
    if (die.ranges_indexed) {
      if (offset > sections_.rnglists.size()) throw MalformedData("no such range list");
      offset =
          unit.rnglists_base + reader_at(sections_.rnglists, unit.rnglists_base + 4 * offset).u32();
    }
    return range_list(unit, offset);
  }
  if (!die.low_pc || !die.high_pc || *die.high_pc <= *die.low_pc) return {};
  if (*die.high_pc > 0xFFFF'FFFFu) return {};
  count_range();
  return {{static_cast<Address>(*die.low_pc), static_cast<Address>(*die.high_pc)}};
}

std::vector<DwarfRange> DwarfInfo::old_ranges(const DwarfUnit& unit, std::uint64_t offset) {
  std::vector<DwarfRange> found;
  ByteReader reader = reader_at(sections_.ranges, offset);
  auto base = static_cast<Address>(unit.low_pc);
  while (true) {
    const Address begin = reader.u32();
    const Address end = reader.u32();
    if (begin == 0 && end == 0) return found;
    count_range();
    if (begin == 0xFFFF'FFFFu) {
      base = end;
    } else if (begin < end) {
      found.push_back({begin + base, end + base});
    }
  }
}

std::vector<DwarfRange> DwarfInfo::range_list(const DwarfUnit& unit, std::uint64_t offset) {
  std::vector<DwarfRange> found;
  ByteReader reader = reader_at(sections_.rnglists, offset);
  std::uint64_t base = unit.low_pc;
  const auto add = [&found](std::uint64_t begin, std::uint64_t end) {
    if (begin < end && end <= 0xFFFF'FFFFu) {
      found.push_back({static_cast<Address>(begin), static_cast<Address>(end)});
    }
  };
  while (true) {
    count_range();
    switch (reader.u8()) {
      case 0: return found;                                           // DW_RLE_end_of_list
      case 1: base = indexed_address(unit, reader.uleb128()); break;  // base_addressx
      case 2: {                                                       // startx_endx
        const std::uint64_t begin = indexed_address(unit, reader.uleb128());
        add(begin, indexed_address(unit, reader.uleb128()));
        break;
      }
      case 3: {  // startx_length
        const std::uint64_t begin = indexed_address(unit, reader.uleb128());
        add(begin, begin + reader.uleb128());
        break;
      }
      case 4: {  // offset_pair
        const std::uint64_t begin = base + reader.uleb128();
        add(begin, base + reader.uleb128());
        break;
      }
      case 5: base = reader.u32(); break;  // base_address
      case 6: {                            // start_end
        const std::uint64_t begin = reader.u32();
        add(begin, reader.u32());
        break;
      }
      case 7: {  // start_length
        const std::uint64_t begin = reader.u32();
        add(begin, begin + reader.uleb128());
        break;
      }
      default: throw MalformedData("unknown entry of a range list");
    }
  }
}

}  // namespace tinyscope
