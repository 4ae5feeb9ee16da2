/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What goes into a tool and what comes out of it, as JSON: a model's arguments
 * against the tool's schema, a service's answer, a static result with its
 * placeholders, and the text that the model is told. All of it is written by
 * others and has bounds.
 *
 * Threads: any. Locks: none.
 */
#include "tool-json.h"

#include <gst-voice/json.h>
#include <string.h>

/* Placeholders of one result; each may bring in all arguments. */
#define MAX_PLACEHOLDERS 64
#define MAX_COMPLAINT 500

typedef struct
{
  JsonObject *arguments;
  guint left;                   /* placeholders that are still filled in */
} Filling;

static JsonNode *
object_node (JsonObject * object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

static JsonNode *
string_node (const gchar * text)
{
  return json_node_init_string (json_node_alloc (), text);
}

/* The inner object, for more than code and message. */
static JsonNode *
new_error (const gchar * code, const gchar * message, JsonObject ** inner)
{
  JsonObject *error = json_object_new (), *object = json_object_new ();

  json_object_set_string_member (error, "code", code);
  json_object_set_string_member (error, "message", message);
  json_object_set_object_member (object, "error", error);
  *inner = error;
  return object_node (object);
}

/**
 * tool_error_new:
 * @code: a word for programs
 * @message: for the model, in plain words
 *
 * Returns: (transfer full): `{"error": {"code", "message"}}`
 */
JsonNode *
tool_error_new (const gchar * code, const gchar * message)
{
  JsonObject *inner;

  return new_error (code, message, &inner);
}

static JsonNode *
invalid_arguments (const gchar * message, GPtrArray * problems)
{
  JsonArray *array = json_array_new ();
  JsonObject *inner;
  JsonNode *node = new_error ("invalid-arguments", message, &inner);

  for (guint i = 0; problems && i < problems->len; i++) {
    const GstVoiceSchemaProblem *problem = problems->pdata[i];
    JsonObject *one = json_object_new ();

    json_object_set_string_member (one, "path", problem->pointer);
    json_object_set_string_member (one, "message", problem->message);
    json_array_add_object_element (array, one);
  }
  json_object_set_array_member (inner, "problems", array);
  return node;
}

static JsonNode *
parse_arguments (const gchar * text, JsonNode ** refusal)
{
  GError *error = NULL;
  JsonNode *node = gst_voice_json_parse (text, -1, TOOL_ARGUMENTS_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);
  gchar *message;

  if (!node) {
    message = g_strdup_printf ("The arguments are not valid JSON (line %s). "
        "Call the tool again with a JSON object.", error->message);
    *refusal = invalid_arguments (message, NULL);
    g_free (message);
    g_error_free (error);
  } else if (!JSON_NODE_HOLDS_OBJECT (node)) {
    *refusal = invalid_arguments ("The arguments must be a JSON object. Call "
        "the tool again with one.", NULL);
    g_clear_pointer (&node, json_node_unref);
  }
  return node;
}

/**
 * tool_arguments_read:
 * @text: what the model wrote; nothing at all counts as an empty object
 * @schema: of the tool's arguments
 * @refusal: (out) (transfer full): what to tell the model if they will not do
 *
 * Returns: (transfer full) (nullable): the arguments, an object, with the
 *   schema's defaults
 */
JsonNode *
tool_arguments_read (const gchar * text, GstVoiceSchema * schema,
    JsonNode ** refusal)
{
  JsonNode *node = parse_arguments (text[strspn (text, " \t\r\n")] ? text :
      "{}", refusal);
  GPtrArray *problems;

  if (!node)
    return NULL;
  gst_voice_schema_fill_defaults (schema, node);
  if (gst_voice_schema_validate (schema, node, &problems))
    return node;
  *refusal = invalid_arguments ("The arguments do not fit this tool. Correct "
      "them and call it again, or ask the caller for what is missing.",
      problems);
  g_ptr_array_unref (problems);
  json_node_unref (node);
  return NULL;
}

/**
 * tool_body_read:
 * @body: what a service has answered
 * @size: its length
 * @content_type: (nullable): what the service calls it
 *
 * JSON is taken whatever it is called; other text if it is called `text/plain`.
 *
 * Returns: (transfer full) (nullable): the result; %NULL if it is neither
 */
JsonNode *
tool_body_read (const gchar * body, gsize size, const gchar * content_type)
{
  JsonObject *object;
  JsonNode *node;
  gchar *text;

  if (size == 0) {
    object = json_object_new ();
    json_object_set_string_member (object, "status", "done");
    return object_node (object);
  }
  node = gst_voice_json_parse (body, size, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  if (node || !content_type
      || g_ascii_strncasecmp (content_type, "text/plain", 10) != 0
      || !g_utf8_validate_len (body, size, NULL))
    return node;
  text = g_strndup (body, size);
  object = json_object_new ();
  json_object_set_string_member (object, "text", text);
  g_free (text);
  return object_node (object);
}

static const gchar *
member_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) :
      NULL;
}

