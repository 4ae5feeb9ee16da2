/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The caller's sound as the voice activity detector tells it: runs, voiced
 * time (R1), and when a sound is not believed to be speech any more (R14).
 *
 * Threads: the core's owner. Locks: none.
 */
#include "turn-core-private.h"

static gint64
sane_time (TurnCore * core, gint64 at)
{
  return at < 0 ? core->now : MIN (at, core->now);
}

static void
begin_run (TurnCore * core, gint64 at)
{
  TurnSound *sound = &core->sound;
  TurnCaller *turn = &core->turn;

  sound->run = TRUE;
  sound->run_onset = sound->voiced_from = at;
  if (sound->distrusted)
    return;
  sound->fresh = TRUE;
  sound->last_onset = at;
  core->cleared_until = TURN_NONE;
  turn_open (core, at, FALSE);
  turn_note_begin (core, at);
  if (turn->voice_after_word < 0)
    turn->voice_after_word = at;
}

/* The turn remembers which parts of it were voiced; of very many the oldest
 * become one. */
static void
add_run (TurnCaller * turn, gint64 start, gint64 end)
{
  if (turn->n_runs == TURN_MAX_RUNS) {
    turn->runs[1].start = turn->runs[0].start;
    for (guint i = 1; i < TURN_MAX_RUNS; i++)
      turn->runs[i - 1] = turn->runs[i];
    turn->n_runs--;
  }
  turn->runs[turn->n_runs].start = start;
  turn->runs[turn->n_runs++].end = end;
  turn->voiced += end - start;
}

/* R2 */
static void
end_run (TurnCore * core, gint64 at)
{
  TurnSound *sound = &core->sound;
  TurnCaller *turn = &core->turn;
  gint64 end = MAX (sane_time (core, at), sound->run_onset);

  sound->run = FALSE;
  sound->last_end = end;
  if (sound->distrusted)
    return;
  sound->voiced += MAX (end - sound->voiced_from, 0);
  if (!turn->open)
    return;
  add_run (turn, sound->run_onset, end);
  if (end - sound->run_onset >= core->config.run_min) {
    turn->end_long = end;
    turn->ended = FALSE;
  } else if (!turn->by_words || turn->end_any >= 0) {
    turn->end_any = end;
  }
}

void
turn_sound_start (TurnCore * core, gint64 at)
{
  TurnSound *sound = &core->sound;

  if (sound->on || core->eos || core->disconnected) {
    turn_ignore (core);
    return;
  }
  at = MAX (sane_time (core, at), sound->last_end);
  sound->on = TRUE;
  sound->distrusted = FALSE;
  sound->onset = at;
  sound->voiced = 0;
  begin_run (core, at);
}

void
turn_sound_pause (TurnCore * core, gint64 at)
{
  if (core->sound.run)
    end_run (core, at);
  else
    turn_ignore (core);
}

void
turn_sound_more (TurnCore * core, gint64 at)
{
  TurnSound *sound = &core->sound;

  if (!sound->on || sound->run) {
    turn_ignore (core);
    return;
  }
  begin_run (core, MAX (sane_time (core, at), sound->last_end));
}

void
turn_sound_stop (TurnCore * core, gint64 at)
{
  TurnSound *sound = &core->sound;

  if (!sound->on) {
    turn_ignore (core);
    return;
  }
  if (sound->run)
    end_run (core, at);
  sound->on = sound->distrusted = FALSE;
}

/* There will be no more audio. */
void
turn_sound_cease (TurnCore * core)
{
  if (core->sound.on)
    turn_sound_stop (core, core->now);
}

/* R1: voiced time starts anew. */
void
turn_sound_restart (TurnCore * core)
{
  core->sound.voiced = 0;
  core->sound.voiced_from = core->now;
  core->sound.fresh = FALSE;
}

/* What was voiced up to now belongs to a turn that is over. */
void
turn_sound_split (TurnCore * core)
{
  turn_sound_restart (core);
  core->sound.run_onset = core->now;
}

/* Whether the caller makes a sound at this moment that may be speech. */
gboolean
turn_sound_goes_on (TurnCore * core)
{
  return core->sound.run && !core->sound.distrusted;
}

/* R1: when the voiced time reaches the amount. */
gint64
turn_sound_voiced_at (TurnCore * core, gint64 amount)
{
  const TurnSound *sound = &core->sound;

  if (sound->distrusted)
    return TURN_NEVER;
  if (sound->voiced >= amount)
    return TURN_NOW;
  return sound->run ? sound->voiced_from + amount - sound->voiced : TURN_NEVER;
}

/* From now on and until its stop, only words count; those that are there have
 * no sound behind them. */
static void
distrust (TurnCore * core)
{
  core->sound.distrusted = TRUE;
  core->sound.fresh = FALSE;
  core->turn.words_only = TRUE;
  core->turn.known_until = core->now;
}

gint64
turn_stuck_at (TurnCore * core)
{
  const TurnSound *sound = &core->sound;
  const TurnConfig *config = &core->config;

  if (!turn_sound_goes_on (core) || turn_is_manual (core))
    return TURN_NEVER;
  return MAX (sound->onset, core->word_at) + (config->stt_interims ?
      config->stuck_after : config->stuck_after_finals);
}

void
turn_stuck (TurnCore * core)
{
  distrust (core);
  if (turn_look (core)->n_own == 0)
    core->turn.closing = TURN_CLOSE_STUCK;
}

/* A recogniser that gives interims would have given one by now: what goes on
 * after the words is no speech. Whether it gives them, the turn has shown. */
gint64
turn_stale_at (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;

  if (!turn->open || !turn->interims_seen || !core->config.stt_interims
      || !turn_sound_goes_on (core) || turn_is_manual (core)
      || turn_look (core)->n_own == 0)
    return TURN_NEVER;
  return turn->voice_after_word + core->config.stale_words;
}

void
turn_stale (TurnCore * core)
{
  distrust (core);
}

gint64
turn_max_turn_at (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;

  if (!turn->open || turn->closing || turn_is_manual (core))
    return TURN_NEVER;
  return turn->onset + core->config.max_turn;
}

void
turn_max_turn (TurnCore * core)
{
  if (turn_sound_goes_on (core))
    distrust (core);
  core->turn.closing = TURN_CLOSE_MAX_TURN;
}
