/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/llm.h>
#include <gst-voice/provider.h>

#include "llm-wire.h"

G_BEGIN_DECLS

/* The base of language models that are asked over HTTP. A subclass has the
 * protocol, and the property `stop`. */
#define GST_TYPE_VOICE_ASK_LLM (gst_voice_ask_llm_get_type ())
#define GST_VOICE_ASK_LLM(obj) (G_TYPE_CHECK_INSTANCE_CAST ((obj), \
    GST_TYPE_VOICE_ASK_LLM, GstVoiceAskLlm))
#define GST_VOICE_ASK_LLM_CLASS(klass) (G_TYPE_CHECK_CLASS_CAST ((klass), \
    GST_TYPE_VOICE_ASK_LLM, GstVoiceAskLlmClass))
#define GST_VOICE_ASK_LLM_GET_CLASS(obj) (G_TYPE_INSTANCE_GET_CLASS ((obj), \
    GST_TYPE_VOICE_ASK_LLM, GstVoiceAskLlmClass))
typedef struct _GstVoiceAskLlm GstVoiceAskLlm;
typedef struct _GstVoiceAskLlmClass GstVoiceAskLlmClass;
GType gst_voice_ask_llm_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVoiceAskLlm, gst_object_unref)

/**
 * GstVoiceAskLlmClass:
 * @info: of the service
 * @most_stops: how many texts `stop` may be
 * @start: (nullable): the provider has started and the call begins: whether
 *   the settings go together
 * @path: (transfer full): behind the address, with a query or without
 * @body: (transfer full): the question, as JSON
 * @answer_new: what is to come
 * @answer_free: frees that
 * @read: one event, or the whole answer of a service that does not stream;
 *   appends what is to be said
 * @end: there is no more; %FALSE if it was cut short
 * @refusal: (transfer full): says it better, if the body tells more
 * @complete: (nullable): all of the answer is there and about to be told
 *
 * How a service is asked, and understood.
 */
struct _GstVoiceAskLlmClass
{
  GstVoiceLlmClass parent_class;

  const GstVoiceProviderInfo *info;
  guint most_stops;

  gboolean (*start) (GstVoiceAskLlm * self, GError ** error);
  gchar *(*path) (GstVoiceAskLlm * self);
  gchar *(*body) (GstVoiceAskLlm * self, const GstVoiceLlmRequest * request);
  LlmAnswer *(*answer_new) (void);
  void (*answer_free) (LlmAnswer * answer);
  gboolean (*read) (LlmAnswer * answer, const gchar * json, gsize size,
      GString * text, GError ** error);
  gboolean (*end) (LlmAnswer * answer, GString * text, GError ** error);
  GError *(*refusal) (const GError * refusal, const gchar * body,
      gint64 * retry_after);
  void (*complete) (GstVoiceAskLlm * self, guint request, LlmAnswer * answer);
};

typedef struct _LlmQuestion LlmQuestion;

struct _GstVoiceAskLlm
{
  GstVoiceLlm parent;

  /* set once when it is made */
  GstVoiceProvider *provider;

  /* state changes, read by the task */
  JsonNode *stop;               /* (nullable): an array of texts */

  /* task only */
  LlmQuestion *now;             /* what is being answered, or NULL */
  LlmQuestion *spent;           /* answered; the body has not quite ended */
  gdouble bytes_per_token;      /* of a request */
};

G_END_DECLS
