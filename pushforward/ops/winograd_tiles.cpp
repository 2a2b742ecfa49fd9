#include "pushforward/ops/winograd_tiles.h"

#include "pushforward/ops/simd.h"

namespace pushforward::ops::winograd {

PF_SIMD_CLONES void input_tile(const std::array<const float*, 9>& d, float* v, std::int64_t stride,
                               std::int64_t size) {
  const float *d0 = d[0], *d1 = d[1], *d2 = d[2], *d3 = d[3], *d4 = d[4], *d5 = d[5], *d6 = d[6], *d7 = d[7],
              *d8 = d[8];
#pragma omp simd
  for (std::int64_t c = 0; c < size; ++c) {
    const float top0 = d0[c] - d3[c], top1 = d1[c] - d4[c], top2 = d2[c] - d5[c];
    const float low0 = d6[c] - d3[c], low1 = d7[c] - d4[c], low2 = d8[c] - d5[c];
    v[c] = top0 - top1;
    v[c + stride] = top1;
    v[c + 2 * stride] = top2 - top1;
    v[c + 3 * stride] = d3[c] - d4[c];
    v[c + 4 * stride] = d4[c];
    v[c + 5 * stride] = d5[c] - d4[c];
    v[c + 6 * stride] = low0 - low1;
    v[c + 7 * stride] = low1;
    v[c + 8 * stride] = low2 - low1;
  }
}

PF_SIMD_CLONES void input_tile_back(const std::array<const float*, 9>& v, const Neighbours& near,
                                    const std::array<float*, 4>& x, std::int64_t size) {
  const float *v0 = v[0], *v1 = v[1], *v2 = v[2], *v3 = v[3], *v4 = v[4], *v5 = v[5], *v6 = v[6], *v7 = v[7],
              *v8 = v[8];
  const float *above6 = near.above[0], *above7 = near.above[1], *above8 = near.above[2];
  const float *left2 = near.left[0], *left5 = near.left[1], *left8 = near.left[2], *corner = near.corner;
  float *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
#pragma omp simd
  for (std::int64_t c = 0; c < size; ++c) {
    const float top = v1[c] - v0[c] - v2[c], low = v7[c] - v6[c] - v8[c];
    const float middle = v4[c] - v3[c] - v5[c];
    x0[c] = (v0[c] + left2[c]) + (above6[c] + corner[c]);
    x1[c] = top + (above7[c] - above6[c] - above8[c]);
    x2[c] = (v3[c] - v0[c] - v6[c]) + (left5[c] - left2[c] - left8[c]);
    x3[c] = middle - top - low;
  }
}

PF_SIMD_CLONES void output_tile(const float* m, std::int64_t stride, const std::array<float*, 4>& y,
                                std::int64_t size) {
  float *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
#pragma omp simd
  for (std::int64_t c = 0; c < size; ++c) {
    const float m3 = m[c + 3 * stride], m4 = m[c + 4 * stride], m5 = m[c + 5 * stride];
    const float a0 = m[c] + m3, a1 = m[c + stride] + m4, a2 = m[c + 2 * stride] + m5;
    const float b0 = m3 + m[c + 6 * stride], b1 = m4 + m[c + 7 * stride], b2 = m5 + m[c + 8 * stride];
    y0[c] = a0 + a1;
    y1[c] = a1 + a2;
    y2[c] = b0 + b1;
    y3[c] = b1 + b2;
  }
}

PF_SIMD_CLONES void output_tile_back(const std::array<const float*, 4>& y, float* m, std::int64_t stride,
                                     std::int64_t size) {
  const float *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
#pragma omp simd
  for (std::int64_t c = 0; c < size; ++c) {
    const float a = y0[c], b = y1[c], d = y2[c], e = y3[c];
    m[c] = a;
    m[c + stride] = a + b;
    m[c + 2 * stride] = b;
    m[c + 3 * stride] = a + d;
    m[c + 4 * stride] = (a + b) + (d + e);
    m[c + 5 * stride] = b + e;
    m[c + 6 * stride] = d;
    m[c + 7 * stride] = d + e;
    m[c + 8 * stride] = e;
  }
}

PF_SIMD_CLONES void kernels(const float* g, std::int64_t step, float* u, std::int64_t stride,
                            std::int64_t size) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) {
    const float a = g[i * step], b = g[i * step + 2], d = g[i * step + 8], e = g[i * step + 10];
    u[i] = a;
    u[i + stride] = a + b;
    u[i + 2 * stride] = b;
    u[i + 3 * stride] = a + d;
    u[i + 4 * stride] = (a + b) + (d + e);
    u[i + 5 * stride] = b + e;
    u[i + 6 * stride] = d;
    u[i + 7 * stride] = d + e;
    u[i + 8 * stride] = e;
  }
}

PF_SIMD_CLONES void kernels_back(const float* u, std::int64_t stride, float* g, std::int64_t step,
                                 std::int64_t size) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) {
    const float u3 = u[i + 3 * stride], u4 = u[i + 4 * stride], u5 = u[i + 5 * stride];
    const float a0 = u[i] + u3, a1 = u[i + stride] + u4, a2 = u[i + 2 * stride] + u5;
    const float b0 = u3 + u[i + 6 * stride], b1 = u4 + u[i + 7 * stride], b2 = u5 + u[i + 8 * stride];
    g[i * step] = a0 + a1;
    g[i * step + 2] = a1 + a2;
    g[i * step + 8] = b0 + b1;
    g[i * step + 10] = b1 + b2;
  }
}

}  // namespace pushforward::ops::winograd
