/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "llm-wire.h"

G_BEGIN_DECLS

/* A question to a model, in the conversation's terms (chat.h). */
typedef struct
{
  const gchar *model;
  const gchar *system;          /* nullable */
  JsonArray *messages;
  JsonArray *tools;             /* nullable: {name, description, parameters} */
  gboolean one_call;            /* at a time */
  gdouble temperature;          /* negative: not said */
  gint64 seed;                  /* negative: not said */
  guint max_tokens;             /* 0: not said */
  gboolean old_max_tokens;      /* `max_tokens`, which is all that many know */
  JsonNode *stop;               /* nullable: an array of texts */
  JsonNode *response_format;    /* nullable */
  const gchar *reasoning_effort;        /* nullable */
  JsonObject *extra;            /* nullable: goes over all that; null removes */
} OpenaiQuestion;

gchar *openai_question_to_json (const OpenaiQuestion * question);

/* What comes back. */
LlmAnswer *openai_answer_new (void);
void openai_answer_free (LlmAnswer * answer);

/* One event, or the whole answer of a service that does not stream. Appends to
 * @text what is to be said. */
gboolean openai_answer_read (LlmAnswer * answer, const gchar * json,
    gsize size, GString * text, GError ** error);
/* There is no more; FALSE if it was cut short. */
gboolean openai_answer_end (LlmAnswer * answer, GString * text,
    GError ** error);

/* @refusal: what HTTP says; @body: (nullable): what the service says. Says it
 * better, if there is more to say. */
GError *openai_refusal (const GError * refusal, const gchar * body,
    gint64 * retry_after);

G_END_DECLS
