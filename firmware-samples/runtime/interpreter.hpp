#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/arena.hpp"
#include "runtime/model_reader.hpp"
#include "runtime/operators.hpp"
#include "runtime/status.hpp"
#include "runtime/tensor.hpp"

namespace mlrt {

enum class ArenaPolicy {
  kReuse,         // tensors share memory when their lifetimes allow it
  kKeepEveryone,  // each tensor keeps a place of its own, to be looked at after invoke()
};

// Runs one TensorFlow Lite model from flash in a caller's block of memory; no heap.
//
//   alignas(16) static std::uint8_t tensor_arena[24 * 1024];
//   mlrt::Interpreter interpreter(model, model_size, tensor_arena, sizeof tensor_arena);
//   if (interpreter.allocate() != mlrt::Status::kOk) ...
//   fill interpreter.input(0)->as<std::int8_t>(); interpreter.invoke(); read output(0)
class Interpreter {
 public:
  // `model` must be aligned to 16 bytes; neither block may move or go away.
  Interpreter(const void* model, std::size_t model_size, void* arena, std::size_t arena_size);

  // Checks the model and lays out the arena. Call once, before everything below.
  Status allocate(ArenaPolicy policy = ArenaPolicy::kReuse);

  // Runs every operator in order. Inputs may lie in memory that is reused: fill them each time.
  MLRT_REAL_FUNCTION Status invoke();

  // nullptr before allocate() and for an index out of range.
  Tensor* input(std::size_t index) const;
  Tensor* output(std::size_t index) const;

  std::size_t operator_count() const { return allocated_ ? graph_.node_count : 0; }
  // What operator `index` writes; to be read after invoke() with ArenaPolicy::kKeepEveryone.
  const Tensor* operator_output(std::size_t index) const;

  // Tensors and operators as allocate() left them.
  const Graph& graph() const { return graph_; }

  // Activations and tables together, after allocate().
  std::size_t arena_used_bytes() const { return planned_bytes_ + arena_.lasting_bytes(); }
  // The smallest arena that would do, aligned to 16 bytes: the plan is made where activations go.
  // After Status::kArenaTooSmall what is known of it, 0 where the tables did not fit.
  std::size_t arena_needed_bytes() const;

 private:
  Status plan(ArenaPolicy policy);

  const void* model_;
  std::size_t model_size_;
  Arena arena_;
  Graph graph_;
  std::size_t planned_bytes_ = 0;
  bool allocated_ = false;
};

}  // namespace mlrt
