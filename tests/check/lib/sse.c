/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Server-sent events: lines and fields, in pieces of any size, and limits.
 */
#include <gst-voice/sse.h>

#include <string.h>

/* Reads @text in pieces of @step bytes; each event as `name=data;`, `!` where
 * it was too long. */
static gchar *
read_in_pieces (const gchar * text, gsize length, gsize step, gsize max)
{
  GstVoiceSse *sse = gst_voice_sse_new (max);
  GString *out = g_string_new (NULL);
  GstVoiceSseResult result = GST_VOICE_SSE_MORE;
  const gchar *event, *data;
  gsize size;

  for (gsize at = 0, n = 1; n > 0 && result == GST_VOICE_SSE_MORE; at += n) {
    n = MIN (step, length - at);
    if (n > 0)
      gst_voice_sse_push (sse, (const guint8 *) text + at, n);
    else
      gst_voice_sse_end (sse);
    while ((result = gst_voice_sse_next (sse, &event, &data, &size)) ==
        GST_VOICE_SSE_EVENT) {
      g_assert_cmpuint (strlen (data), ==, size);
      g_string_append_printf (out, "%s=%s;", event, data);
    }
  }
  if (result == GST_VOICE_SSE_TOO_LONG)
    g_string_append_c (out, '!');
  gst_voice_sse_free (sse);
  return g_string_free (out, FALSE);
}

/* Whatever the pieces, the events are the same. */
static void
assert_events (const gchar * text, const gchar * expected)
{
  gsize length = strlen (text);

  for (gsize step = 1; step <= length; step++) {
    gchar *got = read_in_pieces (text, length, step, 1000);

    g_assert_cmpstr (got, ==, expected);
    g_free (got);
  }
}

static void
lines_and_fields (void)
{
  static const struct
  {
    const gchar *text, *events;
  } rows[] = {
    {"data: one\n\ndata: two\n\n", "=one;=two;"},
    {"data: one\r\n\r\ndata: two\r\n\r\n", "=one;=two;"},
    {"data: one\r\rdata: two\r\r", "=one;=two;"},
    {"data:one\n\n", "=one;"},
    {"data:  one\n\n", "= one;"},
    {"data: a\ndata: b\n\n", "=a\nb;"},
    {"data\n\n", "=;"},
    {"data:\ndata:\n\n", "=\n;"},
    {"event: x\ndata: 1\n\ndata: 2\n\n", "x=1;=2;"},
    {"event: x\n\ndata: 2\n\n", "=2;"},
    {"event: x\nevent: y\ndata: 1\n\n", "y=1;"},
    {": comment\n:\n\ndata: 1\n\n", "=1;"},
    {"id: 4\nretry: 10\nfoo: bar\nfoo\ndata: 1\n\n", "=1;"},
    {"database: no\ndat: no\ndata: 1\n\n", "=1;"},
    {"data: [DONE]\n\n", "=[DONE];"},
    {"\xef\xbb\xbf" "data: 1\n\n", "=1;"},
    {"data: \xc3\xa4\xe2\x82\xac\n\n", "=\xc3\xa4\xe2\x82\xac;"},
    {"data: \xff\n\n", "=\xef\xbf\xbd;"},
    {"data: half", "=half;"},
    {"data: half\n", "=half;"},
    {"\n\n\r\n", ""},
    {"data: a\n\r\n", "=a;"},
    {"data: a\r\n\n", "=a;"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_events (rows[i].text, rows[i].events);
}

static void
an_event_is_bounded (void)
{
  static const struct
  {
    const gchar *text, *events;
  } rows[] = {
    {"data: 123\n\ndata: 1234567890\n\n", "=123;!"},
    {"data: 1\ndata: 2\ndata: 3\n\n", "!"},
    {": a comment that never ends", "!"},
    {"event: abcd\ndata: 1\n\n", "!"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *got = read_in_pieces (rows[i].text, strlen (rows[i].text), 1, 9);

    g_assert_cmpstr (got, ==, rows[i].events);
    g_free (got);
  }
}

static void
a_zero_byte_is_no_text (void)
{
  gchar *got = read_in_pieces ("data: a\0b\n\n", 11, 1, 100);

  g_assert_cmpstr (got, ==, "=a\xef\xbf\xbd" "b;");
  g_free (got);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sse/lines-and-fields", lines_and_fields);
  g_test_add_func ("/sse/bounded", an_event_is_bounded);
  g_test_add_func ("/sse/zero-byte", a_zero_byte_is_no_text);
  return g_test_run ();
}
