/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Personas: loading one, what is in it, and the words that depend on the call.
 * persona-check.c reads and checks them.
 *
 * Threads: any; a persona does not change. Locks: none.
 */
#include "persona-private.h"
#include "text-file.h"

#include <string.h>

#define NAME_LENGTH 64

G_DEFINE_BOXED_TYPE (GstVoicePersona, gst_voice_persona,
    gst_voice_persona_ref, gst_voice_persona_unref);

static void
persona_clear (gpointer data)
{
  GstVoicePersona *persona = data;

  g_ptr_array_unref (persona->tools);
  json_node_unref (persona->root);
  g_free (persona->pipeline);
}

static void
set_error (GError ** error, GPtrArray * problems)
{
  if (problems->len == 1)
    g_set_error_literal (error, GST_VOICE_JSON_ERROR,
        GST_VOICE_JSON_ERROR_SYNTAX, problems->pdata[0]);
  else
    g_set_error (error, GST_VOICE_JSON_ERROR, GST_VOICE_JSON_ERROR_SYNTAX,
        "%s (and %u more)", (const gchar *) problems->pdata[0],
        problems->len - 1);
}

/**
 * gst_voice_persona_new_from_json:
 * @text: a persona
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @origin: what messages call it, such as the file's name
 * @base_dir: (nullable): the folder of the files that it names. %NULL for a
 *   persona from somewhere else: it has no files, uses an installed
 *   description, and names no secrets (`env:`, `file:`) of this machine
 * @error: the first problem, as `origin:line: /key: message`
 *
 * Returns: (transfer full) (nullable): the persona
 */
GstVoicePersona *
gst_voice_persona_new_from_json (const gchar * text, gssize length,
    const gchar * origin, const gchar * base_dir, GError ** error)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func (g_free);
  GstVoicePersona *persona = persona_read (text,
      length < 0 ? strlen (text) : (gsize) length, origin, base_dir, problems);

  if (!persona)
    set_error (error, problems);
  g_ptr_array_unref (problems);
  return persona;
}

/**
 * gst_voice_persona_new_from_tools:
 * @text: what stands behind `tools` in a persona
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @origin: what messages call it
 * @base_dir: (nullable): %NULL if the tools come from somewhere else and so may
 *   not name secrets of this machine
 * @error: the first problem, as `origin:line: /tools/0/key: message`
 *
 * Returns: (transfer full) (nullable): a persona that has tools and nothing
 *   else, not even a pipeline
 */
GstVoicePersona *
gst_voice_persona_new_from_tools (const gchar * text, gssize length,
    const gchar * origin, const gchar * base_dir, GError ** error)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func (g_free);
  GstVoicePersona *persona = persona_read_tools (text,
      length < 0 ? strlen (text) : (gsize) length, origin, base_dir, problems);

  if (!persona)
    set_error (error, problems);
  g_ptr_array_unref (problems);
  return persona;
}

static GstVoicePersona *
read_file (const gchar * path, GPtrArray * problems)
{
  GError *error = NULL;
  gsize length;
  gchar *text = text_file_read (path, PERSONA_SIZE, &length, &error);
  gchar *folder = g_path_get_dirname (path);
  GstVoicePersona *persona = NULL;

  if (text)
    persona = persona_read (text, length, path, folder, problems);
  else
    g_ptr_array_add (problems, g_strdup (error->message));
  g_clear_error (&error);
  g_free (folder);
  g_free (text);
  return persona;
}

/**
 * gst_voice_persona_load:
 * @path: a file
 * @error: the first problem, as `file:line: /key: message`
 *
 * Returns: (transfer full) (nullable): the persona in it
 */
GstVoicePersona *
gst_voice_persona_load (const gchar * path, GError ** error)
{
  GPtrArray *problems = g_ptr_array_new_with_free_func (g_free);
  GstVoicePersona *persona = read_file (path, problems);

  if (!persona)
    set_error (error, problems);
  g_ptr_array_unref (problems);
  return persona;
}

/**
 * gst_voice_persona_check:
 * @path: a file
 * @problems: (out) (optional) (nullable) (element-type utf8) (transfer full):
 *   all problems, as `file:line: /key: message`; %NULL if there is none
 *
 * Returns: whether gst_voice_persona_load() would load it
 */
