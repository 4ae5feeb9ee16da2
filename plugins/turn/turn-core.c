/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who speaks: takes what happens, makes the decisions that are due, and
 * delivers them. How to drive it is told in turn-core.h; which rule is carried
 * out where, in turn-core-private.h.
 *
 * Threads: one owner. Locks: none.
 */
#include "turn-core-private.h"

#include <string.h>

/* Running time is cut to this, so that no deadline overflows. */
#define MAX_TIME (G_MAXINT64 / 4)
#define MAX_SETTING TURN_MS (1000000000)

typedef struct
{
  gint64 (*at) (TurnCore * core);
  void (*decide) (TurnCore * core);
} Decision;

gboolean
turn_is_manual (TurnCore * core)
{
  return core->config.mode == TURN_MODE_MANUAL;
}

void
turn_ignore (TurnCore * core)
{
  core->counters.ignored++;
}

/* The text that an output carries. */
static const gchar **
text_of (TurnOutput * output)
{
  switch (output->type) {
    case TURN_OUTPUT_COMMIT:
      return &output->commit.text;
    case TURN_OUTPUT_PROPOSE:
      return &output->propose.text;
    case TURN_OUTPUT_DISCARD:
      return &output->discard.text;
    case TURN_OUTPUT_CORRECT:
      return &output->correct.text;
    case TURN_OUTPUT_SAY:
      return &output->say.text;
    case TURN_OUTPUT_HANGUP:
      return &output->hangup.reason;
    default:
      return NULL;
  }
}

/* Waits to be delivered, stamped with the core's time. */
void
turn_push (TurnCore * core, const TurnOutput * output)
{
  TurnOutput *copy = g_new (TurnOutput, 1);
  const gchar **text;

  *copy = *output;
  copy->time = core->now;
  text = text_of (copy);
  if (text)
    *text = g_strdup (*text ? *text : "");
  g_queue_push_tail (&core->outputs, copy);
}

static void
output_free (TurnOutput * output)
{
  const gchar **text = text_of (output);

  if (text)
    g_free ((gchar *) * text);
  g_free (output);
}

void
turn_discard (TurnCore * core, TurnDiscardReason reason, const gchar * text)
{
  gchar *valid = text ? g_utf8_make_valid (text, MIN (strlen (text),
          TURN_MAX_TEXT)) : NULL;
  TurnOutput output = {.type = TURN_OUTPUT_DISCARD };

  output.discard.reason = reason;
  output.discard.text = valid;
  turn_push (core, &output);
  g_free (valid);
}

void
turn_overflow (TurnCore * core, TurnOverflow what)
{
  TurnOutput output = {.type = TURN_OUTPUT_OVERFLOW };

  core->counters.overflows++;
  output.overflow.what = what;
  turn_push (core, &output);
}

/* R16 */
static gboolean
is_busy (TurnCore * core)
{
  return core->turn.open || core->quiet.agent_busy || core->n_kept > 0
      || core->n_lines > 0 || turn_has_keys (core);
}

static gint64
quiet_at (TurnCore * core)
{
  return is_busy (core) != core->quiet.busy ? TURN_NOW : TURN_NEVER;
}

static void
tell_quiet (TurnCore * core)
{
  TurnQuiet *quiet = &core->quiet;
  TurnOutput output = { 0 };

  quiet->busy = !quiet->busy;
  if (quiet->busy) {
    output.type = TURN_OUTPUT_BUSY;
    output.busy.since = core->turn.open ? core->turn.onset : core->now;
    quiet->turn_over = quiet->agent_over = output.busy.since;
  } else {
    output.type = TURN_OUTPUT_IDLE;
    output.idle.since = MAX (quiet->turn_over, quiet->agent_over);
    output.idle.reset = quiet->reset;
    quiet->reset = FALSE;
  }
  turn_push (core, &output);
}

/* Nothing is left to be decided or said. */
static gint64
ended_at (TurnCore * core)
{
  if (core->turn.open || core->n_kept > 0 || core->n_lines > 0
      || turn_has_keys (core))
    return TURN_NEVER;
  if (core->disconnected)
    return TURN_NOW;
  return core->eos && !core->quiet.agent_busy ? TURN_NOW : TURN_NEVER;
}

