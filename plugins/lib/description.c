/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pipelines as text: loading, checking, and building a bin of one.
 *
 * gst-parse makes the elements and the links. It is given a text that is
 * written from the plan, in which every name and every value is quoted by us;
 * the text that a person wrote, and what was put into it, never reach it as
 * they are.
 *
 * Threads: any; a description does not change. Locks: none.
 */
#include "description-private.h"
#include "text-file.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (GstVoiceDescription, gst_voice_description,
    gst_voice_description_ref, gst_voice_description_unref);

static void
item_clear (gpointer data)
{
  Item *item = data;

  g_free (item->name);
  g_free (item->text);
}

static void
description_clear (gpointer data)
{
  GstVoiceDescription *description = data;

  g_free (description->origin);
  g_array_unref (description->items);
  g_array_unref (description->problems);
}

static gboolean
check_text (const gchar * text, gsize length, const gchar * origin,
    GError ** error)
{
  const gchar *bad;
  guint line = 1;

  if (length > DESCRIPTION_SIZE) {
    g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
        "%s: longer than %d bytes", origin, DESCRIPTION_SIZE);
    return FALSE;
  }
  if (g_utf8_validate_len (text, length, &bad))
    return TRUE;
  for (const gchar * p = text; p < bad; p++)
    line += *p == '\n';
  g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX, "%s:%u: %s",
      origin, line, *bad ? "not UTF-8; save the file as UTF-8" :
      "a NUL byte stands in this line");
  return FALSE;
}

/**
 * gst_voice_description_new:
 * @text: the description
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @origin: what messages call it, such as the file's name
 *
 * Fails for what is no text at all or too long; everything else that is wrong
 * with it is told by gst_voice_description_check() and
 * gst_voice_description_build().
 *
 * Returns: (transfer full) (nullable): the description
 */
GstVoiceDescription *
gst_voice_description_new (const gchar * text, gssize length,
    const gchar * origin, GError ** error)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  GstVoiceDescription *description;
  gchar *copy;

  if (!check_text (text, size, origin, error))
    return NULL;
  description = g_atomic_rc_box_new0 (GstVoiceDescription);
  description->origin = g_strdup (origin);
  description->size = size;
  description->items = g_array_new (FALSE, FALSE, sizeof (Item));
  g_array_set_clear_func (description->items, item_clear);
  description->problems = description_problems_new ();
  copy = g_strndup (text, size);
  description_scan (description, copy);
  g_free (copy);
  return description;
}

/**
 * gst_voice_description_load:
 * @path: a file
 *
 * Returns: (transfer full) (nullable): the description in it
 */
GstVoiceDescription *
gst_voice_description_load (const gchar * path, GError ** error)
{
  GstVoiceDescription *description;
  gchar *text;
  gsize length;

  text = text_file_read (path, DESCRIPTION_SIZE, &length, error);
  if (!text)
    return NULL;
  description = gst_voice_description_new (text, length, path, error);
  g_free (text);
  return description;
}

/**
 * gst_voice_description_ref:
 * @description: a description
 *
 * Returns: (transfer full): the same
 */
GstVoiceDescription *
gst_voice_description_ref (GstVoiceDescription * description)
{
  return g_atomic_rc_box_acquire (description);
}

/**
 * gst_voice_description_unref:
 * @description: (transfer full): a description
 */
void
gst_voice_description_unref (GstVoiceDescription * description)
{
  g_atomic_rc_box_release_full (description, description_clear);
}

/* Whether @name stands in @text as a word. */
static gboolean
has_word (const gchar * text, const gchar * name)
{
  gsize length = strlen (name);

  for (const gchar * p = strstr (text, name); p; p = strstr (p + 1, name)) {
    gchar before = p == text ? ' ' : p[-1], behind = p[length];

    if (!g_ascii_isalnum (before) && before != '-' && before != '_'
        && !g_ascii_isalnum (behind) && behind != '-' && behind != '_')
      return TRUE;
  }
  return FALSE;
}

/* What gst-parse has to say still: links, mostly. Its message names elements;
 * the last of them in the text is where the trouble shows. */
static void
place_error (Plan * plan, const GError * error)
{
  guint line = 1;
  gboolean is_link = g_error_matches (error, GST_PARSE_ERROR,
      GST_PARSE_ERROR_LINK);

  for (guint i = 0; i < plan->description->items->len; i++) {
    const Item *item = &g_array_index (plan->description->items, Item, i);
    const gchar *name = plan->owners[i].name;

    if ((name && has_word (error->message, name))
        || (item->kind == ITEM_REFERENCE
            && has_word (error->message, item->name)))
      line = item->line;
  }
  description_problem (plan->problems, line, "%s%s", error->message,
      is_link ? "; compare what the one gives with what the other takes "
      "(gst-inspect-1.0), a converter between them may help" : "");
}

