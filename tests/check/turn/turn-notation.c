/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The notation of docs/turn-taking.md: what happens in a scenario, and what
 * must come of it.
 */
#include "turn-notation.h"

#include <string.h>

/* --- the notation ---------------------------------------------------- */

static G_GNUC_NORETURN void
bad (const gchar * what, const gchar * rest)
{
  g_error ("%s: %.40s", what, rest);
}

static void
skip_space (const gchar ** p)
{
  while (g_ascii_isspace (**p))
    (*p)++;
}

static gboolean
accept (const gchar ** p, const gchar * token)
{
  if (!g_str_has_prefix (*p, token))
    return FALSE;
  *p += strlen (token);
  return TRUE;
}

static void
expect (const gchar ** p, const gchar * token)
{
  if (!accept (p, token))
    bad (token, *p);
}

static gint64
number (const gchar ** p)
{
  gchar *end;
  gint64 n;

  if (accept (p, "-"))
    return -1;
  n = g_ascii_strtoll (*p, &end, 10);
  if (end == *p)
    bad ("number", *p);
  *p = end;
  return n;
}

/* Up to one of the characters. */
static gchar *
until (const gchar ** p, const gchar * ends)
{
  gsize n = strcspn (*p, ends);
  gchar *text = g_strndup (*p, n);

  *p += n;
  return text;
}

static gchar *
quoted (const gchar ** p)
{
  gchar *text;

  expect (p, "\"");
  text = until (p, "\"");
  expect (p, "\"");
  return text;
}

static gint64
at (const gchar ** p)
{
  expect (p, "@");
  return number (p);
}

static void
pair (const gchar ** p, gint64 * a, gint64 * b)
{
  expect (p, "[");
  *a = number (p);
  expect (p, ",");
  *b = number (p);
  expect (p, "]");
}

static gboolean
parse_setting (const gchar ** p, TurnConfig * config)
{
  if (accept (p, "mode=stt"))
    config->mode = TURN_MODE_STT;
  else if (accept (p, "mode=manual"))
    config->mode = TURN_MODE_MANUAL;
  else if (accept (p, "interrupt-on=speech"))
    config->interrupt_on = TURN_INTERRUPT_ON_SPEECH;
  else if (accept (p, "hold-after=off"))
    config->hold_after = -1;
  else if (accept (p, "min-words="))
    config->min_words = number (p);
  else
    return FALSE;
  return TRUE;
}

static void
parse_transcript (const gchar ** p, TurnScene * scene, TurnInputType type)
{
  TurnInput input = {.type = type };
  gchar *text = quoted (p);
  gint64 from, to, step = 1;

  input.transcript.text = text;
  input.transcript.start = input.transcript.end = TURN_NONE;
  if (**p == '[') {
    gint64 start, end;

    pair (p, &start, &end);
    input.transcript.start = TURN_MS (start);
    input.transcript.end = TURN_MS (end);
  }
  if (accept (p, "#"))
    input.transcript.segment = number (p);
  from = to = at (p);
  if (accept (p, "..")) {
    to = number (p);
    expect (p, "/");
    step = number (p);
  }
  for (; from <= to; from += step)
    turn_scene_input (scene, from, &input);
  g_free (text);
}

static void
parse_expect (const gchar ** p, TurnScene * scene)
{
  static const gchar *const kinds[] = {
    "open", "yes-no", "digits", "spelling", "email", "name"
  };
  TurnInput input = {.type = TURN_INPUT_EXPECT };
  guint i = 0;

  while (!accept (p, kinds[i])) {
    if (++i == G_N_ELEMENTS (kinds))
      bad ("kind", *p);
  }
  input.expect.kind = i;
  if (accept (p, ","))
    input.expect.length = number (p);
  turn_scene_input (scene, 0, &input);
}

static void
parse_say (const gchar ** p, TurnScene * scene, gboolean limit)
{
  TurnInput input = {.type = TURN_INPUT_SAY };
  gchar *text;

  input.say.interruptible = !limit && !accept (p, "!");
  input.say.limit = limit;
  input.say.source = limit ? TURN_SOURCE_GOODBYE : TURN_SOURCE_SAY;
  text = quoted (p);
  input.say.text = text;
  turn_scene_input (scene, at (p), &input);
  g_free (text);
}