gboolean
gst_voice_persona_check (const gchar * path, GPtrArray ** problems)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  GstVoicePersona *persona = read_file (path, found);
  gboolean good = persona != NULL;

  if (good || !problems)
    g_clear_pointer (&found, g_ptr_array_unref);
  if (problems)
    *problems = found;
  g_clear_pointer (&persona, gst_voice_persona_unref);
  return good;
}

/**
 * gst_voice_persona_ref:
 * @persona: a persona
 *
 * Returns: (transfer full): the same
 */
GstVoicePersona *
gst_voice_persona_ref (GstVoicePersona * persona)
{
  return g_atomic_rc_box_acquire (persona);
}

/**
 * gst_voice_persona_unref:
 * @persona: (transfer full): a persona
 */
void
gst_voice_persona_unref (GstVoicePersona * persona)
{
  g_atomic_rc_box_release_full (persona, persona_clear);
}

/**
 * gst_voice_persona_get_pipeline:
 * @persona: a persona
 *
 * Returns: (transfer none) (nullable): the path of its description; %NULL if it
 *   only has tools
 */
const gchar *
gst_voice_persona_get_pipeline (GstVoicePersona * persona)
{
  return persona->pipeline;
}

/**
 * gst_voice_persona_get_tools:
 * @persona: a persona
 *
 * Returns: (transfer none) (element-type GstVoicePersonaTool): its tools, in
 *   the order of the file
 */
GPtrArray *
gst_voice_persona_get_tools (GstVoicePersona * persona)
{
  return persona->tools;
}

/**
 * gst_voice_persona_get_tool:
 * @persona: a persona
 * @name: of a tool
 *
 * Returns: (transfer none) (nullable): the tool
 */
const GstVoicePersonaTool *
gst_voice_persona_get_tool (GstVoicePersona * persona, const gchar * name)
{
  for (guint i = 0; i < persona->tools->len; i++) {
    const GstVoicePersonaTool *tool = persona->tools->pdata[i];

    if (strcmp (tool->name, name) == 0)
      return tool;
  }
  return NULL;
}

/**
 * gst_voice_persona_get_node:
 * @persona: a persona
 * @path: keys joined by dots; an item of an array is named by its number
 *
 * Returns: (transfer none) (nullable): what stands there
 */
JsonNode *
gst_voice_persona_get_node (GstVoicePersona * persona, const gchar * path)
{
  GString *pointer = g_string_new (NULL);
  gchar **keys = g_strsplit (path, ".", -1);
  JsonNode *node;

  for (guint i = 0; keys[i]; i++)
    gst_voice_json_pointer_append (pointer, keys[i]);
  node = gst_voice_json_at (persona->root, pointer->str);
  g_strfreev (keys);
  g_string_free (pointer, TRUE);
  return node;
}

