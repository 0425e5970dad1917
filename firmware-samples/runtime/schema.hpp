#pragma once

// Made by flatc from schema/tflite_subset.fbs. Its code does not meet our warning flags.
#pragma GCC system_header
#include "tflite_subset_generated.h"
