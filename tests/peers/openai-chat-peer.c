/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for OpenAI's chat completions and what is compatible with them:
 * POST …/chat/completions, streaming and not, tools, usage. It refuses
 * conversations in which a tool's call has no answer.
 *
 * Threads: the peer's.
 */
#include "openai-errors.h"
#include "provider-json.h"
#include "provider-mind.h"

#include <string.h>

typedef struct
{
  JsonNode *node;               /* the request */
} Chat;

static gboolean
serves (const ProviderRequest * request)
{
  return g_str_has_suffix (request->path, "/chat/completions");
}

static void
complain (ProviderExchange * x, const gchar * message)
{
  provider_refuse (x, 400, "{'error':{'message':%s,"
      "'type':'invalid_request_error','param':'messages','code':null}}",
      provider_quote (x, message));
}

/* Returns: (transfer full): the text of a message, of all its parts */
static gchar *
content_of (JsonObject * message)
{
  JsonArray *parts = provider_array (message, "content");
  GString *text = g_string_new (provider_text (message, "content", ""));

  for (guint i = 0; i < provider_length (parts); i++)
    g_string_append (text, provider_text (provider_element (parts, i), "text",
            ""));
  return g_string_free (text, FALSE);
}

static void
note_calls (JsonObject * message, GHashTable * open)
{
  JsonArray *calls = provider_array (message, "tool_calls");

  for (guint i = 0; i < provider_length (calls); i++)
    g_hash_table_add (open, (gpointer) provider_text (provider_element (calls,
                i), "id", ""));
}

/* Returns: (nullable): what is wrong with the calls and their answers */
static const gchar *
pairing_fault (JsonArray * messages)
{
  static const gchar unanswered[] = "An assistant message with 'tool_calls' "
      "must be followed by tool messages responding to each 'tool_call_id'.";
  GHashTable *open = g_hash_table_new (g_str_hash, g_str_equal);
  const gchar *fault = NULL;

  for (guint i = 0; i < provider_length (messages) && !fault; i++) {
    JsonObject *message = provider_element (messages, i);

    if (!strcmp (provider_text (message, "role", ""), "tool")) {
      if (!g_hash_table_remove (open, provider_text (message, "tool_call_id",
                  "")))
        fault = "messages with role 'tool' must be a response to a preceding"
            " message with 'tool_calls'.";
    } else if (g_hash_table_size (open)) {
      fault = unanswered;
    } else {
      note_calls (message, open);
    }
  }
  if (!fault && g_hash_table_size (open))
    fault = unanswered;
  g_hash_table_unref (open);
  return fault;
}

static GPtrArray *
tools_of (JsonObject * request)
{
  JsonArray *tools = provider_array (request, "tools");
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < provider_length (tools); i++)
    g_ptr_array_add (names, (gpointer) provider_text (provider_object
            (provider_element (tools, i), "function"), "name", ""));
  return names;
}

static const gchar *
usage_text (ProviderExchange * x, JsonArray * messages,
    const ProviderReply * reply)
{
  guint prompt = 0, completion = reply->words->len + 5 * reply->calls->len;

  for (guint i = 0; i < provider_length (messages); i++) {
    gchar *text = content_of (provider_element (messages, i));
    GPtrArray *words = provider_words (text);

    prompt += words->len + 3;
    g_ptr_array_unref (words);
    g_free (text);
  }
  return provider_keep (x, g_strdup_printf ("{\"prompt_tokens\":%u,"
          "\"completion_tokens\":%u,\"total_tokens\":%u,"
          "\"prompt_tokens_details\":{\"cached_tokens\":%u,"
          "\"audio_tokens\":0},\"completion_tokens_details\":"
          "{\"reasoning_tokens\":0}}", prompt, completion,
          prompt + completion, prompt / 2));
}

static void
chunk (ProviderExchange * x, const gchar * model, const gchar * choices,
    const gchar * usage)
{
  provider_event (x, "{'id':'chatcmpl-%u',"
      "'object':'chat.completion.chunk','created':1,'model':%s,"
      "'system_fingerprint':'fp_stand_in','obfuscation':'xyz',"
      "'choices':[%s],'usage':%s}", provider_number (x), model, choices, usage);
}

static void
delta (ProviderExchange * x, const gchar * model, const gchar * content,
    const gchar * reason)
{
  gchar *choice = g_strdup_printf ("{\"index\":0,\"delta\":%s,"
      "\"logprobs\":null,\"finish_reason\":%s}", content, reason);

  chunk (x, model, choice, "null");
  g_free (choice);
}

