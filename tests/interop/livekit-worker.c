/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice worker` and a real livekit-server: it registers, a dispatch by the
 * API becomes a job and a call's process, it drains on SIGTERM; and a wrong
 * secret is told. GST_VOICE_LIVEKIT_SERVER names the server, else it is looked
 * for as livekit-server; without one it is skipped.
 */
#include <gio/gio.h>
#include <jwt.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <twirp.h>

#define KEY "key"
#define SECRET "a secret of thirty-two characters"
#define PATIENCE 60             /* seconds, for all of a test */

static gchar *server_url, *home;
static SoupSession *session;

/* Also when a test aborts. */
static void
end_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static guint16
free_port (void)
{
  GSocketListener *listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  g_object_unref (listener);
  return port;
}

/* What a page or an API answers with 200; else %NULL. */
static gchar *
fetch (const gchar * url, const gchar * token, const gchar * body)
{
  SoupMessage *message = soup_message_new (body ? "POST" : "GET", url);
  gchar *bearer = g_strconcat ("Bearer ", token, NULL), *text = NULL;
  GBytes *answer, *bytes = body ? g_bytes_new (body, strlen (body)) : NULL;

  if (*token)
    soup_message_headers_replace (soup_message_get_request_headers (message),
        "Authorization", bearer);
  if (bytes)
    soup_message_set_request_body_from_bytes (message, "application/json",
        bytes);
  answer = soup_session_send_and_read (session, message, NULL, NULL);
  if (answer && soup_message_get_status (message) == 200)
    text = g_strndup (g_bytes_get_data (answer, NULL) ? : "",
        g_bytes_get_size (answer));
  g_clear_pointer (&answer, g_bytes_unref);
  g_clear_pointer (&bytes, g_bytes_unref);
  g_object_unref (message);
  g_free (bearer);
  return text;
}

/* It listens when it listens. */
static gboolean
wait_for_page (const gchar * url, const gchar * part)
{
  gint64 until = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;
  gboolean found = FALSE;

  while (!found && g_get_monotonic_time () < until) {
    gchar *page = fetch (url, "", NULL);

    found = page && strstr (page, part);
    g_free (page);
    if (!found)
      g_usleep (50000);
  }
  return found;
}

static GSubprocess *
start_server (const gchar * path)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  guint16 port = free_port ();
  gchar *config = g_strdup_printf ("port: %u\nbind_addresses: [127.0.0.1]\n"
      "rtc:\n  tcp_port: %u\n  udp_port: %u\n  node_ip: 127.0.0.1\n"
      "  enable_loopback_candidate: true\nkeys:\n  " KEY ": " SECRET "\n"
      /* A busy machine gets jobs, too. */
      "logging:\n  level: error\nagents:\n  target_load: 2\n", port,
      free_port (), free_port ());
  GSubprocess *process;

  server_url = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, NULL, path,
      "--config-body", config, NULL);
  g_object_unref (launcher);
  g_free (config);
  if (!process || !wait_for_page (server_url, "OK"))
    g_error ("%s does not start", path);
  return process;
}

static GSubprocess *
start_worker (const gchar * secret, guint16 port)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  gchar *program = g_build_filename (g_getenv ("GST_VOICE_TEST_BUILD"),
      "tools", "gst-voice", "gst-voice", NULL);
  gchar *persona = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"),
      "pipelines", "echo.json", NULL);
  gchar *http = g_strdup_printf ("127.0.0.1:%u", port);
  GError *error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "LIVEKIT_URL", server_url, TRUE);
  g_subprocess_launcher_setenv (launcher, "LIVEKIT_API_KEY", KEY, TRUE);
  g_subprocess_launcher_setenv (launcher, "LIVEKIT_API_SECRET", secret, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0",
      TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, program, "worker",
      "--persona", persona, "--agent-name", "echo", "--db", "none", "--http",
      http, "--log", "json", "--load-limit", "1", "--drain-timeout", "5", NULL);
  g_assert_no_error (error);
  g_object_unref (launcher);
  g_free (http);
  g_free (persona);
  g_free (program);
  return process;
}

/* Takes @process; waits for its end, and returns what it has logged. */
static gchar *
end_worker (GSubprocess * process, gint status)
{
  GError *error = NULL;
  gchar *log;

  g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &log, &error);
  g_assert_no_error (error);
  g_test_message ("%s", log);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, status);
  g_object_unref (process);
  return log;
}

static void
dispatch (const gchar * room)
{
  LivekitGrants grants = {.room_admin = TRUE,.room = room };
  LivekitDispatch order = {.room = room,.agent_name = "echo",
    .metadata = "{\"tenant\":\"t\"}"
  };
  gchar *token = livekit_jwt_make (KEY, SECRET, &grants,
      g_get_real_time () / G_USEC_PER_SEC, 60, NULL);
  gchar *url = livekit_twirp_url (server_url, LIVEKIT_TWIRP_CREATE_DISPATCH,
      NULL);
  gchar *list = livekit_twirp_url (server_url,
      LIVEKIT_TWIRP_LIST_PARTICIPANTS, NULL);
  gchar *body = livekit_twirp_create_dispatch (&order), *answer, *id;
  GError *error = NULL;
  guint people = 1;

  answer = fetch (url, token, body);
  g_assert_nonnull (answer);
  g_assert_true (livekit_twirp_read_dispatch (answer, -1, &id, &error));
  g_assert_no_error (error);
  g_free (id);
  g_free (answer);
  g_free (body);
  body = livekit_twirp_list_participants (room);
  answer = fetch (list, token, body);
  g_assert_nonnull (answer);
  /* Agents are no people. */
  g_assert_true (livekit_twirp_count_people (answer, -1, &people, &error));
  g_assert_cmpuint (people, ==, 0);
  g_free (answer);
  g_free (body);
  g_free (list);
  g_free (url);
  g_free (token);
}

static void
work (void)
{
  guint16 port = free_port ();
  GSubprocess *worker = start_worker (SECRET, port);
  gchar *root = g_strdup_printf ("http://127.0.0.1:%u", port);
  gchar *metrics = g_strconcat (root, "/metrics", NULL), *log;

  g_assert_true (wait_for_page (root, "OK"));
  dispatch ("interop");
  g_assert_true (wait_for_page (metrics, "\ngst_voice_calls_total 1\n"));
  g_subprocess_send_signal (worker, SIGTERM);
  log = end_worker (worker, 0);
  g_assert_nonnull (strstr (log, "\"message\":\"registered\""));
  g_assert_nonnull (strstr (log, "\"message\":\"a call begins\""));
  g_assert_nonnull (strstr (log, "\"room\":\"interop\""));
  g_assert_nonnull (strstr (log, "\"message\":\"draining\""));
  g_assert_null (strstr (log, SECRET));
  g_assert_null (strstr (log, "eyJ"));
  g_free (log);
  g_free (metrics);
  g_free (root);
}

static void
wrong_secret (void)
{
  gchar *log = end_worker (start_worker ("another secret", free_port ()), 1);

  g_assert_nonnull (strstr (log, "compare LIVEKIT_API_SECRET"));
  g_assert_null (strstr (log, "another secret\""));
  g_free (log);
}

static void
skip (gconstpointer reason)
{
  g_test_skip (reason);
}

int
main (int argc, char **argv)
{
  const gchar *named = g_getenv ("GST_VOICE_LIVEKIT_SERVER");
  gchar *path = g_find_program_in_path (named ? named : "livekit-server");
  GSubprocess *server = NULL;
  gchar *remove;
  int rc;

  g_test_init (&argc, &argv, NULL);
  home = g_dir_make_tmp ("worker-XXXXXX", NULL);
  session = soup_session_new ();
  if (path) {
    server = start_server (path);
    g_test_add_func ("/livekit-worker/work", work);
    g_test_add_func ("/livekit-worker/wrong-secret", wrong_secret);
  } else {
    g_test_add_data_func ("/livekit-worker", "there is no livekit-server: go "
        "install github.com/livekit/livekit-server/cmd/server@v1.13.5 makes "
        "one, to be named in GST_VOICE_LIVEKIT_SERVER", skip);
  }
  rc = g_test_run ();
  if (server)
    g_subprocess_force_exit (server);
  g_clear_object (&server);
  remove = g_strdup_printf ("rm -rf '%s'", home);
  g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL);
  g_free (remove);
  g_object_unref (session);
  g_free (server_url);
  g_free (home);
  g_free (path);
  return rc;
}
