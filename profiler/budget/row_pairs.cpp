#include "profiler/budget/row_pairs.hpp"

#include <utility>

namespace tinyscope {
namespace {

// Model and layer by their indexes; a model's own row is at layer -1.
using Index = std::pair<std::size_t, std::ptrdiff_t>;

std::map<Index, const MeasuredRow*> by_index(const RunMeasurements& of) {
  std::map<Index, const MeasuredRow*> rows;
  for (const MeasuredRow& row : of.rows) {
    if (row.scope == Scope::kModel) rows[{row.model, -1}] = &row;
    if (row.scope == Scope::kLayer) {
      rows[{row.model, static_cast<std::ptrdiff_t>(row.layer)}] = &row;
    }
  }
  return rows;
}

}  // namespace

RowPairs::RowPairs(const RunMeasurements& before, const RunMeasurements& after) {
  auto a = by_index(before);
  auto b = by_index(after);
  for (const auto& [i, j] : pair_models(before.models, after.models)) {
    if (!i || !j) continue;
    pair(a[{*i, -1}], b[{*j, -1}]);
    for (const auto& [k, l] : align_layers(before.models[*i].layers, after.models[*j].layers)) {
      if (!k || !l) continue;
      pair(a[{*i, static_cast<std::ptrdiff_t>(*k)}], b[{*j, static_cast<std::ptrdiff_t>(*l)}]);
    }
  }
  std::map<std::pair<Scope, std::string>, const MeasuredRow*> named;
  for (const MeasuredRow& row : before.rows) named.try_emplace({row.scope, row.name}, &row);
  for (const MeasuredRow& row : after.rows) {
    if (row.scope == Scope::kModel || row.scope == Scope::kLayer) continue;
    const auto found = named.find({row.scope, row.name});
    if (found != named.end()) pair(found->second, &row);
  }
}

void RowPairs::pair(const MeasuredRow* before, const MeasuredRow* after) {
  before_[after] = before;
  after_[before] = after;
}

const MeasuredRow* RowPairs::find(const Partners& partners, const MeasuredRow& row) {
  const auto found = partners.find(&row);
  return found == partners.end() ? nullptr : found->second;
}

}  // namespace tinyscope
