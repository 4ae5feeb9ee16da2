/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "opus-codec.h"

#define SPEECH_SENDER_FRAME_MS 20

/* Samples in any portions become packets of Opus, one for 20 ms. */
typedef struct _SpeechSender SpeechSender;

typedef struct
{
  const guint8 *payload;        /* during the call */
  gsize size;
  guint32 timestamp;            /* ticks of 48 kHz since the begin */
  guint level;                  /* -dBov, 127 is silence (RFC 6464) */
  gboolean voice;               /* loud enough to be one */
  gboolean marker;              /* the first one after a rest */
} SpeechPacket;

typedef void (*SpeechPacketFunc) (gpointer data, const SpeechPacket * packet);

SpeechSender *speech_sender_new (const OpusSpeechSettings * settings,
    SpeechPacketFunc send, gpointer data, GError ** error);
void speech_sender_free (SpeechSender * self);
void speech_sender_push (SpeechSender * self, const gint16 * samples, gsize n);
void speech_sender_skip (SpeechSender * self, gint64 duration);
void speech_sender_set_loss (SpeechSender * self, gdouble loss);
