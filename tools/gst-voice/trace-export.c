/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Traces on their way to a collector (OTLP/HTTP, JSON). What is added waits a
 * second for others; what does not fit in the queue is dropped and counted. A
 * collector that is busy or not there is asked again, as the protocol wants it
 * (429, 502, 503, 504 and lost connections); what it refuses is dropped.
 *
 * Threads: that of the owner adds and waits; the network thread sends.
 * Locks: `lock`, under which nothing is called.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "trace-export.h"

#include <gst-voice/error.h>
#include <gst-voice/http.h>
#include <gst-voice/io.h>
#include <gst-voice/secret.h>
#include <string.h>

#define BATCH_MS 1000
#define MAX_BATCH 64
#define MAX_WAITING 1024
#define MAX_BYTES (8 * 1024 * 1024)
#define MAX_ATTEMPTS 6
#define MAX_BACKOFF_MS 30000
#define MAX_ANSWER (64 * 1024)

struct _TraceExport
{
  /* set once */
  gchar *url;
  GPtrArray *headers;

  GMutex lock;
  GCond changed;
  /* lock */
  GQueue waiting;               /* of gchar * */
  gsize bytes;                  /* in it */
  guint under_way;              /* traces in the batch */
  guint64 sent, dropped;
  gchar *problem;               /* of the last that was dropped, or NULL */
  gboolean hurried;             /* do not wait for others */
  gboolean over;                /* do not send any more */

  /* network thread */
  GstVoiceIoTimer *timer;
  GstVoiceHttpRequest *request;
  GPtrArray *batch;             /* or NULL */
  guint attempts;
};

static void
export_clear (gpointer data)
{
  TraceExport *self = data;

  g_queue_clear_full (&self->waiting, g_free);
  g_ptr_array_unref (self->headers);
  g_clear_pointer (&self->batch, g_ptr_array_unref);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self->problem);
  g_free (self->url);
}

static void
export_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, export_clear);
}

static void
post (TraceExport * self, GstVoiceIoFunc func)
{
  gst_voice_io_post (func, g_atomic_rc_box_acquire (self), export_unref);
}

static GBytes *
make_body (const GPtrArray * batch)
{
  GString *body = g_string_new ("{\"resourceSpans\":[{\"resource\":{"
      "\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
      "\"gst-voice\"}},{\"key\":\"service.version\",\"value\":{\"stringValue\":"
      "\"" VERSION "\"}}]},\"scopeSpans\":[");

  for (guint i = 0; i < batch->len; i++) {
    g_string_append (body, i > 0 ? "," : "");
    g_string_append (body, g_ptr_array_index (batch, i));
  }
  g_string_append (body, "]}]}");
  return g_string_free_to_bytes (body);
}

/* Returns: whether there is a batch to send */
static gboolean
take_batch_on_io (TraceExport * self)
{
  gchar *trace;

  if (self->batch)
    return TRUE;
  g_mutex_lock (&self->lock);
  if (self->waiting.length > 0)
    self->batch = g_ptr_array_new_with_free_func (g_free);
  while (self->batch && self->batch->len < MAX_BATCH
      && (trace = g_queue_pop_head (&self->waiting))) {
    self->bytes -= strlen (trace);
    g_ptr_array_add (self->batch, trace);
  }
  self->under_way = self->batch ? self->batch->len : 0;
  g_mutex_unlock (&self->lock);
  return self->batch != NULL;
}

static gboolean
may_send (TraceExport * self)
{
  gboolean may;

  g_mutex_lock (&self->lock);
  may = !self->over;
  g_mutex_unlock (&self->lock);
  return may;
}

/* @error: (nullable): why it was dropped */
static void
settle_on_io (TraceExport * self, const GError * error)
{
  g_mutex_lock (&self->lock);
  if (error) {
    self->dropped += self->under_way;
    g_free (self->problem);
    self->problem = g_strdup (error->message);
  } else {
    self->sent += self->under_way;
  }
  self->under_way = 0;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->batch, g_ptr_array_unref);
  self->attempts = 0;
}

static gboolean
may_try_again (const TraceExport * self, const GError * error, guint status)
{
  if (self->attempts >= MAX_ATTEMPTS
      || g_error_matches (error, GST_VOICE_ERROR, GST_VOICE_ERROR_CANCELLED))
    return FALSE;
  return status == 429 || status == 502 || status == 503 || status == 504
      || (status == 0 && gst_voice_error_is_retryable (error->code));
}

static void send_on_io (TraceExport * self);

static void
done_on_io (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  TraceExport *self = data;
  gint64 wait = gst_voice_http_request_get_retry_after (request);

  g_clear_pointer (&self->request, gst_voice_http_request_unref);
  if (error && self->timer && may_try_again (self, error, status)) {
    if (wait < 0)
      wait = (BATCH_MS << self->attempts) * g_random_double_range (.75, 1.25);
    gst_voice_io_timer_start (self->timer, MIN (wait, MAX_BACKOFF_MS));
    return;
  }
  settle_on_io (self, error);
  if (self->timer)
    send_on_io (self);
}

