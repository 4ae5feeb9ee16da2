/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for OpenAI's realtime sockets in their GA shape: speech to speech,
 * and transcription alone (?intent=transcription). Server VAD and manual turns,
 * tools, interruption, truncation.
 *
 * Threads: the peer's.
 */
#include "openai-errors.h"
#include "openai-session.h"
#include "provider-ear.h"
#include "provider-json.h"
#include "provider-voice.h"

#include <string.h>

#define RESPONSE 1              /* the mark of its pieces */

typedef struct
{
  JsonNode *session;            /* what is in force */
  ProviderEar *ear;
  gboolean mulaw;               /* of the ear */
  guint silence_ms;             /* of the ear */
  GString *heard;               /* since the last commit */
  GHashTable *sounds;           /* of items: their length in ms */
  gchar *item;                  /* of the speech that goes on, or NULL */
  gchar *last_item;             /* may be NULL */
  gchar *said;                  /* what is to be answered */
  gboolean result;              /* a tool said it */
  gsize n_buffered;             /* bytes of sound since the last commit */
  guint n_events, n_items, n_responses;
  gchar *response;              /* the last one, or NULL */
} Realtime;

static gboolean
serves (const ProviderRequest * request)
{
  return request->socket && g_str_has_suffix (request->path, "/realtime");
}

static const gchar *
key (ProviderExchange * x)
{
  const gchar *found = openai_key (x);

  return found ? found : provider_header (x, "api-key");
}

static JsonObject *
session_of (ProviderExchange * x)
{
  Realtime *realtime = provider_state (x);

  return json_node_get_object (realtime->session);
}

static JsonObject *
input_of (ProviderExchange * x)
{
  return provider_object (provider_object (session_of (x), "audio"), "input");
}

/* Returns: (nullable): NULL if the turns are the client's */
static JsonObject *
detection_of (ProviderExchange * x)
{
  return provider_object (input_of (x), "turn_detection");
}

static gboolean
is_speech_to_speech (ProviderExchange * x)
{
  return !strcmp (provider_text (session_of (x), "type", ""), "realtime");
}

static gboolean
is_mulaw (JsonObject * side)
{
  return !strcmp (provider_text (provider_object (side, "format"), "type", ""),
      "audio/pcmu");
}

/* The beginning of an event's object. */
static const gchar *
event (ProviderExchange * x, const gchar * type)
{
  Realtime *realtime = provider_state (x);

  return provider_keep (x, g_strdup_printf ("\"type\":\"%s\","
          "\"event_id\":\"event_%u\"", type, ++realtime->n_events));
}

static void
complain (ProviderExchange * x, JsonObject * message, const gchar * code,
    const gchar * text)
{
  const gchar *id = provider_text (message, "event_id", NULL);

  provider_mark (x, 0);
  provider_say (x, "{%s,'error':{'type':'invalid_request_error','code':'%s',"
      "'message':%s,'param':null,'event_id':%s}}", event (x, "error"), code,
      provider_quote (x, text), id ? provider_quote (x, id) : "null");
}

static void
say_session (ProviderExchange * x, const gchar * type)
{
  Realtime *realtime = provider_state (x);

  provider_say (x, "{%s,'session':%s}", event (x, type), provider_keep (x,
          json_to_string (realtime->session, FALSE)));
}

static gchar *
new_item (ProviderExchange * x)
{
  Realtime *realtime = provider_state (x);

  return g_strdup_printf ("item_%u", ++realtime->n_items);
}

/* @item: JSON */
static void
add_item (ProviderExchange * x, const gchar * id, const gchar * item)
{
  Realtime *realtime = provider_state (x);
  const gchar *before = realtime->last_item ? provider_quote (x,
      realtime->last_item) : "null";

  provider_say (x, "{%s,'previous_item_id':%s,'item':%s}", event (x,
          "conversation.item.added"), before, item);
  provider_say (x, "{%s,'previous_item_id':%s,'item':%s}", event (x,
          "conversation.item.done"), before, item);
  g_free (realtime->last_item);
  realtime->last_item = g_strdup (id);
}

static const gchar *
usage_of (ProviderExchange * x, guint n_output)
{
  return provider_keep (x, g_strdup_printf ("{\"total_tokens\":%u,"
          "\"input_tokens\":40,\"output_tokens\":%u,\"input_token_details\":{"
          "\"text_tokens\":20,\"audio_tokens\":20,\"cached_tokens\":10,"
          "\"cached_tokens_details\":{\"text_tokens\":10,"
          "\"audio_tokens\":0}},\"output_token_details\":{"
          "\"text_tokens\":%u,\"audio_tokens\":%u}}", 40 + n_output, n_output,
          n_output / 2, n_output - n_output / 2));
}

