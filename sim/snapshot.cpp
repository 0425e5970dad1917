#include "sim/snapshot.hpp"

#include <cstring>

namespace tinyscope {

void StateArchive::raw(void* data, std::size_t size) {
  if (loading_) {
    if (size > bytes_.size() - position_) throw InputError("snapshot: state ends too early");
    if (size != 0) std::memcpy(data, bytes_.data() + position_, size);
    position_ += size;
  } else if (size != 0) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
}

}  // namespace tinyscope
