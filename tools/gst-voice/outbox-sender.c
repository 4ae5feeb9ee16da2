/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sends documents of the outbox, signed, a few at a time. One process sends for
 * a database at a time: whoever holds the lock (flock) of the file beside it,
 * which a process that is killed does not hold any more. What others put there
 * is noticed within seconds.
 *
 * Threads: one of its own, which alone has the database; it is told what to do
 * by any, and by the network thread how a request went. Locks: one, of the
 * sender; one of each batch of requests, held alone.
 */
#include "outbox-sender.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst-voice/http.h>
#include <gst-voice/io.h>
#include <gst-voice/secret.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define BATCH 8
#define LOOK_US (5 * G_USEC_PER_SEC)
/* A receiver takes a document or does not; it does not work on it. */
static const GstVoiceHttpDeadlines deadlines = {
  .connect = 5000,.first_byte = 10000,.stall = 5000,.total = 15000
};

struct _OutboxSender
{
  /* set once in new */
  gchar *db;
  OutboxNews news;
  gpointer data;
  GThread *thread;

  gboolean network;             /* its own thread: it holds the network's */

  GMutex lock;
  GCond changed;
  /* lock */
  gboolean woken, ending;
  gint64 until;                 /* monotonic: when to give up once it ends */
};

/* Requests that are under way together. */
typedef struct
{
  gatomicrefcount refs;
  GMutex lock;
  GCond changed;
  /* lock */
  guint open;                   /* without an outcome */
} Batch;

typedef struct
{
  Batch *batch;
  /* lock of the batch, until it is done */
  gboolean done;
  guint status;
  gint64 retry_after;
  gchar *why;
} Sending;

static void
batch_unref (Batch * batch)
{
  if (!g_atomic_ref_count_dec (&batch->refs))
    return;
  g_mutex_clear (&batch->lock);
  g_cond_clear (&batch->changed);
  g_free (batch);
}

static void
sending_clear (Sending * sending)
{
  batch_unref (sending->batch);
  g_free (sending->why);
}

static void
sending_release (Sending * sending)
{
  g_atomic_rc_box_release_full (sending, (GDestroyNotify) sending_clear);
}

static Sending *
sending_new (Batch * batch)
{
  Sending *sending = g_atomic_rc_box_new0 (Sending);

  g_atomic_ref_count_inc (&batch->refs);
  sending->batch = batch;
  sending->retry_after = -1;
  batch->open++;
  return sending;
}

static void
settle (Sending * sending, guint status, gint64 retry_after, const gchar * why)
{
  Batch *batch = sending->batch;

  g_mutex_lock (&batch->lock);
  if (!sending->done) {
    sending->done = TRUE;
    sending->status = status;
    sending->retry_after = retry_after;
    sending->why = g_strdup (why);
    batch->open--;
    g_cond_signal (&batch->changed);
  }
  g_mutex_unlock (&batch->lock);
}

/* What a receiver says beyond its status does not matter, and may be long. */
static void
take_head (GstVoiceHttpRequest * request, guint status, gpointer data)
{
  if (status / 100 == 2)
    settle (data, status, -1, NULL);
}

static void
take_end (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  settle (data, status, gst_voice_http_request_get_retry_after (request),
      error ? error->message : NULL);
}

static const GstVoiceHttpCallbacks callbacks = {
  .headers = take_head,
  .done = take_end,
};

static gboolean
sign (GstVoiceHttpRequest * request, const OutboxEntry * entry,
    const gchar * body, GError ** error)
{
  gchar *secret, *value;

  if (!entry->secret)
    return TRUE;
  secret = gst_voice_secret_resolve (entry->secret, error);
  if (!secret)
    return FALSE;
  value = outbox_sign (secret, g_get_real_time (), body);
  gst_voice_http_request_set_header (request, "X-Gst-Voice-Signature", value);
  gst_voice_secret_free (secret);
  g_free (value);
  return TRUE;
}

/* (transfer full) (nullable) */
static GstVoiceHttpRequest *
make_request (const OutboxEntry * entry, gchar * body, GError ** error)
{
  GstVoiceHttpRequest *request = gst_voice_http_request_new ("POST",
      entry->url);
  GBytes *bytes;

  gst_voice_http_request_set_header (request, "Idempotency-Key", entry->id);
  gst_voice_http_request_set_deadlines (request, &deadlines);
  /* What is signed for one address is for no other. */
  gst_voice_http_request_set_redirects (request, FALSE);
  if (!sign (request, entry, body, error))
    g_clear_pointer (&request, gst_voice_http_request_unref);
  if (request) {
    bytes = g_bytes_new (body, strlen (body));
    gst_voice_http_request_set_body (request, bytes, "application/json");
    g_bytes_unref (bytes);
  }
  return request;
}