/* NULL if nothing or no single value stands there. */
static JsonNode *
value_at (GstVoicePersona * persona, const gchar * path)
{
  JsonNode *node = gst_voice_persona_get_node (persona, path);

  return node && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

/**
 * gst_voice_persona_get_string:
 * @persona: a persona
 * @path: such as `welcome-message.text`
 *
 * Returns: (transfer none) (nullable): the string there, %NULL if there is none
 */
const gchar *
gst_voice_persona_get_string (GstVoicePersona * persona, const gchar * path)
{
  JsonNode *node = value_at (persona, path);

  return node ? json_node_get_string (node) : NULL;
}

static gboolean
is_number (JsonNode * node)
{
  GType type = node ? json_node_get_value_type (node) : G_TYPE_INVALID;

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

/**
 * gst_voice_persona_get_int:
 * @persona: a persona
 * @path: such as `limits.budget.tokens`
 * @fallback: what to return if no number stands there
 *
 * Returns: the number, without its fraction
 */
gint64
gst_voice_persona_get_int (GstVoicePersona * persona, const gchar * path,
    gint64 fallback)
{
  JsonNode *node = value_at (persona, path);

  return is_number (node) ? json_node_get_int (node) : fallback;
}

/**
 * gst_voice_persona_get_double:
 * @persona: a persona
 * @path: such as `limits.inactivity.timeout`
 * @fallback: what to return if no number stands there
 *
 * Returns: the number
 */
gdouble
gst_voice_persona_get_double (GstVoicePersona * persona, const gchar * path,
    gdouble fallback)
{
  JsonNode *node = value_at (persona, path);

  return is_number (node) ? json_node_get_double (node) : fallback;
}

/**
 * gst_voice_persona_get_bool:
 * @persona: a persona
 * @path: such as `welcome-message.interruptible`
 * @fallback: what to return if neither true nor false nor "on" nor "off" stands
 *   there
 *
 * Returns: the value
 */
gboolean
gst_voice_persona_get_bool (GstVoicePersona * persona, const gchar * path,
    gboolean fallback)
{
  JsonNode *node = value_at (persona, path);
  const gchar *word = node ? json_node_get_string (node) : NULL;

  if (word)
    return strcmp (word, "on") == 0 ? TRUE : strcmp (word, "off") == 0 ?
        FALSE : fallback;
  return node && json_node_get_value_type (node) == G_TYPE_BOOLEAN ?
      json_node_get_boolean (node) : fallback;
}

static gchar *
scalar_text (JsonNode * node)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  return json_node_get_string (node) ? json_node_dup_string (node) :
      gst_voice_json_to_string (node);
}

/* Elements take several texts in one property, separated by a bar. */
static gchar *
joined_text (JsonArray * array)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++) {
    gchar *text = scalar_text (json_array_get_element (array, i));

    if (!text) {
      g_string_free (out, TRUE);
      return NULL;
    }
    g_string_append_printf (out, "%s%s", i ? "|" : "", text);
    g_free (text);
  }
  return g_string_free (out, FALSE);
}

/* `timeout-ms` of a `timeout`, which a persona has in seconds. */
static gchar *
in_milliseconds (GstVoicePersona * persona, const gchar * name)
{
  gchar *path;
  gdouble seconds;

  if (!g_str_has_suffix (name, "-ms"))
    return NULL;
  path = g_strndup (name, strlen (name) - 3);
  seconds = gst_voice_persona_get_double (persona, path, -1);
  g_free (path);
  return seconds < 0 ? NULL : g_strdup_printf ("%" G_GINT64_FORMAT,
      (gint64) (MIN (seconds, 1e12) * 1000 + 0.5));
}

/**
 * gst_voice_persona_get_value:
 * @persona: a persona
 * @name: what a description has in `${name}`
 *
 * The value is one of `values`, else what stands at that path: a string, a
 * number, true or false; a list of such is joined by `|`. A number of seconds
 * is had in milliseconds by appending `-ms` to its name.
 *
 * Returns: (transfer full) (nullable): the value as text
 */
gchar *
gst_voice_persona_get_value (GstVoicePersona * persona, const gchar * name)
{
  gchar *own = g_strconcat ("values.", name, NULL);
  JsonNode *node = gst_voice_persona_get_node (persona, own);

  g_free (own);
  if (!node)
    node = gst_voice_persona_get_node (persona, name);
  if (!node)
    return in_milliseconds (persona, name);
  return JSON_NODE_HOLDS_ARRAY (node) ?
      joined_text (json_node_get_array (node)) : scalar_text (node);
}

/* The call's time, in English whatever the locale: it is for the model. */
static gchar *
time_text (const gchar * name, GDateTime * now, const gchar * zone)
{
  static const gchar *const days[] = { "Monday", "Tuesday", "Wednesday",
    "Thursday", "Friday", "Saturday", "Sunday"
  };
  static const gchar *const months[] = { "January", "February", "March",
    "April", "May", "June", "July", "August", "September", "October",
    "November", "December"
  };
  const gchar *day = days[g_date_time_get_day_of_week (now) - 1];

  if (strcmp (name, "date") == 0)
    return g_date_time_format (now, "%Y-%m-%d");
  if (strcmp (name, "time") == 0)
    return g_date_time_format (now, "%H:%M");
  if (strcmp (name, "weekday") == 0)
    return g_strdup (day);
  if (strcmp (name, "time_zone") == 0)
    return g_strdup (zone);
  if (strcmp (name, "now") == 0)
    return g_strdup_printf ("%s, %d %s %d, %02d:%02d (%s)", day,
        g_date_time_get_day_of_month (now),
        months[g_date_time_get_month (now) - 1], g_date_time_get_year (now),
        g_date_time_get_hour (now), g_date_time_get_minute (now), zone);
  return NULL;
}

