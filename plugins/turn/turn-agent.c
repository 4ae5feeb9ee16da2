/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the agent says and does, as far as taking turns needs it: speeches,
 * replies that are awaited, tool calls; and what the caller's sound and words
 * do to them: hold (R6), interrupt (R7), resume (R8).
 *
 * Threads: the core's owner. Locks: none.
 */
#include "turn-core-private.h"

#include <string.h>

static gboolean
is_proposed (TurnCore * core, const TurnSpeech * speech)
{
  return speech->turn && speech->turn == core->proposal.turn;
}

static TurnSpeech *
find_speech (TurnCore * core, guint id)
{
  for (guint i = 0; i < core->agent.n_speeches; i++) {
    if (core->agent.speeches[i].id == id)
      return &core->agent.speeches[i];
  }
  return NULL;
}

static void
remove_speech (TurnCore * core, TurnSpeech * speech)
{
  TurnAgent *agent = &core->agent;
  guint i = speech - agent->speeches;

  agent->n_speeches--;
  memmove (speech, speech + 1, (agent->n_speeches - i) * sizeof (*speech));
}

/* The speech that is audible, or held. */
TurnSpeech *
turn_playing (TurnCore * core)
{
  for (guint i = 0; i < core->agent.n_speeches; i++) {
    TurnSpeech *speech = &core->agent.speeches[i];

    if (speech->playing && !speech->cut)
      return speech;
  }
  return NULL;
}

gboolean
turn_has_speech (TurnCore * core, guint id)
{
  TurnSpeech *speech = id ? find_speech (core, id) : NULL;

  return speech && !speech->cut;
}

gboolean
turn_has_speech_of (TurnCore * core, guint turn)
{
  for (guint i = 0; i < core->agent.n_speeches; i++) {
    if (core->agent.speeches[i].turn == turn && !core->agent.speeches[i].cut)
      return TRUE;
  }
  return FALSE;
}

/* Begun, and allowed to be heard. */
gboolean
turn_has_speeches (TurnCore * core)
{
  for (guint i = 0; i < core->agent.n_speeches; i++) {
    const TurnSpeech *speech = &core->agent.speeches[i];

    if (!speech->cut && !is_proposed (core, speech))
      return TRUE;
  }
  return FALSE;
}

static guint
count_calls (TurnCore * core)
{
  guint n = 0;

  for (guint i = 0; i < core->agent.n_calls; i++)
    n += !core->agent.calls[i].orphan;
  return n;
}

/* Nothing of what the agent is about to say or do is audible yet. What was
 * queued and may not be interrupted is no thought: it will be said anyway. */
gboolean
turn_is_thinking (TurnCore * core)
{
  const TurnAgent *agent = &core->agent;

  if (turn_playing (core))
    return FALSE;
  if (agent->awaits_reply || count_calls (core) > 0)
    return TRUE;
  for (guint i = 0; i < agent->n_speeches; i++) {
    const TurnSpeech *speech = &agent->speeches[i];

    if (!speech->cut && !is_proposed (core, speech)
        && (speech->interruptible || !speech->said))
      return TRUE;
  }
  for (guint i = 0; i < agent->n_flight; i++) {
    if (agent->flight[i].interruptible)
      return TRUE;
  }
  return FALSE;
}

gboolean
turn_agent_is_idle (TurnCore * core)
{
  const TurnAgent *agent = &core->agent;

  return !turn_is_thinking (core) && !turn_has_speeches (core)
      && agent->n_flight == 0 && agent->n_queue == 0 && agent->n_calls == 0;
}

/* Keeps account of when the agent was not idle (R13, R16). */
void
turn_track (TurnCore * core)
{
  TurnAgent *agent = &core->agent;
  gboolean active = turn_playing (core) || turn_is_thinking (core);
  gboolean busy = agent->held || core->hangup.pending
      || !turn_agent_is_idle (core);

  if (active && !agent->active)
    agent->since = core->now;
  if (!active && agent->active)
    agent->until = core->now;
  agent->active = active;
  if (!busy && core->quiet.agent_busy)
    core->quiet.agent_over = core->now;
  core->quiet.agent_busy = busy;
}

