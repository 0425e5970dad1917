// What `profile` says of memory, against what firmware measures itself (firmware-samples/memory:
// it paints its stack and counts in wrappers around malloc and free).
#include <algorithm>
#include <map>
#include <regex>

#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

using test::TemporaryFile;
using test::tinyscope_program;

const std::string kSample = TINYSCOPE_SOURCE_DIR "/firmware-samples/memory/prebuilt/memory-dsp.elf";

struct Profiled {
  nlohmann::json report;
  std::string out;
};

Profiled profile(std::vector<std::string> more, const std::string& image = kSample,
                 const std::string& until = "uart:RESULT") {
  const TemporaryFile file("memory.json");
  std::vector<std::string> arguments = {
      "profile", "--board", "nano33ble-sense", "--json", file.path(), "--until", until, image};
  arguments.insert(arguments.begin() + 1, more.begin(), more.end());
  const test::Outcome outcome = tinyscope_program(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.error << outcome.out;
  return {nlohmann::json::parse(file.content()), outcome.out};
}

// "MEASURED stack 1412 heap peak 6577 …": the number behind `name`.
std::uint64_t measured(const std::string& out, const std::string& name) {
  std::smatch found;
  const std::regex pattern("MEASURED .*" + name + " ([0-9]+)");
  EXPECT_TRUE(std::regex_search(out, found, pattern)) << out;
  return found.empty() ? 0 : std::stoull(found[1]);
}

TEST(MemoryProfile, EqualsWhatFirmwareMeasuresByPaintAndInWrappers) {
  const Profiled run = profile({});
  const auto& memory = run.report["memory"];
  const auto& main = memory["stacks"][0];
  EXPECT_EQ(main["name"], "main");
  // The deepest functions write every word of their frames, so paint shows all of it.
  EXPECT_EQ(main["peak_bytes"], measured(run.out, "stack"));
  EXPECT_EQ(main["path"].back(), "twim1_handler");
  const auto irq = std::find(main["path"].begin(), main["path"].end(), "<IRQ 4>");
  ASSERT_NE(irq, main["path"].end());
  EXPECT_EQ(std::count(main["path"].begin(), irq, "(anonymous namespace)::descend"), 10);
  EXPECT_EQ(main["size_bytes"], 8192);
  EXPECT_FALSE(main["overflow"]);

  const auto& heap = memory["heap"];
  EXPECT_EQ(heap["peak_bytes"], measured(run.out, "peak"));
  EXPECT_EQ(heap["live_bytes"], measured(run.out, "live"));
  EXPECT_EQ(heap["allocations"], measured(run.out, "allocations"));
  EXPECT_EQ(heap["failures"], measured(run.out, "failures"));
}

TEST(MemoryProfile, NamesWhoAllocatedAndWhatFailed) {
  const auto report = profile({}).report;
  const auto& heap = report["memory"]["heap"];
  std::map<std::string, std::uint64_t> allocations;
  for (const auto& site : heap["sites"]) {
    // GCC makes copies of functions: "change(void*, unsigned long) [clone .constprop.0]".
    const std::string function = site["function"];
    allocations[function.substr(0, function.find(" [clone"))] +=
        site["allocations"].get<std::uint64_t>();
    EXPECT_TRUE(site["file"].get<std::string>().ends_with("memory/main.cpp"));
  }
  // malloc: 1000, 3000, 2000 and 77 bytes; once it got nothing.
  EXPECT_EQ(allocations["(anonymous namespace)::take(unsigned long)"], 4u);
  EXPECT_EQ(allocations["(anonymous namespace)::take_cleared(unsigned long, unsigned long)"], 1u);
  EXPECT_EQ(allocations["(anonymous namespace)::change(void*, unsigned long)"], 1u);
  EXPECT_GE(heap["reserved_bytes"], heap["peak_bytes"]);
  const auto& findings = report["memory"]["findings"];
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.template get<std::string>().find("first for 102400 bytes") != std::string::npos;
  })) << findings;
}

TEST(MemoryProfile, IsTheSameOnBothPathsToTheLastAccess) {
  auto fast = profile({"--traffic", "--check-uninitialised"}).report;
  auto reference = profile({"--traffic", "--check-uninitialised", "--reference-path"}).report;
  EXPECT_FALSE(fast["memory"]["traffic"].empty());
  fast.erase("host");
  reference.erase("host");
  EXPECT_EQ(fast, reference);
}

}  // namespace
}  // namespace tinyscope
