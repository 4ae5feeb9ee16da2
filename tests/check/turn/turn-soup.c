/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Bytes become inputs. Whatever the bytes are, they are a legal sequence; most
 * of it makes no sense, and the core has to stand it.
 */
#include "turn-soup.h"

#include <gst-voice/data.h>
#include <string.h>

#define MAX_INPUTS 4000

typedef struct
{
  const guint8 *data;
  gsize size, at;

  TurnJudge *judge;
  TurnConfig config;
  TurnSoup kind;
  gint64 base, now;             /* now: since base */
  gboolean answers;             /* playout answers interruptions */
  guint next_word, next_speech;
  gchar *last_text;
} Soup;

static guint
next (Soup * soup)
{
  return soup->at < soup->size ? soup->data[soup->at++] : 0;
}

static gboolean
flag (Soup * soup)
{
  return next (soup) & 1;
}

/* Times near the deadlines, in ms. */
static gint64
some_time (Soup * soup)
{
  static const gint times[] = {
    0, 0, 0, 1, 20, 60, 100, 140, 190, 249, 250, 251, 300, 400, 499, 500, 501,
    700, 999, 1000, 1001, 1500, 1501, 1999, 2000, 2001, 2999, 3000, 3500, 5000,
    7999, 8000, 8001, 10000, 30000, 60000
  };
  guint n = next (soup);

  return n < 230 ? TURN_MS (times[n % G_N_ELEMENTS (times)]) :
      TURN_MS (n) * 7 + 12345 * (gint64) n;
}

static gint64
ago (Soup * soup)
{
  guint n = next (soup);

  return n == 255 ? TURN_NONE : soup->base + MAX (soup->now -
      (n < 200 ? TURN_MS (2 * n) : -TURN_MS (n)), 0);
}

static const gchar *const phrases[] = {
  "yeah", "uh-huh.", "okay", "Right.", "stop", "Wait, please.", "hello?",
  "Book a table", "for six.", "and", "um", "I'd like to", "4 1 5", "B E R.",
  "no", "No.", "bye", "thanks", "what is it for?", "john dot smith at", "…",
  "", ".", "Ja, bitte!", "на вторник", "星期二", "\xff\xfe broken",
  "a, b,"
};

/* Some words; those with a word to follow ("zz…") if they are to be found
 * again. When finals are to be split each has one: half of a phrase that was
 * said before would be a duplicate. */
static gchar *
some_words (Soup * soup, gboolean follow)
{
  guint n = next (soup);
  const gchar *phrase = phrases[n % G_N_ELEMENTS (phrases)];

  if (follow && (n % 3 || soup->kind != TURN_SOUP_ALL))
    return g_strdup_printf ("zz%u %s", ++soup->next_word, phrase);
  if (n == 255)
    return g_strnfill (20000, 'x');
  if (n == 254)
    return g_strnfill (6000, 'y');
  return g_strdup (phrase);
}

static void
feed (Soup * soup, const TurnInput * input)
{
  turn_judge_input (soup->judge, soup->base + soup->now, input);
}

static void
answer (const TurnOutput * o, gpointer data)
{
  Soup *soup = data;
  TurnInput input = {.type = TURN_INPUT_HEARD };

  if (o->type != TURN_OUTPUT_INTERRUPT || !o->interrupt.speech
      || !soup->answers)
    return;
  input.heard.speech = o->interrupt.speech;
  input.heard.text = o->interrupt.speech & 1 ? "some words" : "";
  input.heard.position = TURN_MS (200);
  feed (soup, &input);
}

static void
put_sound (Soup * soup, TurnInputType type)
{
  TurnInput input = {.type = type };

  input.sound.at = ago (soup);
  feed (soup, &input);
}

static gboolean
has_words (const gchar * text)
{
  guint n;

  g_free (turn_words_normalise (text, &n));
  return n > 0;
}

/* One input as two with the same words. */
static void
feed_split (Soup * soup, TurnInput * input)
{
  const gchar *text = input->transcript.text, *space = strchr (text, ' ');
  gchar *first;

  if (!space || !has_words (space) || !g_utf8_validate (text, -1, NULL)) {
    feed (soup, input);
    return;
  }
  first = g_strndup (text, space - text);
  input->transcript.text = first;
  feed (soup, input);
  input->transcript.text = space + 1;
  feed (soup, input);
  g_free (first);
}