/* Whether the agent was speaking or thinking then. */
gboolean
turn_was_active (TurnCore * core, gint64 at)
{
  const TurnAgent *agent = &core->agent;

  if (at < agent->since)
    return FALSE;
  return agent->active || at < agent->until;
}

/* How much of the speech that plays had been played at that time. */
gint64
turn_position (TurnCore * core, gint64 at)
{
  const TurnSpeech *playing = turn_playing (core);
  gint64 from;

  if (!playing)
    return 0;
  from = core->agent.held ? core->agent.held_at : playing->played_since;
  return MAX (playing->played + (core->agent.held ? MIN (at - from, 0) :
          at - from), 0);
}

static TurnSpeech *
add_speech (TurnCore * core)
{
  TurnAgent *agent = &core->agent;

  for (guint i = agent->n_speeches; i-- > 0
      && agent->n_speeches == TURN_MAX_SPEECHES;) {
    if (agent->speeches[i].cut)
      remove_speech (core, &agent->speeches[i]);
  }
  if (agent->n_speeches == TURN_MAX_SPEECHES)
    return NULL;
  return &agent->speeches[agent->n_speeches++];
}

/* Whether what begins was interrupted, withdrawn or is not known at all. */
static gboolean
is_stale (TurnCore * core, const TurnInput * input)
{
  guint turn = input->begins.turn;

  if (!input->begins.speech || find_speech (core, input->begins.speech))
    return TRUE;
  if (input->begins.generation < core->generation)
    return input->begins.interruptible
        || !turn_says_survive (core, input->begins.source);
  return turn && turn != core->last.turn && turn != core->proposal.turn;
}

void
turn_speech_begins (TurnCore * core, const TurnInput * input)
{
  TurnSpeech *speech;
  gboolean said = FALSE;

  if (core->ended || is_stale (core, input)) {
    turn_ignore (core);
    return;
  }
  speech = add_speech (core);
  if (!speech) {
    turn_overflow (core, TURN_OVERFLOW_SPEECHES);
    return;
  }
  if (input->begins.source != TURN_SOURCE_REPLY)
    said = turn_says_begin (core, input->begins.source);
  *speech = (TurnSpeech) {
  .id = input->begins.speech,.turn = input->begins.turn,.source =
        input->begins.source,.interruptible =
        input->begins.interruptible,.said = said,};
  if (speech->source == TURN_SOURCE_REPLY && !is_proposed (core, speech))
    core->agent.awaits_reply = FALSE;
  core->agent.progress = core->now;
}

void
turn_speech_playing (TurnCore * core, guint id)
{
  TurnSpeech *speech = find_speech (core, id), *before;

  if (!speech || speech->cut || speech->playing || core->ended) {
    turn_ignore (core);
    return;
  }
  before = turn_playing (core);
  if (before) {
    /* Its end was not told. */
    turn_ignore (core);
    before->cut = TRUE;
    core->last.heard = TRUE;
    turn_kept_cut (core, before->id);
  }
  speech->playing = TRUE;
  speech->played_since = core->now;
  core->agent.progress = core->now;
}

static void
speech_is_over (TurnCore * core, const TurnSpeech * speech, gint64 position)
{
  TurnAgent *agent = &core->agent;

  if (speech->playing) {
    agent->last_speech = speech->id;
    agent->last_position = position;
    agent->last_heard = core->now;
    core->quiet.reset = TRUE;
    agent->held = FALSE;
  }
  if (speech->turn == core->last.turn)
    core->last.answered = TRUE;
  agent->progress = core->now;
  turn_kept_heard (core, speech->id, position);
}

