/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which streams come of growing texts.
 */
#include <caption-core.h>

static void
expect (CaptionCore * core, const gchar * expected)
{
  GString *all = g_string_new (NULL);
  CaptionAction *action;

  while ((action = caption_core_pop (core))) {
    static const gchar *const names[] = { "send", "open", "write", "close" };

    g_string_append_printf (all, "%s %s '%s' %d\n", names[action->type],
        action->segment, action->text ? action->text : "", action->final);
    caption_action_free (action);
  }
  g_assert_cmpstr (all->str, ==, expected);
  g_string_free (all, TRUE);
}

/* The caller's: all of it each time, but nothing twice. */
static void
user (void)
{
  CaptionCore *core = caption_core_new ("SG_");

  caption_core_user (core, 1, "", FALSE);
  expect (core, "");
  caption_core_user (core, 1, "I have", FALSE);
  caption_core_user (core, 1, "I have", FALSE);
  expect (core, "send SG_u1 'I have' 0\n");
  caption_core_user (core, 1, "I have", TRUE);
  caption_core_user (core, 1, "I have", TRUE);
  expect (core, "send SG_u1 'I have' 1\n");
  caption_core_user (core, 2, "I have", FALSE);
  expect (core, "send SG_u2 'I have' 0\n");
  caption_core_free (core);
}

/* The agent's: what has been added. */
static void
agent (void)
{
  CaptionCore *core = caption_core_new ("SG_");

  caption_core_agent (core, 1, "", FALSE);
  expect (core, "");
  caption_core_agent (core, 1, "Oh", FALSE);
  caption_core_agent (core, 1, "Oh", FALSE);
  caption_core_agent (core, 1, "Oh dear.", FALSE);
  expect (core,
      "open SG_a1 '' 0\nwrite SG_a1 'Oh' 0\nwrite SG_a1 ' dear.' 0\n");
  caption_core_agent (core, 1, "Oh dear.", TRUE);
  caption_core_agent (core, 1, "Oh dear.", TRUE);
  expect (core, "close SG_a1 '' 1\n");
  /* The next one begins before this one was closed. */
  caption_core_agent (core, 2, "Well", FALSE);
  caption_core_agent (core, 3, "Yes.", TRUE);
  expect (core, "open SG_a2 '' 0\nwrite SG_a2 'Well' 0\nclose SG_a2 '' 1\n"
      "open SG_a3 '' 0\nwrite SG_a3 'Yes.' 0\nclose SG_a3 '' 1\n");
  caption_core_free (core);
}

/* What was heard is not what was written: the stream begins anew. */
static void
rewritten (void)
{
  CaptionCore *core = caption_core_new ("SG_");

  caption_core_agent (core, 1, "Tomorrow at ten", FALSE);
  caption_core_agent (core, 1, "Tomorrow", TRUE);
  expect (core, "open SG_a1 '' 0\nwrite SG_a1 'Tomorrow at ten' 0\n"
      "close SG_a1 '' 0\nopen SG_a1 '' 0\nwrite SG_a1 'Tomorrow' 0\n"
      "close SG_a1 '' 1\n");
  caption_core_agent (core, 2, "Go", FALSE);
  caption_core_end (core);
  caption_core_end (core);
  expect (core, "open SG_a2 '' 0\nwrite SG_a2 'Go' 0\nclose SG_a2 '' 1\n");
  caption_core_agent (core, 3, "left over", FALSE);
  caption_core_free (core);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caption-core/user", user);
  g_test_add_func ("/caption-core/agent", agent);
  g_test_add_func ("/caption-core/rewritten", rewritten);
  return g_test_run ();
}
