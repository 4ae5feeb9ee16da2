/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "realtime-options.h"

#include <gst-voice/llm.h>
#include <gst-voice/provider.h>

G_BEGIN_DECLS

/* The part of openairealtime that has the session with the service: text in,
 * turns of the caller as `turn` has decided them; text out, what the agent says
 * as the service writes it down. The sound comes from the ears and goes to the
 * mouth by the functions below. */
#define GST_TYPE_VOICE_REALTIME_MIND (gst_voice_realtime_mind_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceRealtimeMind, gst_voice_realtime_mind, GST,
    VOICE_REALTIME_MIND, GstVoiceLlm)

/**
 * RealtimeTold:
 * @type: %OPENAI_REALTIME_STARTED to %OPENAI_REALTIME_UNHEARD;
 *   %OPENAI_REALTIME_SESSION: the session has begun anew
 * @item: (nullable): what it concerns
 * @text: words
 * @sample: where in all that the ears have given, or -1
 *
 * What the service says of the caller.
 */
typedef struct
{
  OpenaiRealtimeType type;
  gchar *item;
  gchar *text;
  gint64 sample;
} RealtimeTold;

void realtime_told_free (RealtimeTold * told);

/**
 * RealtimeEnds:
 * @told: something is known of the caller; takes @told
 * @finished: after realtime_mind_finish(): nothing more will be told
 * @sound: of a speech, the next; takes @sound
 * @spoken: it has no more
 *
 * The ears and the mouth; called in the mind's task.
 */
typedef struct
{
  void (*told) (gpointer ears, RealtimeTold * told);
  void (*finished) (gpointer ears);
  void (*sound) (gpointer mouth, guint speech, GBytes * sound);
  void (*spoken) (gpointer mouth, guint speech);
} RealtimeEnds;

void realtime_mind_set_ends (GstVoiceRealtimeMind * mind,
    const RealtimeEnds * ends, gpointer ears, gpointer mouth);

/* From any thread. */
gboolean realtime_mind_hear (GstVoiceRealtimeMind * mind, GBytes * sound);
void realtime_mind_onset (GstVoiceRealtimeMind * mind, gint64 sample);
void realtime_mind_stop (GstVoiceRealtimeMind * mind);
void realtime_mind_finish (GstVoiceRealtimeMind * mind);
void realtime_mind_written (GstVoiceRealtimeMind * mind, guint turn);
void realtime_mind_say (GstVoiceRealtimeMind * mind, guint speech,
    const gchar * text, guint generation, gboolean kept);

OpenaiRealtimeTurns realtime_mind_turns (GstVoiceRealtimeMind * mind);
guint realtime_mind_prefix (GstVoiceRealtimeMind * mind);

G_END_DECLS
