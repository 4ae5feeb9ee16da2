/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Somebody's speech as samples: the jitter buffer says which piece is due, the
 * decoder makes sound of it, and what is not asked for yet waits in `sound`.
 * That is less than a frame, unless who asks is slower than the clock whose
 * times it gives: then there is more at each pull, and once in a while the
 * surplus is cut.
 *
 * Threads: packets come in one, samples are asked for in another.
 * Locks: `lock` guards the jitter buffer and is not held while decoding.
 */
#include "speech-receiver.h"

#include "opus-codec.h"

#include <string.h>

#define MAX_PAYLOAD 1500
#define MAX_SOUND_MS 1200       /* as much as may be due after a stall */
#define WATCH 50                /* pulls between two looks at the surplus */
/* Less than speech at the lowest bit rate: a 20 ms packet of it has 15. */
#define QUIET_SIZE 10
/* Senders with DTX tell of the noise every 400 ms. */
#define COMFORT_TICKS OPUS_CODEC_CLOCK_RATE

struct _SpeechReceiver
{
  /* set once */
  guint rate;

  /* lock */
  GMutex lock;
  JitterCore *jitter;

  /* who pulls */
  OpusSpeechDecoder *decoder;
  GArray *sound;
  guint64 ticks, samples;       /* of all pieces; and what came of them */
  gboolean resting;
  guint rested;                 /* ticks since the sender last told of it */
  guint pulls, surplus;

  /* atomic, since they are only figures */
  gint cut, lacking, damaged;
};

typedef struct
{
  JitterAction action;
  guint duration;
  gsize size;
  guint8 payload[MAX_PAYLOAD];
} Piece;

/**
 * speech_receiver_new:
 * @rate: of the samples: 8, 12, 16, 24 or 48 kHz
 * @min_delay: see jitter_core_new()
 * @max_delay: likewise
 * @wide_delay: likewise
 * @error: why it cannot be
 *
 * Returns: (transfer full) (nullable): a receiver
 */
SpeechReceiver *
speech_receiver_new (guint rate, gint64 min_delay, gint64 max_delay,
    gint64 wide_delay, GError ** error)
{
  OpusSpeechDecoder *decoder = opus_speech_decoder_new (rate, error);
  SpeechReceiver *self;

  if (!decoder)
    return NULL;
  self = g_new0 (SpeechReceiver, 1);
  g_mutex_init (&self->lock);
  self->rate = rate;
  self->jitter = jitter_core_new (OPUS_CODEC_CLOCK_RATE, min_delay, max_delay,
      wide_delay);
  self->decoder = decoder;
  self->sound = g_array_new (FALSE, FALSE, sizeof (gint16));
  return self;
}

/**
 * speech_receiver_free:
 * @self: (transfer full) (nullable): a receiver
 */
