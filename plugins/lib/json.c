/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * JSON values over json-glib's nodes: a writer, JSON Pointers, equality as JSON
 * Schema wants it, and the nearest of some words. The reader is json-reader.c.
 *
 * json-glib's own writer makes `1e+100.0` and `inf.0`.
 *
 * Threads: any. Locks: none.
 */
#include "json.h"
#include "json-private.h"

#include <math.h>
#include <string.h>
#include <sys/random.h>

#define WORD_LENGTH 64

/* @out may end anywhere behind @limit bytes, which saves the rest of the work
 * where only the beginning is wanted. */
static void
write_string (GString * out, const gchar * text, gsize limit)
{
  gchar *valid = g_utf8_validate (text, -1, NULL) ? NULL :
      g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const gchar * p = valid ? valid : text; *p && out->len <= limit; p++) {
    static const gchar from[] = "\"\\\b\f\n\r\t";
    static const gchar to[] = "\"\\bfnrt";
    const gchar *found = strchr (from, *p);

    if (found)
      g_string_append_printf (out, "\\%c", to[found - from]);
    else if ((guchar) * p < 0x20)
      g_string_append_printf (out, "\\u%04x", *p);
    else
      g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
  g_free (valid);
}

/* The shortest text that reads back as the same number. */
static void
write_double (GString * out, gdouble number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number)) {
    g_string_append (out, "null");
    return;
  }
  for (gint digits = 15; digits <= 17; digits++) {
    gchar format[] = "%.15g";

    format[3] = '0' + digits % 10;
    g_ascii_formatd (text, sizeof text, format, number);
    if (g_ascii_strtod (text, NULL) == number)
      break;
  }
  g_string_append (out, text);
  if (!strpbrk (text, ".e"))
    g_string_append (out, ".0");
}

/**
 * gst_voice_json_append_string:
 * @out: where to write
 * @text: a text; what is not UTF-8 is replaced
 *
 * Writes a JSON string.
 */
void
gst_voice_json_append_string (GString * out, const gchar * text)
{
  write_string (out, text, G_MAXSIZE);
}

/**
 * gst_voice_json_append_number:
 * @out: where to write
 * @number: any number
 *
 * Writes the shortest JSON number that reads back as the same, with a point in
 * any locale, or `null` for what is no number.
 */
void
gst_voice_json_append_number (GString * out, gdouble number)
{
  write_double (out, number);
}

static void
write_value (GString * out, JsonNode * node, gsize limit)
{
  switch (json_node_get_value_type (node)) {
    case G_TYPE_STRING:
      write_string (out, json_node_get_string (node), limit);
      break;
    case G_TYPE_DOUBLE:
      write_double (out, json_node_get_double (node));
      break;
    case G_TYPE_BOOLEAN:
      g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
      break;
    default:
      g_string_append_printf (out, "%" G_GINT64_FORMAT,
          json_node_get_int (node));
  }
}

static void write_node (GString * out, JsonNode * node, gsize limit);

static void
write_object (GString * out, JsonObject * object, gsize limit)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;
  const gchar *between = "{";

  json_object_iter_init_ordered (&iter, object);
  while (out->len <= limit
      && json_object_iter_next_ordered (&iter, &name, &value)) {
    g_string_append (out, between);
    between = ",";
    write_string (out, name, limit);
    g_string_append_c (out, ':');
    write_node (out, value, limit);
  }
  g_string_append (out, json_object_get_size (object) ? "}" : "{}");
}

static void
write_node (GString * out, JsonNode * node, gsize limit)
{
  JsonArray *array;

  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      write_object (out, json_node_get_object (node), limit);
      break;
    case JSON_NODE_ARRAY:
      array = json_node_get_array (node);
      g_string_append_c (out, '[');
      for (guint i = 0; i < json_array_get_length (array)
          && out->len <= limit; i++) {
        if (i)
          g_string_append_c (out, ',');
        write_node (out, json_array_get_element (array, i), limit);
      }
      g_string_append_c (out, ']');
      break;
    case JSON_NODE_VALUE:
      write_value (out, node, limit);
      break;
    default:
      g_string_append (out, "null");
  }
}

