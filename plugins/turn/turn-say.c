/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is said without a model: announcements and their order, fillers while a
 * tool runs (103 to 105), the goodbye of a limit (126), and the hangup (109 to
 * 114).
 *
 * A say waits here until it may start and is then "in flight" until its speech
 * begins, so an interruption finds what it must drop, and what survives.
 *
 * Threads: the core's owner. Locks: none.
 */
#include "turn-core-private.h"

#include <string.h>

#define MAX_REASON 256

void
turn_say_clear (TurnSay * say)
{
  g_free (say->text);
  memset (say, 0, sizeof (*say));
}

static void
remove_say (TurnSay * says, guint * n, guint i)
{
  turn_say_clear (&says[i]);
  (*n)--;
  memmove (&says[i], &says[i + 1], (*n - i) * sizeof (TurnSay));
  memset (&says[*n], 0, sizeof (TurnSay));
}

void
turn_say (TurnCore * core, const TurnInput * input)
{
  const gchar *text = input->say.text;
  TurnAgent *agent = &core->agent;

  if (core->disconnected || !text || !*text
      || (core->hangup.pending && !input->say.limit)) {
    turn_ignore (core);
    return;
  }
  if (agent->n_queue == TURN_MAX_SAYS || strlen (text) > TURN_MAX_TEXT) {
    turn_overflow (core, TURN_OVERFLOW_SAYS);
    return;
  }
  agent->queue[agent->n_queue++] = (TurnSay) {
  .text = g_utf8_make_valid (text, -1),.interruptible =
        input->say.interruptible,.limit = input->say.limit,.source =
        input->say.source,.at = core->now,};
}

/* An interruption drops what may be interrupted; the rest waits for the turn
 * of the caller who interrupted (96). */
void
turn_says_cut (TurnCore * core, gboolean voice, gboolean force)
{
  TurnAgent *agent = &core->agent;

  for (guint i = agent->n_queue; i-- > 0;) {
    TurnSay *say = &agent->queue[i];

    if (say->limit)
      continue;
    if (say->interruptible || force)
      remove_say (agent->queue, &agent->n_queue, i);
    else
      say->after_turn |= voice;
  }
  for (guint i = agent->n_flight; i-- > 0;) {
    if (agent->flight[i].interruptible || force)
      remove_say (agent->flight, &agent->n_flight, i);
  }
}

void
turn_says_drop (TurnCore * core)
{
  TurnAgent *agent = &core->agent;

  while (agent->n_queue > 0)
    remove_say (agent->queue, &agent->n_queue, agent->n_queue - 1);
  while (agent->n_flight > 0)
    remove_say (agent->flight, &agent->n_flight, agent->n_flight - 1);
}

static gint
find_skippable (TurnCore * core)
{
  for (guint i = 0; i < core->agent.n_queue; i++) {
    if (core->agent.queue[i].interruptible)
      return i;
  }
  return -1;
}

/* Whether something is queued that turn_says_skip() would drop. */
gboolean
turn_says_wait (TurnCore * core)
{
  return find_skippable (core) >= 0;
}

void
turn_says_skip (TurnCore * core)
{
  gint i;

  while ((i = find_skippable (core)) >= 0)
    remove_say (core->agent.queue, &core->agent.n_queue, i);
}

static gint
find_flight (TurnCore * core, TurnSource source)
{
  for (guint i = 0; i < core->agent.n_flight; i++) {
    if (core->agent.flight[i].source == source)
      return i;
  }
  return -1;
}

/* A speech of this source begins: whether it is one that was sent from here. */
gboolean
turn_says_begin (TurnCore * core, TurnSource source)
{
  gint i = find_flight (core, source);

  if (i < 0)
    return FALSE;
  remove_say (core->agent.flight, &core->agent.n_flight, i);
  return TRUE;
}

/* Whether one that may not be interrupted is still to come. */
gboolean
turn_says_survive (TurnCore * core, TurnSource source)
{
  gint i = find_flight (core, source);

  return i >= 0 && !core->agent.flight[i].interruptible;
}