/* @output: JSON of its items; @details: JSON */
static void
say_done (ProviderExchange * x, const gchar * status, const gchar * details,
    const gchar * output, guint n_output)
{
  Realtime *realtime = provider_state (x);

  provider_say (x, "{%s,'response':{'object':'realtime.response','id':'%s',"
      "'status':'%s','status_details':%s,'output':[%s],'usage':%s,"
      "'metadata':null}}", event (x, "response.done"), realtime->response,
      status, details, output, usage_of (x, n_output));
}

/* Returns: whether a response was going on */
static gboolean
cancel_response (ProviderExchange * x, const gchar * reason)
{
  const gchar *details;

  if (!provider_waiting (x, RESPONSE))
    return FALSE;
  provider_drop (x, RESPONSE);
  details = provider_keep (x, g_strdup_printf ("{\"type\":\"cancelled\","
          "\"reason\":\"%s\"}", reason));
  provider_mark (x, 0);
  say_done (x, "cancelled", details, "", 0);
  return TRUE;
}

static void
say_word (ProviderExchange * x, const gchar * where, const gchar * word,
    gboolean text)
{
  gboolean mulaw = is_mulaw (provider_object (provider_object (session_of (x),
              "audio"), "output"));
  GBytes *tone;

  if (text) {
    provider_say (x, "{%s,%s,'content_index':0,'delta':%s}", event (x,
            "response.output_text.delta"), where, provider_quote (x, word));
    return;
  }
  tone = provider_voice_word (word, mulaw ? VOICE_MULAW : VOICE_S16,
      mulaw ? 8000 : 24000);
  provider_say (x, "{%s,%s,'content_index':0,'delta':%s}", event (x,
          "response.output_audio_transcript.delta"), where,
      provider_quote (x, word));
  provider_say (x, "{%s,%s,'content_index':0,'delta':'%s'}", event (x,
          "response.output_audio.delta"), where, provider_base64 (x,
          g_bytes_get_data (tone, NULL), g_bytes_get_size (tone)));
  g_bytes_unref (tone);
}

static const gchar *
message_item (ProviderExchange * x, const gchar * id, const gchar * content)
{
  return provider_keep (x, g_strdup_printf ("{\"id\":\"%s\","
          "\"object\":\"realtime.item\",\"type\":\"message\","
          "\"status\":\"%s\",\"role\":\"assistant\",\"content\":[%s]}", id,
          *content ? "completed" : "in_progress", content));
}

/* Returns: the item, as JSON */
static const gchar *
say_message (ProviderExchange * x, const ProviderReply * reply, gboolean text)
{
  Realtime *realtime = provider_state (x);
  gchar *id = new_item (x);
  GString *all = g_string_new (NULL);
  const gchar *where = provider_keep (x, g_strdup_printf ("\"response_id\":"
          "\"%s\",\"item_id\":\"%s\",\"output_index\":0", realtime->response,
          id));
  const gchar *empty = text ? "{\"type\":\"text\",\"text\":\"\"}" :
      "{\"type\":\"audio\",\"transcript\":\"\"}";
  const gchar *quoted, *part, *item;

  provider_say (x, "{%s,'response_id':'%s','output_index':0,'item':%s}",
      event (x, "response.output_item.added"), realtime->response,
      message_item (x, id, ""));
  provider_say (x, "{%s,'previous_item_id':%s,'item':%s}", event (x,
          "conversation.item.added"), realtime->last_item ?
      provider_quote (x, realtime->last_item) : "null", message_item (x, id,
          ""));
  provider_say (x, "{%s,%s,'content_index':0,'part':%s}", event (x,
          "response.content_part.added"), where, empty);
  for (guint i = 0; i < reply->words->len; i++) {
    say_word (x, where, reply->words->pdata[i], text);
    g_string_append (all, reply->words->pdata[i]);
  }
  quoted = provider_quote (x, all->str);
  if (!text)
    provider_say (x, "{%s,%s,'content_index':0}", event (x,
            "response.output_audio.done"), where);
  provider_say (x, "{%s,%s,'content_index':0,'%s':%s}", event (x, text ?
          "response.output_text.done" :
          "response.output_audio_transcript.done"), where,
      text ? "text" : "transcript", quoted);
  part = provider_keep (x, g_strdup_printf ("{\"type\":\"%s\",\"%s\":%s}",
          text ? "text" : "audio", text ? "text" : "transcript", quoted));
  provider_say (x, "{%s,%s,'content_index':0,'part':%s}", event (x,
          "response.content_part.done"), where, part);
  item = message_item (x, id, provider_keep (x, g_strdup_printf ("{\"type\":"
              "\"output_%s\",\"%s\":%s}", text ? "text" : "audio",
              text ? "text" : "transcript", quoted)));
  provider_say (x, "{%s,'response_id':'%s','output_index':0,'item':%s}",
      event (x, "response.output_item.done"), realtime->response, item);
  provider_say (x, "{%s,'previous_item_id':null,'item':%s}", event (x,
          "conversation.item.done"), item);
  if (!text)
    g_hash_table_replace (realtime->sounds, g_strdup (id),
        GUINT_TO_POINTER (reply->words->len * PROVIDER_WORD_MS));
  g_free (realtime->last_item);
  realtime->last_item = id;
  g_string_free (all, TRUE);
  return item;
}

