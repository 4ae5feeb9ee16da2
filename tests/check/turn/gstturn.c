/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scenarios of docs/turn-taking.md again, on the elements `turn` and
 * `playout` under simulated time.
 */
#include "turn-soup.h"
#include "turn-table.h"

#include "../doc-line.h"

#include <string.h>

static void
launch_line (void)
{
  doc_line_run ("plugins/turn/gstturn.c");
}

/* Not those in which the clock jumps: simulated time does not. Of a change of
 * terms (54) the element hears when it decides: what was proposed is withdrawn
 * then. */
static gboolean
is_for_elements (const gchar * number, const gchar * input)
{
  return !strstr (input, "jump[") && strcmp (number, "54") != 0;
}

int
main (int argc, char **argv)
{
  TurnTable table = {.name = "turn",.until = 20000,.tolerance = 40,
    .wants = is_for_elements
  };
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  table.words = turn_soup_words ();
  g_test_add_func ("/turn/launch", launch_line);
  turn_table_add (&table);
  result = g_test_run ();
  turn_words_unref (table.words);
  gst_deinit ();
  return result;
}
