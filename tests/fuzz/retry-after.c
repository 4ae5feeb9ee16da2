/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * When a service wants to be asked again: the two headers, a line each.
 */
#include <gst-voice/http-error.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static const gint64 now = G_GINT64_CONSTANT (1790000000000000);
  gchar *text = g_strndup ((const gchar *) data, size);
  gchar **lines = g_strsplit (text, "\n", 2);
  const gchar *ms = lines[0] && *lines[0] ? lines[0] : NULL;
  gint64 wait = gst_voice_http_error_retry_after (ms, ms ? lines[1] : NULL,
      now);

  g_assert_cmpint (wait, >=, -1);
  g_assert_cmpint (wait, <=, 24 * 3600 * 1000);
  g_strfreev (lines);
  g_free (text);
  return 0;
}
