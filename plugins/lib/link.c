/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A stage's connection to its provider: what is common to HTTP and WebSocket.
 * What the stage wants goes to the transport as a job on the network thread,
 * what the transport tells comes back as a job in the stage's task, both in
 * order.
 *
 * A provider that sends faster than the stage takes is held back; where the
 * transport cannot do that, the link ends.
 *
 * Threads: the public functions in the stage's task (in its `start` and `stop`
 * the task does not run); gst_voice_link_tell_… () on the network thread.
 * Locks: `lock` guards the stage against its end while something is posted to
 * it; below it are only the stage's own and the clock's.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "link-private.h"

#include "io.h"
#include "secret.h"

#include <string.h>

/* Told and not yet taken, in bytes. */
#define HIGH_WATER (1024 * 1024)
#define LOW_WATER (256 * 1024)
#define MAX_BACKLOG (32 * 1024 * 1024)

/* What a message costs beside its text. */
#define MESSAGE_COST 128

typedef enum
{
  TOLD_OPENED,
  TOLD_TEXT,
  TOLD_BINARY,
  TOLD_CLOSED,
} ToldKind;

/* On its way to the task. */
typedef struct
{
  ToldKind kind;
  GstVoiceLink *link;
  gint cost;
  gint64 at_us;
  gchar *event, *text;          /* text: when opened, the request's id */
  gsize size;
  GBytes *bytes;
  GstVoiceLinkEnd end;          /* its texts are ours */
} Told;

typedef enum
{
  ORDER_OPEN,
  ORDER_SEND_TEXT,
  ORDER_SEND_BINARY,
  ORDER_EXPECT,
  ORDER_PAUSE,
  ORDER_UNCHOKE,
  ORDER_CAUGHT_UP,
  ORDER_CLOSE,
} OrderKind;

/* On its way to the network thread. */
typedef struct
{
  OrderKind kind;
  GstVoiceLink *link;
  gboolean value;
  GBytes *bytes;
} Order;

static void
link_free (GstVoiceLink * link)
{
  if (link->transport->free)
    link->transport->free (link->impl);
  for (guint i = 0; i < link->headers->len; i++)
    gst_voice_secret_free (link->headers->pdata[i]);
  g_ptr_array_free (link->headers, TRUE);
  g_free (link->method);
  gst_voice_secret_free (link->url);
  g_clear_pointer (&link->body, g_bytes_unref);
  g_free (link->content_type);
  g_free (link->request_id);
  g_mutex_clear (&link->lock);
  g_free (link);
}

GstVoiceLink *
gst_voice_link_new (GstVoiceStage * stage,
    const GstVoiceLinkTransport * transport, const gchar * url,
    gsize max_message, gpointer impl)
{
  GstVoiceLink *link = g_new0 (GstVoiceLink, 1);

  g_mutex_init (&link->lock);
  link->refs = 1;
  link->stage = stage;
  link->transport = transport;
  link->url = g_strdup (url);
  link->max_message = max_message;
  link->impl = impl;
  link->headers = g_ptr_array_new ();
  return link;
}

GstVoiceLink *
gst_voice_link_ref (GstVoiceLink * link)
{
  g_atomic_int_inc (&link->refs);
  return link;
}

void
gst_voice_link_unref (GstVoiceLink * link)
{
  if (g_atomic_int_dec_and_test (&link->refs))
    link_free (link);
}

static void
apply_hold (GstVoiceLink * link)
{
  gboolean hold = link->want_pause || link->want_choke;

  if (link->held == hold || !link->transport->pause)
    return;
  link->held = hold;
  link->transport->pause (link, hold);
}

static void
close_on_io (GstVoiceLink * link)
{
  gboolean was_opened = link->was_opened;

  link->was_closed = TRUE;
  if (was_opened && !link->told_closed)
    link->transport->close (link);
}

