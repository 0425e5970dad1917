// Large contents as pages of 4 KiB, which successive states share as long as nothing changes them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace tinyscope {

constexpr std::size_t kMemoryPageBytes = 4096;
using MemoryPage = std::array<std::uint8_t, kMemoryPageBytes>;
using PageTable = std::vector<std::shared_ptr<const MemoryPage>>;

// `bytes`, whole pages of them. Pages that are equal to those of `known` are shared with it; if all
// are, this is `known` itself. `known` may be null.
std::shared_ptr<const PageTable> take_pages(std::span<const std::uint8_t> bytes,
                                            const std::shared_ptr<const PageTable>& known);

// Makes `bytes` equal to `pages`. Calls `changed` with offset and size of each stretch that was
// not. `held`: what `bytes` are known to be equal to; null: nothing is known.
void put_pages(const PageTable& pages, const PageTable* held, std::span<std::uint8_t> bytes,
               const std::function<void(std::uint32_t, std::uint32_t)>& changed);

}  // namespace tinyscope
