/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is done when a call is over, as the command line and the persona say
 * it, and as a text that lies beside the journal.
 *
 * A secret is only ever named: the text and the database hold where it is
 * found, and it is read when something is sent.
 *
 * Threads: any. Locks: none.
 */
#include "delivery.h"

#include "json-writer.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_URL 2048
#define MAX_SECRET 1024
#define MAX_DEPTH 8

/**
 * delivery_clear:
 * @delivery: to be emptied
 */
void
delivery_clear (Delivery * delivery)
{
  g_free (delivery->webhook);
  g_free (delivery->secret);
  g_free (delivery->rules);
  memset (delivery, 0, sizeof *delivery);
}

static gboolean
refuse (GError ** error, const gchar * what)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, what);
  return FALSE;
}

static gboolean
check_webhook (const gchar * webhook, GError ** error)
{
  GUri *uri = strlen (webhook) <= MAX_URL ? g_uri_parse (webhook,
      G_URI_FLAGS_NONE, NULL) : NULL;
  const gchar *scheme = uri ? g_uri_get_scheme (uri) : "";
  const gchar *host = uri ? g_uri_get_host (uri) : NULL;
  gboolean ok = host && *host && (strcmp (scheme, "https") == 0
      || strcmp (scheme, "http") == 0);

  g_clear_pointer (&uri, g_uri_unref);
  return ok || refuse (error, "a webhook is an address such as "
      "https://example.com/calls");
}

static gboolean
check_secret (const gchar * secret, GError ** error)
{
  const gchar *colon = strchr (secret, ':');

  return (strlen (secret) <= MAX_SECRET && colon && colon[1]
      && (g_str_has_prefix (secret, "env:")
          || g_str_has_prefix (secret, "file:")))
      || refuse (error, "the secret of a webhook is named, not told: env:NAME "
      "or file:PATH");
}

/**
 * delivery_set:
 * @delivery: (inout): it keeps nothing of what it had
 * @webhook: (nullable): an address; %NULL for none
 * @secret: (nullable): where the secret of its signature is
 * @error: what is wrong with them
 *
 * Returns: whether they are right; if not nothing has changed
 */
gboolean
delivery_set (Delivery * delivery, const gchar * webhook,
    const gchar * secret, GError ** error)
{
  if (secret && !webhook)
    return refuse (error, "a secret without a webhook signs nothing");
  if ((webhook && !check_webhook (webhook, error))
      || (secret && !check_secret (secret, error)))
    return FALSE;
  delivery_clear (delivery);
  delivery->webhook = g_strdup (webhook);
  delivery->secret = g_strdup (secret);
  return TRUE;
}

/**
 * delivery_take_persona:
 * @delivery: (inout): as the command line has it
 * @persona: who takes the call; what it says counts more
 */
void
delivery_take_persona (Delivery * delivery, GstVoicePersona * persona)
{
  const gchar *webhook = gst_voice_persona_get_string (persona,
      "delivery.webhook");
  JsonNode *rules = gst_voice_persona_get_node (persona, "evaluation.rules");

  /* Its schema and its check have asked for as much as we do here. */
  if (webhook)
    delivery_set (delivery, webhook, gst_voice_persona_get_string (persona,
            "delivery.secret"), NULL);
  g_free (delivery->rules);
  delivery->rules = rules ? gst_voice_json_to_string (rules) : NULL;
}

/**
 * delivery_to_json:
 * @delivery: where it goes
 *
 * Returns: (transfer full) (nullable): a text for delivery_parse(); %NULL if
 *   there is nothing to say
 */
gchar *
delivery_to_json (const Delivery * delivery)
{
  JsonWriter json = {.out = NULL };

  if (!delivery->webhook && !delivery->rules)
    return NULL;
  json.out = g_string_new (NULL);
  json_writer_begin (&json, NULL, '{');
  if (delivery->webhook)
    json_writer_string (&json, "webhook", delivery->webhook);
  if (delivery->secret)
    json_writer_string (&json, "secret", delivery->secret);
  if (delivery->rules)
    json_writer_json (&json, "rules", delivery->rules);
  json_writer_end (&json, '}');
  return g_string_free (json.out, FALSE);
}

static const gchar *
member (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static gboolean
read_members (Delivery * delivery, JsonObject * object, GError ** error)
{
  JsonNode *rules = json_object_get_member (object, "rules");

  if (!delivery_set (delivery, member (object, "webhook"), member (object,
              "secret"), error))
    return FALSE;
  delivery->rules = rules ? gst_voice_json_to_string (rules) : NULL;
  return TRUE;
}

/**
 * delivery_parse:
 * @delivery: (out): to be cleared by delivery_clear()
 * @text: of delivery_to_json()
 * @length: its bytes, or -1
 * @error: what is wrong with it
 *
 * Returns: whether it says what is to be done
 */
gboolean
delivery_parse (Delivery * delivery, const gchar * text, gssize length,
    GError ** error)
{
  JsonNode *node = gst_voice_json_parse (text, length,
      GST_VOICE_JSON_MAX_SIZE, MAX_DEPTH, error);
  gboolean ok = FALSE;

  memset (delivery, 0, sizeof *delivery);
  if (!node)
    return FALSE;
  if (JSON_NODE_HOLDS_OBJECT (node))
    ok = read_members (delivery, json_node_get_object (node), error);
  else
    refuse (error, "not a delivery");
  json_node_unref (node);
  return ok;
}