/**
 * gst_voice_json_to_string:
 * @node: a value
 *
 * Returns: (transfer full): the value as JSON without white space, members in
 *   the order in which they were set; a number that is not finite is `null`
 */
gchar *
gst_voice_json_to_string (JsonNode * node)
{
  GString *out = g_string_new (NULL);

  write_node (out, node, G_MAXSIZE);
  return g_string_free (out, FALSE);
}

/* The same for messages: cut after @length characters. */
gchar *
_gst_voice_json_quote (JsonNode * node, guint length)
{
  GString *out = g_string_new (NULL);

  write_node (out, node, length * 4);
  if (g_utf8_strlen (out->str, out->len) > length) {
    g_string_truncate (out, g_utf8_offset_to_pointer (out->str, length) -
        out->str);
    g_string_append (out, "…");
  }
  return g_string_free (out, FALSE);
}

/**
 * gst_voice_json_copy:
 * @node: a value
 *
 * json_node_copy() shares arrays and objects with the original; this does not.
 *
 * Returns: (transfer full): a copy of the whole tree
 */
JsonNode *
gst_voice_json_copy (JsonNode * node)
{
  JsonNode *copy;

  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *from = json_node_get_array (node);
    JsonArray *to = json_array_sized_new (json_array_get_length (from));

    for (guint i = 0; i < json_array_get_length (from); i++)
      json_array_add_element (to,
          gst_voice_json_copy (json_array_get_element (from, i)));
    copy = json_node_new (JSON_NODE_ARRAY);
    json_node_take_array (copy, to);
    return copy;
  }
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *to = json_object_new ();
    JsonObjectIter iter;
    const gchar *name;
    JsonNode *value;

    json_object_iter_init_ordered (&iter, json_node_get_object (node));
    while (json_object_iter_next_ordered (&iter, &name, &value))
      json_object_set_member (to, name, gst_voice_json_copy (value));
    copy = json_node_new (JSON_NODE_OBJECT);
    json_node_take_object (copy, to);
    return copy;
  }
  return json_node_copy (node);
}

/* The next reference token of RFC 6901, unescaped; @pointer at its slash. */
gchar *
_gst_voice_json_next_token (const gchar ** pointer)
{
  GString *token = g_string_new (NULL);
  const gchar *p = *pointer + 1;

  for (; *p && *p != '/'; p++) {
    if (p[0] == '~' && (p[1] == '0' || p[1] == '1'))
      g_string_append_c (token, *++p == '0' ? '~' : '/');
    else
      g_string_append_c (token, *p);
  }
  *pointer = p;
  return g_string_free (token, FALSE);
}

gboolean
_gst_voice_json_array_index (const gchar * token, guint * index)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (token, 10, 0, G_MAXUINT, &value, NULL)
      || (token[0] == '0' && token[1]))
    return FALSE;
  *index = value;
  return TRUE;
}

/**
 * gst_voice_json_at:
 * @root: a value
 * @pointer: a JSON Pointer (RFC 6901)
 *
 * Returns: (transfer none) (nullable): what the pointer points to
 */
JsonNode *
gst_voice_json_at (JsonNode * root, const gchar * pointer)
{
  while (root && *pointer) {
    gchar *token;
    guint index;

    if (*pointer != '/')
      return NULL;
    token = _gst_voice_json_next_token (&pointer);
    if (JSON_NODE_HOLDS_OBJECT (root))
      root = json_object_get_member (json_node_get_object (root), token);
    else if (JSON_NODE_HOLDS_ARRAY (root)
        && _gst_voice_json_array_index (token, &index)
        && index < json_array_get_length (json_node_get_array (root)))
      root = json_array_get_element (json_node_get_array (root), index);
    else
      root = NULL;
    g_free (token);
  }
  return root;
}

/**
 * gst_voice_json_pointer_append:
 * @pointer: a JSON Pointer
 * @name: a member's name, any characters
 *
 * Appends `/` and the name, escaped.
 */
void
gst_voice_json_pointer_append (GString * pointer, const gchar * name)
{
  g_string_append_c (pointer, '/');
  for (; *name; name++) {
    if (*name == '~')
      g_string_append (pointer, "~0");
    else if (*name == '/')
      g_string_append (pointer, "~1");
    else
      g_string_append_c (pointer, *name);
  }
}