/* Returns: the item, as JSON */
static const gchar *
say_call (ProviderExchange * x, const ProviderCall * call, guint index)
{
  Realtime *realtime = provider_state (x);
  gchar *id = new_item (x);
  const gchar *name = provider_quote (x, call->name);
  const gchar *arguments = provider_quote (x, call->arguments);
  const gchar *where = provider_keep (x, g_strdup_printf ("\"response_id\":"
          "\"%s\",\"item_id\":\"%s\",\"output_index\":%u,"
          "\"call_id\":\"call_%s\"", realtime->response, id, index, id));
  const gchar *item = provider_keep (x, g_strdup_printf ("{\"id\":\"%s\","
          "\"object\":\"realtime.item\",\"type\":\"function_call\","
          "\"status\":\"completed\",\"call_id\":\"call_%s\",\"name\":%s,"
          "\"arguments\":%s}", id, id, name, arguments));

  provider_say (x, "{%s,'response_id':'%s','output_index':%u,'item':{"
      "'id':'%s','object':'realtime.item','type':'function_call',"
      "'status':'in_progress','call_id':'call_%s','name':%s,"
      "'arguments':''}}", event (x, "response.output_item.added"),
      realtime->response, index, id, id, name);
  provider_say (x, "{%s,%s,'delta':%s}", event (x,
          "response.function_call_arguments.delta"), where, arguments);
  provider_say (x, "{%s,%s,'name':%s,'arguments':%s}", event (x,
          "response.function_call_arguments.done"), where, name, arguments);
  provider_say (x, "{%s,'response_id':'%s','output_index':%u,'item':%s}",
      event (x, "response.output_item.done"), realtime->response, index, item);
  add_item (x, id, item);
  g_free (id);
  return item;
}

static GPtrArray *
tools_of (JsonObject * response, JsonObject * session)
{
  JsonArray *tools = provider_array (response, "tools");
  GPtrArray *names = g_ptr_array_new ();

  if (!tools)
    tools = provider_array (session, "tools");
  for (guint i = 0; i < provider_length (tools); i++)
    g_ptr_array_add (names, (gpointer) provider_text (provider_element (tools,
                i), "name", ""));
  return names;
}

static gboolean
wants_text (JsonObject * response, JsonObject * session)
{
  JsonArray *modalities = provider_array (response, "output_modalities");

  if (!modalities)
    modalities = provider_array (session, "output_modalities");
  return provider_length (modalities)
      && !g_strcmp0 (json_array_get_string_element (modalities, 0), "text");
}

/* Instructions that quote something are to say just that. */
static ProviderReply *
quoted_reply (JsonObject * response)
{
  const gchar *text = provider_text (response, "instructions", "");
  const gchar *begin = strchr (text, '"'), *end = strrchr (text, '"');
  ProviderReply *reply;
  gchar *quoted, **words;

  if (!begin || end == begin)
    return NULL;
  reply = g_new0 (ProviderReply, 1);
  reply->words = g_ptr_array_new_with_free_func (g_free);
  reply->calls = g_ptr_array_new ();
  quoted = g_strndup (begin + 1, end - begin - 1);
  words = g_strsplit (quoted, " ", -1);
  for (guint i = 0; words[i]; i++)
    g_ptr_array_add (reply->words, g_strconcat (words[i], words[i + 1] ? " " :
            "", NULL));
  g_strfreev (words);
  g_free (quoted);
  return reply;
}

