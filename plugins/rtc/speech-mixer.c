/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Several people's speech as one sound: a receiver for each, and a sum.
 *
 * Threads: packets come and voices leave in one; samples are asked for in
 * another, which alone frees receivers; figures in any.
 * Locks: `lock` guards the list and is held while packets are pushed and
 * figures read, not while decoding. It is above a receiver's lock.
 */
#include "speech-mixer.h"

#include <string.h>

typedef struct
{
  gchar *name;
  SpeechReceiver *receiver;
  gboolean gone;
} Voice;

struct _SpeechMixer
{
  /* set once */
  guint rate;
  gint64 min_delay, max_delay, wide_delay;

  /* lock */
  GMutex lock;
  Voice voices[SPEECH_MIXER_MAX];
  guint n_voices;
  SpeechReceiverStats past;     /* of those who have left */

  /* who pulls */
  GArray *one;                  /* samples of one voice */
  GArray *sum;                  /* gint32 */
};

/**
 * speech_mixer_new:
 * @rate: see speech_receiver_new(), which must be able to do it
 * @min_delay: likewise
 * @max_delay: likewise
 * @wide_delay: likewise
 *
 * Returns: (transfer full): a mixer without voices
 */
SpeechMixer *
speech_mixer_new (guint rate, gint64 min_delay, gint64 max_delay,
    gint64 wide_delay)
{
  SpeechMixer *self = g_new0 (SpeechMixer, 1);

  g_mutex_init (&self->lock);
  self->rate = rate;
  self->min_delay = min_delay;
  self->max_delay = max_delay;
  self->wide_delay = wide_delay;
  self->one = g_array_new (FALSE, FALSE, sizeof (gint16));
  self->sum = g_array_new (FALSE, FALSE, sizeof (gint32));
  return self;
}

/**
 * speech_mixer_free:
 * @self: (transfer full) (nullable): a mixer
 */
