#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "profiler/budget/baseline_file.hpp"
#include "profiler/budget/budget_check.hpp"
#include "profiler/budget/quantity.hpp"
#include "sim/error.hpp"

namespace tinyscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Layer {
  const char* op;
  const char* name;
  std::uint64_t cycles;
};

// Two inferences of a model at 1 MHz, alike but for 100 us of interrupts in the second.
ProfileReport report_of(const std::vector<Layer>& layers) {
  ProfileReport report;
  report.firmware = {"app.elf", "elf", "abc"};
  report.board = "board";
  report.clock_hz = 1'000'000;
  for (unsigned i = 0; i < 2; ++i) {
    InferenceRow row;
    row.index = i;
    row.model = "net";
    row.function = "invoke";
    for (const Layer& layer : layers) {
      LayerRow& part = row.layers.emplace_back();
      part.index = static_cast<unsigned>(row.layers.size() - 1);
      part.op = layer.op;
      part.name = layer.name;
      part.kernel = std::string("kernel_") + layer.op;
      part.cycles = layer.cycles;
      part.energy_uj = {10, 8, 12};
      row.cycles += layer.cycles;
    }
    row.end_ns = (row.cycles + i * 100) * 1000;
    row.energy_uj = {100, 80, 120};
    report.inferences.push_back(std::move(row));
  }
  const auto phase = [&report](const char* name, std::uint64_t count, std::uint64_t cycles) {
    PhaseRow& row = report.phases.emplace_back();
    row.name = name;
    row.count = count;
    row.cycles = cycles;
  };
  phase("inference", 2, 2000);
  phase("feature extraction", 4, 800);
  FunctionRow& function = report.functions.emplace_back();
  function.name = "kernel_CONV_2D";
  function.file = "conv.c";
  function.line = 12;
  function.calls = 2;
  function.cycles = 500;
  function.inclusive_cycles = 600;
  InterruptRow& interrupt = report.interrupts.emplace_back();
  interrupt.name = "tick";
  interrupt.count = 10;
  interrupt.cycles = 150;
  StackRow& stack = report.memory.stacks.emplace_back();
  stack.name = "main";
  stack.size_bytes = 1000;
  stack.peak_bytes = 400;
  report.memory.sections.resize(1);
  report.memory.ram_peak_bytes = 4096;
  report.energy.parts.resize(1);
  return report;
}

ProfileReport report() { return report_of({{"CONV_2D", "a", 600}, {"SOFTMAX", "b", 400}}); }

CheckResult check(const std::string& toml, const ProfileReport& now = report()) {
  return check_budgets(parse_budget(toml, "b.toml"), measure(now), std::nullopt);
}

CheckResult check_against(const ProfileReport& before, const std::string& toml,
                          const ProfileReport& now) {
  return check_budgets(parse_budget(toml, "b.toml"), measure(now),
                       Baseline{"base.json", measure(before)});
}

// "kept" or "broken" of each outcome.
std::vector<std::string> verdicts(const CheckResult& result) {
  std::vector<std::string> texts;
  for (const Outcome& outcome : result.outcomes) texts.push_back(outcome.kept ? "kept" : "broken");
  return texts;
}

template <class Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

std::string error_in(const std::string& toml) {
  return error_of([&] { check(toml); });
}

// --- limits

TEST(Budgets, AreKeptUpToTheLimitAndBrokenAbove) {
  EXPECT_THAT(verdicts(check("[budget]\ncycles = 1000\n")), ElementsAre("kept"));
  const CheckResult broken = check("[budget]\ncycles = 999\n");
  ASSERT_THAT(verdicts(broken), ElementsAre("broken"));
  EXPECT_EQ(broken.outcomes[0].measured, 1000);
  EXPECT_EQ(broken.outcomes[0].limit, 999);
  EXPECT_EQ(broken.outcomes[0].budget.line, 2);
  EXPECT_EQ(broken.outcomes[0].difference_text(), "+1");
  EXPECT_EQ(broken.outcomes[0].percent_text(), "+0.1 %");
  EXPECT_FALSE(broken.passed());
}

