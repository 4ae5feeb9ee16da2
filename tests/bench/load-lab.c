/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The other processes of the livekit benchmark: a livekit-server
 * (GST_VOICE_LIVEKIT_SERVER), `gst-voice worker` with stages that do nothing,
 * and livekit-load; and what the worker has told in its log and journals. Or,
 * for what one returns at once: a server whose media go through lossy-relay,
 * and `livekitsrc ! livekitsink`.
 *
 * Threads: one, and the proxy's. Locks: none.
 */
#include "load-lab.h"
#include "process-tree.h"

#include <ifaddrs.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define KEY "key"
#define SECRET "a secret of thirty-two characters"
#define RELAY "127.0.0.2"
#define PATIENCE_US (30 * G_USEC_PER_SEC)

static guint16
free_port (void)
{
  GSocketListener *listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  g_object_unref (listener);
  return port;
}

/* Where media go: an address of this machine's, as between machines. From
 * another address of it to that of loopback ICE only finds a way by TCP. */
static gchar *
own_address (void)
{
  struct ifaddrs *all = NULL;
  gchar text[INET_ADDRSTRLEN] = "127.0.0.1";

  getifaddrs (&all);
  for (struct ifaddrs * i = all; i; i = i->ifa_next) {
    if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET
        || !(i->ifa_flags & IFF_UP) || i->ifa_flags & IFF_LOOPBACK)
      continue;
    inet_ntop (AF_INET, &((struct sockaddr_in *) i->ifa_addr)->sin_addr, text,
        sizeof text);
    break;
  }
  freeifaddrs (all);
  return g_strdup (text);
}

static void
end_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
spawn (LoadLab * lab, GSubprocessFlags flags, const gchar * log,
    const gchar * const *argv)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);
  gchar *path = g_build_filename (lab->home, log, NULL);
  GError *error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "LIVEKIT_URL", lab->url, TRUE);
  g_subprocess_launcher_setenv (launcher, "LIVEKIT_API_KEY", KEY, TRUE);
  g_subprocess_launcher_setenv (launcher, "LIVEKIT_API_SECRET", SECRET, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", lab->home, TRUE);
  g_subprocess_launcher_set_stderr_file_path (launcher, path);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  if (!process)
    g_error ("%s: %s", argv[0], error->message);
  g_object_unref (launcher);
  g_free (path);
  return process;
}

static gboolean
takes_connections (const gchar * url)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection = g_socket_client_connect_to_host (client,
      "127.0.0.1", atoi (strrchr (url, ':') + 1), NULL, NULL);
  gboolean takes = connection != NULL;

  g_clear_object (&connection);
  g_object_unref (client);
  return takes;
}

static gboolean
start_server (LoadLab * lab)
{
  const gchar *named = g_getenv ("GST_VOICE_LIVEKIT_SERVER");
  gchar *path = g_find_program_in_path (named ? named : "livekit-server");
  const gchar *argv[] = { path, "--config-body", lab->config, NULL };
  gint64 until = g_get_monotonic_time () + PATIENCE_US;
  gboolean takes = FALSE;

  if (!path)
    return FALSE;
  lab->server = spawn (lab, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, "server.log",
      argv);
  while (!(takes = takes_connections (lab->url))
      && g_get_monotonic_time () < until)
    g_usleep (50000);
  if (!takes)
    g_error ("%s does not start", path);
  g_free (path);
  return TRUE;
}

/* @more: about its media */
static void
make_config (LoadLab * lab, const gchar * address, const gchar * more)
{
  lab->port = free_port ();
  lab->media_port = free_port ();
  lab->url = g_strdup_printf ("http://127.0.0.1:%u", lab->port);
  lab->config = g_strdup_printf ("port: %u\nbind_addresses: [127.0.0.1]\n"
      "rtc:\n  tcp_port: %u\n  udp_port: %u\n  node_ip: %s\n"
      "  enable_loopback_candidate: true\n%s"
      "  stun_servers: [\"127.0.0.1:3478\"]\nkeys:\n  " KEY ": " SECRET "\n"
      "agents:\n  target_load: 2\nlogging:\n  level: warn\n",
      lab->port, free_port (), lab->media_port, address, more);
}

