// Records: Intel Hexadecimal Object File Format Specification, revision A.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "sim/error.hpp"
#include "sim/image/image.hpp"
#include "tests/support/firmware_builders.hpp"

namespace tinyscope {
namespace {

using test::Bytes;
using test::hex_record;
using ::testing::HasSubstr;

FirmwareImage parse(const std::string& text) {
  return parse_firmware(test::to_bytes(text), "fw.hex");
}

std::string error_of(const std::string& text) {
  try {
    parse(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

const std::string kEnd(test::kHexEnd);

// The example record of the specification's data record: 16 bytes at 0x0100.
TEST(IntelHex, ReadsDataRecords) {
  const FirmwareImage image = parse(":10010000214601360121470136007EFE09D2190140\n" + kEnd);
  EXPECT_EQ(image.format, "hex");
  ASSERT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.segments[0].address, 0x100u);
  ASSERT_EQ(image.segments[0].bytes.size(), 16u);
  EXPECT_EQ(image.segments[0].bytes[0], 0x21);
  EXPECT_EQ(image.segments[0].bytes[15], 0x01);
}

TEST(IntelHex, JoinsRecordsAcrossExtendedLinearAddresses) {
  const FirmwareImage image =
      parse(hex_record(4, 0, {0x08, 0x00}) + "\n" + hex_record(0, 0xFFFE, {1, 2}) + "\n" +
            hex_record(4, 0, {0x08, 0x01}) + "\n" + hex_record(0, 0, {3, 4}) + "\n" + kEnd);
  ASSERT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.segments[0].address, 0x0800'FFFEu);
  EXPECT_EQ(image.segments[0].bytes, (Bytes{1, 2, 3, 4}));
}

TEST(IntelHex, WrapsOffsetsWithinASegment) {
  const FirmwareImage image = parse(hex_record(2, 0, {0x10, 0x00}) + "\n" +
                                    hex_record(0, 0xFFFE, {1, 2, 3, 4}) + "\n" + kEnd);
  ASSERT_EQ(image.segments.size(), 2u);
  EXPECT_EQ(image.segments[0].address, 0x1'0000u);
  EXPECT_EQ(image.segments[0].bytes, (Bytes{3, 4}));
  EXPECT_EQ(image.segments[1].address, 0x1'FFFEu);
}

TEST(IntelHex, ReadsTheStartAddress) {
  const std::string data = hex_record(0, 0, {1}) + "\n";
  EXPECT_EQ(parse(data + hex_record(5, 0, {0, 1, 2, 3}) + "\n" + kEnd).entry, 0x0001'0203u);
  EXPECT_EQ(parse(data + hex_record(3, 0, {0x10, 0, 0, 4}) + "\n" + kEnd).entry, 0x0001'0004u);
  EXPECT_EQ(parse(data + kEnd).entry, std::nullopt);
}

TEST(IntelHex, AcceptsDosLineEndsBlankLinesAndLowerCase) {
  const FirmwareImage image = parse("\r\n:01000000ab54\r\n\r\n:00000001ff\r\n\r\n");
  EXPECT_EQ(image.segments.at(0).bytes, Bytes{0xAB});
}

struct BadHex {
  const char* name;
  std::string text;
  std::vector<std::string> message;
};
void PrintTo(const BadHex& bad, std::ostream* out) { *out << bad.name; }
class IntelHexRefuses : public ::testing::TestWithParam<BadHex> {};

TEST_P(IntelHexRefuses, WithTheLineAndWhatWasExpected) {
  const std::string message = error_of(GetParam().text);
  for (const std::string& part : GetParam().message) EXPECT_THAT(message, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    Files, IntelHexRefuses,
    ::testing::Values(
        BadHex{"Checksum",
               hex_record(0, 0, {1}) + "\n:0100010001FE\n" + kEnd,
               {"fw.hex:2: checksum: expected 0xFD, found 0xFE"}},
        BadHex{"Digit", ":01000000G1FE\n" + kEnd, {"fw.hex:1:", "column 10"}},
        BadHex{
            "Length", ":0200000001FD\n" + kEnd, {"fw.hex:1:", "announces 2 data bytes and has 1"}},
        BadHex{"OddDigits", ":0100000001F\n" + kEnd, {"fw.hex:1:", "even number"}},
        BadHex{
            "RecordType", hex_record(6, 0, {}) + "\n" + kEnd, {"fw.hex:1:", "00 to 05, found 06"}},
        BadHex{"AddressLength",
               hex_record(4, 0, {1}) + "\n" + kEnd,
               {"fw.hex:1:", "type 04 holds 2 bytes, found 1"}},
        BadHex{
            "MissingEnd", hex_record(0, 0, {1}) + "\n", {"fw.hex:1:", "end-of-file", "truncated"}},
        BadHex{"AfterEnd",
               hex_record(0, 0, {1}) + "\n" + kEnd + hex_record(0, 1, {1}) + "\n",
               {"fw.hex:3:", "after the end-of-file record"}},
        BadHex{"NoData", kEnd, {"fw.hex:1:", "no data"}},
        BadHex{"NoColon", hex_record(0, 0, {1}) + "\nhello\n" + kEnd, {"fw.hex:2:", "':'"}},
        BadHex{"Overlap",
               hex_record(0, 0, {1, 2, 3}) + "\n" + hex_record(0, 2, {9}) + "\n" + kEnd,
               {"fw.hex: line 2", "0x00000002", "overlap", "line 1"}},
        BadHex{"AddressSpace",
               hex_record(4, 0, {0xFF, 0xFF}) + "\n" + hex_record(0, 0xFFFF, {1, 2}) + "\n" + kEnd,
               {"line 2", "4 GiB"}}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace tinyscope