/* R12 */
void
turn_speech_heard (TurnCore * core, const TurnInput * input)
{
  TurnSpeech *speech = find_speech (core, input->heard.speech), over;
  gchar *text = g_strdup (input->heard.text ? input->heard.text : "");

  if (!speech) {
    turn_ignore (core);
    g_free (text);
    return;
  }
  if (*g_strstrip (text))
    core->last.heard = TRUE;
  if (core->last.unreported == speech->id)
    core->last.unreported = 0;
  over = *speech;
  remove_speech (core, speech);
  if (!over.cut)
    speech_is_over (core, &over, MAX (input->heard.position, 0));
  turn_look_invalidate (core);
  g_free (text);
}

void
turn_drop_speeches_of (TurnCore * core, guint turn)
{
  for (guint i = core->agent.n_speeches; i-- > 0;) {
    if (core->agent.speeches[i].turn == turn)
      remove_speech (core, &core->agent.speeches[i]);
  }
}

void
turn_no_reply (TurnCore * core, guint turn)
{
  TurnAgent *agent = &core->agent;

  if (turn && turn == core->proposal.turn) {
    core->proposal.failed = TRUE;
  } else if (agent->awaits_reply && turn == agent->reply) {
    agent->awaits_reply = FALSE;
    core->last.answered = TRUE;
  } else {
    turn_ignore (core);
  }
}

static TurnCall *
find_call (TurnCore * core, const gchar * id)
{
  for (guint i = 0; id && i < core->agent.n_calls; i++) {
    if (strcmp (core->agent.calls[i].id, id) == 0)
      return &core->agent.calls[i];
  }
  return NULL;
}

void
turn_call_clear (TurnCall * call)
{
  g_free (call->id);
  g_free (call->filler);
}

static void
remove_call (TurnCore * core, TurnCall * call)
{
  TurnAgent *agent = &core->agent;
  guint i = call - agent->calls;

  turn_call_clear (call);
  agent->n_calls--;
  memmove (call, call + 1, (agent->n_calls - i) * sizeof (*call));
}

void
turn_tool_busy (TurnCore * core, const TurnInput * input)
{
  const gchar *id = input->tool_busy.call, *filler = input->tool_busy.filler;
  gboolean stale = input->tool_busy.generation < core->generation;
  TurnAgent *agent = &core->agent;

  if (!id || !*id || strlen (id) > TURN_MAX_CALL_ID || find_call (core, id)
      || (stale && !input->tool_busy.write)) {
    turn_ignore (core);
    return;
  }
  if (agent->n_calls == TURN_MAX_CALLS) {
    turn_overflow (core, TURN_OVERFLOW_CALLS);
    return;
  }
  if (count_calls (core) == 0)
    agent->filled = FALSE;
  if (stale || !filler || !g_utf8_validate (filler, -1, NULL)
      || strlen (filler) > TURN_MAX_TEXT)
    filler = NULL;
  agent->calls[agent->n_calls++] = (TurnCall) {
  .id = g_strdup (id),.write = input->tool_busy.write,.keys =
        input->tool_busy.keys,.orphan = stale,.since = core->now,.filler =
        filler
        && *filler ? g_strdup (filler) : NULL,.filler_after =
        input->tool_busy.filler_after,};
  core->last.write_begun |= input->tool_busy.write && !stale;
  if (!stale)
    agent->awaits_reply = FALSE;
}

void
turn_tool_idle (TurnCore * core, const TurnInput * input)
{
  TurnCall *call = find_call (core, input->tool_idle.call);
  TurnAgent *agent = &core->agent;
  gboolean orphan;

  if (!call) {
    turn_ignore (core);
    return;
  }
  orphan = call->orphan;
  remove_call (core, call);
  agent->progress = core->now;
  core->quiet.reset = TRUE;
  if (orphan)
    return;
  core->last.tool_done = TRUE;
  if (input->tool_idle.goes_on) {
    agent->awaits_reply = TRUE;
    agent->reply = core->last.turn;
  }
  turn_look_invalidate (core);
}

