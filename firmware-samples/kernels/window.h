/* The part of a window that lies inside the image, for kernels that visit nothing else. */
#ifndef MLRT_WINDOW_H_
#define MLRT_WINDOW_H_

#include "kernels/mlrt_kernels.h"

/* Filter rows [first, end) read the input at start + i * dilation without leaving 0..size-1. */
typedef struct {
  int32_t start; /* input position of filter position 0; may be negative */
  int32_t first;
  int32_t end;
} MlrtSpan;

static inline MlrtSpan mlrt_span(int32_t out, int32_t stride, int32_t pad, int32_t dilation,
                                 int32_t filter, int32_t size) {
  MlrtSpan span = {out * stride - pad, 0, filter};
  if (span.start < 0) span.first = (-span.start + dilation - 1) / dilation;
  const int32_t room = size - span.start; /* the first filter place outside is at >= room */
  const int32_t end = room <= 0 ? 0 : (room + dilation - 1) / dilation;
  if (end < span.end) span.end = end;
  if (span.end < span.first) span.end = span.first;
  return span;
}

static inline MlrtSpan mlrt_rows(const MlrtWindow* w, int32_t out_y, int32_t height) {
  return mlrt_span(out_y, w->stride_height, w->pad_top, w->dilation_height, w->filter_height,
                   height);
}

static inline MlrtSpan mlrt_columns(const MlrtWindow* w, int32_t out_x, int32_t width) {
  return mlrt_span(out_x, w->stride_width, w->pad_left, w->dilation_width, w->filter_width, width);
}

#endif