static void
put_words (Soup * soup, TurnInputType type)
{
  TurnInput input = {.type = type };
  guint how = next (soup);
  gchar *text;

  if (soup->kind != TURN_SOUP_ALL) {
    type = input.type = TURN_INPUT_FINAL;
    how = 0;
  }
  text = how % 16 == 15 && soup->last_text ? g_strdup (soup->last_text) :
      some_words (soup, type == TURN_INPUT_FINAL);
  input.transcript.text = text;
  input.transcript.start = input.transcript.end = TURN_NONE;
  if (how % 4 == 1)
    input.transcript.segment = next (soup) % 4;
  if (how % 4 == 2 || how % 8 == 1) {
    input.transcript.start = ago (soup);
    input.transcript.end = ago (soup);
  }
  if (soup->kind == TURN_SOUP_SPLIT)
    feed_split (soup, &input);
  else
    feed (soup, &input);
  g_free (soup->last_text);
  soup->last_text = text;
}

static void
put_expect (Soup * soup)
{
  TurnInput input = {.type = TURN_INPUT_EXPECT };

  input.expect.kind = next (soup) % 6;
  input.expect.length = next (soup) % 12;
  feed (soup, &input);
}

static guint
some_speech (Soup * soup)
{
  return soup->next_speech - MIN (next (soup) % 4, soup->next_speech);
}

static void
put_speech (Soup * soup, TurnInputType type)
{
  TurnInput input = {.type = type };
  guint generation = turn_core_generation (turn_judge_core (soup->judge));

  switch (type) {
    case TURN_INPUT_SPEECH_BEGINS:
      input.begins.speech = next (soup) < 240 ? ++soup->next_speech :
          some_speech (soup);
      input.begins.turn = next (soup) % 8;
      input.begins.generation = generation - (next (soup) > 220
          && generation > 0);
      input.begins.source = next (soup) % 6;
      input.begins.interruptible = next (soup) % 4 != 0;
      break;
    case TURN_INPUT_PLAYING:
      input.playing.speech = some_speech (soup);
      break;
    default:
      input.heard.speech = some_speech (soup);
      input.heard.text = flag (soup) ? "what was heard" : "";
      input.heard.position = some_time (soup);
      break;
  }
  feed (soup, &input);
}

/* A speech as it should be: it begins and plays. */
static void
put_whole_speech (Soup * soup)
{
  TurnInput begins = {.type = TURN_INPUT_SPEECH_BEGINS };
  TurnInput playing = {.type = TURN_INPUT_PLAYING };

  begins.begins.speech = playing.playing.speech = ++soup->next_speech;
  begins.begins.generation =
      turn_core_generation (turn_judge_core (soup->judge));
  begins.begins.source = next (soup) % 6;
  begins.begins.interruptible = next (soup) % 4 != 0;
  feed (soup, &begins);
  feed (soup, &playing);
}

static void
put_tool (Soup * soup, gboolean busy)
{
  static const gchar *const ids[] = { "a", "b", "c", "d", "", NULL };
  TurnInput input = {.type = busy ? TURN_INPUT_TOOL_BUSY : TURN_INPUT_TOOL_IDLE
  };
  const gchar *id = ids[next (soup) % G_N_ELEMENTS (ids)];

  if (busy) {
    input.tool_busy.call = id;
    input.tool_busy.generation =
        turn_core_generation (turn_judge_core (soup->judge))
        - (next (soup) == 255);
    input.tool_busy.write = flag (soup);
    input.tool_busy.keys = next (soup) % 3 == 0;
    input.tool_busy.filler = flag (soup) ? "One moment." : NULL;
    input.tool_busy.filler_after = flag (soup) ? some_time (soup) : TURN_NONE;
  } else {
    input.tool_idle.call = id;
    input.tool_idle.goes_on = flag (soup);
  }
  feed (soup, &input);
}

static void
put_say (Soup * soup)
{
  TurnInput input = {.type = TURN_INPUT_SAY };
  guint how = next (soup);

  input.say.text = how == 255 ? NULL : how == 254 ? "" : "Something.";
  input.say.interruptible = how & 1;
  input.say.source = how % 6;
  input.say.limit = how % 16 == 2;
  feed (soup, &input);
}

static void
put_hangup (Soup * soup)
{
  TurnInput input = {.type = TURN_INPUT_HANGUP };

  input.hangup.by = next (soup) % 5;
  input.hangup.reason = flag (soup) ? "completed" : NULL;
  input.hangup.now = next (soup) % 4 == 0;
  feed (soup, &input);
}

static void
put_request (Soup * soup, TurnInputType type)
{
  TurnInput input = {.type = type };
  gchar *text = NULL;

  if (type == TURN_INPUT_INTERRUPT)
    input.interrupt.force = flag (soup);
  else if (type == TURN_INPUT_COMMIT)
    input.commit.force = flag (soup);
  else if (type == TURN_INPUT_NO_REPLY)
    input.no_reply.turn = next (soup) % 8;
  else if (type == TURN_INPUT_TEXT)
    input.line.text = text = some_words (soup, TRUE);
  else if (type == TURN_INPUT_KEY)
    input.key.key = next (soup) % 16 ? TURN_KEYS[next (soup) % 16] : 'x';
  feed (soup, &input);
  g_free (text);
}

