// Writes the pages that report_test.mjs opens, and the JSON of each. usage: html_pages FOLDER
#include <filesystem>
#include <fstream>
#include <iostream>

#include "profiler/exporters/html.hpp"
#include "profiler/exporters/json.hpp"
#include "tests/support/full_report.hpp"

namespace tinyscope {
namespace {

void write(const std::filesystem::path& stem, const ProfileReport& report) {
  std::ofstream page(stem.string() + ".html", std::ios::binary);
  HtmlExporter().write(report, page);
  std::ofstream json(stem.string() + ".json", std::ios::binary);
  JsonExporter().write(report, json);
}

// Names as firmware may have them: they must show as they are, and never run.
ProfileReport hostile() {
  ProfileReport report = test::full_report();
  const std::string name = "</script><script>window.broken=1</script><img src=x onerror=broken=1>";
  report.firmware.path = "<!--<script>" + name;
  for (InferenceRow& inference : report.inferences) {
    for (LayerRow& layer : inference.layers) layer.op = layer.name = layer.kernel = name;
  }
  for (FunctionRow& function : report.functions) function.name = name + "\xFF";
  for (Timeline::Span& span : report.timeline.spans) span.name = name;
  report.assumptions.front().text = name;
  report.memory.stacks.front().path = {name, name};
  return report;
}

}  // namespace
}  // namespace tinyscope

int main(int count, char** arguments) {
  using namespace tinyscope;
  if (count != 2) {
    std::cerr << "usage: html_pages FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  std::filesystem::create_directories(folder);
  write(folder / "full", test::full_report());
  write(folder / "large", test::report_with_spans(100'000));
  write(folder / "hostile", hostile());
  ProfileReport empty;
  empty.firmware.path = "empty.elf";
  empty.no_inference = "No rule matched; write one.";
  write(folder / "empty", empty);
}
