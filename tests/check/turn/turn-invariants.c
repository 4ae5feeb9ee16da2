/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The invariants of docs/turn-taking.md, section 5. A number in a message is
 * that of the invariant.
 */
#include "turn-invariants.h"
#include "turn-core-private.h"

#include <string.h>

#define MAX_HELD_BYTES (1024 * 1024)
#define MAX_OUTPUTS_PER_CALL 1000

typedef struct
{
  gboolean strict;              /* no other final can have replaced it */
  gboolean repeated;            /* in several finals */
  guint discards;
} Word;

struct _TurnJudge
{
  TurnCore *core;
  TurnJudgeFunc watch;
  gpointer data;
  gint64 base;
  GString *trace, *outputs;
  guint calls;                  /* outputs in this call */
  gint64 now;

  gint64 time;                  /* of the last output */
  guint generation;
  gboolean active;              /* since the last interruption */
  gboolean held, held_heard;
  guint proposed, last_turn;
  gboolean over, busy;
  GHashTable *interruptible;    /* speech → boolean + 1 */
  GHashTable *cut;              /* speeches that were interrupted */

  GHashTable *chat;             /* turn → text */
  guint last_commit;
  gboolean last_replied;
  GHashTable *words;            /* text → Word */
};

void
turn_judge_fail (TurnJudge * judge, const gchar * format, ...)
{
  va_list args;
  gchar *message;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("%s\n%s\n", judge->trace->str, message);
  g_error ("%s", message);
}

#define CHECK(judge, condition, number) G_STMT_START { \
    if (!(condition)) \
      turn_judge_fail (judge, "invariant %d: not %s", number, #condition); \
  } G_STMT_END

static gchar *
describe_commit (TurnJudge * judge, const TurnOutput * o)
{
  return g_strdup_printf ("commit %u merges %u reply %d proposed %d reason %d "
      "%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT " \"%s\"", o->commit.turn,
      o->commit.merges, o->commit.reply, o->commit.proposed,
      o->commit.reason, o->commit.start - judge->base,
      o->commit.end - judge->base, o->commit.text);
}

static gchar *
describe (TurnJudge * judge, const TurnOutput * o)
{
  switch (o->type) {
    case TURN_OUTPUT_COMMIT:
      return describe_commit (judge, o);
    case TURN_OUTPUT_PROPOSE:
      return g_strdup_printf ("propose %u merges %u \"%s\"", o->propose.turn,
          o->propose.merges, o->propose.text);
    case TURN_OUTPUT_WITHDRAW:
      return g_strdup_printf ("withdraw %u", o->withdraw.turn);
    case TURN_OUTPUT_INTERRUPT:
      return g_strdup_printf ("interrupt %u reason %d force %d speech %u",
          o->interrupt.generation, o->interrupt.reason, o->interrupt.force,
          o->interrupt.speech);
    case TURN_OUTPUT_HOLD:
      return g_strdup_printf ("hold %u", o->hold.speech);
    case TURN_OUTPUT_RESUME:
      return g_strdup_printf ("resume %u", o->hold.speech);
    case TURN_OUTPUT_DISCARD:
      return g_strdup_printf ("discard %d \"%s\"", o->discard.reason,
          o->discard.text);
    case TURN_OUTPUT_CORRECT:
      return g_strdup_printf ("correct %u \"%s\"", o->correct.turn,
          o->correct.text);
    case TURN_OUTPUT_UNHEARD:
      return g_strdup_printf ("unheard %" G_GINT64_FORMAT " %d %d",
          o->unheard.voiced, o->unheard.interrupted, o->unheard.speak);
    case TURN_OUTPUT_SAY:
      return g_strdup_printf ("say %d %d \"%s\"", o->say.source,
          o->say.interruptible, o->say.text);
    case TURN_OUTPUT_HANGUP:
      return g_strdup_printf ("hangup %d \"%s\" %d", o->hangup.by,
          o->hangup.reason, o->hangup.now);
    case TURN_OUTPUT_REVOKE:
      return g_strdup ("revoke");
    case TURN_OUTPUT_BUSY:
      return g_strdup_printf ("busy %" G_GINT64_FORMAT,
          o->busy.since - judge->base);
    case TURN_OUTPUT_IDLE:
      return g_strdup_printf ("idle %" G_GINT64_FORMAT " %d",
          o->idle.since - judge->base, o->idle.reset);
    case TURN_OUTPUT_OVERFLOW:
      return g_strdup_printf ("overflow %d", o->overflow.what);
    case TURN_OUTPUT_ENDED:
      return g_strdup_printf ("ended %d", o->ended.disconnected);
    case TURN_OUTPUT_SKIP:
      return g_strdup_printf ("skip %u", o->skip.speech);
    default:
      turn_judge_fail (judge, "no such output: %d", o->type);
  }
}

