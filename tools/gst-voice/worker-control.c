/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The worker's side of `gst-voice ctl`. The socket is for its user alone, by
 * the mode of the file and by the credentials of who connects (SO_PEERCRED);
 * root may, too.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "worker-control.h"

#include "control-line.h"
#include "json-writer.h"
#include "worker-listen.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <gst-voice/health.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_OPEN 16

struct _WorkerControl
{
  WorkerListen *listen;
  WorkerCalls *calls;
  const gboolean *draining;
  gchar *name, *path;
};

/**
 * worker_control_dir:
 *
 * Returns: (transfer full): where the sockets of this user's workers are
 */
gchar *
worker_control_dir (void)
{
  const gchar *runtime = g_getenv ("XDG_RUNTIME_DIR");
  const gchar *service = g_getenv ("RUNTIME_DIRECTORY");

  if (runtime && *runtime)
    return g_build_filename (runtime, "gst-voice", NULL);
  /* As systemd gives it to a service: already ours alone. */
  if (service && *service)
    return g_strndup (service, strcspn (service, ":"));
  return g_build_filename (g_get_user_runtime_dir (), "gst-voice", NULL);
}

static void
answer_error (WorkerQuestion * question, const gchar * why)
{
  JsonWriter json = {.out = g_string_new (NULL),.first = TRUE };

  json_writer_begin (&json, NULL, '{');
  json_writer_string (&json, "error", why);
  json_writer_end (&json, '}');
  worker_question_answer (question, json.out->str);
  g_string_free (json.out, TRUE);
}

static void
answer_call (WorkerQuestion * question, const gchar * call, const gchar * path)
{
  JsonWriter json = {.out = g_string_new (NULL),.first = TRUE };

  json_writer_begin (&json, NULL, '{');
  if (call)
    json_writer_string (&json, "call", call);
  if (path)
    json_writer_string (&json, "path", path);
  json_writer_end (&json, '}');
  worker_question_answer (question, json.out->str);
  g_string_free (json.out, TRUE);
}

static void
answer_list (WorkerControl * control, WorkerQuestion * question)
{
  JsonWriter json = {.out = g_string_new (NULL),.first = TRUE };
  gchar *calls = worker_calls_to_json (control->calls);

  json_writer_begin (&json, NULL, '{');
  json_writer_string (&json, "worker", control->name);
  json_writer_uint (&json, "pid", getpid ());
  json_writer_boolean (&json, "draining", *control->draining);
  json_writer_json (&json, "calls", calls);
  json_writer_end (&json, '}');
  worker_question_answer (question, json.out->str);
  g_string_free (json.out, TRUE);
  g_free (calls);
}

static void
answer_health (WorkerControl * control, WorkerQuestion * question)
{
  JsonWriter json = {.out = g_string_new (NULL),.first = TRUE };
  gchar *health = gst_voice_health_dump (g_get_monotonic_time ());

  json_writer_begin (&json, NULL, '{');
  json_writer_string (&json, "worker", control->name);
  json_writer_json (&json, "health", health);
  json_writer_end (&json, '}');
  worker_question_answer (question, json.out->str);
  g_string_free (json.out, TRUE);
  g_free (health);
}

static void
dumped (gpointer question, const gchar * path, const gchar * failure)
{
  if (path)
    answer_call (question, NULL, path);
  else
    answer_error (question, failure ? failure : "there is no dump");
}

static void
obey (WorkerControl * control, WorkerQuestion * question,
    const ControlLine * line)
{
  GError *error = NULL;
  const gchar *call = worker_calls_find (control->calls, line->call, &error);

  if (!call) {
    answer_error (question, error->message);
    g_error_free (error);
  } else if (line->command == CALL_DUMP) {
    if (!worker_calls_dump (control->calls, call, dumped, question))
      answer_error (question, "the call cannot be dumped now");
  } else if (worker_calls_tell (control->calls, call, line->command,
          line->text)) {
    answer_call (question, call, NULL);
  } else {
    answer_error (question, "the call cannot be told now");
  }
}

