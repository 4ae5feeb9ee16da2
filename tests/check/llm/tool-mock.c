/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Mocks: what answers in the place of a tool, and that nobody else does.
 */
#include "tool-fixture.h"

#define TOOLS "[{'name': 'ask', 'description': 'd', 'kind': 'http'," \
    "'access': 'read', 'url': 'https://clinic.example.com/ask'," \
    "'headers': {'A': 'env:NO_SUCH'}," \
    "'parameters': {'type': 'object', 'properties': {'day': {}, 'n': {}}}}," \
    "{'name': 'fact', 'description': 'd', 'kind': 'static', 'access': 'read'," \
    "'result': {'real': true}}," \
    "{'name': 'end_call', 'kind': 'builtin'}]"

static const gchar *const calls[][2] = {
  {"ask", "{'day': 'monday', 'n': 1}"},
  {"ask", "{'day': 'friday', 'n': 2}"},
  {"ask", "{'day': 'monday', 'n': 3}"},
  {"ask", "{'day': 'monday', 'n': 4}"},
  {"ask", "{'day': 'sunday'}"},
  {"fact", "{}"},
};

static void
do_call (Fixture * f, gpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  gchar id[] = { 'a' + i, '\0' };

  call (f, id, calls[i][0], calls[i][1]);
}

static void
set_mocks (Fixture * f, const gchar * settings)
{
  gchar *quoted = g_strdelimit (g_strdup (settings), "'", '"');

  set_up (f, TOOLS, quoted);
  g_free (quoted);
}

static void
play (Fixture * f, const gchar * mocks)
{
  set_mocks (f, mocks);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    at (f, i * 1000, do_call, GUINT_TO_POINTER (i));
  run (f, 30000);
}

/* By their arguments, each once in their order and the last again; a key that
 * is missing does not matter, and a static tool stays what it is. */
static void
answers_by_arguments (void)
{
  Fixture f = {.simulated = TRUE };

  play (&f, "mocks={'ask': [{'arguments': {'day': 'monday'}, 'result': 1},"
      "{'arguments': {'day': 'friday'}, 'error': 'Closed.'},"
      "{'arguments': {'day': 'monday'}, 'result': [2], 'delay': 0.5}]}");
  expect_up (&f, "0 busy a read '' -1\n0 idle a goes-on\n0 result a ok 1\n"
      "1000 busy b read '' -1\n1000 idle b goes-on\n"
      "1000 result b error {'error':{'code':'mock','message':'Closed.'}}\n"
      "2000 busy c read '' -1\n2500 idle c goes-on\n2500 result c ok [2]\n"
      "3000 busy d read '' -1\n3500 idle d goes-on\n3500 result d ok [2]\n"
      "4000 busy e read '' -1\n4000 idle e goes-on\n"
      "4000 result e error {'error':{'code':'no-mock','message':'The scenario "
      "has no answer for this call.'}}\n"
      "5000 busy f read '' -1\n5000 idle f goes-on\n"
      "5000 result f ok {'real':true}\n");
  tear_down (&f);
}

static void
hangs (void)
{
  Fixture f = {.simulated = TRUE };

  set_mocks (&f, "mocks={'ask': {'hangs': true}}; timeout=3000");
  at (&f, 0, do_call, GUINT_TO_POINTER (0));
  run (&f, 30000);
  expect_up (&f, "0 busy a read '' -1\n3000 idle a goes-on\n"
      "3000 result a timeout {'error':{'code':'timeout','message':'The tool "
      "did not answer in time.'}}\n");
  tear_down (&f);
}

/* No mock at all is something else than an object without any: then services
 * are still not asked. */
static void
never_asks (void)
{
  Fixture f = {.simulated = TRUE };
  gchar *up;

  set_mocks (&f, "mocks={}");
  at (&f, 0, do_call, GUINT_TO_POINTER (0));
  run (&f, 1000);
  up = take_up (&f, 3);
  g_assert_nonnull (strstr (up, "no-mock"));
  g_free (up);
  tear_down (&f);
}

static void
refuse (const gchar * mocks, const gchar * pattern)
{
  GstElement *element = gst_element_factory_make ("toolcall", NULL);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error;

  gst_element_set_bus (element, bus);
  g_object_set (element, "tools", "[{\"name\": \"fact\", \"description\": "
      "\"d\", \"kind\": \"static\", \"access\": \"read\", \"result\": 1}, "
      "{\"name\": \"end_call\", \"kind\": \"builtin\"}]", "mocks", mocks, NULL);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, pattern));
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
}

static void
refused (void)
{
  refuse ("[]", "mocks is not an object");
  refuse ("{", "the tools cannot be used");
  refuse ("{\"fict\": {\"result\": 1}}", "no such tool");
  refuse ("{\"end_call\": {\"result\": 1}}", "cannot be mocked");
  refuse ("{\"fact\": 1}", "its mock is no answer");
  refuse ("{\"fact\": [[]]}", "its mock is no answer");
  refuse ("{\"fact\": {\"delay\": \"1\"}}", "its mock is no answer");
  refuse ("{\"fact\": {\"error\": {}}}", "its mock is no answer");
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-mock/arguments", answers_by_arguments);
  g_test_add_func ("/tool-mock/hangs", hangs);
  g_test_add_func ("/tool-mock/never-asks", never_asks);
  g_test_add_func ("/tool-mock/refused", refused);
  return tool_test_run ();
}
