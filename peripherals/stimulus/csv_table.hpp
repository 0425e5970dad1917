// Tables of numbers in text: a line of column names, then one row for each instant. The separator
// is a comma, a semicolon or a tab, whichever the line of names has. Lines that begin with # are
// comments, of which these before the first row are settings:
//   # rate_hz = 50                rows follow at this rate, and there is no column of time
//   # ignore = label, activity    columns to skip, whatever is in them
//   # time_origin = first_row     the time of the first row counts as 0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tinyscope {

struct CsvTable {
  struct Column {
    std::string name;  // as in the file, without quotes
    std::vector<double> cells;
  };

  // Throws InputError with "file:line: column" for what is no such table: no names, no rows, a row
  // of another length, a cell that is no finite number.
  static CsvTable from_file(const std::string& file);

  // "file:line" of the column names, or of a row.
  std::string header_where() const;
  std::string where(std::size_t row) const;

  std::string file;
  std::size_t header_line = 0;
  std::vector<std::size_t> lines;  // of the rows
  std::vector<Column> columns;     // without those to ignore
  std::optional<double> rate_hz;
  bool from_first_row = false;
  std::vector<std::string> ignored;
};

}  // namespace tinyscope
