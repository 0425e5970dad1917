#include "sim/cli/annotate/annotate_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>

#include "profiler/exporters/terminal_text.hpp"
#include "profiler/exporters/text_table.hpp"
#include "sim/cli/annotate/loop_marks.hpp"

namespace tinyscope {
namespace {

constexpr std::size_t kHottestFunctions = 20;
constexpr std::size_t kHottestLines = 15;
constexpr std::size_t kMostDataRows = 4;  // of a row of data, beyond which the rest is a number

constexpr std::string_view kRed = "\x1b[1;31m", kYellow = "\x1b[33m", kDim = "\x1b[2m",
                           kSource = "\x1b[36m", kBold = "\x1b[1m", kPlain = "\x1b[0m";

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// Nothing where it would be 0.0, so that what matters stands out.
std::string notable_percent(std::uint64_t part, std::uint64_t whole) {
  return share_of(part, whole) < 0.05 ? std::string() : percent(part, whole);
}

std::string ratio(std::uint64_t cycles, std::uint64_t count) {
  if (count == 0) return "-";
  return fmt::format("{:.2f}", static_cast<double>(cycles) / static_cast<double>(count));
}

// The causes beside issue that took most, largest first.
std::vector<StallCause> dominant_causes(const StallCycles& stalls, std::size_t most,
                                        double least_share) {
  std::vector<StallCause> causes;
  const auto least = least_share * static_cast<double>(stalls.total());
  for (std::size_t i = 1; i < kStallCauseCount; ++i) {
    const auto cause = static_cast<StallCause>(i);
    if (stalls[cause] != 0 && static_cast<double>(stalls[cause]) >= least) causes.push_back(cause);
  }
  std::stable_sort(causes.begin(), causes.end(),
                   [&](StallCause a, StallCause b) { return stalls[a] > stalls[b]; });
  if (causes.size() > most) causes.resize(most);
  return causes;
}

// "load_use 1.00, fetch 0.25": cycles each time.
std::string stalls_each(const StallCycles& stalls, std::uint64_t count) {
  std::string text;
  for (const StallCause cause : dominant_causes(stalls, 2, 0.02)) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", name_of(cause), ratio(stalls[cause], count));
  }
  return text;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string place(const SourceFrame& frame) {
  return fmt::format("{}:{}", base_name(frame.file), frame.line);
}

class Listing {
 public:
  Listing(const AnnotatedFunction& function, const ProfileReport& report, SourceFiles& sources,
          const AnnotateStyle& style, std::ostream& out)
      : function_(function), report_(report), sources_(sources), style_(style), out_(out) {}

  void write() {
    heading();
    measure();
    column_titles();
    const auto& insns = function_.insns;
    const std::vector<LoopMark> marks =
        loop_marks(insns, style_.colours ? MarkStyle::kUtf8 : MarkStyle::kAscii);
    bool skipped = false;
    for (std::size_t i = 0; i < insns.size(); ++i) {
      if (!insns[i].selected) {
        skipped = true;
        continue;
      }
      if (std::exchange(skipped, false)) {
        out_ << std::string(code_column(), ' ') << marks[i].above << "  ...\n";
        frames_.clear();
      }
      if (insns[i].code.is_data) {
        i = data_rows(i, marks);
        continue;
      }
      source_rows(i, marks[i].above);
      insn_row(insns[i], marks[i].at);
    }
    out_ << '\n';
  }

 private:
  void heading() {
    const std::uint64_t cycles = function_.stalls.total();
    out_ << '\n' << paint(kBold, printable(function_.name));
    if (!function_.file.empty()) out_ << fmt::format("  {}:{}", function_.file, function_.line);
    out_ << fmt::format("  0x{:08x}, {} bytes\n", function_.address, function_.size);
    out_ << fmt::format("{} cycles, {} % of those awake; {} instructions, {} cycles each\n",
                        grouped(cycles),
                        percent(cycles, report_.total_cycles - report_.sleep_cycles),
                        grouped(function_.count), ratio(cycles, function_.count));
    out_ << fmt::format("issue {} %", percent(function_.stalls[StallCause::kIssue], cycles));
    for (const StallCause cause : dominant_causes(function_.stalls, kStallCauseCount, 0)) {
      out_ << fmt::format(", {} {} %", name_of(cause), percent(function_.stalls[cause], cycles));
    }
    out_ << "\n\n";
  }

