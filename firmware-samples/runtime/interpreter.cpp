#include "runtime/interpreter.hpp"

#include "runtime/memory_plan.hpp"

namespace mlrt {
namespace {

constexpr std::int32_t kNeverUsed = -1;

void extend(PlannedBlock& block, const Tensor& tensor, std::int32_t step) {
  if (block.first == kNeverUsed) {
    block.bytes = Arena::round_up(tensor.bytes);
    block.first = block.last = step;
    return;
  }
  if (step < block.first) block.first = step;
  if (step > block.last) block.last = step;
}

// One block for each tensor, then one for each operator's scratch memory.
void collect_blocks(const Graph& graph, ArenaPolicy policy, PlannedBlock* blocks) {
  const std::size_t count = graph.tensor_count + graph.node_count;
  const auto last_step = static_cast<std::int32_t>(graph.node_count);
  for (std::size_t i = 0; i < count; ++i) blocks[i] = {0, kNeverUsed, kNeverUsed, 0};
  const auto use = [&](const Tensor* tensor, std::int32_t step) {
    if (tensor == nullptr || tensor->constant) return;
    extend(blocks[tensor - graph.tensors], *tensor, step);
  };
  for (const std::int32_t index : *graph.subgraph->inputs()) use(&graph.tensors[index], 0);
  for (const std::int32_t index : *graph.subgraph->outputs()) {
    use(&graph.tensors[index], last_step);
  }
  for (std::size_t i = 0; i < graph.node_count; ++i) {
    const Node& node = graph.nodes[i];
    const auto step = static_cast<std::int32_t>(i);
    for (const Tensor* input : node.inputs) use(input, step);
    use(node.output, step);
    PlannedBlock& scratch = blocks[graph.tensor_count + i];
    scratch = {Arena::round_up(node.scratch_bytes), step, step, 0};
  }
  if (policy == ArenaPolicy::kReuse) return;
  for (std::size_t i = 0; i < graph.tensor_count; ++i) {
    blocks[i].first = 0;
    blocks[i].last = last_step;
  }
}

}  // namespace

Interpreter::Interpreter(const void* model, std::size_t model_size, void* arena,
                         std::size_t arena_size)
    : model_(model), model_size_(model_size), arena_(arena, arena_size) {}

Status Interpreter::allocate(ArenaPolicy policy) {
  allocated_ = false;
  planned_bytes_ = 0;
  graph_ = Graph{};
  arena_.release_all();
  MLRT_RETURN_IF_ERROR(read_graph(model_, model_size_, arena_, graph_));
  MLRT_RETURN_IF_ERROR(plan(policy));
  allocated_ = true;
  return Status::kOk;
}

Status Interpreter::plan(ArenaPolicy policy) {
  // The plan is made in the memory that it hands out afterwards.
  const std::size_t count = graph_.tensor_count + graph_.node_count;
  const std::size_t block_bytes = Arena::round_up(count * sizeof(PlannedBlock));
  MLRT_REQUIRE(
      count < 0x10000 && block_bytes + count * sizeof(std::uint16_t) <= arena_.free_bytes(),
      kArenaTooSmall);
  auto* blocks = reinterpret_cast<PlannedBlock*>(arena_.base());
  auto* order = reinterpret_cast<std::uint16_t*>(arena_.base() + block_bytes);
  collect_blocks(graph_, policy, blocks);
  planned_bytes_ = plan_memory(blocks, order, count);
  MLRT_REQUIRE(planned_bytes_ <= arena_.free_bytes(), kArenaTooSmall);
  for (std::size_t i = 0; i < graph_.tensor_count; ++i) {
    Tensor& tensor = graph_.tensors[i];
    if (!tensor.constant) tensor.data = arena_.base() + blocks[i].offset;
  }
  for (std::size_t i = 0; i < graph_.node_count; ++i) {
    graph_.nodes[i].scratch = arena_.base() + blocks[graph_.tensor_count + i].offset;
  }
  return Status::kOk;
}

std::size_t Interpreter::arena_needed_bytes() const {
  if (planned_bytes_ == 0) return 0;
  const std::size_t count = graph_.tensor_count + graph_.node_count;
  const std::size_t plan_bytes = Arena::round_up(
      Arena::round_up(count * sizeof(PlannedBlock)) + count * sizeof(std::uint16_t));
  return (planned_bytes_ > plan_bytes ? planned_bytes_ : plan_bytes) + arena_.lasting_bytes();
}

Status Interpreter::invoke() {
  if (!allocated_) return Status::kNotAllocated;
  for (std::size_t i = 0; i < graph_.node_count; ++i) {
    const Node& node = graph_.nodes[i];
    node.evaluate(node);
  }
  return Status::kOk;
}

Tensor* Interpreter::input(std::size_t index) const {
  if (!allocated_ || index >= graph_.subgraph->inputs()->size()) return nullptr;
  return &graph_.tensors[graph_.subgraph->inputs()->Get(static_cast<std::uint32_t>(index))];
}

Tensor* Interpreter::output(std::size_t index) const {
  if (!allocated_ || index >= graph_.subgraph->outputs()->size()) return nullptr;
  return &graph_.tensors[graph_.subgraph->outputs()->Get(static_cast<std::uint32_t>(index))];
}

const Tensor* Interpreter::operator_output(std::size_t index) const {
  return index < operator_count() ? graph_.nodes[index].output : nullptr;
}

}  // namespace mlrt