/* Only `heard` is awaited of it, if anything. */
void
turn_cut_speech (TurnCore * core, TurnSpeech * speech)
{
  if (!speech->playing) {
    remove_speech (core, speech);
    return;
  }
  speech->cut = TRUE;
  core->last.unreported = speech->id;
  core->agent.last_heard = core->agent.progress = core->now;
  turn_kept_cut (core, speech->id);
}

/* What was interrupted: the audible speech is still heard of, one that is
 * queued and may not be interrupted will be said (96), the others are gone. */
static void
cut_speeches (TurnCore * core, gboolean force)
{
  for (guint i = core->agent.n_speeches; i-- > 0;) {
    TurnSpeech *speech = &core->agent.speeches[i];

    if (speech->cut || (speech->said && !speech->interruptible && !force
            && !speech->playing))
      continue;
    turn_cut_speech (core, speech);
  }
}

/* Reads are cancelled; writes go on and belong to nobody. */
static void
cut_calls (TurnCore * core)
{
  for (guint i = core->agent.n_calls; i-- > 0;) {
    TurnCall *call = &core->agent.calls[i];

    if (!call->write && !call->orphan)
      remove_call (core, call);
    else
      call->orphan = TRUE;
  }
}

/* R7, R15: what cannot be undone. */
void
turn_interrupt (TurnCore * core, TurnInterruptReason reason, gboolean force)
{
  TurnSpeech *playing = turn_playing (core);
  gboolean voice = reason == TURN_INTERRUPT_WORDS
      || reason == TURN_INTERRUPT_STOP || reason == TURN_INTERRUPT_CONTINUED;
  TurnOutput output = {.type = TURN_OUTPUT_INTERRUPT };

  core->generation++;
  output.interrupt.generation = core->generation;
  output.interrupt.reason = reason;
  output.interrupt.force = force;
  output.interrupt.speech = playing ? playing->id : 0;
  turn_push (core, &output);
  cut_speeches (core, force);
  cut_calls (core);
  turn_says_cut (core, voice, force);
  core->agent.awaits_reply = core->agent.held = FALSE;
  core->agent.resumed_at = core->now;
  core->turn.interrupted |= voice && core->turn.open;
  core->quiet.reset = TRUE;
  if (voice && turn_hangup_is_revocable (core))
    turn_revoke (core);
  turn_look_invalidate (core);
}

/* The caller goes on with the last turn, or begins another. */
void
turn_interrupt_by_caller (TurnCore * core)
{
  turn_interrupt (core, turn_is_thinking (core) && turn_merges (core) ?
      TURN_INTERRUPT_CONTINUED : TURN_INTERRUPT_WORDS, FALSE);
}

static gint64
words_over_speech_at (TurnCore * core)
{
  const TurnConfig *config = &core->config;
  const TurnCaller *turn = &core->turn;
  const TurnLook *look = turn_look (core);
  gint64 loud_at = turn_sound_voiced_at (core, config->interrupt_after);
  guint needed = MAX (config->min_words, 1);

  if (look->n_own > 0 && turn_is_back_channel (core))
    return TURN_NEVER;
  if (look->n_own > 0 && look->stop)
    return TURN_NOW;
  if (look->n_own_final >= needed
      && !(look->cover_final && turn->over && !turn->interrupted))
    return TURN_NOW;
  if (look->n_own >= needed)
    return loud_at;
  return config->interrupt_on == TURN_INTERRUPT_ON_SPEECH
      && turn_sound_goes_on (core) ? loud_at : TURN_NEVER;
}

/* R7 */
gint64
turn_words_at (TurnCore * core)
{
  const TurnSpeech *playing = turn_playing (core);

  if (!core->turn.open || turn_is_manual (core) || core->disconnected)
    return TURN_NEVER;
  if (playing)
    return playing->interruptible ? words_over_speech_at (core) : TURN_NEVER;
  return turn_look (core)->n_own > 0 && turn_is_thinking (core)
      && !turn_is_back_channel (core) ? TURN_NOW : TURN_NEVER;
}

