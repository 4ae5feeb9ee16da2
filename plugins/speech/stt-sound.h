/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What a recogniser in the network has been given and may have to be given
 * again: the last samples, and the running time of each. Samples are counted
 * from the first that was put in, whatever connection they went over. */
typedef struct _SttSound SttSound;

#define STT_SOUND_KEPT_S 20
#define STT_SOUND_NO_TIME ((gint64) -1)

SttSound *stt_sound_new (guint rate);
void stt_sound_free (SttSound * sound);

void stt_sound_put (SttSound * sound, const gint16 * samples, gsize n,
    gint64 start);
void stt_sound_forget (SttSound * sound, guint64 before);
guint64 stt_sound_begin (const SttSound * sound);
guint64 stt_sound_end (const SttSound * sound);
const gint16 *stt_sound_at (const SttSound * sound, guint64 sample);

gint64 stt_sound_time (const SttSound * sound, guint64 sample);
gint64 stt_sound_end_time (const SttSound * sound, guint64 sample);
guint64 stt_sound_count (const SttSound * sound, gint64 duration);
guint64 stt_sound_sample (const SttSound * sound, gint64 time);
