// Line tables as the images carry them. Encoding: DWARF version 5, section 6.2.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "sim/image/image.hpp"
#include "tests/support/command_output.hpp"
#include "tests/support/firmware_builders.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using test::Bytes;
using test::ElfBuilder;

std::string line_at(const FirmwareImage& image, Address address) {
  if (!image.lines) return "no lines";
  const auto found = image.lines->find(address);
  return found ? found->file + ":" + std::to_string(found->line) : "none";
}

FirmwareImage image_with_lines(Address text, std::uint32_t size, const Bytes& lines,
                               Address function) {
  return parse_firmware(ElfBuilder()
                            .segment(text, text, Bytes(size))
                            .section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, text, size)
                            .debug_section(".debug_line", lines)
                            .symbol("f", function | 1, 8, STT_FUNC)
                            .build(),
                        "fw.elf");
}

TEST(DwarfLines, FindsTheLineThatCoversAnAddress) {
  const auto lines = test::dwarf5_line_unit("/src", "main.c", {{0x100, {10, 12, 300}, 4}});
  const FirmwareImage image = image_with_lines(0x100, 64, lines, 0x100);
  EXPECT_EQ(line_at(image, 0x100), "/src/main.c:10");
  EXPECT_EQ(line_at(image, 0x103), "/src/main.c:10");
  EXPECT_EQ(line_at(image, 0x104), "/src/main.c:12");
  EXPECT_EQ(line_at(image, 0x10B), "/src/main.c:300");
  EXPECT_EQ(line_at(image, 0x10C), "none");
  EXPECT_EQ(line_at(image, 0xFF), "none");
}

TEST(DwarfLines, ReadsTheFileTablesOfVersion4) {
  const auto lines = test::dwarf4_line_unit("lib", "dot.c", {{0x100, {3, 4}, 2}});
  const FirmwareImage image = image_with_lines(0x100, 64, lines, 0x100);
  EXPECT_EQ(line_at(image, 0x102), "lib/dot.c:4");
}

// GNU ld resolves the addresses of sections that --gc-sections dropped to 0.
TEST(DwarfLines, IgnoresDiscardedFunctionsWhereFlashBeginsAtZero) {
  const auto lines = test::dwarf5_line_unit(
      "/src", "main.c", {{0, {901, 902, 903, 904, 905}, 16}, {0x40, {10, 11}, 4}, {0, {999}, 64}});
  const FirmwareImage image = image_with_lines(0, 0x100, lines, 0x40);
  EXPECT_EQ(line_at(image, 0x40), "/src/main.c:10");
  EXPECT_EQ(line_at(image, 0x44), "/src/main.c:11");
  EXPECT_EQ(line_at(image, 0x20), "none");
}

TEST(DwarfLines, KeepsAFunctionThatReallyLiesAtZero) {
  const auto lines = test::dwarf5_line_unit("/src", "start.c", {{0, {5, 6}, 4}});
  EXPECT_EQ(line_at(image_with_lines(0, 0x100, lines, 0), 4), "/src/start.c:6");
}

TEST(DwarfLines, TellsTheFunctionAtZeroFromDiscardedOnesByItsSize) {  // f has 8 bytes
  const auto lines = test::dwarf5_line_unit(
      "/src", "start.c", {{0, {901, 902}, 16}, {0, {5, 6}, 4}, {0, {911, 912, 913}, 2}});
  const FirmwareImage image = image_with_lines(0, 0x100, lines, 0);
  EXPECT_EQ(line_at(image, 0), "/src/start.c:5");
  EXPECT_EQ(line_at(image, 4), "/src/start.c:6");
  EXPECT_EQ(line_at(image, 8), "none");
}

TEST(DwarfLines, PrefersNoLineAtZeroOverADoubtfulOne) {
  const auto lines = test::dwarf5_line_unit("/src", "start.c",
                                            {{0, {5, 6}, 4}, {0, {901, 902}, 4}, {0x40, {10}, 4}});
  const FirmwareImage image = image_with_lines(0, 0x100, lines, 0);
  EXPECT_EQ(line_at(image, 0), "none");
  EXPECT_EQ(line_at(image, 0x40), "/src/start.c:10");
}

