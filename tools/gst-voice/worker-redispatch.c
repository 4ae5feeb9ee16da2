/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After a crash: who is in the room? If anybody but agents, a new dispatch. A
 * call that crashes whoever takes it must not go round for ever, so this
 * happens twice at most for a room; a worker counts for itself, and the job's
 * attribute carries the count from worker to worker.
 *
 * Threads: that of the main context; answers come on the network thread and are
 * handed over. Locks: none.
 */
#include "worker-redispatch.h"

#include <gst-voice/error.h>
#include <gst-voice/http.h>
#include <gst-voice/io.h>
#include <gst-voice/secret.h>
#include <jwt.h>
#include <string.h>
#include <twirp.h>

#define TOKEN_SECONDS 60
#define TOTAL_MS 10000
#define MAX_ROOMS 1024          /* of which is known that they crashed */

typedef struct
{
  WorkerRedispatch *redispatch; /* NULL: nobody waits */
  gchar *call_id, *room, *metadata;
  GHashTable *attributes;
  gboolean listed;
  GstVoiceHttpRequest *request;
  /* network thread, until it hands over */
  GString *body;
  guint status;
  GError *error;
} Ask;

struct _WorkerRedispatch
{
  gchar *url, *key, *secret, *agent_name;
  WorkerRedispatchFunc func;
  gpointer data;
  GHashTable *rooms;            /* sid or name → how often */
  GQueue order;                 /* of rooms, the oldest first */
  GList *asks;                  /* Ask */
};

static void
ask_free (Ask * ask)
{
  if (ask->redispatch)
    ask->redispatch->asks = g_list_remove (ask->redispatch->asks, ask);
  g_clear_pointer (&ask->request, gst_voice_http_request_unref);
  g_string_free (ask->body, TRUE);
  g_clear_error (&ask->error);
  g_hash_table_unref (ask->attributes);
  g_free (ask->call_id);
  g_free (ask->room);
  g_free (ask->metadata);
  g_free (ask);
  gst_voice_io_unref ();
}

static void
finish (Ask * ask, WorkerRedispatchResult result, const GError * error)
{
  WorkerRedispatch *redispatch = ask->redispatch;

  if (redispatch)
    redispatch->func (ask->call_id, result, error, redispatch->data);
  ask_free (ask);
}

static void send_request (Ask * ask, const gchar * method, gchar * body);

static void
read_people (Ask * ask)
{
  LivekitDispatch dispatch = {.room = ask->room,
    .agent_name = ask->redispatch->agent_name,.metadata = ask->metadata,
    .attributes = ask->attributes
  };
  GError *error = NULL;
  guint people;

  if (!livekit_twirp_count_people (ask->body->str, ask->body->len, &people,
          &error)) {
    finish (ask, WORKER_REDISPATCH_FAILED, error);
    g_error_free (error);
  } else if (people == 0) {
    finish (ask, WORKER_REDISPATCH_NOBODY, NULL);
  } else {
    ask->listed = TRUE;
    send_request (ask, LIVEKIT_TWIRP_CREATE_DISPATCH,
        livekit_twirp_create_dispatch (&dispatch));
  }
}

static void
read_dispatch (Ask * ask)
{
  GError *error = NULL;
  gchar *id;

  if (livekit_twirp_read_dispatch (ask->body->str, ask->body->len, &id, &error))
    finish (ask, WORKER_REDISPATCH_ASKED, NULL);
  else
    finish (ask, WORKER_REDISPATCH_FAILED, error);
  g_clear_error (&error);
  g_free (id);
}

/* In the main context. */
static gboolean
answered (gpointer data)
{
  Ask *ask = data;
  GError *error = NULL;

  g_clear_pointer (&ask->request, gst_voice_http_request_unref);
  if (!ask->redispatch) {
    ask_free (ask);
  } else if (ask->error) {
    error = ask->status > 0 ? livekit_twirp_refusal (ask->status,
        ask->body->str) : g_error_copy (ask->error);
    /* A room that is closed by now has nobody in it. */
    finish (ask, ask->status == 404 ? WORKER_REDISPATCH_NOBODY :
        WORKER_REDISPATCH_FAILED, error);
    g_error_free (error);
  } else if (ask->listed) {
    read_dispatch (ask);
  } else {
    read_people (ask);
  }
  return G_SOURCE_REMOVE;
}

