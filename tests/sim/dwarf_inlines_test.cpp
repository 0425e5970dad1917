// Inlined functions as GCC describes them, against addr2line of binutils, which reads the same
// debug information with code of its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "sim/image/image.hpp"
#include "sim/image/source_frames.hpp"
#include "tests/support/command_output.hpp"
#include "tests/support/temporary_folder.hpp"

namespace tinyscope {
namespace {

bool has_toolchain() {
  return std::system("command -v arm-none-eabi-g++ arm-none-eabi-addr2line >/dev/null 2>&1") == 0;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// "twice a.cpp:3 < square a.cpp:7 < run a.cpp:20".
std::string ours(const FirmwareImage& image, Address address) {
  std::string text;
  for (const SourceFrame& frame : source_frames(image, address)) {
    if (!text.empty()) text += " < ";
    text += frame.function + ' ' + base_name(frame.file) + ':' + std::to_string(frame.line);
  }
  return text;
}

std::string of_addr2line(const std::string& elf, Address address) {
  std::ostringstream command;
  command << "arm-none-eabi-addr2line -C -f -i -e " << elf << " 0x" << std::hex << address;
  std::istringstream lines(test::output_of(command.str()));
  std::string text, function, place;
  while (std::getline(lines, function) && std::getline(lines, place)) {
    if (!text.empty()) text += " < ";
    text += function + ' ' + base_name(place.substr(0, place.find(' ')));
  }
  return text;
}

constexpr const char* kSource = R"(
namespace nn {
struct Scale {
  int factor;
  int apply(int x) const { return x * factor + 1; }
};
template <class T>
inline T clamp(T v, T most) {
  if (v > most) return most;
  return v;
}
static inline int dot(const int* a, const int* b, int n, Scale s) {
  int sum = 0;
  for (int i = 0; i < n; ++i) {
    sum += clamp<int>(s.apply(a[i]) * b[i],
                      1000);
  }
  return sum;
}
}  // namespace nn
int unused(const int* a) {
  return nn::dot(a, a, 9, {7});
}
int __attribute__((noinline)) run(const int* a, int n) {
  if (n > 100) __builtin_trap();
  return nn::dot(a, a + 1, n, {3}) +
         nn::dot(a, a + 2, n, {5});
}
int values[8];
extern "C" int _start() {
  return run(values, 5);
}
)";

class DwarfInlinesOfGcc : public ::testing::TestWithParam<const char*> {};

TEST_P(DwarfInlinesOfGcc, AgreeWithAddr2line) {
  if (!has_toolchain()) GTEST_SKIP() << "no arm-none-eabi toolchain";
  const test::TemporaryFolder folder;
  const auto source = folder.write("inlines.cpp", kSource);
  const std::string elf = (folder.path() / "inlines.elf").string();
  const std::string build =
      "arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -O2 -ffunction-sections -nostdlib "
      "-Wl,--gc-sections -Wl,-Ttext=0 -Wl,-Tdata=0x20000000 " +
      std::string(GetParam()) + " " + source.string() + " -o " + elf;
  ASSERT_EQ(std::system(build.c_str()), 0);

  const FirmwareImage image = load_firmware(elf);
  const Symbol* run = image.symbols.find("run");
  ASSERT_NE(run, nullptr);
  std::size_t deepest = 0;
  for (const Symbol* symbol : {run, image.symbols.find("_start")}) {
    for (Address at = symbol->address; at < symbol->address + symbol->size; at += 2) {
      const std::string expected = of_addr2line(elf, at);
      EXPECT_EQ(ours(image, at), expected) << at;
      deepest = std::max(deepest, source_frames(image, at).size());
    }
  }
  EXPECT_EQ(deepest, 3u) << "apply or clamp in dot in run";
}

INSTANTIATE_TEST_SUITE_P(Versions, DwarfInlinesOfGcc,
                         ::testing::Values("-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5",
                                           "-gdwarf-5 -Wa,-gdwarf-5", "-gdwarf-4 -gz",
                                           "-gdwarf-5 -flto -O2"));

TEST(DwarfInlines, AreMissingWithoutDebugInformation) {
  if (!has_toolchain()) GTEST_SKIP() << "no arm-none-eabi toolchain";
  const test::TemporaryFolder folder;
  const auto source = folder.write("a.cpp", kSource);
  const std::string elf = (folder.path() / "a.elf").string();
  ASSERT_EQ(std::system(("arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -O2 -nostdlib " +
                         source.string() + " -o " + elf)
                            .c_str()),
            0);
  const FirmwareImage image = load_firmware(elf);
  const Symbol* run = image.symbols.find("run");
  ASSERT_NE(run, nullptr);
  const auto frames = source_frames(image, run->address);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0], (SourceFrame{"run(int const*, int)", "", 0}));
}

}  // namespace
}  // namespace tinyscope
