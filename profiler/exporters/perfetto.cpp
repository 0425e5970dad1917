#include "profiler/exporters/perfetto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <vector>

#include "profiler/exporters/clean_text.hpp"
#include "profiler/exporters/protobuf_writer.hpp"

namespace tinyscope {
namespace {

constexpr unsigned kTracePacket = 1;  // of Trace

namespace packet {
constexpr unsigned kTimestamp = 8;
constexpr unsigned kSequence = 10;  // trusted_packet_sequence_id
constexpr unsigned kTrackEvent = 11;
constexpr unsigned kInternedData = 12;
constexpr unsigned kSequenceFlags = 13;
constexpr unsigned kTrackDescriptor = 60;
constexpr std::uint64_t kStateCleared = 1;
constexpr std::uint64_t kNeedsState = 2;
}  // namespace packet

namespace event {
constexpr unsigned kType = 9;
constexpr unsigned kNameIid = 10;
constexpr unsigned kTrackUuid = 11;
constexpr unsigned kDoubleCounterValue = 44;
constexpr std::uint64_t kSliceBegin = 1;
constexpr std::uint64_t kSliceEnd = 2;
constexpr std::uint64_t kCounter = 4;
}  // namespace event

namespace descriptor {
constexpr unsigned kUuid = 1;
constexpr unsigned kName = 2;
constexpr unsigned kParentUuid = 5;
constexpr unsigned kCounter = 8;
constexpr unsigned kChildOrdering = 11;
constexpr unsigned kSiblingOrderRank = 12;
constexpr std::uint64_t kExplicitOrder = 3;
}  // namespace descriptor

namespace counter {
constexpr unsigned kUnit = 3;
constexpr unsigned kUnitName = 6;
constexpr std::uint64_t kBytes = 3;
}  // namespace counter

namespace interned {
constexpr unsigned kEventNames = 2;
constexpr unsigned kIid = 1;
constexpr unsigned kName = 2;
}  // namespace interned

constexpr std::uint64_t kSequenceId = 1;
constexpr std::uint64_t kRoot = 1;  // uuid of the track above all others

class Trace {
 public:
  explicit Trace(std::ostream& out) : out_(out) {}

  // The root is a track without process, for only there the order of its children counts.
  void root(const std::string& name) {
    ProtobufWriter track;
    track.varint(descriptor::kUuid, kRoot)
        .text(descriptor::kName, clean_text(name))
        .varint(descriptor::kChildOrdering, descriptor::kExplicitOrder);
    ProtobufWriter whole;
    whole.varint(packet::kSequenceFlags, packet::kStateCleared)
        .message(packet::kTrackDescriptor, track);
    add(whole);
  }
  std::uint64_t track(const std::string& name) {
    ProtobufWriter track;
    return describe(name, track);
  }
  std::uint64_t counter_track(const Timeline::Counter& values) {
    ProtobufWriter unit;
    if (values.unit == "bytes") {
      unit.varint(counter::kUnit, counter::kBytes);
    } else {
      unit.text(counter::kUnitName, clean_text(values.unit));
    }
    ProtobufWriter track;
    track.message(descriptor::kCounter, unit);
    return describe(values.name, track);
  }
  void begin(std::uint64_t track, std::uint64_t ns, const std::string& name) {
    ProtobufWriter whole;
    const std::uint64_t iid = intern(name, whole);
    ProtobufWriter slice;
    slice.varint(event::kType, event::kSliceBegin)
        .varint(event::kNameIid, iid)
        .varint(event::kTrackUuid, track);
    add_event(whole, ns, slice);
  }
  void end(std::uint64_t track, std::uint64_t ns) {
    ProtobufWriter slice;
    slice.varint(event::kType, event::kSliceEnd).varint(event::kTrackUuid, track);
    ProtobufWriter whole;
    add_event(whole, ns, slice);
  }
  void value(std::uint64_t track, std::uint64_t ns, double value) {
    ProtobufWriter point;
    point.varint(event::kType, event::kCounter)
        .varint(event::kTrackUuid, track)
        .float64(event::kDoubleCounterValue, value);
    ProtobufWriter whole;
    add_event(whole, ns, point);
  }

 private:
  std::uint64_t describe(const std::string& name, ProtobufWriter& track) {
    const std::uint64_t uuid = kRoot + ++tracks_;
    track.varint(descriptor::kUuid, uuid)
        .varint(descriptor::kParentUuid, kRoot)
        .text(descriptor::kName, clean_text(name))
        .varint(descriptor::kSiblingOrderRank, tracks_);
    ProtobufWriter whole;
    whole.message(packet::kTrackDescriptor, track);
    add(whole);
    return uuid;
  }
  // A name is written where it is used first, and a number afterwards.
  std::uint64_t intern(const std::string& name, ProtobufWriter& whole) {
    const auto [entry, added] = names_.emplace(name, names_.size() + 1);
    if (added) {
      ProtobufWriter text;
      text.varint(interned::kIid, entry->second).text(interned::kName, clean_text(name));
      ProtobufWriter data;
      data.message(interned::kEventNames, text);
      whole.message(packet::kInternedData, data);
    }
    return entry->second;
  }
  void add_event(ProtobufWriter& whole, std::uint64_t ns, const ProtobufWriter& track_event) {
    whole.varint(packet::kTimestamp, ns)
        .varint(packet::kSequenceFlags, packet::kNeedsState)
        .message(packet::kTrackEvent, track_event);
    add(whole);
  }
  void add(ProtobufWriter& whole) {
    whole.varint(packet::kSequence, kSequenceId);
    out_ << ProtobufWriter().message(kTracePacket, whole).bytes();
  }

  std::ostream& out_;
  std::uint64_t tracks_ = 0;
  std::map<std::string, std::uint64_t> names_;
};

// Begins and ends in the order in which they nest.
void write_spans(Trace& trace, std::uint64_t track, std::vector<const Timeline::Span*> spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const auto* a, const auto* b) {
    return a->start_ns != b->start_ns ? a->start_ns < b->start_ns : a->end_ns > b->end_ns;
  });
  std::vector<std::uint64_t> open;  // ends, innermost last
  const auto close = [&](std::uint64_t until) {
    while (!open.empty() && open.back() <= until) {
      trace.end(track, open.back());
      open.pop_back();
    }
  };
  for (const Timeline::Span* const span : spans) {
    close(span->start_ns);
    trace.begin(track, span->start_ns, span->name);
    open.push_back(span->end_ns);
  }
  close(~std::uint64_t{0});
}

}  // namespace

void PerfettoExporter::write(const ProfileReport& report, std::ostream& out) const {
  const Timeline& timeline = report.timeline;
  Trace trace(out);
  std::string name = fmt::format("{} on {}", report.firmware.path, report.board);
  if (timeline.dropped != 0)
    name += fmt::format(" ({} spans or points left out)", timeline.dropped);
  trace.root(name);
  std::vector<std::uint64_t> tracks;
  for (const Timeline::Track& track : timeline.tracks) tracks.push_back(trace.track(track.name));
  std::vector<std::vector<const Timeline::Span*>> spans(tracks.size());
  for (const Timeline::Span& span : timeline.spans) spans[span.track].push_back(&span);
  for (std::size_t i = 0; i < tracks.size(); ++i) write_spans(trace, tracks[i], spans[i]);
  for (const Timeline::Counter& counter : timeline.counters) {
    const std::uint64_t track = trace.counter_track(counter);
    for (const Timeline::Point& point : counter.points) trace.value(track, point.ns, point.value);
  }
}

}  // namespace tinyscope
