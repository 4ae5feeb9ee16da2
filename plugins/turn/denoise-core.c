/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Noise suppression of one call, as many samples out as in. RNNoise works at
 * 48 kHz and other rates go there and back; speexdsp works at any. Both take
 * frames of 10 ms and answer with the sound of the frame before. The sound
 * as it was goes the same way round, so that it can be mixed in.
 *
 * Threads: one at a time for each core. Locks: none.
 */
#include "denoise-core.h"

#include "resampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_SPEEXDSP
#include <speex/speex_preprocess.h>
#endif

enum
{
  RNNOISE_RATE = 48000,
  FRAME_MAX = RESAMPLER_RATE_MAX / 100
};

#ifdef HAVE_RNNOISE
/* What the crate nnnoiseless exports; it comes without a header. */
void *rnnoise_create (void *model);
void rnnoise_destroy (void *state);
float rnnoise_process_frame (void *state, float *out, const float *in);
#endif

/* Samples, first in, first out. */
typedef struct
{
  float *samples;
  int size, first, count;
} Queue;

struct _DenoiseCore
{
  DenoiseMethod method;
  void *state;                  /* of the method */
  int latency;
  int frame, filled;            /* samples, at the method's rate */
  float in[FRAME_MAX], out[FRAME_MAX];
  Resampler *there, *back;
  Queue clean, original;
};

static bool
queue_init (Queue * queue, int size, int silence)
{
  queue->samples = calloc (size, sizeof (float));
  queue->size = size;
  queue->first = 0;
  queue->count = silence;
  return queue->samples != NULL;
}

static void
queue_push (Queue * queue, float sample)
{
  queue->samples[(queue->first + queue->count++) % queue->size] = sample;
}

static float
queue_pop (Queue * queue)
{
  float sample = queue->samples[queue->first];

  queue->first = (queue->first + 1) % queue->size;
  queue->count--;
  return sample;
}

static int16_t
to_pcm (float sample)
{
  return (int16_t) lrintf (fminf (fmaxf (sample, INT16_MIN), INT16_MAX));
}

/**
 * denoise_core_has:
 * @method: a method
 *
 * Returns: whether this build has it
 */
bool
denoise_core_has (DenoiseMethod method)
{
  switch (method) {
#ifdef HAVE_RNNOISE
    case DENOISE_RNNOISE:
      return true;
#endif
#ifdef HAVE_SPEEXDSP
    case DENOISE_SPEEXDSP:
      return true;
#endif
    default:
      return false;
  }
}

static void *
state_new (DenoiseMethod method, int frame, int rate)
{
  switch (method) {
#ifdef HAVE_RNNOISE
    case DENOISE_RNNOISE:
      return rnnoise_create (NULL);
#endif
#ifdef HAVE_SPEEXDSP
    case DENOISE_SPEEXDSP:
      return speex_preprocess_state_init (frame, rate);
#endif
    default:
      return NULL;
  }
}

static void
state_free (DenoiseMethod method, void *state)
{
  switch (method) {
#ifdef HAVE_RNNOISE
    case DENOISE_RNNOISE:
      rnnoise_destroy (state);
      break;
#endif
#ifdef HAVE_SPEEXDSP
    case DENOISE_SPEEXDSP:
      speex_preprocess_state_destroy (state);
      break;
#endif
    default:
      break;
  }
}

/* The frame that is full, into `out`, which is that of the frame before. */
static void
run_method (DenoiseCore * self)
{
  switch (self->method) {
#ifdef HAVE_RNNOISE
    case DENOISE_RNNOISE:
      rnnoise_process_frame (self->state, self->out, self->in);
      break;
#endif
#ifdef HAVE_SPEEXDSP
    case DENOISE_SPEEXDSP:
    {
      spx_int16_t pcm[FRAME_MAX];

      for (int i = 0; i < self->frame; i++)
        pcm[i] = to_pcm (self->in[i]);
      speex_preprocess_run (self->state, pcm);
      for (int i = 0; i < self->frame; i++)
        self->out[i] = pcm[i];
      break;
    }
#endif
    default:
      break;
  }
}

/* Silence ahead of the clean sound, so that it never runs dry: the way there
 * and back, and a frame that is being filled. */
static int
silence_ahead (const DenoiseCore * self, int rate, int method_rate)
{
  int at_method = resampler_delay (self->back) + self->frame;

  return (int) (((int64_t) at_method * rate + method_rate - 1) / method_rate)
      + resampler_delay (self->there) + 1;
}

/**
 * denoise_core_new:
 * @method: how
 * @rate: of the samples, 8000 to 48000
 *
 * Returns: (nullable): %NULL if this build has no such method, the rate is out
 * of range, or memory is out
 */
DenoiseCore *
denoise_core_new (DenoiseMethod method, int rate)
{
  int method_rate = method == DENOISE_RNNOISE ? RNNOISE_RATE : rate;
  DenoiseCore *self = calloc (1, sizeof *self);
  int silence, slack = rate / 100 + 8;

  if (!self)
    return NULL;
  self->method = method;
  self->frame = method_rate / 100;
  self->there = resampler_new (rate, method_rate);
  self->back = resampler_new (method_rate, rate);
  if (self->there && self->back)
    self->state = state_new (method, self->frame, method_rate);
  if (!self->state) {
    denoise_core_free (self);
    return NULL;
  }
  silence = silence_ahead (self, rate, method_rate);
  self->latency = silence + (self->frame * rate + method_rate / 2)
      / method_rate;
  if (!queue_init (&self->clean, silence + slack, silence) ||
      !queue_init (&self->original, self->latency + 1, self->latency)) {
    denoise_core_free (self);
    return NULL;
  }
  return self;
}

void
denoise_core_free (DenoiseCore * self)
{
  if (!self)
    return;
  if (self->state)
    state_free (self->method, self->state);
  resampler_free (self->there);
  resampler_free (self->back);
  free (self->clean.samples);
  free (self->original.samples);
  free (self);
}

/**
 * denoise_core_latency:
 * @self: a core
 *
 * Returns: by how many samples the output is late
 */
int
denoise_core_latency (const DenoiseCore * self)
{
  return self->latency;
}

static void
take (DenoiseCore * self, float sample)
{
  float at_method[RESAMPLER_OUT_MAX], at_rate[RESAMPLER_OUT_MAX];
  size_t n = resampler_push (self->there, sample, at_method);

  for (size_t i = 0; i < n; i++) {
    self->in[self->filled++] = at_method[i];
    if (self->filled < self->frame)
      continue;
    self->filled = 0;
    run_method (self);
    for (int k = 0; k < self->frame; k++)
      if (resampler_push (self->back, self->out[k], at_rate))
        queue_push (&self->clean, at_rate[0]);
  }
}

/**
 * denoise_core_process:
 * @self: a core
 * @pcm: (inout): samples
 * @n: how many
 * @strength: 0 for the sound as it was, 1 for that without noise
 */
void
denoise_core_process (DenoiseCore * self, int16_t * pcm, size_t n,
    float strength)
{
  for (size_t i = 0; i < n; i++) {
    float original, clean;

    take (self, pcm[i]);
    queue_push (&self->original, pcm[i]);
    original = queue_pop (&self->original);
    clean = queue_pop (&self->clean);
    pcm[i] = to_pcm (original + strength * (clean - original));
  }
}
