/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What the agent is doing, for people who look at it (`lk.agent.state`). */
typedef enum
{
  AGENT_INITIALIZING,
  AGENT_LISTENING,
  AGENT_THINKING,
  AGENT_SPEAKING,
} AgentActivity;

/* What tells of it. */
typedef enum
{
  AGENT_SIGN_TURN,              /* the caller has finished and is answered */
  AGENT_SIGN_NO_REPLY,
  AGENT_SIGN_SOUND,             /* of the agent passes */
  AGENT_SIGN_SILENCE,           /* likewise: it is ready at least */
  AGENT_SIGN_INTERRUPTED,
} AgentSign;

typedef struct
{
  AgentActivity activity;
  gint64 silent_since;          /* or -1 */
} AgentState;

void agent_state_init (AgentState * state);
gboolean agent_state_take (AgentState * state, AgentSign sign, gint64 now);
const gchar *agent_state_name (const AgentState * state);
