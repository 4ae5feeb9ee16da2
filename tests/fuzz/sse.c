/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Server-sent events: the first byte says in what pieces the rest comes. The
 * events do not depend on it, are valid UTF-8 and within the limit.
 */
#include <gst-voice/sse.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

#define MAX_EVENT 300

static gchar *
read_all (const uint8_t * data, size_t size, size_t step)
{
  GstVoiceSse *sse = gst_voice_sse_new (MAX_EVENT);
  GString *out = g_string_new (NULL);
  GstVoiceSseResult result = GST_VOICE_SSE_MORE;
  const gchar *event, *text;
  gboolean ended = FALSE;
  gsize length;

  while (result == GST_VOICE_SSE_MORE && !ended) {
    size_t n = MIN (step, size);

    ended = size == 0;
    if (ended)
      gst_voice_sse_end (sse);
    else
      gst_voice_sse_push (sse, data, n);
    data += n;
    size -= n;
    while ((result = gst_voice_sse_next (sse, &event, &text, &length)) ==
        GST_VOICE_SSE_EVENT) {
      g_assert_true (g_utf8_validate (event, -1, NULL));
      g_assert_true (g_utf8_validate (text, length, NULL));
      /* A byte that is not UTF-8 becomes three. */
      g_assert_cmpuint (strlen (event) + length, <=, 3 * MAX_EVENT);
      g_string_append_printf (out, "%s=%s;", event, text);
    }
  }
  gst_voice_sse_free (sse);
  return g_string_free (out, FALSE);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *pieces, *bytes;

  if (size < 1)
    return 0;
  pieces = read_all (data + 1, size - 1, data[0] % 64 + 1);
  bytes = read_all (data + 1, size - 1, 1);
  g_assert_cmpstr (bytes, ==, pieces);
  g_free (pieces);
  g_free (bytes);
  return 0;
}
