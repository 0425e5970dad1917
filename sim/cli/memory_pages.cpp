#include "sim/cli/memory_pages.hpp"

#include <algorithm>
#include <cstring>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

// Code and data may lie in one page: what is told of is finer.
constexpr std::size_t kStretchBytes = 64;

std::shared_ptr<const MemoryPage> filled_page(std::uint8_t value) {
  auto page = std::make_shared<MemoryPage>();
  page->fill(value);
  return page;
}

// The page that all memories share where they are empty; null: `bytes` are no such page.
std::shared_ptr<const MemoryPage> shared_page(const std::uint8_t* bytes) {
  static const std::shared_ptr<const MemoryPage> zeros = filled_page(0x00);
  static const std::shared_ptr<const MemoryPage> erased = filled_page(0xFF);
  const auto& page = bytes[0] == 0x00 ? zeros : erased;
  return std::memcmp(bytes, page->data(), kMemoryPageBytes) == 0 ? page : nullptr;
}

std::shared_ptr<const MemoryPage> take_page(const std::uint8_t* bytes) {
  if (auto page = shared_page(bytes)) return page;
  auto page = std::make_shared_for_overwrite<MemoryPage>();
  std::memcpy(page->data(), bytes, kMemoryPageBytes);
  return page;
}

void put_page(const MemoryPage& page, std::uint8_t* bytes, std::uint32_t offset,
              const std::function<void(std::uint32_t, std::uint32_t)>& changed) {
  for (std::size_t at = 0; at < kMemoryPageBytes;) {
    const auto differs = [&](std::size_t stretch) {
      return std::memcmp(bytes + stretch, page.data() + stretch, kStretchBytes) != 0;
    };
    std::size_t end = at;
    while (end < kMemoryPageBytes && differs(end)) end += kStretchBytes;
    if (end == at) {
      at += kStretchBytes;
      continue;
    }
    std::memcpy(bytes + at, page.data() + at, end - at);
    changed(offset + static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end - at));
    at = end;
  }
}

}  // namespace

std::shared_ptr<const PageTable> take_pages(std::span<const std::uint8_t> bytes,
                                            const std::shared_ptr<const PageTable>& known) {
  const std::size_t count = bytes.size() / kMemoryPageBytes;
  TINYSCOPE_ASSERT(bytes.size() % kMemoryPageBytes == 0 &&
                   (known == nullptr || known->size() == count));
  std::shared_ptr<PageTable> fresh;
  if (known == nullptr) fresh = std::make_shared<PageTable>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* const page = bytes.data() + i * kMemoryPageBytes;
    if (known != nullptr) {
      if (std::memcmp(page, (*known)[i]->data(), kMemoryPageBytes) == 0) continue;
      if (fresh == nullptr) fresh = std::make_shared<PageTable>(*known);
    }
    (*fresh)[i] = take_page(page);
  }
  if (fresh == nullptr) return known;
  return fresh;
}

void put_pages(const PageTable& pages, const PageTable* held, std::span<std::uint8_t> bytes,
               const std::function<void(std::uint32_t, std::uint32_t)>& changed) {
  TINYSCOPE_ASSERT(bytes.size() == pages.size() * kMemoryPageBytes);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    if (held != nullptr && (*held)[i] == pages[i]) continue;
    const std::size_t offset = i * kMemoryPageBytes;
    std::uint8_t* const page = bytes.data() + offset;
    if (std::memcmp(page, pages[i]->data(), kMemoryPageBytes) == 0) continue;
    put_page(*pages[i], page, static_cast<std::uint32_t>(offset), changed);
  }
}

}  // namespace tinyscope