static void
end (TurnCore * core)
{
  TurnOutput output = {.type = TURN_OUTPUT_ENDED };

  output.ended.disconnected = core->disconnected;
  turn_push (core, &output);
  core->ended = TRUE;
}

static const Decision decisions[TURN_N_DECISIONS] = {
  [TURN_DECIDE_LEAVE] = {turn_leave_at, turn_leave},
  [TURN_DECIDE_LIMIT] = {turn_limit_at, turn_limit},
  [TURN_DECIDE_CUT] = {turn_cut_at, turn_cut},
  [TURN_DECIDE_KEY_STOPS] = {turn_key_stops_at, turn_key_stops},
  [TURN_DECIDE_SKIP] = {turn_skip_at, turn_skip},
  [TURN_DECIDE_WORDS] = {turn_words_at, turn_words_now},
  [TURN_DECIDE_WITHDRAW] = {turn_withdraw_at, turn_withdraw},
  [TURN_DECIDE_KEYS] = {turn_keys_at, turn_keys_now},
  [TURN_DECIDE_LINE] = {turn_line_at, turn_line_now},
  [TURN_DECIDE_STUCK] = {turn_stuck_at, turn_stuck},
  [TURN_DECIDE_STALE] = {turn_stale_at, turn_stale},
  [TURN_DECIDE_MAX_TURN] = {turn_max_turn_at, turn_max_turn},
  [TURN_DECIDE_RESUME] = {turn_resume_at, turn_resume},
  [TURN_DECIDE_HOLD] = {turn_hold_at, turn_hold},
  [TURN_DECIDE_KEPT] = {turn_kept_at, turn_kept_now},
  [TURN_DECIDE_END] = {turn_end_at, turn_end},
  [TURN_DECIDE_SAY] = {turn_say_at, turn_say_now},
  [TURN_DECIDE_SAY_LOST] = {turn_say_lost_at, turn_say_lost},
  [TURN_DECIDE_FILLER] = {turn_filler_at, turn_filler},
  [TURN_DECIDE_PROPOSE] = {turn_propose_at, turn_propose},
  [TURN_DECIDE_HANGUP] = {turn_hangup_at, turn_hangup},
  [TURN_DECIDE_ENDED] = {ended_at, end},
  [TURN_DECIDE_QUIET] = {quiet_at, tell_quiet},
};

/* Whether a fires before b: by deadline, and at the same deadline what was set
 * first; of what is due at once, what stands first in the list. */
static gboolean
is_before (TurnCore * core, guint a, guint b)
{
  const TurnTimer *x = &core->timers[a], *y = &core->timers[b];

  if (x->at != y->at)
    return x->at < y->at;
  if (x->at == TURN_NOW || x->armed == y->armed)
    return a < b;
  return x->armed < y->armed;
}

/* Finds what is to be decided next, by asking everything anew. */
static guint
next_decision (TurnCore * core)
{
  guint next = 0;
  guint64 armed = core->armed + 1;

  for (guint i = 0; i < TURN_N_DECISIONS; i++) {
    gint64 at = core->ended ? TURN_NEVER : decisions[i].at (core);

    if (core->timers[i].at != at) {
      core->timers[i].at = at;
      core->timers[i].armed = core->armed = armed;
    }
    if (is_before (core, i, next))
      next = i;
  }
  return next;
}

static void
deliver (TurnCore * core)
{
  TurnOutput *output;

  core->running = TRUE;
  while ((output = g_queue_pop_head (&core->outputs))) {
    core->output (output, core->data);
    output_free (output);
  }
  core->running = FALSE;
}

/* Makes all decisions that are due until then. After each its outputs are
 * delivered, and what came back counts for the next. */
static void
run (TurnCore * core, gint64 until)
{
  guint next = next_decision (core);

  while (core->timers[next].at <= until) {
    decisions[next].decide (core);
    turn_track (core);
    deliver (core);
    next = next_decision (core);
  }
}

