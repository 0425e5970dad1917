// Files from outside, damaged at random: each is accepted or refused, never anything else. Run it
// with TINYSCOPE_SANITIZE=ON to see accesses out of bounds as well.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <random>
#include <string>

#include "sim/file.hpp"
#include "sim/log.hpp"
#include "tests/support/firmware_builders.hpp"
#include "tests/support/parser_entries.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

using test::Bytes;

// Numbers that break arithmetic at its edges.
constexpr std::uint32_t kNasty[] = {0,           1,           4,           0x7F,       0xFF,
                                    0x7FFF,      0xFFFF,      0x10000,     0x7FFFFFFF, 0x80000000,
                                    0xFFFFFFF0u, 0xFFFFFFFCu, 0xFFFFFFFFu, 0x20000000};

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  Bytes mutate(Bytes bytes) {
    const std::size_t rounds = 1 + below(4);
    for (std::size_t i = 0; i < rounds; ++i) apply(bytes);
    return bytes;
  }

 private:
  // Not a std distribution: those give different numbers in different libraries.
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void apply(Bytes& bytes) {
    if (bytes.empty()) return;
    const std::size_t at = below(bytes.size());
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = 1 + below(std::min<std::size_t>(bytes.size() - at, 64));
    switch (below(6)) {
      case 0: bytes.resize(at); return;
      case 1: bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1u << below(8))); return;
      case 2: bytes[at] = static_cast<std::uint8_t>(below(256)); return;
      case 3: {  // an edge value in a field
        const std::size_t aligned = at & ~std::size_t{3};
        const std::uint32_t value = kNasty[below(std::size(kNasty))];
        for (std::size_t i = 0; i < 4 && aligned + i < bytes.size(); ++i) {
          bytes[aligned + i] = static_cast<std::uint8_t>(value >> (8 * i));
        }
        return;
      }
      case 4: {  // a piece once more, somewhere else
        const Bytes piece(place, place + static_cast<std::ptrdiff_t>(length));
        const std::size_t target = below(bytes.size());
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(target), piece.begin(),
                     piece.end());
        return;
      }
      default: bytes.erase(place, place + static_cast<std::ptrdiff_t>(length)); return;
    }
  }

  std::mt19937 random_;
};

class HostileInput : public ::testing::Test {
 protected:
  void SetUp() override { log::set_level(log::Level::kOff); }
  void TearDown() override { log::set_level(log::Level::kWarning); }

  // Returns how many mutants were refused.
  static int run(const Bytes& valid, bool (*accepts)(std::span<const std::uint8_t>), int count) {
    EXPECT_TRUE(accepts(valid));
    int refused = 0;
    for (int seed = 0; seed < count; ++seed) {
      const Bytes mutant = Mutator(static_cast<unsigned>(seed)).mutate(valid);
      try {
        if (!accepts(mutant)) ++refused;
      } catch (const std::exception& error) {
        ADD_FAILURE() << "seed " << seed << ": " << error.what();
      }
    }
    return refused;
  }
};

