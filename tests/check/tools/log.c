/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lines of the log, for people and for programs.
 */
#include <gst-voice/json.h>
#include <log.h>
#include <string.h>

#define WALL (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC + 250000)

static void
json (void)
{
  static const gchar *const fields[] = { "room", "a \"b\"\n\x1b[31m", NULL };
  gchar *line = log_format_line (LOG_JSON, WALL, LOG_LEVEL_WARNING, "c-1",
      "it happens", fields);
  JsonNode *node = gst_voice_json_parse (line, -1, GST_VOICE_JSON_MAX_SIZE, 4,
      NULL);

  g_assert_nonnull (node);
  g_assert_true (g_str_has_prefix (line,
          "{\"time\":\"2023-11-14T22:13:20.250Z\""
          ",\"level\":\"warning\",\"message\":\"it happens\",\"call\":\"c-1\","
          "\"room\":\"a "));
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  g_assert_null (strchr (line, '\x1b'));
  json_node_unref (node);
  g_free (line);
}

static void
text (void)
{
  static const gchar *const fields[] = { "room", "two words", "n", "1", NULL };
  static const gchar *const none[] = { NULL };
  gchar *line = log_format_line (LOG_TEXT, WALL, LOG_LEVEL_INFO, NULL,
      "it happens", fields);

  g_assert_true (g_str_has_suffix (line, " info    it happens room=\"two "
          "words\" n=1\n"));
  g_free (line);
  line = log_format_line (LOG_TEXT, WALL, LOG_LEVEL_ERROR, "c\n", "a\nb", none);
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  g_free (line);
}

/* Nobody fills the disk with one line. */
static void
bounds (void)
{
  gchar *big = g_strnfill (100000, 'a'), *line;
  const gchar *fields[] = { "big", big, NULL };

  line = log_format_line (LOG_JSON, WALL, LOG_LEVEL_INFO, NULL, big, fields);
  g_assert_cmpuint (strlen (line), <, 8192);
  g_free (line);
  g_free (big);
}

static void
names (void)
{
  LogFormat format;
  LogLevel level;

  g_assert_true (log_parse_format ("json", &format));
  g_assert_cmpint (format, ==, LOG_JSON);
  g_assert_false (log_parse_format ("xml", &format));
  g_assert_true (log_parse_level ("error", &level));
  g_assert_cmpint (level, ==, LOG_LEVEL_ERROR);
  g_assert_false (log_parse_level ("", &level));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/json", json);
  g_test_add_func ("/log/text", text);
  g_test_add_func ("/log/bounds", bounds);
  g_test_add_func ("/log/names", names);
  return g_test_run ();
}
