/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A body as the network brings it: the first byte says how it claims to be, the
 * second how long the reads are.
 */
#include "../../plugins/lib/http-body.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static GstVoiceHttpBody *
new_body (guint8 kind)
{
  SoupMessageHeaders *headers =
      soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  GstVoiceHttpBody *body;

  if (kind & 1)
    soup_message_headers_append (headers, "Content-Encoding", "gzip");
  if (kind & 2)
    soup_message_headers_set_content_length (headers, kind);
  else if (kind & 4)
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  body = gst_voice_http_body_new (headers, !(kind & 8));
  soup_message_headers_unref (headers);
  return body;
}

/* Returns: whether to read on */
static gboolean
take (GstVoiceHttpBody * body, gsize * taken)
{
  GstVoiceHttpBodyResult result;
  const guint8 *piece;
  guint sum = 0;
  gsize n;

  while ((result = gst_voice_http_body_take (body, &piece, &n))
      == GST_VOICE_HTTP_BODY_PIECE) {
    g_assert (n > 0);
    for (gsize i = 0; i < n; i++)
      sum += piece[i];
    *taken += n;
  }
  return result == GST_VOICE_HTTP_BODY_MORE && sum < G_MAXUINT;
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  GstVoiceHttpBody *body;
  gsize step, room, all, taken = 0;
  gboolean more = TRUE;
  guint8 *buffer;

  if (size < 2)
    return 0;
  body = new_body (data[0]);
  step = data[1] + 1;
  data += 2;
  all = size -= 2;
  while (more) {
    gsize n = MIN (step, size);

    buffer = gst_voice_http_body_get_buffer (body, &room);
    g_assert (n <= room);
    memcpy (buffer, data, n);
    gst_voice_http_body_put (body, n);
    more = take (body, &taken) && n > 0;
    data += n;
    size -= n;
  }
  g_assert (taken <= all * 1100);
  gst_voice_http_body_free (body);
  return 0;
}
