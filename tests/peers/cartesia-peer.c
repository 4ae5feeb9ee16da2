/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for Cartesia's /tts/websocket: contexts, continuations, timestamps
 * of words, flushes, cancelling. What is behind the last space of a context
 * waits for what follows.
 *
 * Threads: the peer's.
 */
#include "provider-json.h"
#include "provider-mind.h"
#include "provider-protocol.h"
#include "provider-voice.h"

#include <string.h>

#define IDLE_MS (5 * 60 * 1000)

typedef struct
{
  gchar *id;
  guint mark;                   /* of its pieces in the queue */
  gchar *settings;              /* what must not change */
  GString *text;                /* not yet spoken */
  ProviderVoiceFormat format;
  guint rate;
  gboolean timestamps;
  guint flush_id;
  guint ms;                     /* of its sound */
  gboolean over;
} Context;

typedef struct
{
  GHashTable *contexts;
} Cartesia;

static void
context_free (gpointer data)
{
  Context *context = data;

  g_free (context->id);
  g_free (context->settings);
  g_string_free (context->text, TRUE);
  g_free (context);
}

static gboolean
serves (const ProviderRequest * request)
{
  return request->socket && g_str_has_suffix (request->path, "/tts/websocket");
}

static const gchar *
key (ProviderExchange * x)
{
  const gchar *found = provider_key_behind (x, "authorization", "Bearer ");

  if (!found)
    found = provider_header (x, "x-api-key");
  if (!found)
    found = provider_query (x, "api_key");
  return found ? found : provider_query (x, "access_token");
}

static void
refuse (ProviderExchange * x, guint status)
{
  const gchar *code = status == 401 ? "unauthorized" : status == 403 ?
      "forbidden" : status == 429 ? "concurrency_limited" : status == 400 ?
      "invalid_request" : "internal_error";
  gchar *id = g_strdup_printf ("r-%u", provider_number (x));

  provider_refuse (x, status, "{'error_code':'%s','title':'Refused',"
      "'message':'refused with %u','request_id':'%s'}", code, status, id);
  g_free (id);
}

static void
check (ProviderExchange * x)
{
  if (!provider_header (x, "cartesia-version")
      && !provider_query (x, "cartesia_version"))
    refuse (x, 400);
}

static void
idle (ProviderExchange * x)
{
  provider_close (x, 1000, "connection idle timeout");
}

static void
begin (ProviderExchange * x)
{
  Cartesia *cartesia = provider_state (x);

  cartesia->contexts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      context_free);
  provider_alarm (x, provider_idle_ms (x, IDLE_MS), idle);
}

static void
complain (ProviderExchange * x, const gchar * id, const gchar * code,
    const gchar * message)
{
  provider_mark (x, 0);
  provider_say (x, "{'type':'error','context_id':%s,'status_code':400,"
      "'done':true,'error_code':'%s','title':'Invalid request',"
      "'message':%s,'request_id':'r-%u'}", provider_quote (x, id), code,
      provider_quote (x, message), provider_number (x));
}

/* Returns: (transfer full): the members that each message of a context has to
 * repeat */
static gchar *
settings_of (JsonObject * message)
{
  static const gchar *const names[] = { "model_id", "voice", "language",
    "output_format", "add_timestamps"
  };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    JsonNode *node = json_object_get_member (message, names[i]);
    gchar *value = node ? json_to_string (node, FALSE) : g_strdup ("-");

    g_string_append_printf (text, "%s=%s;", names[i], value);
    g_free (value);
  }
  return g_string_free (text, FALSE);
}

/* Returns: (nullable): what is wrong with the first message of a context */
static const gchar *
fault_of (JsonObject * message)
{
  JsonObject *format = provider_object (message, "output_format");

  if (!provider_text (message, "model_id", NULL))
    return "model_id is missing";
  if (!json_object_has_member (message, "voice"))
    return "voice is missing";
  if (strcmp (provider_text (format, "container", ""), "raw"))
    return "output_format.container has to be raw";
  if (!provider_text (format, "encoding", NULL)
      || provider_voice_format (provider_text (format, "encoding", "")) ==
      VOICE_UNKNOWN)
    return "output_format.encoding is not known";
  if (provider_integer (format, "sample_rate", 0) < 8000
      || provider_integer (format, "sample_rate", 0) > 48000)
    return "output_format.sample_rate is not known";
  return NULL;
}

