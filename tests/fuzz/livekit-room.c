/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A LiveKit room among events in any order; see room-soup.c for what must hold.
 */
#include "room-soup.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  room_soup_run (data, MIN (size, 4096));
  return 0;
}