TEST(Budgets, MayBeFromBelowOrBoth) {
  EXPECT_THAT(verdicts(check("[budget]\ninferences = { min = 2 }\n")), ElementsAre("kept"));
  EXPECT_THAT(verdicts(check("[budget]\ninferences = { min = 3 }\n")), ElementsAre("broken"));
  EXPECT_THAT(verdicts(check("[budget]\ncycles = { min = 1001, max = 2000 }\n")),
              ElementsAre("kept", "broken"));
}

TEST(Budgets, TakeUnits) {
  EXPECT_THAT(verdicts(check("[budget]\nram_bytes = '4 KiB'\nlatency_max_ms = '1100 us'\n")),
              ElementsAre("kept", "kept"));
  EXPECT_THAT(verdicts(check("[budget]\nram_bytes = '4 KB'\nlatency_max_ms = '1.0999 ms'\n")),
              ElementsAre("broken", "broken"));
}

TEST(Budgets, MayUseTheBoundsOfAnEstimate) {
  EXPECT_THAT(verdicts(check("[budget]\nenergy_uj = 110\n")), ElementsAre("kept"));
  EXPECT_THAT(verdicts(check("[budget]\nenergy_uj = { max = 110, use = 'high' }\n")),
              ElementsAre("broken"));
  EXPECT_THAT(verdicts(check("[budget]\nenergy_uj = { max = 90, use = 'low' }\n")),
              ElementsAre("kept"));
}

TEST(Budgets, CountMissedDeadlines) {
  EXPECT_THAT(verdicts(check("[budget]\ndeadline = { ms = 1.1, misses = 0 }\n")),
              ElementsAre("kept"));
  EXPECT_THAT(verdicts(check("[budget]\ndeadline = { ms = 1.05 }\n")), ElementsAre("broken"));
  EXPECT_THAT(verdicts(check("[budget]\ndeadline = { ms = 1.05, misses = 1 }\n")),
              ElementsAre("kept"));
}

TEST(Budgets, AreForEachLayerThatMatches) {
  const char* const kPatterns[] = {"CONV_2D", "CONV*", "a", "kernel_CONV_2?", "#0"};
  for (const char* const pattern : kPatterns) {
    const CheckResult result =
        check(std::string("[[layer]]\nmatch = '") + pattern + "'\ncycles = 599\n");
    ASSERT_THAT(verdicts(result), ElementsAre("broken")) << pattern;
    EXPECT_EQ(result.outcomes[0].row, "layer 0 CONV_2D a");
    EXPECT_EQ(result.outcomes[0].source.file, "conv.c");
    EXPECT_EQ(result.outcomes[0].source.line, 12);
  }
  EXPECT_THAT(verdicts(check("[[layer]]\nmatch = '*'\ncycles = 500\n")),
              ElementsAre("broken", "kept"));
}

TEST(Budgets, AreForPhasesFunctionsInterruptsAndStacks) {
  const CheckResult result = check(
      "[[phase]]\nmatch = 'feature*'\ncycles = 199\ntotal_cycles = 800\ncount = 4\n"
      "[[function]]\nmatch = 'kernel_*'\ncycles = 299\nown_cycles = 250\ncalls = 1\n"
      "[[interrupt]]\nmatch = 'tick'\ncycles = 14.9\n"
      "[[stack]]\nmatch = 'main'\npercent = 40\nbytes = 399\n"
      "[[model]]\nmatch = 'net'\ncycles = 1000\n");
  std::vector<std::string> broken;
  for (const Outcome& outcome : result.outcomes) {
    if (!outcome.kept) broken.push_back(outcome.title());
  }
  EXPECT_THAT(broken, ElementsAre("cycles of phase feature extraction: at most 199 cycles",
                                  "cycles of function kernel_CONV_2D: at most 299 cycles",
                                  "calls of function kernel_CONV_2D: at most 1",
                                  "cycles of interrupt tick: at most 14.9 cycles",
                                  "bytes of stack main: at most 399 bytes"));
}

