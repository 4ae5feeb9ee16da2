/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The caller's turn from its first sound or word to what becomes of it: when
 * it ends (R2, R3), whether it is proposed before (R5), and whether it is
 * committed, kept or dropped (R8, R9, R13).
 *
 * Threads: the core's owner. Locks: none.
 */
#include "turn-core-private.h"

#include <string.h>

/* R13: back-channel is what is said over an agent that is not idle. */
void
turn_note_begin (TurnCore * core, gint64 at)
{
  TurnCaller *turn = &core->turn;
  TurnSpeech *playing = turn_playing (core);
  gboolean over = turn_was_active (core, at);
  gboolean greeting = playing && playing->source == TURN_SOURCE_GREETING;
  gboolean has_words = turn->begun && turn->n_parts > 0;

  turn->over = over && (turn->over || !has_words);
  turn->over_greeting = greeting && (turn->over_greeting || !has_words);
  turn->begin_speech = playing ? playing->id : 0;
  turn->begin_position = turn_position (core, at);
  turn->begun = TRUE;
  turn_look_invalidate (core);
}

void
turn_open (TurnCore * core, gint64 onset, gboolean by_words)
{
  TurnCaller *turn = &core->turn;

  if (turn->open)
    return;
  turn->open = TRUE;
  turn->onset = onset;
  turn->by_words = by_words;
  turn->end_long = turn->end_any = turn->last_arrival = TURN_NONE;
  turn->known_until = turn->voice_after_word = TURN_NONE;
  turn->ended_at = turn->commit_at = TURN_NONE;
}

/* A sound that goes on begins another turn. */
void
turn_close (TurnCore * core, gint64 quiet_from)
{
  TurnCaller *turn = &core->turn;

  for (guint i = 0; i < turn->n_parts; i++)
    turn_part_clear (&turn->parts[i]);
  turn_look_invalidate (core);
  memset (turn, 0, sizeof (*turn));
  core->quiet.turn_over = MAX (core->quiet.turn_over, quiet_from);
  if (turn_sound_goes_on (core)) {
    turn_track (core);
    turn_sound_split (core);
    turn_open (core, core->now, FALSE);
    turn->voice_after_word = core->now;
    turn_note_begin (core, core->now);
  }
}

/* R2: E. */
gint64
turn_end_of_sound (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  gint64 end = turn->end_long >= 0 ? turn->end_long : turn->end_any;

  return end < 0 || turn->words_only ? MAX (end, turn->last_arrival) : end;
}

/* Whether all that was said in this turn is back-channel (R13). */
gboolean
turn_is_back_channel (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;

  return turn->over && !turn->interrupted && turn_look (core)->cover;
}

static gboolean
expects_yes_no (TurnCore * core)
{
  return core->expecting && core->expect == TURN_EXPECT_YES_NO;
}

/* R13, for a speech that has ended: an answer that began in its last moment. */
static gboolean
is_answer (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  const TurnAgent *agent = &core->agent;

  return expects_yes_no (core) && turn->begin_speech
      && turn->begin_speech == agent->last_speech
      && agent->last_position - turn->begin_position <=
      core->config.answer_window;
}

static gint64
delay (TurnCore * core)
{
  const TurnConfig *config = &core->config;
  TurnText judged = turn_look (core)->judged;

  if (judged == TURN_TEXT_UNKNOWN && core->turn.ended)
    judged = TURN_TEXT_COMPLETE;
  return judged == TURN_TEXT_COMPLETE ? config->delay_complete :
      judged == TURN_TEXT_UNKNOWN ? config->delay_unknown :
      config->delay_incomplete;
}

/* R3: until when a final is awaited; TURN_NOW if none is. */
static gint64
await_until (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  const TurnConfig *config = &core->config;
  gint64 end = turn_end_of_sound (core), until = TURN_NOW;

  if (turn->ended)
    return TURN_NOW;
  if (turn_has_interims (core) || turn->awaits_reset)
    until = end + config->final_wait;
  if (turn_unknown_voice (core) >= config->await_voiced)
    until = MAX (until, end + config->stt_wait);
  return until;
}

/* What the application commits waits for the finals of what was said before. */
static gint64
commit_at (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  const TurnConfig *config = &core->config;

  if (turn->commit_force)
    return TURN_NOW;
  if (turn_look (core)->n_own == 0 || turn_has_interims (core))
    return turn->commit_at + config->final_wait;
  if (turn_unknown_voice (core) >= config->await_voiced)
    return turn->commit_at + config->stt_wait;
  return TURN_NOW;
}

static gint64
leave_at (TurnCore * core)
{
  if (turn_look (core)->n_own > 0 && (await_until (core) == TURN_NOW))
    return TURN_NOW;
  return core->disconnected_at + core->config.disconnect_wait;
}

/* Nobody has said anything yet: there may still be words. */
static gint64
wordless_at (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;

  return MAX (turn_end_of_sound (core), turn->ended_at)
      + core->config.final_wait;
}

