// The timeline as compact JSON for the HTML report:
//   tracks    [name]
//   names     [name], each name of a span once
//   spans     [track, name index, nanoseconds since the start of the span before, length, …]
//   counters  [{name, unit, ns: [nanoseconds since the point before], values: [number]}]
//   signals   [{name, pin, ns: [likewise], values: [text]}]
//   dropped   count
#pragma once

#include <iosfwd>

#include "profiler/report.hpp"

namespace tinyscope {

void write_html_timeline(const Timeline& timeline, std::ostream& out);

}  // namespace tinyscope
