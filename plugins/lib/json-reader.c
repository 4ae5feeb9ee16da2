/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads JSON text into json-glib's nodes, strictly and within bounds, and finds
 * the places of a text that a JSON Pointer names.
 *
 * json-glib's own reader takes `[1] [2]`, `[01]`, comments and `var x = 1`,
 * ends a string at \u0000, makes -1 of an integer above 64 bits and recurses
 * as deep as the text tells it to. None of that may come from a model, a
 * service or a file.
 *
 * Threads: any. Locks: none.
 */
#include "json.h"
#include "json-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Bounds the recursion of the reader, and of whatever walks its nodes. */
#define DEPTH_LIMIT 512
/* JsonObject's hash can be flooded; this keeps the damage at 0.3 s. */
#define MEMBERS_LIMIT 10000
#define NUMBER_LENGTH 1024

typedef struct
{
  const gchar *start;
  const gchar *at;
  const gchar *end;
  guint depth;
  guint max_depth;
  GError **error;
} Reader;

G_DEFINE_QUARK (gst_voice_json_error, gst_voice_json_error);

/* Columns count characters, as editors do. */
static void
position (const gchar * start, const gchar * at, guint * line, guint * column)
{
  *line = *column = 1;
  for (const gchar * p = start; p < at; p++) {
    if (*p == '\n') {
      ++*line;
      *column = 1;
    } else if ((*p & 0xc0) != 0x80) {
      ++*column;
    }
  }
}

static gboolean
G_GNUC_PRINTF (4, 5)
fail (Reader * r, const gchar * at, GstVoiceJsonError code,
    const gchar * format, ...)
{
  gchar *message;
  guint line, column;
  va_list args;

  if (!r->error)
    return FALSE;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  position (r->start, at, &line, &column);
  g_set_error (r->error, GST_VOICE_JSON_ERROR, code, "%u:%u: %s", line, column,
      message);
  g_free (message);
  return FALSE;
}

static gboolean
unexpected (Reader * r, const gchar * wanted)
{
  if (r->at == r->end)
    return fail (r, r->at, GST_VOICE_JSON_ERROR_SYNTAX,
        "expected %s, but the text ends here", wanted);
  return fail (r, r->at, GST_VOICE_JSON_ERROR_SYNTAX,
      "expected %s, found \"%.*s\"", wanted,
      (gint) MIN (g_utf8_next_char (r->at) - r->at, r->end - r->at), r->at);
}

static void
skip_space (Reader * r)
{
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r'
          || *r->at == '\t'))
    r->at++;
}

static gboolean
next_is (Reader * r, gchar c)
{
  return r->at < r->end && *r->at == c;
}

static gint
hex4 (const gchar * at, const gchar * end)
{
  gint value = 0;

  if (end - at < 4)
    return -1;
  for (gint i = 0; i < 4; i++) {
    gint digit = g_ascii_xdigit_value (at[i]);

    if (digit < 0)
      return -1;
    value = value << 4 | digit;
  }
  return value;
}

/* At the four digits behind `\u`. What a C string or UTF-8 cannot hold, U+0000
 * and half a surrogate pair, becomes U+FFFD. */
static gboolean
read_code_point (Reader * r, GString * out)
{
  gint c = hex4 (r->at, r->end);

  if (c < 0)
    return fail (r, r->at, GST_VOICE_JSON_ERROR_SYNTAX,
        "expected four hexadecimal digits after \\u");
  r->at += 4;
  if (c >= 0xd800 && c < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\'
      && r->at[1] == 'u') {
    gint low = hex4 (r->at + 2, r->end);

    if (low >= 0xdc00 && low < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      r->at += 6;
    }
  }
  if (c == 0 || (c >= 0xd800 && c < 0xe000))
    c = 0xfffd;
  if (out)
    g_string_append_unichar (out, c);
  return TRUE;
}

/* At the character behind the backslash. */
static gboolean
read_escape (Reader * r, GString * out)
{
  static const gchar from[] = "\"\\/bfnrt";
  static const gchar to[] = "\"\\/\b\f\n\r\t";
  const gchar *found;

  if (r->at == r->end)
    return unexpected (r, "a character after the backslash");
  if (*r->at == 'u') {
    r->at++;
    return read_code_point (r, out);
  }
  found = strchr (from, *r->at);
  if (!found || !*found)
    return fail (r, r->at - 1, GST_VOICE_JSON_ERROR_SYNTAX,
        "a string has no escape \\%.*s", (gint) (g_utf8_next_char (r->at) -
            r->at), r->at);
  if (out)
    g_string_append_c (out, to[found - from]);
  r->at++;
  return TRUE;
}

