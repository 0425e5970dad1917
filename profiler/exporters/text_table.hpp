// A table of text cells for a terminal of limited width. Cells are plain ASCII.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace tinyscope {

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kRight;
    std::size_t least = 0;  // may be cut to this width if the table is too wide; 0: never
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell for each column. `suffix` follows behind the last column, unaligned.
  void row(std::vector<std::string> cells, std::string suffix = {});
  void rule();  // a line of dashes
  // Cuts columns, the one with the most to give first, until a line fits into `width`.
  void write(std::ostream& out, std::size_t width) const;

 private:
  struct Row {
    std::vector<std::string> cells;  // empty: a rule
    std::string suffix;
  };
  std::vector<std::size_t> widths(std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// Printable ASCII only, since names come from the firmware: a few signs such as the degree sign are
// spelt out, every other byte becomes '?'.
std::string printable(const std::string& text);

}  // namespace tinyscope
