#include "profiler/exporters/html_timeline.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

namespace tinyscope {

namespace {

using Json = nlohmann::ordered_json;

Json spans(const Timeline& timeline, Json& names) {
  // By start; what encloses comes before what it encloses, also where both begin together.
  std::vector<const Timeline::Span*> order;
  order.reserve(timeline.spans.size());
  for (const Timeline::Span& span : timeline.spans) order.push_back(&span);
  std::stable_sort(
      order.begin(), order.end(), [](const Timeline::Span* a, const Timeline::Span* b) {
        return a->start_ns != b->start_ns ? a->start_ns < b->start_ns : a->end_ns > b->end_ns;
      });
  std::map<std::string_view, std::size_t> index;
  Json list = Json::array();
  std::uint64_t before = 0;
  for (const Timeline::Span* span : order) {
    const auto [name, is_new] = index.emplace(span->name, index.size());
    if (is_new) names.push_back(span->name);
    list.push_back(span->track);
    list.push_back(name->second);
    list.push_back(span->start_ns - before);
    list.push_back(span->end_ns - std::min(span->start_ns, span->end_ns));
    before = span->start_ns;
  }
  return list;
}

// Times as differences, in `ns` of the object.
template <typename Points>
void put_times(Json& json, const Points& points) {
  json["ns"] = Json::array();
  std::uint64_t before = 0;
  for (const auto& point : points) {
    json["ns"].push_back(point.ns - before);
    before = point.ns;
  }
}

}  // namespace

void write_html_timeline(const Timeline& timeline, std::ostream& out) {
  Json json;
  json["tracks"] = Json::array();
  for (const Timeline::Track& track : timeline.tracks) json["tracks"].push_back(track.name);
  Json names = Json::array();
  json["spans"] = spans(timeline, names);
  json["names"] = std::move(names);
  json["counters"] = Json::array();
  for (const Timeline::Counter& counter : timeline.counters) {
    Json item = {{"name", counter.name}, {"unit", counter.unit}};
    put_times(item, counter.points);
    item["values"] = Json::array();
    for (const Timeline::Point& point : counter.points) item["values"].push_back(point.value);
    json["counters"].push_back(std::move(item));
  }
  json["signals"] = Json::array();
  for (const Timeline::Signal& signal : timeline.signals) {
    Json item = {{"name", signal.name}, {"pin", signal.pin}};
    put_times(item, signal.changes);
    item["values"] = Json::array();
    for (const Timeline::Change& change : signal.changes) item["values"].push_back(change.value);
    json["signals"].push_back(std::move(item));
  }
  json["dropped"] = timeline.dropped;
  // Names come from the firmware and need not be valid UTF-8.
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tinyscope
