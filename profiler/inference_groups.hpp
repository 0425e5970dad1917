// Inferences of one model over the run, and what they cost on the average.
#pragma once

#include <optional>

#include "profiler/report.hpp"

namespace tinyscope {

// Fills in `groups` and InferenceRow::warm_up. Inferences are of one group if they have the same
// invoke function, model and operators; those cut short join the group whose first operators they
// ran. The first `skip` complete ones of a group are its warm-up; not given: one, where there are
// several.
void group_inferences(ProfileReport& report, std::optional<unsigned> skip);

}  // namespace tinyscope