TEST(Budgets, ThatNeedAnInferenceAreBrokenWithoutOne) {
  ProfileReport idle = report();
  idle.inferences.clear();
  idle.no_inference = "let it run longer";
  const CheckResult result = check(
      "[budget]\ncycles = 1\ninferences = { min = 1 }\nram_bytes = 5000\n"
      "[[layer]]\nmatch = '*'\ncycles = 1\n",
      idle);
  EXPECT_THAT(verdicts(result), ElementsAre("broken", "broken", "kept", "broken"));
  EXPECT_THAT(result.outcomes[0].message(), HasSubstr("let it run longer"));
  const CheckResult both =
      check_against(report(), "[budget]\ncycles = { max = 9999, baseline = '-5 %' }\n", idle);
  ASSERT_EQ(both.outcomes.size(), 1u);
  EXPECT_EQ(both.outcomes[0].limit_text, "at least the baseline - 5 %");
}

// --- against a baseline

TEST(RelativeBudgets, TakeTheLargerToleranceOfPercentAndAbsolute) {
  const ProfileReport now = report_of({{"CONV_2D", "a", 630}, {"SOFTMAX", "b", 410}});
  const auto verdict = [&](const char* limit) {
    return verdicts(check_against(
        report(), std::string("[budget]\ncycles = { baseline = ") + limit + " }\n", now))[0];
  };
  EXPECT_EQ(verdict("'+4 %'"), "kept");  // 1000 became 1040
  EXPECT_EQ(verdict("'+3.9 %'"), "broken");
  EXPECT_EQ(verdict("'+40'"), "kept");
  EXPECT_EQ(verdict("'+39 cycles'"), "broken");
  EXPECT_EQ(verdict("['+1 %', '+40']"), "kept");
  EXPECT_EQ(verdict("'-5 %'"), "kept");
  EXPECT_THAT(check_against(report(), "[budget]\ncycles = { baseline = ['+1 %', '+20'] }\n", now)
                  .outcomes[0]
                  .message(),
              AllOf(HasSubstr("1,040"), HasSubstr("1,020"), HasSubstr("+ 1 % or 20 cycles")));
}

TEST(RelativeBudgets, AreKeptByTheSameRun) {
  const CheckResult result =
      check_against(report(),
                    "[budget]\ncycles = { baseline = '+0 %' }\nenergy_uj = { baseline = '+0 %' }\n"
                    "[[layer]]\nmatch = '*'\ncycles = { baseline = ['+0 %', '-0 %'] }\n",
                    report());
  EXPECT_TRUE(result.passed());
  EXPECT_THAT(result.layers, IsEmpty());
}

TEST(RelativeBudgets, FollowALayerThatMovedAndOneWhoseKernelChanged) {
  ProfileReport now =
      report_of({{"RESHAPE", "new", 5}, {"CONV_2D", "a", 900}, {"SOFTMAX", "b", 400}});
  const CheckResult moved = check_against(
      report(), "[[layer]]\nmatch = 'CONV_2D'\ncycles = { baseline = '+5 %' }\n", now);
  ASSERT_THAT(verdicts(moved), ElementsAre("broken"));
  EXPECT_EQ(moved.outcomes[0].baseline, 600);
  EXPECT_EQ(moved.outcomes[0].row, "layer 1 CONV_2D a");
  ASSERT_EQ(moved.layers.size(), 2u);
  EXPECT_EQ(moved.layers[0].name, "layer 1 CONV_2D a") << "the largest change first";
  for (InferenceRow& row : now.inferences) row.layers[1].kernel = "slow_kernel";
  const CheckResult slow = check_against(
      report(), "[[layer]]\nmatch = 'kernel_CONV*'\ncycles = { baseline = '+5 %' }\n", now);
  EXPECT_THAT(verdicts(slow), ElementsAre("broken"));
}

