// A report with every part of it filled in, made by hand, for tests of what shows reports. Its sums
// hold as those of a real run do. The chip runs at 64 MHz and RAM is 256 KiB.
#pragma once

#include <cstddef>

#include "profiler/report.hpp"

namespace tinyscope::test {

// A model of six layers that ran five times, the first of them as warm-up.
ProfileReport full_report();

// The same with a timeline of `spans` spans and as many points of the power counter.
ProfileReport report_with_spans(std::size_t spans);

}  // namespace tinyscope::test
