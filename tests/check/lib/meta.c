/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The meta survives copies, stock elements and half a buffer; text buffers
 * survive what is not UTF-8.
 */
#include <gst-voice/meta.h>
#include <gst/check/gstharness.h>

static GstBuffer *
marked_buffer (void)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 320, NULL);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  gst_buffer_memset (buffer, 0, 0, 320);
  meta->generation = 7;
  meta->speech = 2;
  meta->flags = GST_VOICE_FLAG_UNINTERRUPTIBLE;
  meta->written = g_strdup ("$50");
  meta->words = gst_voice_words_new (2);
  meta->words->word[0].text = g_strdup ("fifty");
  meta->words->word[1].text = g_strdup ("dollars");
  return buffer;
}

static void
assert_marked (GstBuffer * buffer)
{
  GstVoiceMeta *meta = gst_voice_meta_get (buffer);

  g_assert_nonnull (meta);
  g_assert_cmpuint (meta->generation, ==, 7);
  g_assert_cmpuint (meta->speech, ==, 2);
  g_assert_cmpuint (meta->turn, ==, 0);
  g_assert_cmpint (meta->flags, ==, GST_VOICE_FLAG_UNINTERRUPTIBLE);
  g_assert_cmpuint (meta->start, ==, GST_CLOCK_TIME_NONE);
  g_assert_cmpstr (meta->written, ==, "$50");
  g_assert_cmpuint (meta->words->n, ==, 2);
  g_assert_cmpstr (meta->words->word[1].text, ==, "dollars");
}

static void
survives_copy (void)
{
  GstBuffer *buffer = marked_buffer ();
  GstBuffer *copy = gst_buffer_copy (buffer);
  GstBuffer *half = gst_buffer_copy_region (buffer, GST_BUFFER_COPY_ALL, 0,
      160);

  gst_buffer_unref (buffer);
  assert_marked (copy);
  assert_marked (half);
  gst_buffer_unref (copy);
  gst_buffer_unref (half);
}

static void
survives_conversion (void)
{
  GstHarness *h = gst_harness_new ("audioconvert");
  GstBuffer *out;

  gst_harness_set_src_caps_str (h,
      "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=8000");
  gst_harness_set_sink_caps_str (h,
      "audio/x-raw,format=F32LE,layout=interleaved,channels=1,rate=8000");
  out = gst_harness_push_and_pull (h, marked_buffer ());
  assert_marked (out);
  gst_buffer_unref (out);
  gst_harness_teardown (h);
}

static void
text_buffers (void)
{
  GstBuffer *buffer = gst_voice_text_buffer_new ("gr\xc3\xbc\xc3\x9f");
  gchar *text = gst_voice_text_buffer_get (buffer);

  g_assert_cmpstr (text, ==, "gr\xc3\xbc\xc3\x9f");
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, 6);
  g_free (text);
  gst_buffer_unref (buffer);

  buffer = gst_buffer_new_memdup ("a\xff" "b\0c", 5);
  text = gst_voice_text_buffer_get (buffer);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpstr (text, ==, "a\xef\xbf\xbd" "b");
  g_free (text);
  gst_buffer_unref (buffer);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meta/copy", survives_copy);
  g_test_add_func ("/meta/conversion", survives_conversion);
  g_test_add_func ("/meta/text", text_buffers);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
