#include "profiler/model_matcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace tinyscope {

namespace {

// Longer sequences are not aligned, since time and memory grow with the product of the lengths.
constexpr std::size_t kMaxAligned = 1000;

// Operators that one kernel function evaluates.
std::string_view family(std::string_view op) {
  if (op == "PADV2") return "PAD";
  if (op == "SELECT_V2") return "SELECT";
  if (op == "SPLIT_V") return "SPLIT";
  return op;
}

bool contradicts(const std::string& suggested, const TfliteOperator& op) {
  return !suggested.empty() && family(suggested) != family(op.op);
}

struct Alignment {
  std::vector<int> operators;  // per layer, -1: none
  std::size_t confirmed = 0;   // layers whose name suggests the operator
  std::size_t unmatched_layers = 0;
  std::size_t skipped_operators = 0;

  bool exact() const { return unmatched_layers == 0 && skipped_operators == 0; }
};

// Layer k is operator k, or nothing if a name contradicts that.
std::optional<Alignment> one_to_one(const std::vector<std::string>& layers,
                                    const std::vector<TfliteOperator>& ops, bool complete) {
  const bool fits = complete ? layers.size() == ops.size() : layers.size() <= ops.size();
  if (!fits) return std::nullopt;
  Alignment alignment;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (contradicts(layers[i], ops[i])) return std::nullopt;
    if (!layers[i].empty()) ++alignment.confirmed;
    alignment.operators.push_back(static_cast<int>(i));
  }
  return alignment;
}

// The order-preserving assignment that confirms most names and leaves least over.
std::optional<Alignment> best_alignment(const std::vector<std::string>& layers,
                                        const std::vector<TfliteOperator>& ops, bool complete) {
  const std::size_t n = layers.size();
  const std::size_t m = ops.size();
  if (n > kMaxAligned || m > kMaxAligned) return std::nullopt;
  constexpr int kConfirmed = 8;
  constexpr int kPossible = 3;
  constexpr int kLayerLeft = -6;
  constexpr int kOperatorLeft = -1;
  std::vector<int> score((n + 1) * (m + 1));
  const auto at = [&](std::size_t i, std::size_t j) -> int& { return score[i * (m + 1) + j]; };
  // Operators behind the point at which the run was cut cost nothing.
  const auto left = [&](std::size_t i) { return !complete && i == 0 ? 0 : kOperatorLeft; };
  const auto matched = [&](std::size_t i, std::size_t j) {
    return at(i - 1, j - 1) + (layers[n - i].empty() ? kPossible : kConfirmed);
  };
  for (std::size_t i = 0; i <= n; ++i) {  // i layers and j operators are still to come
    for (std::size_t j = 0; j <= m; ++j) {
      if (i == 0 && j == 0) continue;
      int best = i > 0 ? at(i - 1, j) + kLayerLeft : at(i, j - 1) + left(i);
      if (j > 0) best = std::max(best, at(i, j - 1) + left(i));
      if (i > 0 && j > 0 && !contradicts(layers[n - i], ops[m - j])) {
        best = std::max(best, matched(i, j));
      }
      at(i, j) = best;
    }
  }
  Alignment alignment;
  std::size_t i = n;
  std::size_t j = m;
  while (i > 0 || j > 0) {
    if (i > 0 && j > 0 && !contradicts(layers[n - i], ops[m - j]) && at(i, j) == matched(i, j)) {
      alignment.operators.push_back(static_cast<int>(m - j));
      if (!layers[n - i].empty()) ++alignment.confirmed;
      --i;
      --j;
    } else if (j > 0 && at(i, j) == at(i, j - 1) + left(i)) {
      if (complete || i > 0) ++alignment.skipped_operators;
      --j;
    } else {
      alignment.operators.push_back(-1);
      ++alignment.unmatched_layers;
      --i;
    }
  }
  // With fewer than half of the layers confirmed by name the assignment is a guess.
  const bool convincing = n != 0 && 2 * alignment.confirmed >= n;
  return convincing ? std::optional(alignment) : std::nullopt;
}

bool better(const Alignment& a, const Alignment& b) {
  if (a.exact() != b.exact()) return a.exact();
  const std::size_t left_a = a.unmatched_layers + a.skipped_operators;
  const std::size_t left_b = b.unmatched_layers + b.skipped_operators;
  if (left_a != left_b) return left_a < left_b;
  return a.confirmed > b.confirmed;
}

}  // namespace

ModelMatch match_model(const std::vector<std::string>& layer_ops, bool complete,
                       const std::vector<TfliteModel>& models) {
  ModelMatch result;
  result.operators.assign(layer_ops.size(), -1);
  if (models.empty() || layer_ops.empty()) return result;

  std::optional<Alignment> best;
  std::size_t equals = 0;
  for (const TfliteModel& model : models) {
    const std::vector<TfliteOperator>& ops = model.subgraphs.front().operators;
    std::optional<Alignment> alignment = one_to_one(layer_ops, ops, complete);
    if (!alignment) alignment = best_alignment(layer_ops, ops, complete);
    if (!alignment) continue;
    if (!best || better(*alignment, *best)) {
      best = alignment;
      result.model = &model;
      equals = 1;
    } else if (!better(*best, *alignment)) {
      ++equals;
    }
  }
  if (!best) {
    result.note = fmt::format(
        "none of the {} model(s) in the image has operators in the order of the {} layers seen; "
        "operator names come from function names",
        models.size(), layer_ops.size());
    return result;
  }
  result.operators = best->operators;
  if (best->skipped_operators != 0) {
    result.note += fmt::format("{} operator(s) of the model were not seen as calls; ",
                               best->skipped_operators);
  }
  if (best->unmatched_layers != 0) {
    result.note +=
        fmt::format("{} layer(s) belong to no operator of the model; ", best->unmatched_layers);
  }
  if (equals > 1) {
    result.note +=
        fmt::format("{} models in the image fit equally well, the first is taken; ", equals);
  }
  if (!result.note.empty()) result.note.resize(result.note.size() - 2);
  return result;
}

}  // namespace tinyscope
