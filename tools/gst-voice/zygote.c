/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The zygote and its calls, as the control process sees them.
 *
 * An order goes straight to the new process, on a socket whose other end the
 * zygote hands on unread. The kernel tells by a pidfd when the process has
 * ended, so nothing is ever sent to a number that is another process's by now,
 * and a call can be ended when the zygote is no more. Then its processes
 * become children of this one, which asks for that (PR_SET_CHILD_SUBREAPER).
 *
 * Threads: that of the context. Locks: none.
 */
#define _GNU_SOURCE
#include "zygote.h"

#include "call-report.h"
#include "process-figures.h"
#include "zygote-message.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <gst-voice/json.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_CPU_LIMIT 0.5
#define DEFAULT_CPU_SECONDS 30
#define WATCH_SECONDS 1
/* A zygote that dies sooner than that is not started again at once. */
#define SOON (10 * G_USEC_PER_SEC)
#define RETRY_SECONDS 5
/* Room for titles. */
#define NAME_LENGTH 96
#define MAX_DEPTH 4

typedef struct
{
  Zygote *zygote;
  guint64 number;
  gchar *id;
  gint socket, pidfd;           /* -1: not there */
  gint pid;                     /* 0: not yet there */
  GSource *hear;                /* `socket`; NULL: it has been closed */
  GSource *orphan;              /* `pidfd`, when the zygote is gone */
  GSource *deadline;
  gint64 excused;               /* until when it may take to end, or 0 */
  guint64 memory_limit;         /* 0: not watched */
  gboolean simulated;
  gboolean said_end;
  const gchar *killed;
  gint64 burning;               /* since when, or 0 */
  gint64 seen;                  /* when `cpu` was read */
  gdouble cpu;
} Call;

struct _Zygote
{
  gchar *program;
  gchar **personas;
  gchar **environment;
  gdouble cpu_limit;
  gint64 cpu_time;

  gint pid;                     /* 0: there is none */
  gint socket;
  gint64 started;
  GSource *hear, *retry, *watch;

  GMainContext *context;
  ZygoteEvents events;
  gpointer data;

  guint64 last;                 /* number of a call */
  GHashTable *by_number;        /* of Call, owns */
  GHashTable *by_id;            /* of Call */
  gchar *buffer;
};

static void
source_clear (GSource ** source)
{
  if (!*source)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static GSource *
watch_fd (Zygote * self, gint fd, GUnixFDSourceFunc func, gpointer data)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN | G_IO_HUP | G_IO_ERR);

  g_source_set_callback (source, G_SOURCE_FUNC (func), data, NULL);
  g_source_attach (source, self->context);
  return source;
}

static GSource *
add_timeout (Zygote * self, guint seconds, GSourceFunc func, gpointer data)
{
  GSource *source = g_timeout_source_new_seconds (seconds);

  g_source_set_callback (source, func, data, NULL);
  g_source_attach (source, self->context);
  return source;
}

