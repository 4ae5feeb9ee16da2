/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the agent is seen doing.
 */
#include <agent-state.h>

#define MS G_GINT64_CONSTANT (1000000)

typedef struct
{
  AgentSign sign;
  guint at;                     /* ms */
  const gchar *name;            /* (nullable): no change */
} Step;

static void
play (const Step * steps, guint n)
{
  AgentState state;

  agent_state_init (&state);
  g_assert_cmpstr (agent_state_name (&state), ==, "initializing");
  for (guint i = 0; i < n; i++) {
    gboolean changed = agent_state_take (&state, steps[i].sign,
        steps[i].at * MS);

    g_assert_cmpint (changed, ==, steps[i].name != NULL);
    if (changed)
      g_assert_cmpstr (agent_state_name (&state), ==, steps[i].name);
  }
}

static void
conversation (void)
{
  static const Step steps[] = {
    {AGENT_SIGN_SILENCE, 0, "listening"},
    {AGENT_SIGN_SILENCE, 20, NULL},
    {AGENT_SIGN_TURN, 1000, "thinking"},
    {AGENT_SIGN_SILENCE, 1900, NULL},
    {AGENT_SIGN_SOUND, 2000, "speaking"},
    {AGENT_SIGN_SILENCE, 2020, NULL},
    {AGENT_SIGN_SILENCE, 2400, NULL},
    {AGENT_SIGN_SOUND, 2420, NULL},
    {AGENT_SIGN_SILENCE, 2440, NULL},
    {AGENT_SIGN_SILENCE, 2839, NULL},
    {AGENT_SIGN_SILENCE, 2840, "listening"},
    {AGENT_SIGN_SOUND, 3000, "speaking"},
    {AGENT_SIGN_INTERRUPTED, 3100, "listening"},
    {AGENT_SIGN_TURN, 3200, "thinking"},
    {AGENT_SIGN_NO_REPLY, 3300, "listening"},
  };

  play (steps, G_N_ELEMENTS (steps));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent-state/conversation", conversation);
  return g_test_run ();
}
