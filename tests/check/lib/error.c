/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The error codes: names both ways, HTTP statuses, what a posted error says.
 */
#include <gst-voice/error.h>
#include <gst/gst.h>

static void
names_go_both_ways (void)
{
  for (gint i = 0; i <= GST_VOICE_ERROR_INTERNAL; i++) {
    GstVoiceError code;

    g_assert_true (gst_voice_error_from_name (gst_voice_error_name (i), &code));
    g_assert_cmpint (code, ==, i);
  }
}

static void
unknown_name (void)
{
  GstVoiceError code;

  g_assert_false (gst_voice_error_from_name ("no-such", &code));
  g_assert_false (gst_voice_error_from_name (NULL, &code));
}

static void
http_statuses (void)
{
  static const struct
  {
    guint status;
    GstVoiceError code;
  } rows[] = {
    {400, GST_VOICE_ERROR_BAD_REQUEST}, {401, GST_VOICE_ERROR_AUTH},
    {402, GST_VOICE_ERROR_QUOTA}, {403, GST_VOICE_ERROR_AUTH},
    {404, GST_VOICE_ERROR_UNSUPPORTED}, {422, GST_VOICE_ERROR_BAD_REQUEST},
    {429, GST_VOICE_ERROR_RATE_LIMITED}, {500, GST_VOICE_ERROR_SERVER},
    {503, GST_VOICE_ERROR_SERVER}, {601, GST_VOICE_ERROR_BAD_RESPONSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (gst_voice_error_from_http_status (rows[i].status), ==,
        rows[i].code);
}

static void
posted_error_has_details (void)
{
  GstElement *pipeline = gst_pipeline_new ("p");
  GstBus *bus = gst_element_get_bus (pipeline);
  GError *error = g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_RATE_LIMITED,
      "slow down");
  const GstStructure *details;
  GstMessage *message;
  GError *seen;
  guint status;

  gst_voice_error_post (pipeline, error, "acme", 429, "req-1", TRUE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &seen, NULL);
  g_assert_error (seen, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_BUSY);
  g_assert_cmpstr (seen->message, ==, "slow down");
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==,
      "rate-limited");
  g_assert_cmpstr (gst_structure_get_string (details, "request-id"), ==,
      "req-1");
  g_assert_true (gst_structure_get_uint (details, "http-status", &status));
  g_assert_cmpuint (status, ==, 429);

  g_error_free (seen);
  g_error_free (error);
  gst_message_unref (message);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

static void
errors_know_their_request (void)
{
  GstElement *pipeline = gst_pipeline_new ("p");
  GstBus *bus = gst_element_get_bus (pipeline);
  GError *first = g_error_new_literal (GST_VOICE_ERROR,
      GST_VOICE_ERROR_BAD_REQUEST, "no");
  GError *better = g_error_new_literal (GST_VOICE_ERROR,
      GST_VOICE_ERROR_QUOTA, "nothing is left");
  GError *foreign =
      g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_FAILED, "oh");
  const GstStructure *details;
  GstMessage *message;
  GError *copy;
  guint status;

  gst_voice_error_set_request (foreign, 500, "none");
  gst_voice_error_inherit (better, foreign);
  gst_voice_error_inherit (better, NULL);
  gst_voice_error_set_request (first, 400, NULL);
  gst_voice_error_set_request (first, 500, "r-1");
  gst_voice_error_inherit (better, first);
  copy = g_error_copy (better);
  g_error_free (better);
  gst_voice_error_post (pipeline, copy, NULL, 0, NULL, FALSE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_WARNING);
  gst_message_parse_warning_details (message, &details);
  g_assert_true (gst_structure_get_uint (details, "http-status", &status));
  g_assert_cmpuint (status, ==, 400);
  g_assert_cmpstr (gst_structure_get_string (details, "request-id"), ==, "r-1");

  gst_message_unref (message);
  g_error_free (copy);
  g_error_free (first);
  g_error_free (foreign);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/names", names_go_both_ways);
  g_test_add_func ("/error/unknown-name", unknown_name);
  g_test_add_func ("/error/http-status", http_statuses);
  g_test_add_func ("/error/posted", posted_error_has_details);
  g_test_add_func ("/error/errors-know-their-request",
      errors_know_their_request);
  return g_test_run ();
}
