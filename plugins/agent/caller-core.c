/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The caller file: its lines, and whose turn it is.
 *
 * Threads and locks: the element's lock guards a core.
 */
#include "caller-core.h"

#include <math.h>
#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000000)
/* How long a person takes to answer. */
#define DEFAULT_DELAY (SECOND / 2)
#define MAX_LINES 10000
#define MAX_SECONDS 3600.

struct _CallerCore
{
  GPtrArray *items;
  gchar *origin;
  gchar *voice;                 /* for the lines that follow */

  guint rate;
  guint next;                   /* the item that waits */
  CallerItem *playing;
  gsize played;
  gint64 last_end;              /* when the last item was over */
  gboolean heard;               /* the agent, since the last item began */
  gboolean speaks;              /* likewise: it has begun to speak */
  gint64 spoke_at, idle_at;
  gboolean idle;
};

static void
item_free (CallerItem * item)
{
  g_free (item->text);
  g_free (item->path);
  g_free (item->voice);
  g_free (item->samples);
  g_free (item);
}

static gboolean
fail (CallerCore * core, guint line, GError ** error, const gchar * format, ...)
{
  va_list args;
  gchar *what;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "%s:%u: %s",
      core->origin, line, what);
  g_free (what);
  return FALSE;
}

/* A number of seconds between 0 and an hour. */
static gboolean
parse_seconds (const gchar * word, gint64 * time)
{
  gchar *end;
  gdouble seconds = g_ascii_strtod (word, &end);

  if (end == word || *end || !(seconds >= 0 && seconds <= MAX_SECONDS))
    return FALSE;
  *time = llround (seconds * SECOND);
  return TRUE;
}

/* `after agent [S]`, `during agent [S]`, `after S`, `at S`: how many words it
 * takes, 0 if there is none, -1 if it is wrong. */
static gint
parse_when (gchar ** words, CallerItem * item)
{
  gboolean after = strcmp (words[0], "after") == 0;
  gboolean during = strcmp (words[0], "during") == 0;

  item->when = CALLER_AFTER_AGENT;
  item->delay = DEFAULT_DELAY;
  if (!after && !during && strcmp (words[0], "at") != 0)
    return 0;
  if (!words[1])
    return -1;
  if ((after || during) && strcmp (words[1], "agent") == 0) {
    item->when = after ? CALLER_AFTER_AGENT : CALLER_DURING_AGENT;
    return words[2] && parse_seconds (words[2], &item->delay) ? 3 : 2;
  }
  item->when = after ? CALLER_AFTER_SELF : CALLER_AT;
  return !during && parse_seconds (words[1], &item->delay) ? 2 : -1;
}

static gboolean
parse_option (CallerCore * core, CallerItem * item, const gchar * word,
    GError ** error)
{
  const gchar *value = strchr (word, '=');
  gchar *end;

  if (value && g_str_has_prefix (word, "voice=")) {
    g_free (item->voice);
    item->voice = g_strdup (value + 1);
    return TRUE;
  }
  if (value && g_str_has_prefix (word, "level=")) {
    item->level = g_ascii_strtod (value + 1, &end);
    if (end > value + 1 && !*end && fabs (item->level) <= 100)
      return TRUE;
    return fail (core, item->line, error, "level=%s is not a number of "
        "decibels between -100 and 100", value + 1);
  }
  if (value && g_str_has_prefix (word, "rate=")) {
    item->rate = g_ascii_strtoull (value + 1, &end, 10);
    if (!*end && item->rate >= 8000 && item->rate <= 48000)
      return TRUE;
    return fail (core, item->line, error, "rate=%s is not a sampling rate "
        "between 8000 and 48000", value + 1);
  }
  return fail (core, item->line, error, "'%s' is not understood here; there "
      "are voice=NAME, level=DB and rate=HZ", word);
}