TEST(RelativeBudgets, AreBrokenByLayersThatCameOrWent) {
  const ProfileReport shorter = report_of({{"CONV_2D", "a", 600}});
  const char* const kAll = "[[layer]]\nmatch = '*'\ncycles = { baseline = '+5 %' }\n";
  const CheckResult gone = check_against(report(), kAll, shorter);
  EXPECT_EQ(gone.broken(), 1u);
  EXPECT_THAT(gone.failed_first()[0]->message(),
              AllOf(HasSubstr("layer 1 SOFTMAX b is gone"), HasSubstr("baseline update")));
  const CheckResult came = check_against(shorter, kAll, report());
  EXPECT_EQ(came.broken(), 1u);
  EXPECT_THAT(came.failed_first()[0]->message(), HasSubstr("is not in the baseline"));
  const char* const kLast =
      "[[layer]]\nmatch = 'SOFTMAX'\ncycles = { max = 9999, baseline = '+5 %' }\n";
  EXPECT_EQ(check_against(report(), kLast, shorter).broken(), 1u);
  EXPECT_THAT(error_of([&] { check_against(shorter, kLast, report()); }),
              AllOf(HasSubstr("b.toml:3:"), HasSubstr("base.json has"), HasSubstr("SOFTMAX")));
}

TEST(RelativeBudgets, RefuseABaselineThatCannotBeCompared) {
  const char* const kCycles = "[budget]\ncycles = { baseline = '+5 %' }\n";
  EXPECT_THAT(error_in(kCycles), AllOf(HasSubstr("b.toml:2"), HasSubstr("--baseline")));
  ProfileReport other = report();
  other.board = "another";
  EXPECT_THAT(error_of([&] { check_against(other, kCycles, report()); }), HasSubstr("another"));
  ProfileReport no_energy = report();
  no_energy.energy.parts.clear();
  EXPECT_THAT(error_of([&] {
                check_against(no_energy, "[budget]\nenergy_uj = { baseline = '+5 %' }\n", report());
              }),
              AllOf(HasSubstr("b.toml:2"), HasSubstr("base.json")));
}

TEST(RelativeBudgets, SayThatTheClockChanged) {
  ProfileReport now = report();
  now.clock_hz = 2'000'000;
  EXPECT_THAT(check_against(report(), "[budget]\ncycles = { baseline = '+5 %' }\n", now).notes,
              ElementsAre(HasSubstr("1,000,000 Hz")));
}

TEST(Baseline, ComesBackAsItWasWritten) {
  ProfileReport odd = report();
  odd.inferences[1].layers[0].name = "a \"quoted\"\nname";
  std::ostringstream first, second;
  write_baseline(measure(odd), first);
  write_baseline(measure(odd), second);
  EXPECT_EQ(first.str(), second.str());
  std::ostringstream again;
  write_baseline(parse_baseline(first.str(), "base.json"), again);
  EXPECT_EQ(again.str(), first.str());
  EXPECT_THAT(first.str(), HasSubstr("\"sha256\": \"abc\""));
  const CheckResult result =
      check_budgets(parse_budget("[[layer]]\nmatch = '*'\ncycles = { baseline = '+0 %' }\n"
                                 "energy_uj = { baseline = '+0 %', use = 'high' }\n"
                                 "[[phase]]\nmatch = '*'\ntotal_cycles = { baseline = '+0 %' }\n",
                                 "b.toml"),
                    measure(odd), Baseline{"base.json", parse_baseline(first.str(), "base.json")});
  EXPECT_EQ(result.outcomes.size(), 6u);
  EXPECT_TRUE(result.passed());
}

