#include "profiler/call_tree.hpp"

namespace tinyscope {

namespace {

bool same(const CallTree::Node& a, const CallTree::Node& b) {
  return a.parent == b.parent && a.function == b.function && a.return_address == b.return_address &&
         a.layer == b.layer && a.exception == b.exception;
}

}  // namespace

// Where `wanted` is among the slots, or the free one where it would be.
std::size_t CallTree::slot_of(const Node& wanted) const {
  std::uint32_t hash = (static_cast<std::uint32_t>(wanted.parent) * 0x9E3779B1u) ^
                       (wanted.function * 0x85EBCA6Bu) ^ (wanted.return_address * 0xC2B2AE35u) ^
                       (static_cast<std::uint32_t>(wanted.layer) * 0x27D4EB2Fu);
  hash ^= hash >> 15;
  std::size_t slot = hash & (slots_.size() - 1);
  while (slots_[slot] != kOther && !same(nodes_[slots_[slot]], wanted)) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

CallTree::NodeId CallTree::add(const Node& wanted) {
  if (nodes_.size() >= kMaxNodes) return kOther;
  const auto id = static_cast<NodeId>(nodes_.size());
  std::int32_t& link =
      wanted.parent < 0 ? first_root_ : nodes_[static_cast<NodeId>(wanted.parent)].first_child;
  Node node = wanted;
  node.next_sibling = link;
  link = static_cast<std::int32_t>(id);  // before the vector grows
  nodes_.push_back(node);
  if (nodes_.size() * 2 > slots_.size()) {
    slots_.assign(slots_.size() * 2, kOther);
    for (NodeId known = 1; known < id; ++known) slots_[slot_of(nodes_[known])] = known;
  }
  slots_[slot_of(node)] = id;
  return id;
}

CallTree::NodeId CallTree::enter(const Node& wanted) {
  NodeId id = slots_[slot_of(wanted)];
  if (id == kOther) id = add(wanted);
  ++nodes_[id].calls;
  return id;
}

CallTree::NodeId CallTree::root(FunctionId function, std::uint32_t exception) {
  Node wanted;
  wanted.function = function;
  wanted.exception = exception;
  return enter(wanted);
}

CallTree::NodeId CallTree::call(NodeId caller, FunctionId function, Address return_address,
                                std::int32_t layer) {
  if (caller == kOther) {
    ++nodes_[kOther].calls;
    return kOther;
  }
  Node wanted;
  wanted.parent = static_cast<std::int32_t>(caller);
  wanted.function = function;
  wanted.return_address = return_address;
  wanted.layer = layer;
  return enter(wanted);
}

CallTree::NodeId CallTree::tail_call(NodeId node, FunctionId function, std::int32_t layer) {
  for (NodeId at = node; at != kOther;) {
    Node& known = nodes_[at];
    if (known.function == function && known.layer == layer) {
      ++known.calls;
      return at;
    }
    if (known.return_address != 0 || known.parent < 0) break;  // where the frame began
    at = static_cast<NodeId>(known.parent);
  }
  return call(node, function, 0, layer);
}

std::vector<std::uint64_t> CallTree::inclusive_cycles(std::size_t functions) const {
  std::vector<std::uint64_t> below(nodes_.size());
  for (std::size_t i = nodes_.size(); i-- > 1;) {
    below[i] += nodes_[i].cycles;
    if (nodes_[i].parent >= 0) below[static_cast<std::size_t>(nodes_[i].parent)] += below[i];
  }
  std::vector<std::uint64_t> inclusive(functions);
  std::vector<std::uint32_t> active(functions);  // nodes of the function on the path to `at`
  std::int32_t at = first_root_;
  while (at >= 0) {
    const Node* node = &nodes_[static_cast<NodeId>(at)];
    if (active[node->function]++ == 0) inclusive[node->function] += below[static_cast<NodeId>(at)];
    if (node->first_child >= 0) {
      at = node->first_child;
      continue;
    }
    for (;;) {
      --active[node->function];
      if (node->next_sibling >= 0 || node->parent < 0) break;
      node = &nodes_[static_cast<NodeId>(node->parent)];
    }
    at = node->next_sibling;
  }
  return inclusive;
}

}  // namespace tinyscope