static void
parse_call (const gchar ** p, TurnScene * scene, gboolean write)
{
  TurnInput input = {.type = TURN_INPUT_TOOL_BUSY };
  gchar *id = until (p, ",)"), *filler = NULL;

  if (accept (p, ","))
    filler = quoted (p);
  expect (p, ")");
  input.tool_busy.call = id;
  input.tool_busy.write = write;
  input.tool_busy.filler = filler;
  input.tool_busy.filler_after = TURN_NONE;
  input.tool_busy.keys = !write && !filler && strcmp (id, "keys") == 0;
  turn_scene_input (scene, at (p), &input);
  g_free (id);
  g_free (filler);
}

static void
parse_done (const gchar ** p, TurnScene * scene)
{
  TurnInput input = {.type = TURN_INPUT_TOOL_IDLE };
  gchar *id = until (p, ",)");

  input.tool_idle.call = id;
  input.tool_idle.goes_on = accept (p, ",more");
  expect (p, ")");
  turn_scene_input (scene, at (p), &input);
  g_free (id);
}

static void
parse_hangup (const gchar ** p, TurnScene * scene)
{
  static const gchar *const names[] = {
    "model", "application", "inactivity", "limit", "budget"
  };
  TurnInput input = {.type = TURN_INPUT_HANGUP };
  guint i = 0;

  while (!accept (p, names[i])) {
    if (++i == G_N_ELEMENTS (names))
      bad ("who", *p);
  }
  input.hangup.by = i;
  input.hangup.reason = "";
  input.hangup.now = accept (p, ",now");
  expect (p, ")");
  turn_scene_input (scene, at (p), &input);
}

static void
parse_speech (const gchar ** p, TurnScene * scene)
{
  gboolean interruptible = !accept (p, "!");
  gint64 start, end;

  pair (p, &start, &end);
  turn_scene_speech (scene, start, end, accept (p, "greeting") ?
      TURN_SOURCE_GREETING : TURN_SOURCE_SAY, interruptible);
}

static void
parse_text (const gchar ** p, TurnScene * scene)
{
  TurnInput input = {.type = TURN_INPUT_TEXT };
  gchar *text = quoted (p);

  input.line.text = text;
  turn_scene_input (scene, at (p), &input);
  g_free (text);
}

/* One after the other, each so much after the one before. */
static void
parse_keys (const gchar ** p, TurnScene * scene)
{
  TurnInput input = {.type = TURN_INPUT_KEY };
  gchar *text = quoted (p);
  gint64 from = at (p), step = 0;

  if (accept (p, "/"))
    step = number (p);
  for (guint i = 0; text[i]; i++) {
    input.key.key = text[i];
    turn_scene_input (scene, from + i * step, &input);
  }
  g_free (text);
}

/* An input that is only a name. */
static gboolean
parse_plain (const gchar ** p, TurnScene * scene)
{
  static const struct
  {
    const gchar *name;
    TurnInputType type;
  } names[] = {
    {"E", TURN_INPUT_END_OF_TURN}, {"reset", TURN_INPUT_STT_RESET},
    {"commit", TURN_INPUT_COMMIT}, {"clear", TURN_INPUT_CLEAR},
    {"interrupt", TURN_INPUT_INTERRUPT},
    {"changed", TURN_INPUT_CONTEXT_CHANGED},
    {"empty", TURN_INPUT_NO_REPLY}, {"failed", TURN_INPUT_NO_REPLY},
    {"disconnect", TURN_INPUT_DISCONNECT}, {"eos", TURN_INPUT_EOS},
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    TurnInput input = {.type = names[i].type };
    gboolean force;

    if (!accept (p, names[i].name))
      continue;
    force = accept (p, "!");
    if (input.type == TURN_INPUT_INTERRUPT)
      input.interrupt.force = force;
    else if (input.type == TURN_INPUT_COMMIT)
      input.commit.force = force;
    else if (input.type == TURN_INPUT_NO_REPLY)
      input.no_reply.error = *names[i].name == 'f';
    turn_scene_input (scene, at (p), &input);
    return TRUE;
  }
  return FALSE;
}

