/* The loops of operators on two inputs; see MlrtBroadcast. */
#ifndef MLRT_BROADCAST_H_
#define MLRT_BROADCAST_H_

#include "kernels/mlrt_kernels.h"

typedef struct {
  int32_t input1; /* place of the first element */
  int32_t input2;
  int32_t output;
} MlrtRow;

typedef void (*MlrtRowFunction)(const void* context, MlrtRow row);

/* Calls `function` for each row of shape->dims[3] elements. */
static inline void mlrt_for_each_row(const MlrtBroadcast* shape, MlrtRowFunction function,
                                     const void* context) {
  MlrtRow row = {0, 0, 0};
  for (int32_t i = 0; i < shape->dims[0]; ++i) {
    for (int32_t j = 0; j < shape->dims[1]; ++j) {
      for (int32_t k = 0; k < shape->dims[2]; ++k) {
        row.input1 = i * shape->strides1[0] + j * shape->strides1[1] + k * shape->strides1[2];
        row.input2 = i * shape->strides2[0] + j * shape->strides2[1] + k * shape->strides2[2];
        function(context, row);
        row.output += shape->dims[3];
      }
    }
  }
}

#endif