static gchar *
read_log (LoadLab * lab)
{
  gchar *path = g_build_filename (lab->home, "worker.log", NULL);
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  g_free (path);
  return text ? text : g_strdup ("");
}

static void
start_worker (LoadLab * lab, const gchar * build)
{
  gchar *program = g_build_filename (build, "tools", "gst-voice", "gst-voice",
      NULL);
  gchar *db = g_build_filename (lab->home, "calls.db", NULL);
  const gchar *argv[] = { program, "worker", "--persona",
    "tests/data/idle/idle.json", "--db", db, "--http", "off", "--load-limit",
    "1", "--log", "json", NULL
  };
  gint64 until = g_get_monotonic_time () + PATIENCE_US;
  gboolean registered = FALSE;

  lab->worker = spawn (lab, G_SUBPROCESS_FLAGS_NONE, "worker.log", argv);
  while (!registered) {
    gchar *log = read_log (lab);

    registered = strstr (log, "\"registered\"") != NULL;
    if (!registered && g_get_monotonic_time () > until)
      g_error ("the worker does not register: %s", log);
    g_free (log);
    g_usleep (50000);
  }
  g_free (db);
  g_free (program);
}

static JsonNode *
take_answer (LoadLab * lab)
{
  GError *error = NULL;
  gchar *line = g_data_input_stream_read_line (lab->answers, NULL, NULL,
      &error);
  JsonNode *node = line ? json_from_string (line, &error) : NULL;

  if (!node)
    g_error ("the load generator: %s", error ? error->message : "has ended");
  g_free (line);
  return node;
}

static void
start_load (LoadLab * lab, const gchar * build, const gchar * option)
{
  gchar *program = g_build_filename (build, "tests", "bench", "livekit-load",
      NULL);
  const gchar *argv[] = { program, lab->url, option, NULL };

  lab->load = spawn (lab, G_SUBPROCESS_FLAGS_STDIN_PIPE
      | G_SUBPROCESS_FLAGS_STDOUT_PIPE, "load.log", argv);
  lab->answers = g_data_input_stream_new (g_subprocess_get_stdout_pipe
      (lab->load));
  json_node_unref (take_answer (lab));
  g_free (program);
}

/**
 * load_lab_start:
 * @lab: (out): empty
 * @build: the build folder; the source's root is the working directory
 *
 * Returns: %FALSE if there is no server
 */
gboolean
load_lab_start (LoadLab * lab, const gchar * build)
{
  gchar *address = own_address ();

  lab->home = g_dir_make_tmp ("bench-XXXXXX", NULL);
  make_config (lab, address, "");
  g_free (address);
  if (!start_server (lab))
    return FALSE;
  start_worker (lab, build);
  start_load (lab, build, g_getenv ("GST_VOICE_LOAD_CHECK") ? "--check" : NULL);
  return TRUE;
}

static void
start_relay (LoadLab * lab, const gchar * build)
{
  gchar *program = g_build_filename (build, "tests", "bench", "lossy-relay",
      NULL);
  gchar *port = g_strdup_printf ("%u", lab->media_port);
  const gchar *argv[] = { program, RELAY, "127.0.0.1", port, "seed=1", NULL };

  lab->relay = spawn (lab, G_SUBPROCESS_FLAGS_STDIN_PIPE
      | G_SUBPROCESS_FLAGS_STDOUT_PIPE, "relay.log", argv);
  lab->counts = g_data_input_stream_new (g_subprocess_get_stdout_pipe
      (lab->relay));
  g_free (port);
  g_free (program);
}

/**
 * load_lab_start_echo:
 * @lab: (out): empty
 * @build: the build folder
 *
 * The server's media are where the relay is, and it is ICE-lite: it would find
 * its own way past the relay.
 *
 * Returns: %FALSE if there is no server
 */
