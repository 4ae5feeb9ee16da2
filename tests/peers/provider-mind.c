/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The script of the stand-ins, and the rules where it says nothing.
 *
 * Threads: one at a time.
 */
#include "provider-mind.h"
#include "provider-json.h"

#include <string.h>

struct _ProviderMind
{
  JsonNode *script;             /* NULL: the rules alone */
  JsonArray *texts;             /* NULL: the usual ones */
  JsonArray *answers;           /* may be NULL */
  guint n_heard;
};

static const gchar *const usual[] = {
  "Hello there.", "I would like to book an appointment.",
  "Tomorrow at ten, please.", "Thank you, goodbye.",
};

static ProviderMind *
mind_of (JsonNode * script)
{
  ProviderMind *mind = g_new0 (ProviderMind, 1);
  JsonObject *object = script ? json_node_get_object (script) : NULL;

  mind->script = script;
  if (object) {
    mind->texts = provider_array (object, "hear");
    mind->answers = provider_array (object, "answers");
  }
  if (mind->texts && !json_array_get_length (mind->texts))
    mind->texts = NULL;
  return mind;
}

ProviderMind *
provider_mind_new (const gchar * script, GError ** error)
{
  JsonNode *node = NULL;

  if (script) {
    node = json_from_string (script, error);
    if (!node && error && *error)
      return NULL;
    if (!node || !JSON_NODE_HOLDS_OBJECT (node)) {
      g_set_error (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_INVALID_DATA,
          "a script is an object");
      g_clear_pointer (&node, json_node_unref);
      return NULL;
    }
  }
  return mind_of (node);
}

/* Returns: (transfer full): one that hears from the beginning */
ProviderMind *
provider_mind_copy (ProviderMind * mind)
{
  return mind_of (mind->script ? json_node_ref (mind->script) : NULL);
}

void
provider_mind_free (ProviderMind * mind)
{
  g_clear_pointer (&mind->script, json_node_unref);
  g_free (mind);
}

/* Returns: what is heard, until provider_mind_heard() */
const gchar *
provider_mind_hears (ProviderMind * mind)
{
  if (!mind->texts)
    return usual[mind->n_heard % G_N_ELEMENTS (usual)];
  return json_array_get_string_element (mind->texts,
      mind->n_heard % json_array_get_length (mind->texts));
}

void
provider_mind_heard (ProviderMind * mind)
{
  mind->n_heard++;
}

GPtrArray *
provider_words (const gchar * text)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);

  while (*(text += strspn (text, " \n\t"))) {
    gsize size = strcspn (text, " \n\t");

    g_ptr_array_add (words, g_strndup (text, size));
    text += size;
  }
  return words;
}

static void
call_free (ProviderCall * call)
{
  g_free (call->name);
  g_free (call->arguments);
  g_free (call);
}

void
provider_reply_free (ProviderReply * reply)
{
  g_ptr_array_unref (reply->words);
  g_ptr_array_unref (reply->calls);
  g_free (reply);
}

static void
add_call (ProviderReply * reply, const gchar * name, gchar * arguments)
{
  ProviderCall *call = g_new0 (ProviderCall, 1);

  call->name = g_strdup (name);
  call->arguments = arguments;
  g_ptr_array_add (reply->calls, call);
}

static void
say (ProviderReply * reply, const gchar * before, const gchar * text)
{
  gchar *whole = g_strconcat (before, text, NULL);
  GPtrArray *words = provider_words (whole);

  for (guint i = 0; i < words->len; i++)
    g_ptr_array_add (reply->words, g_strconcat (words->pdata[i],
            i + 1 < words->len ? " " : "", NULL));
  g_ptr_array_unref (words);
  g_free (whole);
}

static void
follow (ProviderReply * reply, JsonObject * rule)
{
  JsonArray *calls = provider_array (rule, "calls");

  say (reply, "", provider_text (rule, "say", ""));
  for (guint i = 0; i < provider_length (calls); i++) {
    JsonObject *call = provider_element (calls, i);
    JsonNode *arguments = call ? json_object_get_member (call, "arguments") :
        NULL;

    add_call (reply, provider_text (call, "name", ""), arguments ?
        json_to_string (arguments, FALSE) : g_strdup ("{}"));
  }
}

static gboolean
follow_script (ProviderMind * mind, ProviderReply * reply, const gchar * said)
{
  gchar *folded = g_utf8_casefold (said, -1);
  gboolean found = FALSE;

  for (guint i = 0; !found && i < provider_length (mind->answers); i++) {
    JsonObject *rule = provider_element (mind->answers, i);
    gchar *when = g_utf8_casefold (provider_text (rule, "when", ""), -1);

    found = strstr (folded, when) != NULL;
    if (found)
      follow (reply, rule);
    g_free (when);
  }
  g_free (folded);
  return found;
}

/* Returns: (transfer full): the JSON object at the beginning of @text, or {} */
static gchar *
arguments_at (const gchar * text)
{
  guint depth = 0;

  text += strspn (text, " (");
  for (const gchar * at = text; *text == '{' && *at; at++) {
    depth += *at == '{';
    depth -= *at == '}';
    if (!depth)
      return g_strndup (text, at + 1 - text);
  }
  return g_strdup ("{}");
}

static void
call_tools (ProviderReply * reply, const gchar * said, GPtrArray * tools)
{
  for (guint i = 0; i < tools->len; i++) {
    const gchar *at = strstr (said, tools->pdata[i]);

    if (at)
      add_call (reply, tools->pdata[i],
          arguments_at (at + strlen (tools->pdata[i])));
  }
}

ProviderReply *
provider_mind_answers (ProviderMind * mind, const gchar * said,
    gboolean result, GPtrArray * tools)
{
  ProviderReply *reply = g_new0 (ProviderReply, 1);

  reply->words = g_ptr_array_new_with_free_func (g_free);
  reply->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) call_free);
  if (follow_script (mind, reply, said))
    return reply;
  if (tools && !result)
    call_tools (reply, said, tools);
  if (!reply->calls->len)
    say (reply, result ? "The answer is: " : "You said: ", said);
  return reply;
}
