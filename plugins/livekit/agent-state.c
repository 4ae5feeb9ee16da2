/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the agent is doing, by what passes: a reply is awaited from the turn on
 * and spoken from its first sound on, until it has been silent for a while.
 *
 * Threads: one at a time. Locks: none.
 */
#include "agent-state.h"

/* Between two sentences the agent still speaks. */
#define PAUSE G_GINT64_CONSTANT (400000000)

/**
 * agent_state_init:
 * @state: (out): of an agent that has not begun
 */
void
agent_state_init (AgentState * state)
{
  state->activity = AGENT_INITIALIZING;
  state->silent_since = -1;
}

static AgentActivity
next (AgentState * state, AgentSign sign, gint64 now)
{
  switch (sign) {
    case AGENT_SIGN_TURN:
      return AGENT_THINKING;
    case AGENT_SIGN_SOUND:
      state->silent_since = -1;
      return AGENT_SPEAKING;
    case AGENT_SIGN_SILENCE:
      if (state->activity == AGENT_THINKING)
        return AGENT_THINKING;
      if (state->activity != AGENT_SPEAKING)
        return AGENT_LISTENING;
      if (state->silent_since < 0)
        state->silent_since = now;
      return now - state->silent_since < PAUSE ? AGENT_SPEAKING :
          AGENT_LISTENING;
    default:
      return AGENT_LISTENING;
  }
}

/**
 * agent_state_take:
 * @state: a state
 * @sign: what has been seen
 * @now: when, in nanoseconds
 *
 * Returns: whether the state has changed
 */
gboolean
agent_state_take (AgentState * state, AgentSign sign, gint64 now)
{
  AgentActivity before = state->activity;

  state->activity = next (state, sign, now);
  if (state->activity != AGENT_SPEAKING)
    state->silent_since = -1;
  return state->activity != before;
}

/**
 * agent_state_name:
 * @state: a state
 *
 * Returns: (transfer none): as LiveKit's agents call it
 */
const gchar *
agent_state_name (const AgentState * state)
{
  static const gchar *const names[] = {
    "initializing", "listening", "thinking", "speaking"
  };

  return names[state->activity];
}