static gchar *
variable (GstVoicePersona * persona, const gchar * name, GDateTime * now,
    GstVoiceDescriptionLookup lookup, gpointer user_data)
{
  static const gchar *const always[] = { "caller", "called", "call_id", NULL };
  const gchar *zone = gst_voice_persona_get_string (persona, "time-zone");
  gchar *value = time_text (name, now, zone ? zone :
      g_date_time_get_timezone_abbreviation (now));
  JsonNode *node;

  if (!value && lookup)
    value = lookup (name, user_data);
  if (!value) {
    gchar *path = g_strconcat ("variables.", name, NULL);

    node = gst_voice_persona_get_node (persona, path);
    value = node ? scalar_text (node) : NULL;
    g_free (path);
  }
  /* A call from a browser has no number. */
  return value || !g_strv_contains (always, name) ? value : g_strdup ("");
}

/* At `{{`. Returns: (transfer full) (nullable): the name, if it is a
 * placeholder; @end is set behind it. */
static gchar *
placeholder (const gchar * text, const gchar ** end)
{
  const gchar *name = text + 2 + strspn (text + 2, " ");
  gsize n = strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
      "abcdefghijklmnopqrstuvwxyz0123456789_");
  const gchar *close = name + n + strspn (name + n, " ");

  if (n == 0 || n > NAME_LENGTH || g_ascii_isdigit (*name)
      || !g_str_has_prefix (close, "}}"))
    return NULL;
  *end = close + 2;
  return g_strndup (name, n);
}

static GDateTime *
in_zone (GstVoicePersona * persona, GDateTime * now)
{
  const gchar *name = gst_voice_persona_get_string (persona, "time-zone");
  GTimeZone *zone = name ? g_time_zone_new_identifier (name) : NULL;
  GDateTime *local = zone ? g_date_time_to_timezone (now, zone) :
      g_date_time_ref (now);

  g_clear_pointer (&zone, g_time_zone_unref);
  return local;
}

/**
 * gst_voice_persona_expand:
 * @persona: a persona
 * @text: (nullable): one of its texts
 * @now: the time of the call
 * @lookup: (scope call) (nullable): gives the call's variables
 * @user_data: for @lookup
 * @unknown: (out) (optional) (nullable) (element-type utf8) (transfer full):
 *   names of variables that nobody knows, each once; %NULL if there is none
 *
 * Puts variables in the place of `{{name}}`: the time (`now`, `date`, `time`,
 * `weekday`, `time_zone`, in the persona's time zone), then the call's
 * (`caller`, `called`, `call_id` and its own), then those that the persona
 * begins with. What is unknown is left out. Braces around anything but a name
 * stay as they are, and what a variable contains is not expanded again.
 *
 * Returns: (transfer full) (nullable): the text; %NULL if @text is
 */
gchar *
gst_voice_persona_expand (GstVoicePersona * persona, const gchar * text,
    GDateTime * now, GstVoiceDescriptionLookup lookup, gpointer user_data,
    GPtrArray ** unknown)
{
  GPtrArray *missing = g_ptr_array_new_with_free_func (g_free);
  GString *out = g_string_new (NULL);
  GDateTime *local = in_zone (persona, now);

  for (const gchar * p = text ? text : ""; *p;) {
    const gchar *end;
    gchar *name = g_str_has_prefix (p, "{{") ? placeholder (p, &end) : NULL;
    gchar *value;

    if (!name) {
      g_string_append_c (out, *p++);
      continue;
    }
    value = variable (persona, name, local, lookup, user_data);
    if (value)
      g_string_append (out, value);
    else if (!g_ptr_array_find_with_equal_func (missing, name, g_str_equal,
            NULL))
      g_ptr_array_add (missing, g_strdup (name));
    g_free (value);
    g_free (name);
    p = end;
  }
  g_date_time_unref (local);
  if (missing->len == 0 || !unknown)
    g_clear_pointer (&missing, g_ptr_array_unref);
  if (unknown)
    *unknown = missing;
  return g_string_free (out, text == NULL);
}