static gint
compare_int_double (gint64 i, gdouble d)
{
  gint64 whole;

  if (d >= 0x1p63)
    return -1;
  if (d < -0x1p63)
    return 1;
  whole = d;
  if (i != whole)
    return i < whole ? -1 : 1;
  return d > whole ? -1 : d < whole ? 1 : 0;
}

/**
 * gst_voice_json_compare_numbers:
 * @a: a number
 * @b: a number
 *
 * Compares exactly, also where a double cannot hold the integer.
 *
 * Returns: less than, equal to or more than 0
 */
gint
gst_voice_json_compare_numbers (JsonNode * a, JsonNode * b)
{
  gboolean a_int = json_node_get_value_type (a) == G_TYPE_INT64;
  gboolean b_int = json_node_get_value_type (b) == G_TYPE_INT64;
  gdouble x, y;

  if (a_int && b_int) {
    gint64 i = json_node_get_int (a), j = json_node_get_int (b);

    return i < j ? -1 : i > j;
  }
  if (a_int)
    return compare_int_double (json_node_get_int (a), json_node_get_double (b));
  if (b_int)
    return -compare_int_double (json_node_get_int (b),
        json_node_get_double (a));
  x = json_node_get_double (a);
  y = json_node_get_double (b);
  return x < y ? -1 : x > y;
}

/* Booleans are not numbers, though json_node_get_int() takes them. */
static gboolean
is_number (JsonNode * node)
{
  GType type = json_node_get_value_type (node);

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

static gboolean
equal_objects (JsonObject * a, JsonObject * b)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (json_object_get_size (a) != json_object_get_size (b))
    return FALSE;
  json_object_iter_init (&iter, a);
  while (json_object_iter_next (&iter, &name, &value)) {
    JsonNode *other = json_object_get_member (b, name);

    if (!other || !gst_voice_json_equal (value, other))
      return FALSE;
  }
  return TRUE;
}