// Most damage must be noticed where the format has redundancy, and some must get through to the
// readers behind the first checks; otherwise the mutations are of no use.
TEST_F(HostileInput, ElfIsAcceptedOrRefused) {
  const int refused = run(test::example_elf(), test::try_firmware, 20'000);
  EXPECT_GT(refused, 2'000);
  EXPECT_LT(refused, 18'000);
}

TEST_F(HostileInput, IntelHexIsAcceptedOrRefused) {
  EXPECT_GT(run(test::example_hex(), test::try_firmware, 10'000), 8'000);
}

TEST_F(HostileInput, Uf2IsAcceptedOrRefused) {
  EXPECT_GT(run(test::example_uf2(), test::try_firmware, 10'000), 2'000);
}

TEST_F(HostileInput, DescriptionsAreAcceptedOrRefused) {
  const Bytes soc =
      read_file(std::string(TINYSCOPE_SOURCE_DIR) + "/sim/socs/nrf52840.toml", 1u << 20);
  EXPECT_GT(run(soc, test::try_description, 1'000), 100);
}

TEST_F(HostileInput, SvdFilesAreAcceptedOrRefused) {
  const Bytes svd = test::to_bytes(
      "<device><name>C</name><size>32</size><peripherals><peripheral><name>A%s</name><dim>2</dim>"
      "<dimIncrement>0x400</dimIncrement><baseAddress>0x40000000</baseAddress><addressBlock>"
      "<offset>0</offset><size>0x100</size></addressBlock><registers><register><name>CR[%s]</name>"
      "<dim>3</dim><dimIncrement>4</dimIncrement><addressOffset>0x10</addressOffset><fields><field>"
      "<name>E</name><bitRange>[7:4]</bitRange><modifiedWriteValues>oneToClear"
      "</modifiedWriteValues></field></fields></register><cluster><name>X</name><addressOffset>8"
      "</addressOffset><register derivedFrom=\"CR[%s]\"><name>R</name><addressOffset>0"
      "</addressOffset></register></cluster></registers></peripheral><peripheral "
      "derivedFrom=\"A%s\">"
      "<name>B</name><baseAddress>0x50000000</baseAddress></peripheral></peripherals></device>");
  ASSERT_TRUE(test::try_svd(svd));
  const int refused = run(svd, test::try_svd, 5'000);
  EXPECT_GT(refused, 500);
  EXPECT_LT(refused, 5'000);
}

TEST_F(HostileInput, ElfOfTheCompilerIsAcceptedOrRefused) {
  if (std::system("command -v arm-none-eabi-g++ >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "no arm-none-eabi toolchain";
  }
  const test::TemporaryFolder folder;
  const auto source = folder.write(
      "a.cpp",
      "namespace nn { template <class T> T clamp(T v, T m) { return v "
      "< m ? v : m; } }\n"
      "volatile int sink;\n"
      "extern \"C\" void _start() { sink = nn::clamp<int>(nn::clamp<int>(sink, 9), 4); }\n");
  for (const std::string options :
       {"-O2 -gdwarf-5 -Wa,-gdwarf-5", "-O2 -gdwarf-4", "-gdwarf-5 -gz", "-O2 -gdwarf-2"}) {
    const auto elf = folder.path() / "a.elf";
    ASSERT_EQ(std::system(("arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -nostdlib " + options + " " +
                           source.string() + " -o " + elf.string())
                              .c_str()),
              0);
    run(read_file(elf, 1u << 20), test::try_firmware, 2'000);
  }
}

// Found by the fuzzer: letters that are no white space where white space may stand.
TEST_F(HostileInput, LettersOfOtherScriptsOutsideStringsAreRefused) {
  for (const std::string_view letter : {"\u0420", "\u00B5", "\u4E2D", "\uFEFE"}) {
    EXPECT_FALSE(test::try_description(test::to_bytes("a = 0x40" + std::string(letter) + "1")));
    EXPECT_FALSE(test::try_description(test::to_bytes(std::string(letter) + " = 1")));
  }
}

// Nested far deeper than the stack could follow.
TEST_F(HostileInput, DeeplyNestedTomlIsRefused) {
  const auto repeat = [](std::string_view part, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += part;
    return text;
  };
  EXPECT_FALSE(test::try_description(test::to_bytes("[" + repeat("a.", 200'000) + "a]")));
  EXPECT_FALSE(test::try_description(test::to_bytes("a = " + repeat("[", 200'000))));
  EXPECT_FALSE(test::try_description(test::to_bytes("a = " + repeat("{a=", 200'000))));
  EXPECT_FALSE(
      test::try_description(test::to_bytes(repeat("a" + repeat(".a", 60) + "=[\n{", 200) + "x=1")));
}

}  // namespace
}  // namespace tinyscope
