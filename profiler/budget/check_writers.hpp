// The result of a budget check for people and for other programs (docs/ci.md). The same result
// gives the same bytes: none says when or where it was written.
#pragma once

#include <iosfwd>

#include "profiler/budget/budget_check.hpp"

namespace tinyscope {

struct CheckTextOptions {
  bool colours = false;
  unsigned width = 120;  // columns of the terminal
};
// A table of all budgets, broken ones first, and a line for each broken one that editors can jump
// from: "budget.toml:7: cycles of …".
void write_check_text(const CheckResult& result, const CheckTextOptions& options,
                      std::ostream& out);

// JUnit XML: a test case for each budget.
void write_junit(const CheckResult& result, std::ostream& out);

// SARIF 2.1.0: a rule for each metric that is limited, a result for each broken budget, at the code
// that it is about or else at the limit.
void write_sarif(const CheckResult& result, std::ostream& out);

// A comment for a pull request, in GitHub's Markdown.
void write_markdown(const CheckResult& result, std::ostream& out);

// GitLab's code quality report: the broken budgets.
void write_code_quality(const CheckResult& result, std::ostream& out);

}  // namespace tinyscope
