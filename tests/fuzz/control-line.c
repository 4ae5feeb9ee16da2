/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lines of `gst-voice ctl` to a worker; what is to be told to a call arrives
 * there as it was meant, or is too long.
 */
#include <control-line.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

static void
pass_on (const ControlLine * line)
{
  gchar *json = call_command_to_json (line->command, line->text), *text;
  GError *error = NULL;
  CallCommand command;

  if (!json)
    return;
  call_command_parse (&command, &text, json, strlen (json), &error);
  g_assert_no_error (error);
  g_assert_cmpint (command, ==, line->command);
  g_assert_cmpstr (text, ==, line->text);
  g_free (text);
  g_free (json);
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  GError *error = NULL;
  ControlLine line;

  if (!control_line_parse (&line, (const gchar *) data, size, &error)) {
    g_assert_nonnull (error);
    g_error_free (error);
  } else if (!line.list && !line.health) {
    g_assert_true (line.call && *line.call);
    g_assert_true (!line.text || *line.text);
    pass_on (&line);
  }
  control_line_clear (&line);
  return 0;
}
