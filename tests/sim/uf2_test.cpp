// Block layout: github.com/microsoft/uf2, README.md, "File format".
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
using test::poke;
using test::Uf2Block;
using ::testing::HasSubstr;

FirmwareImage parse(const Bytes& bytes) { return parse_firmware(bytes, "fw.uf2"); }

TEST(Uf2, JoinsThePayloadsOfItsBlocks) {
  const FirmwareImage image =
      parse(test::uf2_file({{0x2'6000, Bytes(256, 1)}, {0x2'6100, Bytes(256, 2)}}));
  EXPECT_EQ(image.format, "uf2");
  ASSERT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.segments[0].address, 0x2'6000u);
  ASSERT_EQ(image.segments[0].bytes.size(), 512u);
  EXPECT_EQ(image.segments[0].bytes[255], 1);
  EXPECT_EQ(image.segments[0].bytes[256], 2);
}

TEST(Uf2, SkipsBlocksThatAreNotForTheMainFlash) {
  Uf2Block note{0x2'6100, Bytes(16, 9)};
  note.flags = 0x1;
  const FirmwareImage image = parse(test::uf2_file({{0x2'6000, Bytes(16, 1)}, note}));
  ASSERT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.segments[0].bytes.size(), 16u);
}

struct BadUf2 {
  const char* name;
  std::function<void(Bytes&)> damage;
  std::vector<std::string> message;
};
void PrintTo(const BadUf2& bad, std::ostream* out) { *out << bad.name; }
class Uf2Refuses : public ::testing::TestWithParam<BadUf2> {};

TEST_P(Uf2Refuses, WithTheBlockAndWhatWasExpected) {
  Bytes bytes = test::uf2_file({{0x2'6000, Bytes(256, 1)}, {0x2'6100, Bytes(256, 2)}});
  GetParam().damage(bytes);
  std::string message = "no error";
  try {
    parse(bytes);
  } catch (const InputError& error) {
    message = error.what();
  }
  EXPECT_THAT(message, HasSubstr("fw.uf2: "));
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    Files, Uf2Refuses,
    ::testing::Values(
        BadUf2{"Cut",
               [](Bytes& b) { b.resize(700); },
               {"188 bytes left over at offset 0x200", "truncated"}},
        BadUf2{"BlockMissing",
               [](Bytes& b) { b.resize(512); },
               {"offset 0x18 (block 0)", "number of blocks", "expected 0x00000001"}},
        BadUf2{"FirstMagic",
               [](Bytes& b) { poke(b, 512, 0, 4); },
               {"offset 0x200 (block 1)", "first magic"}},
        BadUf2{"SecondMagic",
               [](Bytes& b) { poke(b, 4, 0, 4); },
               {"offset 0x4", "second magic number: expected 0x9E5D5157"}},
        BadUf2{"FinalMagic", [](Bytes& b) { poke(b, 508, 1, 4); }, {"offset 0x1FC", "final magic"}},
        BadUf2{"Numbering",
               [](Bytes& b) { poke(b, 512 + 20, 7, 4); },
               {"offset 0x214 (block 1)", "block number: expected 0x00000001, found 0x00000007"}},
        BadUf2{
            "PayloadSize", [](Bytes& b) { poke(b, 16, 477, 4); }, {"at most 476 bytes, found 477"}},
        BadUf2{"Families",
               [](Bytes& b) { poke(b, 512 + 28, 0xE48BFF56, 4); },
               {"0xE48BFF56 after 0xADA52840", "one chip only"}},
        BadUf2{"Overlap",
               [](Bytes& b) { poke(b, 512 + 12, 0x2'6080, 4); },
               {"block 1", "overlap", "block 0"}},
        BadUf2{"AddressSpace", [](Bytes& b) { poke(b, 12, 0xFFFF'FFF0, 4); }, {"block 0", "4 GiB"}},
        BadUf2{"NothingForTheFlash",
               [](Bytes& b) {
                 poke(b, 8, 1, 4);
                 poke(b, 512 + 8, 1, 4);
               },
               {"no block holds data"}}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace tinyscope