static void
set_expect (TurnCore * core, const TurnInput * input)
{
  core->expecting = TRUE;
  core->expect = input->expect.kind;
  core->expect_length = input->expect.length;
  turn_look_invalidate (core);
}

static void
disconnect (TurnCore * core)
{
  if (core->disconnected) {
    turn_ignore (core);
    return;
  }
  turn_sound_cease (core);
  core->disconnected = TRUE;
  core->disconnected_at = core->now;
  core->hangup.pending = FALSE;
  turn_says_drop (core);
}

static void
finish (TurnCore * core)
{
  turn_sound_cease (core);
  core->eos = TRUE;
}

static void
take_sound (TurnCore * core, const TurnInput * input)
{
  switch (input->type) {
    case TURN_INPUT_SPEECH_START:
      turn_sound_start (core, input->sound.at);
      break;
    case TURN_INPUT_SPEECH_PAUSE:
      turn_sound_pause (core, input->sound.at);
      break;
    case TURN_INPUT_SPEECH_MORE:
      turn_sound_more (core, input->sound.at);
      break;
    default:
      turn_sound_stop (core, input->sound.at);
      break;
  }
}

static void
take_request (TurnCore * core, const TurnInput * input)
{
  switch (input->type) {
    case TURN_INPUT_COMMIT:
      turn_explicit_commit (core, input->commit.force);
      break;
    case TURN_INPUT_CLEAR:
      turn_clear_words (core);
      break;
    case TURN_INPUT_INTERRUPT:
      core->agent.cut_wanted = TRUE;
      core->agent.cut_force |= input->interrupt.force;
      break;
    case TURN_INPUT_SAY:
      turn_say (core, input);
      break;
    case TURN_INPUT_HANGUP:
      turn_hang_up (core, input);
      break;
    case TURN_INPUT_TEXT:
      turn_line (core, input->line.text, TURN_COMMIT_TEXT);
      break;
    case TURN_INPUT_KEY:
      turn_key (core, input->key.key);
      break;
    case TURN_INPUT_CONTEXT_CHANGED:
      core->turn.no_propose |= core->proposal.turn != 0;
      break;
    case TURN_INPUT_DISCONNECT:
      disconnect (core);
      break;
    case TURN_INPUT_EOS:
      finish (core);
      break;
    default:
      turn_ignore (core);
      break;
  }
}

static void
take_agent (TurnCore * core, const TurnInput * input)
{
  switch (input->type) {
    case TURN_INPUT_SPEECH_BEGINS:
      turn_speech_begins (core, input);
      break;
    case TURN_INPUT_PLAYING:
      turn_speech_playing (core, input->playing.speech);
      break;
    case TURN_INPUT_HEARD:
      turn_speech_heard (core, input);
      break;
    case TURN_INPUT_NO_REPLY:
      turn_no_reply (core, input->no_reply.turn);
      break;
    case TURN_INPUT_TOOL_BUSY:
      turn_tool_busy (core, input);
      break;
    default:
      turn_tool_idle (core, input);
      break;
  }
}

/* After the end only words still matter: none may be lost. */
static void
take (TurnCore * core, const TurnInput * input)
{
  gboolean words = input->type == TURN_INPUT_FINAL
      || input->type == TURN_INPUT_INTERIM;

  gchar key[] = { input->type == TURN_INPUT_KEY ? input->key.key : 0, 0 };

  if (core->ended && input->type == TURN_INPUT_TEXT)
    turn_discard (core, TURN_DISCARD_ENDED, input->line.text);
  else if (core->ended && *key)
    turn_discard (core, TURN_DISCARD_ENDED, key);
  else if (core->ended && !words)
    turn_ignore (core);
  else if (words)
    turn_transcript (core, input);
  else if (input->type <= TURN_INPUT_SPEECH_STOP)
    take_sound (core, input);
  else if (input->type == TURN_INPUT_END_OF_TURN)
    turn_end_of_turn (core);
  else if (input->type == TURN_INPUT_STT_RESET)
    turn_stt_reset (core);
  else if (input->type == TURN_INPUT_EXPECT)
    set_expect (core, input);
  else if (input->type <= TURN_INPUT_TOOL_IDLE)
    take_agent (core, input);
  else
    take_request (core, input);
  turn_track (core);
}