static void
note (TurnJudge * judge, const TurnOutput * o)
{
  gchar *line = describe (judge, o);

  g_string_append_printf (judge->outputs, "%" G_GINT64_FORMAT " %s\n",
      o->time - judge->base, line);
  g_string_append_printf (judge->trace, "    %.6f %s\n",
      (o->time - judge->base) / 1e6, line);
  g_free (line);
}

static gboolean
goes_on (TurnJudge * judge)
{
  const TurnSound *sound = &judge->core->sound;

  return sound->run && !sound->distrusted;
}

static gboolean
may_not_be_interrupted (TurnJudge * judge, guint speech)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (judge->interruptible,
          GUINT_TO_POINTER (speech))) == 1;
}

/* 3: what was said is one message, and a message that replaces another is the
 * next after it. */
static void
check_commit (TurnJudge * judge, const TurnOutput * o)
{
  TurnCommitReason reason = o->commit.reason;
  guint turn = o->commit.turn;

  CHECK (judge, *o->commit.text, 11);
  if (reason == TURN_COMMIT_END_OF_TURN || reason == TURN_COMMIT_KEPT
      || reason == TURN_COMMIT_LATE)
    CHECK (judge, !goes_on (judge), 11);
  if (o->commit.proposed) {
    CHECK (judge, turn == judge->proposed, 9);
    judge->proposed = 0;
  } else {
    CHECK (judge, turn > judge->last_turn, 9);
    judge->last_turn = turn;
  }
  CHECK (judge, judge->proposed == 0, 9);
  if (o->commit.merges) {
    CHECK (judge, o->commit.merges == judge->last_commit, 2);
    CHECK (judge, judge->last_replied, 2);
    g_hash_table_remove (judge->chat, GUINT_TO_POINTER (o->commit.merges));
  }
  g_hash_table_insert (judge->chat, GUINT_TO_POINTER (turn),
      g_strdup (o->commit.text));
  judge->last_commit = turn;
  judge->last_replied = o->commit.reply;
  judge->active |= o->commit.reply;
  CHECK (judge, o->commit.start <= o->commit.end, 1);
}

static void
check_proposal (TurnJudge * judge, const TurnOutput * o)
{
  if (o->type == TURN_OUTPUT_PROPOSE) {
    CHECK (judge, judge->proposed == 0, 9);
    CHECK (judge, o->propose.turn > judge->last_turn, 9);
    CHECK (judge, *o->propose.text, 9);
    judge->proposed = judge->last_turn = o->propose.turn;
  } else {
    CHECK (judge, o->withdraw.turn == judge->proposed, 9);
    CHECK (judge, turn_core_generation (judge->core) == judge->generation, 5);
    judge->proposed = 0;
  }
}

static void
check_interrupt (TurnJudge * judge, const TurnOutput * o)
{
  TurnInterruptReason reason = o->interrupt.reason;

  CHECK (judge, o->interrupt.generation == judge->generation + 1, 5);
  judge->generation = o->interrupt.generation;
  CHECK (judge, judge->active, 5);
  /* What may not be interrupted has survived. */
  judge->active = judge->core->agent.n_flight > 0
      || turn_has_speeches (judge->core);
  judge->held = FALSE;
  if (o->interrupt.speech) {
    if (reason == TURN_INTERRUPT_WORDS || reason == TURN_INTERRUPT_STOP
        || reason == TURN_INTERRUPT_CONTINUED || reason == TURN_INTERRUPT_KEYS)
      CHECK (judge, !may_not_be_interrupted (judge, o->interrupt.speech), 7);
    CHECK (judge, !g_hash_table_contains (judge->cut,
            GUINT_TO_POINTER (o->interrupt.speech)), 6);
    g_hash_table_add (judge->cut, GUINT_TO_POINTER (o->interrupt.speech));
  }
}

