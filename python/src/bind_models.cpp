// TensorFlow Lite models in files and firmware images: what goes in and comes out of them.
#include <pybind11/stl.h>

#include <filesystem>
#include <optional>

#include "profiler/tflite_model.hpp"
#include "python/src/bindings.hpp"
#include "sim/cli/firmware.hpp"
#include "sim/description/board.hpp"
#include "sim/error.hpp"
#include "sim/file.hpp"

namespace py = pybind11;

namespace tinyscope {
namespace {

constexpr std::size_t kLargestModel = std::size_t{64} << 20;
constexpr std::uint64_t kParsingBudget = 50'000'000;

TfliteModel model_in_file(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kLargestModel);
  std::uint64_t budget = kParsingBudget;
  if (auto model = parse_tflite(bytes, budget)) return *std::move(model);
  throw InputError(path +
                   ": not a TensorFlow Lite model (a flatbuffer with identifier TFL3 was expected, "
                   "whole and of one or more subgraphs)");
}

// Of a .tflite file its one model, of a firmware image all that are in it.
std::vector<TfliteModel> models_in(const std::string& path,
                                   const std::optional<std::string>& board) {
  const py::gil_scoped_release others_run;
  if (std::filesystem::path(path).extension() == ".tflite") return {model_in_file(path)};
  if (!board) return find_tflite_models(load_image(path, ""));
  const BoardDescription description = load_board(*board);
  return find_tflite_models(load_image(path, "", &description));
}

std::vector<TfliteTensor> ends(const TfliteModel& model, std::vector<int> TfliteSubgraph::*side) {
  const TfliteSubgraph& graph = model.subgraphs.front();
  std::vector<TfliteTensor> tensors;
  for (const int index : graph.*side) {
    if (index >= 0) tensors.push_back(graph.tensors.at(static_cast<std::size_t>(index)));
  }
  return tensors;
}

std::uint64_t all_macs(const TfliteModel& model) {
  const TfliteSubgraph& graph = model.subgraphs.front();
  std::uint64_t sum = 0;
  for (const TfliteOperator& op : graph.operators) sum += graph.macs(op).value_or(0);
  return sum;
}

std::vector<std::string> operators(const TfliteModel& model) {
  std::vector<std::string> names;
  for (const TfliteOperator& op : model.subgraphs.front().operators) names.push_back(op.op);
  return names;
}

}  // namespace

void bind_models(py::module_& module) {
  py::class_<TfliteTensor>(module, "ModelTensor")
      .def_readonly("name", &TfliteTensor::name)
      .def_readonly("shape", &TfliteTensor::shape)
      .def_property_readonly("dtype",
                             [](const TfliteTensor& tensor) { return name_of(tensor.type); })
      .def_readonly("scales", &TfliteTensor::scales)
      .def_readonly("zero_points", &TfliteTensor::zero_points)
      .def_property_readonly("bytes", &TfliteTensor::bytes);
  py::class_<TfliteModel>(module, "Model")
      .def_readonly("description", &TfliteModel::description)
      .def_readonly("address", &TfliteModel::address)
      .def_readonly("size", &TfliteModel::size)
      .def_property_readonly("macs", &all_macs)
      .def_property_readonly("operators", &operators)
      .def_property_readonly(
          "inputs", [](const TfliteModel& model) { return ends(model, &TfliteSubgraph::inputs); })
      .def_property_readonly("outputs", [](const TfliteModel& model) {
        return ends(model, &TfliteSubgraph::outputs);
      });
  module.def("models", &models_in, py::arg("path"), py::arg("board") = py::none());
}

}  // namespace tinyscope
