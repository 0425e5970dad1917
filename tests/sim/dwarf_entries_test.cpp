// Inlined functions from entries written byte by byte: DWARF version 4, sections 3.3.8 and 7.5.
// Damaged ones cost the inlined functions, never more.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sim/image/image.hpp"
#include "sim/log.hpp"
#include "tests/support/firmware_builders.hpp"
#include "tests/support/parser_entries.hpp"

namespace tinyscope {
namespace {

using test::Bytes;
using test::put;

constexpr Address kText = 0x100;
constexpr std::uint32_t kTextBytes = 0x100;

// Codes of the abbreviations below.
constexpr unsigned kUnit = 1, kAbstract = 2, kConcrete = 3, kInlined = 4, kBlock = 5,
                   kInlinedRanges = 6, kEnd = 0;

void abbreviation(Bytes& to, unsigned code, unsigned tag, bool children,
                  const std::vector<std::pair<unsigned, unsigned>>& attributes) {
  put(to, code, 1);
  put(to, tag, 1);
  put(to, children ? 1 : 0, 1);
  for (const auto& [name, form] : attributes) {
    put(to, name, 1);
    put(to, form, 1);
  }
  put(to, 0, 2);
}

Bytes abbreviations() {
  constexpr unsigned kName = 0x03, kLowPc = 0x11, kHighPc = 0x12, kOrigin = 0x31, kRanges = 0x55,
                     kCallLine = 0x59;
  constexpr unsigned kAddr = 0x01, kData4 = 0x06, kString = 0x08, kData1 = 0x0B, kRef4 = 0x13,
                     kSecOffset = 0x17;
  Bytes bytes;
  abbreviation(bytes, kUnit, 0x11, true, {});
  abbreviation(bytes, kAbstract, 0x2E, false, {{kName, kString}});
  abbreviation(bytes, kConcrete, 0x2E, true, {{kLowPc, kAddr}, {kHighPc, kData4}});
  abbreviation(bytes, kInlined, 0x1D, true,
               {{kOrigin, kRef4}, {kLowPc, kAddr}, {kHighPc, kData4}, {kCallLine, kData1}});
  abbreviation(bytes, kBlock, 0x0B, true, {});
  abbreviation(bytes, kInlinedRanges, 0x1D, false,
               {{kOrigin, kRef4}, {kRanges, kSecOffset}, {kCallLine, kData1}});
  put(bytes, kEnd, 1);
  return bytes;
}

class Entries {
 public:
  Entries() { put(bytes_, kUnit, 1); }
  // Offset in the unit of an abstract function called `name`.
  std::uint32_t abstract(std::string_view name) {
    const auto offset = static_cast<std::uint32_t>(kHeader + bytes_.size());
    put(bytes_, kAbstract, 1);
    put(bytes_, name);
    return offset;
  }
  Entries& concrete(Address low, std::uint32_t size) {
    put(bytes_, kConcrete, 1);
    put(bytes_, low, 4);
    put(bytes_, size, 4);
    return *this;
  }
  Entries& inlined(std::uint32_t origin, Address low, std::uint32_t size, unsigned line) {
    put(bytes_, kInlined, 1);
    put(bytes_, origin, 4);
    put(bytes_, low, 4);
    put(bytes_, size, 4);
    put(bytes_, line, 1);
    return *this;
  }
  Entries& inlined_ranges(std::uint32_t origin, std::uint32_t list, unsigned line) {
    put(bytes_, kInlinedRanges, 1);
    put(bytes_, origin, 4);
    put(bytes_, list, 4);
    put(bytes_, line, 1);
    return *this;
  }
  Entries& block() {
    put(bytes_, kBlock, 1);
    return *this;
  }
  Entries& end() {
    put(bytes_, kEnd, 1);
    return *this;
  }
  std::uint32_t next() const { return static_cast<std::uint32_t>(kHeader + bytes_.size()); }

  Bytes unit() const {
    Bytes unit;
    put(unit, kHeader - 4 + bytes_.size(), 4);
    put(unit, 4, 2);  // version
    put(unit, 0, 4);  // abbreviations
    put(unit, 4, 1);  // bytes of an address
    unit.insert(unit.end(), bytes_.begin(), bytes_.end());
    return unit;
  }

 private:
  static constexpr std::size_t kHeader = 11;
  Bytes bytes_;
};

Bytes elf(const Bytes& info, const Bytes& ranges = {}, Address function = kText) {
  test::ElfBuilder builder;
  builder.segment(kText, kText, Bytes(kTextBytes))
      .section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, kText, kTextBytes)
      .debug_section(".debug_info", info)
      .debug_section(".debug_abbrev", abbreviations());
  if (!ranges.empty()) builder.debug_section(".debug_ranges", ranges);
  return builder.symbol("f", function | 1, 0x40, STT_FUNC).build();
}

std::string calls(const FirmwareImage& image, Address address) {
  std::string text;
  if (!image.inlines) return "no table";
  for (const InlinedCall& call : image.inlines->at(address)) {
    text += call.function + '@' + std::to_string(call.line) + ' ';
  }
  return text;
}

class DwarfEntries : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::kOff); }
  void TearDown() override { log::set_level(log::Level::kWarning); }
};

