/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for Gemini: :streamGenerateContent, with alt=sse and without, and
 * :generateContent. A gemini-3 signs its calls and refuses those of the current
 * turn that come back without the signature.
 *
 * Threads: the peer's.
 */
#include "provider-json.h"
#include "provider-mind.h"
#include "provider-protocol.h"

#include <string.h>

#define SIGNATURE "c2lnbmF0dXJl"

typedef struct
{
  JsonNode *node;               /* the request */
  guint n_prompt;               /* tokens */
  guint n_chunks;
  gboolean array;               /* the chunks are elements of one */
} Gemini;

static gboolean
serves (const ProviderRequest * request)
{
  return strstr (request->path, "/models/")
      && (g_str_has_suffix (request->path, ":streamGenerateContent")
      || g_str_has_suffix (request->path, ":generateContent"));
}

/* Vertex wants a token of OAuth. */
static const gchar *
key (ProviderExchange * x)
{
  const gchar *found = provider_header (x, "x-goog-api-key");

  if (strstr (provider_request (x)->path, "/publishers/google/"))
    return provider_key_behind (x, "authorization", "Bearer ");
  return found ? found : provider_query (x, "key");
}

static void
complain (ProviderExchange * x, guint status, const gchar * name,
    const gchar * message, const gchar * details)
{
  provider_refuse (x, status, "{'error':{'code':%u,'message':'%s',"
      "'status':'%s','details':[%s]}}", status, message, name, details);
}

/* A wrong key is a 400 here. */
static void
refuse (ProviderExchange * x, guint status)
{
  if (status == 401)
    complain (x, 400, "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","
        "\"reason\":\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}");
  else if (status == 429)
    complain (x, status, "RESOURCE_EXHAUSTED", "Resource has been exhausted",
        "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
        "\"retryDelay\":\"1s\"}");
  else if (status == 403)
    complain (x, status, "PERMISSION_DENIED", "Permission denied", "");
  else
    complain (x, status, "INTERNAL", "An internal error has occurred", "");
}

/* A member in either of its spellings. */
static JsonArray *
array_of (JsonObject * object, const gchar * camel, const gchar * snake)
{
  JsonArray *array = provider_array (object, camel);

  return array ? array : provider_array (object, snake);
}

static JsonObject *
object_of (JsonObject * object, const gchar * camel, const gchar * snake)
{
  JsonObject *found = provider_object (object, camel);

  return found ? found : provider_object (object, snake);
}

static GPtrArray *
tools_of (JsonObject * request)
{
  JsonArray *tools = provider_array (request, "tools");
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < provider_length (tools); i++) {
    JsonArray *functions = array_of (provider_element (tools, i),
        "functionDeclarations", "function_declarations");

    for (guint j = 0; j < provider_length (functions); j++)
      g_ptr_array_add (names, (gpointer) provider_text (provider_element
              (functions, j), "name", ""));
  }
  return names;
}

/* Appends what the parts say; @result if they are what functions answered. */
static void
read_parts (JsonObject * content, GString * said, gboolean * result)
{
  JsonArray *parts = provider_array (content, "parts");

  for (guint i = 0; i < provider_length (parts); i++) {
    JsonObject *part = provider_element (parts, i);
    JsonObject *answer = provider_object (object_of (part, "functionResponse",
            "function_response"), "response");
    JsonNode *output = answer ? json_object_get_member (answer, "output") :
        NULL;

    g_string_append (said, provider_text (part, "text", ""));
    if (!answer)
      continue;
    *result = TRUE;
    if (said->len)
      g_string_append_c (said, ' ');
    if (output && !provider_text (answer, "output", NULL)) {
      gchar *text = json_to_string (output, FALSE);

      g_string_append (said, text);
      g_free (text);
    } else {
      g_string_append (said, provider_text (answer, "output",
              provider_text (answer, "error", "")));
    }
  }
}

/* Whether the first call of each content since the user last spoke lacks its
 * signature. */
static gboolean
lacks_signature (JsonArray * contents)
{
  gboolean lacks = FALSE;

  for (guint i = 0; i < provider_length (contents); i++) {
    JsonObject *content = provider_element (contents, i);
    JsonArray *parts = provider_array (content, "parts");
    JsonObject *first = NULL;

    for (guint j = 0; j < provider_length (parts) && !first; j++) {
      JsonObject *part = provider_element (parts, j);

      if (object_of (part, "functionCall", "function_call"))
        first = part;
      else if (provider_text (part, "text", NULL)
          && !strcmp (provider_text (content, "role", ""), "user"))
        lacks = FALSE;
    }
    if (first && !provider_text (first, "thoughtSignature", NULL)
        && !provider_text (first, "thought_signature", NULL))
      lacks = TRUE;
  }
  return lacks;
}

static const gchar *
usage (ProviderExchange * x, guint n_output)
{
  Gemini *gemini = provider_state (x);

  return provider_keep (x, g_strdup_printf ("{\"promptTokenCount\":%u,"
          "\"candidatesTokenCount\":%u,\"cachedContentTokenCount\":%u,"
          "\"thoughtsTokenCount\":2,\"totalTokenCount\":%u,"
          "\"promptTokensDetails\":[{\"modality\":\"TEXT\","
          "\"tokenCount\":%u}]}", gemini->n_prompt, n_output,
          gemini->n_prompt / 2, gemini->n_prompt + n_output + 2,
          gemini->n_prompt));
}