static Context *
open_context (ProviderExchange * x, const gchar * id, JsonObject * message)
{
  Cartesia *cartesia = provider_state (x);
  JsonObject *format = provider_object (message, "output_format");
  const gchar *fault = fault_of (message);
  Context *context;

  if (fault) {
    complain (x, id, "invalid_request", fault);
    return NULL;
  }
  context = g_new0 (Context, 1);
  context->id = g_strdup (id);
  context->mark = g_hash_table_size (cartesia->contexts) + 1;
  context->settings = settings_of (message);
  context->text = g_string_new (NULL);
  context->format = provider_voice_format (provider_text (format, "encoding",
          ""));
  context->rate = provider_integer (format, "sample_rate", 0);
  context->timestamps = provider_boolean (message, "add_timestamps", FALSE);
  context->flush_id = 1;
  g_hash_table_insert (cartesia->contexts, context->id, context);
  return context;
}

static void
speak_word (ProviderExchange * x, Context * context, const gchar * word)
{
  const gchar *id = provider_quote (x, context->id);
  GBytes *tone = provider_voice_word (word, context->format, context->rate);

  provider_say (x, "{'type':'chunk','context_id':%s,'status_code':206,"
      "'done':false,'step_time':1.5,'flush_id':%u,'data':'%s','new':[]}", id,
      context->flush_id, provider_base64 (x, g_bytes_get_data (tone, NULL),
          g_bytes_get_size (tone)));
  if (context->timestamps)
    provider_say (x, "{'type':'timestamps','context_id':%s,"
        "'status_code':206,'done':false,'flush_id':%u,'word_timestamps':{"
        "'words':[%s],'start':[%s],'end':[%s]}}", id, context->flush_id,
        provider_quote (x, word), provider_seconds (x, context->ms),
        provider_seconds (x, context->ms + PROVIDER_WORD_MS));
  context->ms += PROVIDER_WORD_MS;
  g_bytes_unref (tone);
}

static void
speak (ProviderExchange * x, Context * context, gboolean all)
{
  gchar *end = strrchr (context->text->str, ' ');
  gsize size = all ? context->text->len : end ? end + 1 - context->text->str :
      0;
  gchar *text = g_strndup (context->text->str, size);
  GPtrArray *words = provider_words (text);

  for (guint i = 0; i < words->len; i++)
    speak_word (x, context, words->pdata[i]);
  g_string_erase (context->text, 0, size);
  g_ptr_array_unref (words);
  g_free (text);
}

/* As at the service, something that was under way still comes. */
static void
cancel (ProviderExchange * x, Context * context)
{
  gboolean speaks;

  if (!context)
    return;
  speaks = provider_waiting (x, context->mark) > 0;
  provider_drop (x, context->mark);
  context->over = TRUE;
  provider_mark (x, 0);
  if (speaks)
    speak_word (x, context, "late");
}

static void
go_on (ProviderExchange * x, Context * context, JsonObject * message)
{
  gboolean more = provider_boolean (message, "continue", FALSE);
  gboolean flush = provider_boolean (message, "flush", FALSE);
  const gchar *id = provider_quote (x, context->id);

  provider_mark (x, context->mark);
  g_string_append (context->text, provider_text (message, "transcript", ""));
  speak (x, context, !more || flush);
  if (flush)
    provider_say (x, "{'type':'flush_done','context_id':%s,"
        "'status_code':206,'done':false,'flush_done':true,'flush_id':%u}", id,
        context->flush_id++);
  if (!more) {
    provider_say (x, "{'type':'done','context_id':%s,'status_code':200,"
        "'done':true}", id);
    context->over = TRUE;
  }
}

static void
text (ProviderExchange * x, JsonObject * message)
{
  Cartesia *cartesia = provider_state (x);
  const gchar *id = provider_text (message, "context_id", NULL);
  Context *context = id ? g_hash_table_lookup (cartesia->contexts, id) : NULL;
  gchar *settings;

  provider_alarm (x, provider_idle_ms (x, IDLE_MS), idle);
  if (!id) {
    complain (x, "", "invalid_request", "context_id is missing");
    return;
  }
  if (provider_boolean (message, "cancel", FALSE)) {
    cancel (x, context);
    return;
  }
  if (!context)
    context = open_context (x, id, message);
  if (!context)
    return;
  settings = settings_of (message);
  if (context->over)
    complain (x, id, "context_closed", "the context is closed");
  else if (strcmp (settings, context->settings))
    complain (x, id, "invalid_request",
        "only the transcript of a context may change");
  else
    go_on (x, context, message);
  g_free (settings);
}

static void
over (ProviderExchange * x)
{
  Cartesia *cartesia = provider_state (x);

  g_clear_pointer (&cartesia->contexts, g_hash_table_unref);
}

const ProviderProtocol cartesia_protocol = {
  .name = "cartesia",
  .size = sizeof (Cartesia),
  .serves = serves,
  .key = key,
  .check = check,
  .begin = begin,
  .text = text,
  .over = over,
  .refuse = refuse,
};
