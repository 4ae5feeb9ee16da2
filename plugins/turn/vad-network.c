/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The voice activity network: 256 samples at 8 kHz become 32 log-mel bands,
 * a dense layer, a gated recurrent unit of 64 and one probability of speech
 * every 10 ms; data/vad/MODEL_CARD.md has the equations. A model is read
 * only and shared by all calls. Needs libc and libm only.
 *
 * Four lanes at a time by the compilers' vector type, so that speed hangs
 * neither on optimisation flags nor on the machine.
 *
 * Threads: a model from any, a network from one at a time. Locks: none.
 */
#include "vad-network.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum
{
  DENSE = 32,
  GATES = 3 * VAD_HIDDEN,       /* update, reset, candidate */
  HALF = VAD_WINDOW / 2,
  LANES = 4
};

typedef float Lanes __attribute__((vector_size (16)));
typedef int32_t IntLanes __attribute__((vector_size (16)));

typedef struct
{
  int first, count;
  float weights[24];
} Band;

/* Four complex numbers side by side, and HALF of them in a row. */
typedef struct
{
  Lanes re, im;
} Complex;

typedef struct
{
  _Alignas (16) float re[HALF], im[HALF];
} Signal;

struct _VadModel
{
  _Alignas (16) float dense[VAD_BANDS][DENSE];
    _Alignas (16) float dense_bias[DENSE];
    _Alignas (16) float input[DENSE][GATES];
    _Alignas (16) float input_bias[GATES];
    _Alignas (16) float state[VAD_HIDDEN][GATES];
    _Alignas (16) float state_bias[GATES];
    _Alignas (16) float output[VAD_HIDDEN];
  float output_bias;

  float window[VAD_WINDOW];
  float cosine[VAD_WINDOW], sine[VAD_WINDOW];   /* of the full circle */
  Complex twiddles[HALF / 4 / LANES][3];        /* of the first step */
  Band bands[VAD_BANDS];
};

static const unsigned char *
take (const unsigned char *from, float *to, size_t n)
{
  for (size_t i = 0; i < n; i++, from += 4) {
    uint32_t bits = from[0] | from[1] << 8 | from[2] << 16
        | (uint32_t) from[3] << 24;

    memcpy (&to[i], &bits, sizeof bits);
  }
  return from;
}

static double
mel (double hertz)
{
  return 2595. * log10 (1. + hertz / 700.);
}

/* The edges of the bands, in bins of the spectrum. */
static double
edge (int i)
{
  double low = mel (80.), high = mel (3800.);
  double at = low + (high - low) * i / (VAD_BANDS + 1);

  return 700. * (pow (10., at / 2595.) - 1.) / VAD_RATE * VAD_WINDOW;
}

static double
triangle (int band, int bin)
{
  double low = edge (band), top = edge (band + 1), high = edge (band + 2);
  double value = fmin ((bin - low) / (top - low), (high - bin) / (high - top));

  return value > 0. ? value : 0.;
}

static void
fill_bands (VadModel * model)
{
  for (int b = 0; b < VAD_BANDS; b++) {
    Band *band = &model->bands[b];
    double sum = 1e-9;

    band->first = (int) ceil (edge (b));
    band->count = (int) floor (edge (b + 2)) - band->first + 1;
    for (int k = 0; k < band->count; k++)
      sum += triangle (b, band->first + k);
    for (int k = 0; k < band->count; k++)
      band->weights[k] = (float) (triangle (b, band->first + k) / sum);
  }
}

static void
fill_tables (VadModel * model)
{
  for (int i = 0; i < VAD_WINDOW; i++) {
    double turn = 2. * M_PI * i / VAD_WINDOW;

    model->window[i] = (float) (.5 - .5 * cos (turn));
    model->cosine[i] = (float) cos (turn);
    model->sine[i] = (float) sin (turn);
  }
  for (int p = 0; p < HALF / 4; p++) {
    for (int k = 0; k < 3; k++) {
      Complex *w = &model->twiddles[p / LANES][k];

      w->re[p % LANES] = model->cosine[2 * (k + 1) * p];
      w->im[p % LANES] = model->sine[2 * (k + 1) * p];
    }
  }
  fill_bands (model);
}

