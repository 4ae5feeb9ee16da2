/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opus for speech (RFC 6716, RFC 7587) by libopus: the encoder with in-band FEC
 * and DTX, the decoder with what it takes to fill holes, and what a packet
 * tells by its first bytes.
 *
 * Threads: one at a time for each encoder or decoder. Locks: none.
 */
#include "opus-codec.h"

#include <opus.h>
#include <string.h>

#define EXPECTED_LOSS 5         /* per cent, until told otherwise */
#define STEP 400                /* libopus fills holes in 1/400 s */
#define FIRST_CELT_CONFIG 16    /* RFC 6716, section 3.1 */
#define REST_SIZE 2             /* RFC 6716, section 2.1.9 */

struct _OpusSpeechEncoder
{
  OpusEncoder *opus;
};

struct _OpusSpeechDecoder
{
  OpusDecoder *opus;
  guint rate;
};

static void
set_error (GError ** error, const gchar * what, int code)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: %s", what,
      opus_strerror (code));
}

/* The first refusal ends it. */
static int
set_up_encoder (OpusEncoder * opus, const OpusSpeechSettings * settings)
{
  int code = opus_encoder_ctl (opus, OPUS_SET_BITRATE (settings->bitrate));

  if (code == OPUS_OK)
    code = opus_encoder_ctl (opus, OPUS_SET_COMPLEXITY (settings->complexity));
  if (code == OPUS_OK)
    code = opus_encoder_ctl (opus, OPUS_SET_INBAND_FEC (settings->fec != 0));
  if (code == OPUS_OK)
    code = opus_encoder_ctl (opus, OPUS_SET_DTX (settings->dtx != 0));
  if (code == OPUS_OK)
    code = opus_encoder_ctl (opus, OPUS_SET_SIGNAL (OPUS_SIGNAL_VOICE));
  if (code == OPUS_OK)
    code = opus_encoder_ctl (opus, OPUS_SET_PACKET_LOSS_PERC (EXPECTED_LOSS));
  return code;
}

/**
 * opus_speech_encoder_new:
 * @settings: what it shall do
 * @error: which of these it cannot
 *
 * Returns: (transfer full) (nullable): an encoder
 */
OpusSpeechEncoder *
opus_speech_encoder_new (const OpusSpeechSettings * settings, GError ** error)
{
  OpusSpeechEncoder *self = g_new0 (OpusSpeechEncoder, 1);
  int code;

  self->opus = opus_encoder_create (settings->rate, 1, OPUS_APPLICATION_VOIP,
      &code);
  if (code == OPUS_OK)
    code = set_up_encoder (self->opus, settings);
  if (code == OPUS_OK)
    return self;
  set_error (error, "No Opus encoder", code);
  opus_speech_encoder_free (self);
  return NULL;
}

/**
 * opus_speech_encoder_free:
 * @self: (transfer full) (nullable): an encoder
 */
void
opus_speech_encoder_free (OpusSpeechEncoder * self)
{
  if (!self)
    return;
  if (self->opus)
    opus_encoder_destroy (self->opus);
  g_free (self);
}

/**
 * opus_speech_encoder_set_loss:
 * @self: an encoder
 * @loss: 0 to 1, as the other side reports it; FEC takes its bits by it
 */
void
opus_speech_encoder_set_loss (OpusSpeechEncoder * self, gdouble loss)
{
  int percent = CLAMP (loss, 0, 1) * 100 + 0.5;

  opus_encoder_ctl (self->opus, OPUS_SET_PACKET_LOSS_PERC (MAX (percent,
              EXPECTED_LOSS)));
}

/**
 * opus_speech_encoder_encode:
 * @self: an encoder
 * @samples: (array length=n): what is said
 * @n: 2.5, 5, 10, 20, 40 or 60 ms of samples
 * @packet: (out): what to send
 * @capacity: of @packet, best %OPUS_CODEC_MAX_PACKET
 *
 * Returns: the packet's size, 0 on a wrong @n; with DTX, what
 *   opus_packet_is_rest() says need not be sent
 */
gsize
opus_speech_encoder_encode (OpusSpeechEncoder * self, const gint16 * samples,
    guint n, guint8 * packet, gsize capacity)
{
  opus_int32 size = opus_encode (self->opus, samples, n, packet,
      MIN (capacity, OPUS_CODEC_MAX_PACKET));

  return MAX (size, 0);
}

/**
 * opus_speech_decoder_new:
 * @rate: of the samples to come, in Hz
 * @error: why it cannot be
 *
 * Returns: (transfer full) (nullable): a decoder
 */
OpusSpeechDecoder *
opus_speech_decoder_new (guint rate, GError ** error)
{
  OpusSpeechDecoder *self = g_new0 (OpusSpeechDecoder, 1);
  int code;

  self->rate = rate;
  self->opus = opus_decoder_create (rate, 1, &code);
  if (code == OPUS_OK)
    return self;
  set_error (error, "No Opus decoder", code);
  opus_speech_decoder_free (self);
  return NULL;
}

