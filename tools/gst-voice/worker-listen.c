/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes connections, reads a question from each and writes the answer. What is
 * too long, too slow or too many is closed; nobody can make the worker hold
 * more than `max_open` questions of `max_size` bytes.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "worker-listen.h"

#include <string.h>

struct _WorkerListen
{
  WorkerListenSettings settings;
  WorkerListenFunc func;
  gpointer data;
  GSocketService *service;
  GList *open;                  /* WorkerQuestion */
  guint n_open;
};

struct _WorkerQuestion
{
  WorkerListen *listen;         /* NULL: it is gone */
  GSocketConnection *connection;
  GCancellable *cancellable;
  gchar *buffer;
  gsize got;
  gchar *answer;                /* when there is one */
  guint timeout;
};

static void
question_free (WorkerQuestion * question)
{
  if (question->listen) {
    question->listen->open = g_list_remove (question->listen->open, question);
    question->listen->n_open--;
  }
  if (question->timeout > 0)
    g_source_remove (question->timeout);
  g_io_stream_close (G_IO_STREAM (question->connection), NULL, NULL);
  g_object_unref (question->connection);
  g_object_unref (question->cancellable);
  g_free (question->buffer);
  g_free (question->answer);
  g_free (question);
}

/* Whatever is under way comes back and frees it. */
static gboolean
is_late (gpointer data)
{
  WorkerQuestion *question = data;

  question->timeout = 0;
  g_cancellable_cancel (question->cancellable);
  return G_SOURCE_REMOVE;
}

static void
written (GObject * stream, GAsyncResult * result, gpointer data)
{
  WorkerQuestion *question = data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL,
      NULL);
  question_free (question);
}

/**
 * worker_question_answer:
 * @question: (transfer full): what was asked
 * @answer: the whole answer
 */
void
worker_question_answer (WorkerQuestion * question, const gchar * answer)
{
  question->answer = g_strdup (answer);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM
          (question->connection)), question->answer, strlen (question->answer),
      G_PRIORITY_DEFAULT, question->cancellable, written, question);
}

/**
 * worker_question_socket:
 * @question: what was asked
 *
 * Returns: (transfer none): where it comes from
 */
GSocket *
worker_question_socket (WorkerQuestion * question)
{
  return g_socket_connection_get_socket (question->connection);
}

static void read_more (WorkerQuestion * question);

static void
got_bytes (GObject * stream, GAsyncResult * result, gpointer data)
{
  WorkerQuestion *question = data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, NULL);
  WorkerListen *listen = question->listen;

  if (n <= 0 || !listen || memchr (question->buffer + question->got, '\0', n)) {
    question_free (question);
    return;
  }
  question->got += n;
  question->buffer[question->got] = '\0';
  if (strstr (question->buffer, listen->settings.end))
    listen->func (question, question->buffer, listen->data);
  else if (question->got < listen->settings.max_size)
    read_more (question);
  else if (listen->settings.too_long)
    worker_question_answer (question, listen->settings.too_long);
  else
    question_free (question);
}

static void
read_more (WorkerQuestion * question)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM
          (question->connection)), question->buffer + question->got,
      question->listen->settings.max_size - question->got, G_PRIORITY_DEFAULT,
      question->cancellable, got_bytes, question);
}

static gboolean
incoming (GSocketService * service, GSocketConnection * connection,
    GObject * source, WorkerListen * listen)
{
  WorkerQuestion *question;

  if (listen->n_open >= listen->settings.max_open) {
    g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
    return TRUE;
  }
  question = g_new0 (WorkerQuestion, 1);
  question->listen = listen;
  question->connection = g_object_ref (connection);
  question->cancellable = g_cancellable_new ();
  question->buffer = g_malloc (listen->settings.max_size + 1);
  question->timeout = g_timeout_add_seconds (listen->settings.seconds, is_late,
      question);
  listen->open = g_list_prepend (listen->open, question);
  listen->n_open++;
  read_more (question);
  return TRUE;
}

/**
 * worker_listen_new:
 * @socket: bound, and not yet listening
 * @settings: bounds; what is pointed to must stay
 * @func: called for each question
 * @data: for @func
 * @error: where to say why it cannot listen
 *
 * Returns: (transfer full) (nullable): what listens from now on
 */
WorkerListen *
worker_listen_new (GSocket * socket, const WorkerListenSettings * settings,
    WorkerListenFunc func, gpointer data, GError ** error)
{
  GSocketService *service;
  WorkerListen *listen;

  if (!g_socket_listen (socket, error))
    return NULL;
  service = g_socket_service_new ();
  if (!g_socket_listener_add_socket (G_SOCKET_LISTENER (service), socket, NULL,
          error)) {
    g_object_unref (service);
    return NULL;
  }
  listen = g_new0 (WorkerListen, 1);
  listen->settings = *settings;
  listen->func = func;
  listen->data = data;
  listen->service = service;
  g_signal_connect (service, "incoming", G_CALLBACK (incoming), listen);
  return listen;
}

/**
 * worker_listen_free:
 * @listen: (transfer full) (nullable): closes what is open; a question that was
 *   asked may still be answered
 */
void
worker_listen_free (WorkerListen * listen)
{
  if (!listen)
    return;
  g_signal_handlers_disconnect_by_data (listen->service, listen);
  g_socket_service_stop (listen->service);
  g_socket_listener_close (G_SOCKET_LISTENER (listen->service));
  g_object_unref (listen->service);
  for (GList * o = listen->open; o; o = o->next) {
    WorkerQuestion *question = o->data;

    question->listen = NULL;
    g_cancellable_cancel (question->cancellable);
  }
  g_list_free (listen->open);
  g_free (listen);
}