static void
close_fd (gint * fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
call_free (gpointer data)
{
  Call *call = data;

  source_clear (&call->hear);
  source_clear (&call->orphan);
  source_clear (&call->deadline);
  close_fd (&call->socket);
  close_fd (&call->pidfd);
  g_free (call->id);
  g_free (call);
}

static void
call_kill (Call * call, const gchar * why)
{
  if (!call->killed)
    call->killed = why;
  if (call->pidfd >= 0)
    syscall (SYS_pidfd_send_signal, call->pidfd, SIGKILL, NULL, 0);
}

static gboolean
is_late (gpointer data)
{
  Call *call = data;

  call_kill (call, "late");
  return G_SOURCE_CONTINUE;
}

static gboolean
call_tell (Call * call, CallCommand command, const gchar * text)
{
  gchar *json = call_command_to_json (command, text);
  gboolean sent = json && call->socket >= 0
      && zygote_text_send (call->socket, json);

  g_free (json);
  return sent;
}

static guint
seconds_until (gint64 time)
{
  gint64 now = g_get_monotonic_time ();

  return time > now ? (time - now) / G_USEC_PER_SEC + 1 : 0;
}

static void
call_end (Call * call, const gchar * why, guint grace)
{
  if (!call->killed)
    call->killed = why;
  if (grace == 0) {
    call_kill (call, "told");
    return;
  }
  if (call->deadline)
    return;
  /* If it does not take it, it will be late. */
  call_tell (call, CALL_HANGUP, NULL);
  call->deadline = add_timeout (call->zygote, MAX (grace, seconds_until
          (call->excused)), is_late, call);
}

static void
take_report (Call * call, const gchar * text, gsize length)
{
  JsonNode *node = gst_voice_json_parse (text, length, CALL_MESSAGE_MAX,
      MAX_DEPTH, NULL);
  JsonObject *object = node && JSON_NODE_HOLDS_OBJECT (node) ?
      json_node_get_object (node) : NULL;
  const gchar *type = object ? json_object_get_string_member_with_default
      (object, "type", "") : "";
  Zygote *self = call->zygote;

  if (g_strcmp0 (type, CALL_REPORT_ENDED) == 0)
    call->said_end = TRUE;
  if (object && type && self->events.report)
    self->events.report (self->data, call->id, type, object);
  g_clear_pointer (&node, json_node_unref);
}

/* One report. FALSE if there is none. */
static gboolean
read_report (Call * call)
{
  gssize n = zygote_text_receive (call->socket, call->zygote->buffer,
      CALL_MESSAGE_MAX + 2);

  if (n > 0) {
    take_report (call, call->zygote->buffer, n);
    return TRUE;
  }
  if (n == 0 || errno != EAGAIN)
    source_clear (&call->hear);
  return FALSE;
}

/* All that it has said comes before that it has ended. A report may not free
 * the call, only this does. */
static void
finish (Call * call, ZygoteEnd * end)
{
  Zygote *self = call->zygote;
  gchar *id = g_strdup (call->id);

  while (call->hear && read_report (call));
  if (!end->killed)
    end->killed = call->killed;
  end->clean = call->said_end && end->status == 0;
  g_hash_table_remove (self->by_id, call->id);
  g_hash_table_remove (self->by_number, &call->number);
  if (g_hash_table_size (self->by_number) == 0)
    source_clear (&self->watch);
  if (self->events.ended)
    self->events.ended (self->data, id, end);
  g_free (id);
}

/* The zygote that would say how it ended is gone, and this is its parent. */
static void
finish_orphan (Call * call)
{
  ZygoteEnd end = {.status = -1 };
  struct rusage usage;
  gint status;

  if (call->pid == 0) {
    end.killed = "fork";
  } else if (wait4 (call->pid, &status, WNOHANG, &usage) == call->pid) {
    end.status = status;
    end.memory = usage.ru_maxrss * G_GUINT64_CONSTANT (1024);
    end.cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  }
  finish (call, &end);
}

static gboolean
orphan_ended (gint fd, GIOCondition condition, gpointer data)
{
  finish_orphan (data);
  return G_SOURCE_REMOVE;
}

static gboolean
hear_call (gint fd, GIOCondition condition, gpointer data)
{
  Call *call = data;

  read_report (call);
  /* Nobody else will tell. */
  if (!call->hear && call->pidfd < 0 && call->zygote->pid == 0)
    finish_orphan (call);
  return G_SOURCE_CONTINUE;
}

static void
adopt (Call * call)
{
  if (call->pidfd >= 0)
    call->orphan = watch_fd (call->zygote, call->pidfd, orphan_ended, call);
  else if (!call->hear)
    finish_orphan (call);
}

static void
take_fork (Zygote * self, Call * call, gint pid, gint pidfd)
{
  call->pid = pid;
  call->pidfd = pidfd;
  /* It was told to end before it was there. */
  if (call->killed && !call->deadline)
    call_kill (call, call->killed);
  if (self->events.started)
    self->events.started (self->data, call->id, pid);
}

static void
take_message (Zygote * self, const ZygoteMessage * message, gint fd)
{
  Call *call = g_hash_table_lookup (self->by_number, &message->number);
  ZygoteEnd end = {.status = message->status,
    .cpu = (gdouble) message->cpu / G_USEC_PER_SEC,
    .memory = message->memory * G_GUINT64_CONSTANT (1024)
  };

  if (call && message->kind == ZYGOTE_FORKED) {
    take_fork (self, call, message->pid, fd);
    return;
  }
  if (call && message->kind == ZYGOTE_FAILED) {
    end = (ZygoteEnd) {
    .status = -1,.killed = "fork"};
    finish (call, &end);
  } else if (call && message->kind == ZYGOTE_ENDED) {
    finish (call, &end);
  }
  if (fd >= 0)
    close (fd);
}

static gboolean try_again (gpointer data);

/* What the process is given: our environment without what it must not know. */
static gchar **
make_environment (const gchar * const *hidden)
{
  gchar **environment = g_get_environ ();

  for (guint i = 0; hidden && hidden[i]; i++)
    environment = g_environ_unsetenv (environment, hidden[i]);
  return environment;
}

static gchar **
make_arguments (Zygote * self)
{
  GPtrArray *arguments = g_ptr_array_new ();
  gchar *name = g_strnfill (NAME_LENGTH, ' ');

  memcpy (name, "gst-voice", strlen ("gst-voice"));
  g_ptr_array_add (arguments, name);
  g_ptr_array_add (arguments, g_strdup ("zygote"));
  for (gchar ** p = self->personas; p && *p; p++)
    g_ptr_array_add (arguments, g_strdup (*p));
  g_ptr_array_add (arguments, NULL);
  return (gchar **) g_ptr_array_free (arguments, FALSE);
}

/* A group of its own, so that Ctrl-C reaches the control process only; signals
 * as a new process has them, whatever ours are. */
static gint
set_attributes (posix_spawnattr_t * attributes)
{
  sigset_t none, all;

  sigemptyset (&none);
  sigfillset (&all);
  posix_spawnattr_setpgroup (attributes, 0);
  posix_spawnattr_setsigmask (attributes, &none);
  posix_spawnattr_setsigdefault (attributes, &all);
  return posix_spawnattr_setflags (attributes, POSIX_SPAWN_SETPGROUP |
      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static gint
spawn (Zygote * self, gint socket)
{
  gchar **arguments = make_arguments (self);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  gint code;

  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null",
      O_RDONLY, 0);
  posix_spawn_file_actions_adddup2 (&actions, socket, ZYGOTE_FD);
  posix_spawn_file_actions_addclosefrom_np (&actions, ZYGOTE_FD + 1);
  code = set_attributes (&attributes);
  if (code == 0)
    code = posix_spawn (&self->pid, self->program, &actions, &attributes,
        arguments, self->environment);
  if (code != 0)
    self->pid = 0;
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  g_strfreev (arguments);
  return code;
}

/* dup2() of a descriptor on itself would leave it to be closed. */
static gboolean
make_sockets (gint fds[2])
{
  gint moved;

  if (!zygote_socketpair (fds))
    return FALSE;
  if (fds[1] != ZYGOTE_FD)
    return TRUE;
  moved = fcntl (fds[1], F_DUPFD_CLOEXEC, ZYGOTE_FD + 1);
  close_fd (&fds[1]);
  fds[1] = moved;
  if (moved >= 0)
    return TRUE;
  close_fd (&fds[0]);
  return FALSE;
}

static gboolean
launch (Zygote * self, GError ** error)
{
  gint fds[2] = { -1, -1 };
  gint code = make_sockets (fds) ? spawn (self, fds[1]) : errno;

  close_fd (&fds[1]);
  if (code != 0) {
    close_fd (&fds[0]);
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
        "cannot start the zygote %s: %s", self->program, g_strerror (code));
    return FALSE;
  }
  self->socket = fds[0];
  self->started = g_get_monotonic_time ();
  return TRUE;
}

static void
each_call (Zygote * self, void (*func) (Call * call))
{
  GList *calls = g_hash_table_get_values (self->by_number);

  for (GList * l = calls; l; l = l->next)
    func (l->data);
  g_list_free (calls);
}

static gboolean hear_zygote (gint fd, GIOCondition condition, gpointer data);

static void
listen_to (Zygote * self)
{
  if (self->context)
    self->hear = watch_fd (self, self->socket, hear_zygote, self);
}

static void
bury (Zygote * self)
{
  source_clear (&self->hear);
  close_fd (&self->socket);
  /* It may only have closed its socket. */
  kill (self->pid, SIGKILL);
  waitpid (self->pid, NULL, 0);
  self->pid = 0;
}

static void
take_death (Zygote * self)
{
  gboolean soon = g_get_monotonic_time () - self->started < SOON;
  GError *error = NULL;

  bury (self);
  each_call (self, adopt);
  if (soon) {
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_FAILED, "the zygote died as "
        "soon as it was started; the next try is in %d s", RETRY_SECONDS);
    self->retry = add_timeout (self, RETRY_SECONDS, try_again, self);
  } else if (launch (self, &error)) {
    listen_to (self);
  } else {
    self->retry = add_timeout (self, RETRY_SECONDS, try_again, self);
  }
  if (self->events.died)
    self->events.died (self->data, error);
  g_clear_error (&error);
}

