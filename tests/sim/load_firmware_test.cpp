#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sim/error.hpp"
#include "sim/image/image.hpp"
#include "sim/image/sha256.hpp"
#include "tests/support/firmware_builders.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using test::Bytes;
using ::testing::HasSubstr;

std::string error_of(const std::filesystem::path& path,
                     std::optional<Address> address = std::nullopt) {
  try {
    load_firmware(path, address);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(LoadFirmware, FindsTheFormatByContentNotBySuffix) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(load_firmware(folder.write("a.img", test::example_elf())).format, "elf");
  EXPECT_EQ(load_firmware(folder.write("b.img", test::example_hex())).format, "hex");
  EXPECT_EQ(load_firmware(folder.write("c.img", test::example_uf2())).format, "uf2");
}

TEST(LoadFirmware, PutsARawBinaryAtTheGivenAddress) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("fw.BIN", Bytes{':', 1, 2});  // may begin like a HEX file
  const FirmwareImage image = load_firmware(file, 0x1'0000);
  EXPECT_EQ(image.format, "bin");
  EXPECT_EQ(image.path, file);
  ASSERT_EQ(image.segments.size(), 1u);
  EXPECT_EQ(image.segments[0].address, 0x1'0000u);
  EXPECT_EQ(image.segments[0].bytes, (Bytes{':', 1, 2}));
}

TEST(LoadFirmware, WantsAnAddressForRawBinariesOnly) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(error_of(folder.write("fw.bin", Bytes{1})), HasSubstr("give its flash address"));
  EXPECT_THAT(error_of(folder.write("fw.elf", test::example_elf()), 0x1'0000),
              HasSubstr("leave out the address"));
  EXPECT_THAT(error_of(folder.write("big.bin", Bytes(32)), 0xFFFF'FFF0), HasSubstr("4 GiB"));
}

TEST(LoadFirmware, NamesWhatIsWrongWithTheFileItself) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(error_of(folder.path() / "absent.elf"), HasSubstr("absent.elf: no such file"));
  EXPECT_THAT(error_of(folder.path()), HasSubstr("is a folder"));
  EXPECT_THAT(error_of(folder.write("empty.elf", "")), HasSubstr("empty.elf: is empty"));
  EXPECT_THAT(error_of(folder.write("notes.txt", "hello")),
              HasSubstr("expected ELF (0x7F 'ELF'), Intel HEX (a line with ':') or UF2"));
}

TEST(LoadFirmware, SaysWhenAFileCannotBeOpened) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const test::TemporaryFolder folder;
  const auto file = folder.write("fw.elf", test::example_elf());
  std::filesystem::permissions(file, std::filesystem::perms::none);
  EXPECT_THAT(error_of(file), HasSubstr("cannot be opened"));
}

TEST(LoadFirmware, IdentifiesTheFileByItsSha256) {
  EXPECT_EQ(parse_firmware(test::to_bytes("abc"), "x.bin", 0).sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// FIPS 180-4 examples (csrc.nist.gov, "SHA256.pdf") and the NIST long-message vector.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(test::to_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(Bytes(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace tinyscope