gint64
turn_end_at (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  const TurnConfig *config = &core->config;

  if (!turn->open)
    return TURN_NEVER;
  if (core->disconnected)
    return leave_at (core);
  if (turn->closing || core->eos)
    return TURN_NOW;
  if (turn->commit_at >= 0)
    return commit_at (core);
  if (turn_sound_goes_on (core))
    return TURN_NEVER;
  if (turn_look (core)->n_own == 0)
    return wordless_at (core);
  if (turn_is_manual (core))
    return TURN_NEVER;
  if (turn->ended && config->mode == TURN_MODE_STT)
    return TURN_NOW;
  return MAX (turn_end_of_sound (core) + delay (core), await_until (core));
}

/* The sound was loud and long, or has stopped the agent: it is not passed over
 * in silence. */
static void
tell_unheard (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  const TurnConfig *config = &core->config;
  gboolean speak = turn->interrupted;
  TurnOutput output = {.type = TURN_OUTPUT_UNHEARD };

  if (core->eos || core->disconnected || core->hangup.pending
      || (!turn->interrupted && (turn->voiced < config->unheard_after
              || turn->closing || turn->commit_at >= 0)))
    return;
  if (!speak && core->unheard < config->unheard_limit
      && turn_agent_is_idle (core)) {
    core->unheard++;
    speak = TRUE;
  }
  output.unheard.voiced = turn->voiced;
  output.unheard.interrupted = turn->interrupted;
  output.unheard.speak = speak;
  turn_push (core, &output);
}

static void
drop_wordless (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  gboolean stuck = turn->closing == TURN_CLOSE_STUCK
      || turn->closing == TURN_CLOSE_MAX_TURN;
  gboolean action = turn->commit_at >= 0;
  gint64 end = MAX (turn_end_of_sound (core), turn->onset);

  if (action || !turn_is_manual (core)) {
    turn_discard (core, stuck ? TURN_DISCARD_STUCK : TURN_DISCARD_NO_WORDS, "");
    tell_unheard (core);
  }
  turn_close (core, stuck || action ? core->now : end);
}

static TurnSpan
span_of_turn (TurnCore * core)
{
  gint64 onset = core->turn.onset;
  TurnSpan span = { onset, MAX (turn_end_of_sound (core), onset) };

  return span;
}

static void
keep (TurnCore * core, const TurnSpeech * speech, gboolean candidate)
{
  gchar *text = turn_own_text (core);

  if (turn_keep (core, text, speech->id, span_of_turn (core)) && candidate) {
    core->kept[core->n_kept - 1].candidate = TRUE;
    core->kept[core->n_kept - 1].begin_position = core->turn.begin_position;
  }
  g_free (text);
  turn_close (core, core->now);
}

static void
drop_back_channel (TurnCore * core)
{
  gchar *text = turn_own_text (core);

  turn_discard (core, TURN_DISCARD_BACK_CHANNEL, text);
  g_free (text);
  turn_close (core, core->now);
}

static TurnCommitReason
commit_reason (TurnCore * core)
{
  return core->disconnected ? TURN_COMMIT_DISCONNECTED :
      core->turn.commit_at >= 0 ? TURN_COMMIT_ACTION :
      core->turn.closing == TURN_CLOSE_MAX_TURN ? TURN_COMMIT_MAX_TURN :
      TURN_COMMIT_END_OF_TURN;
}

static void
commit (TurnCore * core)
{
  TurnCommitReason reason = commit_reason (core);
  gchar *text = turn_own_text (core);

  turn_commit (core, text, span_of_turn (core), TRUE, reason);
  g_free (text);
  turn_close (core, core->now);
}

/* Over a speech that is audible. */
static void
end_over_speech (TurnCore * core, const TurnSpeech * playing)
{
  const TurnCaller *turn = &core->turn;
  gboolean action = turn->commit_at >= 0;

  if (!action && turn_is_back_channel (core)) {
    if (expects_yes_no (core) && turn->begin_speech == playing->id)
      keep (core, playing, TRUE);
    else
      drop_back_channel (core);
  } else if (!playing->interruptible
      || (!action && turn_look (core)->n_own < core->config.min_words)) {
    keep (core, playing, FALSE);
  } else {
    turn_interrupt (core, action ? TURN_INTERRUPT_ACTION :
        TURN_INTERRUPT_WORDS, FALSE);
  }
}

/* The turn is over. If the agent must be interrupted first, that is all for
 * now: what was heard decides what the turn is. */
