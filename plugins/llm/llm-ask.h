/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/llm.h>
#include <gst-voice/provider.h>

#include "llm-wire.h"

G_BEGIN_DECLS

/**
 * LlmAskKind:
 * @link: (transfer full): to the service, with its path and the key
 * @answer_new: what is to come
 * @answer_free: frees that
 * @read: one event, or the whole answer of a service that does not stream;
 *   appends what is to be said
 * @end: there is no more; %FALSE if it was cut short
 * @refusal: (transfer full): says it better, if the body tells more
 * @complete: (nullable): all of the answer is there and about to be told
 *
 * How a service is asked over HTTP, and understood.
 */
typedef struct
{
  GstVoiceLink *(*link) (GstVoiceLlm * llm);
  LlmAnswer *(*answer_new) (void);
  void (*answer_free) (LlmAnswer * answer);
  gboolean (*read) (LlmAnswer * answer, const gchar * json, gsize size,
      GString * text, GError ** error);
  gboolean (*end) (LlmAnswer * answer, GString * text, GError ** error);
  GError *(*refusal) (const GError * refusal, const gchar * body,
      gint64 * retry_after);
  void (*complete) (GstVoiceLlm * llm, guint request, LlmAnswer * answer);
} LlmAskKind;

typedef struct _LlmAsk LlmAsk;

LlmAsk *llm_ask_new (GstVoiceLlm * llm, GstVoiceProvider * provider,
    const LlmAskKind * kind);
void llm_ask_free (LlmAsk * ask);

/* In the task */
void llm_ask_send (LlmAsk * ask, const GstVoiceLlmRequest * request,
    gchar * body);
void llm_ask_cancel (LlmAsk * ask, guint request);
void llm_ask_stop (LlmAsk * ask);

/* In any thread */
void llm_ask_oob (LlmAsk * ask, GstEvent * event);

/* In start() */
gboolean llm_ask_parse_stop (LlmAsk * ask, const gchar * text, guint most,
    JsonNode ** node, GError ** error);

G_END_DECLS
