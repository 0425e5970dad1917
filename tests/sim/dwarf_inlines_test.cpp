// Inlined functions as GCC describes them, against addr2line of binutils, which reads the same
// debug information with code of its own.
#include <gtest/gtest.h>

#include <algorithm>
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

// "a.cpp:3 < a.cpp:7 < a.cpp:20".
std::string ours(const FirmwareImage& image, Address address) {
  std::string text;
  for (const SourceFrame& frame : source_frames(image, address)) {
    if (!text.empty()) text += " < ";
    text += base_name(frame.file) + ':' + std::to_string(frame.line);
  }
  return text;
}

// Places only: of functions that have several ranges addr2line gives the name of another one.
std::string of_addr2line(const std::string& elf, Address address) {
  std::ostringstream command;
  command << "arm-none-eabi-addr2line -i -e " << elf << " 0x" << std::hex << address;
  std::istringstream lines(test::output_of(command.str()));
  std::string text, place;
  while (std::getline(lines, place)) {
    if (!text.empty()) text += " < ";
    text += base_name(place.substr(0, place.find(' ')));
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

// The function of kSource that a line stands in, as it begins with.
std::string function_of_line(int line) {
  if (line <= 6) return "nn::Scale::apply";
  if (line <= 11) return "nn::clamp";
  if (line <= 19) return "dot";
  if (line <= 28) return "run";
  return "_start";
}

class DwarfInlinesOfGcc : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!has_toolchain()) GTEST_SKIP() << "no arm-none-eabi toolchain";
    source_ = folder_.write("inlines.cpp", kSource).string();
  }
  std::string build(const std::string& text_address) const {
    const std::string elf = (folder_.path() / (text_address + ".elf")).string();
    const std::string command =
        "arm-none-eabi-g++ -mcpu=cortex-m4 -mthumb -O2 -ffunction-sections -nostdlib "
        "-Wl,--gc-sections -Wl,-Tdata=0x20000000 -Wl,-Ttext=" +
        text_address + ' ' + GetParam() + ' ' + source_ + " -o " + elf;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return elf;
  }

 private:
  test::TemporaryFolder folder_;
  std::string source_;
};

// Behind what the linker discarded and left at 0, which addr2line cannot tell from code there.
TEST_P(DwarfInlinesOfGcc, AgreeWithAddr2line) {
  const std::string elf = build("0x8000");
  const FirmwareImage image = load_firmware(elf);
  std::size_t deepest = 0;
  for (const Symbol& symbol : image.symbols.all()) {
    if (symbol.kind != SymbolKind::kFunction) continue;
    for (Address at = symbol.address; at < symbol.address + symbol.size; at += 2) {
      SCOPED_TRACE(at);
      EXPECT_EQ(ours(image, at), of_addr2line(elf, at));
      const auto frames = source_frames(image, at);
      deepest = std::max(deepest, frames.size());
      for (const SourceFrame& frame : frames) {
        if (frame.line == 0) continue;
        const std::string function = function_of_line(frame.line);
        EXPECT_TRUE(frame.function.find(function) != std::string::npos)
            << frame.function << " in line " << frame.line;
      }
    }
  }
  EXPECT_GE(deepest, 3u) << "apply in dot in run";
}

TEST_P(DwarfInlinesOfGcc, AreTheSameWhereDiscardedFunctionsLieToo) {
  const FirmwareImage apart = load_firmware(build("0x8000"));
  const FirmwareImage at_zero = load_firmware(build("0"));
  for (const Symbol& symbol : apart.symbols.all()) {
    if (symbol.kind != SymbolKind::kFunction) continue;
    for (Address at = symbol.address; at < symbol.address + symbol.size; at += 2) {
      EXPECT_EQ(source_frames(at_zero, at - 0x8000), source_frames(apart, at)) << at;
    }
  }
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