/**
 * tool_body_complaint:
 * @body: (nullable): what a service has answered with a status of 4xx
 *
 * Returns: (transfer full) (nullable): what it wants the model to know, from
 *   `{"error": "…"}` or `{"error": {"message": "…"}}`
 */
gchar *
tool_body_complaint (const gchar * body)
{
  JsonNode *node = body ? gst_voice_json_parse (body, -1, 4096, 8, NULL) : NULL;
  const gchar *text = NULL;
  JsonNode *error;
  gchar *complaint = NULL;

  if (node && JSON_NODE_HOLDS_OBJECT (node)) {
    text = member_text (json_node_get_object (node), "error");
    error = json_object_get_member (json_node_get_object (node), "error");
    if (error && JSON_NODE_HOLDS_OBJECT (error))
      text = member_text (json_node_get_object (error), "message");
  }
  if (text && *text)
    complaint = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1),
            MAX_COMPLAINT));
  g_clear_pointer (&node, json_node_unref);
  return complaint;
}

static gboolean
is_name_char (gchar c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '-';
}

/* The next `${name}` in a text, with its end and name. `$${` is none. */
static const gchar *
find_placeholder (const gchar * text, const gchar ** end, gchar ** name)
{
  const gchar *p = text;

  while ((p = strstr (p, "${"))) {
    const gchar *first = p + 2, *last = first;

    while (is_name_char (*last))
      last++;
    if (last > first && *last == '}' && (p == text || p[-1] != '$')) {
      *end = last + 1;
      *name = g_strndup (first, last - first);
      return p;
    }
    p = first;
  }
  return NULL;
}

static void
collect_placeholders (JsonNode * node, GPtrArray * names)
{
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    const gchar *name;
    JsonNode *value;

    json_object_iter_init_ordered (&iter, json_node_get_object (node));
    while (json_object_iter_next_ordered (&iter, &name, &value))
      collect_placeholders (value, names);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    for (guint i = 0; i < json_array_get_length (array); i++)
      collect_placeholders (json_array_get_element (array, i), names);
  } else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_string (node)) {
    const gchar *rest = json_node_get_string (node);
    gchar *name;

    while (find_placeholder (rest, &rest, &name))
      g_ptr_array_add (names, name);
  }
}

/**
 * tool_result_placeholders:
 * @result: of a static tool
 *
 * Returns: (transfer full) (nullable): the names in its texts, %NULL if there
 *   are too many
 */
GPtrArray *
tool_result_placeholders (JsonNode * result)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  collect_placeholders (result, names);
  if (names->len > MAX_PLACEHOLDERS)
    g_clear_pointer (&names, g_ptr_array_unref);
  return names;
}

static JsonNode *
value_of (Filling * f, const gchar * name)
{
  if (f->left == 0)
    return NULL;
  f->left--;
  return json_object_get_member (f->arguments, name);
}

/* `$${` becomes `${`. */
static void
append_plain (GString * out, const gchar * text, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    if (!(text[i] == '$' && i + 2 < length && text[i + 1] == '$'
            && text[i + 2] == '{'))
      g_string_append_c (out, text[i]);
  }
}

static void
append_value (GString * out, JsonNode * value)
{
  gchar *text;

  if (!value || JSON_NODE_HOLDS_NULL (value))
    return;
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_string (value)) {
    g_string_append (out, json_node_get_string (value));
  } else {
    text = gst_voice_json_to_string (value);
    g_string_append (out, text);
    g_free (text);
  }
}

