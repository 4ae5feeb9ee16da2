/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include <gst-voice/error.h>

G_BEGIN_DECLS

#define LLM_WIRE_MAX_CALLS 64
#define LLM_WIRE_MAX_TEXT (1024 * 1024)
#define LLM_WIRE_MAX_ARGUMENTS (256 * 1024)
#define LLM_WIRE_MAX_NAME 256
#define LLM_WIRE_MAX_DEPTH 64

/* What is to be done about it; the same words whatever the service. */
#define LLM_WIRE_TOO_LONG "the conversation is longer than the model can " \
    "read: shorten the system prompt, or take a model that reads more"
#define LLM_WIRE_NO_MONEY "the account has nothing left: look at its limits " \
    "and bills"
#define LLM_WIRE_BAD_KEY "the key is not accepted: check it"
#define LLM_WIRE_NO_MODEL "the model does not exist there, or not for this " \
    "key: check the property model"
#define LLM_WIRE_FILTERED "a filter of the service has stopped it: look at " \
    "the prompt"
#define LLM_WIRE_TOO_MANY "too many requests: ask less often, or for a " \
    "higher limit"
#define LLM_WIRE_BUSY "the service is not able to answer now: try again"

typedef struct
{
  gchar *id;                    /* nullable */
  gchar *name;
  GString *arguments;           /* JSON, hopefully; nothing is an object, too */
  gchar *signature;             /* nullable: to be sent back with the call */
} LlmCall;

typedef struct
{
  guint read, cached, written;
} LlmUsage;

/* What has come of an answer, whoever's it is; the beginning of what a wire
 * keeps of it. */
typedef struct
{
  gboolean finished;            /* the model has said why it stopped */
  gboolean over;                /* nothing but the end of the body comes */
  gboolean surfaced;            /* something was given out */
  gboolean filtered;            /* a filter has stopped it */
  gsize length;                 /* of all text */
  gchar *model;                 /* nullable: who has answered */
  LlmUsage usage;
  GPtrArray *calls;             /* of LlmCall */
} LlmAnswer;

/* What an error of a service means, and what to do about it. */
typedef struct
{
  const gchar *word;            /* what the service calls it */
  GstVoiceError code;
  const gchar *text;            /* nullable: what to do */
} LlmMeaning;

void llm_answer_init (LlmAnswer * answer);
void llm_answer_clear (LlmAnswer * answer);
LlmCall *llm_answer_add_call (LlmAnswer * answer);
const gchar *llm_call_arguments (const LlmCall * call);
void llm_answer_set_model (LlmAnswer * answer, const gchar * model);
/* FALSE if there is far too much. */
gboolean llm_answer_count (LlmAnswer * answer, gsize more, GError ** error);
/* FALSE if it was cut short, or a filter left nothing of it. */
gboolean llm_answer_is_whole (const LlmAnswer * answer, GError ** error);

/* Members of an object, which may be NULL; NULL if they are of another type. */
JsonNode *llm_wire_member (JsonObject * object, const gchar * name,
    JsonNodeType type);
JsonObject *llm_wire_object (JsonObject * object, const gchar * name);
JsonArray *llm_wire_array (JsonObject * object, const gchar * name);
const gchar *llm_wire_string (JsonObject * object, const gchar * name);
gboolean llm_wire_number (JsonObject * object, const gchar * name,
    gint64 * number);
JsonObject *llm_wire_element (JsonArray * array, guint i);
const gchar *llm_wire_text_at (JsonArray * array, guint i);
guint llm_wire_length (JsonArray * array);

JsonNode *llm_wire_parse (const gchar * json, gssize size);
/* The text of @root, which is taken. */
gchar *llm_wire_to_json (JsonObject * root);

gboolean llm_wire_fail (GError ** error, GstVoiceError code,
    const gchar * text);
/* NULL if there is none of that word. */
const LlmMeaning *llm_wire_find (const LlmMeaning * meanings, guint n,
    const gchar * word);
/* FALSE: an error within an answer that began well. */
gboolean llm_wire_fail_late (GError ** error, const LlmMeaning * meaning,
    JsonObject * object);
/* Who has answered what, as @refusal says it, and then what to do. */
GError *llm_wire_say_better (const GError * refusal,
    const LlmMeaning * meaning);

G_END_DECLS