// LLVM lld marks what it discards, see LLVM's "[ELF] -z dead-reloc-in-nonalloc".
TEST(DwarfLines, IgnoresWhatOtherLinkersMarkAsDiscarded) {
  const auto lines =
      test::dwarf5_line_unit("/src", "main.c", {{0xFFFF'FFFF, {901, 902}, 64}, {0x40, {10}, 4}});
  const FirmwareImage image = image_with_lines(0, 0x100, lines, 0x40);
  EXPECT_EQ(line_at(image, 0x40), "/src/main.c:10");
  EXPECT_EQ(line_at(image, 0x3F), "none");
}

// libdw holds the whole path of each file name: 200,000 names in a folder of 4,000 letters.
TEST(DwarfLines, RefusesTablesWhosePathsWouldTakeGigabytes) {
  Bytes header = test::line_header_start(4);
  test::put(header, std::string(4'000, 'x'));
  test::put(header, 0, 1);
  for (int i = 0; i < 200'000; ++i) {
    test::put(header, "a");
    test::put(header, 1, 3);  // folder 1, modified 0, length 0
  }
  test::put(header, 0, 1);
  const auto lines = test::line_unit(4, header, {});
  EXPECT_EQ(line_at(image_with_lines(0x100, 64, lines, 0x100), 0x100), "no lines");
}

TEST(DwarfLines, ReadsTheLinesOfAVeryLongFunction) {  // 100,000 lines of 2 bytes
  std::vector<int> numbers(100'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = 1 + static_cast<int>(i);
  const auto lines = test::dwarf5_line_unit("/src", "long.c", {{0x100, numbers, 2}});
  const FirmwareImage image = image_with_lines(0x100, 200'000, lines, 0x100);
  EXPECT_EQ(line_at(image, 0x100 + 2 * 99'998), "/src/long.c:99999");
}

// --- against the toolchain, where there is one ---------------------------------------------------

class DwarfLinesOfGcc : public ::testing::TestWithParam<const char*> {};

TEST_P(DwarfLinesOfGcc, AgreeWithAddr2line) {
  if (std::system("command -v arm-none-eabi-gcc arm-none-eabi-addr2line >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no arm-none-eabi toolchain";
  }
  const test::TemporaryFolder folder;
  const auto source = folder.write("lines.c",
                                   "static inline int twice(int a) {\n"
                                   "  return a + a;\n"
                                   "}\n"
                                   "int unused(int a) {\n"
                                   "  return a * 7;\n"
                                   "}\n"
                                   "int __attribute__((noinline)) sum(const int *v, int n) {\n"
                                   "  int s = 0;\n"
                                   "  for (int i = 0; i < n; ++i) {\n"
                                   "    s += twice(v[i]);\n"
                                   "  }\n"
                                   "  return s;\n"
                                   "}\n"
                                   "int values[4];\n"
                                   "int _start(void) {\n"
                                   "  return sum(values, 4);\n"
                                   "}\n");
  const auto elf = folder.path() / "lines.elf";
  const std::string build =
      std::string(
          "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -O1 -ffunction-sections -nostdlib "
          "-Wl,--gc-sections -Wl,-Ttext=0 -Wl,-Tdata=0x20000000 ") +
      GetParam() + " " + source.string() + " -o " + elf.string();
  ASSERT_EQ(std::system(build.c_str()), 0);

  const FirmwareImage image = load_firmware(elf);
  const Symbol* sum = image.symbols.find("sum");
  ASSERT_NE(sum, nullptr);
  for (Address at = sum->address; at < sum->address + sum->size; at += 2) {
    std::string expected = test::output_of("arm-none-eabi-addr2line -e " + elf.string() + " " +
                                           std::to_string(at).insert(0, "$(printf 0x%x ") + ")");
    expected = expected.substr(0, expected.find_first_of(" \n"));
    const std::string found = line_at(image, at);
    EXPECT_EQ(found.substr(found.rfind('/') + 1), expected.substr(expected.rfind('/') + 1)) << at;
  }
}

// Before DWARF 5 the folder of the compilation stands outside the line tables.
TEST(DwarfLinesOfGcc5, NameRelativeFilesInFull) {
  if (std::system("command -v arm-none-eabi-gcc >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no arm-none-eabi toolchain";
  }
  const test::TemporaryFolder folder;
  folder.write("parts/a.c", "int _start(void) { return 1; }\n");
  ASSERT_EQ(std::system(("cd " + folder.path().string() +
                         " && arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -nostdlib -gdwarf-5 "
                         "-Wa,-gdwarf-5 parts/a.c -o a.elf")
                            .c_str()),
            0);
  const FirmwareImage image = load_firmware(folder.path() / "a.elf");
  EXPECT_EQ(line_at(image, image.symbols.find("_start")->address),
            std::filesystem::canonical(folder.path()).string() + "/parts/a.c:1");
}

INSTANTIATE_TEST_SUITE_P(Versions, DwarfLinesOfGcc,
                         ::testing::Values("-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5",
                                           "-gdwarf-5 -Wa,-gdwarf-5", "-gdwarf-4 -gz",
                                           "-gdwarf-5 -Wa,-gdwarf-5 -gz"));

}  // namespace
}  // namespace tinyscope
