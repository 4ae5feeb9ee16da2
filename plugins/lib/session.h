/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/chat.h>
#include <gst-voice/metrics.h>
#include <gst-voice/persona.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GST_VOICE_SESSION_CONTEXT:
 *
 * The type of the #GstContext that hands a session to elements; its structure
 * has the one field `session`.
 */
#define GST_VOICE_SESSION_CONTEXT "gst.voice.session"

/**
 * GstVoiceSession:
 *
 * What belongs to a call and not to one stage of it: the conversation, the
 * variables, the generation, the counters and the journal.
 *
 * An element obtains it in NULL→READY with gst_voice_session_obtain() and
 * drops it in READY→NULL. Inside a `voiceagent` it is that bin's; in a bare
 * pipeline the first element that needs one makes it; an application may set
 * it before with gst_element_set_context().
 */
#define GST_TYPE_VOICE_SESSION (gst_voice_session_get_type ())
GST_VOICE_API
G_DECLARE_FINAL_TYPE (GstVoiceSession, gst_voice_session, GST, VOICE_SESSION,
    GObject)

/**
 * GstVoiceUsage:
 * @turns: of the caller
 * @interruptions: of the agent
 * @tool_calls: that were run
 * @tokens_in: read by language models
 * @tokens_out: written by language models
 * @characters: synthesised
 * @recognised: audio that was recognised, as services count it
 * @cost: of all providers, in the currency of their prices
 *
 * What a call has used so far.
 */
typedef struct
{
  guint turns;
  guint interruptions;
  guint tool_calls;
  guint tokens_in;
  guint tokens_out;
  guint characters;
  GstClockTime recognised;
  gdouble cost;
} GstVoiceUsage;

GST_VOICE_API GstVoiceSession *gst_voice_session_new (const gchar * call_id);
GST_VOICE_API GstVoiceSession *gst_voice_session_obtain (GstElement *
    element);
GST_VOICE_API GstContext *gst_voice_session_to_context (GstVoiceSession *
    session);
GST_VOICE_API GstVoiceSession *gst_voice_session_from_context (GstContext *
    context);

GST_VOICE_API const gchar *gst_voice_session_call_id (GstVoiceSession *
    session);
GST_VOICE_API GstVoiceChat *gst_voice_session_chat (GstVoiceSession * session);
GST_VOICE_API gboolean gst_voice_session_open_journal (GstVoiceSession *
    session, const gchar * path, GError ** error);

GST_VOICE_API guint gst_voice_session_generation (GstVoiceSession * session);
GST_VOICE_API guint gst_voice_session_interrupt (GstVoiceSession * session);
GST_VOICE_API guint gst_voice_session_next_speech (GstVoiceSession * session);

GST_VOICE_API void gst_voice_session_set_variable (GstVoiceSession * session,
    GstElement * element, const gchar * name, const gchar * value);
GST_VOICE_API gchar *gst_voice_session_get_variable (GstVoiceSession *
    session, const gchar * name);
GST_VOICE_API guint gst_voice_session_terms (GstVoiceSession * session);
GST_VOICE_API GDateTime *gst_voice_session_now (GstVoiceSession * session,
    GstElement * element);

GST_VOICE_API void gst_voice_session_set_persona (GstVoiceSession * session,
    GstVoicePersona * persona);
GST_VOICE_API GstVoicePersona *gst_voice_session_get_persona (GstVoiceSession *
    session);
GST_VOICE_API gchar *gst_voice_session_expand (GstVoiceSession * session,
    GstElement * element, const gchar * text);
GST_VOICE_API gchar *gst_voice_session_get_setting (GstVoiceSession * session,
    GstElement * element, const gchar * path, gboolean * known);

GST_VOICE_API gboolean gst_voice_session_report (GstVoiceSession * session,
    GstElement * element, GstStructure * structure);
GST_VOICE_API gboolean gst_voice_session_report_at (GstVoiceSession * session,
    GstElement * element, GstStructure * structure, GstClockTime at,
    gboolean durable);
GST_VOICE_API void gst_voice_session_pass (GstVoiceSession * session,
    guint turn, GstVoiceMilestone milestone, GstClockTime at);
GST_VOICE_API gboolean gst_voice_session_get_times (GstVoiceSession *
    session, guint turn, GstVoiceTurnTimes * times);
GST_VOICE_API void gst_voice_session_get_usage (GstVoiceSession * session,
    GstVoiceUsage * usage);
GST_VOICE_API void gst_voice_session_hold (GstVoiceSession * session);
GST_VOICE_API void gst_voice_session_release (GstVoiceSession * session);
GST_VOICE_API void gst_voice_session_end (GstVoiceSession * session,
    GstElement * element, const gchar * reason);
GST_VOICE_API gboolean gst_voice_session_wait (GstVoiceSession * session,
    GstClockTime timeout);

G_END_DECLS
