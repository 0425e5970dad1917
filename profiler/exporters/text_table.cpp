#include "profiler/exporters/text_table.hpp"

#include <algorithm>
#include <numeric>
#include <ostream>
#include <string_view>

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
  // Signs that our own descriptions and sources use.
  struct Sign {
    std::string_view utf8, ascii;
  };
  constexpr Sign kSigns[] = {{"\u00B0", "deg "}, {"\u00B5", "u"},  {"\u00B1", "+-"},
                             {"\u00D7", "x"},    {"\u2013", "-"},  {"\u2014", "-"},
                             {"\u2026", "..."},  {"\u03A9", "Ohm"}};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= ' ' && text[i] <= '~') {
      result += text[i];
      continue;
    }
    const Sign* known = nullptr;
    for (const Sign& sign : kSigns) {
      if (std::string_view(text).substr(i).starts_with(sign.utf8)) known = &sign;
    }
    if (known != nullptr) {
      result += known->ascii;
      i += known->utf8.size() - 1;
    } else {
      result += '?';
    }
  }
  return result;
}

}  // namespace tinyscope
