/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The sound since a recogniser's last final, kept in case that its connection
 * breaks, and the running time of every sample it was given.
 *
 * Time follows the count of the samples as long as both agree; where they do
 * not, a buffer was lost or the source has paused, and time is counted anew
 * from there.
 *
 * Threads: one at a time. Locks: none.
 */
#include "stt-sound.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
/* Sources round to samples, some to milliseconds. */
#define TOLERANCE (2 * SECOND / 1000)
#define MAX_ANCHORS 512

typedef struct
{
  guint64 sample;
  gint64 time;
} Anchor;

struct _SttSound
{
  guint rate;
  GArray *samples;              /* of gint16 */
  gsize dead;                   /* at its beginning, forgotten */
  guint64 begin, end;           /* what is kept, counted from the first ever */
  GArray *anchors;              /* of Anchor, the first for all before it too */
};

/**
 * stt_sound_new:
 * @rate: samples a second
 *
 * Returns: (transfer full): no sound
 */
SttSound *
stt_sound_new (guint rate)
{
  SttSound *self = g_new0 (SttSound, 1);

  self->rate = rate;
  self->samples = g_array_new (FALSE, FALSE, sizeof (gint16));
  self->anchors = g_array_new (FALSE, FALSE, sizeof (Anchor));
  return self;
}

/**
 * stt_sound_free:
 * @sound: (transfer full): a sound
 */
void
stt_sound_free (SttSound * sound)
{
  g_array_unref (sound->samples);
  g_array_unref (sound->anchors);
  g_free (sound);
}

static gint64
duration (const SttSound * self, guint64 n)
{
  return n / self->rate * SECOND + n % self->rate * SECOND / self->rate;
}

static void
set_anchor (SttSound * self, gint64 start)
{
  const Anchor anchor = { self->end, start };

  if (self->anchors->len > 0
      && ABS (stt_sound_time (self, self->end) - start) <= TOLERANCE)
    return;
  if (self->anchors->len == MAX_ANCHORS)
    g_array_remove_index (self->anchors, 0);
  g_array_append_val (self->anchors, anchor);
}

/**
 * stt_sound_put:
 * @sound: the sound so far
 * @samples: what follows
 * @n: how much
 * @start: the running time of its first sample, or %STT_SOUND_NO_TIME
 */
void
stt_sound_put (SttSound * sound, const gint16 * samples, gsize n, gint64 start)
{
  guint64 kept = (guint64) STT_SOUND_KEPT_S * sound->rate;

  if (start >= 0)
    set_anchor (sound, start);
  g_array_append_vals (sound->samples, samples, n);
  sound->end += n;
  if (sound->end - sound->begin > kept)
    stt_sound_forget (sound, sound->end - kept);
}

/**
 * stt_sound_forget:
 * @sound: a sound
 * @before: the first sample that is still of use
 */
void
stt_sound_forget (SttSound * sound, guint64 before)
{
  before = MIN (before, sound->end);
  if (before <= sound->begin)
    return;
  sound->dead += before - sound->begin;
  sound->begin = before;
  /* What is moved is less than what is dropped. */
  if (sound->dead >= sound->samples->len / 2) {
    g_array_remove_range (sound->samples, 0, sound->dead);
    sound->dead = 0;
  }
  while (sound->anchors->len > 1
      && g_array_index (sound->anchors, Anchor, 1).sample <= before)
    g_array_remove_index (sound->anchors, 0);
}

/**
 * stt_sound_begin:
 * @sound: a sound
 *
 * Returns: the first sample that is kept
 */
guint64
stt_sound_begin (const SttSound * sound)
{
  return sound->begin;
}

/**
 * stt_sound_end:
 * @sound: a sound
 *
 * Returns: the sample that comes next
 */
guint64
stt_sound_end (const SttSound * sound)
{
  return sound->end;
}

/**
 * stt_sound_at:
 * @sound: a sound
 * @sample: one that is kept
 *
 * Returns: (transfer none): that sample and all behind it, until the sound is
 *   changed
 */
const gint16 *
stt_sound_at (const SttSound * sound, guint64 sample)
{
  g_return_val_if_fail (sample >= sound->begin && sample < sound->end, NULL);
  return &g_array_index (sound->samples, gint16,
      sound->dead + (sample - sound->begin));
}

/**
 * stt_sound_time:
 * @sound: a sound
 * @sample: any sample, kept or not
 *
 * Returns: its running time, %STT_SOUND_NO_TIME if none is known
 */
gint64
stt_sound_time (const SttSound * sound, guint64 sample)
{
  const Anchor *anchor = NULL;
  gint64 time;

  for (guint i = sound->anchors->len; i-- > 0;) {
    anchor = &g_array_index (sound->anchors, Anchor, i);
    if (anchor->sample <= sample)
      return anchor->time + duration (sound, sample - anchor->sample);
  }
  if (!anchor)
    return STT_SOUND_NO_TIME;
  time = anchor->time - duration (sound, anchor->sample - sample);
  return MAX (time, 0);
}

/**
 * stt_sound_end_time:
 * @sound: a sound
 * @sample: the sample behind the last one
 *
 * Before a gap, the end of what was before is not the beginning of what comes
 * behind it.
 *
 * Returns: the running time of the end, %STT_SOUND_NO_TIME if none is known
 */
gint64
stt_sound_end_time (const SttSound * sound, guint64 sample)
{
  for (guint i = sound->anchors->len; i-- > 0;) {
    const Anchor *anchor = &g_array_index (sound->anchors, Anchor, i);

    if (anchor->sample < sample)
      return anchor->time + duration (sound, sample - anchor->sample);
  }
  return stt_sound_time (sound, sample);
}

/**
 * stt_sound_count:
 * @sound: a sound
 * @duration: nanoseconds
 *
 * Returns: how many samples that is, to the nearest
 */
guint64
stt_sound_count (const SttSound * sound, gint64 duration)
{
  guint64 rest = duration % SECOND * sound->rate;

  return duration / SECOND * sound->rate + (rest + SECOND / 2) / SECOND;
}

/**
 * stt_sound_sample:
 * @sound: a sound
 * @time: a running time
 *
 * Returns: the sample there, or the nearest that there is
 */
guint64
stt_sound_sample (const SttSound * sound, gint64 time)
{
  guint64 end = sound->end;

  for (guint i = sound->anchors->len; i-- > 0;) {
    const Anchor *anchor = &g_array_index (sound->anchors, Anchor, i);

    if (anchor->time <= time)
      return MIN (anchor->sample + stt_sound_count (sound, time
              - anchor->time), end);
    end = anchor->sample;
  }
  return sound->begin;
}