TEST_F(DwarfEntries, TellWhatIsInlinedWhereAndWithin) {
  Entries entries;
  const auto dot = entries.abstract("dot");
  const auto clamp = entries.abstract("clamp");
  entries.concrete(0x100, 0x40)
      .block()
      .inlined(dot, 0x110, 0x20, 7)
      .inlined(clamp, 0x118, 4, 3)
      .end()
      .end()
      .inlined_ranges(clamp, 0, 9)
      .end()
      .end()
      .end();
  Bytes ranges;
  for (const Address at : {0x134u, 0x136u, 0x13Au, 0x13Cu, 0u, 0u}) put(ranges, at, 4);
  const auto image = parse_firmware(elf(entries.unit(), ranges), "fw.elf");
  EXPECT_EQ(calls(image, 0x100), "");
  EXPECT_EQ(calls(image, 0x110), "dot@7 ");
  EXPECT_EQ(calls(image, 0x118), "clamp@3 dot@7 ");
  EXPECT_EQ(calls(image, 0x11C), "dot@7 ");
  EXPECT_EQ(calls(image, 0x130), "");
  EXPECT_EQ(calls(image, 0x134), "clamp@9 ");
  EXPECT_EQ(calls(image, 0x136), "");
  EXPECT_EQ(calls(image, 0x13A), "clamp@9 ");
}

// Linkers leave functions that they discarded at 0.
TEST_F(DwarfEntries, LeaveOutFunctionsThatAreNotInTheImage) {
  Entries entries;
  const auto dot = entries.abstract("dot");
  entries.concrete(0, 0x200).inlined(dot, 0x110, 0x10, 7).end().end();
  entries.concrete(0x8000, 0x40).inlined(dot, 0x120, 0x10, 7).end().end().end();
  const auto image = parse_firmware(elf(entries.unit()), "fw.elf");
  EXPECT_EQ(calls(image, 0x110), "");
  EXPECT_EQ(calls(image, 0x120), "");
}

TEST_F(DwarfEntries, HaveNoNameIfTheirOriginsGoInCircles) {
  Entries entries;
  const auto itself = entries.next() + 9;  // behind the concrete function's entry
  entries.concrete(0x100, 0x40).inlined(itself, 0x110, 0x10, 7).end().end().end();
  const auto image = parse_firmware(elf(entries.unit()), "fw.elf");
  EXPECT_EQ(calls(image, 0x110), "@7 ");
}

TEST_F(DwarfEntries, AreRefusedIfNestedWithoutEnd) {
  Entries entries;
  const auto dot = entries.abstract("dot");
  entries.concrete(0x100, 0x40);
  for (int i = 0; i < 100'000; ++i) entries.inlined(dot, 0x110, 0x10, 7);
  const auto image = parse_firmware(elf(entries.unit()), "fw.elf");
  EXPECT_EQ(calls(image, 0x110), "");
}

TEST_F(DwarfEntries, AreRefusedIfTheyEndTooEarly) {
  Entries entries;
  const auto dot = entries.abstract("dot");
  entries.concrete(0x100, 0x40).inlined(dot, 0x110, 0x10, 7).end().end().end();
  const Bytes whole = entries.unit();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(calls(parse_firmware(elf(cut), "fw.elf"), 0x110), "") << size;
  }
}

// One range list of many entries, named again and again: 20,000 times 4,000 ranges.
TEST_F(DwarfEntries, AreRefusedIfTheyAskForTooMuchWork) {
  Entries entries;
  const auto dot = entries.abstract("dot");
  entries.concrete(0x100, 0x40);
  for (int i = 0; i < 20'000; ++i) entries.inlined_ranges(dot, 0, 7);
  entries.end().end();
  Bytes ranges;
  for (int i = 0; i < 4'000; ++i) {
    put(ranges, 0x110, 4);
    put(ranges, 0x120, 4);
  }
  put(ranges, 0, 8);
  const auto image = parse_firmware(elf(entries.unit(), ranges), "fw.elf");
  EXPECT_EQ(calls(image, 0x110), "");
}

TEST_F(DwarfEntries, MayBeDamagedInAnyWay) {
  Entries entries;
  const auto dot = entries.abstract("dot");
  entries.concrete(0x100, 0x40).inlined(dot, 0x110, 0x20, 7).inlined_ranges(dot, 0, 9);
  entries.end().end().end();
  Bytes ranges;
  for (const Address at : {0x134u, 0x136u, 0u, 0u}) put(ranges, at, 4);
  const Bytes valid = entries.unit();
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    Bytes info = valid;
    for (unsigned n = 0; n <= random() % 4; ++n) {
      info[random() % info.size()] = static_cast<std::uint8_t>(random());
    }
    EXPECT_TRUE(test::try_firmware(elf(info, ranges)));
  }
}

}  // namespace
}  // namespace tinyscope
