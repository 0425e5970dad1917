#include "runtime/operators.hpp"

namespace mlrt {

Prepare find_operator(schema::BuiltinOperator code) {
  switch (code) {
    case schema::BuiltinOperator::ADD: return prepare_add;
    case schema::BuiltinOperator::AVERAGE_POOL_2D: return prepare_average_pool2d;
    case schema::BuiltinOperator::CONV_2D: return prepare_conv2d;
    case schema::BuiltinOperator::DEPTHWISE_CONV_2D: return prepare_depthwise_conv2d;
    case schema::BuiltinOperator::FULLY_CONNECTED: return prepare_fully_connected;
    case schema::BuiltinOperator::MAX_POOL_2D: return prepare_max_pool2d;
    case schema::BuiltinOperator::RESHAPE: return prepare_reshape;
    case schema::BuiltinOperator::SOFTMAX: return prepare_softmax;
    case schema::BuiltinOperator::PAD: return prepare_pad;
  }
  return nullptr;
}

}  // namespace mlrt