static gboolean
equal_arrays (JsonArray * a, JsonArray * b)
{
  guint length = json_array_get_length (a);

  if (length != json_array_get_length (b))
    return FALSE;
  for (guint i = 0; i < length; i++) {
    if (!gst_voice_json_equal (json_array_get_element (a, i),
            json_array_get_element (b, i)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
equal_values (JsonNode * a, JsonNode * b)
{
  GType type = json_node_get_value_type (a);

  if (is_number (a) && is_number (b))
    return gst_voice_json_compare_numbers (a, b) == 0;
  if (type != json_node_get_value_type (b))
    return FALSE;
  if (type == G_TYPE_STRING)
    return strcmp (json_node_get_string (a), json_node_get_string (b)) == 0;
  return json_node_get_boolean (a) == json_node_get_boolean (b);
}

/**
 * gst_voice_json_equal:
 * @a: a value
 * @b: a value
 *
 * Compares as JSON Schema wants it: numbers by their value (1 is 1.0), objects
 * whatever the order of their members.
 *
 * Returns: whether both are the same value
 */
gboolean
gst_voice_json_equal (JsonNode * a, JsonNode * b)
{
  JsonNodeType type = json_node_get_node_type (a);

  if (a == b)
    return TRUE;
  if (type != json_node_get_node_type (b))
    return FALSE;
  switch (type) {
    case JSON_NODE_OBJECT:
      return equal_objects (json_node_get_object (a), json_node_get_object (b));
    case JSON_NODE_ARRAY:
      return equal_arrays (json_node_get_array (a), json_node_get_array (b));
    case JSON_NODE_VALUE:
      return equal_values (a, b);
    default:
      return TRUE;
  }
}

/* FNV-1a from a secret start, so that nobody can prepare collisions. */
static guint64
hash_bytes (guint64 h, const void *data, gsize size)
{
  static guint64 secret;
  static gsize once;
  const guchar *bytes = data;

  if (g_once_init_enter (&once)) {
    /* Not g_random_int(): that would seed GRand before a fork. */
    if (getrandom (&secret, sizeof secret, GRND_NONBLOCK) < 0)
      secret = g_get_monotonic_time ();
    g_once_init_leave (&once, 1);
  }
  h ^= secret;
  for (gsize i = 0; i < size; i++)
    h = (h ^ bytes[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return h;
}

static guint64 hash_node (JsonNode * node);

static guint64
hash_object (JsonObject * object)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;
  guint64 sum = JSON_NODE_OBJECT;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value)) {
    guint64 h = hash_node (value);

    sum += hash_bytes (h, name, strlen (name));
  }
  return sum;
}

static guint64
hash_value (JsonNode * node)
{
  const gchar *text = json_node_get_string (node);
  gdouble number;

  if (text)
    return hash_bytes (G_TYPE_STRING, text, strlen (text));
  if (!is_number (node))
    return json_node_get_boolean (node);
  number = json_node_get_double (node) + 0.0;   /* -0 becomes 0 */
  return hash_bytes (G_TYPE_DOUBLE, &number, sizeof number);
}

static guint64
hash_node (JsonNode * node)
{
  guint64 h = JSON_NODE_ARRAY;
  JsonArray *array;

  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      return hash_object (json_node_get_object (node));
    case JSON_NODE_ARRAY:
      array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++) {
        guint64 item = hash_node (json_array_get_element (array, i));

        h = hash_bytes (h, &item, sizeof item);
      }
      return h;
    case JSON_NODE_VALUE:
      return hash_value (node);
    default:
      return JSON_NODE_NULL;
  }
}

/**
 * gst_voice_json_hash:
 * @node: a value
 *
 * Returns: a number that is the same for values that
 *   gst_voice_json_equal() calls equal, in this process
 */
guint
gst_voice_json_hash (JsonNode * node)
{
  guint64 h = hash_node (node);

  return h ^ h >> 32;
}

static gchar
fold (gchar c)
{
  return c == '_' ? '-' : g_ascii_tolower (c);
}

/* Insertions, deletions, replacements and swapped neighbours; both words are
 * at most WORD_LENGTH long. */
static guint
edit_distance (const gchar * a, gsize na, const gchar * b, gsize nb)
{
  guint rows[3][WORD_LENGTH + 1];

  for (gsize j = 0; j <= nb; j++)
    rows[0][j] = j;
  for (gsize i = 1; i <= na; i++) {
    guint *row = rows[i % 3], *last = rows[(i + 2) % 3];
    const guint *before = rows[(i + 1) % 3];

    row[0] = i;
    for (gsize j = 1; j <= nb; j++) {
      gboolean same = fold (a[i - 1]) == fold (b[j - 1]);

      row[j] = MIN (MIN (last[j], row[j - 1]) + 1, last[j - 1] + !same);
      if (i > 1 && j > 1 && fold (a[i - 1]) == fold (b[j - 2])
          && fold (a[i - 2]) == fold (b[j - 1]))
        row[j] = MIN (row[j], before[j - 2] + 1);
    }
  }
  return rows[na % 3][nb];
}

/* One edit away at most, not counting upper and lower case, `_` and `-`. */
gboolean
_gst_voice_json_is_slip (const gchar * word, const gchar * meant)
{
  gsize length = strlen (word), other = strlen (meant);

  return length <= WORD_LENGTH && other <= WORD_LENGTH
      && edit_distance (word, length, meant, other) <= 1;
}

/**
 * gst_voice_json_closest:
 * @word: what somebody wrote
 * @candidates: (array zero-terminated=1): what may have been meant
 *
 * Upper and lower case and `_` and `-` are taken for the same; about a third
 * of the characters may differ.
 *
 * Returns: (transfer none) (nullable): the likely candidate, %NULL if none is
 */
const gchar *
gst_voice_json_closest (const gchar * word, const gchar * const *candidates)
{
  gsize length = strlen (word);
  const gchar *best = NULL;
  guint least = G_MAXUINT;

  if (length > WORD_LENGTH)
    return NULL;
  for (; *candidates; candidates++) {
    gsize other = strlen (*candidates);
    guint allowed = MAX (length, other) < 3 ? 0 : (MAX (length, other) + 1) / 3;
    guint distance;

    if (other > WORD_LENGTH || MAX (length, other) - MIN (length, other) >
        allowed)
      continue;
    distance = edit_distance (word, length, *candidates, other);
    if (distance <= allowed && distance < least) {
      least = distance;
      best = *candidates;
    }
  }
  return best;
}