static void
check_hold (TurnJudge * judge, const TurnOutput * o)
{
  guint speech = o->hold.speech;

  CHECK (judge, judge->held == (o->type == TURN_OUTPUT_RESUME), 7);
  judge->held = !judge->held;
  if (!judge->held)
    return;
  CHECK (judge, !may_not_be_interrupted (judge, speech), 7);
  CHECK (judge, !g_hash_table_contains (judge->cut,
          GUINT_TO_POINTER (speech)), 6);
}

/* What is skipped was neither skipped nor interrupted before. */
static void
check_skip (TurnJudge * judge, const TurnOutput * o)
{
  gpointer speech = GUINT_TO_POINTER (o->skip.speech);

  CHECK (judge, !may_not_be_interrupted (judge, o->skip.speech), 7);
  CHECK (judge, !g_hash_table_contains (judge->cut, speech), 6);
  g_hash_table_add (judge->cut, speech);
}

static gboolean
has_word (const gchar * text, const gchar * word)
{
  gchar *normal = turn_words_normalise (text, NULL);
  gsize n = strlen (word);
  gboolean found = FALSE;

  for (const gchar * p = normal; !found && (p = strstr (p, word)); p++)
    found = (p == normal || p[-1] == ' ') && (p[n] == ' ' || !p[n]);
  g_free (normal);
  return found;
}

static void
note_discard (TurnJudge * judge, const TurnOutput * o)
{
  GHashTableIter iter;
  gpointer key, value;

  if (o->discard.reason == TURN_DISCARD_DUPLICATE)
    return;
  g_hash_table_iter_init (&iter, judge->words);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (has_word (o->discard.text, key))
      ((Word *) value)->discards++;
  }
}

static void
check_quiet (TurnJudge * judge, const TurnOutput * o)
{
  CHECK (judge, judge->busy == (o->type == TURN_OUTPUT_IDLE), 15);
  judge->busy = !judge->busy;
  CHECK (judge, o->busy.since <= o->time, 15);
  if (o->type == TURN_OUTPUT_IDLE)
    CHECK (judge, !judge->held && !judge->core->turn.open, 15);
}

static void
check_output (TurnJudge * judge, const TurnOutput * o)
{
  CHECK (judge, o->time >= judge->time, 1);
  CHECK (judge, o->time == judge->core->now, 1);
  CHECK (judge, ++judge->calls < MAX_OUTPUTS_PER_CALL, 1);
  judge->time = o->time;
  if (judge->over)
    CHECK (judge, o->type == TURN_OUTPUT_DISCARD
        || o->type == TURN_OUTPUT_OVERFLOW, 15);
  switch (o->type) {
    case TURN_OUTPUT_COMMIT:
      check_commit (judge, o);
      break;
    case TURN_OUTPUT_PROPOSE:
    case TURN_OUTPUT_WITHDRAW:
      check_proposal (judge, o);
      break;
    case TURN_OUTPUT_INTERRUPT:
      check_interrupt (judge, o);
      break;
    case TURN_OUTPUT_HOLD:
    case TURN_OUTPUT_RESUME:
      check_hold (judge, o);
      break;
    case TURN_OUTPUT_DISCARD:
      note_discard (judge, o);
      break;
    case TURN_OUTPUT_CORRECT:
      CHECK (judge, o->correct.turn == judge->last_commit, 3);
      g_hash_table_insert (judge->chat, GUINT_TO_POINTER (o->correct.turn),
          g_strdup (o->correct.text));
      break;
    case TURN_OUTPUT_SAY:
      judge->active = TRUE;
      break;
    case TURN_OUTPUT_BUSY:
    case TURN_OUTPUT_IDLE:
      check_quiet (judge, o);
      break;
    case TURN_OUTPUT_SKIP:
      check_skip (judge, o);
      break;
    case TURN_OUTPUT_HANGUP:
    case TURN_OUTPUT_ENDED:
      CHECK (judge, judge->proposed == 0, 9);
      judge->over = TRUE;
      break;
    default:
      break;
  }
}

static void
take_output (const TurnOutput * o, gpointer data)
{
  TurnJudge *judge = data;

  note (judge, o);
  check_output (judge, o);
  if (judge->watch)
    judge->watch (o, judge->data);
}

