/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What enters the chat: commits, the turn that a commit replaces (R10), and
 * words that are kept for later (R9).
 *
 * Threads: the core's owner. Locks: none.
 */
#include "turn-core-private.h"

#include <string.h>

static void
append (GString * all, const gchar * text)
{
  if (text && *text)
    g_string_append_printf (all, "%s%s", all->len ? " " : "", text);
}

void
turn_last_clear (TurnLast * last)
{
  for (guint i = 0; i < last->n_parts; i++)
    turn_part_clear (&last->parts[i]);
  g_free (last->normal);
  memset (last, 0, sizeof (*last));
}

gchar *
turn_last_text (const TurnLast * last)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < last->n_parts; i++)
    append (all, last->parts[i].text);
  return g_string_free (all, FALSE);
}

/* R10: the turn that a commit would replace now; 0 if the chat has gone on. */
guint
turn_merges (TurnCore * core)
{
  const TurnLast *last = &core->last;

  if (!last->turn || !last->reply || last->heard || last->tool_done
      || last->write_begun || last->answered || last->unreported
      || strlen (last->normal) > TURN_MAX_TEXT || turn_playing (core))
    return 0;
  return last->turn;
}

/* The caller's words with those that lead them. */
gchar *
turn_lead (TurnCore * core, const gchar * own, guint merges)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; merges && i < core->last.n_parts; i++)
    append (all, core->last.parts[i].text);
  for (guint i = 0; i < core->n_kept; i++) {
    if (!core->kept[i].candidate)
      append (all, core->kept[i].text);
  }
  append (all, own);
  return g_string_free (all, FALSE);
}

void
turn_kept_clear (TurnKept * kept)
{
  g_free (kept->text);
  memset (kept, 0, sizeof (*kept));
}

static void
remove_kept (TurnCore * core, guint i)
{
  turn_kept_clear (&core->kept[i]);
  core->n_kept--;
  memmove (&core->kept[i], &core->kept[i + 1],
      (core->n_kept - i) * sizeof (TurnKept));
  memset (&core->kept[core->n_kept], 0, sizeof (TurnKept));
}

/* R9: FALSE if there is no room; then the words are discarded. */
gboolean
turn_keep (TurnCore * core, const gchar * text, guint speech, TurnSpan span)
{
  gsize bytes = strlen (text);

  for (guint i = 0; i < core->n_kept; i++)
    bytes += strlen (core->kept[i].text) + 1;
  if (core->n_kept == TURN_MAX_KEPT || bytes > TURN_MAX_TEXT) {
    turn_overflow (core, TURN_OVERFLOW_WORDS);
    turn_discard (core, TURN_DISCARD_OVERFLOW, text);
    return FALSE;
  }
  core->kept[core->n_kept++] = (TurnKept) {
  .text = g_strdup (text),.speech = speech,.span = span,};
  turn_look_invalidate (core);
  return TRUE;
}

/* The speech is over: were the answers to it given in its last moment? (R13) */
void
turn_kept_heard (TurnCore * core, guint speech, gint64 position)
{
  for (guint i = core->n_kept; i-- > 0;) {
    TurnKept *kept = &core->kept[i];

    if (!kept->candidate || kept->speech != speech)
      continue;
    if (position - kept->begin_position <= core->config.answer_window) {
      kept->candidate = FALSE;
    } else {
      turn_discard (core, TURN_DISCARD_BACK_CHANNEL, kept->text);
      remove_kept (core, i);
    }
  }
  turn_look_invalidate (core);
}

/* What was said over it was no answer. */
void
turn_kept_cut (TurnCore * core, guint speech)
{
  turn_kept_heard (core, speech, G_MAXINT64);
}

/* R9 and R11: when the speech that they must not interrupt is over, and the
 * caller is silent. Late words also stop a reply that nobody has heard, even
 * while the caller goes on; then they lead what comes. */
gint64
turn_kept_at (TurnCore * core)
{
  gboolean due = FALSE, late = FALSE;

  for (guint i = 0; i < core->n_kept; i++) {
    const TurnKept *kept = &core->kept[i];

    due |= !kept->candidate && !turn_has_speech (core, kept->speech);
    late |= kept->late;
  }
  if (!due || turn_playing (core))
    return TURN_NEVER;
  if (late && turn_is_thinking (core))
    return TURN_NOW;
  return core->turn.open ? TURN_NEVER : TURN_NOW;
}

static TurnCommitReason
kept_reason (TurnCore * core)
{
  if (core->disconnected)
    return TURN_COMMIT_DISCONNECTED;
  for (guint i = 0; i < core->n_kept; i++) {
    if (core->kept[i].late)
      return TURN_COMMIT_LATE;
  }
  return TURN_COMMIT_KEPT;
}

void
turn_kept_now (TurnCore * core)
{
  if (turn_is_thinking (core))
    turn_interrupt_by_caller (core);
  else
    turn_commit (core, "", core->kept[0].span, FALSE, kept_reason (core));
}

/* Drops what led the turn; returns the span of all. Of candidates there are
 * none: their speech is over. */
static TurnSpan
use_kept (TurnCore * core, TurnSpan span)
{
  for (guint i = core->n_kept; i-- > 0;) {
    const TurnSpan *kept = &core->kept[i].span;

    if (kept->start >= 0)
      span.start = span.start < 0 ? kept->start : MIN (span.start, kept->start);
    span.end = MAX (span.end, kept->end);
    remove_kept (core, i);
  }
  return span;
}

