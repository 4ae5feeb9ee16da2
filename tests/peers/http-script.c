/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the scripts of the stand-in for HTTP services (http-peer.h).
 *
 * Threads: any. Locks: none.
 */
#include "http-script.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

static void
step_clear (Step * step)
{
  g_clear_pointer (&step->bytes, g_bytes_unref);
}

static void
reply_free (Reply * reply)
{
  g_free (reply->headers);
  g_array_unref (reply->steps);
  g_free (reply);
}

static void
path_free (Path * path)
{
  g_ptr_array_unref (path->replies);
  g_free (path);
}

static gboolean
step_from_object (JsonObject * object, Step * step)
{
  static const struct
  {
    const gchar *key;
    StepKind kind;
  } keys[] = {
    {"base64", STEP_DATA}, {"fill", STEP_FILL}, {"raw", STEP_RAW},
    {"gate", STEP_GATE}, {"delay", STEP_DELAY}, {"hang", STEP_HANG},
    {"close", STEP_CLOSE}, {"reset", STEP_RESET},
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (!json_object_has_member (object, keys[i].key))
      continue;
    step->kind = keys[i].kind;
    if (step->kind == STEP_DATA) {
      gsize size;
      guchar *data = g_base64_decode (json_object_get_string_member (object,
              "base64"), &size);

      step->bytes = g_bytes_new_take (data, size);
    } else if (step->kind == STEP_RAW) {
      const gchar *raw = json_object_get_string_member (object, "raw");

      step->bytes = g_bytes_new (raw, strlen (raw));
    } else if (step->kind == STEP_FILL || step->kind == STEP_DELAY) {
      step->number = json_object_get_int_member (object, keys[i].key);
    }
    return TRUE;
  }
  return FALSE;
}

static gboolean
step_from_node (JsonNode * node, Step * step)
{
  memset (step, 0, sizeof *step);
  if (JSON_NODE_HOLDS_OBJECT (node))
    return step_from_object (json_node_get_object (node), step);
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return FALSE;
  step->kind = STEP_DATA;
  step->bytes = g_bytes_new (json_node_get_string (node),
      strlen (json_node_get_string (node)));
  return TRUE;
}

static void
choose_framing (Reply * reply, JsonObject * object)
{
  const gchar *framing = json_object_get_string_member_with_default (object,
      "framing", NULL);
  gboolean plain = TRUE;
  gint64 length = 0;

  for (guint i = 0; i < reply->steps->len; i++) {
    Step *step = &g_array_index (reply->steps, Step, i);

    if (step->kind == STEP_DATA)
      length += g_bytes_get_size (step->bytes);
    else if (step->kind == STEP_FILL)
      length += step->number;
    else
      plain = FALSE;
  }
  reply->length = json_object_get_int_member_with_default (object, "length",
      length);
  if (framing)
    reply->framing = !strcmp (framing, "chunked") ? FRAMING_CHUNKED :
        !strcmp (framing, "length") ? FRAMING_LENGTH : FRAMING_CLOSE;
  else
    reply->framing = plain || json_object_has_member (object, "length") ?
        FRAMING_LENGTH : FRAMING_CHUNKED;
}

static gchar *
headers_from_object (JsonObject * object)
{
  GString *text = g_string_new (NULL);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (object) {
    json_object_iter_init (&iter, object);
    while (json_object_iter_next (&iter, &name, &value))
      g_string_append_printf (text, "%s: %s\r\n", name,
          json_node_get_string (value));
  }
  return g_string_free (text, FALSE);
}

static Reply *
reply_from_object (JsonObject * object, GError ** error)
{
  Reply *reply = g_new0 (Reply, 1);
  JsonArray *steps = json_object_has_member (object, "steps") ?
      json_object_get_array_member (object, "steps") : NULL;

  reply->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  g_array_set_clear_func (reply->steps, (GDestroyNotify) step_clear);
  reply->status = json_object_get_int_member_with_default (object, "status",
      200);
  reply->hold = json_object_get_boolean_member_with_default (object, "hold",
      FALSE);
  reply->headers = headers_from_object (json_object_has_member (object,
          "headers") ? json_object_get_object_member (object,
          "headers") : NULL);
  for (guint i = 0; steps && i < json_array_get_length (steps); i++) {
    Step step;

    if (!step_from_node (json_array_get_element (steps, i), &step)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          "step %u is neither a text nor an object with a known key", i);
      reply_free (reply);
      return NULL;
    }
    g_array_append_val (reply->steps, step);
  }
  choose_framing (reply, object);
  return reply;
}

static Path *
path_from_node (JsonNode * node, GError ** error)
{
  Path *path = g_new0 (Path, 1);
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;
  guint n = array ? json_array_get_length (array) : 1;

  path->replies = g_ptr_array_new_with_free_func ((GDestroyNotify) reply_free);
  for (guint i = 0; i < n; i++) {
    JsonNode *element = array ? json_array_get_element (array, i) : node;
    Reply *reply = NULL;

    if (JSON_NODE_HOLDS_OBJECT (element))
      reply = reply_from_object (json_node_get_object (element), error);
    else
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
          "a reply is not an object");
    if (!reply) {
      path_free (path);
      return NULL;
    }
    g_ptr_array_add (path->replies, reply);
  }
  return path;
}

GHashTable *
http_script_parse (const gchar * script, GError ** error)
{
  JsonNode *root = json_from_string (script, error);
  GHashTable *paths = NULL;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (error && *error)
    return NULL;
  if (!root || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "the script is not an object");
    g_clear_pointer (&root, json_node_unref);
    return NULL;
  }
  paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) path_free);
  json_object_iter_init (&iter, json_node_get_object (root));
  while (json_object_iter_next (&iter, &name, &node)) {
    Path *path = path_from_node (node, error);

    if (!path) {
      g_prefix_error (error, "%s: ", name);
      g_clear_pointer (&paths, g_hash_table_unref);
      break;
    }
    g_hash_table_insert (paths, g_strdup (name), path);
  }
  json_node_unref (root);
  return paths;
}