static void
on_data (GstVoiceHttpRequest * request, const guint8 * data, gsize size,
    gpointer user_data)
{
  g_string_append_len (((Ask *) user_data)->body, (const gchar *) data, size);
}

static void
on_done (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  const gchar *body = gst_voice_http_request_get_error_body (request);
  Ask *ask = data;

  ask->status = status;
  ask->error = error ? g_error_copy (error) : NULL;
  if (error)
    g_string_assign (ask->body, body ? body : "");
}

/* Also when it was cancelled: the last that the network thread does with it. */
static void
hand_over (gpointer data)
{
  g_idle_add (answered, data);
}

static void
send_request (Ask * ask, const gchar * method, gchar * body)
{
  static const GstVoiceHttpCallbacks callbacks = {.data = on_data,
    .done = on_done
  };
  static const GstVoiceHttpDeadlines deadlines = {.total = TOTAL_MS };
  WorkerRedispatch *redispatch = ask->redispatch;
  LivekitGrants grants = {.room_admin = TRUE,.room = ask->room };
  gchar *token = livekit_jwt_make (redispatch->key, redispatch->secret,
      &grants, g_get_real_time () / G_USEC_PER_SEC, TOKEN_SECONDS,
      &ask->error);
  gchar *url = token ? livekit_twirp_url (redispatch->url, method,
      &ask->error) : NULL;
  GBytes *bytes = g_bytes_new_take (body, strlen (body));
  gchar *bearer;

  g_string_truncate (ask->body, 0);
  ask->status = 0;
  if (url) {
    bearer = g_strconcat ("Bearer ", token, NULL);
    ask->request = gst_voice_http_request_new ("POST", url);
    gst_voice_http_request_set_header (ask->request, "Authorization", bearer);
    gst_voice_http_request_set_body (ask->request, bytes, "application/json");
    gst_voice_http_request_set_deadlines (ask->request, &deadlines);
    gst_voice_http_request_set_max_bytes (ask->request,
        LIVEKIT_TWIRP_MAX_ANSWER);
    gst_voice_http_request_set_callbacks (ask->request, &callbacks, ask,
        hand_over);
    gst_voice_http_send (ask->request);
    gst_voice_secret_free (bearer);
  } else {
    g_idle_add (answered, ask);
  }
  g_bytes_unref (bytes);
  g_free (url);
  gst_voice_secret_free (token);
}

static guint
count_before (WorkerRedispatch * redispatch, const WorkerCrash * crash)
{
  const gchar *room = *crash->sid ? crash->sid : crash->room;
  guint ours = GPOINTER_TO_UINT (g_hash_table_lookup (redispatch->rooms,
          room));
  const gchar *told = crash->attributes ?
      g_hash_table_lookup (crash->attributes, WORKER_REDISPATCH_ATTRIBUTE) :
      NULL;
  guint64 theirs = 0;

  if (told)
    g_ascii_string_to_unsigned (told, 10, 0, G_MAXUINT, &theirs, NULL);
  return MAX (ours, theirs);
}

static void
remember (WorkerRedispatch * redispatch, const WorkerCrash * crash, guint count)
{
  const gchar *room = *crash->sid ? crash->sid : crash->room;
  gchar *key;

  if (!g_hash_table_contains (redispatch->rooms, room)) {
    if (redispatch->order.length >= MAX_ROOMS)
      g_hash_table_remove (redispatch->rooms,
          g_queue_pop_head (&redispatch->order));
    key = g_strdup (room);
    g_queue_push_tail (&redispatch->order, key);
    g_hash_table_insert (redispatch->rooms, key, GUINT_TO_POINTER (count));
  } else {
    /* The old key stays, which the queue has too. */
    g_hash_table_insert (redispatch->rooms, g_strdup (room),
        GUINT_TO_POINTER (count));
  }
}