static void
order_send (const Order * order)
{
  GstVoiceLink *link = order->link;

  if (link->transport->send && !link->told_closed && !link->was_closed)
    link->transport->send (link, order->bytes,
        order->kind == ORDER_SEND_BINARY);
  else
    gst_voice_link_tell_sent (link, g_bytes_get_size (order->bytes));
}

static void
obey (gpointer data)
{
  const Order *order = data;
  GstVoiceLink *link = order->link;
  gboolean over = link->told_closed || link->was_closed;

  switch (order->kind) {
    case ORDER_OPEN:
      link->was_opened = gst_voice_link_listens (link);
      if (link->was_opened)
        link->transport->open (link);
      break;
    case ORDER_SEND_TEXT:
    case ORDER_SEND_BINARY:
      order_send (order);
      break;
    case ORDER_EXPECT:
      if (!over && link->transport->expect)
        link->transport->expect (link, order->value);
      break;
    case ORDER_PAUSE:
      link->want_pause = order->value;
      if (!over)
        apply_hold (link);
      break;
    case ORDER_UNCHOKE:
      link->want_choke = FALSE;
      if (!over)
        apply_hold (link);
      break;
    case ORDER_CAUGHT_UP:
      if (!over)
        link->transport->caught_up (link);
      break;
    case ORDER_CLOSE:
      close_on_io (link);
      break;
  }
}

static void
order_free (gpointer data)
{
  Order *order = data;

  g_clear_pointer (&order->bytes, g_bytes_unref);
  gst_voice_link_unref (order->link);
  g_free (order);
}

/* FALSE if there is no network thread. */
static gboolean
order (GstVoiceLink * link, OrderKind kind, gboolean value, GBytes * bytes)
{
  Order *order = g_new0 (Order, 1);

  order->kind = kind;
  order->link = gst_voice_link_ref (link);
  order->value = value;
  order->bytes = bytes ? g_bytes_ref (bytes) : NULL;
  return gst_voice_io_post (obey, order, order_free);
}

/* Also of what the task never came to. */
static void
told_free (gpointer data)
{
  Told *told = data;
  GstVoiceLink *link = told->link;
  gint left = g_atomic_int_add (&link->backlog, -told->cost) - told->cost;

  if (left <= LOW_WATER
      && g_atomic_int_compare_and_exchange (&link->choked, TRUE, FALSE))
    order (link, ORDER_UNCHOKE, FALSE, NULL);
  if (left <= 0
      && g_atomic_int_compare_and_exchange (&link->awaited, TRUE, FALSE))
    order (link, ORDER_CAUGHT_UP, FALSE, NULL);
  g_free (told->event);
  g_free (told->text);
  g_clear_pointer (&told->bytes, g_bytes_unref);
  g_clear_error ((GError **) & told->end.error);
  g_free ((gchar *) told->end.reason);
  g_free ((gchar *) told->end.body);
  g_free ((gchar *) told->end.request_id);
  gst_voice_link_unref (link);
  g_free (told);
}

static void
note_first (GstVoiceLink * link, const Told * told)
{
  if (!link->first_us)
    link->first_us = told->at_us;
}

static void
hand_over (GstVoiceStage * stage, gpointer data)
{
  const Told *told = data;
  GstVoiceLink *link = told->link;
  const GstVoiceLinkEvents *events = &link->events;

  if (link->over)
    return;
  switch (told->kind) {
    case TOLD_OPENED:
      link->open = TRUE;
      g_free (link->request_id);
      link->request_id = g_strdup (told->text);
      if (events->opened)
        events->opened (stage, link->data);
      break;
    case TOLD_TEXT:
      note_first (link, told);
      if (events->text)
        events->text (stage, told->event, told->text, told->size, link->data);
      break;
    case TOLD_BINARY:
      note_first (link, told);
      if (events->binary)
        events->binary (stage, told->bytes, link->data);
      break;
    case TOLD_CLOSED:
      link->over = TRUE;
      link->open = FALSE;
      events->closed (stage, &told->end, link->data);
      break;
  }
}

