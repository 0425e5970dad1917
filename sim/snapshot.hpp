// Saving and restoring the state of a machine.
//
// A part of the machine describes its state once, in `void snapshot(StateArchive&)`; the archive
// either appends the named values to a byte stream or reads them back in the same order. Pending
// events are stored by their due time and are scheduled anew on restore (see Event::snapshot).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/error.hpp"

namespace tinyscope {

class StateArchive {
 public:
  static StateArchive saving() { return StateArchive(); }
  static StateArchive loading(std::span<const std::byte> bytes) { return StateArchive(bytes); }

  bool is_loading() const { return loading_; }
  const std::vector<std::byte>& bytes() const { return bytes_; }

  // Saves or restores each value. Supported: trivially copyable values, strings, and vectors and
  // arrays of such.
  template <class... Values>
  void operator()(Values&... values) {
    (value(values), ...);
  }

  // The bytes themselves, for large blocks.
  void raw(void* data, std::size_t size);

 private:
  StateArchive() = default;
  explicit StateArchive(std::span<const std::byte> bytes)
      : loading_(true), bytes_(bytes.begin(), bytes.end()) {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void value(T& item) { raw(&item, sizeof item); }

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void value(std::vector<T>& items) {
    auto count = static_cast<std::uint64_t>(items.size());
    raw(&count, sizeof count);
    if (loading_) {
      if (count > (bytes_.size() - position_) / sizeof(T)) {
        throw InputError("snapshot: state ends too early");
      }
      items.resize(count);
    }
    raw(items.data(), items.size() * sizeof(T));
  }

  void value(std::string& text) {
    std::vector<char> chars(text.begin(), text.end());
    value(chars);
    text.assign(chars.begin(), chars.end());
  }

  bool loading_ = false;
  std::vector<std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace tinyscope