/**
 * vad_model_new:
 * @weights: vad-weights.f32, as it is in the file
 * @size: how long that is
 * @why: (out) (optional): what is wrong, a constant text
 *
 * Returns: (nullable): the model, or %NULL if this is none
 */
VadModel *
vad_model_new (const void *weights, size_t size, const char **why)
{
  const unsigned char *at = weights;
  const char *fault = NULL;
  VadModel *model;
  float value;

  if (size != VAD_WEIGHTS * 4)
    fault = "not the size of the network's weights";
  for (size_t i = 0; !fault && i < VAD_WEIGHTS; i++) {
    take (at + 4 * i, &value, 1);
    if (!isfinite (value) || fabsf (value) > 1e4f)
      fault = "a weight that is no reasonable number";
  }
  model = fault ? NULL : aligned_alloc (64, (sizeof *model + 63) / 64 * 64);
  if (!fault && !model)
    fault = "no memory";
  if (fault) {
    if (why)
      *why = fault;
    return NULL;
  }
  at = take (at, &model->dense[0][0], VAD_BANDS * DENSE);
  at = take (at, model->dense_bias, DENSE);
  at = take (at, &model->input[0][0], DENSE * GATES);
  at = take (at, model->input_bias, GATES);
  at = take (at, &model->state[0][0], VAD_HIDDEN * GATES);
  at = take (at, model->state_bias, GATES);
  at = take (at, model->output, VAD_HIDDEN);
  take (at, &model->output_bias, 1);
  fill_tables (model);
  return model;
}

void
vad_model_free (VadModel * model)
{
  free (model);
}

void
vad_network_reset (VadNetwork * self)
{
  memset (self, 0, sizeof *self);
}

static inline Lanes
load (const float *from)
{
  Lanes value;

  memcpy (&value, from, sizeof value);
  return value;
}

static inline void
store (float *to, Lanes value)
{
  memcpy (to, &value, sizeof value);
}


/* Times the conjugate: the tables hold the circle the other way round. */
static inline Complex
turned (Lanes re, Lanes im, const Complex * w)
{
  return (Complex) {
  re *w->re + im * w->im, im * w->re - re * w->im};
}

static inline void
butterfly (const Signal * x, int at, const Complex w[3], Complex out[4])
{
  enum
  { A = 0, B = HALF / 4, C = HALF / 2, D = 3 * HALF / 4 };
  Lanes ar = load (x->re + at + A), ai = load (x->im + at + A);
  Lanes br = load (x->re + at + B), bi = load (x->im + at + B);
  Lanes cr = load (x->re + at + C), ci = load (x->im + at + C);
  Lanes dr = load (x->re + at + D), di = load (x->im + at + D);
  Lanes sr = ar + cr, si = ai + ci, tr = br + dr, ti = bi + di;
  Lanes ur = ar - cr, ui = ai - ci, vr = br - dr, vi = bi - di;

  out[0] = (Complex) {
  sr + tr, si + ti};
  out[1] = turned (ur + vi, ui - vr, &w[0]);
  out[2] = turned (sr - tr, si - ti, &w[1]);
  out[3] = turned (ur - vi, ui + vr, &w[2]);
}

/* The first step of a radix-4 transform whose output comes in order
 * (Stockham): the lanes are four neighbours. */
static void
first_step (const VadModel * m, const Signal * x, Signal * y)
{
  Complex out[4];

  for (int p = 0; p < HALF / 4; p += LANES) {
    butterfly (x, p, m->twiddles[p / LANES], out);
    for (int lane = 0; lane < LANES; lane++) {
      for (int k = 0; k < 4; k++) {
        y->re[4 * (p + lane) + k] = out[k].re[lane];
        y->im[4 * (p + lane) + k] = out[k].im[lane];
      }
    }
  }
}