/**
 * turn_judge_new:
 * @config: how turns are taken
 * @words: the lists
 * @base: is taken from all times in the outputs that are compared
 * @watch: (nullable): is given each output
 * @data: for @watch
 *
 * Returns: (transfer full): a watched core
 */
TurnJudge *
turn_judge_new (const TurnConfig * config, TurnWords * words, gint64 base,
    TurnJudgeFunc watch, gpointer data)
{
  TurnJudge *judge = g_new0 (TurnJudge, 1);

  judge->watch = watch;
  judge->data = data;
  judge->base = base;
  judge->trace = g_string_new (NULL);
  judge->outputs = g_string_new (NULL);
  judge->interruptible = g_hash_table_new (NULL, NULL);
  judge->cut = g_hash_table_new (NULL, NULL);
  judge->chat = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  judge->words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  judge->core = turn_core_new (config, words, take_output, judge);
  judge->generation = turn_core_generation (judge->core);
  return judge;
}

void
turn_judge_free (TurnJudge * judge)
{
  turn_core_free (judge->core);
  g_string_free (judge->trace, TRUE);
  g_string_free (judge->outputs, TRUE);
  g_hash_table_unref (judge->interruptible);
  g_hash_table_unref (judge->cut);
  g_hash_table_unref (judge->chat);
  g_hash_table_unref (judge->words);
  g_free (judge);
}

TurnCore *
turn_judge_core (TurnJudge * judge)
{
  return judge->core;
}

/* An interim repeats words: they may come to something for its sake. */
static void
follow_words (TurnJudge * judge, const gchar * text, gboolean strict,
    gboolean interim)
{
  gchar *normal = turn_words_normalise (text, NULL);
  gchar **words = g_strsplit (normal, " ", -1);

  for (gchar ** w = words; *w; w++) {
    Word *word;

    if (strncmp (*w, "zz", 2) != 0)
      continue;
    word = g_hash_table_lookup (judge->words, *w);
    if (word) {
      word->repeated = TRUE;
      continue;
    }
    if (interim)
      continue;
    word = g_new0 (Word, 1);
    word->strict = strict;
    g_hash_table_insert (judge->words, g_strdup (*w), word);
  }
  g_strfreev (words);
  g_free (normal);
}

static void
note_input (TurnJudge * judge, gint64 now, const TurnInput * in)
{
  const gchar *text = in->type == TURN_INPUT_INTERIM
      || in->type == TURN_INPUT_FINAL ? in->transcript.text :
      in->type == TURN_INPUT_TEXT ? in->line.text : "";

  g_string_append_printf (judge->trace, "%.6f input %d %s %" G_GINT64_FORMAT
      " %u \"%.60s\"\n", (now - judge->base) / 1e6, in->type,
      judge->calls ? "nested" : "", in->type <= TURN_INPUT_SPEECH_STOP ?
      (in->sound.at - judge->base) / 1000000 : 0,
      in->type == TURN_INPUT_HEARD ? in->heard.speech :
      in->type == TURN_INPUT_PLAYING ? in->playing.speech :
      in->type == TURN_INPUT_SPEECH_BEGINS ? in->begins.speech : 0,
      text ? text : "");
  if (judge->trace->len > 1 << 20)
    g_string_erase (judge->trace, 0, 1 << 19);
}

static gboolean
knows_speech (TurnJudge * judge, guint id)
{
  const TurnAgent *agent = &judge->core->agent;

  for (guint i = 0; i < agent->n_speeches; i++) {
    if (agent->speeches[i].id == id)
      return TRUE;
  }
  return FALSE;
}

static void
prepare (TurnJudge * judge, const TurnInput * in)
{
  switch (in->type) {
    case TURN_INPUT_INTERIM:
    case TURN_INPUT_FINAL:
      follow_words (judge, in->transcript.text ? in->transcript.text : "",
          !in->transcript.segment && in->transcript.start < 0,
          in->type == TURN_INPUT_INTERIM);
      break;
    case TURN_INPUT_TEXT:
      follow_words (judge, in->line.text ? in->line.text : "", TRUE, FALSE);
      break;
    case TURN_INPUT_SPEECH_BEGINS:
      judge->active = TRUE;
      if (in->begins.speech && !knows_speech (judge, in->begins.speech)) {
        /* Somebody may use a number again. */
        g_hash_table_remove (judge->cut, GUINT_TO_POINTER (in->begins.speech));
        g_hash_table_insert (judge->interruptible,
            GUINT_TO_POINTER (in->begins.speech),
            GUINT_TO_POINTER (in->begins.interruptible + 1));
      }
      break;
    case TURN_INPUT_TOOL_BUSY:
    case TURN_INPUT_TOOL_IDLE:
      judge->active = TRUE;
      break;
    default:
      break;
  }
}

