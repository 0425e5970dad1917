// The Unicorn engine (2.0.1, Cortex-M4 model) behind the engine interface.
#pragma once

#include <memory>

#include "cores/engine/engine.hpp"

namespace tinyscope {

std::unique_ptr<ExecutionEngine> make_unicorn_engine(
    EngineDetail detail = EngineDetail::kInstructions);

}  // namespace tinyscope
