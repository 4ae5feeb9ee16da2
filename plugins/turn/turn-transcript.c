/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The caller's words: interims and finals of the open turn, what is a
 * duplicate, what comes too late (R11), and what the words amount to.
 *
 * A final replaces the interims of its segment. A recogniser that numbers no
 * segments has one outstanding interim at a time, which every final replaces.
 *
 * Threads: the core's owner. Locks: none.
 */
#include "turn-core-private.h"

#include <string.h>

/* A text without its words is none: a recogniser that sends "." has heard
 * nothing. */
static gboolean
part_init (TurnCore * core, TurnPart * part, const TurnInput * input)
{
  const gchar *text = input->transcript.text ? input->transcript.text : "";
  gint64 start = input->transcript.start, end = input->transcript.end;

  memset (part, 0, sizeof (*part));
  if (strlen (text) > TURN_MAX_TEXT)
    return FALSE;
  part->text = g_strstrip (g_utf8_make_valid (text, -1));
  part->normal = turn_words_normalise (part->text, &part->n_words);
  part->segment = input->transcript.segment;
  part->epoch = core->epoch;
  part->final = input->type == TURN_INPUT_FINAL;
  part->span.start = part->span.end = TURN_NONE;
  if (start >= 0 && end >= start && end <= core->now) {
    part->span.start = start;
    part->span.end = end;
  }
  return TRUE;
}

void
turn_part_clear (TurnPart * part)
{
  g_free (part->text);
  g_free (part->normal);
  memset (part, 0, sizeof (*part));
}

static gboolean
has_span (const TurnPart * part)
{
  return part->span.start >= 0;
}

/* Said before the last turn was committed. */
static gboolean
is_before_commit (TurnCore * core, const TurnPart * part)
{
  const TurnLast *last = &core->last;

  return has_span (part) && last->turn && part->span.end <= last->time
      && part->span.start >= last->span.start - TURN_SPAN_SLACK;
}

/* A span before the turn it must belong to is a clock's fault (135). */
static void
distrust_span (TurnCore * core, TurnPart * part)
{
  gint64 earliest = core->turn.open ? core->turn.onset :
      core->last.turn ? core->last.time : 0;

  if (has_span (part) && !is_before_commit (core, part)
      && part->span.start < earliest - TURN_SPAN_SLACK)
    part->span.start = part->span.end = TURN_NONE;
}

static gint64
overlap (const TurnSpan * a, const TurnSpan * b)
{
  return MAX (MIN (a->end, b->end) - MAX (a->start, b->start), 0);
}

/* Whether finals have been given for at least half of the span. */
static gboolean
is_covered (TurnCore * core, const TurnSpan * span)
{
  guint n = MIN (core->n_spans, TURN_MAX_SPANS);
  gint64 covered = 0;

  for (guint i = 0; i < n; i++) {
    covered += overlap (&core->spans[i], span);
    if (span->end == span->start && span->start >= core->spans[i].start
        && span->end <= core->spans[i].end)
      return TRUE;
  }
  return span->end > span->start && 2 * covered >= span->end - span->start;
}

static void
remember_span (TurnCore * core, const TurnPart * part)
{
  if (!has_span (part))
    return;
  core->spans[core->n_spans % TURN_MAX_SPANS] = part->span;
  if (++core->n_spans == 2 * TURN_MAX_SPANS)
    core->n_spans = TURN_MAX_SPANS;
}

static gboolean
ends_with (const gchar * normal, const gchar * words)
{
  gsize n = strlen (normal), length = strlen (words);

  return n >= length && strcmp (normal + n - length, words) == 0
      && (n == length || normal[n - length - 1] == ' ');
}

static gboolean
same_segment (const TurnPart * a, const TurnPart * b)
{
  return a->segment == b->segment && a->epoch == b->epoch;
}

static gsize
own_bytes (TurnCore * core)
{
  gsize n = 0;

  for (guint i = 0; i < core->turn.n_parts; i++)
    n += strlen (core->turn.parts[i].text) + 1;
  return n;
}

static void
remove_part (TurnCaller * turn, guint i)
{
  turn_part_clear (&turn->parts[i]);
  turn->n_parts--;
  memmove (&turn->parts[i], &turn->parts[i + 1],
      (turn->n_parts - i) * sizeof (TurnPart));
  memset (&turn->parts[turn->n_parts], 0, sizeof (TurnPart));
}

