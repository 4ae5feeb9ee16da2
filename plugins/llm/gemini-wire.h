/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "llm-wire.h"

G_BEGIN_DECLS

#define GEMINI_NO_BUDGET G_MININT

/* A question to a model, in the conversation's terms (chat.h). */
typedef struct
{
  const gchar *model;
  const gchar *system;          /* nullable */
  JsonArray *messages;
  JsonArray *tools;             /* nullable: {name, description, parameters} */
  GHashTable *signatures;       /* nullable: of calls, by their ids */
  gdouble temperature;          /* negative: not said */
  gint64 seed;                  /* negative: not said */
  guint max_tokens;             /* 0: not said */
  JsonNode *stop;               /* nullable: an array of texts */
  gint thinking_budget;         /* GEMINI_NO_BUDGET: not said */
  const gchar *thinking_level;  /* nullable */
  JsonNode *response_schema;    /* nullable: a JSON Schema */
  JsonObject *extra;            /* nullable: merged into all that */
} GeminiQuestion;

gchar *gemini_path (const gchar * model);
gchar *gemini_question_to_json (const GeminiQuestion * question);

/* What comes back. */
LlmAnswer *gemini_answer_new (void);
void gemini_answer_free (LlmAnswer * answer);

/* One event, or an array of all. Appends to @text what is to be said. */
gboolean gemini_answer_read (LlmAnswer * answer, const gchar * json,
    gsize size, GString * text, GError ** error);
/* There is no more; FALSE if it was cut short, is nothing, or was stopped. */
gboolean gemini_answer_end (LlmAnswer * answer, GString * text,
    GError ** error);

GError *gemini_refusal (const GError * refusal, const gchar * body,
    gint64 * retry_after);

G_END_DECLS
