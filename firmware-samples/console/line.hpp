#pragma once

#include <cstddef>
#include <cstdint>

namespace console {

// Collects one line of text and sends it over the UART when it is ended or full; no heap and no
// printf, which would bring both heap and 20 KB of code.
class Line {
 public:
  ~Line() { flush(); }

  Line& text(const char* characters);
  Line& number(std::uint32_t value);
  Line& hundredths(std::uint32_t value);  // 98 as 0.98
  Line& hex(std::uint8_t value);
  void end();  // with a newline

 private:
  void put(char character);
  void flush();

  char buffer_[128];
  std::size_t size_ = 0;
};

}  // namespace console