/* The two oldest finals become one; without them the oldest interim goes. */
static void
make_room (TurnCore * core)
{
  TurnCaller *turn = &core->turn;
  TurnPart *a = &turn->parts[0], *b = &turn->parts[1];
  gchar *text, *normal;

  if (!a->final || !b->final) {
    turn_overflow (core, TURN_OVERFLOW_WORDS);
    remove_part (turn, a->final ? 1 : 0);
    return;
  }
  text = g_strconcat (a->text, " ", b->text, NULL);
  normal = g_strconcat (a->normal, " ", b->normal, NULL);
  b->n_words += a->n_words;
  b->segment = 0;
  b->span.start = b->span.end = TURN_NONE;
  b->taken &= a->taken;
  g_free (b->text);
  g_free (b->normal);
  b->text = text;
  b->normal = normal;
  remove_part (turn, 0);
}

/* What the new part takes the place of; -1 is nothing, -2 is already known. */
static gint
find_place (TurnCore * core, const TurnPart * part)
{
  TurnCaller *turn = &core->turn;

  for (guint i = 0; i < turn->n_parts; i++) {
    TurnPart *old = &turn->parts[i];
    gboolean same = same_segment (old, part);

    if (!old->final) {
      if (same)
        return i;
    } else if (same && part->segment) {
      return part->final || old->taken ? (gint) i : -2;
    } else if (part->final && has_span (old) && has_span (part)
        && 2 * overlap (&old->span, &part->span) >=
        part->span.end - part->span.start
        && strcmp (old->normal, part->normal) == 0) {
      return i;
    } else if (part->final && old->taken && !part->segment && !old->segment) {
      return i;
    }
  }
  return -1;
}

/* Interims whose final has come. */
static void
drop_interims (TurnCaller * turn, const TurnPart * final)
{
  for (guint i = turn->n_parts; i-- > 0;) {
    const TurnPart *old = &turn->parts[i];

    if (!old->final && (!final->segment || !old->segment
            || same_segment (old, final)))
      remove_part (turn, i);
  }
}

static gchar *
own_normal (TurnCore * core)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < core->turn.n_parts; i++) {
    if (core->turn.parts[i].n_words > 0)
      g_string_append_printf (all, "%s%s", all->len ? " " : "",
          core->turn.parts[i].normal);
  }
  return g_string_free (all, FALSE);
}

static guint
count_finals (const TurnCaller * turn)
{
  guint n = 0;

  while (n < turn->n_parts && turn->parts[n].final)
    n++;
  return n;
}

/* Finals stand in the order of their arrival, interims behind them. */
static void
put_part (TurnCore * core, TurnPart * part, gint place)
{
  TurnCaller *turn = &core->turn;
  gboolean in_place = place >= 0 && turn->parts[place].final == part->final;

  if (place >= 0)
    remove_part (turn, place);
  if (part->final)
    drop_interims (turn, part);
  if (part->n_words == 0) {
    turn_part_clear (part);
    return;
  }
  if (turn->n_parts == TURN_MAX_PARTS)
    make_room (core);
  if (!in_place)
    place = part->final ? count_finals (turn) : turn->n_parts;
  memmove (&turn->parts[place + 1], &turn->parts[place],
      (turn->n_parts - place) * sizeof (TurnPart));
  turn->parts[place] = *part;
  turn->n_parts++;
}

/* The provider's end of turn is about the words it knew; if it knew none, about
 * those that come next. */
static void
judge_end_of_turn (TurnCore * core, TurnPart * part)
{
  TurnCaller *turn = &core->turn;

  if (turn->ended && (!turn->ended_with_words
          || turn->ended_words_at == core->now)) {
    turn->ended_with_words = TRUE;
    turn->ended_words_at = core->now;
    part->before_end = TRUE;
  } else if (!part->before_end) {
    turn->ended = FALSE;
  }
}

static void
note_new_words (TurnCore * core, TurnPart * part)
{
  TurnCaller *turn = &core->turn;

  core->word_at = core->now;
  turn->voice_after_word = core->sound.run ? core->now : TURN_NONE;
  if (turn->by_words && turn->n_runs == 0 && !core->sound.run)
    turn_note_begin (core, core->now);
  judge_end_of_turn (core, part);
}

/* Words for the open turn, or for one that they open. */
static void
add_words (TurnCore * core, TurnPart * part)
{
  TurnCaller *turn = &core->turn;
  gint place;

  turn_open (core, core->now, TRUE);
  place = find_place (core, part);
  if (place == -2) {
    turn_part_clear (part);
    return;
  }
  if (place >= 0)
    part->before_end = turn->parts[place].before_end;
  turn->last_arrival = core->now;
  turn->interims_seen |= !part->final;
  if (part->final) {
    turn->awaits_reset = FALSE;
    turn->known_until = MAX (turn->known_until,
        has_span (part) ? part->span.end : core->now);
    remember_span (core, part);
  }
  if (part->n_words > 0 && (place < 0
          || strcmp (turn->parts[place].normal, part->normal) != 0))
    note_new_words (core, part);
  put_part (core, part, place);
  turn_look_invalidate (core);
}