static void
send_text (TurnCore * core, const TurnSay * say)
{
  TurnAgent *agent = &core->agent;
  TurnOutput output = {.type = TURN_OUTPUT_SAY };

  output.say.text = say->text;
  output.say.interruptible = say->interruptible;
  output.say.source = say->source;
  turn_push (core, &output);
  if (agent->n_flight == TURN_MAX_SAYS)
    remove_say (agent->flight, &agent->n_flight, 0);
  agent->flight[agent->n_flight] = *say;
  agent->flight[agent->n_flight].text = NULL;
  agent->flight[agent->n_flight++].at = core->now;
  agent->progress = core->now;
}

static void
send_queued (TurnCore * core, guint i)
{
  send_text (core, &core->agent.queue[i]);
  remove_say (core->agent.queue, &core->agent.n_queue, i);
}

/* All that waits goes before the reply to the turn that is now committed. */
void
turn_says_flush (TurnCore * core)
{
  while (core->agent.n_queue > 0)
    send_queued (core, 0);
}

static gint
next_say (TurnCore * core)
{
  const TurnAgent *agent = &core->agent;

  if (agent->n_flight > 0 || agent->held || turn_has_speeches (core))
    return -1;
  for (guint i = 0; i < agent->n_queue; i++) {
    const TurnSay *say = &agent->queue[i];

    if ((!core->turn.open && !turn_has_keys (core)) || say->limit
        || (!say->interruptible && !say->after_turn))
      return i;
  }
  return -1;
}

gint64
turn_say_at (TurnCore * core)
{
  return next_say (core) >= 0 ? TURN_NOW : TURN_NEVER;
}

void
turn_say_now (TurnCore * core)
{
  send_queued (core, next_say (core));
}

/* A say whose speech never begins keeps nobody waiting for ever. */
gint64
turn_say_lost_at (TurnCore * core)
{
  const TurnAgent *agent = &core->agent;

  if (agent->n_flight == 0 || agent->held || turn_playing (core))
    return TURN_NEVER;
  return MAX (agent->flight[0].at, agent->progress) + core->config.say_wait;
}

void
turn_say_lost (TurnCore * core)
{
  remove_say (core->agent.flight, &core->agent.n_flight, 0);
}

/* The call whose filler is due first, and when. */
static gint
next_filler (TurnCore * core, gint64 * at)
{
  const TurnAgent *agent = &core->agent;
  gint64 quiet = MAX (agent->last_heard, core->sound.last_end);
  gint found = -1;

  *at = TURN_NEVER;
  for (guint i = 0; i < agent->n_calls; i++) {
    const TurnCall *call = &agent->calls[i];
    gint64 after = call->filler_after >= 0 ? call->filler_after :
        core->config.filler_after;
    gint64 due = MAX (call->since, quiet) + after;

    if (call->filler && !call->orphan && due < *at) {
      found = i;
      *at = due;
    }
  }
  return found;
}

/* Once a step, never over the caller, and not when the agent is about to speak
 * anyway. */
gint64
turn_filler_at (TurnCore * core)
{
  const TurnAgent *agent = &core->agent;
  gint64 at;

  if (agent->filled || agent->held || agent->n_flight > 0
      || agent->n_queue > 0 || turn_has_speeches (core)
      || turn_sound_goes_on (core) || core->hangup.pending
      || core->disconnected || turn_look (core)->n_own > 0)
    return TURN_NEVER;
  next_filler (core, &at);
  return at;
}

void
turn_filler (TurnCore * core)
{
  TurnAgent *agent = &core->agent;
  gint64 at;
  TurnCall *call = &agent->calls[next_filler (core, &at)];
  TurnSay say = {
    .text = call->filler,
    .interruptible = TRUE,
    .source = TURN_SOURCE_FILLER,
  };

  agent->filled = TRUE;
  send_text (core, &say);
}

/* 126: a limit waits for a speech, but not for long, and for no thought. */
gint64
turn_limit_at (TurnCore * core)
{
  const TurnAgent *agent = &core->agent;
  const TurnSpeech *playing = turn_playing (core);

  for (guint i = 0; i < agent->n_queue; i++) {
    if (!agent->queue[i].limit)
      continue;
    if (playing && !agent->held)
      return playing->source == TURN_SOURCE_GOODBYE ? TURN_NEVER :
          agent->queue[i].at + core->config.goodbye_grace;
    if (playing || turn_is_thinking (core))
      return TURN_NOW;
  }
  return TURN_NEVER;
}

