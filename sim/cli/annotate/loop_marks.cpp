#include "sim/cli/annotate/loop_marks.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace tinyscope {
namespace {

constexpr std::size_t kMostColumns = 5;

enum Mark : std::size_t { kSpace, kBegin, kInside, kEnd, kBoth, kAcross, kArrow };
constexpr std::array<std::string_view, 7> kAscii = {" ", ",", "|", "`", "+", "-", ">"};
constexpr std::array<std::string_view, 7> kUtf8 = {" ",      "\u256D", "\u2502", "\u2570",
                                                   "\u251C", "\u2500", "\u25B6"};

struct Loop {
  std::size_t begin = 0;  // rows
  std::size_t end = 0;    // of the last branch back
  std::vector<std::size_t> ends;
  std::size_t column = 0;
};

std::vector<Loop> find_loops(const std::vector<AnnotatedInsn>& insns) {
  std::map<Address, std::size_t> rows;
  for (std::size_t i = 0; i < insns.size(); ++i) rows.emplace(insns[i].code.address, i);
  std::map<std::size_t, Loop> loops;  // by begin
  for (std::size_t i = 0; i < insns.size(); ++i) {
    const DisassembledInsn& code = insns[i].code;
    if (!code.branches || insns[i].count == 0 || code.target > code.address) continue;
    const auto target = rows.find(code.target);
    if (target == rows.end()) continue;
    Loop& loop = loops[target->second];
    loop.begin = target->second;
    loop.end = i;
    loop.ends.push_back(i);
  }
  std::vector<Loop> found;
  for (auto& [begin, loop] : loops) found.push_back(std::move(loop));
  std::stable_sort(found.begin(), found.end(),
                   [](const Loop& a, const Loop& b) { return a.end - a.begin < b.end - b.begin; });
  return found;
}

// The shortest loops come first and stand right (column 0); those without a place are left out.
void place_loops(std::vector<Loop>& loops) {
  std::vector<const Loop*> placed;
  for (Loop& loop : loops) {
    const auto is_taken = [&](std::size_t column) {
      return std::any_of(placed.begin(), placed.end(), [&](const Loop* other) {
        return other->column == column && other->begin <= loop.end && loop.begin <= other->end;
      });
    };
    while (loop.column < kMostColumns && is_taken(loop.column)) ++loop.column;
    if (loop.column < kMostColumns) placed.push_back(&loop);
  }
  std::erase_if(loops, [](const Loop& loop) { return loop.column == kMostColumns; });
}

}  // namespace

std::vector<LoopMark> loop_marks(const std::vector<AnnotatedInsn>& insns, MarkStyle style) {
  std::vector<LoopMark> texts(insns.size());
  std::vector<Loop> loops = find_loops(insns);
  place_loops(loops);
  if (loops.empty()) return texts;
  std::size_t columns = 0;
  for (const Loop& loop : loops) columns = std::max(columns, loop.column + 1);

  // The last column is the arrow's.
  std::vector<std::vector<Mark>> grid(insns.size(), std::vector<Mark>(columns + 1, kSpace));
  for (const Loop& loop : loops) {
    const std::size_t at = columns - 1 - loop.column;
    for (std::size_t row = loop.begin; row <= loop.end; ++row) grid[row][at] = kInside;
  }
  for (const Loop& loop : loops) {
    const std::size_t at = columns - 1 - loop.column;
    const auto join = [&](std::size_t row, Mark corner, Mark last) {
      grid[row][at] = corner;
      for (std::size_t i = at + 1; i < columns; ++i) {
        if (grid[row][i] == kSpace) grid[row][i] = kAcross;
      }
      if (grid[row][columns] != kArrow) grid[row][columns] = last;
    };
    for (const std::size_t row : loop.ends) join(row, row == loop.end ? kEnd : kBoth, kAcross);
    join(loop.begin, loop.begin == loop.end ? kBoth : kBegin, kArrow);
  }
  const auto& signs = style == MarkStyle::kUtf8 ? kUtf8 : kAscii;
  for (std::size_t row = 0; row < grid.size(); ++row) {
    for (const Mark mark : grid[row]) texts[row].at += signs[mark];
    for (std::size_t column = 0; column <= columns; ++column) {
      const bool inside = std::any_of(loops.begin(), loops.end(), [&](const Loop& loop) {
        return columns - 1 - loop.column == column && loop.begin < row && row <= loop.end;
      });
      texts[row].above += signs[inside ? kInside : kSpace];
    }
  }
  return texts;
}

}  // namespace tinyscope
