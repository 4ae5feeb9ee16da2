/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What elements want loaded is loaded for each persona, in their order.
 */
#include <gst-voice/preload.h>

static GString *calls;

static void
note (GstVoicePersona * persona, const gchar * who)
{
  g_string_append_printf (calls, "%s:%s ", who,
      gst_voice_persona_get_string (persona, "name"));
}

static void
load_first (GstVoicePersona * persona)
{
  note (persona, "first");
}

static void
load_second (GstVoicePersona * persona)
{
  note (persona, "second");
}

static GstVoicePersona *
make_persona (const gchar * name)
{
  gchar *folder = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"),
      "pipelines", NULL);
  gchar *json = g_strdup_printf ("{\"name\": \"%s\", \"pipeline\": "
      "\"echo.launch\"}", name);
  GError *error = NULL;
  GstVoicePersona *persona = gst_voice_persona_new_from_json (json, -1, "test",
      folder, &error);

  g_assert_no_error (error);
  g_free (json);
  g_free (folder);
  return persona;
}

static void
order (void)
{
  GstVoicePersona *ann = make_persona ("ann"), *bob = make_persona ("bob");

  calls = g_string_new (NULL);
  gst_voice_preload (ann);
  gst_voice_preload_add (load_first);
  gst_voice_preload_add (load_second);
  gst_voice_preload (ann);
  gst_voice_preload (bob);
  g_assert_cmpstr (calls->str, ==, "first:ann second:ann first:bob "
      "second:bob ");
  g_string_free (calls, TRUE);
  gst_voice_persona_unref (ann);
  gst_voice_persona_unref (bob);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add_func ("/preload/order", order);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