static gint64
limit (gint64 value, gint64 least)
{
  return CLAMP (value, least, MAX_SETTING);
}

/**
 * turn_core_set_config:
 * @core: a core
 * @config: counts from now on; what only turn_core_new() reads is ignored
 */
void
turn_core_set_config (TurnCore * core, const TurnConfig * config)
{
  TurnConfig *c = &core->config;

  *c = *config;
  c->hold_after = limit (c->hold_after, -1);
  for (gint64 ** p = (gint64 *[]) {
      &c->delay_complete, &c->delay_unknown, &c->delay_incomplete,
        &c->final_wait, &c->stt_wait, &c->await_voiced, &c->run_min,
        &c->interrupt_after, &c->false_interruption, &c->answer_window,
        &c->stuck_after, &c->stuck_after_finals, &c->stale_words,
        &c->max_turn, &c->late_final, &c->unheard_after,
        &c->preemptive_length, &c->disconnect_wait, &c->drain,
        &c->hangup_drain, &c->goodbye_grace, &c->filler_after, &c->say_wait,
        &c->dtmf_timeout, NULL}; *p; p++)
    **p = limit (**p, 0);
  turn_look_invalidate (core);
}

/**
 * turn_core_set_words:
 * @core: a core
 * @words: the lists of the language that is spoken from now on
 */
void
turn_core_set_words (TurnCore * core, TurnWords * words)
{
  turn_words_ref (words);
  turn_words_unref (core->words);
  core->words = words;
  turn_look_invalidate (core);
}

/**
 * turn_core_new:
 * @config: how turns are taken
 * @words: the lists of the language that is spoken
 * @output: is given what is to be done
 * @data: for @output
 *
 * Returns: (transfer full): a core at time 0
 */
TurnCore *
turn_core_new (const TurnConfig * config, TurnWords * words,
    TurnOutputFunc output, gpointer data)
{
  TurnCore *core = g_new0 (TurnCore, 1);

  core->output = output;
  core->data = data;
  core->words = turn_words_ref (words);
  core->generation = config->generation;
  core->next_turn = MAX (config->first_turn, 1);
  core->reset_at = core->cleared_at = core->cleared_until = TURN_NONE;
  core->sound.last_onset = core->sound.last_end = TURN_NONE;
  core->word_at = core->late_at = TURN_NONE;
  core->agent.last_heard = core->agent.since = core->agent.until = TURN_NONE;
  for (guint i = 0; i < TURN_N_DECISIONS; i++)
    core->timers[i].at = TURN_NEVER;
  g_queue_init (&core->outputs);
  turn_core_set_config (core, config);
  return core;
}

/**
 * turn_core_free:
 * @core: (transfer full): a core
 */
void
turn_core_free (TurnCore * core)
{
  core->sound.on = core->sound.run = FALSE;
  turn_close (core, 0);
  turn_last_clear (&core->last);
  g_free (core->proposal.normal);
  for (guint i = 0; i < core->n_kept; i++)
    turn_kept_clear (&core->kept[i]);
  for (guint i = 0; i < core->n_lines; i++)
    g_free (core->lines[i].text);
  for (guint i = 0; i < core->agent.n_calls; i++)
    turn_call_clear (&core->agent.calls[i]);
  turn_says_drop (core);
  g_free (core->hangup.reason);
  g_queue_clear_full (&core->outputs, (GDestroyNotify) output_free);
  turn_words_unref (core->words);
  g_free (core);
}

/* Time never goes back. */
static gint64
later (TurnCore * core, gint64 now)
{
  if (now < core->now) {
    core->counters.late++;
    return core->now;
  }
  return MIN (now, MAX_TIME);
}

/**
 * turn_core_input:
 * @core: a core
 * @now: the time at which this became known
 * @input: what has happened
 *
 * What was due before @now is decided first. From within the output function
 * the input counts at once, at the core's own time.
 */
