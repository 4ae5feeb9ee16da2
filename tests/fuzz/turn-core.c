/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The core of turn taking under any inputs: the bytes become inputs of all
 * kinds in any order, and the invariants of docs/turn-taking.md are checked at
 * each step. The first byte chooses what is tried.
 */
#include "turn-soup.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static TurnWords *words;

  if (size == 0)
    return 0;
  if (!words)
    words = turn_soup_words ();
  g_free (turn_soup_run (data + 1, size - 1, words, data[0] % 3, 0));
  return 0;
}
