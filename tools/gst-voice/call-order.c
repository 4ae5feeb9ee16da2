/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Orders and commands for a call process, as JSON. They come from our own
 * control process; nevertheless a text that is too long, too deep or of wrong
 * types is refused and not acted on in part.
 *
 * Threads: any. Locks: none.
 */
#include "call-order.h"

#include "json-writer.h"

#include <gio/gio.h>
#include <gst-voice/json.h>
#include <string.h>

#define MAX_DEPTH 4

static const struct
{
  const gchar *name;
  gsize offset;
} strings[] = {
  {"call_id", G_STRUCT_OFFSET (CallOrder, call_id)},
  {"journal_dir", G_STRUCT_OFFSET (CallOrder, journal_dir)},
  {"url", G_STRUCT_OFFSET (CallOrder, url)},
  {"token", G_STRUCT_OFFSET (CallOrder, token)},
  {"participant", G_STRUCT_OFFSET (CallOrder, participant)},
  {"room", G_STRUCT_OFFSET (CallOrder, room)},
  {"job_id", G_STRUCT_OFFSET (CallOrder, job_id)},
  {"offer", G_STRUCT_OFFSET (CallOrder, offer)},
  {"stun_server", G_STRUCT_OFFSET (CallOrder, stun_server)},
  {"description", G_STRUCT_OFFSET (CallOrder, description)},
  {"persona", G_STRUCT_OFFSET (CallOrder, persona)},
  {"rules", G_STRUCT_OFFSET (CallOrder, rules)},
  {"metadata", G_STRUCT_OFFSET (CallOrder, metadata)},
  {"webhook", G_STRUCT_OFFSET (CallOrder, webhook)},
  {"webhook_secret", G_STRUCT_OFFSET (CallOrder, webhook_secret)},
  {"record", G_STRUCT_OFFSET (CallOrder, record)},
  {"health", G_STRUCT_OFFSET (CallOrder, health)},
}, tables[] = {
  {"variables", G_STRUCT_OFFSET (CallOrder, variables)},
  {"attributes", G_STRUCT_OFFSET (CallOrder, attributes)},
};

static const gchar *const commands[] = {
  [CALL_HANGUP] = "hangup",
  [CALL_SAY] = "say",
  [CALL_INJECT] = "inject",
  [CALL_DUMP] = "dump",
  [CALL_INTERRUPT] = "interrupt",
  [CALL_TYPE] = "type",
  [CALL_LEAVE] = "leave",
};

/**
 * call_order_clear:
 * @order: an order; it is empty afterwards
 */
void
call_order_clear (CallOrder * order)
{
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    g_free (G_STRUCT_MEMBER (gchar *, order, strings[i].offset));
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    g_clear_pointer (&G_STRUCT_MEMBER (GHashTable *, order, tables[i].offset),
        g_hash_table_unref);
  memset (order, 0, sizeof *order);
}

static void
write_table (JsonWriter * json, const gchar * name, GHashTable * table)
{
  GHashTableIter iter;
  gpointer key, value;

  if (!table)
    return;
  json_writer_begin (json, name, '{');
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &key, &value))
    json_writer_string (json, key, value);
  json_writer_end (json, '}');
}

static gboolean
check_size (gsize size, GError ** error)
{
  if (size <= CALL_MESSAGE_MAX)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
      "what a call is made of has %" G_GSIZE_FORMAT " bytes, and may have %d",
      size, CALL_MESSAGE_MAX);
  return FALSE;
}

/**
 * call_order_to_json:
 * @order: an order
 * @error: where to say that it is too long
 *
 * Returns: (transfer full) (nullable): the message
 */
gchar *
call_order_to_json (const CallOrder * order, GError ** error)
{
  JsonWriter json = {.out = g_string_new (NULL) };

  json_writer_begin (&json, NULL, '{');
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    const gchar *value = G_STRUCT_MEMBER (gchar *, order, strings[i].offset);

    if (value)
      json_writer_string (&json, strings[i].name, value);
  }
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    write_table (&json, tables[i].name, G_STRUCT_MEMBER (GHashTable *, order,
            tables[i].offset));
  json_writer_boolean (&json, "simulate", order->simulate);
  json_writer_boolean (&json, "loopback", order->loopback);
  json_writer_uint (&json, "min_port", order->min_port);
  json_writer_uint (&json, "max_port", order->max_port);
  json_writer_uint (&json, "memory_limit", order->memory_limit);
  json_writer_end (&json, '}');
  if (check_size (json.out->len, error))
    return g_string_free (json.out, FALSE);
  g_string_free (json.out, TRUE);
  return NULL;
}

static gboolean
refuse (GError ** error, const gchar * what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
      "not an order for a call: %s", what);
  return FALSE;
}

