#include "console/line.hpp"

#include "board.h"

namespace console {

void Line::put(char character) {
  if (size_ == sizeof buffer_) flush();
  buffer_[size_++] = character;
}

void Line::flush() {
  if (size_ != 0) board_uart_write(buffer_, size_);
  size_ = 0;
}

Line& Line::text(const char* characters) {
  while (*characters != '\0') put(*characters++);
  return *this;
}

Line& Line::number(std::uint32_t value) {
  char digits[10];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count != 0) put(digits[--count]);
  return *this;
}

Line& Line::hundredths(std::uint32_t value) {
  number(value / 100);
  put('.');
  put(static_cast<char>('0' + value / 10 % 10));
  put(static_cast<char>('0' + value % 10));
  return *this;
}

Line& Line::hex(std::uint8_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  put(kDigits[value >> 4]);
  put(kDigits[value & 15]);
  return *this;
}

void Line::end() {
  put('\r');
  put('\n');
  flush();
}

}  // namespace console