static void
chunk (ProviderExchange * x, const gchar * parts, gboolean last, guint n_output)
{
  Gemini *gemini = provider_state (x);
  const gchar *text = provider_keep (x, g_strdup_printf ("{\"candidates\":[{"
          "\"content\":{\"role\":\"model\",\"parts\":[%s]}%s,\"index\":0}],"
          "\"usageMetadata\":%s,\"modelVersion\":\"stand-in\","
          "\"responseId\":\"r-%u\",\"newMember\":[1]}", parts,
          last ? ",\"finishReason\":\"STOP\"" : "", usage (x, n_output),
          provider_number (x)));

  if (gemini->array) {
    text = provider_keep (x, g_strconcat (gemini->n_chunks ? ",\r\n" : "[",
            text, last ? "]" : "", NULL));
    provider_send (x, text, strlen (text));
  } else {
    provider_event (x, "%s", text);
  }
  gemini->n_chunks++;
}

static const gchar *
text_part (ProviderExchange * x, const gchar * text)
{
  return provider_keep (x, g_strdup_printf ("{\"text\":%s}",
          provider_quote (x, text)));
}

/* All in one content, the signature with the first. */
static const gchar *
call_parts (ProviderExchange * x, GPtrArray * calls)
{
  GString *parts = g_string_new (NULL);

  for (guint i = 0; i < calls->len; i++) {
    ProviderCall *call = calls->pdata[i];

    g_string_append_printf (parts, "%s{\"functionCall\":{\"id\":\"f-%u-%u\","
        "\"name\":%s,\"args\":%s}%s}", i ? "," : "", provider_number (x), i,
        provider_quote (x, call->name), call->arguments,
        i ? "" : ",\"thoughtSignature\":\"" SIGNATURE "\"");
  }
  return provider_keep (x, g_string_free (parts, FALSE));
}

static void
stream (ProviderExchange * x, const ProviderReply * reply)
{
  Gemini *gemini = provider_state (x);
  guint n = reply->words->len;

  gemini->array = g_strcmp0 (provider_query (x, "alt"), "sse") != 0;
  provider_stream (x, gemini->array ? "application/json" : "text/event-stream");
  for (guint i = 0; i < n; i++)
    chunk (x, text_part (x, reply->words->pdata[i]), i + 1 == n
        && !reply->calls->len, i + 1);
  if (reply->calls->len || !n)
    chunk (x, call_parts (x, reply->calls), TRUE, n + 5 * reply->calls->len);
  provider_end (x);
}

static void
answer (ProviderExchange * x, const ProviderReply * reply)
{
  GString *text = g_string_new (NULL);
  const gchar *parts;

  for (guint i = 0; i < reply->words->len; i++)
    g_string_append (text, reply->words->pdata[i]);
  parts = reply->calls->len ? call_parts (x, reply->calls) :
      text_part (x, text->str);
  provider_answer (x, "{'candidates':[{'content':{'role':'model',"
      "'parts':[%s]},'finishReason':'STOP','index':0}],'usageMetadata':%s,"
      "'modelVersion':'stand-in','responseId':'r-%u'}", parts, usage (x,
          reply->words->len), provider_number (x));
  g_string_free (text, TRUE);
}

static void
reply_to (ProviderExchange * x, JsonObject * request, JsonArray * contents)
{
  Gemini *gemini = provider_state (x);
  GString *said = g_string_new (NULL);
  GPtrArray *tools = tools_of (request);
  gboolean result = FALSE;
  ProviderReply *reply;

  read_parts (provider_element (contents, provider_length (contents) - 1),
      said, &result);
  gemini->n_prompt = 4 * provider_length (contents);
  reply = provider_mind_answers (provider_mind (x), said->str, result, tools);
  if (strstr (provider_request (x)->path, ":stream"))
    stream (x, reply);
  else
    answer (x, reply);
  provider_reply_free (reply);
  g_ptr_array_unref (tools);
  g_string_free (said, TRUE);
}

static void
begin (ProviderExchange * x)
{
  Gemini *gemini = provider_state (x);
  JsonArray *contents;

  gemini->node = provider_parse (provider_request (x)->body);
  contents = provider_array (gemini->node ? json_node_get_object
      (gemini->node) : NULL, "contents");
  if (!provider_length (contents))
    complain (x, 400, "INVALID_ARGUMENT", "contents are not specified", "");
  else if (strcmp (provider_text (provider_element (contents, 0), "role",
              "user"), "user"))
    complain (x, 400, "INVALID_ARGUMENT", "Please ensure that the first "
        "content is of the user", "");
  else if (strstr (provider_request (x)->path, "/models/gemini-3")
      && lacks_signature (contents))
    complain (x, 400, "INVALID_ARGUMENT",
        "Function call is missing a thought_signature in functionCall parts.",
        "");
  else
    reply_to (x, json_node_get_object (gemini->node), contents);
}

static void
over (ProviderExchange * x)
{
  Gemini *gemini = provider_state (x);

  g_clear_pointer (&gemini->node, json_node_unref);
}

const ProviderProtocol gemini_protocol = {
  .name = "gemini",
  .size = sizeof (Gemini),
  .serves = serves,
  .key = key,
  .begin = begin,
  .over = over,
  .refuse = refuse,
};
