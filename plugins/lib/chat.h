/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceChat:
 *
 * What the language model is shown: who said what, as it was heard. Text that
 * the model wrote and the caller never heard is not in it once that is known;
 * every tool call in it has exactly one result.
 */
typedef struct _GstVoiceChat GstVoiceChat;

/**
 * GstVoiceCallState:
 * @GST_VOICE_CALL_RUNNING: no result yet; the model is shown `running`
 * @GST_VOICE_CALL_DONE: has its result
 * @GST_VOICE_CALL_CANCELLED: was taken back and leaves no trace
 */
typedef enum
{
  GST_VOICE_CALL_RUNNING,
  GST_VOICE_CALL_DONE,
  GST_VOICE_CALL_CANCELLED,
} GstVoiceCallState;

GST_VOICE_API GstVoiceChat *gst_voice_chat_new (void);
GST_VOICE_API void gst_voice_chat_free (GstVoiceChat * chat);

GST_VOICE_API void gst_voice_chat_user (GstVoiceChat * chat, guint turn,
    const gchar * text, guint merges);
GST_VOICE_API gboolean gst_voice_chat_correct (GstVoiceChat * chat,
    guint turn, const gchar * text);
GST_VOICE_API void gst_voice_chat_note (GstVoiceChat * chat,
    const gchar * text);
GST_VOICE_API void gst_voice_chat_said (GstVoiceChat * chat, guint speech,
    const gchar * text);
GST_VOICE_API void gst_voice_chat_reply (GstVoiceChat * chat, guint speech,
    guint turn, guint generation);
GST_VOICE_API void gst_voice_chat_keep (GstVoiceChat * chat, guint speech);
GST_VOICE_API void gst_voice_chat_append (GstVoiceChat * chat, guint speech,
    const gchar * text);
GST_VOICE_API gchar *gst_voice_chat_call_id (GstVoiceChat * chat,
    const gchar * wanted);
GST_VOICE_API void gst_voice_chat_call (GstVoiceChat * chat, guint speech,
    const gchar * id, const gchar * name, const gchar * arguments);
GST_VOICE_API gboolean gst_voice_chat_result (GstVoiceChat * chat,
    const gchar * id, GstVoiceCallState state, const gchar * json);
GST_VOICE_API void gst_voice_chat_playing (GstVoiceChat * chat, guint speech);
GST_VOICE_API void gst_voice_chat_heard (GstVoiceChat * chat, guint speech,
    const gchar * text, gboolean complete);
GST_VOICE_API void gst_voice_chat_cut (GstVoiceChat * chat,
    guint generation, gboolean force);
GST_VOICE_API void gst_voice_chat_forget (GstVoiceChat * chat, guint turn);

GST_VOICE_API JsonArray *gst_voice_chat_render (GstVoiceChat * chat);
GST_VOICE_API JsonArray *gst_voice_chat_render_with (GstVoiceChat * chat,
    guint turn, const gchar * text, guint merges);

G_END_DECLS