static void
choose_config (Soup * soup)
{
  TurnConfig *c = &soup->config;

  c->mode = next (soup) % 8 == 7 ? TURN_MODE_MANUAL : next (soup) % 3 == 2 ?
      TURN_MODE_STT : TURN_MODE_VAD;
  c->min_words = next (soup) % 6 > 2 ? 0 : next (soup) % 4;
  c->interrupt_on = next (soup) % 4 == 3;
  c->hold_after = next (soup) % 8 == 7 ? -1 : TURN_MS (250);
  c->stt_interims = next (soup) % 4 != 3;
  c->preemptive = next (soup) % 4 != 3;
}

static void
pass_time (Soup * soup)
{
  guint how = next (soup) % 8;
  gint64 later = soup->now + some_time (soup);

  if (how == 7)
    later = MAX (soup->now - TURN_MS (500), 0); /* the caller's clock is off */
  else if (how == 6)
    turn_judge_advance (soup->judge, soup->base + later);
  else
    turn_judge_wait (soup->judge, soup->base + later);
  soup->now = MAX (soup->now, later);
}

static void
put_anything (Soup * soup)
{
  guint what = next (soup);

  if (what < 120)
    put_sound (soup, what % 4 == 3 && what > 60 ? TURN_INPUT_SPEECH_STOP :
        what % 4);
  else if (what < 170)
    put_words (soup, what % 5 < 2 ? TURN_INPUT_INTERIM : TURN_INPUT_FINAL);
  else if (what < 190)
    put_whole_speech (soup);
  else if (what < 212)
    put_speech (soup, TURN_INPUT_SPEECH_BEGINS + what % 3);
  else if (what < 222)
    put_tool (soup, what % 2);
  else if (what < 230)
    put_say (soup);
  else if (what < 232)
    put_expect (soup);
  else if (what < 246)
    put_request (soup, (TurnInputType[]) {
        TURN_INPUT_END_OF_TURN, TURN_INPUT_STT_RESET, TURN_INPUT_NO_REPLY,
        TURN_INPUT_COMMIT, TURN_INPUT_CLEAR, TURN_INPUT_INTERRUPT,
        TURN_INPUT_TEXT, TURN_INPUT_CONTEXT_CHANGED, TURN_INPUT_END_OF_TURN,
        TURN_INPUT_NO_REPLY, TURN_INPUT_KEY, TURN_INPUT_TEXT,
        TURN_INPUT_INTERRUPT, TURN_INPUT_KEY}
      [what - 232]);
  else
if (what < 251)
  put_hangup (soup);
else if (what == 251) {
  choose_config (soup);
  turn_core_set_config (turn_judge_core (soup->judge), &soup->config);
} else if (what == 252 && flag (soup)) {
  put_request (soup, TURN_INPUT_EOS);
} else if (what == 253 && flag (soup)) {
  put_request (soup, TURN_INPUT_DISCONNECT);
}
}

/**
 * turn_soup_run:
 * @data: any bytes
 * @size: how many
 * @words: the lists
 * @kind: which inputs there are
 * @base: when it begins
 *
 * Runs the bytes, checks the invariants, ends the call.
 *
 * Returns: (transfer full): all outputs as text, times since @base
 */
gchar *
turn_soup_run (const guint8 * data, gsize size, TurnWords * words,
    TurnSoup kind, gint64 base)
{
  Soup soup = {.data = data,.size = size,.kind = kind,.base = base };
  gchar *outputs;

  turn_config_init (&soup.config);
  choose_config (&soup);
  soup.answers = next (&soup) % 8 != 0;
  soup.judge = turn_judge_new (&soup.config, words, base, answer, &soup);
  for (guint i = 0; i < MAX_INPUTS && soup.at < size; i++) {
    put_anything (&soup);
    pass_time (&soup);
  }
  turn_judge_finish (soup.judge);
  outputs = g_strdup (turn_judge_outputs (soup.judge));
  turn_judge_free (soup.judge);
  g_free (soup.last_text);
  return outputs;
}

/**
 * turn_soup_words:
 *
 * Returns: (transfer full): the English lists
 */
TurnWords *
turn_soup_words (void)
{
  gchar *path = gst_voice_data_path ("language/en/turn.json"), *json;
  GError *error = NULL;
  TurnWords *words;

  if (!g_file_get_contents (path, &json, NULL, &error))
    g_error ("%s", error->message);
  words = turn_words_new_from_json (json, &error);
  if (!words)
    g_error ("%s", error->message);
  g_free (json);
  g_free (path);
  return words;
}
