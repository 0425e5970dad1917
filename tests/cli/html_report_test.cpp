// `tinyscope profile --html` on a sample: the page holds the same report as --json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"
#include "tests/support/paths.hpp"

namespace tinyscope {
namespace {

const std::string kGesture = TINYSCOPE_SOURCE_DIR "/firmware-samples/gesture/";

// What a browser takes for the content of the element: up to the first "</script".
std::string element(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find('>', page.find("id=\"" + id + "\"")) + 1;
  return page.substr(begin, page.find("</script", begin) - begin);
}

TEST(HtmlReport, HoldsTheReportOfTheRun) {
  const test::TemporaryFile page("report.html");
  const nlohmann::json report = test::profile_json({kGesture + "prebuilt/gesture-dsp.elf", "--imu",
                                                    kGesture + "motion/gestures.csv", "--until",
                                                    "time:300ms", "--html", page.path()});
  EXPECT_EQ(nlohmann::json::parse(element(page.content(), "report-data")), report);
}

TEST(HtmlReport, ThatCannotBeWrittenIsAnErrorBeforeTheRun) {
  const test::Outcome outcome =
      test::tinyscope_program({"profile", kGesture + "prebuilt/gesture-dsp.elf", "--board",
                               "nano33ble-sense", "--html", "/nowhere/report.html"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.error, ::testing::HasSubstr("--html /nowhere/report.html"));
  EXPECT_EQ(outcome.out, "");
}

TEST(HtmlReport, IsMadeFromASavedReport) {
  const test::TemporaryFile page("report.html");
  const nlohmann::json report =
      test::profile_json({kGesture + "prebuilt/gesture-dsp.elf", "--imu",
                          kGesture + "motion/gestures.csv", "--until", "time:300ms"});
  const test::TemporaryFile saved("saved.json", report.dump());
  const test::Outcome outcome =
      test::tinyscope_program({"report", saved.path(), "--html", page.path()});
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.out, ::testing::HasSubstr("gesture-dsp.elf on nano33ble-sense"));
  EXPECT_EQ(nlohmann::json::parse(element(page.content(), "report-data")), report);
}

}  // namespace
}  // namespace tinyscope
