/* Operators that only move elements of any type. */
#include <string.h>

#include "kernels/mlrt_kernels.h"

void mlrt_gather(const MlrtGather* gather, const void* input, void* output) {
  const size_t bytes = (size_t)gather->bytes;
  uint8_t* to = output;
  for (int32_t i = 0; i < gather->dims[0]; ++i) {
    for (int32_t j = 0; j < gather->dims[1]; ++j) {
      for (int32_t k = 0; k < gather->dims[2]; ++k) {
        int32_t place = gather->first + i * gather->strides[0] + j * gather->strides[1] +
                        k * gather->strides[2];
        for (int32_t l = 0; l < gather->dims[3]; ++l) {
          memcpy(to, (const uint8_t*)input + place * gather->bytes, bytes);
          to += bytes;
          place += gather->strides[3];
        }
      }
    }
  }
}

void mlrt_scatter_rows(int32_t rows, size_t bytes, size_t stride, const void* input, void* output) {
  const uint8_t* from = input;
  uint8_t* to = output;
  for (int32_t row = 0; row < rows; ++row) {
    memcpy(to, from, bytes);
    from += bytes;
    to += stride;
  }
}
