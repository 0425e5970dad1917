// What the core keeps for running block by block (CortexM::run_fast, in fast_path.cpp).
//
// A second engine announces blocks only. Before a block runs, its plan finds out the addresses it
// will touch; when the next one is about to run, the block is charged from the costs remembered for
// it. The core goes back to the reference path, which sees every instruction, for whatever a plan
// cannot foresee: peripherals, system instructions, faults, and wherever an event, an interrupt or
// a limit may fall into the block. Both paths give the same cycles, stalls and events.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "cores/blocks/block_costs.hpp"
#include "cores/blocks/regions.hpp"
#include "cores/blocks/traced_memory.hpp"
#include "cores/cortex_m/functional_path.hpp"
#include "cores/engine/engine.hpp"

namespace tinyscope {

struct FastPath {
  // In instructions on the reference path. Coming here costs about as much as the shortest stay.
  static constexpr std::uint32_t kShortestStay = 8;
  static constexpr std::uint32_t kLongestStay = 4096;
  static constexpr std::uint64_t kWorthwhileBlocks = 4;

  FastPath(std::unique_ptr<ExecutionEngine> block_engine, TimingModel& timing,
           MemoryTiming& memory_timing)
      : engine(std::move(block_engine)),
        memory(memory_timing),
        costs(timing, memory),
        settings(memory_timing.settings()),
        context(regions) {}

  // Tells the table of instructions what has run so far.
  void collect() {
    for (const auto& known : blocks) costs.collect(*known.second);
  }

  // Forgets all code and costs.
  void forget() {
    collect();
    blocks.clear();
    costs.clear();
    block = nullptr;
    last_cost = nullptr;
    if (functional) functional->forget();
  }

  std::unique_ptr<ExecutionEngine> engine;
  TracedMemory memory;
  BlockCosts costs;
  std::uint64_t settings;
  std::uint64_t protection = 0;  // Mpu::version() that the regions were cut for; 0: it was off
  Regions regions;
  PlanContext context;
  std::unordered_map<std::uint64_t, std::unique_ptr<CodeBlock>> blocks;  // by start and size

  // The block that is running, and how it was entered; null: none is.
  CodeBlock* block = nullptr;
  BlockSituations* situations = nullptr;
  StateId state = 0;               // of the pipeline before the coming block
  BlockCost* last_cost = nullptr;  // of the block before

  // Fixed while the core stays on the fast path.
  bool fpu_ready = false;
  // Blocks that ran since the core came here last, and for how many instructions it stays on the
  // reference path next time: longer if coming here was in vain.
  std::uint64_t blocks_run = 0;
  std::uint32_t stay_away = 0;

  std::unique_ptr<FunctionalPath> functional;  // null: costs are wanted

  struct Counts {
    std::uint64_t blocks = 0;
    std::uint64_t instructions = 0;
    std::uint64_t entries = 0;
    std::unordered_map<std::string_view, std::uint64_t> refusals;  // by reason
  } counts;
};

}  // namespace tinyscope