static Told *
told_new (GstVoiceLink * link, ToldKind kind, gsize size)
{
  Told *told = g_new0 (Told, 1);

  told->kind = kind;
  told->link = gst_voice_link_ref (link);
  told->at_us = g_get_monotonic_time ();
  told->size = size;
  told->cost = size + MESSAGE_COST;
  return told;
}

/* Takes @told. Posting calls nobody, so the lock may be held; and what is not
 * taken is freed here. */
static void
post (GstVoiceLink * link, Told * told)
{
  g_atomic_int_add (&link->backlog, told->cost);
  g_mutex_lock (&link->lock);
  if (link->stage)
    gst_voice_stage_post (link->stage, hand_over, told, told_free);
  else
    told_free (told);
  g_mutex_unlock (&link->lock);
}

static void
post_end (GstVoiceLink * link, const GstVoiceLinkEnd * end)
{
  Told *told = told_new (link, TOLD_CLOSED, 0);

  link->told_closed = TRUE;
  told->end = *end;
  told->end.error = end->error ? g_error_copy (end->error) : NULL;
  if (told->end.error)
    gst_voice_error_set_request ((GError *) told->end.error, end->http_status,
        end->request_id);
  told->end.reason = g_strdup (end->reason);
  told->end.body = g_strdup (end->body);
  told->end.request_id = g_strdup (end->request_id);
  told->end.received = link->received;
  post (link, told);
}

static void
end_with (GstVoiceLink * link, GstVoiceError code, const gchar * text)
{
  GError *error = g_error_new_literal (GST_VOICE_ERROR, code, text);
  GstVoiceLinkEnd end = {.error = error,.retry_after = -1 };

  post_end (link, &end);
  g_error_free (error);
}

/* The task may have taken everything before it sees that we wait for it. */
static void
hold_back (GstVoiceLink * link)
{
  g_atomic_int_set (&link->choked, TRUE);
  link->want_choke = TRUE;
  apply_hold (link);
  if (g_atomic_int_get (&link->backlog) <= LOW_WATER
      && g_atomic_int_compare_and_exchange (&link->choked, TRUE, FALSE)) {
    link->want_choke = FALSE;
    apply_hold (link);
  }
}

static void
tell_message (GstVoiceLink * link, Told * told)
{
  gint backlog;

  link->received = TRUE;
  post (link, told);
  backlog = g_atomic_int_get (&link->backlog);
  if (link->transport->pause) {
    if (backlog > HIGH_WATER && !link->want_choke)
      hold_back (link);
  } else if (backlog > MAX_BACKLOG) {
    /* The transport is closed as if the stage had done it. */
    end_with (link, GST_VOICE_ERROR_BAD_RESPONSE, "the service sent much more "
        "than was asked for, and faster than it can be taken");
    link->transport->close (link);
  }
}

/* The task may have taken everything before it sees that it is waited for. */
gboolean
gst_voice_link_is_behind (GstVoiceLink * link)
{
  g_atomic_int_set (&link->awaited, TRUE);
  return g_atomic_int_get (&link->backlog) > 0
      || !g_atomic_int_compare_and_exchange (&link->awaited, TRUE, FALSE);
}

gboolean
gst_voice_link_listens (GstVoiceLink * link)
{
  gboolean listens;

  g_mutex_lock (&link->lock);
  listens = link->stage != NULL;
  g_mutex_unlock (&link->lock);
  return listens && !link->told_closed && !link->was_closed;
}

void
gst_voice_link_tell_opened (GstVoiceLink * link, const gchar * request_id)
{
  Told *told;

  if (!gst_voice_link_listens (link))
    return;
  told = told_new (link, TOLD_OPENED, 0);
  told->text = g_strdup (request_id);
  post (link, told);
}