/* Whether the part belongs to what the application has cleared (36). */
static gboolean
is_cleared (TurnCore * core, const TurnPart * part)
{
  if (core->cleared_at < 0)
    return FALSE;
  if (has_span (part))
    return part->span.end <= core->cleared_at;
  return core->now <= core->cleared_until;
}

/* R11, but for what came before the last commit by its segment. */
static gboolean
is_late (TurnCore * core, const TurnPart * part)
{
  const TurnLast *last = &core->last;

  if (!last->turn)
    return FALSE;
  if (has_span (part))
    return is_before_commit (core, part);
  return !core->turn.open && !core->sound.on
      && core->sound.last_onset <= last->time
      && core->now - last->time <= core->config.late_final;
}

/* What this replaces in the last turn: a final of its segment, or an interim
 * that was taken because its final did not come; -1 if there is nothing. */
static gint
find_committed (TurnCore * core, const TurnPart * part)
{
  const TurnLast *last = &core->last;

  for (guint i = 0; part->n_words > 0 && i < last->n_parts; i++) {
    if (same_segment (&last->parts[i], part) && (part->segment
            || (last->parts[i].taken && is_late (core, part))))
      return i;
  }
  return -1;
}

static void
push_correct (TurnCore * core)
{
  gchar *text = turn_last_text (&core->last);
  TurnOutput output = {.type = TURN_OUTPUT_CORRECT };

  g_free (core->last.normal);
  core->last.normal = turn_words_normalise (text, NULL);
  output.correct.turn = core->last.turn;
  output.correct.text = text;
  turn_push (core, &output);
  g_free (text);
}

/* The text behind its first words. */
static const gchar *
skip_words (const gchar * text, guint n)
{
  while (n > 0 && *text) {
    guint words;
    const gchar *end;
    gchar *piece;

    while (g_ascii_isspace (*text))
      text++;
    end = text;
    while (*end && !g_ascii_isspace (*end))
      end++;
    piece = g_strndup (text, end - text);
    g_free (turn_words_normalise (piece, &words));
    g_free (piece);
    n -= MIN (n, words);
    text = end;
  }
  while (g_ascii_isspace (*text))
    text++;
  return text;
}

/* The words that it has beyond what was committed are new, the others are
 * corrected. */
static void
correct_committed (TurnCore * core, TurnPart * part, guint i)
{
  TurnPart *old = &core->last.parts[i];
  gsize length = strlen (old->normal);
  gboolean longer = strncmp (part->normal, old->normal, length) == 0
      && part->normal[length] == ' ';
  gchar *rest = NULL;

  if (longer)
    rest = g_strdup (skip_words (part->text, old->n_words));
  if (longer || strcmp (old->text, part->text) == 0) {
    if (!longer)
      turn_discard (core, TURN_DISCARD_DUPLICATE, part->text);
  } else {
    g_free (old->text);
    g_free (old->normal);
    old->text = g_strdup (part->text);
    old->normal = g_strdup (part->normal);
    old->n_words = part->n_words;
    push_correct (core);
  }
  old->taken = FALSE;
  if (!longer) {
    turn_part_clear (part);
    return;
  }
  old->segment = 0;
  g_free (part->text);
  g_free (part->normal);
  part->text = rest;
  part->normal = turn_words_normalise (rest, &part->n_words);
}

/* Whether the words of a late final are committed: its span is, or it says
 * again what one of the finals said or how the turn ended. One that comes with
 * another that was new goes on with it. */
static gboolean
is_known (TurnCore * core, const TurnPart * part)
{
  const TurnLast *last = &core->last;

  if (has_span (part) && is_covered (core, &part->span))
    return TRUE;
  if ((has_span (part) && !last->unspanned) || core->late_at == core->now)
    return FALSE;
  for (guint i = 0; i < last->n_parts; i++) {
    if (g_strcmp0 (last->parts[i].normal, part->normal) == 0)
      return TRUE;
  }
  return ends_with (last->normal, part->normal);
}

/* R11: at once if nothing was heard (R10), else after the speech (R9). */
static void
take_late (TurnCore * core, TurnPart * part)
{
  TurnSpeech *playing = turn_playing (core);
  TurnSpan span = { core->now, core->now };

  if (has_span (part))
    span = part->span;
  if (turn_keep (core, part->text, playing ? playing->id : 0, span)
      && !playing)
    core->kept[core->n_kept - 1].late = TRUE;
  core->late_at = core->now;
  remember_span (core, part);
  turn_part_clear (part);
}