void
turn_words_now (TurnCore * core)
{
  if (turn_look (core)->stop)
    turn_interrupt (core, TURN_INTERRUPT_STOP, FALSE);
  else
    turn_interrupt_by_caller (core);
}

gint64
turn_cut_at (TurnCore * core)
{
  return core->agent.cut_wanted ? TURN_NOW : TURN_NEVER;
}

/* The application interrupts; with force also what the caller may not. */
void
turn_cut (TurnCore * core)
{
  TurnAgent *agent = &core->agent;
  TurnSpeech *playing = turn_playing (core);
  gboolean force = agent->cut_force;

  agent->cut_wanted = agent->cut_force = FALSE;
  if (playing ? playing->interruptible || force : turn_is_thinking (core)
      || (force && (turn_has_speeches (core) || agent->n_flight > 0)))
    turn_interrupt (core, TURN_INTERRUPT_ACTION, force);
}

gint64
turn_leave_at (TurnCore * core)
{
  return core->disconnected && (turn_playing (core)
      || turn_is_thinking (core)) ? TURN_NOW : TURN_NEVER;
}

void
turn_leave (TurnCore * core)
{
  turn_interrupt (core, TURN_INTERRUPT_DISCONNECTED, TRUE);
}

/* R6 */
gint64
turn_hold_at (TurnCore * core)
{
  const TurnSpeech *playing = turn_playing (core);
  gint64 hold_after = core->config.hold_after;

  if (core->agent.held || hold_after < 0 || turn_is_manual (core)
      || core->disconnected)
    return TURN_NEVER;
  if (!playing)
    return turn_sound_goes_on (core) && core->sound.fresh
        && turn_is_thinking (core) ? TURN_NOW : TURN_NEVER;
  if (!playing->interruptible)
    return TURN_NEVER;
  if (turn_sound_goes_on (core))
    return turn_sound_voiced_at (core, hold_after);
  return core->turn.open && turn_look (core)->n_own > 0
      && !turn_is_back_channel (core) ? TURN_NOW : TURN_NEVER;
}

void
turn_hold (TurnCore * core)
{
  TurnAgent *agent = &core->agent;
  TurnSpeech *playing = turn_playing (core);
  TurnOutput output = {.type = TURN_OUTPUT_HOLD };

  if (playing)
    playing->played += core->now - playing->played_since;
  agent->held = TRUE;
  agent->held_at = core->now;
  agent->held_speech = playing ? playing->id : 0;
  output.hold.speech = agent->held_speech;
  turn_push (core, &output);
}

/* R8 */
gint64
turn_resume_at (TurnCore * core)
{
  const TurnAgent *agent = &core->agent;
  const TurnCaller *turn = &core->turn;
  const TurnSpeech *playing = turn_playing (core);

  if (!agent->held)
    return TURN_NEVER;
  if (turn_is_manual (core) || core->config.hold_after < 0
      || (playing && !playing->interruptible))
    return TURN_NOW;
  if (turn_sound_goes_on (core))
    return TURN_NEVER;
  if (!turn->open || (!playing && !turn_is_thinking (core)))
    return TURN_NOW;
  if (turn_look (core)->n_own > 0)
    return turn_is_back_channel (core) ? TURN_NOW : TURN_NEVER;
  if (turn->closing || core->eos || (agent->held_speech == 0
          && !core->sound.on))
    return TURN_NOW;
  return turn_end_of_sound (core) + core->config.false_interruption;
}

void
turn_resume (TurnCore * core)
{
  TurnAgent *agent = &core->agent;
  TurnSpeech *playing = turn_playing (core);
  TurnOutput output = {.type = TURN_OUTPUT_RESUME };

  output.hold.speech = agent->held_speech;
  turn_push (core, &output);
  agent->held = FALSE;
  agent->resumed_at = agent->progress = core->now;
  if (playing)
    playing->played_since = core->now;
  turn_sound_restart (core);
}
