#include "profiler/span_track.hpp"

#include <algorithm>

namespace tinyscope {

void SpanTrack::end(std::uint64_t cycle) {
  if (open_.empty()) return;
  Span span = open_.back();
  open_.pop_back();
  span.end = cycle;
  keep(span);
}

void SpanTrack::switch_to(std::uint64_t cycle, std::uint32_t name) {
  if (open_.size() == 1 && open_.back().name == name) return;
  clear(cycle);
  begin(cycle, name);
}

void SpanTrack::clear(std::uint64_t cycle) {
  while (!open_.empty()) end(cycle);
}

void SpanTrack::keep(const Span& span) {
  if (span.end - span.begin < shortest_) {
    ++dropped_;
    return;
  }
  if (done_.size() == most_) drop_shortest();
  done_.push_back(span);
}

// Halves what is kept. Of equally long ones the earlier stay.
void SpanTrack::drop_shortest() {
  const std::size_t wanted = most_ / 2;
  const auto length = [](const Span& span) { return span.end - span.begin; };
  std::vector<std::uint64_t> lengths;
  lengths.reserve(done_.size());
  for (const Span& span : done_) lengths.push_back(length(span));
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() - wanted);
  std::nth_element(lengths.begin(), middle, lengths.end());
  const std::uint64_t least = *middle;
  auto room = static_cast<std::size_t>(std::count(middle, lengths.end(), least));
  std::erase_if(done_, [&](const Span& span) {
    if (length(span) > least) return false;
    if (length(span) < least || room == 0) return true;
    --room;
    return false;
  });
  dropped_ += most_ - done_.size();
  shortest_ = least;
}

std::vector<SpanTrack::Span> SpanTrack::take(std::uint64_t cycle) {
  clear(cycle);
  std::vector<Span> spans = std::move(done_);
  done_.clear();
  // Of two that cover the same cycles the outer one has ended last.
  std::reverse(spans.begin(), spans.end());
  std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  return spans;
}

}  // namespace tinyscope
