/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Server-sent events (WHATWG HTML §9.2): bytes in, in pieces of any size,
 * events out. Lines end with LF, CRLF or CR; what is not UTF-8 is replaced.
 * `id` and `retry` are of no use to somebody who does not connect again.
 *
 * Threads: any, one at a time. Locks: none.
 */
#include "sse.h"

#include <string.h>

struct _GstVoiceSse
{
  gsize max_event;
  GString *line;                /* the beginning of one */
  GString *event, *data;        /* of the event that is being read */
  gboolean has_data;
  gboolean begun;               /* the first line has been seen */
  gboolean after_cr;            /* a LF would belong to the line before */
  gboolean given;               /* event and data were given out */
  gboolean too_long;
  const guint8 *rest;           /* of what was pushed */
  gsize n_rest;
};

/* @max_event: how long an event may be, with its name, and so a line */
GstVoiceSse *
gst_voice_sse_new (gsize max_event)
{
  GstVoiceSse *sse = g_new0 (GstVoiceSse, 1);

  sse->max_event = max_event;
  sse->line = g_string_new (NULL);
  sse->event = g_string_new (NULL);
  sse->data = g_string_new (NULL);
  return sse;
}

void
gst_voice_sse_free (GstVoiceSse * sse)
{
  g_string_free (sse->line, TRUE);
  g_string_free (sse->event, TRUE);
  g_string_free (sse->data, TRUE);
  g_free (sse);
}

/* @bytes: to be kept until gst_voice_sse_next() has returned MORE */
void
gst_voice_sse_push (GstVoiceSse * sse, const guint8 * bytes, gsize size)
{
  sse->rest = bytes;
  sse->n_rest = size;
}

/* The stream is over. Strictly a half event is to be dropped; but some servers
 * end without the empty line, and whether a stream was cut short is known from
 * HTTP. */
void
gst_voice_sse_end (GstVoiceSse * sse)
{
  gst_voice_sse_push (sse, (const guint8 *) "\n\n", 2);
}

static void
take_valid (GString * to, const gchar * text, gsize size)
{
  gchar *valid;

  if (g_utf8_validate_len (text, size, NULL)) {
    g_string_append_len (to, text, size);
    return;
  }
  valid = g_utf8_make_valid (text, size);
  g_string_append (to, valid);
  g_free (valid);
}

static void
take_field (GstVoiceSse * sse, const gchar * line, gsize size)
{
  const gchar *colon = memchr (line, ':', size);
  gsize n_name = colon ? (gsize) (colon - line) : size;
  const gchar *value = colon ? colon + 1 : line + size;
  gsize n_value = line + size - value;

  if (n_value && *value == ' ') {
    value++;
    n_value--;
  }
  if (n_name == 4 && memcmp (line, "data", 4) == 0) {
    if (sse->has_data)
      g_string_append_c (sse->data, '\n');
    take_valid (sse->data, value, n_value);
    sse->has_data = TRUE;
  } else if (n_name == 5 && memcmp (line, "event", 5) == 0) {
    g_string_truncate (sse->event, 0);
    take_valid (sse->event, value, n_value);
  }
}

static void
forget_event (GstVoiceSse * sse)
{
  g_string_truncate (sse->event, 0);
  g_string_truncate (sse->data, 0);
  sse->has_data = FALSE;
}

/* Whether an event is complete with it. */
static gboolean
take_line (GstVoiceSse * sse)
{
  const gchar *line = sse->line->str;
  gsize size = sse->line->len;
  gboolean complete = FALSE;

  if (!sse->begun && size >= 3 && memcmp (line, "\xef\xbb\xbf", 3) == 0) {
    line += 3;
    size -= 3;
  }
  sse->begun = TRUE;
  if (size > 0) {
    take_field (sse, line, size);
  } else if (sse->has_data) {
    complete = TRUE;
  } else {
    forget_event (sse);
  }
  g_string_truncate (sse->line, 0);
  return complete;
}

static gsize
line_length (const guint8 * bytes, gsize size)
{
  const guint8 *lf = memchr (bytes, '\n', size);
  gsize n = lf ? (gsize) (lf - bytes) : size;
  const guint8 *cr = memchr (bytes, '\r', n);

  return cr ? (gsize) (cr - bytes) : n;
}

/* A line's next piece; whether that ended it. */
static gboolean
take_piece (GstVoiceSse * sse)
{
  gsize n;

  if (sse->after_cr && *sse->rest == '\n') {
    sse->rest++;
    sse->n_rest--;
  }
  sse->after_cr = FALSE;
  n = line_length (sse->rest, sse->n_rest);
  if (sse->line->len + sse->event->len + sse->data->len + n > sse->max_event) {
    sse->too_long = TRUE;
    return FALSE;
  }
  g_string_append_len (sse->line, (const gchar *) sse->rest, n);
  sse->rest += n;
  sse->n_rest -= n;
  if (sse->n_rest == 0)
    return FALSE;
  sse->after_cr = *sse->rest == '\r';
  sse->rest++;
  sse->n_rest--;
  return TRUE;
}

/* The next event. @event ("" if it has no name) and @data are valid UTF-8, end
 * with a zero byte and hold until the next call. An event without data is
 * none. */
GstVoiceSseResult
gst_voice_sse_next (GstVoiceSse * sse, const gchar ** event,
    const gchar ** data, gsize * size)
{
  if (sse->given) {
    forget_event (sse);
    sse->given = FALSE;
  }
  while (sse->n_rest > 0 && !sse->too_long) {
    if (take_piece (sse) && take_line (sse)) {
      sse->given = TRUE;
      *event = sse->event->str;
      *data = sse->data->str;
      *size = sse->data->len;
      return GST_VOICE_SSE_EVENT;
    }
  }
  return sse->too_long ? GST_VOICE_SSE_TOO_LONG : GST_VOICE_SSE_MORE;
}
