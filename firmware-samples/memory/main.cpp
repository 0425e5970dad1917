// Measures its own memory: paints the stack, counts in wrappers around malloc and free, and prints
// what it found. A profile of the same run has to say the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "board.h"
#include "console/line.hpp"

extern "C" {
extern std::uint32_t stack_top, bss_end;
void* _sbrk(std::ptrdiff_t bytes);
void twim1_handler();
}

namespace {

constexpr std::uint32_t kHeapBytes = 12 * 1024;
constexpr std::uint32_t kPaintedBytes = 8 * 1024;
constexpr std::uint32_t kPaint = 0xA5A55A5Au;
constexpr std::uint32_t kIrq = 4;  // TWIM1, which nothing else here uses

volatile std::uint32_t& set_enable = *reinterpret_cast<std::uint32_t*>(0xE000E100u);   // NVIC_ISER0
volatile std::uint32_t& set_pending = *reinterpret_cast<std::uint32_t*>(0xE000E200u);  // NVIC_ISPR0

std::uint32_t live, peak, allocations, failures;

struct Block {
  std::uintptr_t address;
  std::uint32_t bytes;
};
Block blocks[16];

void note(void* address, std::uint32_t bytes) {
  if (address == nullptr) {
    ++failures;
    return;
  }
  ++allocations;
  live += bytes;
  if (live > peak) peak = live;
  for (Block& block : blocks) {
    if (block.address != 0) continue;
    block = {reinterpret_cast<std::uintptr_t>(address), bytes};
    return;
  }
}

void forget(std::uintptr_t address) {
  for (Block& block : blocks) {
    if (block.address != address) continue;
    live -= block.bytes;
    block.address = 0;
    return;
  }
}

__attribute__((noinline)) void* take(std::uint32_t bytes) {
  void* const address = std::malloc(bytes);
  note(address, bytes);
  return address;
}

__attribute__((noinline)) void* take_cleared(std::uint32_t count, std::uint32_t bytes) {
  void* const address = std::calloc(count, bytes);
  note(address, count * bytes);
  return address;
}

__attribute__((noinline)) void* change(void* address, std::uint32_t bytes) {
  const auto before = reinterpret_cast<std::uintptr_t>(address);
  void* const changed = std::realloc(address, bytes);
  if (changed != nullptr) forget(before);
  note(changed, bytes);
  return changed;
}

__attribute__((noinline)) void give_back(void* address) {
  forget(reinterpret_cast<std::uintptr_t>(address));
  std::free(address);
}

__attribute__((noinline)) void use_heap() {
  void* const first = take(1000);
  void* const second = take_cleared(25, 40);
  void* const third = take(3000);
  give_back(first);
  void* const fourth = change(second, 1500);
  void* const fifth = take(2000);
  give_back(third);
  take(100 * 1024);  // more than there is
  give_back(fifth);
  void* const kept = take(77);
  static_cast<void>(kept);
  give_back(fourth);
}

// Every word of its frame is written, so that paint shows all of it.
__attribute__((noinline)) std::uint32_t descend(std::uint32_t depth) {
  volatile std::uint32_t words[24];
  for (volatile std::uint32_t& word : words) word = depth;
  if (depth == 0) {
    set_pending = 1u << kIrq;  // the handler comes on top
    __asm volatile("dsb\n\tisb" ::: "memory");
    return words[3];
  }
  return descend(depth - 1) + words[depth % 24];
}

// The first word that is not painted, seen from the lowest one.
__attribute__((noinline)) const std::uint32_t* lowest_used() {
  const std::uint32_t* word = &stack_top - kPaintedBytes / 4;
  while (*word == kPaint) ++word;
  return word;
}

__attribute__((noinline)) void paint() {
  std::uint32_t sp;
  __asm volatile("mov %0, sp" : "=r"(sp));
  for (volatile std::uint32_t* word = &stack_top - kPaintedBytes / 4;
       reinterpret_cast<std::uintptr_t>(word) < sp; ++word) {
    *word = kPaint;
  }
}

}  // namespace

extern "C" {

// The heap lies behind .bss.
void* _sbrk(std::ptrdiff_t bytes) {
  static std::uint32_t taken = 0;
  const std::uint32_t wanted = taken + static_cast<std::uint32_t>(bytes);
  if (wanted > kHeapBytes) return reinterpret_cast<void*>(-1);
  char* const begin = reinterpret_cast<char*>(&bss_end) + taken;
  taken = wanted;
  return begin;
}

void twim1_handler() {
  volatile std::uint32_t words[40];
  for (volatile std::uint32_t& word : words) word = kIrq;
}

}  // extern "C"

int main() {
  paint();
  board_initialise();
  set_enable = 1u << kIrq;
  const std::uint32_t sum = descend(9);
  const auto deepest = reinterpret_cast<std::uintptr_t>(lowest_used());
  use_heap();
  const auto top = reinterpret_cast<std::uintptr_t>(&stack_top);
  console::Line()
      .text("MEASURED stack ")
      .number(static_cast<std::uint32_t>(top - deepest))
      .text(" heap peak ")
      .number(peak)
      .text(" live ")
      .number(live)
      .text(" allocations ")
      .number(allocations)
      .text(" failures ")
      .number(failures)
      .end();
  console::Line().text("RESULT ").number(sum).end();
  for (;;) __asm volatile("wfe");
}