/* Our callers want a bin, always: gst-parse gives the element if there is only
 * one. */
static GstElement *
in_bin (GstElement * element)
{
  GstElement *bin;

  if (G_OBJECT_TYPE (element) == GST_TYPE_BIN)
    return element;
  bin = gst_bin_new (NULL);
  gst_bin_add (GST_BIN (bin), element);
  return bin;
}

/* Returns: (transfer floating) (nullable): the bin; if %NULL, the plan has a
 * problem. */
static GstElement *
build_plan (Plan * plan)
{
  GstElement *element;
  GError *error = NULL;
  gchar *text;

  if (plan->problems->len > 0)
    return NULL;
  text = description_plan_text (plan);
  element = gst_parse_launch_full (text, NULL, GST_PARSE_FLAG_FATAL_ERRORS
      | GST_PARSE_FLAG_PLACE_IN_BIN, &error);
  g_free (text);
  if (error)
    place_error (plan, error);
  else if (!element)
    description_problem (plan->problems, 1, "GStreamer made nothing of it");
  g_clear_error (&error);
  return element ? in_bin (element) : NULL;
}

static gchar *
problem_line (const GstVoiceDescription * description, guint index,
    const Plan * plan)
{
  const DescriptionProblem *problem = &g_array_index (plan->problems,
      DescriptionProblem, index);

  return g_strdup_printf ("%s:%u: %s", description->origin, problem->line,
      problem->message);
}

/**
 * gst_voice_description_build:
 * @description: a description
 * @flags: whether to trust it
 * @allowed: (array zero-terminated=1) (nullable): the elements that a
 *   restricted description may use
 * @lookup: (scope call) (nullable): gives the values of `${name}`
 * @user_data: for @lookup
 * @error: the first problem, as `file:line: what, and what to do`
 *
 * Makes the elements, sets their properties and links them. The bin has no
 * ghost pads. An element without `name=` is called after its kind and counted
 * in the description, such as `vad0`.
 *
 * A value is what @lookup has, else, for names in capitals, the environment; a
 * name `env:X` asks the environment only.
 *
 * Returns: (transfer floating) (nullable): a #GstBin
 */
GstElement *
gst_voice_description_build (GstVoiceDescription * description,
    GstVoiceDescriptionFlags flags, const gchar * const *allowed,
    GstVoiceDescriptionLookup lookup, gpointer user_data, GError ** error)
{
  Plan *plan = description_plan_new (description, flags, allowed, lookup,
      user_data, 0);
  GstElement *bin = build_plan (plan);

  if (!bin) {
    gchar *first = problem_line (description, 0, plan);
    guint more = plan->problems->len - 1;

    if (more)
      g_set_error (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
          "%s (and %u more)", first, more);
    else
      g_set_error_literal (error, GST_PARSE_ERROR, GST_PARSE_ERROR_SYNTAX,
          first);
    g_free (first);
  }
  description_plan_free (plan);
  return bin;
}

/**
 * gst_voice_description_check:
 * @description: a description
 * @flags: whether to trust it
 * @allowed: (array zero-terminated=1) (nullable): the elements that a
 *   restricted description may use
 * @lookup: (scope call) (nullable): gives the values of `${name}`
 * @user_data: for @lookup
 * @problems: (out) (optional) (nullable) (element-type utf8) (transfer full):
 *   all problems, as `file:line: what, and what to do`; %NULL if there is none
 *
 * Links are tried only if nothing else is wrong, since they need the elements.
 *
 * Returns: whether gst_voice_description_build() would make a bin of it
 */
gboolean
gst_voice_description_check (GstVoiceDescription * description,
    GstVoiceDescriptionFlags flags, const gchar * const *allowed,
    GstVoiceDescriptionLookup lookup, gpointer user_data, GPtrArray ** problems)
{
  Plan *plan = description_plan_new (description, flags, allowed, lookup,
      user_data, 0);
  GstElement *bin = build_plan (plan);
  GPtrArray *lines = NULL;

  if (!bin)
    lines = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < plan->problems->len; i++)
    g_ptr_array_add (lines, problem_line (description, i, plan));
  if (problems)
    *problems = lines;
  else
    g_clear_pointer (&lines, g_ptr_array_unref);
  if (bin)
    gst_object_unref (gst_object_ref_sink (bin));
  description_plan_free (plan);
  return bin != NULL;
}
