#include "profiler/exporters/text_table.hpp"

#include <algorithm>
#include <numeric>
#include <ostream>

#include "sim/error.hpp"

namespace tinyscope {

namespace {

constexpr std::size_t kGap = 2;

std::string fit(const std::string& text, std::size_t width, TextTable::Align align) {
  if (text.size() > width)
    return width < 3 ? text.substr(0, width) : text.substr(0, width - 2) + "..";
  const std::string space(width - text.size(), ' ');
  return align == TextTable::Align::kLeft ? text + space : space + text;
}

}  // namespace

void TextTable::row(std::vector<std::string> cells, std::string suffix) {
  TINYSCOPE_ASSERT(cells.size() == columns_.size());
  rows_.push_back({std::move(cells), std::move(suffix)});
}

void TextTable::rule() { rows_.push_back({}); }

std::vector<std::size_t> TextTable::widths(std::size_t width) const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = columns_[i].title.size();
    for (const Row& row : rows_) {
      if (!row.cells.empty()) widest = std::max(widest, row.cells[i].size());
    }
    result.push_back(widest);
  }
  const std::size_t gaps = kGap * (columns_.size() - 1);
  for (;;) {
    const std::size_t total = std::accumulate(result.begin(), result.end(), gaps);
    if (total <= width) return result;
    std::size_t most = 0;
    std::size_t give = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t least = columns_[i].least;
      if (least != 0 && result[i] > least && result[i] - least > give) {
        give = result[i] - least;
        most = i;
      }
    }
    if (give == 0) return result;
    --result[most];
  }
}

void TextTable::write(std::ostream& out, std::size_t width) const {
  const std::vector<std::size_t> sizes = widths(width);
  const std::string gap(kGap, ' ');
  const auto line = [&](const std::vector<std::string>& cells, const std::string& suffix) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += (i == 0 ? "" : gap) + fit(cells[i], sizes[i], columns_[i].align);
    }
    if (!suffix.empty()) text += gap + suffix;
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  const std::string dashes(std::accumulate(sizes.begin(), sizes.end(), kGap * (sizes.size() - 1)),
                           '-');

  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  line(titles, {});
  out << dashes << '\n';
  for (const Row& row : rows_) {
    if (row.cells.empty()) {
      out << dashes << '\n';
    } else {
      line(row.cells, row.suffix);
    }
  }
}

std::string printable(const std::string& text) {
  std::string result = text;
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return result;
}

}  // namespace tinyscope