/* At the opening quote. @out (nullable) is set on success only. */
static gboolean
read_string (Reader * r, gchar ** out)
{
  GString *text = out ? g_string_new (NULL) : NULL;
  const gchar *opened = r->at++;

  while (r->at < r->end && *r->at != '"') {
    const gchar *from = r->at;

    if (*r->at == '\\') {
      r->at++;
      if (!read_escape (r, text))
        goto failed;
      continue;
    }
    while (r->at < r->end && (guchar) * r->at >= 0x20 && *r->at != '"'
        && *r->at != '\\')
      r->at++;
    if (r->at == from) {
      fail (r, r->at, GST_VOICE_JSON_ERROR_SYNTAX,
          "a control character in a string must be written as %s%04x",
          "\\u", *r->at);
      goto failed;
    }
    if (text)
      g_string_append_len (text, from, r->at - from);
  }
  if (r->at == r->end) {
    fail (r, opened, GST_VOICE_JSON_ERROR_SYNTAX,
        "this string is never closed");
    goto failed;
  }
  r->at++;
  if (out)
    *out = g_string_free (text, FALSE);
  return TRUE;

failed:
  if (text)
    g_string_free (text, TRUE);
  return FALSE;
}

static gboolean
skip_digits (Reader * r)
{
  const gchar *from = r->at;

  while (r->at < r->end && g_ascii_isdigit (*r->at))
    r->at++;
  return r->at > from;
}

/* Past one number of RFC 8259, section 6; @whole says whether it has neither
 * fraction nor exponent. */
static gboolean
skip_number (Reader * r, gboolean * whole)
{
  const gchar *first;

  if (next_is (r, '-'))
    r->at++;
  first = r->at;
  if (!skip_digits (r))
    return unexpected (r, "a digit");
  if (*first == '0' && r->at - first > 1)
    return fail (r, first, GST_VOICE_JSON_ERROR_SYNTAX,
        "a number must not begin with 0");
  *whole = TRUE;
  if (next_is (r, '.')) {
    *whole = FALSE;
    r->at++;
    if (!skip_digits (r))
      return unexpected (r, "a digit");
  }
  if (next_is (r, 'e') || next_is (r, 'E')) {
    *whole = FALSE;
    r->at++;
    if (next_is (r, '-') || next_is (r, '+'))
      r->at++;
    if (!skip_digits (r))
      return unexpected (r, "a digit");
  }
  return TRUE;
}

static gboolean
read_number (Reader * r, JsonNode ** node)
{
  const gchar *from = r->at;
  gboolean whole;
  gchar *text;
  gint64 integer;
  gdouble number;

  if (!skip_number (r, &whole))
    return FALSE;
  if (!node)
    return TRUE;
  if (r->at - from > NUMBER_LENGTH)
    return fail (r, from, GST_VOICE_JSON_ERROR_LIMIT,
        "a number has more than %d digits", NUMBER_LENGTH);
  text = g_strndup (from, r->at - from);
  errno = 0;
  integer = whole ? g_ascii_strtoll (text, NULL, 10) : 0;
  whole = whole && errno == 0;
  number = whole ? 0 : g_ascii_strtod (text, NULL);
  g_free (text);
  if (!isfinite (number))
    return fail (r, from, GST_VOICE_JSON_ERROR_LIMIT,
        "this number is too large");
  *node = json_node_new (JSON_NODE_VALUE);
  if (whole)
    json_node_set_int (*node, integer);
  else
    json_node_set_double (*node, number);
  return TRUE;
}

static gboolean
read_word (Reader * r, const gchar * word)
{
  gsize length = strlen (word);

  if ((gsize) (r->end - r->at) < length || memcmp (r->at, word, length) != 0)
    return unexpected (r, "a value (a string needs double quotes)");
  r->at += length;
  return TRUE;
}

static gboolean
read_literal (Reader * r, JsonNode ** node)
{
  gchar first = *r->at;

  if (!read_word (r, first == 't' ? "true" : first == 'f' ? "false" : "null"))
    return FALSE;
  if (!node)
    return TRUE;
  if (first == 'n') {
    *node = json_node_new (JSON_NODE_NULL);
  } else {
    *node = json_node_new (JSON_NODE_VALUE);
    json_node_set_boolean (*node, first == 't');
  }
  return TRUE;
}