/* Whether the final was dealt with as one of an earlier time. */
static gboolean
is_of_the_past (TurnCore * core, TurnPart * part)
{
  gint old = find_committed (core, part);
  gboolean late = is_late (core, part);

  if (old >= 0) {
    correct_committed (core, part, old);
    if (!part->text)
      return TRUE;
    late = late || !core->turn.open;
  } else if (late && part->n_words > 0 && is_known (core, part)) {
    turn_discard (core, TURN_DISCARD_DUPLICATE, part->text);
    turn_part_clear (part);
    return TRUE;
  }
  if (late && part->n_words > 0)
    take_late (core, part);
  return late && !part->text;
}

static gboolean
is_own_segment (TurnCore * core, const TurnPart * part)
{
  for (guint i = 0; part->segment && i < core->turn.n_parts; i++) {
    if (same_segment (&core->turn.parts[i], part))
      return TRUE;
  }
  return FALSE;
}

static void
take_final (TurnCore * core, TurnPart * part)
{
  if (is_cleared (core, part)) {
    core->cleared_until = MIN (core->cleared_until, core->now);
    if (part->n_words > 0)
      turn_discard (core, TURN_DISCARD_CLEARED, part->text);
    turn_part_clear (part);
    return;
  }
  if (core->reset_at >= 0 && has_span (part) && part->n_words > 0
      && part->span.start < core->reset_at && is_covered (core, &part->span)) {
    turn_discard (core, TURN_DISCARD_DUPLICATE, part->text);
    turn_part_clear (part);
    return;
  }
  if (!is_own_segment (core, part) && is_of_the_past (core, part))
    return;
  if (part->n_words == 0 && !core->turn.open) {
    turn_part_clear (part);
    return;
  }
  if (own_bytes (core) + strlen (part->text) > TURN_MAX_TEXT) {
    turn_overflow (core, TURN_OVERFLOW_WORDS);
    turn_discard (core, TURN_DISCARD_OVERFLOW, part->text);
    turn_part_clear (part);
    return;
  }
  add_words (core, part);
}

/* An interim of what is committed or cleared says nothing. */
static void
take_interim (TurnCore * core, TurnPart * part)
{
  gboolean known = is_cleared (core, part) || (!is_own_segment (core, part)
      && (find_committed (core, part) >= 0 || (is_late (core, part)
              && (part->n_words == 0 || is_known (core, part)
                  || has_span (part)))));

  if (known || (part->n_words == 0 && !core->turn.open)) {
    turn_part_clear (part);
  } else if (own_bytes (core) + strlen (part->text) > TURN_MAX_TEXT) {
    turn_overflow (core, TURN_OVERFLOW_WORDS);
    turn_part_clear (part);
  } else {
    add_words (core, part);
  }
}

void
turn_transcript (TurnCore * core, const TurnInput * input)
{
  TurnPart part;

  if (!part_init (core, &part, input)) {
    turn_overflow (core, TURN_OVERFLOW_WORDS);
    if (input->type == TURN_INPUT_FINAL)
      turn_discard (core, TURN_DISCARD_OVERFLOW, input->transcript.text);
    return;
  }
  if (core->ended) {
    if (part.final && part.n_words > 0)
      turn_discard (core, TURN_DISCARD_ENDED, part.text);
    turn_part_clear (&part);
    return;
  }
  distrust_span (core, &part);
  if (part.final)
    take_final (core, &part);
  else
    take_interim (core, &part);
}

/* Ignored while a sound goes on: the provider is wrong then. */
void
turn_end_of_turn (TurnCore * core)
{
  TurnCaller *turn = &core->turn;

  if (turn_sound_goes_on (core)
      || (!turn->open && core->config.mode != TURN_MODE_STT))
    return;
  turn_open (core, core->now, TRUE);
  turn->ended = TRUE;
  turn->ended_at = core->now;
  turn->ended_with_words = turn->n_parts > 0;
  turn->ended_words_at = TURN_NONE;
  for (guint i = 0; i < turn->n_parts; i++)
    turn->parts[i].before_end = TRUE;
}

void
turn_stt_reset (TurnCore * core)
{
  TurnCaller *turn = &core->turn;

  core->epoch++;
  core->reset_at = core->now;
  for (guint i = turn->n_parts; i-- > 0;) {
    if (!turn->parts[i].final) {
      remove_part (turn, i);
      turn->awaits_reset = TRUE;
    }
  }
  turn_look_invalidate (core);
}