static Ask *
ask_new (WorkerRedispatch * redispatch, const WorkerCrash * crash, guint count)
{
  Ask *ask = g_new0 (Ask, 1);
  GHashTableIter iter;
  gpointer name, value;

  gst_voice_io_ref ();
  ask->redispatch = redispatch;
  ask->call_id = g_strdup (crash->call_id);
  ask->room = g_strdup (crash->room);
  ask->metadata = g_strdup (crash->metadata);
  ask->body = g_string_new (NULL);
  ask->attributes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  if (crash->attributes) {
    g_hash_table_iter_init (&iter, crash->attributes);
    while (g_hash_table_iter_next (&iter, &name, &value))
      g_hash_table_insert (ask->attributes, g_strdup (name), g_strdup (value));
  }
  g_hash_table_insert (ask->attributes,
      g_strdup (WORKER_REDISPATCH_ATTRIBUTE), g_strdup_printf ("%u", count));
  redispatch->asks = g_list_prepend (redispatch->asks, ask);
  return ask;
}

/**
 * worker_redispatch_ask:
 * @redispatch: what asks
 * @crash: the call that has crashed; copied
 */
void
worker_redispatch_ask (WorkerRedispatch * redispatch, const WorkerCrash * crash)
{
  guint count = count_before (redispatch, crash);
  Ask *ask;

  if (count >= WORKER_REDISPATCH_MAX) {
    redispatch->func (crash->call_id, WORKER_REDISPATCH_ENOUGH, NULL,
        redispatch->data);
    return;
  }
  remember (redispatch, crash, count + 1);
  ask = ask_new (redispatch, crash, count + 1);
  send_request (ask, LIVEKIT_TWIRP_LIST_PARTICIPANTS,
      livekit_twirp_list_participants (crash->room));
}

/**
 * worker_redispatch_pending:
 * @redispatch: what asks
 *
 * Returns: how many calls it is busy with
 */
guint
worker_redispatch_pending (const WorkerRedispatch * redispatch)
{
  return g_list_length (redispatch->asks);
}

/**
 * worker_redispatch_new:
 * @url: of the server
 * @key: API key
 * @secret: API secret
 * @agent_name: (nullable): our name
 * @func: is told what came of it
 * @data: for @func
 *
 * Returns: (transfer full): what asks
 */
WorkerRedispatch *
worker_redispatch_new (const gchar * url, const gchar * key,
    const gchar * secret, const gchar * agent_name, WorkerRedispatchFunc func,
    gpointer data)
{
  WorkerRedispatch *redispatch = g_new0 (WorkerRedispatch, 1);

  redispatch->url = g_strdup (url);
  redispatch->key = g_strdup (key);
  redispatch->secret = g_strdup (secret);
  redispatch->agent_name = g_strdup (agent_name);
  redispatch->func = func;
  redispatch->data = data;
  redispatch->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  g_queue_init (&redispatch->order);
  return redispatch;
}

/**
 * worker_redispatch_free:
 * @redispatch: (transfer full) (nullable): what asks; nothing is called any
 *   more, and what is under way goes on while the main context runs
 */
void
worker_redispatch_free (WorkerRedispatch * redispatch)
{
  if (!redispatch)
    return;
  for (GList * a = redispatch->asks; a; a = a->next) {
    Ask *ask = a->data;

    ask->redispatch = NULL;
    if (ask->request)
      gst_voice_http_cancel (ask->request);
  }
  g_list_free (redispatch->asks);
  g_queue_clear (&redispatch->order);
  g_hash_table_unref (redispatch->rooms);
  g_free (redispatch->url);
  g_free (redispatch->key);
  gst_voice_secret_free (redispatch->secret);
  g_free (redispatch->agent_name);
  g_free (redispatch);
}