static gboolean
try_again (gpointer data)
{
  Zygote *self = data;

  if (!launch (self, NULL))
    return G_SOURCE_CONTINUE;
  source_clear (&self->retry);
  listen_to (self);
  if (self->events.back)
    self->events.back (self->data);
  return G_SOURCE_REMOVE;
}

static gboolean
hear_zygote (gint fd, GIOCondition condition, gpointer data)
{
  Zygote *self = data;
  ZygoteMessage message;
  gint got = zygote_message_receive (self->socket, &message, &fd);

  if (got == 1)
    take_message (self, &message, fd);
  else if (got == 0 || (errno != EAGAIN && errno != EBADMSG))
    take_death (self);
  return G_SOURCE_CONTINUE;
}

/* Whether it has used more than it may for the whole time. */
static gboolean
burns (Call * call, gdouble cpu, gint64 now)
{
  Zygote *self = call->zygote;
  gdouble used = cpu - call->cpu;
  gdouble may = self->cpu_limit * (now - call->seen) / G_USEC_PER_SEC;

  if (call->seen == 0 || used < may)
    call->burning = 0;
  else if (call->burning == 0)
    call->burning = call->seen;
  call->seen = now;
  call->cpu = cpu;
  return call->burning != 0 && now - call->burning >= self->cpu_time;
}

