#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <ostream>
#include <string_view>

#include "profiler/diff/diff_writers.hpp"
#include "profiler/exporters/terminal_text.hpp"

namespace tinyscope {
namespace {

// A call, with all that it called.
struct Frame {
  std::array<std::uint64_t, 2> cycles{};  // callees included
  std::map<std::string, std::unique_ptr<Frame>, std::less<>> callees;
};

Frame tree_of(const ReportDiff& diff) {
  Frame root;
  for (const auto& [stack, cycles] : diff.stacks) {
    Frame* frame = &root;
    const auto add = [&] {
      frame->cycles[0] += cycles[0];
      frame->cycles[1] += cycles[1];
    };
    add();
    // What is deeper belongs to the last frame shown.
    constexpr std::size_t kDeepest = 400;
    std::size_t depth = 0;
    for (std::size_t from = 0; from <= stack.size() && depth < kDeepest; ++depth) {
      const std::size_t to = std::min(stack.find(';', from), stack.size());
      auto& callee = frame->callees[stack.substr(from, to - from)];
      if (!callee) callee = std::make_unique<Frame>();
      frame = callee.get();
      add();
      from = to + 1;
    }
  }
  return root;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += c;
    }
  }
  return result;
}

// White where nothing changed, full red or blue where a frame doubled or vanished.
std::string colour(const Frame& frame) {
  const auto [before, after] = frame.cycles;
  const double most = static_cast<double>(std::max({before, after, std::uint64_t{1}}));
  const double change = (static_cast<double>(after) - static_cast<double>(before)) / most;
  const int pale = 235 - static_cast<int>(std::lround(std::min(1.0, std::abs(change)) * 140));
  return change >= 0 ? fmt::format("#f5{:02x}{:02x}", pale, pale)
                     : fmt::format("#{:02x}{:02x}f5", pale, pale);
}

class Graph {
 public:
  Graph(std::ostream& out, const Frame& root, std::size_t side)
      : out_(out), side_(side), whole_(static_cast<double>(root.cycles[side])) {}

  void write(const Frame& root) {
    depth_ = 0;
    frames(root, 0, 0);
    // Rows are 18 pixels high.
    out_ << fmt::format("<style>#g{} {{ height: {}px; }}</style>\n", side_, 18 * depth_ + 2);
  }

 private:
  // Frames that would be narrower than this share of the whole are left out.
  static constexpr double kNarrowest = 0.0005;

  void frames(const Frame& parent, double left, std::size_t depth) {
    for (const auto& [name, frame] : parent.callees) {
      const double width = static_cast<double>(frame->cycles[side_]) / whole_;
      if (width < kNarrowest) continue;
      depth_ = std::max(depth_, depth + 1);
      const auto [before, after] = frame->cycles;
      const std::string relative =
          before == 0
              ? "new"
              : fmt::format("{:+.1f} %",
                            100.0 * (static_cast<double>(after) - static_cast<double>(before)) /
                                static_cast<double>(before));
      out_ << fmt::format(
          "<button style=\"left:{:.4f}%;width:{:.4f}%;top:{}px;background:{}\" data-l=\"{:.6f}\" "
          "data-w=\"{:.6f}\" title=\"{}&#10;before {}, after {} cycles ({})\">{}</button>\n",
          100 * left, 100 * width, 18 * depth, colour(*frame), left, width, escaped(name),
          grouped(before), grouped(after), relative, escaped(name));
      frames(*frame, left, depth + 1);
      left += width;
    }
  }

  std::ostream& out_;
  std::size_t side_;
  double whole_;
  std::size_t depth_ = 0;
};

constexpr std::string_view kStyle = R"(<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
:root { color-scheme: light dark; font: 14px system-ui, sans-serif; }
body { margin: 16px; }
.graph { position: relative; overflow: hidden; border: 1px solid #8888; }
.graph > div { position: absolute; left: 0; top: 0; width: 100%; height: 100%; }
.graph button { position: absolute; height: 17px; border: 0; border-right: 1px solid #fff8;
  padding: 0 2px; font: 11px monospace; color: #000; text-align: left; overflow: hidden;
  white-space: nowrap; text-overflow: ellipsis; cursor: zoom-in; }
.graph button:focus-visible { outline: 2px solid #000; outline-offset: -2px; }
</style>
)";

// A click on a frame widens it to the whole; on one that is that wide already, back to all.
constexpr std::string_view kScript = R"(<script>
for (const pane of document.querySelectorAll(".graph > div")) {
  pane.addEventListener("click", (event) => {
    const frame = event.target.closest("button");
    if (!frame) return;
    let left = Number(frame.dataset.l), width = Number(frame.dataset.w);
    if (Math.abs(parseFloat(pane.style.width || "100") - 100 / width) < 1e-3) { left = 0; width = 1; }
    pane.style.width = 100 / width + "%";
    pane.style.left = -100 * left / width + "%";
  });
}
</script>
)";

}  // namespace

void write_diff_folded(const ReportDiff& diff, std::ostream& out) {
  for (const auto& [stack, cycles] : diff.stacks) {
    out << stack << ' ' << cycles[0] << ' ' << cycles[1] << '\n';
  }
}

void write_diff_flame(const ReportDiff& diff, std::ostream& out) {
  const Frame root = tree_of(diff);
  const std::string title = escaped(fmt::format("{} to {}", diff.before.name, diff.after.name));
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n"
      << kStyle << "<title>" << title << "</title>\n</head>\n<body>\n<h1>" << title << "</h1>\n"
      << "<p>Call stacks of the whole run, outermost on top, as wide as their cycles. Red: more "
         "cycles than before, blue: fewer. Click to zoom, click again for all.</p>\n";
  constexpr std::array<std::string_view, 2> kNames = {"Before", "After"};
  for (const std::size_t side : {std::size_t{1}, std::size_t{0}}) {
    out << fmt::format("<h2>{}: {} cycles</h2>\n<div class=\"graph\" id=\"g{}\"><div>\n",
                       kNames[side], grouped(root.cycles[side]), side);
    if (root.cycles[side] != 0) Graph(out, root, side).write(root);
    out << "</div></div>\n";
  }
  out << kScript << "</body>\n</html>\n";
}

}  // namespace tinyscope