/* @response: (nullable): of the client's event */
static void
respond (ProviderExchange * x, JsonObject * response)
{
  Realtime *realtime = provider_state (x);
  GPtrArray *tools = tools_of (response, session_of (x));
  ProviderReply *reply = response ? quoted_reply (response) : NULL;
  GString *output = g_string_new (NULL);
  JsonNode *metadata = response ? json_object_get_member (response,
      "metadata") : NULL;

  if (!reply)
    reply = provider_mind_answers (provider_mind (x), realtime->said ?
        realtime->said : "", realtime->result, tools);
  g_free (realtime->response);
  realtime->response = g_strdup_printf ("resp_%u", ++realtime->n_responses);
  provider_mark (x, RESPONSE);
  provider_say (x, "{%s,'response':{'object':'realtime.response','id':'%s',"
      "'status':'in_progress','status_details':null,'output':[],"
      "'metadata':%s}}", event (x, "response.created"), realtime->response,
      metadata ? provider_keep (x, json_to_string (metadata, FALSE)) : "null");
  provider_say (x, "{%s,'rate_limits':[{'name':'requests','limit':1000,"
      "'remaining':999,'reset_seconds':0.06}]}", event (x,
          "rate_limits.updated"));
  if (reply->words->len)
    g_string_append (output, say_message (x, reply, wants_text (response,
                session_of (x))));
  for (guint i = 0; i < reply->calls->len; i++)
    g_string_append_printf (output, "%s%s", output->len ? "," : "",
        say_call (x, reply->calls->pdata[i], i + (reply->words->len > 0)));
  say_done (x, "completed", "null", output->str, reply->words->len
      + 5 * reply->calls->len);
  provider_mark (x, 0);
  g_string_free (output, TRUE);
  provider_reply_free (reply);
  g_ptr_array_unref (tools);
}

static void
say_transcription (ProviderExchange * x, const gchar * id, const gchar * text)
{
  GPtrArray *words = provider_words (text);

  for (guint i = 0; i < words->len; i++) {
    gchar *piece = g_strconcat (i ? " " : "", words->pdata[i], NULL);

    provider_say (x, "{%s,'item_id':'%s','content_index':0,'delta':%s}",
        event (x, "conversation.item.input_audio_transcription.delta"), id,
        provider_quote (x, piece));
    g_free (piece);
  }
  provider_say (x, "{%s,'item_id':'%s','content_index':0,'transcript':%s,"
      "'usage':{'type':'tokens','total_tokens':%u,'input_tokens':14,"
      "'output_tokens':%u}}", event (x,
          "conversation.item.input_audio_transcription.completed"), id,
      provider_quote (x, text), words->len + 14, words->len);
  g_ptr_array_unref (words);
}

/* What was heard becomes an item of the conversation. */
static void
commit (ProviderExchange * x, const gchar * id)
{
  Realtime *realtime = provider_state (x);

  provider_say (x, "{%s,'item_id':'%s','previous_item_id':%s}", event (x,
          "input_audio_buffer.committed"), id, realtime->last_item ?
      provider_quote (x, realtime->last_item) : "null");
  add_item (x, id, provider_keep (x, g_strdup_printf ("{\"id\":\"%s\","
              "\"object\":\"realtime.item\",\"type\":\"message\","
              "\"status\":\"completed\",\"role\":\"user\",\"content\":[{"
              "\"type\":\"input_audio\",\"transcript\":null}]}", id)));
  if (provider_object (input_of (x), "transcription"))
    say_transcription (x, id, realtime->heard->str);
  g_free (realtime->said);
  realtime->said = g_strdup (realtime->heard->str);
  realtime->result = FALSE;
  realtime->n_buffered = 0;
  g_string_truncate (realtime->heard, 0);
}

static void
speech_started (ProviderExchange * x, guint start)
{
  Realtime *realtime = provider_state (x);
  JsonObject *detection = detection_of (x);
  guint padding = provider_integer (detection, "prefix_padding_ms", 300);

  g_free (realtime->item);
  realtime->item = new_item (x);
  provider_mark (x, 0);
  provider_say (x, "{%s,'audio_start_ms':%u,'item_id':'%s'}", event (x,
          "input_audio_buffer.speech_started"), start - MIN (start, padding),
      realtime->item);
  if (provider_boolean (detection, "interrupt_response", TRUE))
    cancel_response (x, "turn_detected");
}