gboolean
load_lab_start_echo (LoadLab * lab, const gchar * build)
{
  lab->home = g_dir_make_tmp ("bench-XXXXXX", NULL);
  make_config (lab, RELAY, "  use_ice_lite: true\n"
      "  ips:\n    includes: [127.0.0.1/32]\n");
  if (!start_server (lab))
    return FALSE;
  start_relay (lab, build);
  lab->cutter = load_cutter_new (lab->port);
  start_load (lab, build, "--decode");
  return TRUE;
}

/**
 * load_lab_relay:
 * @settings: as lossy-relay takes them
 */
void
load_lab_relay (LoadLab * lab, const gchar * settings)
{
  GOutputStream *in = g_subprocess_get_stdin_pipe (lab->relay);
  gchar *line;

  g_output_stream_printf (in, NULL, NULL, NULL, "%s\n", settings);
  g_output_stream_flush (in, NULL, NULL);
  line = g_data_input_stream_read_line (lab->counts, NULL, NULL, NULL);
  if (!line)
    g_error ("the relay has ended");
  g_free (line);
}

/**
 * load_lab_join_echo:
 * @room: which it joins, its signalling through the proxy
 */
void
load_lab_join_echo (LoadLab * lab, const gchar * room)
{
  gchar *url = g_strdup_printf ("url=ws://127.0.0.1:%u",
      load_cutter_port (lab->cutter));
  gchar *there = g_strdup_printf ("room=%s", room);
  const gchar *argv[] = { "gst-launch-1.0", "-q", "livekitsrc", url, there,
    "api-key=" KEY, "api-secret=env:LIVEKIT_API_SECRET",
    "identity=agent", "local-address=127.0.0.1", "!", "livekitsink",
    "dtx=false", NULL
  };

  lab->echo = spawn (lab, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, "echo.log", argv);
  g_free (there);
  g_free (url);
}

static void
end (GSubprocess ** process, gint signal)
{
  if (!*process)
    return;
  g_subprocess_send_signal (*process, signal);
  g_subprocess_wait (*process, NULL, NULL);
  g_clear_object (process);
}

void
load_lab_leave_echo (LoadLab * lab)
{
  end (&lab->echo, SIGKILL);
}

void
load_lab_stop (LoadLab * lab)
{
  gchar *remove = g_strdup_printf ("rm -rf '%s'", lab->home);

  g_clear_object (&lab->answers);
  g_clear_object (&lab->counts);
  end (&lab->load, SIGKILL);
  end (&lab->echo, SIGKILL);
  end (&lab->relay, SIGKILL);
  g_clear_pointer (&lab->cutter, load_cutter_free);
  /* The third one ends it at once. */
  if (lab->worker) {
    g_subprocess_send_signal (lab->worker, SIGTERM);
    g_usleep (200000);
    g_subprocess_send_signal (lab->worker, SIGTERM);
    g_usleep (2000000);
  }
  end (&lab->worker, SIGTERM);
  end (&lab->server, SIGKILL);
  if (!g_getenv ("GST_VOICE_LOAD_KEEP"))
    g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL);
  else
    g_printerr ("logs and journals are in %s\n", lab->home);
  g_free (remove);
  g_free (lab->home);
  g_free (lab->config);
  g_free (lab->url);
}

/**
 * load_lab_restart_server:
 *
 * It dies, and is there again at the same place.
 */
void
load_lab_restart_server (LoadLab * lab)
{
  end (&lab->server, SIGKILL);
  start_server (lab);
}

/**
 * load_lab_ask:
 * @format: a command of livekit-load
 *
 * Returns: (transfer full): its answer
 */
JsonNode *
load_lab_ask (LoadLab * lab, const gchar * format, ...)
{
  va_list args;
  gchar *line;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  g_output_stream_printf (g_subprocess_get_stdin_pipe (lab->load), NULL, NULL,
      NULL, "%s\n", line);
  g_output_stream_flush (g_subprocess_get_stdin_pipe (lab->load), NULL, NULL);
  g_free (line);
  return take_answer (lab);
}