void
turn_end (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  gboolean action = turn->commit_at >= 0;
  TurnSpeech *playing = turn_playing (core);

  if (turn_take_interims (core) && !turn->closing && !action && !core->eos
      && !core->disconnected)
    return;
  if (turn_look (core)->n_own == 0)
    drop_wordless (core);
  else if (playing)
    end_over_speech (core, playing);
  else if (!action && turn_is_back_channel (core) && !is_answer (core))
    drop_back_channel (core);
  else if (turn_is_thinking (core) && action)
    turn_interrupt (core, TURN_INTERRUPT_ACTION, FALSE);
  else if (turn_is_thinking (core))
    turn_interrupt_by_caller (core);
  else
    commit (core);
}

void
turn_explicit_commit (TurnCore * core, gboolean force)
{
  TurnCaller *turn = &core->turn;

  turn_open (core, core->now, TRUE);
  if (turn->commit_at < 0)
    turn->commit_at = core->now;
  turn->commit_force |= force;
}

/* R5, but for what is awaited. */
static gboolean
may_propose (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  const TurnConfig *config = &core->config;
  const TurnLook *look;

  if (!config->preemptive || !turn->open || core->proposal.turn
      || turn->no_propose || turn->tries >= config->preemptive_tries
      || turn->voiced > config->preemptive_length || turn->closing
      || turn->commit_at >= 0 || turn_sound_goes_on (core)
      || turn_has_interims (core) || turn_is_manual (core)
      || core->hangup.pending || core->eos || core->disconnected
      || !turn_agent_is_idle (core))
    return FALSE;
  look = turn_look (core);
  return look->n_own > 0 && look->judged != TURN_TEXT_INCOMPLETE
      && !turn_is_back_channel (core);
}

gint64
turn_propose_at (TurnCore * core)
{
  gint64 at;

  if (!may_propose (core))
    return TURN_NEVER;
  at = await_until (core);
  return turn_end_at (core) > MAX (at, core->now) ? at : TURN_NEVER;
}

void
turn_propose (TurnCore * core)
{
  const TurnLook *look = turn_look (core);
  TurnOutput output = {.type = TURN_OUTPUT_PROPOSE };

  core->turn.tries++;
  core->proposal.turn = core->next_turn++;
  core->proposal.merges = look->merges;
  core->proposal.normal = g_strdup (look->normal);
  core->proposal.failed = FALSE;
  output.propose.turn = core->proposal.turn;
  output.propose.merges = look->merges;
  output.propose.text = look->text;
  turn_push (core, &output);
}

gint64
turn_withdraw_at (TurnCore * core)
{
  const TurnProposal *proposal = &core->proposal;
  const TurnLook *look;

  if (!proposal->turn)
    return TURN_NEVER;
  if (!core->turn.open || core->turn.no_propose || proposal->failed
      || core->disconnected || core->hangup.pending || turn_is_manual (core)
      || !turn_agent_is_idle (core))
    return TURN_NOW;
  look = turn_look (core);
  if (look->merges != proposal->merges
      || strcmp (look->normal, proposal->normal) != 0)
    return TURN_NOW;
  return turn_sound_goes_on (core) ?
      core->sound.run_onset + core->config.run_min : TURN_NEVER;
}

void
turn_withdraw (TurnCore * core)
{
  TurnProposal *proposal = &core->proposal;
  TurnOutput output = {.type = TURN_OUTPUT_WITHDRAW };

  if (proposal->failed)
    core->turn.no_propose = TRUE;
  output.withdraw.turn = proposal->turn;
  turn_push (core, &output);
  turn_drop_speeches_of (core, proposal->turn);
  g_free (proposal->normal);
  memset (proposal, 0, sizeof (*proposal));
}

/* A line that the caller has written is a turn of its own. */
void
turn_line (TurnCore * core, const gchar * text, TurnCommitReason reason)
{
  gboolean fits = text && strlen (text) <= TURN_MAX_TEXT;
  gchar *line;

  if (!fits || core->n_lines == TURN_MAX_LINES) {
    turn_overflow (core, TURN_OVERFLOW_WORDS);
    turn_discard (core, TURN_DISCARD_OVERFLOW, text);
    return;
  }
  line = g_strstrip (g_utf8_make_valid (text, -1));
  if (*line)
    core->lines[core->n_lines++] = (TurnLine) {
    line, reason};
  else
  g_free (line);
}

gint64
turn_line_at (TurnCore * core)
{
  return core->n_lines > 0 ? TURN_NOW : TURN_NEVER;
}

void
turn_line_now (TurnCore * core)
{
  TurnSpeech *playing = turn_playing (core);
  TurnSpan span = { core->now, core->now };
  TurnLine line = core->lines[0];

  if (turn_is_thinking (core) || (playing && playing->interruptible)) {
    turn_interrupt (core, TURN_INTERRUPT_ACTION, FALSE);
    return;
  }
  core->n_lines--;
  memmove (&core->lines[0], &core->lines[1],
      core->n_lines * sizeof (core->lines[0]));
  if (playing)
    turn_keep (core, line.text, playing->id, span);
  else
    turn_commit (core, line.text, span, FALSE, line.reason);
  g_free (line.text);
}
