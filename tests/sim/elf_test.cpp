// Sources of the numbers: Tool Interface Standard ELF 1.2, ELF for the Arm Architecture.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <ostream>

#include "sim/error.hpp"
#include "sim/image/image.hpp"
#include "tests/support/firmware_builders.hpp"

namespace tinyscope {
namespace {

using test::Bytes;
using test::ElfBuilder;
using test::poke;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::uint32_t kCode = SHF_ALLOC | SHF_EXECINSTR;

FirmwareImage parse(const Bytes& bytes) { return parse_firmware(bytes, "fw.elf"); }

std::string error_of(const Bytes& bytes) {
  try {
    parse(bytes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Elf, PlacesSegmentsAtTheirPhysicalAddress) {
  const FirmwareImage image = parse(ElfBuilder()
                                        .segment(0x0, 0x0, {1, 2, 3, 4})
                                        .segment(0x2000'0000, 0x100, {5, 6}, 64)
                                        .entry(0x3)
                                        .build());
  EXPECT_EQ(image.format, "elf");
  ASSERT_EQ(image.segments.size(), 2u);
  EXPECT_EQ(image.segments[0].address, 0u);
  EXPECT_EQ(image.segments[0].bytes, (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(image.segments[1].address, 0x100u);
  EXPECT_EQ(image.segments[1].bytes, (Bytes{5, 6}));  // .bss is not part of the image
  EXPECT_EQ(image.entry, 0x3u);
}

TEST(Elf, JoinsSegmentsThatTouch) {
  const FirmwareImage image =
      parse(ElfBuilder().segment(0x104, 0x104, {3}).segment(0x100, 0x100, {9, 8, 7, 6}).build());
  ASSERT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.segments[0].bytes, (Bytes{9, 8, 7, 6, 3}));
}

TEST(Elf, LeavesOutHeadersThatTheLinkerPutInFrontOfTheCode) {
  const FirmwareImage image = parse(ElfBuilder()
                                        .segment(0x1'0200, 0x1'0200, Bytes(16, 0xAA))
                                        .section(".text", SHT_PROGBITS, kCode, 0x1'0200, 16)
                                        .first_segment_holds_headers()
                                        .build());
  ASSERT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.segments[0].address, 0x1'0200u);
  EXPECT_EQ(image.segments[0].bytes, Bytes(16, 0xAA));
}

TEST(Elf, RemovesTheThumbBitOfFunctionsOnly) {
  const FirmwareImage image = parse(ElfBuilder()
                                        .segment(0x100, 0x100, Bytes(16))
                                        .section(".text", SHT_PROGBITS, kCode, 0x100, 16)
                                        .symbol("run", 0x101, 4, STT_FUNC)
                                        .symbol("odd_table", 0x10B, 1, STT_OBJECT)
                                        .build());
  EXPECT_EQ(image.symbols.find("run")->address, 0x100u);
  EXPECT_EQ(image.symbols.find("run")->kind, SymbolKind::kFunction);
  EXPECT_EQ(image.symbols.find("odd_table")->address, 0x10Bu);
  EXPECT_EQ(image.symbols.find("odd_table")->kind, SymbolKind::kObject);
}

TEST(Elf, DropsMappingSymbolsFilesAndUndefinedSymbols) {
  const FirmwareImage image =
      parse(ElfBuilder()
                .segment(0x100, 0x100, Bytes(16))
                .section(".text", SHT_PROGBITS, kCode, 0x100, 16)
                .symbol("$t", 0x100, 0, STT_NOTYPE, STB_LOCAL)
                .symbol("$d.12", 0x104, 0, STT_NOTYPE, STB_LOCAL)
                .symbol("main.c", 0, 0, STT_FILE, STB_LOCAL, SHN_ABS)
                .symbol("missing", 0, 0, STT_NOTYPE, STB_WEAK, SHN_UNDEF)
                .symbol("$tart", 0x108, 0, STT_NOTYPE)
                .symbol("_estack", 0x2000'4000, 0, STT_NOTYPE, STB_GLOBAL, SHN_ABS)
                .build());
  ASSERT_EQ(image.symbols.all().size(), 2u);
  EXPECT_EQ(image.symbols.all()[0].name, "$tart");
  EXPECT_EQ(image.symbols.all()[1].name, "_estack");
}

TEST(Elf, PrefersGlobalOverWeakOverLocalNamesOfOneAddress) {
  const FirmwareImage image = parse(ElfBuilder()
                                        .segment(0x100, 0x100, Bytes(16))
                                        .section(".text", SHT_PROGBITS, kCode, 0x100, 16)
                                        .symbol("a_local", 0x101, 4, STT_FUNC, STB_LOCAL)
                                        .symbol("b_weak", 0x101, 4, STT_FUNC, STB_WEAK)
                                        .symbol("z_global", 0x101, 4, STT_FUNC, STB_GLOBAL)
                                        .build());
  EXPECT_EQ(image.symbols.function_at(0x102)->name, "z_global");
}

TEST(Elf, DemanglesCxxNames) {
  const FirmwareImage image = parse(test::example_elf());
  const Symbol* symbol = image.symbols.find("nn::dot(signed char const*, int)");
  ASSERT_NE(symbol, nullptr);
  EXPECT_EQ(symbol->name, "_ZN2nn3dotEPKai");
  EXPECT_EQ(image.symbols.find("nn::dot"), symbol);
}

TEST(Elf, LetsAssemblerFunctionsWithoutSizeReachToTheEndOfTheirSection) {
  const FirmwareImage image = parse(ElfBuilder()
                                        .segment(0x100, 0x100, Bytes(32))
                                        .section(".text", SHT_PROGBITS, kCode, 0x100, 32)
                                        .symbol("first", 0x101, 0, STT_FUNC)
                                        .symbol("last", 0x111, 0, STT_FUNC)
                                        .build());
  EXPECT_EQ(image.symbols.function_at(0x10F)->name, "first");
  EXPECT_EQ(image.symbols.function_at(0x11F)->name, "last");
  EXPECT_EQ(image.symbols.function_at(0x120), nullptr);
}

TEST(Elf, DescribesSectionsWithLoadAddresses) {
  const FirmwareImage image = parse(test::example_elf());
  ASSERT_EQ(image.sections.size(), 3u);
  EXPECT_EQ(image.sections[0].name, ".text");
  EXPECT_TRUE(image.sections[0].executable);
  EXPECT_FALSE(image.sections[0].writable);
  EXPECT_EQ(image.sections[1].name, ".data");
  EXPECT_EQ(image.sections[1].address, 0x2000'0000u);
  EXPECT_EQ(image.sections[1].load_address, 0x1'0040u);
  EXPECT_TRUE(image.sections[1].occupies_image);
  EXPECT_EQ(image.sections[2].name, ".bss");
  EXPECT_EQ(image.sections[2].size, 12u);
  EXPECT_FALSE(image.sections[2].occupies_image);
}

TEST(Elf, KeepsTheImageWhenDebugInformationIsDamaged) {
  const FirmwareImage image =
      parse(ElfBuilder()
                .segment(0x100, 0x100, Bytes(16))
                .section(".text", SHT_PROGBITS, kCode, 0x100, 16)
                .debug_section(".debug_line", {0xFF, 0x00, 0x00, 0x00, 0x05})
                .build());
  EXPECT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.lines, nullptr);
}

struct BadElf {
  const char* name;
  std::function<void(Bytes&)> damage;
  std::vector<std::string> message;
};
void PrintTo(const BadElf& bad, std::ostream* out) { *out << bad.name; }

class ElfRefuses : public ::testing::TestWithParam<BadElf> {};

TEST_P(ElfRefuses, WithOneClearMessage) {
  Bytes bytes = test::example_elf();
  GetParam().damage(bytes);
  const std::string message = error_of(bytes);
  EXPECT_THAT(message, HasSubstr("fw.elf: offset 0x"));
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

constexpr std::size_t kFirstProgram = sizeof(Elf32_Ehdr);
constexpr std::size_t kSecondProgram = kFirstProgram + sizeof(Elf32_Phdr);

INSTANTIATE_TEST_SUITE_P(
    Files, ElfRefuses,
    ::testing::Values(
        BadElf{"X86",
               [](Bytes& b) { poke(b, offsetof(Elf32_Ehdr, e_machine), EM_386, 2); },
               {"expected a 32-bit little-endian Arm executable", "for x86;"}},
        BadElf{"SixtyFourBit",
               [](Bytes& b) {
                 b[EI_CLASS] = ELFCLASS64;
                 poke(b, offsetof(Elf32_Ehdr, e_machine), EM_X86_64, 2);
               },
               {"found a 64-bit little-endian executable for x86-64", "arm-none-eabi-gcc"}},
        BadElf{"BigEndian",
               [](Bytes& b) {
                 b[EI_DATA] = ELFDATA2MSB;
                 std::swap(b[offsetof(Elf32_Ehdr, e_machine)],
                           b[offsetof(Elf32_Ehdr, e_machine) + 1]);
                 std::swap(b[offsetof(Elf32_Ehdr, e_type)], b[offsetof(Elf32_Ehdr, e_type) + 1]);
               },
               {"found a 32-bit big-endian executable for Arm"}},
        BadElf{"ObjectFile",
               [](Bytes& b) { poke(b, offsetof(Elf32_Ehdr, e_type), ET_REL, 2); },
               {"object file for Arm", "link it first"}},
        BadElf{"SharedFile",
               [](Bytes& b) { poke(b, offsetof(Elf32_Ehdr, e_type), ET_DYN, 2); },
               {"position-independent", "static executable"}},
        BadElf{
            "HeaderCut", [](Bytes& b) { b.resize(20); }, {"ELF header of 52 bytes", "truncated"}},
        BadElf{"TailCut", [](Bytes& b) { b.resize(b.size() - 10); }, {"truncated"}},
        BadElf{"NoProgramHeaders",
               [](Bytes& b) { poke(b, offsetof(Elf32_Ehdr, e_phnum), 0, 2); },
               {"no program headers"}},
        BadElf{"ProgramHeadersOutside",
               [](Bytes& b) { poke(b, offsetof(Elf32_Ehdr, e_phoff), 0xFFFF'FFF0, 4); },
               {"program headers", "beyond the end"}},
        BadElf{"SegmentOutside",
               [](Bytes& b) {
                 poke(b, kFirstProgram + offsetof(Elf32_Phdr, p_offset), 0xFFFF'FFF0, 4);
               },
               {"segment 0 needs 64 bytes from 0xFFFFFFF0", "truncated"}},
        BadElf{"SegmentHuge",
               [](Bytes& b) {
                 poke(b, kFirstProgram + offsetof(Elf32_Phdr, p_filesz), 0xFFFF'FFFF, 4);
                 poke(b, kFirstProgram + offsetof(Elf32_Phdr, p_memsz), 0xFFFF'FFFF, 4);
               },
               {"segment 0 needs 4294967295 bytes"}},
        BadElf{"MemorySmallerThanFile",
               [](Bytes& b) { poke(b, kFirstProgram + offsetof(Elf32_Phdr, p_memsz), 8, 4); },
               {"holds 64 bytes and occupies only 8"}},
        BadElf{
            "Overlap",
            [](Bytes& b) { poke(b, kSecondProgram + offsetof(Elf32_Phdr, p_paddr), 0x1'0020, 4); },
            {"segment 1", "0x00010020", "overlap", "segment 0"}},
        BadElf{"BeyondTheAddressSpace",
               [](Bytes& b) {
                 poke(b, kFirstProgram + offsetof(Elf32_Phdr, p_paddr), 0xFFFF'FFF0, 4);
               },
               {"beyond the 4 GiB address space"}},
        BadElf{"SectionHeadersOutside",
               [](Bytes& b) { poke(b, offsetof(Elf32_Ehdr, e_shoff), 0x7FFF'0000, 4); },
               {"section headers", "beyond the end"}}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace tinyscope
