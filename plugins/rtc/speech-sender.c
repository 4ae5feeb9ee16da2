/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Speech to packets: cut into frames of 20 ms, measured, encoded. With DTX the
 * first packet of a rest is sent, so that the other side knows, and then one
 * each 400 ms; frames of pure silence between these are not even encoded.
 *
 * Threads: one at a time. Locks: none.
 */
#include "speech-sender.h"

#include <math.h>
#include <string.h>

#define FRAME_TICKS (OPUS_CODEC_CLOCK_RATE / 1000 * SPEECH_SENDER_FRAME_MS)
#define MAX_FRAME (48 * SPEECH_SENDER_FRAME_MS)
#define SILENCE 127             /* RFC 6464, section 3 */
#define VOICE_LEVEL 50          /* quieter is no voice */
#define REST_FRAMES 20          /* what Opus itself does */

struct _SpeechSender
{
  OpusSpeechEncoder *encoder;
  SpeechPacketFunc send;
  gpointer data;
  guint rate, frame;
  gboolean dtx;

  gint16 samples[MAX_FRAME];    /* a frame that is not full */
  guint n;
  guint64 ticks;                /* where it begins */
  gboolean rested;              /* the next packet comes after a rest */
  gboolean resting;
  guint unsent;                 /* frames since the last packet */
};

/**
 * speech_sender_new:
 * @settings: of the encoder
 * @send: called with each packet, in the thread of speech_sender_push()
 * @data: for @send
 * @error: what cannot be
 *
 * Returns: (transfer full) (nullable): a sender at the time 0
 */
SpeechSender *
speech_sender_new (const OpusSpeechSettings * settings, SpeechPacketFunc send,
    gpointer data, GError ** error)
{
  OpusSpeechEncoder *encoder = opus_speech_encoder_new (settings, error);
  SpeechSender *self;

  if (!encoder)
    return NULL;
  self = g_new0 (SpeechSender, 1);
  self->encoder = encoder;
  self->send = send;
  self->data = data;
  self->rate = settings->rate;
  self->frame = settings->rate / 1000 * SPEECH_SENDER_FRAME_MS;
  self->dtx = settings->dtx;
  self->rested = TRUE;
  return self;
}

/**
 * speech_sender_free:
 * @self: (transfer full) (nullable): a sender
 */
void
speech_sender_free (SpeechSender * self)
{
  if (!self)
    return;
  opus_speech_encoder_free (self->encoder);
  g_free (self);
}

/**
 * speech_sender_set_loss:
 * @self: a sender
 * @loss: 0 to 1, as the other side reports it
 */
void
speech_sender_set_loss (SpeechSender * self, gdouble loss)
{
  opus_speech_encoder_set_loss (self->encoder, loss);
}

/* RFC 6464: in decibels below full scale, as a root mean square. */
static guint
measure (const gint16 * samples, guint n)
{
  guint64 sum = 0;
  gdouble db;

  for (guint i = 0; i < n; i++)
    sum += (guint) (samples[i] * samples[i]);
  if (sum == 0)
    return SILENCE;
  db = -10 * log10 ((gdouble) sum / n / (32768.0 * 32768.0));
  return CLAMP (db + 0.5, 0, SILENCE - 1);
}

static void
send_packet (SpeechSender * self, const guint8 * payload, gsize size,
    guint level)
{
  SpeechPacket packet = {
    .payload = payload,
    .size = size,
    .timestamp = (guint32) self->ticks,
    .level = level,
    .voice = level < VOICE_LEVEL,
    .marker = self->rested,
  };

  self->send (self->data, &packet);
  self->rested = FALSE;
  self->unsent = 0;
}

static void
encode (SpeechSender * self, const gint16 * samples)
{
  guint level = measure (samples, self->frame);
  guint8 packet[OPUS_CODEC_MAX_PACKET];
  gboolean rest;
  gsize size;

  self->unsent++;
  if (self->resting && level == SILENCE && self->unsent < REST_FRAMES)
    return;
  size = opus_speech_encoder_encode (self->encoder, samples, self->frame,
      packet, sizeof packet);
  rest = self->dtx && opus_packet_is_rest (packet, size);
  if (size == 0 || (rest && self->resting && self->unsent < REST_FRAMES))
    return;
  if (self->resting && !rest && level != SILENCE)
    self->rested = TRUE;
  self->resting = rest || (self->resting && level == SILENCE);
  send_packet (self, packet, size, level);
}

/**
 * speech_sender_push:
 * @self: a sender
 * @samples: (array length=n): what is said
 * @n: any number
 */
void
speech_sender_push (SpeechSender * self, const gint16 * samples, gsize n)
{
  while (n > 0) {
    guint k = MIN (n, self->frame - self->n);

    if (k == self->frame) {
      encode (self, samples);
    } else {
      memcpy (self->samples + self->n, samples, k * sizeof *samples);
      self->n += k;
      if (self->n < self->frame)
        return;
      encode (self, self->samples);
    }
    self->n = 0;
    self->ticks += FRAME_TICKS;
    samples += k;
    n -= k;
  }
}

/**
 * speech_sender_skip:
 * @self: a sender
 * @duration: nanoseconds in which nothing is said, from the last sample on; 0
 *   only sends a frame that is not full
 */
void
speech_sender_skip (SpeechSender * self, gint64 duration)
{
  static const gint16 silence[MAX_FRAME];
  gint64 ticks = MAX (duration, 0) / 1000 * OPUS_CODEC_CLOCK_RATE / 1000000;

  if (self->n > 0) {
    guint rest = self->frame - self->n;

    ticks -= (gint64) rest *OPUS_CODEC_CLOCK_RATE / self->rate;
    speech_sender_push (self, silence, rest);
  }
  if (ticks <= 0)
    return;
  self->ticks += ticks;
  self->rested = TRUE;
  /* Then even silence is sent: who waits for a packet waits no longer. */
  self->resting = FALSE;
}
