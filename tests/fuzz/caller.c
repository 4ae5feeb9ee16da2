/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A caller file from anywhere.
 */
#include <caller-core.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  CallerCore *core = caller_core_parse (text, "fuzz", NULL);
  const CallerItem *begun;
  gint16 frame[160];

  if (core) {
    caller_core_start (core, 8000);
    for (gint64 t = 0; t < 100; t++) {
      if (t == 10)
        caller_core_agent_speaks (core, t * 20000000);
      if (t == 20)
        caller_core_agent_heard (core);
      caller_core_frame (core, t * 20000000, frame, 160, &begun);
    }
    caller_core_free (core);
  }
  g_free (text);
  return 0;
}
