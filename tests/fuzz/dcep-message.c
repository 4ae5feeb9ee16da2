/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any bytes as a message of DCEP; what is one is written as one that means the
 * same.
 */
#include <dcep-message.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  DcepMessage message, again;
  guint8 out[DCEP_MAX_SIZE];
  gsize n;

  if (!dcep_message_parse (&message, data, size))
    return 0;
  n = dcep_message_write (&message, out, sizeof out);
  if (n == 0 || !dcep_message_parse (&again, out, n)
      || again.type != message.type
      || again.reliability.kind != message.reliability.kind
      || again.reliability.unordered != message.reliability.unordered
      || again.reliability.limit != message.reliability.limit
      || strcmp (again.label, message.label) != 0)
    g_error ("written differently");
  return 0;
}
