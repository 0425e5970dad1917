#include "sim/memory.hpp"

#include <cstdlib>
#include <cstring>

#include "sim/error.hpp"

namespace tinyscope {
namespace {
constexpr std::size_t kPageBytes = 4096;
}

Memory::Memory(std::string name, MemoryKind kind, Address base, std::uint32_t size,
               std::uint8_t fill)
    : name_(std::move(name)), kind_(kind), base_(base), size_(size) {
  TINYSCOPE_ASSERT(size % kPageBytes == 0 && size != 0 && base % kPageBytes == 0);
  buffer_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(kPageBytes, size)));
  if (!buffer_) throw std::bad_alloc();
  std::memset(buffer_.get(), fill, size);
}

void Memory::FreeAligned::operator()(std::uint8_t* pointer) const { std::free(pointer); }

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