/* Then its number may be another process's, and its end is on its way. */
static gboolean
is_over (Call * call)
{
  struct pollfd fd = {.fd = call->pidfd,.events = POLLIN };

  return call->pidfd < 0 || poll (&fd, 1, 0) != 0;
}

static void
watch_call (Call * call)
{
  ProcessFigures figures;

  if (call->pid == 0 || call->deadline
      || !process_figures_read (call->pid, &figures) || is_over (call))
    return;
  if (figures.memory > call->memory_limit)
    call_end (call, "memory", 0);
  else if (burns (call, figures.cpu, g_get_monotonic_time ())
      && !call->simulated)
    call_end (call, "cpu", ZYGOTE_GRACE);
}

static gboolean
watch_calls (gpointer data)
{
  each_call (data, watch_call);
  return G_SOURCE_CONTINUE;
}

/**
 * zygote_start:
 * @settings: (nullable): how
 * @error: why there is none
 *
 * Starts loading at once, in a process of its own. May be called at any time,
 * but what the control process does meanwhile need not wait for it.
 *
 * Returns: (transfer full) (nullable): a zygote, to be given to zygote_stop()
 */
Zygote *
zygote_start (const ZygoteSettings * settings, GError ** error)
{
  static const ZygoteSettings none;
  Zygote *self = g_new0 (Zygote, 1);

  if (!settings)
    settings = &none;
  /* Also when the file has been replaced by another version since. */
  self->program = g_strdup (settings->program ? settings->program :
      "/proc/self/exe");
  self->personas = g_strdupv ((gchar **) settings->personas);
  self->environment = make_environment (settings->hidden);
  self->cpu_limit = settings->cpu_limit > 0 ? settings->cpu_limit :
      DEFAULT_CPU_LIMIT;
  self->cpu_time = G_USEC_PER_SEC * (settings->cpu_seconds ?
      settings->cpu_seconds : DEFAULT_CPU_SECONDS);
  self->socket = -1;
  self->by_number = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
      call_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->buffer = g_malloc (CALL_MESSAGE_MAX + 2);
  prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if (launch (self, error))
    return self;
  zygote_stop (self);
  return NULL;
}

/**
 * zygote_attach:
 * @self: a zygote
 * @context: (nullable): whose thread it is used in from now on
 * @events: what is to be called
 * @data: their argument
 */
void
zygote_attach (Zygote * self, GMainContext * context,
    const ZygoteEvents * events, gpointer data)
{
  self->context = context ? g_main_context_ref (context) :
      g_main_context_ref (g_main_context_default ());
  self->events = *events;
  self->data = data;
  listen_to (self);
}

static Call *
call_new (Zygote * self, const CallOrder * order, gint socket)
{
  Call *call = g_new0 (Call, 1);

  call->zygote = self;
  call->number = ++self->last;
  call->id = g_strdup (order->call_id);
  call->socket = socket;
  call->pidfd = -1;
  call->memory_limit = order->memory_limit ? order->memory_limit :
      CALL_MEMORY_LIMIT;
  call->simulated = order->simulate;
  call->hear = watch_fd (self, socket, hear_call, call);
  g_hash_table_insert (self->by_number, &call->number, call);
  g_hash_table_insert (self->by_id, call->id, call);
  if (!self->watch)
    self->watch = add_timeout (self, WATCH_SECONDS, watch_calls, self);
  return call;
}