static void
parse_input (const gchar ** p, TurnScene * scene)
{
  gint64 a, b;

  if (accept (p, "S")) {
    pair (p, &a, &b);
    turn_scene_sound (scene, a, b);
  } else if (accept (p, "i\"")) {
    (*p)--;
    parse_transcript (p, scene, TURN_INPUT_INTERIM);
  } else if (accept (p, "f\"")) {
    (*p)--;
    parse_transcript (p, scene, TURN_INPUT_FINAL);
  } else if (accept (p, "A")) {
    parse_speech (p, scene);
  } else if (accept (p, "B")) {
    turn_scene_speech (scene, at (p), -1, TURN_SOURCE_SAY, TRUE);
  } else if (accept (p, "expect=")) {
    parse_expect (p, scene);
  } else if (accept (p, "say")) {
    parse_say (p, scene, FALSE);
  } else if (accept (p, "limit")) {
    parse_say (p, scene, TRUE);
  } else if (accept (p, "read(")) {
    parse_call (p, scene, FALSE);
  } else if (accept (p, "write(")) {
    parse_call (p, scene, TRUE);
  } else if (accept (p, "done(")) {
    parse_done (p, scene);
  } else if (accept (p, "hangup(")) {
    parse_hangup (p, scene);
  } else if (accept (p, "text")) {
    parse_text (p, scene);
  } else if (accept (p, "keys")) {
    parse_keys (p, scene);
  } else if (accept (p, "jump")) {
    pair (p, &a, &b);
    turn_scene_jump (scene, a, b);
  } else if (!parse_plain (p, scene)) {
    bad ("input", *p);
  }
}

/* Settings are read first, whatever stands before them. */
TurnScene *
turn_notation_inputs (const gchar * text, TurnWords * words, gboolean early)
{
  TurnConfig config;
  TurnScene *scene;
  const gchar *p = text;
  GString *rest = g_string_new (NULL);

  turn_config_init (&config);
  while (skip_space (&p), *p) {
    gchar *token;

    if (parse_setting (&p, &config))
      continue;
    token = until (&p, " \"");
    g_string_append_printf (rest, " %s", token);
    g_free (token);
    while (*p == '"') {
      token = quoted (&p);
      g_string_append_printf (rest, "\"%s\"", token);
      g_free (token);
      token = until (&p, " \"");
      g_string_append (rest, token);
      g_free (token);
    }
  }
  scene = turn_scene_new (&config, words, early);
  p = rest->str;
  while (skip_space (&p), *p)
    parse_input (&p, scene);
  g_string_free (rest, TRUE);
  return scene;
}

/* --- what must come of it -------------------------------------------- */

/* The longer of those that begin alike come first. Those of the second line
 * are not the core's. */
static const gchar *const kinds[] = {
  "heard", "hangup", "revoked", "ended", "correct", "busy", "idle", "say",
  "call", "result", "plays", "remind", "limit", "no-reply", "fault", "skip",
  "C", "p", "w", "h", "r", "I", "d", "U"
};

/* In brackets: a reason, a number, `all`, `no`. */
static void
parse_details (const gchar ** p, TurnNote * note)
{
  while (!accept (p, ")")) {
    accept (p, ",");
    if (accept (p, "all")) {
      note->number = -2;
    } else if (accept (p, "no,") || g_str_has_prefix (*p, "no)")) {
      note->no_reply = TRUE;
      if (**p == 'n')
        *p += 2;
    } else if (g_ascii_isdigit (**p)) {
      note->number = number (p);
    } else {
      g_free (note->reason);
      note->reason = until (p, ",)");
    }
  }
}

static TurnNote *
parse_output (const gchar ** p)
{
  TurnNote *note = g_new0 (TurnNote, 1);
  guint i = 0;

  while (!accept (p, kinds[i])) {
    if (++i == G_N_ELEMENTS (kinds))
      bad ("output", *p);
  }
  note->kind = kinds[i];
  note->number = -1;
  note->merged = accept (p, "+");
  if (accept (p, "("))
    parse_details (p, note);
  if (**p == '"')
    note->text = quoted (p);
  expect (p, "@");
  note->slack = accept (p, "~") ? TURN_NOTATION_SLACK : 0;
  note->at = number (p);
  return note;
}

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const TurnNote *x = *(TurnNote * const *) a, *y = *(TurnNote * const *) b;

  return x->at < y->at ? -1 : x->at > y->at;
}