void
turn_core_input (TurnCore * core, gint64 now, const TurnInput * input)
{
  if (core->running) {
    take (core, input);
    return;
  }
  now = later (core, now);
  if (now > core->now) {
    core->now = now;
    run (core, now - 1);
  }
  take (core, input);
  deliver (core);
}

/**
 * turn_core_advance:
 * @core: a core
 * @now: the time
 *
 * Makes all decisions that are due.
 */
void
turn_core_advance (TurnCore * core, gint64 now)
{
  g_return_if_fail (!core->running);
  core->now = later (core, now);
  run (core, core->now);
}

/**
 * turn_core_wake_at:
 * @core: a core
 *
 * Returns: when turn_core_advance() is to be called at the latest, if nothing
 *   happens before; -1 if only an input will lead on
 */
gint64
turn_core_wake_at (TurnCore * core)
{
  gint64 at = core->timers[next_decision (core)].at;

  return at == TURN_NEVER ? TURN_NONE : MAX (at, core->now);
}

/**
 * turn_core_user_state:
 * @core: a core
 *
 * Returns: what is known of the caller
 */
TurnUserState
turn_core_user_state (TurnCore * core)
{
  const TurnCaller *turn = &core->turn;
  gboolean words = turn->open && turn_look (core)->n_own > 0;

  if (!turn->open)
    return TURN_USER_SILENT;
  if (turn_sound_goes_on (core))
    return words || turn->voiced + core->now - core->sound.run_onset >=
        core->config.run_min ? TURN_USER_SPEAKING : TURN_USER_MAYBE;
  return words ? TURN_USER_PAUSING : TURN_USER_UNHEARD;
}

/**
 * turn_core_agent_state:
 * @core: a core
 *
 * Returns: what the caller can hear of the agent
 */
TurnAgentState
turn_core_agent_state (TurnCore * core)
{
  if (core->hangup.pending || core->ended)
    return TURN_AGENT_ENDING;
  if (core->agent.held)
    return TURN_AGENT_HELD;
  if (turn_playing (core))
    return TURN_AGENT_SPEAKING;
  return core->quiet.agent_busy ? TURN_AGENT_THINKING : TURN_AGENT_IDLE;
}

/**
 * turn_core_generation:
 * @core: a core
 *
 * Returns: the number of the last interruption
 */
guint
turn_core_generation (TurnCore * core)
{
  return core->generation;
}

/**
 * turn_core_counters:
 * @core: a core
 * @counters: (out): what was odd so far
 */
void
turn_core_counters (TurnCore * core, TurnCounters * counters)
{
  *counters = core->counters;
}

static gsize
bytes (const gchar * text)
{
  return text ? strlen (text) + 1 : 0;
}

static gsize
part_bytes (const TurnPart * parts, guint n)
{
  gsize sum = 0;

  for (guint i = 0; i < n; i++)
    sum += bytes (parts[i].text) + bytes (parts[i].normal);
  return sum;
}

/**
 * turn_core_held_bytes:
 * @core: a core
 *
 * Returns: the size of all texts that the core holds; they are all that grows
 */
gsize
turn_core_held_bytes (TurnCore * core)
{
  const TurnLook *look = &core->turn.look;
  const TurnAgent *agent = &core->agent;
  gsize sum = part_bytes (core->turn.parts, core->turn.n_parts)
      + part_bytes (core->last.parts, core->last.n_parts)
      + bytes (core->last.normal) + bytes (look->text)
      + bytes (look->normal) + bytes (core->proposal.normal)
      + bytes (core->hangup.reason);

  for (guint i = 0; i < core->n_kept; i++)
    sum += bytes (core->kept[i].text);
  for (guint i = 0; i < core->n_lines; i++)
    sum += bytes (core->lines[i].text);
  for (guint i = 0; i < agent->n_queue; i++)
    sum += bytes (agent->queue[i].text);
  for (guint i = 0; i < agent->n_calls; i++)
    sum += bytes (agent->calls[i].id) + bytes (agent->calls[i].filler);
  return sum;
}