static JsonNode *
fill_text (Filling * f, const gchar * text)
{
  GString *out = g_string_new (NULL);
  const gchar *whole = text, *start, *end;
  JsonNode *node = NULL;
  gchar *name;

  while (!node && (start = find_placeholder (text, &end, &name))) {
    JsonNode *value = value_of (f, name);

    if (start == whole && !*end && value)
      node = gst_voice_json_copy (value);
    append_plain (out, text, start - text);
    append_value (out, value);
    g_free (name);
    text = end;
  }
  append_plain (out, text, strlen (text));
  if (!node)
    node = string_node (out->str);
  g_string_free (out, TRUE);
  return node;
}

static JsonNode *
fill (Filling * f, JsonNode * node)
{
  JsonNode *filled;

  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *object = json_object_new ();
    JsonObjectIter iter;
    const gchar *name;
    JsonNode *value;

    json_object_iter_init_ordered (&iter, json_node_get_object (node));
    while (json_object_iter_next_ordered (&iter, &name, &value))
      json_object_set_member (object, name, fill (f, value));
    return object_node (object);
  }
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *from = json_node_get_array (node), *to = json_array_new ();

    for (guint i = 0; i < json_array_get_length (from); i++)
      json_array_add_element (to, fill (f, json_array_get_element (from, i)));
    filled = json_node_new (JSON_NODE_ARRAY);
    json_node_take_array (filled, to);
    return filled;
  }
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_string (node))
    return fill_text (f, json_node_get_string (node));
  return gst_voice_json_copy (node);
}

/**
 * tool_result_fill_in:
 * @result: of a static tool
 * @arguments: an object
 *
 * Puts arguments in the place of `${name}` in texts. A text that is nothing but
 * a placeholder becomes the argument itself, of whatever type; one that is
 * missing is left out.
 *
 * Returns: (transfer full): the result of this call
 */
JsonNode *
tool_result_fill_in (JsonNode * result, JsonNode * arguments)
{
  Filling f = { json_node_get_object (arguments), MAX_PLACEHOLDERS };

  return fill (&f, result);
}

/* `{"text", "note"}` with the first bytes of a result's text. */
static gchar *
cut_text (const gchar * text, gsize size)
{
  JsonObject *object = json_object_new ();
  gsize n = size;
  gchar *part, *note, *cut;
  JsonNode *node;

  while (n > 0 && ((guchar) text[n] & 0xc0) == 0x80)
    n--;
  part = g_strndup (text, n);
  note = g_strdup_printf ("Too long: these are the first %" G_GSIZE_FORMAT
      " of %" G_GSIZE_FORMAT " bytes.", n, strlen (text));
  json_object_set_string_member (object, "text", part);
  json_object_set_string_member (object, "note", note);
  node = object_node (object);
  cut = gst_voice_json_to_string (node);
  json_node_unref (node);
  g_free (note);
  g_free (part);
  return cut;
}

/**
 * tool_result_to_text:
 * @result: of a call
 * @size: how many bytes it may have, at least 256
 *
 * Returns: (transfer full): the result as JSON text; if that is too long,
 *   `{"text", "note"}` with its beginning
 */
gchar *
tool_result_to_text (JsonNode * result, gsize size)
{
  gchar *text = gst_voice_json_to_string (result), *cut;
  gsize n = size;

  if (strlen (text) <= size)
    return text;
  /* What is quoted once more grows, to twice its length at the most. */
  while (strlen (cut = cut_text (text, n)) > size) {
    g_free (cut);
    n = n * 7 / 8;
  }
  g_free (text);
  return cut;
}

/**
 * tool_json_contains:
 * @node: (nullable): a value
 * @part: what is to be found in it
 *
 * Members of objects that @part does not have may be anything; all else is
 * equal.
 */
gboolean
tool_json_contains (JsonNode * node, JsonNode * part)
{
  JsonObject *object;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;
  gboolean same = TRUE;

  if (!node || !JSON_NODE_HOLDS_OBJECT (node) || !JSON_NODE_HOLDS_OBJECT (part))
    return node && gst_voice_json_equal (node, part);
  object = json_node_get_object (node);
  json_object_iter_init (&iter, json_node_get_object (part));
  while (same && json_object_iter_next (&iter, &name, &value))
    same = tool_json_contains (json_object_get_member (object, name), value);
  return same;
}
