/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The input is a persona, once with a folder and once from elsewhere. What is
 * refused has a reason in text, what is taken can be read.
 */
#include <gst-voice/persona.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

/* Any text will do where a description is asked for: none is built. */
#define FOLDER "/etc"

static gchar *
look_up (const gchar * name, gpointer user_data)
{
  return *name == 'v' ? g_strdup ("{{v}}") : NULL;
}

static void
read_texts (GstVoicePersona * persona, GDateTime * now)
{
  static const gchar *const paths[] = { "system-prompt",
    "welcome-message.text", "limits.inactivity.reminders.0"
  };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    const gchar *text = gst_voice_persona_get_string (persona, paths[i]);
    GPtrArray *unknown = NULL;
    gchar *expanded = gst_voice_persona_expand (persona, text, now, look_up,
        NULL, &unknown);

    g_assert_true ((expanded == NULL) == (text == NULL));
    g_assert_true (!expanded || g_utf8_validate (expanded, -1, NULL));
    g_clear_pointer (&unknown, g_ptr_array_unref);
    g_free (expanded);
  }
}

static void
read_persona (GstVoicePersona * persona)
{
  static const gchar *const names[] = { "language", "key-terms",
    "limits.inactivity.timeout-ms", "limits.session.limit-ms", "a", "tools.0",
    "welcome-message.interruptible", "limits.inactivity.reminders"
  };
  GPtrArray *tools = gst_voice_persona_get_tools (persona);
  GDateTime *now = g_date_time_new_from_unix_utc (1000000000);

  g_assert_nonnull (gst_voice_persona_get_string (persona, "name"));
  g_assert_nonnull (gst_voice_persona_get_pipeline (persona));
  for (guint i = 0; i < tools->len; i++) {
    const GstVoicePersonaTool *tool = tools->pdata[i];

    g_assert_true (gst_voice_persona_get_tool (persona, tool->name) == tool);
    g_assert_true ((tool->schema == NULL) == (tool->parameters == NULL));
    g_assert_true ((tool->url != NULL) == (tool->kind == GST_VOICE_TOOL_HTTP));
    g_assert_true (tool->timeout != 0);
  }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (gst_voice_persona_get_value (persona, names[i]));
  read_texts (persona, now);
  g_date_time_unref (now);
}

static void
check (const gchar * text, gsize size, const gchar * folder)
{
  GError *error = NULL;
  GstVoicePersona *persona = gst_voice_persona_new_from_json (text, size, "p",
      folder, &error);

  g_assert_true ((persona == NULL) == (error != NULL));
  if (persona) {
    read_persona (persona);
    gst_voice_persona_unref (persona);
  } else {
    g_assert_true (g_str_has_prefix (error->message, "p:"));
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_error_free (error);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  check ((const gchar *) data, size, FOLDER);
  check ((const gchar *) data, size, NULL);
  return 0;
}
