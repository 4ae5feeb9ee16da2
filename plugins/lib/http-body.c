/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From the bytes of an answer's body, as libsoup reads them, to the pieces that
 * are passed on: decompresses gzip and knows whether the end is the true one.
 *
 * libsoup alone would not know. A body shorter than its Content-Length is whole
 * to it if the answer had `Connection: close`; so is compressed data that just
 * stops, and data that is not compressed at all. And before 3.6.5 a chunked
 * body that ends between two chunks is not told from a complete one: a language
 * model's reply cut short would pass for all of it. Before 3.3.1 the line after
 * the last chunk is read into the buffer of the read that returns 0, so that a
 * mark in the buffer shows whether it came; from 3.6.5 on that read fails. In
 * between nothing can be done.
 *
 * Threads: one at a time. Locks: none.
 */
#include "http-body.h"

#define SIZE (16 * 1024)

struct _GstVoiceHttpBody
{
  /* set once */
  gint64 expected;              /* by Content-Length; -1 if not known */
  gboolean watch_chunks;
  GConverter *unzip;            /* NULL if it is not compressed */

  guint64 received;
  gboolean unzipped;            /* to the end of the compressed data */
  gboolean have;                /* the buffer holds what was read: */
  gsize got;
  gsize used;
  guint8 *out;                  /* decompressed; SIZE */
  guint8 buffer[SIZE];
};

static gboolean
is_coding (const gchar * coding, const gchar * name)
{
  return g_ascii_strcasecmp (coding, name) == 0;
}

/* @may_have_body: %FALSE for the answer to a HEAD and the like
 *
 * Returns: (nullable): %NULL if the body has an encoding that is not gzip */
GstVoiceHttpBody *
gst_voice_http_body_new (SoupMessageHeaders * headers, gboolean may_have_body)
{
  const gchar *coding = soup_message_headers_get_one (headers,
      "Content-Encoding");
  SoupEncoding framing = soup_message_headers_get_encoding (headers);
  GstVoiceHttpBody *body;
  gboolean zipped = FALSE;

  if (coding && *coding && may_have_body && !is_coding (coding, "identity")) {
    zipped = is_coding (coding, "gzip") || is_coding (coding, "x-gzip");
    if (!zipped)
      return NULL;
  }
  body = g_malloc (sizeof (GstVoiceHttpBody));
  memset (body, 0, G_STRUCT_OFFSET (GstVoiceHttpBody, buffer));
  body->expected = may_have_body && framing == SOUP_ENCODING_CONTENT_LENGTH ?
      soup_message_headers_get_content_length (headers) : -1;
  body->watch_chunks = may_have_body && framing == SOUP_ENCODING_CHUNKED
      && !soup_check_version (3, 3, 1);
  if (zipped) {
    body->unzip = G_CONVERTER (g_zlib_decompressor_new
        (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
    body->out = g_malloc (SIZE);
  }
  return body;
}

void
gst_voice_http_body_free (GstVoiceHttpBody * body)
{
  g_clear_object (&body->unzip);
  g_free (body->out);
  g_free (body);
}

/* Where to read the next bytes to. */
guint8 *
gst_voice_http_body_get_buffer (GstVoiceHttpBody * body, gsize * size)
{
  body->buffer[0] = '\0';       /* the mark */
  *size = SIZE;
  return body->buffer;
}

/* @got: what the read has returned; 0 at the end */
void
gst_voice_http_body_put (GstVoiceHttpBody * body, gsize got)
{
  body->have = TRUE;
  body->got = got;
  body->used = 0;
  body->received += got;
}

static GstVoiceHttpBodyResult
judge_end (GstVoiceHttpBody * body)
{
  gboolean cut = (body->watch_chunks && body->buffer[0] == '\0')
      || (body->expected >= 0 && body->received < (guint64) body->expected)
      || (body->unzip && !body->unzipped && body->received > 0);

  return cut ? GST_VOICE_HTTP_BODY_CUT : GST_VOICE_HTTP_BODY_END;
}

static GstVoiceHttpBodyResult
take_unzipped (GstVoiceHttpBody * body, const guint8 ** data, gsize * size)
{
  gsize n_in = 0, n_out = 0;

  while (!body->unzipped && n_out == 0) {
    GError *error = NULL;
    GConverterResult result = g_converter_convert (body->unzip,
        body->buffer + body->used, body->got - body->used, body->out, SIZE,
        G_CONVERTER_NO_FLAGS, &n_in, &n_out, &error);

    if (result == G_CONVERTER_ERROR) {
      gboolean more = g_error_matches (error, G_IO_ERROR,
          G_IO_ERROR_PARTIAL_INPUT);

      g_error_free (error);
      body->have = FALSE;
      return more ? GST_VOICE_HTTP_BODY_MORE : GST_VOICE_HTTP_BODY_BAD;
    }
    body->used += n_in;
    body->unzipped = result == G_CONVERTER_FINISHED;
  }
  body->have = !body->unzipped;
  *data = body->out;
  *size = n_out;
  return n_out ? GST_VOICE_HTTP_BODY_PIECE : GST_VOICE_HTTP_BODY_MORE;
}

/* To be called until it wants more; a piece is valid until the next call. */
GstVoiceHttpBodyResult
gst_voice_http_body_take (GstVoiceHttpBody * body, const guint8 ** data,
    gsize * size)
{
  if (!body->have)
    return GST_VOICE_HTTP_BODY_MORE;
  if (body->got == 0)
    return judge_end (body);
  if (body->unzip)
    return take_unzipped (body, data, size);
  body->have = FALSE;
  *data = body->buffer;
  *size = body->got;
  return GST_VOICE_HTTP_BODY_PIECE;
}