/* The parallel ones interleaved, in pieces of their arguments. */
static void
stream_calls (ProviderExchange * x, const gchar * model, GPtrArray * calls)
{
  gboolean more = calls->len > 0;

  for (guint i = 0; i < calls->len; i++) {
    ProviderCall *call = calls->pdata[i];

    delta (x, model, provider_keep (x, g_strdup_printf ("{\"tool_calls\":[{"
                "\"index\":%u,\"id\":\"call_%u_%u\",\"type\":\"function\","
                "\"function\":{\"name\":%s,\"arguments\":\"\"}}]}", i,
                provider_number (x), i, provider_quote (x, call->name))),
        "null");
  }
  for (gsize at = 0; more; at += 8) {
    more = FALSE;
    for (guint i = 0; i < calls->len; i++) {
      const gchar *all = ((ProviderCall *) calls->pdata[i])->arguments;
      const gchar *piece;

      if (at >= strlen (all))
        continue;
      more = TRUE;
      piece = provider_keep (x, g_strndup (all + at, 8));
      /* Not through the middle of a character. */
      if (!g_utf8_validate (piece, -1, NULL)) {
        piece = provider_keep (x, g_strdup (all + at));
        at = strlen (all);
      }
      delta (x, model, provider_keep (x, g_strdup_printf ("{\"tool_calls\":[{"
                  "\"index\":%u,\"function\":{\"arguments\":%s}}]}", i,
                  provider_quote (x, piece))), "null");
    }
  }
}

static void
stream (ProviderExchange * x, const gchar * model, const ProviderReply * reply,
    const gchar * usage)
{
  provider_stream (x, "text/event-stream");
  delta (x, model, "{\"role\":\"assistant\",\"content\":\"\","
      "\"refusal\":null}", "null");
  for (guint i = 0; i < reply->words->len; i++)
    delta (x, model, provider_keep (x, g_strdup_printf ("{\"content\":%s}",
                provider_quote (x, reply->words->pdata[i]))), "null");
  stream_calls (x, model, reply->calls);
  delta (x, model, "{}", reply->calls->len ? "\"tool_calls\"" : "\"stop\"");
  if (usage)
    chunk (x, model, "", usage);
  provider_event (x, "[DONE]");
  provider_end (x);
}

static void
answer (ProviderExchange * x, const gchar * model, const ProviderReply * reply,
    const gchar * usage)
{
  GString *text = g_string_new (NULL), *calls = g_string_new (NULL);

  for (guint i = 0; i < reply->words->len; i++)
    g_string_append (text, reply->words->pdata[i]);
  for (guint i = 0; i < reply->calls->len; i++) {
    ProviderCall *call = reply->calls->pdata[i];

    g_string_append_printf (calls, "%s{\"id\":\"call_%u_%u\","
        "\"type\":\"function\",\"function\":{\"name\":%s,\"arguments\":%s}}",
        i ? "," : ",\"tool_calls\":[", provider_number (x), i,
        provider_quote (x, call->name), provider_quote (x, call->arguments));
  }
  if (reply->calls->len)
    g_string_append_c (calls, ']');
  provider_answer (x, "{'id':'chatcmpl-%u','object':'chat.completion',"
      "'created':1,'model':%s,'choices':[{'index':0,'message':{"
      "'role':'assistant','content':%s,'refusal':null%s},'logprobs':null,"
      "'finish_reason':'%s'}],'usage':%s}", provider_number (x), model,
      reply->words->len ? provider_quote (x, text->str) : "null", calls->str,
      reply->calls->len ? "tool_calls" : "stop", usage);
  g_string_free (text, TRUE);
  g_string_free (calls, TRUE);
}

/* What is to be answered: what the model itself has said since, such as that it
 * takes a moment, is not. */
static JsonObject *
last_of_others (JsonArray * messages)
{
  guint i = provider_length (messages) - 1;

  while (i > 0 && !strcmp (provider_text (provider_element (messages, i),
              "role", ""), "assistant"))
    i--;
  return provider_element (messages, i);
}

static void
reply_to (ProviderExchange * x, JsonObject * request, JsonArray * messages)
{
  JsonObject *last = last_of_others (messages);
  gchar *said = content_of (last);
  GPtrArray *tools = tools_of (request);
  const gchar *model = provider_quote (x, provider_text (request, "model",
          ""));
  ProviderReply *reply = provider_mind_answers (provider_mind (x), said,
      !strcmp (provider_text (last, "role", ""), "tool"), tools);
  const gchar *usage = usage_text (x, messages, reply);

  if (!provider_boolean (request, "stream", FALSE))
    answer (x, model, reply, usage);
  else
    stream (x, model, reply, provider_boolean (provider_object (request,
                "stream_options"), "include_usage", FALSE) ? usage : NULL);
  provider_reply_free (reply);
  g_ptr_array_unref (tools);
  g_free (said);
}

static void
begin (ProviderExchange * x)
{
  Chat *chat = provider_state (x);
  JsonObject *request;
  JsonArray *messages;
  const gchar *fault;

  chat->node = provider_parse (provider_request (x)->body);
  request = chat->node ? json_node_get_object (chat->node) : NULL;
  messages = provider_array (request, "messages");
  fault = provider_length (messages) ? pairing_fault (messages) :
      "there are no messages";
  if (fault)
    complain (x, fault);
  else
    reply_to (x, request, messages);
}

static void
over (ProviderExchange * x)
{
  Chat *chat = provider_state (x);

  g_clear_pointer (&chat->node, json_node_unref);
}

const ProviderProtocol openai_chat_protocol = {
  .name = "openai-chat",
  .size = sizeof (Chat),
  .serves = serves,
  .key = openai_key,
  .begin = begin,
  .over = over,
  .refuse = openai_refuse,
};
