/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See provider-scene.h.
 */
#include "provider-scene.h"

#include <gst-voice/session.h>
#include <glib/gstdio.h>
#include <string.h>

GstContext *
scene_persona (const gchar * json)
{
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GstContext *context = gst_voice_session_to_context (session);
  gchar *folder = g_dir_make_tmp ("provider-XXXXXX", NULL);
  gchar *launch = g_build_filename (folder, "a.launch", NULL);
  GstVoicePersona *persona;
  GError *error = NULL;

  g_assert_true (g_file_set_contents (launch, "identity", -1, NULL));
  persona = gst_voice_persona_new_from_json (json, -1, "test", folder, &error);
  g_assert_no_error (error);
  gst_voice_session_set_persona (session, persona);
  gst_voice_persona_unref (persona);
  g_object_unref (session);
  g_unlink (launch);
  g_rmdir (folder);
  g_free (launch);
  g_free (folder);
  return context;
}

static void
assert_error (GstBus * bus, const gchar * code, const gchar * says)
{
  GstMessage *message = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND,
      GST_MESSAGE_ERROR);
  const GstStructure *details;
  GError *error;
  gchar *debug;

  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, &debug);
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==, code);
  if (!strstr (error->message, says))
    g_error ("%s", error->message);
  g_assert_null (strstr (error->message, SCENE_SECRET));
  g_assert_null (debug ? strstr (debug, SCENE_SECRET) : NULL);
  g_error_free (error);
  g_free (debug);
  gst_message_unref (message);
}

void
scene_assert_error (GstBus * bus, const gchar * code)
{
  assert_error (bus, code, "");
}

void
scene_assert_refuses (const gchar * launch, const gchar * code,
    const gchar * says)
{
  GError *failed = NULL;
  GstElement *element = gst_parse_launch (launch, &failed);
  GstBus *bus = gst_bus_new ();

  g_assert_no_error (failed);
  gst_object_ref_sink (element);
  gst_element_set_bus (element, bus);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  assert_error (bus, code, says);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
}

void
scene_assert_keeps (const gchar * element, const gchar * const *pairs)
{
  GstElement *made = gst_element_factory_make (element, NULL);

  for (guint i = 0; pairs[i]; i += 2) {
    GValue value = G_VALUE_INIT;
    gchar *text;

    gst_util_set_object_arg (G_OBJECT (made), pairs[i], pairs[i + 1]);
    g_object_get_property (G_OBJECT (made), pairs[i], &value);
    text = G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value) :
        gst_value_serialize (&value);
    g_assert_cmpstr (text, ==, pairs[i + 1]);
    g_free (text);
    g_value_unset (&value);
  }
  gst_object_unref (made);
}