static gboolean
is_ours (WorkerQuestion * question)
{
  GCredentials *credentials =
      g_socket_get_credentials (worker_question_socket (question), NULL);
  uid_t user = credentials ? g_credentials_get_unix_user (credentials, NULL) :
      (uid_t) - 1;

  g_clear_object (&credentials);
  return user == geteuid () || user == 0;
}

static void
asked (WorkerQuestion * question, const gchar * text, gpointer data)
{
  GError *error = NULL;
  ControlLine line;

  if (!is_ours (question)) {
    answer_error (question, "this worker belongs to another user");
    return;
  }
  if (!control_line_parse (&line, text, strcspn (text, "\n"), &error)) {
    answer_error (question, error->message);
    g_error_free (error);
  } else if (line.list) {
    answer_list (data, question);
  } else if (line.health) {
    answer_health (data, question);
  } else {
    obey (data, question, &line);
  }
  control_line_clear (&line);
}

/* What an ended worker has left is removed; what answers is somebody's. */
static gboolean
make_room (const gchar * path, GSocketAddress * address, GError ** error)
{
  GSocket *probe = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_DEFAULT, error);
  gboolean taken;

  if (!probe)
    return FALSE;
  taken = g_socket_connect (probe, address, NULL, NULL);
  g_object_unref (probe);
  if (taken)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
        "a worker of this name runs (%s answers): choose another --name", path);
  else
    g_unlink (path);
  return !taken;
}

/* The mode is set before there is a file, so it never was another. */
static GSocket *
bind_path (const gchar * path, GSocketAddress * address, GError ** error)
{
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket && (fchmod (g_socket_get_fd (socket), 0600) != 0
          || !g_socket_bind (socket, address, TRUE, error)))
    g_clear_object (&socket);
  return socket;
}

static gboolean
listen_on (WorkerControl * control, GError ** error)
{
  static const WorkerListenSettings settings = {.end = "\n",
    .max_size = WORKER_CONTROL_MAX,.max_open = MAX_OPEN,
    .seconds = WORKER_CONTROL_PATIENCE,
    .too_long = "{\"error\":\"a command has at most 64 KiB\"}\n"
  };
  GSocketAddress *address = g_unix_socket_address_new (control->path);
  GSocket *socket = make_room (control->path, address, error) ?
      bind_path (control->path, address, error) : NULL;

  if (socket)
    control->listen = worker_listen_new (socket, &settings, asked, control,
        error);
  g_clear_object (&socket);
  g_object_unref (address);
  return control->listen != NULL;
}

/**
 * worker_control_new:
 * @dir: worker_control_dir (); it is made if there is none
 * @name: of the worker
 * @calls: what commands are about
 * @draining: (transfer none): whether it drains, for lists
 * @error: where to say why there can be no socket
 *
 * Returns: (transfer full) (nullable): what obeys from now on
 */
WorkerControl *
worker_control_new (const gchar * dir, const gchar * name,
    WorkerCalls * calls, const gboolean * draining, GError ** error)
{
  WorkerControl *control;
  gchar *file = g_strconcat (name, WORKER_CONTROL_END, NULL);
  gchar *path = g_build_filename (dir, file, NULL);
  gboolean fits = strlen (path) < sizeof (((struct sockaddr_un *) 0)->sun_path);

  g_free (file);
  if (!fits || g_mkdir_with_parents (dir, 0700) != 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot make %s: %s",
        path, fits ? g_strerror (errno) : "the path is too long");
    g_free (path);
    return NULL;
  }
  control = g_new0 (WorkerControl, 1);
  control->calls = calls;
  control->draining = draining;
  control->name = g_strdup (name);
  control->path = path;
  if (listen_on (control, error))
    return control;
  g_free (control->name);
  g_free (control->path);
  g_free (control);
  return NULL;
}

/**
 * worker_control_free:
 * @control: (transfer full) (nullable): what obeys no more
 */
void
worker_control_free (WorkerControl * control)
{
  if (!control)
    return;
  worker_listen_free (control->listen);
  g_unlink (control->path);
  g_free (control->name);
  g_free (control->path);
  g_free (control);
}