static gboolean
read_string (JsonObject * object, const gchar * name, gchar ** value,
    GError ** error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (!node)
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse (error, name);
  *value = json_node_dup_string (node);
  return TRUE;
}

static gboolean
read_table (JsonObject * object, const gchar * name, GHashTable ** table,
    GError ** error)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;

  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, name);
  *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &key, &value)) {
    if (json_node_get_value_type (value) != G_TYPE_STRING)
      return refuse (error, name);
    g_hash_table_replace (*table, g_strdup (key), json_node_dup_string (value));
  }
  return TRUE;
}

/* (transfer full) */
static JsonNode *
read_object (const gchar * text, gsize length, GError ** error)
{
  JsonNode *node = gst_voice_json_parse (text, length, CALL_MESSAGE_MAX,
      MAX_DEPTH, error);

  if (node && !JSON_NODE_HOLDS_OBJECT (node)) {
    g_clear_pointer (&node, json_node_unref);
    refuse (error, "not an object");
  }
  return node;
}

static guint
read_port (JsonObject * object, const gchar * name)
{
  return CLAMP (json_object_get_int_member_with_default (object, name, 0), 0,
      G_MAXUINT16);
}

static gboolean
read_order (CallOrder * order, JsonObject * object, GError ** error)
{
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    if (!read_string (object, strings[i].name, &G_STRUCT_MEMBER (gchar *,
                order, strings[i].offset), error))
      return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    if (!read_table (object, tables[i].name, &G_STRUCT_MEMBER (GHashTable *,
                order, tables[i].offset), error))
      return FALSE;
  }
  order->simulate = json_object_get_boolean_member_with_default (object,
      "simulate", FALSE);
  order->loopback = json_object_get_boolean_member_with_default (object,
      "loopback", FALSE);
  order->min_port = read_port (object, "min_port");
  order->max_port = read_port (object, "max_port");
  order->memory_limit = MAX (0, json_object_get_int_member_with_default (object,
          "memory_limit", 0));
  if (!order->call_id || !order->journal_dir)
    return refuse (error, "call_id and journal_dir are needed");
  return (order->url != NULL) + (order->description != NULL)
      + (order->offer != NULL) == 1
      || refuse (error, "one of url, offer and description is needed");
}

/**
 * call_order_parse:
 * @order: (out): to be cleared by call_order_clear() if there is no error
 * @text: a message
 * @length: its bytes
 * @error: what is wrong with it
 *
 * Returns: whether it is an order
 */
gboolean
call_order_parse (CallOrder * order, const gchar * text, gsize length,
    GError ** error)
{
  JsonNode *node = read_object (text, length, error);
  gboolean ok;

  memset (order, 0, sizeof *order);
  if (!node)
    return FALSE;
  ok = read_order (order, json_node_get_object (node), error);
  json_node_unref (node);
  if (!ok)
    call_order_clear (order);
  return ok;
}

/**
 * call_command_to_json:
 * @command: what to do
 * @text: (nullable): with what
 *
 * Returns: (transfer full) (nullable): the message, unless it is too long
 */
gchar *
call_command_to_json (CallCommand command, const gchar * text)
{
  JsonWriter json = {.out = g_string_new (NULL) };

  json_writer_begin (&json, NULL, '{');
  json_writer_string (&json, "command", commands[command]);
  if (text)
    json_writer_string (&json, "text", text);
  json_writer_end (&json, '}');
  if (check_size (json.out->len, NULL))
    return g_string_free (json.out, FALSE);
  g_string_free (json.out, TRUE);
  return NULL;
}

/**
 * call_command_parse:
 * @command: (out): what to do
 * @text: (out) (transfer full) (nullable): with what
 * @json: a message
 * @length: its bytes
 * @error: what is wrong with it
 *
 * Returns: whether it is a command
 */
gboolean
call_command_parse (CallCommand * command, gchar ** text, const gchar * json,
    gsize length, GError ** error)
{
  JsonNode *node = read_object (json, length, error);
  JsonObject *object = node ? json_node_get_object (node) : NULL;
  gchar *name = NULL;
  gboolean ok;

  *text = NULL;
  if (!node)
    return FALSE;
  ok = read_string (object, "command", &name, error)
      && read_string (object, "text", text, error);
  *command = G_N_ELEMENTS (commands);
  for (guint i = 0; ok && i < G_N_ELEMENTS (commands); i++) {
    if (g_strcmp0 (commands[i], name) == 0)
      *command = i;
  }
  if (ok && *command == G_N_ELEMENTS (commands))
    ok = refuse (error, "there is no such command");
  if (!ok)
    g_clear_pointer (text, g_free);
  g_free (name);
  json_node_unref (node);
  return ok;
}
