#include "sim/memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "sim/error.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kPageBytes = 4096;

// `size` zero bytes on a page of the host. A large memory that firmware hardly uses costs next to
// nothing: the host makes its pages when they are touched. What was allocated stands in front.
std::uint8_t* allocate(std::size_t size) {
  auto* const block = static_cast<std::uint8_t*>(std::calloc(size + 2 * kPageBytes, 1));
  if (block == nullptr) throw std::bad_alloc();
  const auto at = reinterpret_cast<std::uintptr_t>(block) + kPageBytes;
  auto* const pages = reinterpret_cast<std::uint8_t*>(at / kPageBytes * kPageBytes);
  std::memcpy(pages - sizeof block, &block, sizeof block);
  return pages;
}

}  // namespace

Memory::Memory(std::string name, MemoryKind kind, Address base, std::uint32_t size,
               std::uint8_t fill)
    : name_(std::move(name)), kind_(kind), base_(base), size_(size) {
  TINYSCOPE_ASSERT(size % kPageBytes == 0 && size != 0 && base % kPageBytes == 0);
  buffer_.reset(allocate(size));
  if (fill != 0) std::memset(buffer_.get(), fill, size);
}

void Memory::FreeAligned::operator()(std::uint8_t* pointer) const {
  void* block = nullptr;
  std::memcpy(&block, pointer - sizeof block, sizeof block);
  std::free(block);
}

std::uint32_t Memory::read(Address offset, AccessSize size) const {
  TINYSCOPE_ASSERT(offset < size_ && tinyscope::bytes(size) <= size_ - offset);
  std::uint32_t value = 0;
  std::memcpy(&value, buffer_.get() + offset, tinyscope::bytes(size));  // little-endian host
  return value;
}

void Memory::write(Address offset, AccessSize size, std::uint32_t value) {
  TINYSCOPE_ASSERT(offset < size_ && tinyscope::bytes(size) <= size_ - offset);
  std::memcpy(buffer_.get() + offset, &value, tinyscope::bytes(size));
}

}  // namespace tinyscope
