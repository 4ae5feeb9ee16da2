/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice run` as its user sees it: a whole call, its journal and its
 * options.
 */
#include "command.h"

#include <gst-voice/events.h>
#include <gst-voice/json.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define CLINIC "run ${PIPELINES}/clinic.json --simulate " \
  "--caller ${DATA}/callers/clinic.caller "
#define SILENCE "run ${PIPELINES}/echo.json --simulate --caller silence "

static void
a_whole_call (Command * self, gconstpointer unused)
{
  gchar *recording = command_path (self, "call.wav");
  gchar *speaker = command_path (self, "agent.wav");

  command_run (self, CLINIC "--record call.wav --speaker agent.wav "
      "--set caller=+15550100");
  g_assert_cmpstr (self->err, ==, "");
  command_expect (self, 0, "from +15550100  (simulated time)");
  command_expect (self, 0, "agent   Northgate Dental, good morning.");
  command_expect (self, 0, "caller  yes  (synthetic)");
  command_expect (self, 0, "two nine three four zero  (human recording)");
  command_expect (self, 0, "tool    find_slots {\"day\":\"tuesday\"}");
  command_expect (self, 0, "→ {\"day\":\"tuesday\",\"slots\":[");
  command_expect (self, 0, "reply after ");
  /* Without colours brackets say what was not heard. */
  command_expect (self, 0, " [");
  command_expect (self, 0, "okay  (backchannel)");
  command_expect (self, 0, "ended   (completed)");
  command_expect (self, 0, "turns          6, 2 interruptions, 4 tool calls");
  command_expect (self, 0, "replies        p50 ");
  command_expect (self, 0, " tokens in, ");
  command_expect (self, 0, " characters spoken, cost 0\n");
  command_expect (self, 0, "  recording      ");
  command_expect (self, 0, "  speaker        agent.wav\n");
  command_expect (self, 0, "/.local/share/gst-voice/calls.db\n");
  g_assert_null (strchr (self->out, '\033'));
  g_assert_true (g_file_test (recording, G_FILE_TEST_IS_REGULAR));
  g_assert_true (g_file_test (speaker, G_FILE_TEST_IS_REGULAR));
  command_run (self, SILENCE "--record call.wav");
  command_expect_error (self, 2, "--record call.wav: this file exists");
  g_free (speaker);
  g_free (recording);
}

static void
check_line (const gchar * line, gint64 number)
{
  GError *error = NULL;
  JsonNode *node = gst_voice_json_parse (line, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);
  const GstVoiceEventInfo *info;
  JsonObjectIter iter;
  const gchar *field;
  gchar *name;

  g_assert_no_error (error);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (node),
          "n"), ==, number);
  name = g_strconcat ("voice/",
      json_object_get_string_member (json_node_get_object (node), "type"),
      NULL);
  info = gst_voice_event_info (name);
  g_assert_nonnull (info);
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &field, NULL)) {
    gboolean known = strstr (" n at wall type ", field) != NULL;

    for (const GstVoiceFieldInfo * f = info->fields; f->name; f++)
      known = known || strcmp (f->name, field) == 0;
    if (!known)
      g_error ("%s has the field %s", name, field);
  }
  g_free (name);
  json_node_unref (node);
}

static void
the_journal (Command * self, gconstpointer unused)
{
  gchar **lines;
  gint n;

  command_run (self, CLINIC "--json --db none");
  g_assert_cmpstr (self->err, ==, "");
  command_expect (self, 0, "\"type\":\"session-started\"");
  command_expect (self, 0, "\"type\":\"tool-result\"");
  command_expect (self, 0, "\"type\":\"session-ended\",\"reason\":"
      "\"completed\"");
  lines = g_strsplit (self->out, "\n", -1);
  for (n = 0; *lines[n]; n++)
    check_line (lines[n], n + 1);
  g_assert_null (lines[n + 1]);
  g_assert_nonnull (strstr (lines[n - 1], "session-ended"));
  g_strfreev (lines);

  /* It is kept nowhere. */
  command_run (self, "calls list");
  command_expect_error (self, 0, "no call is recorded yet");
}

static void
the_table_of_endings (Command * self, gconstpointer unused)
{
  command_run (self, "run --help");
  command_expect (self, 0, "Usage:\n  gst-voice run [");
  command_expect (self, 0, "Exit status:\n  0   the agent or the caller");
  command_expect (self, 0, "  10  the caller was silent");
  command_expect (self, 0, "  13  the call was ended from outside (Ctrl-C)");
  command_run (self, SILENCE);
  command_expect (self, 10, "ended: inactivity");
  command_expect (self, 10, "(nothing said for 10 s)");
  /* An installed persona, and nothing but the report. */
  command_run (self, "run echo --simulate --caller silence -q --db calls.db");
  command_expect (self, 10, "/calls.db\n");
  g_assert_null (strstr (self->out, "nothing said"));
  command_run (self, "calls list --db calls.db");
  command_expect (self, 0, "inactivity");
}

static void
a_wrong_command_line (Command * self, gconstpointer unused)
{
  static const struct
  {
    const gchar *line, *text;
  } rows[] = {
    {"run", "which persona?"},
    {"run a b", "not also 'b'"},
    {"run a --nonsense", "Unknown option --nonsense"},
    {"run a --caller", "Missing argument"},
    {"run a --set x", "--set x: write NAME=VALUE"},
    {"run a --set =x", "--set =x: the name of a variable has letters"},
    {"run a --set 'a b=c'", "--set a b=c: the name of a variable has letters"},
    {"run a --simulate", "--simulate needs a caller"},
    {"run a --simulate --caller mic", "--simulate needs a caller"},
    {"run a --simulate --caller silence --speaker auto", "cannot be heard"},
    {"run a --record .", "--record .: this is a folder"},
    {"frobnicate", "there is no verb 'frobnicate'"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    command_run (self, rows[i].line);
    command_expect_error (self, 2, rows[i].text);
    g_assert_cmpstr (self->out, ==, "");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/run/whole-call", a_whole_call);
  command_add ("/run/journal", the_journal);
  command_add ("/run/endings", the_table_of_endings);
  command_add ("/run/command-line", a_wrong_command_line);
  return g_test_run ();
}
