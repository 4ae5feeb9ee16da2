/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The keys that the caller presses: collected until they are a turn (R18), or
 * left to a tool that waits for them (R19).
 *
 * Threads: the core's owner. Locks: none.
 */
#include "turn-core-private.h"

#include <string.h>

static gboolean
tool_takes_keys (TurnCore * core)
{
  for (guint i = 0; i < core->agent.n_calls; i++) {
    if (core->agent.calls[i].keys && !core->agent.calls[i].orphan)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_full (const TurnKeys * keys)
{
  return keys->n == TURN_MAX_KEYS;
}

/* The key that ends a number is no part of it; alone it is an answer. */
void
turn_key (TurnCore * core, gchar key)
{
  TurnKeys *keys = &core->keys;
  gchar text[] = { key, 0 };

  if (!key || !strchr (TURN_KEYS, key) || core->disconnected) {
    turn_ignore (core);
    return;
  }
  if (tool_takes_keys (core)) {
    keys->to_tool = TRUE;
    return;
  }
  keys->stops = TRUE;
  keys->done |= key == core->config.dtmf_end;
  keys->at = core->now;
  if (is_full (keys)) {
    turn_overflow (core, TURN_OVERFLOW_WORDS);
    turn_discard (core, TURN_DISCARD_OVERFLOW, text);
  } else if (keys->n == 0 || key != core->config.dtmf_end) {
    keys->text[keys->n++] = key;
  }
}

gboolean
turn_has_keys (TurnCore * core)
{
  return core->keys.n > 0;
}

gchar *
turn_take_keys (TurnCore * core)
{
  gchar *text = g_strndup (core->keys.text, core->keys.n);

  memset (&core->keys, 0, sizeof (core->keys));
  return text;
}

gint64
turn_key_stops_at (TurnCore * core)
{
  return core->keys.stops ? TURN_NOW : TURN_NEVER;
}

/* As a line does (87), but with the first key already. */
void
turn_key_stops (TurnCore * core)
{
  const TurnSpeech *playing = turn_playing (core);

  core->keys.stops = FALSE;
  if (turn_is_thinking (core) || (playing && playing->interruptible))
    turn_interrupt (core, TURN_INTERRUPT_KEYS, FALSE);
}

/* The end of the keys: a line. */
gint64
turn_keys_at (TurnCore * core)
{
  const TurnKeys *keys = &core->keys;

  if (keys->n == 0)
    return TURN_NEVER;
  if (keys->done || is_full (keys) || core->eos || core->disconnected)
    return TURN_NOW;
  return keys->at + core->config.dtmf_timeout;
}

void
turn_keys_now (TurnCore * core)
{
  gchar *text = turn_take_keys (core);

  turn_line (core, text, TURN_COMMIT_KEYS);
  g_free (text);
}

static TurnSpeech *
find_skippable (TurnCore * core)
{
  for (guint i = 0; i < core->agent.n_speeches; i++) {
    TurnSpeech *speech = &core->agent.speeches[i];

    if (speech->interruptible && !speech->cut
        && (!speech->turn || speech->turn != core->proposal.turn))
      return speech;
  }
  return NULL;
}

/* R19: keys go to a tool, so what asks for them need not be said any more; but
 * the tool goes on, so it is no interruption. */
gint64
turn_skip_at (TurnCore * core)
{
  if (!core->keys.to_tool)
    return TURN_NEVER;
  return !tool_takes_keys (core) || find_skippable (core)
      || turn_says_wait (core) ? TURN_NOW : TURN_NEVER;
}

void
turn_skip (TurnCore * core)
{
  TurnOutput output = {.type = TURN_OUTPUT_SKIP };
  TurnSpeech *speech;

  if (!tool_takes_keys (core)) {
    core->keys.to_tool = FALSE;
    return;
  }
  while ((speech = find_skippable (core))) {
    output.skip.speech = speech->id;
    turn_push (core, &output);
    turn_cut_speech (core, speech);
  }
  turn_says_skip (core);
  if (core->agent.held)
    turn_resume (core);
}