TEST(Baseline, RefusesOtherFiles) {
  const auto refused = [](const char* text) {
    return error_of([&] { parse_baseline(text, "base.json"); });
  };
  EXPECT_THAT(refused("{"), HasSubstr("base.json: damaged"));
  EXPECT_THAT(refused("[]"), HasSubstr("expected a baseline"));
  EXPECT_THAT(refused("{\"schema_version\": 2}"), HasSubstr("expected a baseline"));
  EXPECT_THAT(refused("{\"baseline_schema_version\": 99}"), HasSubstr("version 99"));
  EXPECT_THAT(refused("{\"baseline_schema_version\": 1}"), HasSubstr("damaged"));
}

// --- wrong budget files

TEST(BudgetFile, SaysWhereAndWhatIsWrong) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> kWrong = {
      {"", {"b.toml", "holds no budget"}},
      {"[budget]\nlatency = 5\n", {"b.toml:2", "latency_ms"}},
      {"[budgets]\ncycles = 5\n", {"b.toml:1", "budget"}},
      {"[budget]\ncycles = { maximum = 5 }\n", {"b.toml:2", "cycles"}},
      {"[budget]\ncycles = {}\n", {"b.toml:2", "limits nothing"}},
      {"[budget]\ncycles = true\n", {"b.toml:2", "a number"}},
      {"[budget]\ncycles = -1\n", {"b.toml:2", "0 or more"}},
      {"[budget]\ncycles = '5 ms'\n", {"b.toml:2", "5 ms", "cycles"}},
      {"[budget]\nram_bytes = '5 ms'\n", {"b.toml:2", "KiB"}},
      {"[budget]\nram_bytes = { min = 2, max = 1 }\n", {"b.toml:2", "above max"}},
      {"[budget]\ninferences = 3\n", {"b.toml:2", "more is better"}},
      {"[budget]\ncycles = { max = 5, use = 'high' }\n", {"b.toml:2", "exact"}},
      {"[budget]\nenergy_uj = { max = 5, use = 'most' }\n", {"b.toml:2", "most"}},
      {"[budget]\ncycles = { baseline = '5 %' }\n", {"b.toml:2", "+2 %"}},
      {"[budget]\ncycles = { baseline = '+5 ms' }\n", {"b.toml:2", "+5 ms"}},
      {"[budget]\ndeadline = { misses = 1 }\n", {"b.toml:2", "ms"}},
      {"[[layer]]\ncycles = 5\n", {"b.toml:1", "match"}},
      {"[[function]]\nmatch = 'f'\ncycles = { baseline = '+5 %' }\n", {"b.toml:3", "baseline"}},
      {"[[layer]]\nmatch = 'CONV2D'\ncycles = 5\n", {"b.toml:3", "CONV2D", "mean 'CONV_2D'"}},
      {"[[phase]]\nmatch = 'nothing'\ncycles = 5\n", {"b.toml:3", "feature extraction"}},
      {"[budget]\narena_bytes = 5\n", {"b.toml:2", "does not know"}},
      {"[[layer]]\nmatch = '*'\nmacs = 5\n", {"b.toml:3", "does not know"}},
  };
  for (const auto& [toml, parts] : kWrong) {
    const std::string error = error_in(toml);
    for (const char* const part : parts) EXPECT_THAT(error, HasSubstr(part)) << toml;
  }
}

TEST(Quantity, KeepsToTheUnitsOfItsMetric) {
  EXPECT_EQ(parse_quantity("64 KiB", "bytes"), 65536);
  EXPECT_EQ(parse_quantity("1_000", "bytes"), 1000);
  EXPECT_EQ(parse_quantity("2 s", "ms"), 2000);
  EXPECT_EQ(parse_quantity("0.5mJ", "uJ"), 500);
  EXPECT_EQ(parse_quantity("2 mJ", "mW"), std::nullopt);
  EXPECT_EQ(parse_quantity("1.2.3", "ms"), std::nullopt);
  EXPECT_EQ(parse_quantity("", "ms"), std::nullopt);
  EXPECT_EQ(figure(1234567), "1,234,567");
  EXPECT_EQ(figure(0.25), "0.25");
  EXPECT_EQ(figure(-56741.23), "-56,741.2");
}

}  // namespace
}  // namespace tinyscope