static void
speech_stopped (ProviderExchange * x, guint end)
{
  Realtime *realtime = provider_state (x);
  gchar *id = g_steal_pointer (&realtime->item);

  provider_say (x, "{%s,'audio_end_ms':%u,'item_id':'%s'}", event (x,
          "input_audio_buffer.speech_stopped"), end, id);
  commit (x, id);
  g_free (id);
  if (is_speech_to_speech (x) && provider_boolean (detection_of (x),
          "create_response", TRUE) && !provider_waiting (x, RESPONSE))
    respond (x, NULL);
}

static void
heard (gpointer data, ProviderEarEvent what, const ProviderHearing * hearing)
{
  ProviderExchange *x = data;
  Realtime *realtime = provider_state (x);

  if (what == EAR_ENDED)
    g_string_append_printf (realtime->heard, "%s%s",
        realtime->heard->len ? " " : "", hearing->text);
  if (!detection_of (x))
    return;
  if (what == EAR_STARTED)
    speech_started (x, hearing->start);
  else if (what == EAR_ENDED && realtime->item)
    speech_stopped (x, hearing->end);
}

/* The same ear goes on if nothing changes for it. */
static void
set_ear (ProviderExchange * x)
{
  Realtime *realtime = provider_state (x);
  gboolean mulaw = is_mulaw (input_of (x));
  guint silence_ms = provider_integer (detection_of (x),
      "silence_duration_ms", 500);

  if (realtime->ear && realtime->mulaw == mulaw
      && realtime->silence_ms == silence_ms)
    return;
  realtime->mulaw = mulaw;
  realtime->silence_ms = silence_ms;
  g_clear_pointer (&realtime->ear, provider_ear_free);
  realtime->ear = provider_ear_new (provider_mind (x), mulaw ? SOUND_MULAW :
      SOUND_S16, mulaw ? 8000 : 24000, silence_ms, heard, x);
}

static void
begin (ProviderExchange * x)
{
  Realtime *realtime = provider_state (x);

  realtime->session = openai_session_new (!g_strcmp0 (provider_query (x,
              "intent"), "transcription"), provider_query (x, "model"),
      provider_number (x));
  realtime->heard = g_string_new (NULL);
  realtime->sounds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  set_ear (x);
  say_session (x, "session.created");
}

static void
update_session (ProviderExchange * x, JsonObject * message)
{
  JsonObject *change = provider_object (message, "session");
  const gchar *type = provider_text (change, "type", NULL);

  if (!type) {
    complain (x, message, "missing_required_parameter",
        "Missing required parameter: 'session.type'.");
  } else if (strcmp (type, provider_text (session_of (x), "type", ""))) {
    complain (x, message, "invalid_model",
        "The type of a session cannot change.");
  } else {
    openai_session_change (session_of (x), change);
    set_ear (x);
    say_session (x, "session.updated");
  }
}

static void
append_sound (ProviderExchange * x, JsonObject * message)
{
  Realtime *realtime = provider_state (x);
  gsize size;
  guchar *data = g_base64_decode (provider_text (message, "audio", ""), &size);

  realtime->n_buffered += size;
  provider_ear_take (realtime->ear, data, size);
  g_free (data);
}

static void
commit_by_client (ProviderExchange * x, JsonObject * message)
{
  Realtime *realtime = provider_state (x);
  gsize least = is_mulaw (input_of (x)) ? 800 : 4800;
  gchar *id;

  if (realtime->n_buffered < least) {
    complain (x, message, "input_audio_buffer_commit_empty",
        "Error committing input audio buffer: buffer too small. Expected at "
        "least 100ms of audio.");
    return;
  }
  if (provider_ear_flush (realtime->ear) && detection_of (x))
    return;
  id = new_item (x);
  commit (x, id);
  g_free (id);
}

