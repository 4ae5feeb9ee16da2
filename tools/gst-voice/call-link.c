/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The way from a call process to the control process: an order and commands
 * come, reports go. It never waits for the control process while the call
 * runs; what that does not take is kept, and if there is too much the oldest
 * is dropped.
 *
 * Threads: the main thread. Locks: none.
 */
#include "call-link.h"

#include "zygote-message.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <poll.h>

#define MAX_WAITING 64
/* It is there already when the process is made. */
#define ORDER_MS 10000

struct _CallLink
{
  gint socket;
  const CallLinkEvents *events;
  gpointer data;
  guint source;
  gboolean gone;
  GQueue waiting;               /* of gchar* */
  gchar *buffer;
};

/**
 * call_link_new:
 * @socket: to the control process
 * @events: what is to be called
 * @data: its argument
 *
 * Returns: (transfer full): a link
 */
CallLink *
call_link_new (gint socket, const CallLinkEvents * events, gpointer data)
{
  CallLink *self = g_new0 (CallLink, 1);

  self->socket = socket;
  self->events = events;
  self->data = data;
  self->buffer = g_malloc (CALL_MESSAGE_MAX + 2);
  return self;
}

static gssize
receive (CallLink * self)
{
  return zygote_text_receive (self->socket, self->buffer, CALL_MESSAGE_MAX + 2);
}

/**
 * call_link_take_order:
 * @self: a link
 * @order: (out): the first message
 * @error: what is wrong with it
 *
 * Returns: whether there was an order
 */
gboolean
call_link_take_order (CallLink * self, CallOrder * order, GError ** error)
{
  struct pollfd fd = {.fd = self->socket,.events = POLLIN };
  gssize n = -1;

  if (poll (&fd, 1, ORDER_MS) > 0)
    n = receive (self);
  if (n > 0)
    return call_order_parse (order, self->buffer, n, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
      "there is no order for the call");
  return FALSE;
}

static void
obey (CallLink * self, gsize length)
{
  GError *error = NULL;
  CallCommand command;
  gchar *text;

  if (call_command_parse (&command, &text, self->buffer, length, &error))
    self->events->command (self->data, command, text);
  else
    g_printerr ("gst-voice: %s\n", error->message);
  g_clear_error (&error);
  g_free (text);
}

static gboolean
hear (gint fd, GIOCondition condition, gpointer data)
{
  CallLink *self = data;
  gssize n = receive (self);

  if (n > 0)
    obey (self, n);
  if (n > 0 || (n < 0 && errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  self->source = 0;
  self->gone = TRUE;
  self->events->gone (self->data);
  return G_SOURCE_REMOVE;
}

/**
 * call_link_listen:
 * @self: a link that has had its order
 *
 * From now on commands are obeyed.
 */
void
call_link_listen (CallLink * self)
{
  self->source = g_unix_fd_add (self->socket, G_IO_IN | G_IO_HUP | G_IO_ERR,
      hear, self);
}

static void
send_waiting (CallLink * self)
{
  gchar *text;

  while ((text = g_queue_peek_head (&self->waiting))) {
    if (!zygote_text_send (self->socket, text) && errno == EAGAIN)
      return;
    g_free (g_queue_pop_head (&self->waiting));
  }
}

/**
 * call_link_begin:
 * @json: (out): a writer to which members may be added
 * @type: of the report
 */
void
call_link_begin (JsonWriter * json, const gchar * type)
{
  *json = (JsonWriter) {
  .out = g_string_new (NULL)};
  json_writer_begin (json, NULL, '{');
  json_writer_string (json, "type", type);
}

/**
 * call_link_send:
 * @self: a link
 * @json: what call_link_begin() has begun; it is used up
 */
void
call_link_send (CallLink * self, JsonWriter * json)
{
  json_writer_end (json, '}');
  if (g_queue_get_length (&self->waiting) >= MAX_WAITING)
    g_free (g_queue_pop_head (&self->waiting));
  g_queue_push_tail (&self->waiting, g_string_free (json->out, FALSE));
  json->out = NULL;
  send_waiting (self);
}

/**
 * call_link_flush:
 * @self: a link
 * @ms: how long the control process may take
 *
 * Sends what is kept.
 */
void
call_link_flush (CallLink * self, guint ms)
{
  struct pollfd fd = {.fd = self->socket,.events = POLLOUT };

  send_waiting (self);
  while (!g_queue_is_empty (&self->waiting) && poll (&fd, 1, ms) > 0)
    send_waiting (self);
}

/**
 * call_link_free:
 * @self: (transfer full): a link; the socket stays open
 */
void
call_link_free (CallLink * self)
{
  if (self->source)
    g_source_remove (self->source);
  g_queue_clear_full (&self->waiting, g_free);
  g_free (self->buffer);
  g_free (self);
}