/* The order lies in the socket before there is anybody to read it. */
static gboolean
send_order (Zygote * self, const gchar * order, const gint fds[2])
{
  ZygoteMessage message = {.kind = ZYGOTE_CALL,.number = self->last + 1 };

  return zygote_text_send (fds[0], order)
      && zygote_message_send (self->socket, &message, fds[1]);
}

static gboolean
start_call (Zygote * self, const CallOrder * order, const gchar * text,
    GError ** error)
{
  gint fds[2] = { -1, -1 }, code;

  if (zygote_socketpair (fds) && send_order (self, text, fds)) {
    close (fds[1]);
    call_new (self, order, fds[0]);
    return TRUE;
  }
  code = errno;
  close_fd (&fds[0]);
  close_fd (&fds[1]);
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
      "cannot start the process of call %s: %s", order->call_id,
      g_strerror (code));
  return FALSE;
}

static gboolean
is_ready (Zygote * self, const CallOrder * order, GError ** error)
{
  if (g_hash_table_contains (self->by_id, order->call_id)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
        "there is a call %s already", order->call_id);
    return FALSE;
  }
  if (self->pid != 0)
    return TRUE;
  if (!launch (self, error))
    return FALSE;
  source_clear (&self->retry);
  listen_to (self);
  return TRUE;
}

/**
 * zygote_call:
 * @self: a zygote that is attached
 * @order: the call
 * @error: why it cannot be
 *
 * Returns: whether a process is being made; how it goes on the events tell
 */
gboolean
zygote_call (Zygote * self, const CallOrder * order, GError ** error)
{
  gchar *text = call_order_to_json (order, error);
  gboolean ok = text && is_ready (self, order, error)
      && start_call (self, order, text, error);

  g_free (text);
  return ok;
}

/**
 * zygote_tell:
 * @self: a zygote
 * @call_id: one of its calls
 * @command: what to do
 * @text: (nullable): with what
 *
 * Returns: %FALSE if there is no such call, or it takes no commands
 */
gboolean
zygote_tell (Zygote * self, const gchar * call_id, CallCommand command,
    const gchar * text)
{
  Call *call = g_hash_table_lookup (self->by_id, call_id);

  return call && call_tell (call, command, text);
}

/**
 * zygote_end:
 * @self: a zygote
 * @call_id: one of its calls, else nothing happens
 * @grace: seconds; 0 kills it at once
 */
void
zygote_end (Zygote * self, const gchar * call_id, guint grace)
{
  Call *call = g_hash_table_lookup (self->by_id, call_id);

  if (call)
    call_end (call, NULL, grace);
}

/**
 * zygote_extend:
 * @self: where the call comes from
 * @call_id: a call that ends
 * @seconds: how long it may take from now on, if it is told to end or was; then
 *   it is killed
 */
void
zygote_extend (Zygote * self, const gchar * call_id, guint seconds)
{
  Call *call = g_hash_table_lookup (self->by_id, call_id);

  if (!call)
    return;
  call->excused = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  if (call->deadline) {
    source_clear (&call->deadline);
    call->deadline = add_timeout (self, seconds, is_late, call);
  }
}

/**
 * zygote_get_figures:
 * @self: a zygote
 * @call_id: one of its calls
 * @figures: (out): what it uses
 *
 * Returns: %FALSE if there is no such call
 */
gboolean
zygote_get_figures (Zygote * self, const gchar * call_id,
    ZygoteFigures * figures)
{
  Call *call = g_hash_table_lookup (self->by_id, call_id);
  ProcessFigures now = { 0 };

  if (!call)
    return FALSE;
  if (call->pid != 0)
    process_figures_read (call->pid, &now);
  *figures = (ZygoteFigures) {
  .pid = call->pid,.cpu = now.cpu,.memory = now.memory};
  return TRUE;
}

/**
 * zygote_get_calls:
 * @self: a zygote
 *
 * Returns: how many calls have not ended
 */
guint
zygote_get_calls (Zygote * self)
{
  return g_hash_table_size (self->by_number);
}

/**
 * zygote_get_pid:
 * @self: a zygote
 *
 * Returns: its process, 0 if there is none now
 */
gint
zygote_get_pid (Zygote * self)
{
  return self->pid;
}

/**
 * zygote_stop:
 * @self: (transfer full): a zygote; not within one of its events
 *
 * Nothing is called any more. Calls that still run hang up by themselves.
 */
void
zygote_stop (Zygote * self)
{
  if (self->pid != 0)
    bury (self);
  source_clear (&self->retry);
  source_clear (&self->watch);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_number);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_strfreev (self->environment);
  g_strfreev (self->personas);
  g_free (self->program);
  g_free (self->buffer);
  g_free (self);
}
