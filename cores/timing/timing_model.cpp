#include "cores/timing/timing_model.hpp"

#include <fmt/format.h>

#include "cores/timing/cortex_m4.hpp"
#include "cores/timing/cortex_m7.hpp"
#include "cores/timing/functional_timing.hpp"
#include "sim/error.hpp"

namespace tinyscope {

std::string_view timing_model_of(CoreFamily family) {
  return family == CoreFamily::kCortexM7 ? "cortex-m7" : "cortex-m4";
}

std::unique_ptr<TimingModel> make_timing_model(std::string_view name, MemoryTiming& memory) {
  if (name == "cortex-m4") return std::make_unique<CortexM4>(memory);
  if (name == "cortex-m7") return std::make_unique<CortexM7>(memory);
  if (name == "functional") return std::make_unique<FunctionalTiming>();
  throw InputError(fmt::format(
      "unknown timing model \"{}\": expected \"cortex-m4\", \"cortex-m7\" or \"functional\"",
      name));
}

}  // namespace tinyscope