static gboolean
parse_say (CallerCore * core, CallerItem * item, gchar ** words,
    GError ** error)
{
  if (!words[0] || !*words[0])
    return fail (core, item->line, error, "say what? Write say \"TEXT\"");
  item->what = CALLER_SAY;
  item->text = g_strdup (words[0]);
  for (words++; *words; words++) {
    if (!parse_option (core, item, *words, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_type (CallerCore * core, CallerItem * item, gchar ** words,
    GError ** error)
{
  if (!words[0] || !*words[0] || words[1])
    return fail (core, item->line, error, "type what? Write type \"TEXT\"");
  item->what = CALLER_TYPE;
  item->text = g_strdup (words[0]);
  return TRUE;
}

static gboolean
parse_play (CallerCore * core, CallerItem * item, gchar ** words,
    GError ** error)
{
  if (!words[0] || !*words[0])
    return fail (core, item->line, error, "play what? Write play FILE");
  item->what = CALLER_PLAY;
  item->path = g_strdup (words[0]);
  for (words++; *words; words++) {
    if (strcmp (words[0], "says") == 0 && words[1]) {
      g_free (item->text);
      item->text = g_strdup (*++words);
    } else if (!parse_option (core, item, *words, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
parse_length (CallerCore * core, CallerItem * item, CallerWhat what,
    gchar ** words, GError ** error)
{
  item->what = what;
  if (!words[0] || !parse_seconds (words[0], &item->length))
    return fail (core, item->line, error, "for how long? Write a number of "
        "seconds up to %d", (gint) MAX_SECONDS);
  for (words++; *words; words++) {
    if (!parse_option (core, item, *words, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_action (CallerCore * core, CallerItem * item, gchar ** words,
    GError ** error)
{
  const gchar *name = words[0];

  if (!name)
    return fail (core, item->line, error, "what shall the caller do? There "
        "are say, play, type, noise, silence, end and hangup");
  if (strcmp (name, "say") == 0)
    return parse_say (core, item, words + 1, error);
  if (strcmp (name, "play") == 0)
    return parse_play (core, item, words + 1, error);
  if (strcmp (name, "type") == 0)
    return parse_type (core, item, words + 1, error);
  if (strcmp (name, "noise") == 0)
    return parse_length (core, item, CALLER_NOISE, words + 1, error);
  if (strcmp (name, "silence") == 0)
    return parse_length (core, item, CALLER_SILENCE, words + 1, error);
  if ((strcmp (name, "hangup") == 0 || strcmp (name, "end") == 0)
      && !words[1]) {
    item->what = *name == 'h' ? CALLER_HANG_UP : CALLER_END;
    return TRUE;
  }
  return fail (core, item->line, error, "'%s' is not understood; there are "
      "say, play, type, noise, silence, end and hangup", name);
}

static gboolean
parse_words (CallerCore * core, guint line, gchar ** words, GError ** error)
{
  CallerItem *item;
  gboolean ok;
  gint n;

  if (strcmp (words[0], "voice") == 0 && words[1] && !words[2]) {
    g_free (core->voice);
    core->voice = g_strdup (words[1]);
    return TRUE;
  }
  item = g_new0 (CallerItem, 1);
  item->line = line;
  item->voice = g_strdup (core->voice);
  n = parse_when (words, item);
  ok = n >= 0 ? parse_action (core, item, words + n, error) :
      fail (core, line, error, "'%s' needs a time: after agent [S], during "
      "agent [S], after S or at S, in seconds", words[0]);
  if (ok)
    g_ptr_array_add (core->items, item);
  else
    item_free (item);
  return ok;
}

static gboolean
parse_line (CallerCore * core, guint number, const gchar * line,
    GError ** error)
{
  /* GLib takes the end of the text in an empty comment for an open quote. */
  gchar *ended = g_strconcat (line, "\n", NULL);
  GError *why = NULL;
  gchar **words;
  gboolean ok = g_shell_parse_argv (ended, NULL, &words, &why);

  g_free (ended);
  if (!ok) {
    /* Blank, or nothing but a comment. */
    ok = g_error_matches (why, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING) ||
        fail (core, number, error, "%s", why->message);
    g_error_free (why);
    return ok;
  }
  ok = parse_words (core, number, words, error);
  g_strfreev (words);
  return ok;
}

/* Reads a caller file. @origin is its name in errors. */
CallerCore *
caller_core_parse (const gchar * text, const gchar * origin, GError ** error)
{
  CallerCore *core = g_new0 (CallerCore, 1);
  gchar **lines;
  gboolean ok = TRUE;

  core->items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  core->origin = g_strdup (origin);
  if (!g_utf8_validate (text, -1, NULL)) {
    fail (core, 1, error, "this is not a text");
    caller_core_free (core);
    return NULL;
  }
  lines = g_strsplit (text, "\n", MAX_LINES);
  for (guint i = 0; ok && lines[i]; i++)
    ok = parse_line (core, i + 1, lines[i], error);
  if (ok && core->items->len == 0)
    ok = fail (core, 1, error, "the caller says nothing; write a line such "
        "as: say \"Hello.\"");
  g_strfreev (lines);
  if (!ok)
    g_clear_pointer (&core, caller_core_free);
  return core;
}

void
caller_core_free (CallerCore * core)
{
  g_ptr_array_unref (core->items);
  g_free (core->origin);
  g_free (core->voice);
  g_free (core);
}

guint
caller_core_count (CallerCore * core)
{
  return core->items->len;
}

CallerItem *
caller_core_item (CallerCore * core, guint i)
{
  return g_ptr_array_index (core->items, i);
}

/* The sound of an item, (transfer full), at the rate that
 * caller_core_start() will be given. Its level is applied here. */
void
caller_core_take_sound (CallerCore * core, guint i, gint16 * samples, gsize n)
{
  CallerItem *item = caller_core_item (core, i);
  gdouble gain = pow (10, item->level / 20);

  for (gsize k = 0; k < n && item->level != 0; k++)
    samples[k] = CLAMP (lround (samples[k] * gain), G_MININT16, G_MAXINT16);
  g_free (item->samples);
  item->samples = samples;
  item->n = n;
}

/* White noise at -30 dBFS, the same at each run, and silence. */
void
caller_core_make_noises (CallerCore * core, guint rate)
{
  GRand *rand = g_rand_new_with_seed (20260101);

  for (guint i = 0; i < core->items->len; i++) {
    CallerItem *item = caller_core_item (core, i);
    gsize n = item->length * rate / SECOND;
    gint16 *samples;

    if (item->what != CALLER_NOISE && item->what != CALLER_SILENCE)
      continue;
    samples = g_new0 (gint16, n + 1);
    for (gsize k = 0; k < n && item->what == CALLER_NOISE; k++)
      samples[k] = g_rand_int_range (rand, -1800, 1801);
    caller_core_take_sound (core, i, samples, n);
  }
  g_rand_free (rand);
}

void
caller_core_start (CallerCore * core, guint rate)
{
  core->rate = rate;
  core->next = 0;
  core->playing = NULL;
  core->last_end = 0;
  core->heard = core->speaks = FALSE;
  core->idle = TRUE;
  core->idle_at = 0;
}

void
caller_core_agent_speaks (CallerCore * core, gint64 now)
{
  core->speaks = TRUE;
  core->spoke_at = now;
}

void
caller_core_agent_heard (CallerCore * core)
{
  core->heard = TRUE;
  core->speaks = FALSE;
}

/* Whether the agent neither speaks nor thinks nor runs a tool. */
void
caller_core_agent_idle (CallerCore * core, gboolean idle, gint64 now)
{
  if (idle && !core->idle)
    core->idle_at = now;
  core->idle = idle;
}

static gboolean
is_due (CallerCore * core, const CallerItem * item, gint64 now)
{
  switch (item->when) {
    case CALLER_AFTER_AGENT:
      return core->heard && core->idle && now >= MAX (core->idle_at,
          core->last_end) + item->delay;
    case CALLER_DURING_AGENT:
      return core->speaks && now >= core->spoke_at + item->delay;
    case CALLER_AFTER_SELF:
      return now >= core->last_end + item->delay;
    case CALLER_AT:
      return now >= item->delay;
  }
  return FALSE;
}

static void
begin (CallerCore * core, CallerItem * item)
{
  core->playing = item;
  core->played = 0;
  core->heard = FALSE;
  core->next++;
}

/* The next @n samples, those of the time @now. @begun is the item that begins
 * with them, or NULL. FALSE when the caller hangs up or ends. */
gboolean
caller_core_frame (CallerCore * core, gint64 now, gint16 * out, guint n,
    const CallerItem ** begun)
{
  CallerItem *item;
  gsize part;

  memset (out, 0, n * sizeof (gint16));
  *begun = NULL;
  if (!core->playing && core->next < core->items->len) {
    item = caller_core_item (core, core->next);
    if (is_due (core, item, now)) {
      begin (core, item);
      *begun = item;
      if (item->what == CALLER_HANG_UP || item->what == CALLER_END)
        return FALSE;
    }
  }
  if (!core->playing)
    return TRUE;
  part = MIN (n, core->playing->n - core->played);
  if (part > 0)
    memcpy (out, core->playing->samples + core->played, part * sizeof (gint16));
  core->played += part;
  if (core->played == core->playing->n) {
    core->last_end = now + (gint64) part *SECOND / core->rate;
    core->playing = NULL;
  }
  return TRUE;
}