void
gst_voice_link_tell_text (GstVoiceLink * link, const gchar * event,
    gchar * text, gsize size)
{
  Told *told;

  if (!gst_voice_link_listens (link)) {
    g_free (text);
    return;
  }
  told = told_new (link, TOLD_TEXT, size);
  told->event = g_strdup (event ? event : "");
  told->text = text;
  tell_message (link, told);
}

void
gst_voice_link_tell_binary (GstVoiceLink * link, GBytes * bytes)
{
  Told *told;

  if (!gst_voice_link_listens (link))
    return;
  told = told_new (link, TOLD_BINARY, g_bytes_get_size (bytes));
  told->bytes = g_bytes_ref (bytes);
  tell_message (link, told);
}

void
gst_voice_link_tell_closed (GstVoiceLink * link, const GstVoiceLinkEnd * end)
{
  if (!link->told_closed && !link->was_closed)
    post_end (link, end);
}

void
gst_voice_link_tell_sent (GstVoiceLink * link, gsize bytes)
{
  g_atomic_int_add (&link->unsent, -(gint) bytes);
}

/**
 * gst_voice_link_set_header:
 * @link: a link that was not opened
 * @name: such as `Authorization`
 * @value: the value, which is wiped from our memory when the link is gone
 */
void
gst_voice_link_set_header (GstVoiceLink * link, const gchar * name,
    const gchar * value)
{
  g_ptr_array_add (link->headers, g_strdup (name));
  g_ptr_array_add (link->headers, g_strdup (value));
}

/**
 * gst_voice_link_set_body:
 * @link: a link over HTTP that was not opened
 * @body: what to send
 * @content_type: its type
 */
void
gst_voice_link_set_body (GstVoiceLink * link, GBytes * body,
    const gchar * content_type)
{
  g_clear_pointer (&link->body, g_bytes_unref);
  link->body = g_bytes_ref (body);
  g_free (link->content_type);
  link->content_type = g_strdup (content_type);
}

/**
 * gst_voice_link_set_deadlines:
 * @link: a link that was not opened
 * @deadlines: how long to wait for what
 */
void
gst_voice_link_set_deadlines (GstVoiceLink * link,
    const GstVoiceLinkDeadlines * deadlines)
{
  link->deadlines = *deadlines;
}

/**
 * gst_voice_link_set_max_message:
 * @link: a link that was not opened
 * @bytes: how long an event or message may be; a longer one ends the link with
 *   `bad-response`. By default 1 MiB, of a socket 4 MiB
 */
void
gst_voice_link_set_max_message (GstVoiceLink * link, gsize bytes)
{
  link->max_message = bytes;
}

/**
 * gst_voice_link_set_fresh:
 * @link: a link over HTTP that was not opened
 * @fresh: whether to open a connection for it, even if one is idle
 */
void
gst_voice_link_set_fresh (GstVoiceLink * link, gboolean fresh)
{
  link->fresh = fresh;
}

/**
 * gst_voice_link_set_ping:
 * @link: a link over a socket that was not opened
 * @seconds: how often to ping, 0 for never
 */
void
gst_voice_link_set_ping (GstVoiceLink * link, guint seconds)
{
  link->ping = seconds;
}

/**
 * gst_voice_link_open:
 * @link: a link, once
 * @events: what to call; `closed` must be there
 * @data: their last argument
 *
 * Begins. Whatever goes wrong is told with `closed`, later and in the task.
 */
void
gst_voice_link_open (GstVoiceLink * link, const GstVoiceLinkEvents * events,
    gpointer data)
{
  g_return_if_fail (!link->begun && events->closed);
  link->events = *events;
  link->data = data;
  link->begun = TRUE;
  link->opened_us = g_get_monotonic_time ();
  if (!order (link, ORDER_OPEN, TRUE, NULL))
    end_with (link, GST_VOICE_ERROR_INTERNAL, "there is no network thread");
}

