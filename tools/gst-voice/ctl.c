/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice ctl`: looks at the calls of this user's workers, and speaks in
 * them. What goes over the socket is in worker-control.h.
 *
 * Threads: the main thread. Locks: none.
 */
#include "record-text.h"
#include "verbs.h"
#include "worker-control.h"
#include "worker-health.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <gst-voice/json.h>
#include <string.h>

/* Of an answer: each call of a list is a few hundred bytes. */
#define MAX_ANSWER (16 * 1024 * 1024)
#define MAX_DEPTH 8
#define SERVICE_DIR "/run/gst-voice"
#define SHORT_ID 8

typedef struct
{
  gchar *worker;                /* how its name begins, or NULL: all */
  gchar *socket;                /* a path, or NULL */
  gboolean json;
} Options;

typedef struct
{
  gchar *path;
  JsonNode *list;               /* what it answered */
} Found;

static const struct
{
  const gchar *name, *arguments;
  guint n;                      /* how many arguments */
} verbs[] = {
  {"list", "", 0},
  {"health", "", 0},
  {"say", "CALL TEXT", 2},
  {"inject", "CALL TEXT", 2},
  {"end", "CALL", 1},
  {"dump", "CALL", 1},
};

static void
complain (const gchar * text)
{
  gchar *valid = g_utf8_make_valid (text, -1);
  gchar *line = text_printable (valid);

  g_printerr ("gst-voice ctl: %s\n", line);
  g_free (line);
  g_free (valid);
}

static void
found_free (Found * found)
{
  g_free (found->path);
  g_clear_pointer (&found->list, json_node_unref);
  g_free (found);
}

static JsonNode *
read_answer (GInputStream * stream, GError ** error)
{
  GString *text = g_string_new (NULL);
  JsonNode *node = NULL;
  gchar buffer[4096];
  gssize n;

  do {
    n = g_input_stream_read (stream, buffer, sizeof buffer, NULL, error);
    if (n > 0)
      g_string_append_len (text, buffer, n);
  } while (n > 0 && text->len < MAX_ANSWER);
  if (n >= 0)
    node = gst_voice_json_parse (text->str, text->len, MAX_ANSWER, MAX_DEPTH,
        error);
  if (node && !JSON_NODE_HOLDS_OBJECT (node)) {
    g_clear_pointer (&node, json_node_unref);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "the worker's answer cannot be understood");
  }
  g_string_free (text, TRUE);
  return node;
}

static JsonNode *
ask (const gchar * path, const gchar * question, GError ** error)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketAddress *address = g_unix_socket_address_new (path);
  GSocketConnection *connection;
  JsonNode *answer = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, WORKER_CONTROL_PATIENCE);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address),
      NULL, error);
  if (connection) {
    if (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
                (connection)), question, strlen (question), NULL, NULL, error))
      answer = read_answer (g_io_stream_get_input_stream (G_IO_STREAM
              (connection)), error);
    g_object_unref (connection);
  }
  g_object_unref (address);
  g_object_unref (client);
  return answer;
}

static gchar *
make_question (const gchar * command, const gchar * call, const gchar * text)
{
  GString *out = g_string_new ("{\"command\":");

  gst_voice_json_append_string (out, command);
  if (call) {
    g_string_append (out, ",\"call\":");
    gst_voice_json_append_string (out, call);
  }
  if (text) {
    g_string_append (out, ",\"text\":");
    gst_voice_json_append_string (out, text);
  }
  g_string_append (out, "}\n");
  return g_string_free (out, FALSE);
}

static const gchar *
get_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : "";
}

static gdouble
get_number (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) != G_TYPE_STRING ?
      json_node_get_double (node) : 0;
}

static JsonArray *
get_calls (const Found * found)
{
  JsonNode *node = json_object_get_member (json_node_get_object (found->list),
      "calls");

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) :
      NULL;
}

/* Those that have ended without removing their socket answer nothing. */
static void
add_worker (GPtrArray * workers, gchar * path, gboolean named)
{
  gchar *question = make_question ("list", NULL, NULL);
  GError *error = NULL;
  JsonNode *list = ask (path, question, &error);
  Found *found;

  if (list) {
    found = g_new0 (Found, 1);
    found->path = path;
    found->list = list;
    g_ptr_array_add (workers, found);
  } else {
    if (named)
      complain (error->message);
    g_free (path);
  }
  g_clear_error (&error);
  g_free (question);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const Found * const *) a)->path,
      (*(const Found * const *) b)->path);
}

static void
add_folder (GPtrArray * workers, const gchar * folder, const gchar * prefix)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    if (g_str_has_suffix (name, WORKER_CONTROL_END)
        && (!prefix || g_str_has_prefix (name, prefix)))
      add_worker (workers, g_build_filename (folder, name, NULL), FALSE);
  }
  if (dir)
    g_dir_close (dir);
}

static GPtrArray *
find_workers (const Options * options)
{
  GPtrArray *workers = g_ptr_array_new_with_free_func ((GDestroyNotify)
      found_free);
  gchar *folder = worker_control_dir ();

  if (options->socket) {
    add_worker (workers, g_strdup (options->socket), TRUE);
  } else {
    add_folder (workers, folder, options->worker);
    if (strcmp (folder, SERVICE_DIR) != 0)
      add_folder (workers, SERVICE_DIR, options->worker);
  }
  g_ptr_array_sort (workers, compare_names);
  g_free (folder);
  return workers;
}

static void
print_json (JsonNode * node)
{
  gchar *text = gst_voice_json_to_string (node);

  g_print ("%s\n", text);
  g_free (text);
}

/* What a worker or a participant calls itself goes to a terminal. */
static gchar *
printable (const gchar * text, guint width)
{
  gchar *line = text_printable (text);
  gchar *cut = g_utf8_strlen (line, -1) <= width ? g_strdup (line) :
      g_utf8_substring (line, 0, width);

  g_free (line);
  return cut;
}

static void
print_call (JsonObject * call)
{
  guint seconds = CLAMP (get_number (call, "seconds"), 0, 1e6);
  gchar *room = printable (get_text (call, "room"), 24);
  gchar *who = printable (get_text (call, "participant"), 20);
  gchar *id = printable (get_text (call, "call"), SHORT_ID);
  gchar *state = printable (get_text (call, "state"), 12);
  gchar *latency = json_object_has_member (call, "latency") ?
      g_strdup_printf ("%.2f s", get_number (call, "latency")) : g_strdup ("-");

  g_print ("%-8s  %-12s  %3u:%02u  %5.0f  %8s  %6.1f  %7.1f  %-20s  %s\n", id,
      state, seconds / 60, seconds % 60, get_number (call, "turns"), latency,
      get_number (call, "cpu"), get_number (call, "memory") / 1048576, who,
      room);
  g_free (latency);
  g_free (state);
  g_free (id);
  g_free (who);
  g_free (room);
}

static void
print_worker (const Found * found)
{
  JsonObject *object = json_node_get_object (found->list);
  JsonArray *calls = get_calls (found);
  guint n = calls ? json_array_get_length (calls) : 0;
  gchar *name = printable (get_text (object, "worker"), 64);

  g_print ("%s: %u %s%s\n", name, n, n == 1 ? "call" : "calls",
      json_object_get_boolean_member_with_default (object, "draining", FALSE) ?
      ", draining" : "");
  if (n > 0)
    g_print ("%-8s  %-12s  %6s  %5s  %8s  %6s  %7s  %-20s  %s\n", "CALL",
        "STATE", "TIME", "TURNS", "REPLY", "CPU s", "MiB", "PARTICIPANT",
        "ROOM");
  for (guint i = 0; i < n; i++) {
    JsonNode *call = json_array_get_element (calls, i);

    if (JSON_NODE_HOLDS_OBJECT (call))
      print_call (json_node_get_object (call));
  }
  g_free (name);
}

/* Returns whether it answered. */
static gboolean
show_health (const Options * options, const Found * found)
{
  gchar *question = make_question ("health", NULL, NULL);
  GError *error = NULL;
  JsonNode *answer = ask (found->path, question, &error);
  JsonNode *health = answer ? json_object_get_member (json_node_get_object
      (answer), "health") : NULL;
  gchar *dump, *table, *name;

  if (!answer) {
    complain (error->message);
  } else if (options->json || !health) {
    print_json (answer);
  } else {
    name = printable (get_text (json_node_get_object (answer), "worker"), 64);
    dump = gst_voice_json_to_string (health);
    table = worker_health_to_table (dump);
    g_print ("%s:\n%s", name, table);
    g_free (table);
    g_free (dump);
    g_free (name);
  }
  g_clear_pointer (&answer, json_node_unref);
  g_clear_error (&error);
  g_free (question);
  return health != NULL;
}

static int
show_health_of_all (const Options * options, GPtrArray * workers)
{
  int status = EXIT_OK;

  for (guint i = 0; i < workers->len; i++) {
    if (!show_health (options, g_ptr_array_index (workers, i)))
      status = EXIT_FAILED;
  }
  return status;
}

static int
list_workers (const Options * options, GPtrArray * workers)
{
  for (guint i = 0; i < workers->len; i++) {
    Found *found = g_ptr_array_index (workers, i);

    if (options->json)
      print_json (found->list);
    else
      print_worker (found);
  }
  return EXIT_OK;
}

/* The one call of all workers whose id begins so. */
static const Found *
find_call (GPtrArray * workers, const gchar * prefix, const gchar ** id)
{
  const Found *where = NULL;

  for (guint w = 0; w < workers->len; w++) {
    const Found *found = g_ptr_array_index (workers, w);
    JsonArray *calls = get_calls (found);

    for (guint i = 0; calls && i < json_array_get_length (calls); i++) {
      JsonNode *call = json_array_get_element (calls, i);
      const gchar *text = JSON_NODE_HOLDS_OBJECT (call) ?
          get_text (json_node_get_object (call), "call") : "";

      if (!g_str_has_prefix (text, prefix))
        continue;
      if (where) {
        complain ("several calls begin so: give more of the id");
        return NULL;
      }
      where = found;
      *id = text;
    }
  }
  if (!where)
    complain ("there is no such call: `gst-voice ctl list` shows them");
  return where;
}

static int
print_answer (const Options * options, JsonNode * answer)
{
  JsonObject *object = json_node_get_object (answer);
  const gchar *error = get_text (object, "error");
  const gchar *path = get_text (object, "path");

  if (*error) {
    complain (error);
    return EXIT_FAILED;
  }
  if (options->json)
    print_json (answer);
  else if (*path)
    g_print ("%s\n", path);
  return EXIT_OK;
}

static int
command_call (const Options * options, GPtrArray * workers, char **argv)
{
  const gchar *id = NULL;
  const Found *found = find_call (workers, argv[2], &id);
  GError *error = NULL;
  int status = EXIT_FAILED;
  JsonNode *answer;
  gchar *question;

  if (!found)
    return EXIT_FAILED;
  question = make_question (argv[1], id, argv[3]);
  answer = ask (found->path, question, &error);
  if (answer)
    status = print_answer (options, answer);
  else
    complain (error->message);
  g_clear_pointer (&answer, json_node_unref);
  g_clear_error (&error);
  g_free (question);
  return status;
}

static gboolean
parse (Options * options, int *argc, char ***argv)
{
  GOptionEntry entries[] = {
    {"worker", 'w', 0, G_OPTION_ARG_STRING, &options->worker,
        "only workers whose name begins so", "NAME"},
    {"socket", 0, 0, G_OPTION_ARG_FILENAME, &options->socket,
        "the socket of a worker elsewhere", "PATH"},
    {"json", 'j', 0, G_OPTION_ARG_NONE, &options->json,
        "print JSON, a line for each worker or answer", NULL},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("list|health|say|inject|end|"
      "dump " "[CALL [TEXT]]");
  GError *error = NULL;
  gboolean ok;

  g_option_context_set_summary (context,
      "Look at the calls of running workers, and speak in them.");
  g_option_context_set_description (context,
      "  list               the workers and their calls\n"
      "  health             how the providers of all calls do\n"
      "  say CALL TEXT      the agent says it\n"
      "  inject CALL TEXT   a note for the model, which the caller does not "
      "hear\n"
      "  end CALL           hangs up\n"
      "  dump CALL          writes a picture of the pipeline and names the "
      "file\n\n"
      "A call is named by its id or how that begins. Exit status: 0, 1 if it "
      "could not be\ndone, 2 for a wrong command line.\n\nExamples:\n"
      "  gst-voice ctl list\n"
      "  gst-voice ctl say 1f3a \"We close in five minutes.\"\n");
  g_option_context_add_main_entries (context, entries, NULL);
  ok = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);
  if (!ok)
    complain (error->message);
  g_clear_error (&error);
  return ok;
}

static gboolean
check_arguments (int argc, char **argv)
{
  gchar *text;

  for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (verbs); i++) {
    if (strcmp (argv[1], verbs[i].name) != 0)
      continue;
    if (argc == (int) verbs[i].n + 2)
      return TRUE;
    text = g_strdup_printf ("write gst-voice ctl %s %s", verbs[i].name,
        verbs[i].arguments);
    complain (text);
    g_free (text);
    return FALSE;
  }
  complain
      ("what? list, health, say, inject, end or dump; `gst-voice ctl --help` "
      "tells more");
  return FALSE;
}

static int
obey (const Options * options, char **argv)
{
  GPtrArray *workers = find_workers (options);
  int status = EXIT_FAILED;

  if (workers->len == 0 && !options->socket)
    complain ("no worker of this user runs here");
  else if (workers->len > 0)
    status = strcmp (argv[1], "list") == 0 ? list_workers (options, workers) :
        strcmp (argv[1], "health") == 0 ? show_health_of_all (options,
        workers) : command_call (options, workers, argv);
  g_ptr_array_unref (workers);
  return status;
}

/**
 * verb_ctl:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
verb_ctl (int argc, char **argv)
{
  Options options = { 0 };
  int status = EXIT_USAGE;

  if (parse (&options, &argc, &argv) && check_arguments (argc, argv))
    status = obey (&options, argv);
  g_free (options.worker);
  g_free (options.socket);
  return status;
}