/* A later one: `stride` transforms side by side, four of them in the lanes. */
static inline void
step (const VadModel * m, const Signal * x, Signal * y, int stride)
{
  Complex w[3], out[4];

  for (int p = 0; p < HALF / 4 / stride; p++) {
    for (int k = 0; k < 3; k++) {
      int turn = 2 * (k + 1) * p * stride;

      w[k].re = m->cosine[turn] - (Lanes) {
      0};
      w[k].im = m->sine[turn] - (Lanes) {
      0};
    }
    for (int q = 0; q < stride; q += LANES) {
      butterfly (x, q + stride * p, w, out);
      for (int k = 0; k < 4; k++) {
        store (y->re + q + stride * (4 * p + k), out[k].re);
        store (y->im + q + stride * (4 * p + k), out[k].im);
      }
    }
  }
}

/* The spectrum of 128 complex numbers, in `y`. */
static void
transform (const VadModel * m, Signal * x, Signal * y)
{
  first_step (m, x, y);
  step (m, y, x, 4);
  step (m, x, y, 16);
  *x = *y;
  for (int q = 0; q < HALF / 2; q += LANES) {
    Lanes ar = load (x->re + q), br = load (x->re + q + HALF / 2);
    Lanes ai = load (x->im + q), bi = load (x->im + q + HALF / 2);

    store (y->re + q, ar + br);
    store (y->im + q, ai + bi);
    store (y->re + q + HALF / 2, ar - br);
    store (y->im + q + HALF / 2, ai - bi);
  }
}

/**
 * vad_network_spectrum:
 * @model: the model
 * @self: the call
 * @hop: the next 10 ms, -1 … 1
 * @power: (out): the power of each bin of the last 256 samples
 */
void
vad_network_spectrum (const VadModel * m, VadNetwork * self,
    const float hop[VAD_HOP], float power[VAD_BINS])
{
  Signal x, y;

  memmove (self->samples, self->samples + VAD_HOP,
      (VAD_WINDOW - VAD_HOP) * sizeof (float));
  memcpy (self->samples + VAD_WINDOW - VAD_HOP, hop, VAD_HOP * sizeof (float));
  /* Even samples as real and odd ones as imaginary parts: half the work. */
  for (int i = 0; i < HALF; i++) {
    x.re[i] = self->samples[2 * i] * m->window[2 * i];
    x.im[i] = self->samples[2 * i + 1] * m->window[2 * i + 1];
  }
  transform (m, &x, &y);
  for (int k = 0; k < VAD_BINS; k++) {
    int i = k % HALF, j = (HALF - k) % HALF;
    float er = .5f * (y.re[i] + y.re[j]), ei = .5f * (y.im[i] - y.im[j]);
    float fr = .5f * (y.im[i] + y.im[j]), fi = -.5f * (y.re[i] - y.re[j]);
    float c = m->cosine[k], s = m->sine[k];
    float re = er + fr * c + fi * s, im = ei + fi * c - fr * s;

    power[k] = re * re + im * im;
  }
}

static inline Lanes
clamped (Lanes x, float limit)
{
  IntLanes low = x < -limit, high = x > limit;

  x = (Lanes) ((IntLanes) x & ~(low | high));
  return x + (Lanes) ((IntLanes) (limit - (Lanes) {
          0}
      ) & high)
      - (Lanes) ((IntLanes) (limit - (Lanes) {
          0}
      ) & low);
}

/* e^x to 2e-7: a power of two by the exponent's bits, the rest (at most half
 * of one) by its series. */