/* (nullable): a request that is under way; without one @sending has its
 * outcome. */
static GstVoiceHttpRequest *
send_one (Store * store, const OutboxEntry * entry, Sending * sending)
{
  GError *error = NULL;
  gchar *body = store_get_conversation (store, entry->call_id, &error);
  GstVoiceHttpRequest *request = body ? make_request (entry, body, &error) :
      NULL;

  if (request) {
    gst_voice_http_request_set_callbacks (request, &callbacks,
        g_atomic_rc_box_acquire (sending), (GDestroyNotify) sending_release);
    gst_voice_http_send (request);
  } else {
    settle (sending, 0, -1, error->message);
    g_error_free (error);
  }
  g_free (body);
  return request;
}

/* Whether it may still wait, and until when. */
static gboolean
get_until (OutboxSender * sender, gint64 * until)
{
  gboolean ending;

  g_mutex_lock (&sender->lock);
  ending = sender->ending;
  *until = sender->until;
  g_mutex_unlock (&sender->lock);
  return !ending || g_get_monotonic_time () < *until;
}

/* Looks now and then whether it should end. */
static void
wait_for (OutboxSender * sender, Batch * batch)
{
  gint64 until;

  g_mutex_lock (&batch->lock);
  while (batch->open > 0) {
    g_mutex_unlock (&batch->lock);
    if (!get_until (sender, &until))
      return;
    g_mutex_lock (&batch->lock);
    if (batch->open > 0)
      g_cond_wait_until (&batch->changed, &batch->lock,
          g_get_monotonic_time () + G_USEC_PER_SEC / 10);
  }
  g_mutex_unlock (&batch->lock);
}

static void
tell (OutboxSender * sender, const OutboxEntry * entry, const gchar * state,
    const gchar * why)
{
  if (sender->news)
    sender->news (entry, state, why, sender->data);
}

static gboolean
write_down (OutboxSender * sender, Store * store, const OutboxEntry * entry,
    const Sending * sending)
{
  OutboxOutcome outcome = { sending->status, sending->retry_after,
    sending->why
  };
  GError *error = NULL;
  const gchar *state = outbox_settle (store, entry, &outcome,
      g_get_real_time (), &error);

  tell (sender, state ? entry : NULL, state, state ? sending->why :
      error->message);
  g_clear_error (&error);
  return state != NULL;
}

/* FALSE if it makes no sense to go on. */
static gboolean
send_batch (OutboxSender * sender, Store * store, GPtrArray * due)
{
  Batch *batch = g_new0 (Batch, 1);
  GstVoiceHttpRequest *requests[BATCH] = { NULL };
  Sending *sendings[BATCH] = { NULL };
  gboolean ok = TRUE;
  guint n = MIN (due->len, BATCH);

  g_atomic_ref_count_init (&batch->refs);
  g_mutex_init (&batch->lock);
  g_cond_init (&batch->changed);
  for (guint i = 0; i < n; i++)
    sendings[i] = sending_new (batch);
  for (guint i = 0; i < n; i++)
    requests[i] = send_one (store, g_ptr_array_index (due, i), sendings[i]);
  wait_for (sender, batch);
  for (guint i = 0; i < n; i++) {
    gboolean done;

    g_mutex_lock (&batch->lock);
    done = sendings[i]->done;
    g_mutex_unlock (&batch->lock);
    if (requests[i])
      gst_voice_http_cancel (requests[i]);
    if (done)
      ok = write_down (sender, store, g_ptr_array_index (due, i), sendings[i])
          && ok;
    if (requests[i])
      gst_voice_http_request_unref (requests[i]);
    sending_release (sendings[i]);
    ok = ok && done;
  }
  batch_unref (batch);
  return ok;
}

/* Whoever has it sends for all. */
static gint
take_lock (const gchar * db)
{
  gchar *path = g_strconcat (db, ".outbox", NULL);
  gint fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0) {
    close (fd);
    fd = -1;
  }
  g_free (path);
  return fd;
}

