// How much memory there is for the heap, as far as symbols of the image tell.
#pragma once

#include "profiler/heap_collector.hpp"
#include "profiler/report.hpp"
#include "sim/image/image.hpp"

namespace tinyscope {

// Fills in HeapReport::reserved_bytes and room_bytes.
void heap_room(const FirmwareImage& image, const HeapCollector::Totals& totals,
               const StackRow& main_stack, HeapReport& heap);

}  // namespace tinyscope
