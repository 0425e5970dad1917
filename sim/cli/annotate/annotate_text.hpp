// Annotated code as a listing for people, and as JSON for programs.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "sim/cli/annotate/annotated_code.hpp"
#include "sim/cli/annotate/source_files.hpp"

namespace tinyscope {

struct AnnotateStyle {
  bool colours = false;  // ANSI escapes, and signs beyond ASCII
};

// One function: its sums, then source lines with the instructions made from them.
void write_listing(const AnnotatedFunction& function, const ProfileReport& report,
                   SourceFiles& sources, const AnnotateStyle& style, std::ostream& out);

// The functions and the source lines that took most.
void write_hottest(const ProfileReport& report, const AnnotateStyle& style, std::ostream& out);

void write_annotation_json(const std::vector<AnnotatedFunction>& functions,
                           const ProfileReport& report, std::ostream& out);

}  // namespace tinyscope