/* What becomes due meanwhile is for the next time. */
static void
send_due (OutboxSender * sender, Store * store)
{
  gint64 now = g_get_real_time (), until;
  GError *error = NULL;
  gboolean more = TRUE;

  if (!sender->network)
    gst_voice_io_ref ();
  sender->network = TRUE;
  while (more && get_until (sender, &until)) {
    GPtrArray *due = outbox_due (store, now, BATCH, &error);

    more = due && due->len > 0 && send_batch (sender, store, due);
    g_clear_pointer (&due, g_ptr_array_unref);
  }
  if (error)
    tell (sender, NULL, NULL, error->message);
  g_clear_error (&error);
}

/* The time at which to look again, monotonic. */
static gint64
work (OutboxSender * sender, Store * store)
{
  gint64 later = g_get_monotonic_time () + LOOK_US, next;
  gint64 now = g_get_real_time ();
  gint fd;

  next = outbox_next (store, NULL);
  if (next < 0 || next > now)
    return next < 0 ? later : MIN (later, g_get_monotonic_time () + next - now);
  fd = take_lock (sender->db);
  if (fd < 0)
    return later;
  send_due (sender, store);
  close (fd);
  return MIN (later, g_get_monotonic_time () + G_USEC_PER_SEC);
}

/* Returns whether it is to end, once it is woken or time has come. */
static gboolean
rest (OutboxSender * sender, gint64 until, gboolean * woken)
{
  gboolean ending;

  g_mutex_lock (&sender->lock);
  while (!sender->woken && !sender->ending
      && g_cond_wait_until (&sender->changed, &sender->lock, until));
  *woken = sender->woken;
  sender->woken = FALSE;
  ending = sender->ending;
  g_mutex_unlock (&sender->lock);
  return ending;
}

/* (nullable): there may be no file yet. */
static Store *
open_store (OutboxSender * sender)
{
  GError *error = NULL;
  Store *store = store_open (sender->db, STORE_WRITE, &error);

  if (error && !g_error_matches (error, STORE_ERROR, STORE_ERROR_MISSING))
    tell (sender, NULL, NULL, error->message);
  g_clear_error (&error);
  return store;
}

static gpointer
run (gpointer data)
{
  OutboxSender *sender = data;
  gboolean ending = FALSE, woken, last;
  Store *store = NULL;
  gint64 next;

  do {
    last = ending;
    if (!store)
      store = open_store (sender);
    next = store ? work (sender, store) : g_get_monotonic_time () + LOOK_US;
    /* Once more after the end was asked for. */
    ending = last || rest (sender, next, &woken);
    /* Whoever has put something there may have made the file anew. */
    if (!last && (woken || ending))
      g_clear_pointer (&store, store_close);
  } while (!last);
  g_clear_pointer (&store, store_close);
  if (sender->network)
    gst_voice_io_unref ();
  return NULL;
}

/**
 * outbox_sender_new:
 * @db: (nullable): the database, or %NULL for the default one; it need not be
 *   there yet
 * @news: (nullable): what to call
 * @data: for @news
 *
 * Returns: (transfer full): what sends from now on
 */
OutboxSender *
outbox_sender_new (const gchar * db, OutboxNews news, gpointer data)
{
  OutboxSender *sender = g_new0 (OutboxSender, 1);

  sender->db = db ? g_canonicalize_filename (db, NULL) : store_default_path ();
  sender->news = news;
  sender->data = data;
  g_mutex_init (&sender->lock);
  g_cond_init (&sender->changed);
  sender->thread = g_thread_new ("outbox", run, sender);
  return sender;
}

/**
 * outbox_sender_wake:
 * @sender: what sends
 *
 * There is something new.
 */
void
outbox_sender_wake (OutboxSender * sender)
{
  g_mutex_lock (&sender->lock);
  sender->woken = TRUE;
  g_cond_signal (&sender->changed);
  g_mutex_unlock (&sender->lock);
}

/**
 * outbox_sender_free:
 * @sender: (transfer full): what sends
 * @seconds: how long it may take for what is due now
 *
 * Each document that is due is tried once more; what is not done by then stays
 * in the outbox.
 */
void
outbox_sender_free (OutboxSender * sender, guint seconds)
{
  g_mutex_lock (&sender->lock);
  sender->ending = TRUE;
  sender->until = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  g_cond_signal (&sender->changed);
  g_mutex_unlock (&sender->lock);
  g_thread_join (sender->thread);
  g_mutex_clear (&sender->lock);
  g_cond_clear (&sender->changed);
  g_free (sender->db);
  g_free (sender);
}