void
speech_mixer_free (SpeechMixer * self)
{
  if (!self)
    return;
  for (guint i = 0; i < self->n_voices; i++) {
    speech_receiver_free (self->voices[i].receiver);
    g_free (self->voices[i].name);
  }
  g_array_unref (self->one);
  g_array_unref (self->sum);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static Voice *
find_locked (SpeechMixer * self, const gchar * name)
{
  for (guint i = 0; i < self->n_voices; i++) {
    Voice *voice = &self->voices[i];

    if (!voice->gone && strcmp (voice->name, name) == 0)
      return voice;
  }
  return NULL;
}

static Voice *
add_locked (SpeechMixer * self, const gchar * name)
{
  SpeechReceiver *receiver;
  Voice *voice;

  if (self->n_voices == SPEECH_MIXER_MAX)
    return NULL;
  receiver = speech_receiver_new (self->rate, self->min_delay,
      self->max_delay, self->wide_delay, NULL);
  if (!receiver)
    return NULL;
  voice = &self->voices[self->n_voices++];
  voice->name = g_strdup (name);
  voice->receiver = receiver;
  voice->gone = FALSE;
  return voice;
}

/**
 * speech_mixer_push:
 * @self: a mixer
 * @voice: who says it; a new voice if it is not known
 * @packet: what has come
 * @now: when
 */
void
speech_mixer_push (SpeechMixer * self, const gchar * voice,
    const RtpPacket * packet, gint64 now)
{
  Voice *there;

  g_mutex_lock (&self->lock);
  there = find_locked (self, voice);
  if (!there)
    there = add_locked (self, voice);
  if (there)
    speech_receiver_push (there->receiver, packet, now);
  g_mutex_unlock (&self->lock);
}

/**
 * speech_mixer_remove:
 * @self: a mixer
 * @voice: who says nothing more
 */
void
speech_mixer_remove (SpeechMixer * self, const gchar * voice)
{
  Voice *there;

  g_mutex_lock (&self->lock);
  there = find_locked (self, voice);
  if (there)
    there->gone = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
add_stats (SpeechReceiverStats * sum, const SpeechReceiverStats * one)
{
  sum->jitter.delay = MAX (sum->jitter.delay, one->jitter.delay);
  sum->jitter.target = MAX (sum->jitter.target, one->jitter.target);
  sum->jitter.jitter = MAX (sum->jitter.jitter, one->jitter.jitter);
  sum->jitter.buffered += one->jitter.buffered;
  sum->jitter.received += one->jitter.received;
  sum->jitter.played += one->jitter.played;
  sum->jitter.duplicate += one->jitter.duplicate;
  sum->jitter.late += one->jitter.late;
  sum->jitter.lost += one->jitter.lost;
  sum->jitter.refused += one->jitter.refused;
  sum->jitter.fec += one->jitter.fec;
  sum->jitter.concealed += one->jitter.concealed;
  sum->jitter.silent += one->jitter.silent;
  sum->jitter.inserted += one->jitter.inserted;
  sum->jitter.skipped += one->jitter.skipped;
  sum->jitter.overflown += one->jitter.overflown;
  sum->jitter.restarts += one->jitter.restarts;
  sum->jitter.sources += one->jitter.sources;
  sum->cut += one->cut;
  sum->lacking += one->lacking;
  sum->damaged += one->damaged;
}

/* Their counts stay, what they are like does not. */
static void
bury_locked (SpeechMixer * self, Voice * voice)
{
  SpeechReceiverStats stats;

  speech_receiver_get_stats (voice->receiver, &stats);
  stats.jitter.delay = stats.jitter.target = stats.jitter.jitter = 0;
  stats.jitter.buffered = 0;
  add_stats (&self->past, &stats);
  speech_receiver_free (voice->receiver);
  g_free (voice->name);
  *voice = self->voices[--self->n_voices];
}

/* Those who are there; nobody else frees them. */
static guint
take_living (SpeechMixer * self, SpeechReceiver ** receivers)
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  while (n < self->n_voices) {
    if (self->voices[n].gone) {
      bury_locked (self, &self->voices[n]);
    } else {
      receivers[n] = self->voices[n].receiver;
      n++;
    }
  }
  g_mutex_unlock (&self->lock);
  return n;
}

static gboolean
mix (SpeechMixer * self, SpeechReceiver ** receivers, guint n_receivers,
    gint64 now, gint16 * samples, guint n)
{
  gboolean sound = FALSE;
  gint32 *sum;
  gint16 *one;

  g_array_set_size (self->one, n);
  g_array_set_size (self->sum, n);
  one = (gint16 *) self->one->data;
  sum = (gint32 *) self->sum->data;
  memset (sum, 0, n * sizeof *sum);
  for (guint k = 0; k < n_receivers; k++) {
    if (!speech_receiver_pull (receivers[k], now, one, n))
      continue;
    sound = TRUE;
    for (guint i = 0; i < n; i++)
      sum[i] += one[i];
  }
  for (guint i = 0; i < n; i++)
    samples[i] = CLAMP (sum[i], G_MININT16, G_MAXINT16);
  return sound;
}

/**
 * speech_mixer_pull:
 * @self: a mixer
 * @now: the time
 * @samples: (out) (array length=n): what is heard
 * @n: how many
 *
 * Returns: %FALSE if it is silence
 */
gboolean
speech_mixer_pull (SpeechMixer * self, gint64 now, gint16 * samples, guint n)
{
  SpeechReceiver *receivers[SPEECH_MIXER_MAX];
  guint count = take_living (self, receivers);

  if (count == 1)
    return speech_receiver_pull (receivers[0], now, samples, n);
  if (count > 1)
    return mix (self, receivers, count, now, samples, n);
  memset (samples, 0, n * sizeof *samples);
  return FALSE;
}

/**
 * speech_mixer_wake:
 * @self: a mixer
 * @next: when the next frame is to be pulled
 * @frame: how long it is
 *
 * In the thread that pulls. Who pulls right when a piece is due hears it up to
 * a frame earlier, so a single voice may move the moment.
 *
 * Returns: when it is better to be pulled, less than a frame after @next
 */
gint64
speech_mixer_wake (SpeechMixer * self, gint64 next, gint64 frame)
{
  gint64 due = -1;

  g_mutex_lock (&self->lock);
  if (self->n_voices == 1)
    due = speech_receiver_deadline (self->voices[0].receiver);
  g_mutex_unlock (&self->lock);
  return due > next && due < next + frame ? due : next;
}

/**
 * speech_mixer_get_stats:
 * @self: a mixer
 * @stats: (out): counts of all voices there were, times of the worst there is
 *
 * Returns: how many voices there are
 */
guint
speech_mixer_get_stats (SpeechMixer * self, SpeechReceiverStats * stats)
{
  guint n;

  g_mutex_lock (&self->lock);
  *stats = self->past;
  n = self->n_voices;
  for (guint i = 0; i < n; i++) {
    SpeechReceiverStats one;

    speech_receiver_get_stats (self->voices[i].receiver, &one);
    add_stats (stats, &one);
  }
  g_mutex_unlock (&self->lock);
  return n;
}
