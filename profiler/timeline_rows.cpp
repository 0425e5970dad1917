#include "profiler/timeline_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tinyscope {
namespace {

constexpr unsigned kFirstIrq = 16;

// Distributes spans over as few tracks as it takes for them to nest.
void add_nested(Timeline& timeline, const std::string& name, std::vector<Timeline::Span> spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) {
    return a.start_ns != b.start_ns ? a.start_ns < b.start_ns : a.end_ns > b.end_ns;
  });
  struct Lane {
    std::uint32_t track = 0;
    std::vector<std::uint64_t> open;  // ends of the spans that go on
  };
  std::vector<Lane> lanes;
  for (Timeline::Span& span : spans) {
    const auto takes = [&span](Lane& lane) {
      while (!lane.open.empty() && lane.open.back() <= span.start_ns) lane.open.pop_back();
      return lane.open.empty() || span.end_ns <= lane.open.back();
    };
    auto lane = std::find_if(lanes.begin(), lanes.end(), takes);
    if (lane == lanes.end()) {
      const std::string number = lanes.empty() ? "" : fmt::format(" ({})", lanes.size() + 1);
      lanes.push_back({static_cast<std::uint32_t>(timeline.tracks.size()), {}});
      timeline.tracks.push_back({name + number});
      lane = lanes.end() - 1;
    }
    lane->open.push_back(span.end_ns);
    span.track = lane->track;
    timeline.spans.push_back(std::move(span));
  }
}

}  // namespace

std::string exception_name(unsigned number) {
  return number < kFirstIrq ? fmt::format("exception {}", number)
                            : fmt::format("IRQ {}", number - kFirstIrq);
}

void add_inferences(Timeline& timeline, const ProfileReport& report) {
  std::vector<Timeline::Span> inferences;
  std::vector<Timeline::Span> layers;
  for (const InferenceRow& row : report.inferences) {
    inferences.push_back(
        {0, fmt::format("{} #{}", row.model, row.index + 1), row.start_ns, row.end_ns});
    for (const LayerRow& layer : row.layers) {
      std::string name = fmt::format("[{}] {}", layer.index, layer.op);
      layers.push_back({0, std::move(name), layer.start_ns, layer.end_ns});
    }
  }
  add_nested(timeline, "inferences", std::move(inferences));
  add_nested(timeline, "layers", std::move(layers));
}

}  // namespace tinyscope