/* The application does not want what was said so far. */
void
turn_clear_words (TurnCore * core)
{
  TurnCaller *turn = &core->turn;
  gboolean goes_on = turn_sound_goes_on (core);

  core->cleared_at = core->now;
  core->cleared_until = turn->open && !goes_on && (turn_has_interims (core)
      || turn_unknown_voice (core) >= core->config.await_voiced
      || (turn->n_parts == 0 && turn->n_runs > 0)) ?
      core->now + core->config.final_wait : TURN_NONE;
  for (guint i = 0; i < turn->n_parts; i++) {
    if (turn->parts[i].final)
      turn_discard (core, TURN_DISCARD_CLEARED, turn->parts[i].text);
  }
  for (guint i = 0; i < core->n_kept; i++) {
    turn_discard (core, TURN_DISCARD_CLEARED, core->kept[i].text);
    turn_kept_clear (&core->kept[i]);
  }
  core->n_kept = 0;
  if (turn->open)
    turn_close (core, core->now);
}

gboolean
turn_has_interims (TurnCore * core)
{
  for (guint i = 0; i < core->turn.n_parts; i++) {
    if (!core->turn.parts[i].final)
      return TRUE;
  }
  return FALSE;
}

/* The final did not come: the interim's text counts (R3). */
gboolean
turn_take_interims (TurnCore * core)
{
  gboolean any = FALSE;

  for (guint i = 0; i < core->turn.n_parts; i++) {
    TurnPart *part = &core->turn.parts[i];

    if (!part->final) {
      part->final = part->taken = any = TRUE;
    }
  }
  if (any)
    turn_look_invalidate (core);
  return any;
}

/* How much was voiced in this turn after what the finals cover. */
gint64
turn_unknown_voice (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  gint64 voiced = 0;

  for (guint i = 0; i < turn->n_runs; i++)
    voiced += MAX (turn->runs[i].end - MAX (turn->runs[i].start,
            turn->known_until), 0);
  return voiced;
}

/* What the caller has said in this turn, as it was written. */
gchar *
turn_own_text (TurnCore * core)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < core->turn.n_parts; i++)
    g_string_append_printf (text, "%s%s", i ? " " : "",
        core->turn.parts[i].text);
  return g_string_free (text, FALSE);
}

void
turn_look_invalidate (TurnCore * core)
{
  TurnLook *look = &core->turn.look;

  g_clear_pointer (&look->text, g_free);
  g_clear_pointer (&look->normal, g_free);
  look->valid = FALSE;
}

/* R7, R13: the words of the turn itself. */
static void
look_at_own (TurnCore * core, TurnLook * look)
{
  const TurnCaller *turn = &core->turn;
  GString *finals = g_string_new (NULL);
  gchar *own = own_normal (core);
  TurnWordClass classes = TURN_WORD_BACK_CHANNEL;

  if (turn->over_greeting)
    classes |= TURN_WORD_GREETING;
  if (core->hangup.pending)
    classes |= TURN_WORD_FAREWELL;
  look->n_own = look->n_own_final = 0;
  for (guint i = 0; i < turn->n_parts; i++) {
    look->n_own += turn->parts[i].n_words;
    if (turn->parts[i].final) {
      look->n_own_final += turn->parts[i].n_words;
      g_string_append_printf (finals, "%s%s", finals->len ? " " : "",
          turn->parts[i].normal);
    }
  }
  look->cover = turn_words_cover (core->words, own, classes);
  look->cover_final = turn_words_cover (core->words, finals->str, classes);
  look->stop = !look->cover && turn_words_begin (core->words, own,
      TURN_WORD_STOP, classes | TURN_WORD_HESITATION | TURN_WORD_POLITE);
  g_string_free (finals, TRUE);
  g_free (own);
}

/* What the open turn amounts to at this moment. */
const TurnLook *
turn_look (TurnCore * core)
{
  TurnLook *look = &core->turn.look;
  guint merges = turn_merges (core);
  gboolean of_last = merges && !core->expecting;
  gchar *own;

  if (look->valid && look->merges == merges)
    return look;
  turn_look_invalidate (core);
  own = turn_own_text (core);
  look->merges = merges;
  look->text = turn_lead (core, own, merges);
  look->normal = turn_words_normalise (look->text, NULL);
  look_at_own (core, look);
  look->judged = turn_words_judge (core->words, look->text,
      of_last ? core->last.expect : core->expect,
      of_last ? core->last.expect_length : core->expect_length);
  look->valid = TRUE;
  g_free (own);
  return look;
}
