/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for ElevenLabs: text-to-speech over the sockets stream-input, which
 * is one context without a name, and multi-stream-input. A wrong key is told
 * over the open socket.
 *
 * Threads: the peer's.
 */
#include "provider-json.h"
#include "provider-mind.h"
#include "provider-protocol.h"
#include "provider-voice.h"

#include <string.h>

#define IDLE_MS 20000
#define MAX_CONTEXTS 5

typedef struct
{
  gchar *id;                    /* "" over stream-input */
  guint mark;
  GString *text;                /* not yet spoken */
  guint n_spoken;               /* of the schedule */
  guint schedule[4];            /* so many characters are waited for */
} Context;

typedef struct
{
  GHashTable *contexts;
  guint n_contexts;             /* ever */
  gboolean multi;
  gboolean closing;
  ProviderVoiceFormat format;
  guint rate;
} Eleven;

static void
context_free (gpointer data)
{
  Context *context = data;

  g_free (context->id);
  g_string_free (context->text, TRUE);
  g_free (context);
}

static gboolean
serves (const ProviderRequest * request)
{
  return request->socket && strstr (request->path, "/text-to-speech/")
      && g_str_has_suffix (request->path, "stream-input");
}

static const gchar *
key (ProviderExchange * x)
{
  return provider_header (x, "xi-api-key");
}

static void
fail (ProviderExchange * x, const gchar * error, const gchar * message)
{
  Eleven *eleven = provider_state (x);

  provider_mark (x, 0);
  provider_say (x, "{'message':%s,'error':'%s','code':1008}",
      provider_quote (x, message), error);
  provider_close (x, 1008, message);
  provider_alarm (x, 0, NULL);
  eleven->closing = TRUE;
}

static void
refuse (ProviderExchange * x, guint status)
{
  const gchar *error = status == 401 ? "invalid_api_key" : status == 403 ?
      "only_for_creator+" : status == 429 ? "too_many_concurrent_requests" :
      "internal_server_error";

  if (provider_is_open (x))
    fail (x, error, "refused");
  else
    provider_refuse (x, status, "{'detail':{'status':'%s',"
        "'message':'refused with %u'}}", error, status);
}

static gboolean
set_format (Eleven * eleven, const gchar * name)
{
  const gchar *rate = name ? strchr (name, '_') : NULL;

  if (!rate)
    return FALSE;
  eleven->rate = g_ascii_strtoull (rate + 1, NULL, 10);
  eleven->format = g_str_has_prefix (name, "pcm_") ? VOICE_S16 :
      provider_voice_format (name);
  return eleven->format != VOICE_UNKNOWN && eleven->rate >= 8000
      && eleven->rate <= 48000;
}

static void
idle (ProviderExchange * x)
{
  fail (x, "input_timeout_exceeded", "no text for too long");
}

static void
watch (ProviderExchange * x)
{
  provider_alarm (x, provider_idle_ms (x, provider_query_number (x,
              "inactivity_timeout", IDLE_MS / 1000) * 1000), idle);
}

static void
begin (ProviderExchange * x)
{
  Eleven *eleven = provider_state (x);

  eleven->multi = g_str_has_suffix (provider_request (x)->path,
      "/multi-stream-input");
  eleven->contexts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      context_free);
  if (!set_format (eleven, provider_query (x, "output_format")))
    fail (x, "invalid_output_format",
        "the stand-in speaks pcm_, ulaw_ and alaw_ only");
  else
    watch (x);
}

static Context *
context_new (ProviderExchange * x, const gchar * id, JsonObject * message)
{
  static const guint usual[] = { 120, 160, 250, 290 };
  Eleven *eleven = provider_state (x);
  JsonArray *schedule = provider_array (provider_object (message,
          "generation_config"), "chunk_length_schedule");
  guint given = provider_length (schedule);
  Context *context = g_new0 (Context, 1);

  context->id = g_strdup (id);
  context->mark = ++eleven->n_contexts;
  context->text = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    context->schedule[i] = given ? json_array_get_int_element (schedule,
        MIN (i, given - 1)) : usual[i];
  g_hash_table_insert (eleven->contexts, context->id, context);
  return context;
}

/* The characters of a word share its time evenly; the space behind it has
 * none. */
static const gchar *
alignment_of (ProviderExchange * x, const gchar * word)
{
  GString *chars = g_string_new (NULL), *starts = g_string_new (NULL);
  GString *durations = g_string_new (NULL);
  guint n = g_utf8_strlen (word, -1), i = 0;
  const gchar *all;

  for (const gchar * at = word; *at; at = g_utf8_next_char (at), i++) {
    gchar *one = g_strndup (at, g_utf8_next_char (at) - at);
    guint start = PROVIDER_WORD_MS * i / n;

    g_string_append_printf (chars, "%s,", provider_quote (x, one));
    g_string_append_printf (starts, "%u,", start);
    g_string_append_printf (durations, "%u,",
        PROVIDER_WORD_MS * (i + 1) / n - start);
    g_free (one);
  }
  all = provider_keep (x, g_strdup_printf ("{\"chars\":[%s\" \"],"
          "\"charStartTimesMs\":[%s%u],\"charDurationsMs\":[%s0]}",
          chars->str, starts->str, PROVIDER_WORD_MS, durations->str));
  g_string_free (starts, TRUE);
  g_string_free (durations, TRUE);
  g_string_free (chars, TRUE);
  return all;
}

