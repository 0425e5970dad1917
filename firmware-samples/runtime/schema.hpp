#pragma once

// Made by flatc from schema/tflite_subset.fbs; its folder is included as a system one, because
// generated code does not meet our warning flags.
#include "tflite_subset_generated.h"