/**
 * opus_speech_decoder_free:
 * @self: (transfer full) (nullable): a decoder
 */
void
opus_speech_decoder_free (OpusSpeechDecoder * self)
{
  if (!self)
    return;
  if (self->opus)
    opus_decoder_destroy (self->opus);
  g_free (self);
}

/**
 * opus_speech_decoder_decode:
 * @self: a decoder
 * @packet: what has come
 * @size: of @packet
 * @samples: (out): what was said
 * @capacity: of @samples, best %OPUS_CODEC_MAX_MS
 *
 * Returns: how many samples, 0 if the packet is none or there is no room
 */
guint
opus_speech_decoder_decode (OpusSpeechDecoder * self, const guint8 * packet,
    gsize size, gint16 * samples, guint capacity)
{
  int n;

  /* To libopus an empty packet is a lost one. */
  if (size == 0 || size > G_MAXUINT16)
    return 0;
  n = opus_decode (self->opus, packet, size, samples, capacity, 0);
  return MAX (n, 0);
}

/* So many samples of a hole, a whole number of steps and 20 ms at most. */
static gboolean
fill_step (OpusSpeechDecoder * self, const guint8 * packet, gsize size,
    gint16 * samples, guint n)
{
  return opus_decode (self->opus, packet, size, samples, n, packet != NULL)
      == (int) n;
}

/**
 * opus_speech_decoder_conceal:
 * @self: a decoder
 * @samples: (out) (array length=n): a guess, or comfort noise after a rest
 * @n: any number
 */
void
opus_speech_decoder_conceal (OpusSpeechDecoder * self, gint16 * samples,
    guint n)
{
  guint step = self->rate / STEP, most = 8 * step;
  gint16 last[OPUS_CODEC_CLOCK_RATE / STEP];

  for (guint k; n > 0; samples += k, n -= k) {
    if (n >= step) {
      k = MIN (n - n % step, most);
      if (!fill_step (self, NULL, 0, samples, k))
        memset (samples, 0, k * sizeof *samples);
    } else {
      k = n;
      if (!fill_step (self, NULL, 0, last, step))
        memset (last, 0, sizeof last);
      memcpy (samples, last, k * sizeof *samples);
    }
  }
}

/**
 * opus_speech_decoder_restore:
 * @self: a decoder
 * @packet: the one after a lost one; to be decoded itself afterwards
 * @size: of @packet
 * @samples: (out) (array length=n): what the lost one said
 * @n: as long as @packet lasts
 *
 * Returns: %FALSE if it had to be concealed
 */
gboolean
opus_speech_decoder_restore (OpusSpeechDecoder * self, const guint8 * packet,
    gsize size, gint16 * samples, guint n)
{
  if (opus_packet_has_fec (packet, size)
      && n == opus_packet_duration (packet, size) * (guint64) self->rate
      / OPUS_CODEC_CLOCK_RATE && fill_step (self, packet, size, samples, n))
    return TRUE;
  opus_speech_decoder_conceal (self, samples, n);
  return FALSE;
}

/**
 * opus_packet_duration:
 * @packet: a packet
 * @size: of @packet
 *
 * Returns: how long it lasts in ticks of RTP's clock, or 0 if it is none
 */
guint
opus_packet_duration (const guint8 * packet, gsize size)
{
  int n;

  if (size == 0 || size > G_MAXUINT16)
    return 0;
  n = opus_packet_get_nb_samples (packet, size, OPUS_CODEC_CLOCK_RATE);
  return MAX (n, 0);
}

/**
 * opus_packet_has_fec:
 * @packet: a packet
 * @size: of @packet
 *
 * Only packets of one frame are said to have it: what they restore is as long
 * as they are.
 *
 * Returns: whether the packet before can be restored from this one
 */
gboolean
opus_packet_has_fec (const guint8 * packet, gsize size)
{
  const guint8 *frames[48];
  opus_int16 sizes[48];
  guint silk_frames;

  if (size == 0 || size > G_MAXUINT16
      || packet[0] >> 3 >= FIRST_CELT_CONFIG
      || opus_packet_parse (packet, size, NULL, frames, sizes, NULL) != 1
      || sizes[0] == 0)
    return FALSE;
  /* RFC 6716, section 4.2.3: a bit of voice for each 20 ms, then LBRR's. */
  silk_frames = MAX (1, opus_packet_get_samples_per_frame (packet,
          OPUS_CODEC_CLOCK_RATE) / 960);
  return frames[0][0] >> (7 - silk_frames) & 1;
}

/**
 * opus_packet_is_rest:
 * @packet: a packet
 * @size: of @packet
 *
 * Returns: whether nothing is said in it, nor until the next one
 */
gboolean
opus_packet_is_rest (const guint8 * packet, gsize size)
{
  return opus_packet_duration (packet, size) > 0 && size <= REST_SIZE;
}