static inline Lanes
exponential (Lanes x)
{
  const float round = 12582912.f;       /* 1.5 * 2^23 leaves no fraction */
  Lanes n, r, y;
  IntLanes bits;

  x = clamped (x, 80.f);
  n = x * 1.44269504f + round - round;
  r = x - n * .693359375f - n * -2.12194440e-4f;
  y = 1.f / 720.f + r * (1.f / 5040.f);
  y = 1.f / 120.f + r * y;
  y = 1.f / 24.f + r * y;
  y = 1.f / 6.f + r * y;
  y = .5f + r * y;
  y = 1.f + r * (1.f + r * y);
  bits = (__builtin_convertvector (n, IntLanes) + 127) << 23;
  return y * (Lanes) bits;
}

static inline Lanes
sigmoid (Lanes x)
{
  return 1.f / (1.f + exponential (-x));
}

static inline Lanes
hyperbolic_tangent (Lanes x)
{
  return 1.f - 2.f / (1.f + exponential (2.f * x));
}

/* out = bias + in × matrix, sixteen columns at a time. */
static inline void
layer (const float *in, int rows, const float *matrix, const float *bias,
    int columns, float *out)
{
  for (int j = 0; j < columns; j += 4 * LANES) {
    const float *row = matrix + j;
    Lanes a = load (bias + j), b = load (bias + j + LANES);
    Lanes c = load (bias + j + 2 * LANES), d = load (bias + j + 3 * LANES);

    for (int i = 0; i < rows; i++, row += columns) {
      a += in[i] * load (row);
      b += in[i] * load (row + LANES);
      c += in[i] * load (row + 2 * LANES);
      d += in[i] * load (row + 3 * LANES);
    }
    store (out + j, a);
    store (out + j + LANES, b);
    store (out + j + 2 * LANES, c);
    store (out + j + 3 * LANES, d);
  }
}

static void
log_mel (const VadModel * m, const float power[VAD_BINS], float gain,
    float out[VAD_BANDS])
{
  for (int b = 0; b < VAD_BANDS; b++) {
    const Band *band = &m->bands[b];
    float sum = 0.f;

    for (int k = 0; k < band->count; k++)
      sum += power[band->first + k] * band->weights[k];
    out[b] = .5f * log10f (sum * gain + 1e-6f);
  }
}

/**
 * vad_network_run:
 * @model: the model
 * @self: the call
 * @power: what vad_network_spectrum() made of the last 10 ms
 * @gain: by how much the power is amplified, 1 for none
 *
 * Returns: the probability of speech
 */
float
vad_network_run (const VadModel * m, VadNetwork * self,
    const float power[VAD_BINS], float gain)
{
  float mel[VAD_BANDS], dense[DENSE], x[GATES], q[GATES];
  Lanes sum = { 0 };

  log_mel (m, power, gain, mel);
  layer (mel, VAD_BANDS, &m->dense[0][0], m->dense_bias, DENSE, dense);
  for (int j = 0; j < DENSE; j += LANES)
    store (dense + j, hyperbolic_tangent (load (dense + j)));
  layer (dense, DENSE, &m->input[0][0], m->input_bias, GATES, x);
  layer (self->hidden, VAD_HIDDEN, &m->state[0][0], m->state_bias, GATES, q);
  for (int j = 0; j < VAD_HIDDEN; j += LANES) {
    Lanes z = sigmoid (load (x + j) + load (q + j));
    Lanes r = sigmoid (load (x + j + VAD_HIDDEN) + load (q + j + VAD_HIDDEN));
    Lanes n = hyperbolic_tangent (load (x + j + 2 * VAD_HIDDEN)
        + r * load (q + j + 2 * VAD_HIDDEN));
    Lanes h = n + z * (load (self->hidden + j) - n);

    store (self->hidden + j, h);
    sum += h * load (m->output + j);
  }
  sum = sigmoid ((sum[0] + sum[1]) + (sum[2] + sum[3]) + m->output_bias
      - (Lanes) {
      0});
  return sum[0];
}