static void
speak_word (ProviderExchange * x, Context * context, const gchar * word)
{
  Eleven *eleven = provider_state (x);
  const gchar *alignment = alignment_of (x, word);
  GBytes *tone = provider_voice_word (word, eleven->format, eleven->rate);

  provider_say (x, "{'audio':'%s','isFinal':%s%s%s,'alignment':%s,"
      "'normalizedAlignment':%s}", provider_base64 (x, g_bytes_get_data (tone,
              NULL), g_bytes_get_size (tone)),
      eleven->multi ? "false" : "null",
      eleven->multi ? ",\"contextId\":" : "",
      eleven->multi ? provider_quote (x, context->id) : "", alignment,
      alignment);
  g_bytes_unref (tone);
}

static void
speak (ProviderExchange * x, Context * context)
{
  GPtrArray *words = provider_words (context->text->str);

  provider_mark (x, context->mark);
  for (guint i = 0; i < words->len; i++)
    speak_word (x, context, words->pdata[i]);
  if (words->len)
    context->n_spoken++;
  g_string_truncate (context->text, 0);
  g_ptr_array_unref (words);
}

/* Also forgets the context. */
static void
say_final (ProviderExchange * x, Context * context)
{
  Eleven *eleven = provider_state (x);

  provider_mark (x, context->mark);
  if (eleven->multi)
    provider_say (x, "{'isFinal':true,'contextId':%s}",
        provider_quote (x, context->id));
  else
    provider_say (x, "{'audio':null,'isFinal':true}");
  g_hash_table_remove (eleven->contexts, context->id);
}

static gboolean
is_due (ProviderExchange * x, Context * context, JsonObject * message)
{
  guint step = MIN (context->n_spoken, 3);

  return provider_boolean (message, "flush", FALSE)
      || provider_boolean (message, "try_trigger_generation", FALSE)
      || !g_strcmp0 (provider_query (x, "auto_mode"), "true")
      || (guint) g_utf8_strlen (context->text->str, -1) >=
      context->schedule[step];
}

static void
take_text (ProviderExchange * x, Context * context, JsonObject * message)
{
  Eleven *eleven = provider_state (x);
  const gchar *text = provider_text (message, "text", NULL);

  if (text && !*text && !eleven->multi) {
    speak (x, context);
    say_final (x, context);
    provider_close (x, 1000, NULL);
    provider_alarm (x, 0, NULL);
    eleven->closing = TRUE;
    return;
  }
  g_string_append (context->text, text ? text : "");
  if (is_due (x, context, message))
    speak (x, context);
}

static void
first_text (ProviderExchange * x, const gchar * id, JsonObject * message)
{
  Eleven *eleven = provider_state (x);
  const gchar *text = provider_text (message, "text", "");

  if (eleven->multi ? !g_str_has_suffix (text, " ") : strcmp (text, " ") != 0)
    fail (x, "invalid_initialisation", eleven->multi ?
        "the first text of a context has to end with a space" :
        "the first text has to be a single space");
  else if (g_hash_table_size (eleven->contexts) == MAX_CONTEXTS)
    fail (x, "max_active_conversations", "too many contexts");
  else
    take_text (x, context_new (x, id, message), message);
}

static void
close_all (ProviderExchange * x)
{
  Eleven *eleven = provider_state (x);
  GList *contexts = g_hash_table_get_values (eleven->contexts);

  for (GList * l = contexts; l; l = l->next) {
    speak (x, l->data);
    say_final (x, l->data);
  }
  g_list_free (contexts);
  provider_close (x, 1000, NULL);
  provider_alarm (x, 0, NULL);
  eleven->closing = TRUE;
}

static void
text (ProviderExchange * x, JsonObject * message)
{
  Eleven *eleven = provider_state (x);
  const gchar *id = eleven->multi ? provider_text (message, "context_id",
      "default") : "";
  Context *context;

  if (eleven->closing)
    return;
  watch (x);
  context = g_hash_table_lookup (eleven->contexts, id);
  if (eleven->multi && provider_boolean (message, "close_socket", FALSE)) {
    close_all (x);
  } else if (eleven->multi
      && provider_boolean (message, "close_context", FALSE)) {
    if (context)
      say_final (x, context);
  } else if (!context) {
    first_text (x, id, message);
  } else if (json_object_has_member (message, "voice_settings")) {
    fail (x, "invalid_message", "voice_settings cannot change");
  } else {
    take_text (x, context, message);
  }
}

static void
over (ProviderExchange * x)
{
  Eleven *eleven = provider_state (x);

  g_clear_pointer (&eleven->contexts, g_hash_table_unref);
}

const ProviderProtocol elevenlabs_protocol = {
  .name = "elevenlabs",
  .size = sizeof (Eleven),
  .refuses_open = TRUE,
  .request_id = "request-id",
  .serves = serves,
  .key = key,
  .begin = begin,
  .text = text,
  .over = over,
  .refuse = refuse,
};
