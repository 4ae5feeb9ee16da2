/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#define OPUS_CODEC_CLOCK_RATE 48000     /* of RTP, whatever the rate is */
#define OPUS_CODEC_MAX_PACKET 1275
#define OPUS_CODEC_MAX_MS 120   /* that a packet may last */

/* Speech, one channel, at 8, 12, 16, 24 or 48 kHz. */
typedef struct _OpusSpeechEncoder OpusSpeechEncoder;
typedef struct _OpusSpeechDecoder OpusSpeechDecoder;

typedef struct
{
  guint rate;                   /* Hz, of the samples */
  guint bitrate;                /* 6000 to 128000 */
  guint complexity;             /* 0 to 10 */
  gboolean fec;                 /* packets carry the one before, coarsely */
  gboolean dtx;                 /* nothing to send while nothing is said */
} OpusSpeechSettings;

OpusSpeechEncoder *opus_speech_encoder_new (const OpusSpeechSettings * settings,
    GError ** error);
void opus_speech_encoder_free (OpusSpeechEncoder * self);
void opus_speech_encoder_set_loss (OpusSpeechEncoder * self, gdouble loss);
gsize opus_speech_encoder_encode (OpusSpeechEncoder * self,
    const gint16 * samples, guint n, guint8 * packet, gsize capacity);

OpusSpeechDecoder *opus_speech_decoder_new (guint rate, GError ** error);
void opus_speech_decoder_free (OpusSpeechDecoder * self);
guint opus_speech_decoder_decode (OpusSpeechDecoder * self,
    const guint8 * packet, gsize size, gint16 * samples, guint capacity);
gboolean opus_speech_decoder_restore (OpusSpeechDecoder * self,
    const guint8 * packet, gsize size, gint16 * samples, guint n);
void opus_speech_decoder_conceal (OpusSpeechDecoder * self, gint16 * samples,
    guint n);

guint opus_packet_duration (const guint8 * packet, gsize size);
gboolean opus_packet_has_fec (const guint8 * packet, gsize size);
gboolean opus_packet_is_rest (const guint8 * packet, gsize size);