  void measure() {
    std::uint64_t most_cycles = 0, most_count = 0;
    for (const AnnotatedInsn& insn : function_.insns) {
      most_cycles = std::max(most_cycles, insn.stalls.total());
      most_count = std::max(most_count, insn.count);
      stalls_width_ = std::max(stalls_width_, stalls_each(insn.stalls, insn.count).size());
    }
    // A source line stands for several instructions.
    cycles_width_ = std::max<std::size_t>(6, grouped(most_cycles * 10).size());
    count_width_ = std::max<std::size_t>(5, grouped(most_count).size());
  }

  std::size_t code_column() const {
    return cycles_width_ + 2 + 5 + 2 + count_width_ + 2 + 6 + 2 + stalls_width_ + 2;
  }

  std::string numbers(const std::string& cycles, const std::string& share, const std::string& count,
                      const std::string& each, const std::string& stalls) const {
    return fmt::format("{:>{}}  {:>5}  {:>{}}  {:>6}  {:<{}}  ", cycles, cycles_width_, share,
                       count, count_width_, each, stalls, stalls_width_);
  }

  void column_titles() {
    out_ << paint(kDim, numbers("cycles", "%", "count", "each", "stalls each")) << '\n';
  }

  // The source line that the next instructions were made from, with their sum if there are several.
  void source_rows(std::size_t first, const std::string& mark) {
    const AnnotatedInsn& insn = function_.insns[first];
    if (insn.frames == frames_) return;
    const std::string chain =
        same_chain(insn.frames, frames_) ? std::string() : chain_of(insn.frames);
    frames_ = insn.frames;
    const SourceFrame& frame = insn.frames.front();
    if (frame.file.empty() && chain.empty()) return;
    StallCycles sum;
    std::size_t count = 0;
    for (std::size_t i = first; i < function_.insns.size(); ++i) {
      const AnnotatedInsn& other = function_.insns[i];
      if (other.code.is_data || !other.selected || other.frames != frames_) break;
      sum += other.stalls;
      ++count;
    }
    const std::uint64_t cycles = sum.total();
    std::string left = std::string(code_column(), ' ');
    if (cycles != 0 && count > 1) {
      left =
          numbers(grouped(cycles), notable_percent(cycles, function_.stalls.total()), "", "", "");
    }
    const auto text = sources_.line(frame.file, frame.line);
    const std::string where = frame.file.empty() ? std::string() : place(frame);
    std::string line = text ? fmt::format("  {}  {}", where, printable(expand_tabs(*text)))
                            : fmt::format("  {}", where);
    out_ << paint(kSource, left) << mark << paint(kSource, line);
    if (!chain.empty()) out_ << paint(kDim, "  " + printable(chain));
    out_ << '\n';
  }

  // "(clamp inlined at dot.c:12 in dot at main.c:7)"; empty where nothing is inlined.
  static std::string chain_of(const std::vector<SourceFrame>& frames) {
    if (frames.size() < 2) return {};
    std::string chain = "(" + short_name(frames.front().function) + " inlined";
    for (std::size_t i = 1; i < frames.size(); ++i) {
      chain += " at " + place(frames[i]);
      if (i + 1 < frames.size()) chain += " in " + short_name(frames[i].function);
    }
    return chain + ")";
  }