static void
send (GstVoiceLink * link, OrderKind kind, GBytes * bytes)
{
  g_return_if_fail (link->begun);
  if (link->over)
    return;
  g_atomic_int_add (&link->unsent, (gint) g_bytes_get_size (bytes));
  if (!order (link, kind, TRUE, bytes))
    gst_voice_link_tell_sent (link, g_bytes_get_size (bytes));
}

/**
 * gst_voice_link_send_text:
 * @link: a socket that was opened
 * @text: one message
 *
 * Before the socket is open its messages wait; more than 4 MiB of them end the
 * link. After its end they go nowhere.
 */
void
gst_voice_link_send_text (GstVoiceLink * link, const gchar * text)
{
  GBytes *bytes = g_bytes_new (text, strlen (text));

  send (link, ORDER_SEND_TEXT, bytes);
  g_bytes_unref (bytes);
}

/**
 * gst_voice_link_send_binary:
 * @link: a socket that was opened
 * @bytes: one message
 *
 * As gst_voice_link_send_text().
 */
void
gst_voice_link_send_binary (GstVoiceLink * link, GBytes * bytes)
{
  send (link, ORDER_SEND_BINARY, bytes);
}

/**
 * gst_voice_link_unsent:
 * @link: a socket
 *
 * Returns: how many bytes wait to be sent
 */
gsize
gst_voice_link_unsent (GstVoiceLink * link)
{
  return g_atomic_int_get (&link->unsent);
}

/**
 * gst_voice_link_expect:
 * @link: a socket that was opened
 * @expecting: whether an answer is owed from now on. Until its first message
 *   the deadline @first_byte counts, then @stall between two. Otherwise silence
 *   is fine
 */
void
gst_voice_link_expect (GstVoiceLink * link, gboolean expecting)
{
  order (link, ORDER_EXPECT, expecting, NULL);
}

/**
 * gst_voice_link_pause:
 * @link: a link over HTTP that was opened
 * @paused: whether to hold the answer back. What is on its way still comes
 */
void
gst_voice_link_pause (GstVoiceLink * link, gboolean paused)
{
  if (link->paused == paused)
    return;
  link->paused = paused;
  order (link, ORDER_PAUSE, paused, NULL);
}

/**
 * gst_voice_link_close:
 * @link: (transfer full) (nullable): a link in any state
 *
 * Nothing is told any more. A request is taken back; a socket is closed
 * politely behind what was sent, by itself.
 */
void
gst_voice_link_close (GstVoiceLink * link)
{
  if (!link)
    return;
  g_mutex_lock (&link->lock);
  link->stage = NULL;
  g_mutex_unlock (&link->lock);
  link->over = TRUE;
  link->open = FALSE;
  if (link->begun)
    order (link, ORDER_CLOSE, TRUE, NULL);
  gst_voice_link_unref (link);
}

/**
 * gst_voice_link_is_open:
 * @link: a link
 *
 * Returns: whether `opened` was told and it is not over
 */
gboolean
gst_voice_link_is_open (GstVoiceLink * link)
{
  return link->open;
}

/**
 * gst_voice_link_blame:
 * @link: (nullable): a link
 * @error: what the stage finds fault with in its answer
 *
 * Adds to the error what the service calls the request, if it has said so.
 */
void
gst_voice_link_blame (GstVoiceLink * link, GError * error)
{
  if (link)
    gst_voice_error_set_request (error, 0, link->request_id);
}

/**
 * gst_voice_link_first_byte_after:
 * @link: a link
 *
 * Returns: how long after gst_voice_link_open() the first message or piece of
 *   the answer came; %GST_CLOCK_TIME_NONE as long as there is none
 */
GstClockTime
gst_voice_link_first_byte_after (GstVoiceLink * link)
{
  return link->first_us ? (link->first_us - link->opened_us) * GST_USECOND :
      GST_CLOCK_TIME_NONE;
}