static void
send_on_io (TraceExport * self)
{
  static const GstVoiceHttpCallbacks callbacks = {.done = done_on_io };
  static const GstVoiceHttpDeadlines deadlines = {.connect = 5000,
    .first_byte = 10000,.stall = 5000,.total = 20000
  };
  GBytes *body;

  if (self->request || !may_send (self) || !take_batch_on_io (self))
    return;
  gst_voice_io_timer_stop (self->timer);
  self->attempts++;
  self->request = gst_voice_http_request_new ("POST", self->url);
  for (guint i = 0; i + 1 < self->headers->len; i += 2)
    gst_voice_http_request_set_header (self->request,
        g_ptr_array_index (self->headers, i),
        g_ptr_array_index (self->headers, i + 1));
  body = make_body (self->batch);
  gst_voice_http_request_set_body (self->request, body, "application/json");
  g_bytes_unref (body);
  gst_voice_http_request_set_deadlines (self->request, &deadlines);
  gst_voice_http_request_set_max_bytes (self->request, MAX_ANSWER);
  gst_voice_http_request_set_callbacks (self->request, &callbacks,
      g_atomic_rc_box_acquire (self), export_unref);
  gst_voice_http_send (self->request);
}

static void
fire_on_io (gpointer data)
{
  send_on_io (data);
}

static void
begin_on_io (gpointer data)
{
  TraceExport *self = data;

  self->timer = gst_voice_io_timer_new (fire_on_io, self);
}

/* A batch that is tried again waits for its time. */
static void
kick_on_io (gpointer data)
{
  TraceExport *self = data;
  gboolean now;

  if (self->request || self->batch)
    return;
  g_mutex_lock (&self->lock);
  now = self->hurried || self->waiting.length >= MAX_BATCH;
  g_mutex_unlock (&self->lock);
  if (now)
    send_on_io (self);
  else
    gst_voice_io_timer_start (self->timer, BATCH_MS);
}

static void
end_on_io (gpointer data)
{
  TraceExport *self = data;

  g_clear_pointer (&self->timer, gst_voice_io_timer_free);
  if (!self->request)
    return;
  gst_voice_http_cancel (self->request);
  g_clear_pointer (&self->request, gst_voice_http_request_unref);
}

static void
free_secret (gpointer data)
{
  gst_voice_secret_free (data);
}

static gpointer
copy_string (gconstpointer text, gpointer unused)
{
  return g_strdup (text);
}

/**
 * trace_export_new:
 * @settings: complete, and with a URL
 *
 * Returns: (transfer full): what sends traces there
 */
TraceExport *
trace_export_new (const TraceSettings * settings)
{
  TraceExport *self = g_atomic_rc_box_new0 (TraceExport);

  self->url = g_strdup (settings->url);
  self->headers = g_ptr_array_copy (settings->headers, copy_string, NULL);
  g_ptr_array_set_free_func (self->headers, free_secret);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->waiting);
  gst_voice_io_ref ();
  post (self, begin_on_io);
  return self;
}

/**
 * trace_export_add:
 * @self: what sends
 * @trace: (transfer full): an element of `scopeSpans`
 *
 * Never waits.
 */
void
trace_export_add (TraceExport * self, gchar * trace)
{
  gsize size = strlen (trace);
  gboolean first = FALSE, full;

  g_mutex_lock (&self->lock);
  full = self->waiting.length >= MAX_WAITING || size > MAX_BYTES - self->bytes;
  if (full) {
    self->dropped++;
    g_free (self->problem);
    self->problem = g_strdup ("the collector is too slow");
  } else {
    first = self->waiting.length == 0 || self->waiting.length + 1 == MAX_BATCH;
    g_queue_push_tail (&self->waiting, trace);
    self->bytes += size;
  }
  g_mutex_unlock (&self->lock);
  if (full)
    g_free (trace);
  if (first)
    post (self, kick_on_io);
}

/**
 * trace_export_finish:
 * @self: what sends
 * @ms: how long to wait at the most
 *
 * Sends what is there now, and waits for it. What is left is dropped.
 *
 * Returns: whether nothing was dropped, now or before
 */
gboolean
trace_export_finish (TraceExport * self, guint ms)
{
  gint64 until = g_get_monotonic_time () + (gint64) ms * 1000;
  gboolean ok;

  g_mutex_lock (&self->lock);
  self->hurried = TRUE;
  g_mutex_unlock (&self->lock);
  post (self, kick_on_io);
  g_mutex_lock (&self->lock);
  while ((self->waiting.length > 0 || self->under_way > 0)
      && g_cond_wait_until (&self->changed, &self->lock, until));
  self->over = TRUE;
  if (self->waiting.length + self->under_way > 0 && !self->problem)
    self->problem = g_strdup ("the collector has not answered in time");
  self->dropped += self->waiting.length + self->under_way;
  self->under_way = 0;
  g_queue_clear_full (&self->waiting, g_free);
  self->bytes = 0;
  ok = self->dropped == 0;
  g_mutex_unlock (&self->lock);
  return ok;
}

/**
 * trace_export_get_counts:
 * @self: what sends
 * @sent: (out): traces that a collector has taken
 * @dropped: (out): those that are lost
 */
void
trace_export_get_counts (TraceExport * self, guint64 * sent, guint64 * dropped)
{
  g_mutex_lock (&self->lock);
  *sent = self->sent;
  *dropped = self->dropped;
  g_mutex_unlock (&self->lock);
}

/**
 * trace_export_problem:
 * @self: what sends
 *
 * Returns: (transfer full) (nullable): why traces were dropped last
 */
gchar *
trace_export_problem (TraceExport * self)
{
  gchar *problem;

  g_mutex_lock (&self->lock);
  problem = g_strdup (self->problem);
  g_mutex_unlock (&self->lock);
  return problem;
}

/**
 * trace_export_free:
 * @self: (transfer full) (nullable): what sends; what is under way is dropped
 */
void
trace_export_free (TraceExport * self)
{
  if (!self)
    return;
  post (self, end_on_io);
  gst_voice_io_unref ();
  export_unref (self);
}
