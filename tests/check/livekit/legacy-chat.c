/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is typed, in packets of user data.
 */
#include <legacy-chat.h>
#include <string.h>

static void
check (const gchar * json, const gchar * expected)
{
  GBytes *payload = g_bytes_new_static (json, strlen (json));
  gchar *text = legacy_chat_read (payload);

  g_assert_cmpstr (text, ==, expected);
  g_free (text);
  g_bytes_unref (payload);
}

static void
messages (void)
{
  check ("{\"id\": \"a\", \"timestamp\": 1, \"message\": \"Hello\"}", "Hello");
  check ("{\"message\": \"Hello\", \"ignoreLegacy\": false}", "Hello");
  check ("{\"message\": \"Hello\", \"ignoreLegacy\": true}", NULL);
  check ("{\"message\": \"\"}", NULL);
}

static void
nonsense (void)
{
  check ("", NULL);
  check ("Hello", NULL);
  check ("[\"Hello\"]", NULL);
  check ("{\"message\": 7}", NULL);
  check ("{\"message\": {\"message\": \"Hello\"}}", NULL);
  check ("{\"message\": null, \"ignoreLegacy\": 1}", NULL);
  check ("{\"message\": \"Hel", NULL);
  check ("{\"message\": \"\xff\"}", NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/legacy-chat/messages", messages);
  g_test_add_func ("/legacy-chat/nonsense", nonsense);
  return g_test_run ();
}
