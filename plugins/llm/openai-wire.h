/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include <gst-voice/error.h>

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

/* What comes back, event by event. */
typedef struct _OpenaiAnswer OpenaiAnswer;

typedef struct
{
  gchar *id;                    /* nullable */
  gchar *name;
  GString *arguments;           /* JSON, hopefully */
} OpenaiCall;

typedef struct
{
  guint read, cached, written;
} OpenaiUsage;

OpenaiAnswer *openai_answer_new (void);
void openai_answer_free (OpenaiAnswer * answer);

/* One event, or the whole answer of a service that does not stream. Appends to
 * @text what is to be said. */
gboolean openai_answer_read (OpenaiAnswer * answer, const gchar * json,
    gsize size, GString * text, GError ** error);
/* There is no more; FALSE if it was cut short. */
gboolean openai_answer_end (OpenaiAnswer * answer, GString * text,
    GError ** error);

/* The model has said why it stopped; usage may still come. */
gboolean openai_answer_is_finished (const OpenaiAnswer * answer);
/* Nothing more is to be expected but the end of the body. */
gboolean openai_answer_is_over (const OpenaiAnswer * answer);
const GPtrArray *openai_answer_calls (const OpenaiAnswer * answer);
const OpenaiUsage *openai_answer_usage (const OpenaiAnswer * answer);
const gchar *openai_answer_model (const OpenaiAnswer * answer);
const gchar *openai_call_arguments (const OpenaiCall * call);

/* @refusal: what HTTP says; @body: (nullable): what the service says. Says it
 * better, if there is more to say. */
GError *openai_refusal (const GError * refusal, const gchar * body);

G_END_DECLS
