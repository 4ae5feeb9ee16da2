/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/error.h>
#include <gst-voice/stage.h>

G_BEGIN_DECLS

/**
 * GstVoiceLlmRequest:
 * @id: names the request in what answers it
 * @turn: the caller's turn that is answered, or 0
 * @step: how often the model is asked in this turn, from 1
 * @system: (nullable): the system prompt
 * @messages: the conversation, see gst_voice_chat_render_with()
 * @tools: (nullable): `[{name, description, parameters}]`
 * @temperature: negative if it is left to the provider
 * @unheard: the caller has interrupted and was not understood: the model is to
 *   go on from what was heard; the last message says so too
 */
typedef struct
{
  guint id;
  guint turn;
  guint step;
  const gchar *system;
  JsonArray *messages;
  JsonArray *tools;
  gdouble temperature;
  gboolean unheard;
} GstVoiceLlmRequest;

/**
 * GstVoiceLlmUsage:
 * @model: (nullable): which model has answered
 * @tokens_in: read
 * @tokens_cached: of them, read from a cache
 * @tokens_out: written
 * @cost: of the request
 */
typedef struct
{
  const gchar *model;
  guint tokens_in;
  guint tokens_cached;
  guint tokens_out;
  gdouble cost;
} GstVoiceLlmUsage;

/**
 * GstVoiceLlm:
 *
 * The base of language models: turns in, tokens and tool calls out. It keeps
 * the conversation, asks again when tools have answered, speaks what others
 * want said, and forgets what an interruption has made obsolete. A provider
 * only asks and passes on what comes.
 */
#define GST_TYPE_VOICE_LLM (gst_voice_llm_get_type ())
GST_VOICE_API
G_DECLARE_DERIVABLE_TYPE (GstVoiceLlm, gst_voice_llm, GST, VOICE_LLM,
    GstVoiceStage)

/**
 * GstVoiceLlmClass:
 * @request: in the task: asks the model. The answer is given in the task with
 *   gst_voice_llm_token(), gst_voice_llm_call() and, once, either
 *   gst_voice_llm_done() or gst_voice_llm_fail(), now or later
 * @cancel: in the task: the answer to request @id is not wanted any more
 */
struct _GstVoiceLlmClass
{
  GstVoiceStageClass parent_class;

  void (*request) (GstVoiceLlm * llm, const GstVoiceLlmRequest * request);
  void (*cancel) (GstVoiceLlm * llm, guint id);
};

GST_VOICE_API void gst_voice_llm_set_uninterruptible (GstVoiceLlm * llm,
    guint id);
GST_VOICE_API void gst_voice_llm_expect (GstVoiceLlm * llm, guint id,
    const gchar * kind, guint length);
GST_VOICE_API void gst_voice_llm_token (GstVoiceLlm * llm, guint id,
    const gchar * text);
GST_VOICE_API guint gst_voice_llm_speech (GstVoiceLlm * llm, guint id);
GST_VOICE_API void gst_voice_llm_call (GstVoiceLlm * llm, guint id,
    const gchar * call_id, const gchar * name, const gchar * arguments);
GST_VOICE_API void gst_voice_llm_done (GstVoiceLlm * llm, guint id,
    const gchar * model, guint tokens_in, guint tokens_cached,
    guint tokens_out, gdouble cost);
GST_VOICE_API void gst_voice_llm_spent (GstVoiceLlm * llm, guint turn,
    const GstVoiceLlmUsage * usage, gboolean estimated);
GST_VOICE_API void gst_voice_llm_fail (GstVoiceLlm * llm, guint id,
    GError * error);

G_END_DECLS