/* Stable, so that what is listed for one instant stays in its order. */
static void
sort_notes (GPtrArray * notes)
{
  for (guint i = 1; i < notes->len; i++) {
    for (guint j = i; j > 0 && by_time (&notes->pdata[j - 1],
            &notes->pdata[j]) > 0; j--) {
      gpointer swap = notes->pdata[j];

      notes->pdata[j] = notes->pdata[j - 1];
      notes->pdata[j - 1] = swap;
    }
  }
}

/* What a row expects: of TurnNote, in the order of time. */
GPtrArray *
turn_notation_outputs (const gchar * text)
{
  GPtrArray *notes =
      g_ptr_array_new_with_free_func ((GDestroyNotify) turn_note_free);
  const gchar *p = text;

  while (skip_space (&p), *p)
    g_ptr_array_add (notes, parse_output (&p));
  sort_notes (notes);
  return notes;
}

static gboolean
has_kind (GPtrArray * notes, const gchar * kind)
{
  for (guint i = 0; i < notes->len; i++) {
    if (strcmp (((TurnNote *) notes->pdata[i])->kind, kind) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Whether all of a kind are listed if the row lists none of it. */
static gboolean
is_listed (GPtrArray * expected, gboolean strict, const gchar * kind)
{
  static const gchar *const optional[] = {
    "d", "heard", "busy", "idle", "correct", "ended", "result", "plays",
    "remind", "limit", "no-reply", "fault"
  };

  if (strcmp (kind, "p") == 0 || strcmp (kind, "w") == 0)
    return strict || has_kind (expected, "p") || has_kind (expected, "w");
  for (guint i = 0; i < G_N_ELEMENTS (optional); i++) {
    if (strcmp (kind, optional[i]) == 0)
      return has_kind (expected, kind);
  }
  return TRUE;
}

static gchar *
describe (const TurnNote * note)
{
  GString *s = g_string_new (note->kind);

  g_string_append_printf (s, "%s(%s%s", note->merged ? "+" : "",
      note->reason ? note->reason : "", note->no_reply ? ",no" : "");
  if (note->number != -1)
    g_string_append_printf (s, " %" G_GINT64_FORMAT, note->number);
  g_string_append_printf (s, ")\"%s\"@%" G_GINT64_FORMAT,
      note->text ? note->text : "", note->at);
  return g_string_free (s, FALSE);
}

static gboolean
matches (const TurnNote * note, const TurnNote * expected, gint64 tolerance)
{
  tolerance = MAX (tolerance, expected->slack);
  return ABS (note->at - expected->at) <= tolerance
      && strcmp (note->kind, expected->kind) == 0
      && (!expected->reason || g_strcmp0 (note->reason, expected->reason) == 0)
      && (!expected->text || g_strcmp0 (note->text, expected->text) == 0)
      && (expected->number == -1 || note->number == expected->number
      || (expected->number >= 0 && note->number >= 0
          && ABS (note->number - expected->number) <= tolerance))
      && note->merged == expected->merged
      && note->no_reply == expected->no_reply;
}

/* Whether that is what was expected; says in @seen what there is, for whoever
 * has to find out why not. @strict: p and w are all listed. */
gboolean
turn_notation_compare (GPtrArray * notes, GPtrArray * expected,
    gboolean strict, gint64 tolerance, gchar ** seen)
{
  GString *lines = g_string_new (NULL);
  guint n = 0;
  gboolean ok = TRUE;

  for (guint i = 0; i < notes->len; i++) {
    const TurnNote *note = notes->pdata[i];
    gchar *line;

    if (!is_listed (expected, strict, note->kind))
      continue;
    line = describe (note);
    g_string_append_printf (lines, "  %s\n", line);
    g_free (line);
    ok = ok && n < expected->len
        && matches (note, expected->pdata[n], tolerance);
    n++;
  }
  ok = ok && n == expected->len;
  *seen = g_string_free (lines, FALSE);
  return ok;
}
