#include "profiler/stack_room.hpp"

#include <array>

#include "profiler/object_table.hpp"
#include "sim/glob.hpp"

namespace tinyscope {
namespace {

// Lowest address of the stack: CMSIS and Arm (gcc_arm.ld), Nordic, ST (startup of IAR style),
// Ambiq.
constexpr std::array kLimits = {"__StackLimit", "__stack_limit", "__stack_start__", "_sstack",
                                "StackLimit",   "__StackBottom", "_stack_bottom",   "stack_bottom"};
// Size that the linker script sets aside, as the value of a symbol: ST, GNU, Zephyr, our samples.
constexpr std::array kSizes = {"_Min_Stack_Size", "__STACK_SIZE", "__stack_size__", "__stack_size",
                               "_stack_size",     "stack_size",   "Stack_Size",     "__StackSize"};

bool reserved(const SectionInfo& section) {
  return glob_match_any({"*stack*", "*STACK*", "*heap*", "*HEAP*"}, section.name);
}

// The end of static data below `top`.
Address end_of_static_data(const FirmwareImage& image, Address top) {
  Address end = 0;
  for (const SectionInfo& section : image.sections) {
    if (!section.writable || section.size == 0 || reserved(section)) continue;
    const Address behind = section.address + section.size;
    // 256 MiB: stack and data are in RAM, which is nowhere larger.
    if (behind <= top && behind > end && top - behind < 0x1000'0000u) end = behind;
  }
  return end;
}

}  // namespace

StackRoom main_stack_room(const FirmwareImage& image, Address top) {
  StackRoom room;
  for (const char* name : kLimits) {
    const Symbol* const symbol = image.symbols.find(name);
    if (symbol == nullptr || symbol->address >= top || top - symbol->address > 0x0100'0000u)
      continue;
    return {top - symbol->address, name, symbol->address};
  }
  for (const SectionInfo& section : image.sections) {
    const bool holds = section.address < top && top - section.address <= section.size;
    if (!holds || !glob_match_any({"*stack*", "*STACK*"}, section.name)) continue;
    return {top - section.address, "section " + section.name, section.address};
  }
  const ObjectTable objects(image.symbols);
  if (const Symbol* const object = top == 0 ? nullptr : objects.at(top - 1); object != nullptr) {
    return {top - object->address, object->demangled, object->address};
  }
  room.limit = end_of_static_data(image, top);
  for (const char* name : kSizes) {
    const Symbol* const symbol = image.symbols.find(name);
    if (symbol == nullptr || symbol->address == 0 || symbol->address > top - room.limit) continue;
    room.bytes = symbol->address;
    room.source = name;
    return room;
  }
  if (room.limit != 0) {
    room.bytes = top - room.limit;
    room.source = "the end of static data";
  }
  return room;
}

}  // namespace tinyscope