static void
create_item (ProviderExchange * x, JsonObject * message)
{
  Realtime *realtime = provider_state (x);
  JsonObject *item = provider_object (message, "item");
  gboolean result = !strcmp (provider_text (item, "type", ""),
      "function_call_output");
  JsonArray *content = provider_array (item, "content");
  gchar *id, *text;
  JsonNode *node;

  if (!item) {
    complain (x, message, "missing_required_parameter", "item is missing");
    return;
  }
  id = provider_text (item, "id", NULL) ? g_strdup (provider_text (item, "id",
          "")) : new_item (x);
  json_object_set_string_member (item, "id", id);
  node = json_node_init_object (json_node_alloc (), item);
  text = json_to_string (node, FALSE);
  add_item (x, id, text);
  if (result || !strcmp (provider_text (item, "role", ""), "user")) {
    g_free (realtime->said);
    realtime->said = g_strdup (result ? provider_text (item, "output", "") :
        provider_length (content) ? provider_text (provider_element (content,
                0), "text", "") : "");
    realtime->result = result;
  }
  json_node_unref (node);
  g_free (text);
  g_free (id);
}

static void
truncate_item (ProviderExchange * x, JsonObject * message)
{
  Realtime *realtime = provider_state (x);
  const gchar *id = provider_text (message, "item_id", "");
  gint64 end = provider_integer (message, "audio_end_ms", -1);
  gpointer length;

  if (!g_hash_table_lookup_extended (realtime->sounds, id, NULL, &length)) {
    complain (x, message, "item_truncate_invalid_item_id",
        "There is no such item with audio.");
  } else if (end < 0 || end > GPOINTER_TO_UINT (length)) {
    complain (x, message, "invalid_value", "Audio content is shorter.");
  } else {
    provider_say (x, "{%s,'item_id':%s,'content_index':0,"
        "'audio_end_ms':%u}", event (x, "conversation.item.truncated"),
        provider_quote (x, id), (guint) end);
    g_hash_table_replace (realtime->sounds, g_strdup (id),
        GUINT_TO_POINTER ((guint) end));
  }
}

static void
create_response (ProviderExchange * x, JsonObject * message)
{
  if (provider_waiting (x, RESPONSE))
    complain (x, message, "conversation_already_has_active_response",
        "Conversation already has an active response in progress.");
  else
    respond (x, provider_object (message, "response"));
}

static void
clear_sound (ProviderExchange * x, JsonObject * message)
{
  Realtime *realtime = provider_state (x);

  provider_ear_forget (realtime->ear);
  realtime->n_buffered = 0;
  g_clear_pointer (&realtime->item, g_free);
  g_string_truncate (realtime->heard, 0);
  provider_say (x, "{%s}", event (x, "input_audio_buffer.cleared"));
}

static void
cancel (ProviderExchange * x, JsonObject * message)
{
  if (!cancel_response (x, "client_cancelled"))
    complain (x, message, "response_cancel_not_active",
        "Cancellation failed: no active response found");
}

static void
delete_item (ProviderExchange * x, JsonObject * message)
{
  provider_say (x, "{%s,'item_id':%s}", event (x, "conversation.item.deleted"),
      provider_quote (x, provider_text (message, "item_id", "")));
}

static void
text (ProviderExchange * x, JsonObject * message)
{
  static const struct
  {
    const gchar *type;
    void (*func) (ProviderExchange * x, JsonObject * message);
  } events[] = {
    {"input_audio_buffer.append", append_sound},
    {"input_audio_buffer.commit", commit_by_client},
    {"input_audio_buffer.clear", clear_sound},
    {"session.update", update_session},
    {"conversation.item.create", create_item},
    {"conversation.item.truncate", truncate_item},
    {"conversation.item.delete", delete_item},
    {"response.create", create_response},
    {"response.cancel", cancel},
  };
  const gchar *type = provider_text (message, "type", "");

  provider_mark (x, 0);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++) {
    if (!strcmp (type, events[i].type)) {
      events[i].func (x, message);
      return;
    }
  }
  complain (x, message, "invalid_value", "There is no such event.");
}

static void
over (ProviderExchange * x)
{
  Realtime *realtime = provider_state (x);

  g_clear_pointer (&realtime->session, json_node_unref);
  g_clear_pointer (&realtime->ear, provider_ear_free);
  g_clear_pointer (&realtime->sounds, g_hash_table_unref);
  if (realtime->heard)
    g_string_free (realtime->heard, TRUE);
  g_free (realtime->item);
  g_free (realtime->last_item);
  g_free (realtime->said);
  g_free (realtime->response);
}

const ProviderProtocol openai_realtime_protocol = {
  .name = "openai-realtime",
  .size = sizeof (Realtime),
  .serves = serves,
  .key = key,
  .begin = begin,
  .text = text,
  .over = over,
  .refuse = openai_refuse,
};