static gboolean read_value (Reader * r, JsonNode ** node);

/* At the opening bracket. */
static gboolean
read_array (Reader * r, JsonArray * array)
{
  r->at++;
  skip_space (r);
  if (next_is (r, ']')) {
    r->at++;
    return TRUE;
  }
  for (;;) {
    JsonNode *item = NULL;

    if (!read_value (r, array ? &item : NULL))
      return FALSE;
    if (array)
      json_array_add_element (array, item);
    skip_space (r);
    if (next_is (r, ']')) {
      r->at++;
      return TRUE;
    }
    if (!next_is (r, ','))
      return unexpected (r, "\",\" or \"]\" after an item");
    r->at++;
    skip_space (r);
  }
}

/* From the key to the value: past the colon. */
static gboolean
read_key (Reader * r, gchar ** key)
{
  if (!next_is (r, '"'))
    return unexpected (r, "a key in double quotes");
  if (!read_string (r, key))
    return FALSE;
  skip_space (r);
  if (!next_is (r, ':')) {
    if (key)
      g_clear_pointer (key, g_free);
    return unexpected (r, "\":\" after a key");
  }
  r->at++;
  skip_space (r);
  return TRUE;
}

static gboolean
read_member (Reader * r, JsonObject * object)
{
  const gchar *from = r->at;
  g_autofree gchar *key = NULL;
  JsonNode *value;

  if (!read_key (r, object ? &key : NULL))
    return FALSE;
  if (!object)
    return read_value (r, NULL);
  if (json_object_has_member (object, key))
    return fail (r, from, GST_VOICE_JSON_ERROR_SYNTAX,
        "the key \"%s\" stands twice in this object", key);
  if (json_object_get_size (object) >= MEMBERS_LIMIT)
    return fail (r, from, GST_VOICE_JSON_ERROR_LIMIT,
        "an object has more than %d keys", MEMBERS_LIMIT);
  if (!read_value (r, &value))
    return FALSE;
  json_object_set_member (object, key, value);
  return TRUE;
}

/* At the opening brace. */
static gboolean
read_object (Reader * r, JsonObject * object)
{
  r->at++;
  skip_space (r);
  if (next_is (r, '}')) {
    r->at++;
    return TRUE;
  }
  for (;;) {
    if (!read_member (r, object))
      return FALSE;
    skip_space (r);
    if (next_is (r, '}')) {
      r->at++;
      return TRUE;
    }
    if (!next_is (r, ','))
      return unexpected (r, "\",\" or \"}\" after a value");
    r->at++;
    skip_space (r);
  }
}

static gboolean
read_container (Reader * r, JsonNode ** node)
{
  gboolean is_array = *r->at == '[';
  JsonNode *made = NULL;
  gboolean ok;

  if (r->depth >= r->max_depth)
    return fail (r, r->at, GST_VOICE_JSON_ERROR_LIMIT,
        "nested more than %u deep", r->max_depth);
  if (node && is_array) {
    made = json_node_init_array (json_node_alloc (), NULL);
    json_node_take_array (made, json_array_new ());
  } else if (node) {
    made = json_node_init_object (json_node_alloc (), NULL);
    json_node_take_object (made, json_object_new ());
  }
  r->depth++;
  ok = is_array ? read_array (r, made ? json_node_get_array (made) : NULL) :
      read_object (r, made ? json_node_get_object (made) : NULL);
  r->depth--;
  if (ok && node)
    *node = made;
  else if (made)
    json_node_unref (made);
  return ok;
}

/* At the value. @node (nullable: skip it) is set on success only. */
static gboolean
read_value (Reader * r, JsonNode ** node)
{
  gchar *text = NULL;

  if (r->at == r->end)
    return unexpected (r, "a value");
  switch (*r->at) {
    case '{':
    case '[':
      return read_container (r, node);
    case '"':
      if (!read_string (r, node ? &text : NULL))
        return FALSE;
      if (node) {
        *node = json_node_new (JSON_NODE_VALUE);
        json_node_set_string (*node, text);
        g_free (text);
      }
      return TRUE;
    case 't':
    case 'f':
    case 'n':
      return read_literal (r, node);
    default:
      if (*r->at == '-' || g_ascii_isdigit (*r->at))
        return read_number (r, node);
      return unexpected (r, "a value");
  }
}

