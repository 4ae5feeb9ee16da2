/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Runs the example launch line of an element's documentation.
 */
#pragma once

#include <gst/gst.h>
#include <string.h>

/* What stands between "gst-launch-1.0" and "]|" in a source file's SECTION,
 * without options and with broken lines joined. */
static inline gchar *
doc_line_read (const gchar * source)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), source,
      NULL);
  gchar *text, *begin, *end, *line;
  GString *joined;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    g_error ("no %s", path);
  begin = strstr (text, "gst-launch-1.0 ");
  g_assert_nonnull (begin);
  begin += strlen ("gst-launch-1.0 ");
  end = strstr (begin, " * ]|");
  g_assert_nonnull (end);
  joined = g_string_new_len (begin, end - begin);
  g_string_replace (joined, "\\\n *", " ", 0);
  line = g_string_free (joined, FALSE);
  if (g_str_has_prefix (line, "-m "))
    memset (line, ' ', 2);
  g_free (text);
  g_free (path);
  return g_strstrip (line);
}

/* As the shell and gst-launch-1.0 take it apart. */
static inline void
doc_line_run (const gchar * source)
{
  gchar *line = doc_line_read (source), **words = NULL;
  GError *error = NULL;
  GstElement *pipeline;
  GstMessage *message;
  GstBus *bus;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  pipeline = gst_parse_launchv_full ((const gchar **) words, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  g_assert_no_error (error);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  g_assert_no_error (error);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  g_strfreev (words);
  g_free (line);
}