  // The same calls around it.
  static bool same_chain(const std::vector<SourceFrame>& a, const std::vector<SourceFrame>& b) {
    if (a.size() != b.size()) return a.size() < 2;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i].function != b[i].function) return false;
      if (i != 0 && a[i] != b[i]) return false;
    }
    return true;
  }

  static std::string short_name(const std::string& name) {
    return std::string(without_parameters(name));
  }

  static std::string expand_tabs(std::string_view text) {
    std::string expanded;
    for (const char c : text) {
      if (c == '\t') {
        expanded.append(4, ' ');
      } else {
        expanded.push_back(c);
      }
    }
    return expanded;
  }

  void insn_row(const AnnotatedInsn& insn, const std::string& mark) {
    std::string left(code_column(), ' ');
    const std::uint64_t cycles = insn.stalls.total();
    if (insn.count != 0 || cycles != 0) {
      left = numbers(grouped(cycles), notable_percent(cycles, function_.stalls.total()),
                     grouped(insn.count), ratio(cycles, insn.count),
                     stalls_each(insn.stalls, insn.count));
    }
    std::string code = fmt::format("  {:08x}  {}", insn.code.address, insn.code.text);
    if (!insn.code.comment.empty()) code += "  " + insn.code.comment;
    const double share = share_of(cycles, function_.stalls.total());
    const std::string_view colour = insn.count == 0 ? kDim
                                    : share >= 5    ? kRed
                                    : share >= 1    ? kYellow
                                                    : std::string_view();
    out_ << paint(colour, left) << mark << paint(insn.count == 0 ? kDim : std::string_view(), code)
         << '\n';
  }

  // Literals and tables; long ones are cut. Returns the index of the last one.
  std::size_t data_rows(std::size_t first, const std::vector<LoopMark>& marks) {
    std::size_t last = first;
    std::uint32_t bytes = 0;
    const auto& insns = function_.insns;
    for (std::size_t i = first; i < insns.size() && insns[i].code.is_data; ++i) {
      last = i;
      bytes += insns[i].code.size;
    }
    const bool cut = last - first >= kMostDataRows;
    const std::size_t shown = cut ? first + kMostDataRows - 2 : last;
    frames_.clear();
    for (std::size_t i = first; i <= shown; ++i) {
      insn_row(insns[i], marks[i].at);
      bytes -= insns[i].code.size;
    }
    if (cut) {
      out_ << std::string(code_column(), ' ') << marks[last].at
           << paint(kDim, fmt::format("  ... {} more bytes of data", bytes)) << '\n';
    }
    return last;
  }

  std::string paint(std::string_view colour, const std::string& text) const {
    if (!style_.colours || colour.empty()) return text;
    return fmt::format("{}{}{}", colour, text, kPlain);
  }

  const AnnotatedFunction& function_;
  const ProfileReport& report_;
  SourceFiles& sources_;
  const AnnotateStyle& style_;
  std::ostream& out_;
  std::size_t cycles_width_ = 0, count_width_ = 0, stalls_width_ = 11;
  std::vector<SourceFrame> frames_;  // of the row above
};

}  // namespace

void write_listing(const AnnotatedFunction& function, const ProfileReport& report,
                   SourceFiles& sources, const AnnotateStyle& style, std::ostream& out) {
  Listing(function, report, sources, style, out).write();
}

void write_hottest(const ProfileReport& report, const AnnotateStyle& style, std::ostream& out) {
  struct Sum {
    const CodeLocation* location = nullptr;
    StallCycles stalls;
    std::uint64_t count = 0;
  };
  std::map<Address, Sum> by_function;
  for (const InsnRow& insn : report.insns) {
    const CodeLocation& location = report.locations[insn.location];
    Sum& sum = by_function[location.function];
    sum.location = &location;
    sum.stalls += insn.stalls;
    sum.count += insn.count;
  }
  std::vector<Sum> sums;
  for (const auto& [address, sum] : by_function) sums.push_back(sum);
  std::stable_sort(sums.begin(), sums.end(),
                   [](const Sum& a, const Sum& b) { return a.stalls.total() > b.stalls.total(); });
  const std::uint64_t all = report.total_cycles - report.sleep_cycles;
  const auto title = [&](std::string_view text) {
    out << '\n' << (style.colours ? kBold : "") << text << (style.colours ? kPlain : "") << '\n';
  };
  constexpr std::size_t kWidth = 120;
  using Align = TextTable::Align;

  title("Functions that took most cycles of their own");
  TextTable functions({{"cycles"},
                       {"%"},
                       {"instructions"},
                       {"each"},
                       {"stalls each", Align::kLeft},
                       {"function", Align::kLeft, 20}});
  for (std::size_t i = 0; i < sums.size() && i < kHottestFunctions; ++i) {
    const Sum& sum = sums[i];
    functions.row(
        {grouped(sum.stalls.total()), percent(sum.stalls.total(), all), grouped(sum.count),
         ratio(sum.stalls.total(), sum.count), stalls_each(sum.stalls, sum.count),
         printable(std::string(without_parameters(sum.location->frames.back().function)))});
  }
  functions.write(out, kWidth);
  if (!report.lines.empty() && !report.lines.front().file.empty()) {
    title("Source lines that took most");
    TextTable lines({{"cycles"},
                     {"%"},
                     {"instructions"},
                     {"each"},
                     {"line", Align::kLeft, 20},
                     {"function", Align::kLeft, 20}});
    for (std::size_t i = 0; i < report.lines.size() && i < kHottestLines; ++i) {
      const LineRow& row = report.lines[i];
      lines.row({grouped(row.cycles), percent(row.cycles, all), grouped(row.count),
                 ratio(row.cycles, row.count),
                 row.file.empty() ? "-" : fmt::format("{}:{}", row.file, row.line),
                 printable(std::string(without_parameters(row.function)))});
    }
    lines.write(out, kWidth);
  }
  out << "\nName a function, a pattern such as '*conv*', FILE:LINE or an address range to see its "
         "code.\n";
}

}  // namespace tinyscope
