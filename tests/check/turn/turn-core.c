/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every scenario of docs/turn-taking.md that concerns the core, on the core
 * alone, to the millisecond.
 */
#include "turn-soup.h"
#include "turn-table.h"

int
main (int argc, char **argv)
{
  TurnTable table = {.name = "turn-core",.until = 200000 };
  int result;

  g_test_init (&argc, &argv, NULL);
  table.words = turn_soup_words ();
  turn_table_add (&table);
  result = g_test_run ();
  turn_words_unref (table.words);
  return result;
}
