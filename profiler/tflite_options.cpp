// Field numbers and defaults: tensorflow/lite/schema/schema.fbs, schema version 3.
#include "profiler/tflite_options.hpp"

namespace tinyscope {

namespace {

// Positions in union BuiltinOptions, from 1.
enum OptionsType : std::uint8_t {
  kConv2d = 1,
  kDepthwiseConv2d = 2,
  kPool2d = 5,
  kSvdf = 6,
  kFullyConnected = 8,
  kConcatenation = 10,
  kAdd = 11,
  kCall = 16,
  kMul = 21,
  kSub = 28,
  kTransposeConv = 49,
  kIf = 92,
  kWhile = 93,
  kBatchMatMul = 101,
  kCallOnce = 103,
};

}  // namespace

TfliteOptions parse_tflite_options(std::uint8_t type, Flatbuffer::Table& table) {
  TfliteOptions options;
  options.known = true;
  const auto padding_and_strides = [&] {
    options.padding = table.int8(0) == 1 ? TflitePadding::kValid : TflitePadding::kSame;
    options.stride_width = table.int32(1);
    options.stride_height = table.int32(2);
  };
  switch (type) {
    case kConv2d:
      padding_and_strides();
      options.activation = table.int8(3);
      options.dilation_width = table.int32(4, 1);
      options.dilation_height = table.int32(5, 1);
      break;
    case kDepthwiseConv2d:
      padding_and_strides();
      options.depth_multiplier = table.int32(3);
      options.activation = table.int8(4);
      options.dilation_width = table.int32(5, 1);
      options.dilation_height = table.int32(6, 1);
      break;
    case kPool2d:
      padding_and_strides();
      options.filter_width = table.int32(3);
      options.filter_height = table.int32(4);
      options.activation = table.int8(5);
      break;
    case kTransposeConv:
      padding_and_strides();
      options.activation = table.int8(3);
      break;
    case kSvdf:
    case kConcatenation: options.activation = table.int8(1); break;
    case kFullyConnected:
    case kAdd:
    case kMul:
    case kSub: options.activation = table.int8(0); break;
    case kBatchMatMul: options.adj_x = table.uint8(0) != 0; break;
    case kIf:
    case kWhile: options.subgraphs = {table.int32(0), table.int32(1)}; break;
    case kCall: options.subgraphs = {static_cast<int>(table.uint32(0))}; break;
    case kCallOnce: options.subgraphs = {table.int32(0)}; break;
    default: options.known = false; break;
  }
  return options;
}

}  // namespace tinyscope