static gboolean
check_text (Reader * r, gsize max_size)
{
  const gchar *bad;

  if ((gsize) (r->end - r->start) > max_size)
    return fail (r, r->start, GST_VOICE_JSON_ERROR_LIMIT,
        "the text has %" G_GSIZE_FORMAT " bytes, more than %" G_GSIZE_FORMAT,
        (gsize) (r->end - r->start), max_size);
  if (r->end - r->start >= 3 && memcmp (r->start, "\xef\xbb\xbf", 3) == 0)
    return fail (r, r->start, GST_VOICE_JSON_ERROR_SYNTAX,
        "begins with a byte order mark (BOM); save it as UTF-8 without one");
  if (g_utf8_validate_len (r->start, r->end - r->start, &bad))
    return TRUE;
  return fail (r, bad, GST_VOICE_JSON_ERROR_SYNTAX, *bad ?
      "not UTF-8 from here on" : "a NUL byte stands here");
}

/**
 * gst_voice_json_parse:
 * @text: JSON
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @max_size: bytes that are accepted
 * @max_depth: nesting of arrays and objects that is accepted
 *
 * Reads what RFC 8259 allows and nothing else. Integers beyond 64 bits become
 * doubles; `\u0000` and unpaired surrogates become U+FFFD; a key that stands
 * twice in an object is an error, as nobody can tell which one was meant. The
 * message of an error begins with `line:column: `.
 *
 * Returns: (transfer full) (nullable): the value
 */
JsonNode *
gst_voice_json_parse (const gchar * text, gssize length, gsize max_size,
    guint max_depth, GError ** error)
{
  Reader r = { text, text, text + (length < 0 ? strlen (text) : length), 0,
    MIN (max_depth, DEPTH_LIMIT), error
  };
  JsonNode *node = NULL;

  if (!check_text (&r, max_size))
    return NULL;
  skip_space (&r);
  if (r.at == r.end) {
    fail (&r, r.at, GST_VOICE_JSON_ERROR_SYNTAX, "the text is empty");
    return NULL;
  }
  if (!read_value (&r, &node))
    return NULL;
  skip_space (&r);
  if (r.at < r.end) {
    unexpected (&r, "nothing more after the value");
    json_node_unref (node);
    return NULL;
  }
  return node;
}

/* In an array, at the opening bracket: goes to item @index. */
static gboolean
enter_item (Reader * r, guint index)
{
  r->at++;
  skip_space (r);
  for (; index > 0; index--) {
    if (!read_value (r, NULL))
      return FALSE;
    skip_space (r);
    if (!next_is (r, ','))
      return FALSE;
    r->at++;
    skip_space (r);
  }
  return r->at < r->end && *r->at != ']';
}

/* In an object, at the opening brace: goes to the value of @name. */
static gboolean
enter_member (Reader * r, const gchar * name, const gchar ** key_at)
{
  do {
    gchar *key = NULL;
    gboolean found;

    r->at++;
    skip_space (r);
    *key_at = r->at;
    if (!read_key (r, &key))
      return FALSE;
    found = strcmp (key, name) == 0;
    g_free (key);
    if (found)
      return TRUE;
    if (!read_value (r, NULL))
      return FALSE;
    skip_space (r);
  } while (next_is (r, ','));
  return FALSE;
}

/**
 * gst_voice_json_locate:
 * @text: JSON
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @pointer: a JSON Pointer (RFC 6901), such as `/tools/0/name`
 * @line: (out): counted from 1
 * @column: (out): counted from 1, in characters
 *
 * Finds where the member's key stands in the text, or the value if it is no
 * member of an object. Of a place that is not there, the innermost part that is
 * there is told.
 *
 * Returns: whether the place is there
 */
gboolean
gst_voice_json_locate (const gchar * text, gssize length,
    const gchar * pointer, guint * line, guint * column)
{
  Reader r = { text, text, text + (length < 0 ? strlen (text) : length), 0,
    DEPTH_LIMIT, NULL
  };
  const gchar *found, *at;
  gboolean there = TRUE;

  skip_space (&r);
  found = r.at;
  while (there && *pointer) {
    gchar *token;
    guint index;

    if (*pointer != '/')
      break;
    token = _gst_voice_json_next_token (&pointer);
    if (next_is (&r, '{'))
      there = enter_member (&r, token, &at);
    else if (next_is (&r, '[') && _gst_voice_json_array_index (token, &index))
      there = enter_item (&r, index), at = r.at;
    else
      there = FALSE;
    g_free (token);
    if (there)
      found = at;
  }
  position (text, found, line, column);
  return there && !*pointer;
}