void
speech_receiver_free (SpeechReceiver * self)
{
  if (!self)
    return;
  jitter_core_free (self->jitter);
  opus_speech_decoder_free (self->decoder);
  g_array_unref (self->sound);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * speech_receiver_push:
 * @self: a receiver
 * @packet: what has come
 * @now: when, in nanoseconds
 */
void
speech_receiver_push (SpeechReceiver * self, const RtpPacket * packet,
    gint64 now)
{
  const guint8 *payload = packet->payload;
  gsize size = packet->payload_size;
  JitterPacket in = {
    .ssrc = packet->ssrc,
    .timestamp = packet->timestamp,
    .sequence = packet->sequence,
    .payload = payload,
    .size = size,
  };

  if (size > MAX_PAYLOAD)
    return;
  in.duration = opus_packet_duration (payload, size);
  in.rests = opus_packet_is_rest (payload, size);
  in.quiet = in.rests || size <= QUIET_SIZE;
  in.fec = opus_packet_has_fec (payload, size);
  g_mutex_lock (&self->lock);
  jitter_core_push (self->jitter, &in, now);
  g_mutex_unlock (&self->lock);
}

static gboolean
take_piece (SpeechReceiver * self, gint64 now, Piece * out)
{
  JitterPiece piece;

  g_mutex_lock (&self->lock);
  out->action = jitter_core_pull (self->jitter, now, &piece);
  out->duration = piece.duration;
  out->size = piece.size;
  if (piece.size > 0)
    memcpy (out->payload, piece.payload, piece.size);
  g_mutex_unlock (&self->lock);
  return out->action != JITTER_WAIT;
}

/* How many samples a piece stands for; what does not divide adds up. */
static guint
count_samples (SpeechReceiver * self, guint ticks)
{
  guint64 before = self->samples;

  self->ticks += ticks;
  self->samples = self->ticks * self->rate / OPUS_CODEC_CLOCK_RATE;
  return self->samples - before;
}

static void
play (SpeechReceiver * self, const Piece * piece, gint16 * out, guint n)
{
  guint got = opus_speech_decoder_decode (self->decoder, piece->payload,
      piece->size, out, n);

  self->resting = opus_packet_is_rest (piece->payload, piece->size);
  self->rested = 0;
  if (got == n)
    return;
  g_atomic_int_inc (&self->damaged);
  opus_speech_decoder_conceal (self->decoder, out + got, n - got);
}

/* The noise behind a sender that rests; else nothing at all. */
static gboolean
be_silent (SpeechReceiver * self, guint ticks, gint16 * out, guint n)
{
  self->rested = MIN (self->rested + ticks, COMFORT_TICKS);
  if (self->resting && self->rested < COMFORT_TICKS) {
    opus_speech_decoder_conceal (self->decoder, out, n);
    return TRUE;
  }
  memset (out, 0, n * sizeof *out);
  return FALSE;
}

/* Returns whether it is more than silence. */
static gboolean
decode (SpeechReceiver * self, const Piece * piece)
{
  guint n = count_samples (self, piece->duration);
  guint old = self->sound->len;
  gint16 *out;

  g_array_set_size (self->sound, old + n);
  out = &g_array_index (self->sound, gint16, old);
  switch (piece->action) {
    case JITTER_PLAY:
      play (self, piece, out, n);
      return TRUE;
    case JITTER_FEC:
      opus_speech_decoder_restore (self->decoder, piece->payload, piece->size,
          out, n);
      return TRUE;
    case JITTER_CONCEAL:
      opus_speech_decoder_conceal (self->decoder, out, n);
      return TRUE;
    default:
      return be_silent (self, piece->duration, out, n);
  }
}

/* What is left at every pull is never needed. */
static void
cut_surplus (SpeechReceiver * self, guint frame)
{
  self->surplus = MIN (self->surplus, self->sound->len);
  if (++self->pulls < WATCH)
    return;
  if (self->surplus >= frame) {
    g_array_remove_range (self->sound, 0, self->surplus);
    g_atomic_int_add (&self->cut, self->surplus);
  }
  self->pulls = 0;
  self->surplus = G_MAXUINT;
}

/**
 * speech_receiver_pull:
 * @self: a receiver
 * @now: the time, on the clock of speech_receiver_push()
 * @samples: (out) (array length=n): what is heard
 * @n: how many, a frame's worth mostly
 *
 * Returns: %FALSE if it is silence
 */
gboolean
speech_receiver_pull (SpeechReceiver * self, gint64 now, gint16 * samples,
    guint n)
{
  guint most = self->rate / 1000 * MAX_SOUND_MS;
  gboolean sound = self->sound->len > 0;
  Piece piece;
  guint k;

  while (self->sound->len < most && take_piece (self, now, &piece))
    sound |= decode (self, &piece);
  k = MIN (n, self->sound->len);
  if (k > 0)
    memcpy (samples, self->sound->data, k * sizeof *samples);
  memset (samples + k, 0, (n - k) * sizeof *samples);
  if (k < n && self->samples > 0)
    g_atomic_int_add (&self->lacking, n - k);
  g_array_remove_range (self->sound, 0, k);
  cut_surplus (self, n);
  return sound;
}

/**
 * speech_receiver_deadline:
 * @self: a receiver
 *
 * Returns: when the next piece of sound is due, or -1 before any has come
 */
gint64
speech_receiver_deadline (SpeechReceiver * self)
{
  gint64 deadline;

  g_mutex_lock (&self->lock);
  deadline = jitter_core_deadline (self->jitter);
  g_mutex_unlock (&self->lock);
  return deadline;
}

/**
 * speech_receiver_get_stats:
 * @self: a receiver
 * @stats: (out): its figures; from any thread
 */
void
speech_receiver_get_stats (SpeechReceiver * self, SpeechReceiverStats * stats)
{
  g_mutex_lock (&self->lock);
  jitter_core_get_stats (self->jitter, &stats->jitter);
  g_mutex_unlock (&self->lock);
  stats->cut = (guint) g_atomic_int_get (&self->cut);
  stats->lacking = (guint) g_atomic_int_get (&self->lacking);
  stats->damaged = (guint) g_atomic_int_get (&self->damaged);
}