/* 7: a hold that is gone without a word was ended by the speech's end. */
static void
check_state (TurnJudge * judge, const TurnInput * in)
{
  const TurnCore *core = judge->core;

  CHECK (judge, turn_core_generation (judge->core) == judge->generation, 5);
  CHECK (judge, turn_core_held_bytes (judge->core) < MAX_HELD_BYTES, 17);
  if (judge->over || core->agent.held == judge->held)
    return;
  CHECK (judge, judge->held && in && (in->type == TURN_INPUT_HEARD
          || in->type == TURN_INPUT_PLAYING), 7);
  judge->held = FALSE;
}

/**
 * turn_judge_input:
 * @judge: a watched core
 * @now: when
 * @input: what
 *
 * As turn_core_input(); nested inputs too.
 */
void
turn_judge_input (TurnJudge * judge, gint64 now, const TurnInput * input)
{
  gboolean nested = judge->core->running;

  prepare (judge, input);
  note_input (judge, now, input);
  if (!nested)
    judge->calls = 0;
  turn_core_input (judge->core, now, input);
  if (!nested)
    check_state (judge, input);
}

/* 10: nothing waits for ever. */
static void
check_wake (TurnJudge * judge)
{
  const TurnCore *core = judge->core;
  gint64 wake = turn_core_wake_at (judge->core);

  CHECK (judge, wake == TURN_NONE || wake > core->now, 10);
  if (core->ended) {
    CHECK (judge, wake == TURN_NONE, 10);
    return;
  }
  if (core->turn.open && core->config.mode != TURN_MODE_MANUAL)
    CHECK (judge, wake != TURN_NONE, 10);
  if (core->agent.held)
    CHECK (judge, wake != TURN_NONE, 10);
  if (core->hangup.pending && !turn_playing (judge->core))
    CHECK (judge, wake != TURN_NONE, 10);
  CHECK (judge, (turn_core_user_state (judge->core) != TURN_USER_SILENT)
      == core->turn.open, 10);
}

void
turn_judge_advance (TurnJudge * judge, gint64 now)
{
  judge->calls = 0;
  turn_core_advance (judge->core, now);
  check_state (judge, NULL);
  check_wake (judge);
}

/**
 * turn_judge_wait:
 * @judge: a watched core
 * @until: a time
 *
 * Lets time pass from deadline to deadline.
 */
void
turn_judge_wait (TurnJudge * judge, gint64 until)
{
  gint64 wake;

  while ((wake = turn_core_wake_at (judge->core)) != TURN_NONE && wake <= until)
    turn_judge_advance (judge, wake);
  turn_judge_advance (judge, until);
}

static void
check_words (TurnJudge * judge)
{
  GHashTableIter words, chat;
  gpointer word, text, value;

  g_hash_table_iter_init (&words, judge->words);
  while (g_hash_table_iter_next (&words, &word, &value)) {
    const Word *w = value;
    guint n = w->discards;

    if (w->repeated)
      continue;
    g_hash_table_iter_init (&chat, judge->chat);
    while (g_hash_table_iter_next (&chat, NULL, &text))
      n += has_word (text, word);
    if (n > 1 || (n == 0 && w->strict))
      turn_judge_fail (judge, "invariant 3: \"%s\" is in %u places",
          (const gchar *) word, n);
  }
}

/**
 * turn_judge_finish:
 * @judge: a watched core
 *
 * The caller is gone: all that was said must have come to something.
 */
void
turn_judge_finish (TurnJudge * judge)
{
  const TurnCore *core = judge->core;
  TurnInput gone = {.type = TURN_INPUT_DISCONNECT };

  turn_judge_input (judge, core->now, &gone);
  turn_judge_wait (judge, core->now + TURN_JUDGE_LONG);
  CHECK (judge, core->ended && judge->over, 10);
  CHECK (judge, judge->proposed == 0, 9);
  check_words (judge);
}

const gchar *
turn_judge_outputs (TurnJudge * judge)
{
  return judge->outputs->str;
}
