/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-receiver.h"

#define SPEECH_MIXER_MAX 32     /* voices at once; further ones are not heard */

/* What several people say, as one sound. A voice is there from its first
 * packet until it is removed. */
typedef struct _SpeechMixer SpeechMixer;

SpeechMixer *speech_mixer_new (guint rate, gint64 min_delay, gint64 max_delay,
    gint64 wide_delay);
void speech_mixer_free (SpeechMixer * self);
void speech_mixer_push (SpeechMixer * self, const gchar * voice,
    const RtpPacket * packet, gint64 now);
void speech_mixer_remove (SpeechMixer * self, const gchar * voice);
gboolean speech_mixer_pull (SpeechMixer * self, gint64 now, gint16 * samples,
    guint n);
gint64 speech_mixer_wake (SpeechMixer * self, gint64 next, gint64 frame);
guint speech_mixer_get_stats (SpeechMixer * self, SpeechReceiverStats * stats);
