/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a process is told of the health of providers: a snapshot, or a line.
 */
#include <gst-voice/health.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  gchar *dump, *again;

  gst_voice_health_load (text, 1000);
  gst_voice_health_merge (text, 2000);
  dump = gst_voice_health_dump (3000);
  gst_voice_health_clear ();
  /* A whole snapshot of full tables may be longer than one that is read. */
  if (gst_voice_health_load (dump, 3000)) {
    again = gst_voice_health_dump (3000);
    g_assert_cmpstr (dump, ==, again);
    g_free (again);
  }
  gst_voice_health_clear ();
  g_free (dump);
  g_free (text);
  return 0;
}
