#include "profiler/heap_room.hpp"

#include <array>

#include "profiler/object_table.hpp"

namespace tinyscope {
namespace {

// The end of the heap: CMSIS (gcc_arm.ld), Nordic, Ambiq, picolibc.
constexpr std::array kLimits = {"__HeapLimit", "__heap_limit", "__heap_end__",
                                "_heap_end",   "__HeapEnd",    "__heap_end"};

}  // namespace

void heap_room(const FirmwareImage& image, const HeapCollector::Totals& totals,
               const StackRow& main_stack, HeapReport& heap) {
  if (totals.begin == 0) {
    // A heap in an array: FreeRTOS heap_4, Zephyr.
    const ObjectTable objects(image.symbols);
    const Symbol* const array = objects.at(totals.first_block);
    if (totals.first_block != 0 && array != nullptr) {
      heap.reserved_bytes = heap.room_bytes = array->size;
    }
    return;
  }
  heap.reserved_bytes = totals.highest_end - totals.begin;
  for (const char* name : kLimits) {
    const Symbol* const symbol = image.symbols.find(name);
    if (symbol == nullptr || symbol->address < totals.highest_end) continue;
    heap.room_bytes = symbol->address - totals.begin;
    return;
  }
  // As far as the room of the main stack, if a symbol says where that ends.
  const bool told =
      main_stack.size_bytes != 0 && main_stack.size_source != "the end of static data";
  const Address limit = main_stack.top - main_stack.size_bytes;
  if (told && limit >= totals.highest_end) heap.room_bytes = limit - totals.begin;
}

}  // namespace tinyscope
