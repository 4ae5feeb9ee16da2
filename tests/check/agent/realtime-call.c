/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A whole call by a model that hears and speaks itself, as `gst-voice run`
 * plays it, in real time: a caller who asks, interrupts and leaves. What the
 * service was told is what its stand-in got, and what is in the record is what
 * was heard.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <provider-peer.h>
#include <string.h>

#define DATA "tests/data/realtime/"

static gchar *dir;              /* of this run */

static gchar *
source_file (const gchar * name)
{
  return g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), name, NULL);
}

static gchar *
contents (const gchar * path)
{
  GError *error = NULL;
  gchar *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* Returns: (transfer full): what it has printed */
static gchar *
run (const gchar * const *arguments, const gchar * url, const gchar * turns)
{
  gchar *output = g_build_filename (dir, "output", NULL), *text, *options;
  gchar *command = g_build_filename (g_getenv ("GST_VOICE_TEST_BUILD"), "tools",
      "gst-voice", "gst-voice", NULL);
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  const gchar *argv[16] = { command };
  GSubprocess *process;
  GError *error = NULL;

  for (guint i = 0; arguments[i]; i++)
    argv[i + 1] = arguments[i];
  g_subprocess_launcher_set_stdout_file_path (launcher, output);
  g_subprocess_launcher_set_cwd (launcher, g_getenv ("GST_VOICE_TEST_SOURCE"));
  g_subprocess_launcher_setenv (launcher, "XDG_STATE_HOME", dir, TRUE);
  g_subprocess_launcher_setenv (launcher, "STANDINS_URL", url, TRUE);
  g_subprocess_launcher_setenv (launcher, "STANDINS_KEY", "stand-in", TRUE);
  g_subprocess_launcher_setenv (launcher, "TURNS", turns, TRUE);
  /* As in pipelines.c. */
  options = g_strconcat (g_getenv ("ASAN_OPTIONS") ? : "", ":detect_leaks=0",
      NULL);
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", options, TRUE);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
  text = contents (output);
  g_unlink (output);
  g_object_unref (process);
  g_object_unref (launcher);
  g_free (options);
  g_free (command);
  g_free (output);
  return text;
}

static gint64
truncated_at (ProviderPeer * peer)
{
  const ProviderMessage *message = provider_peer_find (peer,
      "conversation.item.truncate", 0);
  const gchar *text = g_bytes_get_data (message->bytes, NULL);
  const gchar *ms = strstr (text, "\"audio_end_ms\":");

  g_assert_nonnull (ms);
  return g_ascii_strtoll (ms + strlen ("\"audio_end_ms\":"), NULL, 10);
}

/* Where the record says that the agent was interrupted. */
static gint64
interrupted_at (const gchar * journal)
{
  gchar **lines = g_strsplit (journal, "\n", -1);
  gint64 ms = -1;

  for (guint i = 0; lines[i] && *lines[i]; i++) {
    JsonNode *node = json_from_string (lines[i], NULL);
    JsonObject *line = json_node_get_object (node);

    if (strcmp (json_object_get_string_member (line, "type"), "heard") == 0
        && !json_object_get_boolean_member (line, "complete"))
      ms = json_object_get_double_member (line, "position") * 1000;
    json_node_unref (node);
  }
  g_strfreev (lines);
  return ms;
}

static void
assert_in_order (const gchar * text, const gchar * const *what)
{
  for (; *what; what++) {
    const gchar *found = strstr (text, *what);

    if (!found)
      g_error ("there is no %s in %s", *what, text);
    text = found + strlen (*what);
  }
}

static void
check_record (const gchar * db)
{
  static const gchar *const said[] = {
    "agent   Northgate Dental, good morning. How can I help you?",
    "caller  I would like an appointment on Tuesday.",
    "agent   On Tuesday I have", "[cut:",
    "caller  Half past nine, please, that would be fine.",
    "agent   9:30 it is.", "caller  Thank you, goodbye.",
    "agent   Thank you for calling. Goodbye.", NULL
  };
  const gchar *const export[] = { "calls", "export", "--db", db, "--format",
    "text", "last", NULL
  };
  gchar *record = run (export, "", "");

  assert_in_order (record, said);
  g_free (record);
}

/* The bytes of sound that a call takes to the service. */
static gsize
sound_sent (ProviderPeer * peer)
{
  gsize size = 0;

  for (guint i = 0; i < provider_peer_n_messages (peer); i++) {
    GBytes *bytes = provider_peer_message (peer, i)->bytes;

    if (strstr (g_bytes_get_data (bytes, NULL), "input_audio_buffer.append"))
      size += g_bytes_get_size (bytes) * 3 / 4;
  }
  return size;
}

static void
a_call (gconstpointer turns)
{
  gchar *path = source_file (DATA "realtime.talk.json"), *journal, *url;
  gchar *db = g_strdup_printf ("%s/%s.db", dir, (const gchar *) turns);
  gchar *script = contents (path);
  const ProviderPeerSettings settings = {.script = script,.key = "stand-in" };
  const gchar *const arguments[] = { "run", DATA "realtime.json", "--caller",
    DATA "realtime.caller", "--speaker", "none", "--json", "--db", db, NULL
  };
  const ProviderLatency latency = { 20, 60, 15 };
  GError *error = NULL;
  ProviderPeer *peer = provider_peer_new (&settings, &error);

  g_assert_no_error (error);
  provider_peer_set_latency (peer, &latency);
  url = provider_peer_url (peer, "http", "/v1");
  journal = run (arguments, url, turns);
  /* It is played in frames of 20 ms, and told in whole milliseconds. */
  g_assert_cmpint (ABS (truncated_at (peer) - interrupted_at (journal)), <=, 1);
  provider_peer_find (peer, "\"type\":\"function_call_output\"", 0);
  provider_peer_find (peer, "find_slots", 0);
  if (strcmp (turns, "own") == 0)
    g_assert_cmpuint (sound_sent (peer), <, 15 * 48000);
  g_assert_null (strstr (journal, "stand-in"));
  check_record (db);
  provider_peer_free (peer);
  g_free (journal);
  g_free (script);
  g_free (path);
  g_free (url);
  g_free (db);
}

static void
remove_dir (void)
{
  const gchar *const argv[] = { "rm", "-rf", dir, NULL };
  GSubprocess *rm = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, NULL);

  g_subprocess_wait (rm, NULL, NULL);
  g_object_unref (rm);
  g_free (dir);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("realtime-call-XXXXXX", NULL);
  g_test_add_data_func ("/realtime-call/server", "server", a_call);
  g_test_add_data_func ("/realtime-call/own", "own", a_call);
  result = g_test_run ();
  remove_dir ();
  return result;
}