gint
load_lab_pid (GSubprocess * process)
{
  return process ? atoi (g_subprocess_get_identifier (process)) : 0;
}

gint
load_lab_zygote (LoadLab * lab)
{
  GArray *children = process_tree_children (load_lab_pid (lab->worker));
  gint zygote = children->len ? g_array_index (children, gint, 0) : 0;

  g_array_unref (children);
  return zygote;
}

/**
 * load_lab_calls:
 *
 * Returns: (transfer full): the pids of the processes of calls
 */
GArray *
load_lab_calls (LoadLab * lab)
{
  return process_tree_children (load_lab_zygote (lab));
}

static gint64
parse_time (JsonObject * object, const gchar * name)
{
  GDateTime *time = g_date_time_new_from_iso8601
      (json_object_get_string_member_with_default (object, name, ""), NULL);
  gint64 us = time ? g_date_time_to_unix (time) * G_USEC_PER_SEC
      + g_date_time_get_microsecond (time) : 0;

  g_clear_pointer (&time, g_date_time_unref);
  return us;
}

/**
 * load_lab_assigned:
 *
 * Returns: (transfer full): when the worker got the job of each room: us since
 *   1970 (gint64), by room
 */
GHashTable *
load_lab_assigned (LoadLab * lab)
{
  GHashTable *assigned = g_hash_table_new_full (g_str_hash, g_str_equal,
      g_free, g_free);
  gchar *log = read_log (lab), **lines = g_strsplit (log, "\n", 0);

  for (guint i = 0; lines[i]; i++) {
    JsonNode *node = strstr (lines[i], "\"a call begins\"") ?
        json_from_string (lines[i], NULL) : NULL;

    if (node) {
      JsonObject *object = json_node_get_object (node);
      gint64 time = parse_time (object, "time");

      g_hash_table_replace (assigned,
          g_strdup (json_object_get_string_member (object, "room")),
          g_memdup2 (&time, sizeof time));
      json_node_unref (node);
    }
  }
  g_strfreev (lines);
  g_free (log);
  return assigned;
}

static void
take_turn (JsonObject * object, gint64 since, GArray * own, GArray * commits)
{
  gdouble o = json_object_get_double_member_with_default (object, "own", -1);
  gdouble c = json_object_get_double_member_with_default (object, "commit", -1);

  if (o < 0 || c < 0 || parse_time (object, "wall") < since)
    return;
  o *= 1e3;
  c *= 1e3;
  g_array_append_val (own, o);
  g_array_append_val (commits, c);
}

static void
read_journal (const gchar * path, gint64 since, GArray * own, GArray * commits)
{
  gchar *text = NULL, **lines;

  g_file_get_contents (path, &text, NULL, NULL);
  lines = g_strsplit (text ? text : "", "\n", 0);
  for (guint i = 0; lines[i]; i++) {
    JsonNode *node = strstr (lines[i], "\"turn-metrics\"") ?
        json_from_string (lines[i], NULL) : NULL;

    if (node)
      take_turn (json_node_get_object (node), since, own, commits);
    g_clear_pointer (&node, json_node_unref);
  }
  g_strfreev (lines);
  g_free (text);
}

/**
 * load_lab_turns:
 * @since: us since 1970
 * @own: ms (gdouble): what the stages took of each reply
 * @commits: ms (gdouble): from the end of the caller's words to the turn
 *
 * By the journals of calls that have not yet ended.
 */
void
load_lab_turns (LoadLab * lab, gint64 since, GArray * own, GArray * commits)
{
  gchar *path = g_build_filename (lab->home, "calls.db.journals", NULL);
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    gchar *journal = g_build_filename (path, name, NULL);

    if (g_str_has_suffix (name, ".jsonl"))
      read_journal (journal, since, own, commits);
    g_free (journal);
  }
  g_clear_pointer (&dir, g_dir_close);
  g_free (path);
}