static void
add_last_part (TurnLast * last, TurnPart * part)
{
  if (last->n_parts == TURN_MAX_PARTS) {
    TurnPart *first = &last->parts[0], *second = &last->parts[1];
    gchar *text = g_strconcat (first->text, " ", second->text, NULL);

    g_free (second->text);
    second->text = text;
    second->taken = FALSE;
    second->segment = 0;
    g_clear_pointer (&second->normal, g_free);
    turn_part_clear (first);
    last->n_parts--;
    memmove (first, second, last->n_parts * sizeof (TurnPart));
  }
  last->parts[last->n_parts++] = *part;
}

/* The committed turn piece by piece, so that a late final of an interim can
 * still correct its own. */
static void
note_last_parts (TurnCore * core, TurnLast * next, const gchar * own,
    gboolean voice)
{
  const TurnCaller *turn = &core->turn;
  TurnPart lead = {.text = turn_lead (core, voice ? "" : own, 0) };

  if (*lead.text)
    add_last_part (next, &lead);
  else
    g_free (lead.text);
  for (guint i = 0; voice && i < turn->n_parts; i++) {
    TurnPart part = turn->parts[i];

    part.text = g_strdup (part.text);
    part.normal = g_strdup (part.normal);
    next->unspanned |= part.span.start < 0;
    add_last_part (next, &part);
  }
}

static void
note_last (TurnCore * core, const gchar * own, gboolean voice, guint merges)
{
  TurnLast next = { 0 };
  TurnLast *last = &core->last;

  if (merges) {
    memcpy (next.parts, last->parts, sizeof (next.parts));
    next.n_parts = last->n_parts;
    next.unspanned = last->unspanned;
    next.expect = last->expect;
    next.expect_length = last->expect_length;
    last->n_parts = 0;
  }
  next.unspanned |= !voice;
  note_last_parts (core, &next, own, voice);
  if (core->expecting) {
    next.expect = core->expect;
    next.expect_length = core->expect_length;
  }
  turn_last_clear (last);
  *last = next;
}

/* The number of the proposal, if it says the same, else a new one. */
static gboolean
number_turn (TurnCore * core, const gchar * normal, guint merges,
    gboolean voice, guint * turn)
{
  TurnProposal *proposal = &core->proposal;

  if (proposal->turn && voice && !core->disconnected
      && !core->hangup.pending && !proposal->failed
      && proposal->merges == merges && strcmp (proposal->normal, normal) == 0) {
    *turn = proposal->turn;
    g_free (proposal->normal);
    memset (proposal, 0, sizeof (*proposal));
    return TRUE;
  }
  if (proposal->turn)
    turn_withdraw (core);
  *turn = core->next_turn++;
  return FALSE;
}

/**
 * turn_commit:
 * @core: an agent that is neither speaking nor thinking
 * @own: what the caller said now, or "" for kept words alone
 * @span: when
 * @voice: these are the words of the open turn
 * @reason: why now
 *
 * Puts into the chat what the caller said. What waited to be said comes before
 * the reply (96, 108), so it is sent before the commit.
 */
void
turn_commit (TurnCore * core, const gchar * own, TurnSpan span,
    gboolean voice, TurnCommitReason reason)
{
  guint merges = turn_merges (core), turn;
  gchar *text = turn_lead (core, own, merges);
  gchar *normal = turn_words_normalise (text, NULL);
  gboolean proposed = number_turn (core, normal, merges, voice, &turn);
  gboolean reply;
  TurnOutput output = {.type = TURN_OUTPUT_COMMIT };

  if (reason != TURN_COMMIT_HANGUP && turn_hangup_is_revocable (core))
    turn_revoke (core);
  reply = !core->disconnected && !core->hangup.pending;
  if (reply)
    turn_says_flush (core);
  if (merges)
    span.start = MIN (span.start, core->last.span.start);
  note_last (core, own, voice, merges);
  core->last.span = use_kept (core, span);
  core->last.turn = turn;
  core->last.normal = normal;
  core->last.time = core->now;
  core->last.reply = reply;
  output.commit.turn = turn;
  output.commit.merges = merges;
  output.commit.text = text;
  output.commit.start = core->last.span.start;
  output.commit.end = core->last.span.end;
  output.commit.reply = reply;
  output.commit.proposed = proposed;
  output.commit.reason = reason;
  turn_push (core, &output);
  core->agent.awaits_reply = reply && !turn_has_speech_of (core, turn);
  core->agent.reply = turn;
  core->expecting = FALSE;
  core->expect = TURN_EXPECT_OPEN;
  core->unheard = 0;
  core->quiet.reset = TRUE;
  core->sound.fresh = FALSE;
  g_free (text);
}

/**
 * turn_core_waiting:
 * @core: a core
 * @turn: (out): number that a commit of them would have
 * @merges: (out): the turn that it would replace, or 0
 *
 * Returns: (transfer full) (nullable): the caller's words that are in no turn
 *   yet, with those of @merges; empty while there may be some; else %NULL
 */
gchar *
turn_core_waiting (TurnCore * core, guint * turn, guint * merges)
{
  GString *all = g_string_new (NULL);
  gchar *own;

  if (!core->turn.open && core->n_kept == 0)
    return g_string_free (all, TRUE);
  own = turn_own_text (core);
  for (guint i = 0; i < core->n_kept; i++)
    append (all, core->kept[i].text);
  append (all, own);
  g_free (own);
  *turn = core->proposal.turn ? core->proposal.turn : core->next_turn;
  *merges = all->len > 0 ? turn_merges (core) : 0;
  if (*merges) {
    gchar *before = turn_last_text (&core->last);

    g_string_prepend (all, " ");
    g_string_prepend (all, before);
    g_free (before);
  }
  return g_string_free (all, FALSE);
}