void
turn_limit (TurnCore * core)
{
  turn_interrupt (core, TURN_INTERRUPT_LIMIT, TRUE);
}

void
turn_hang_up (TurnCore * core, const TurnInput * input)
{
  TurnHangup *hangup = &core->hangup;
  gchar *reason;

  if (core->disconnected || (hangup->pending && !input->hangup.now
          && (hangup->by != TURN_BY_MODEL
              || input->hangup.by == TURN_BY_MODEL))) {
    turn_ignore (core);
    return;
  }
  reason = g_utf8_make_valid (input->hangup.reason ? input->hangup.reason : "",
      -1);
  if (strlen (reason) > MAX_REASON)
    *reason = 0;
  g_free (hangup->reason);
  *hangup = (TurnHangup) {
  .pending = TRUE,.now = input->hangup.now,.by = input->hangup.by,.reason =
        reason,.at = core->now,};
  turn_look_invalidate (core);
}

/* The model is talked out of it once (111, 112), nobody else is (113). */
gboolean
turn_hangup_is_revocable (TurnCore * core)
{
  const TurnHangup *hangup = &core->hangup;

  return hangup->pending && hangup->by == TURN_BY_MODEL && !hangup->now
      && !core->revoked;
}

void
turn_revoke (TurnCore * core)
{
  TurnOutput output = {.type = TURN_OUTPUT_REVOKE };

  core->revoked = TRUE;
  core->hangup.pending = FALSE;
  g_clear_pointer (&core->hangup.reason, g_free);
  turn_push (core, &output);
  turn_look_invalidate (core);
}

gint64
turn_hangup_at (TurnCore * core)
{
  const TurnHangup *hangup = &core->hangup;
  const TurnAgent *agent = &core->agent;
  gint64 given_up;

  if (!hangup->pending)
    return TURN_NEVER;
  if (hangup->now)
    return TURN_NOW;
  given_up = MAX (hangup->at, agent->progress) + core->config.hangup_drain;
  if (turn_playing (core))
    return TURN_NEVER;
  if (turn_has_speeches (core) || agent->n_flight > 0 || agent->n_queue > 0)
    return given_up;
  if (hangup->by == TURN_BY_MODEL && (core->turn.open || core->n_kept > 0
          || turn_has_keys (core)))
    return given_up;
  return agent->last_heard < 0 ? hangup->at :
      MAX (hangup->at, agent->last_heard + core->config.drain);
}

/* What the caller has said and nobody will answer. */
static void
record_rest (TurnCore * core)
{
  TurnSpan span = { core->turn.onset, core->now };
  TurnSpan now = { core->now, core->now };
  gchar *own, *keys = turn_take_keys (core);

  turn_take_interims (core);
  own = turn_own_text (core);
  if (turn_look (core)->n_own > 0 && turn_is_back_channel (core))
    turn_discard (core, TURN_DISCARD_BACK_CHANNEL, own);
  else if (turn_look (core)->n_own > 0)
    turn_commit (core, own, span, TRUE, TURN_COMMIT_HANGUP);
  for (guint i = core->n_kept; i-- > 0;)
    turn_kept_cut (core, core->kept[i].speech);
  if (core->n_kept > 0)
    turn_commit (core, "", core->kept[0].span, FALSE, TURN_COMMIT_HANGUP);
  if (*keys)
    turn_commit (core, keys, now, FALSE, TURN_COMMIT_HANGUP);
  g_free (keys);
  g_free (own);
}

void
turn_hangup (TurnCore * core)
{
  TurnHangup *hangup = &core->hangup;
  gboolean limit = hangup->by == TURN_BY_LIMIT || hangup->by == TURN_BY_BUDGET;
  TurnOutput output = {.type = TURN_OUTPUT_HANGUP };

  if (hangup->now && (turn_playing (core) || turn_has_speeches (core)
          || turn_is_thinking (core))) {
    turn_interrupt (core, limit ? TURN_INTERRUPT_LIMIT :
        TURN_INTERRUPT_ACTION, TRUE);
    return;
  }
  record_rest (core);
  output.hangup.by = hangup->by;
  output.hangup.reason = hangup->reason;
  output.hangup.now = hangup->now;
  turn_push (core, &output);
  core->ended = TRUE;
}
