// The Unicorn engine (2.0.1) behind the engine interface.
#pragma once

#include <memory>

#include "cores/engine/engine.hpp"
#include "sim/description/core_type.hpp"

namespace tinyscope {

std::unique_ptr<ExecutionEngine> make_unicorn_engine(
    EngineDetail detail = EngineDetail::kInstructions, CoreFamily core = CoreFamily::kCortexM4);

}  // namespace tinyscope
