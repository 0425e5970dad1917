// `tinyscope profile --html` on a sample: the page holds the same report as --json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

std::string element(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find('>', page.find("id=\"" + id + "\"")) + 1;
  return page.substr(begin, page.find("</script", begin) - begin);
}

TEST(HtmlReport, HoldsTheReportOfTheRun) {
  const test::TemporaryFile page("report.html");
  const nlohmann::json report =
      test::profile_json({TINYSCOPE_SOURCE_DIR "/firmware-samples/gesture/prebuilt/gesture-dsp.elf",
                          "--limit-time", "300 ms", "--html", page.path()});
  EXPECT_EQ(nlohmann::json::parse(element(page.content(), "report-data")), report);
}

TEST(HtmlReport, ThatCannotBeWrittenIsAnErrorBeforeTheRun) {
  const test::Outcome outcome = test::tinyscope_program(
      {"profile", TINYSCOPE_SOURCE_DIR "/firmware-samples/kws/prebuilt/kws-dsp.elf", "--board",
       "nano33ble-sense", "--html", "/nowhere/report.html"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, ::testing::HasSubstr("--html /nowhere/report.html"));
  EXPECT_THAT(outcome.out, ::testing::Not(::testing::HasSubstr("Inference")));
}

}  // namespace
}  // namespace tinyscope
