/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After a crash: who is in the room? If anybody but agents, a new dispatch, and
 * another one if nobody takes it (redispatch-core). A call that crashes whoever
 * takes it must not go round for ever, so this happens twice at most for a
 * room; a worker counts for itself, and the job's attribute carries the count
 * from worker to worker.
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

#define TOKEN_SECONDS 60
#define TOTAL_MS 10000
#define MAX_ROOMS 1024          /* of which is known that they crashed */

typedef struct
{
  WorkerRedispatch *redispatch; /* NULL: nobody waits */
  gchar *call_id, *room, *metadata;
  GHashTable *attributes;
  RedispatchCore core;
  gchar *dispatch;              /* (nullable): the last one */
  guint asked;                  /* how many there were */
  guint timer;
  GstVoiceHttpRequest *request;
  /* network thread, until it hands over */
  GString *body;
  guint status;
  GError *error;
} Ask;

struct _WorkerRedispatch
{
  gchar *url, *key, *secret, *agent_name;
  RedispatchPace pace;
  WorkerRedispatchFunc func;
  gpointer data;
  GHashTable *rooms;            /* sid or name → how often */
  GQueue order;                 /* of rooms, the oldest first */
  GList *asks;                  /* Ask */
};

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static void
ask_free (Ask * ask)
{
  if (ask->redispatch)
    ask->redispatch->asks = g_list_remove (ask->redispatch->asks, ask);
  g_clear_handle_id (&ask->timer, g_source_remove);
  g_clear_pointer (&ask->request, gst_voice_http_request_unref);
  g_string_free (ask->body, TRUE);
  g_clear_error (&ask->error);
  g_hash_table_unref (ask->attributes);
  g_free (ask->call_id);
  g_free (ask->room);
  g_free (ask->metadata);
  g_free (ask->dispatch);
  g_free (ask);
  gst_voice_io_unref ();
}

static void
tell (Ask * ask, WorkerRedispatchNews news, const GError * error)
{
  ask->redispatch->func (ask->call_id, news, ask->asked, error,
      ask->redispatch->data);
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

static gboolean answered (gpointer data);

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
  g_clear_error (&ask->error);
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

static gchar *
make_dispatch (Ask * ask)
{
  LivekitDispatch dispatch = {.room = ask->room,
    .agent_name = ask->redispatch->agent_name,.metadata = ask->metadata,
    .attributes = ask->attributes
  };

  return livekit_twirp_create_dispatch (&dispatch);
}

static void
finish (Ask * ask, const GError * error)
{
  static const WorkerRedispatchNews news[] = {
    [REDISPATCH_COMES] = WORKER_REDISPATCH_COMES,
    [REDISPATCH_NOBODY] = WORKER_REDISPATCH_NOBODY,
    [REDISPATCH_WITHDRAWN] = WORKER_REDISPATCH_WITHDRAWN,
    [REDISPATCH_GIVEN_UP] = WORKER_REDISPATCH_GIVEN_UP,
    [REDISPATCH_FAILED] = WORKER_REDISPATCH_FAILED,
    [REDISPATCH_STOPPED] = WORKER_REDISPATCH_STOPPED,
  };

  tell (ask, news[ask->core.result], error);
  ask_free (ask);
}

static gboolean time_has_come (gpointer data);

/* What the core wants next. @error: (nullable): of what was before */
static void
proceed (Ask * ask, const GError * error)
{
  switch (ask->core.step) {
    case REDISPATCH_PEOPLE:
      send_request (ask, LIVEKIT_TWIRP_LIST_PARTICIPANTS,
          livekit_twirp_list_participants (ask->room));
      break;
    case REDISPATCH_CREATE:
      send_request (ask, LIVEKIT_TWIRP_CREATE_DISPATCH, make_dispatch (ask));
      break;
    case REDISPATCH_LOOK:
      send_request (ask, LIVEKIT_TWIRP_LIST_DISPATCH,
          livekit_twirp_name_dispatch (ask->room, ask->dispatch));
      break;
    case REDISPATCH_DELETE:
      send_request (ask, LIVEKIT_TWIRP_DELETE_DISPATCH,
          livekit_twirp_name_dispatch (ask->room, ask->dispatch));
      break;
    case REDISPATCH_WAIT:
      if (error)
        tell (ask, WORKER_REDISPATCH_TROUBLE, error);
      ask->timer = g_timeout_add (MAX (ask->core.deadline - now_ms (), 0),
          time_has_come, ask);
      break;
    case REDISPATCH_OVER:
      finish (ask, error);
      break;
  }
}

static gboolean
time_has_come (gpointer data)
{
  Ask *ask = data;

  ask->timer = 0;
  redispatch_core_tick (&ask->core, now_ms ());
  proceed (ask, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
read_answer (Ask * ask, GError ** error)
{
  const gchar *text = ask->body->str;
  gsize size = ask->body->len;
  LivekitDispatchState state;
  guint people;

  switch (ask->core.step) {
    case REDISPATCH_PEOPLE:
      if (!livekit_twirp_count_people (text, size, &people, error))
        return FALSE;
      redispatch_core_people (&ask->core, people);
      return TRUE;
    case REDISPATCH_CREATE:
      g_free (ask->dispatch);
      if (!livekit_twirp_read_dispatch (text, size, &ask->dispatch, error))
        return FALSE;
      ask->asked++;
      tell (ask, WORKER_REDISPATCH_ASKED, NULL);
      redispatch_core_created (&ask->core, now_ms ());
      return TRUE;
    case REDISPATCH_LOOK:
      if (!livekit_twirp_find_dispatch (text, size, ask->dispatch, &state,
              error))
        return FALSE;
      redispatch_core_looked (&ask->core, state, now_ms ());
      return TRUE;
    default:
      tell (ask, WORKER_REDISPATCH_UNTAKEN, NULL);
      redispatch_core_deleted (&ask->core, now_ms ());
      return TRUE;
  }
}

static RedispatchFault
get_fault (const Ask * ask)
{
  if (ask->status == 404)
    return REDISPATCH_GONE;
  return ask->status < 300 || ask->status == 408 || ask->status == 429
      || ask->status >= 500 ? REDISPATCH_PASSING : REDISPATCH_REFUSED;
}

/* In the main context. */
static gboolean
answered (gpointer data)
{
  Ask *ask = data;
  GError *error = NULL;
  RedispatchFault fault = REDISPATCH_REFUSED;

  g_clear_pointer (&ask->request, gst_voice_http_request_unref);
  if (!ask->redispatch) {
    ask_free (ask);
    return G_SOURCE_REMOVE;
  }
  /* Whoever was quicker has deleted it, too. */
  if (ask->core.step == REDISPATCH_DELETE && ask->status == 404)
    g_clear_error (&ask->error);
  if (ask->error) {
    error = ask->status > 0 ? livekit_twirp_refusal (ask->status,
        ask->body->str) : g_error_copy (ask->error);
    fault = get_fault (ask);
  }
  /* What was cancelled has neither an error nor an answer. */
  if (error || ask->core.stopped || !read_answer (ask, &error))
    redispatch_core_failed (&ask->core, fault, now_ms ());
  proceed (ask, ask->core.stopped ? NULL : error);
  g_clear_error (&error);
  return G_SOURCE_REMOVE;
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
    redispatch->func (crash->call_id, WORKER_REDISPATCH_ENOUGH, 0, NULL,
        redispatch->data);
    return;
  }
  remember (redispatch, crash, count + 1);
  ask = ask_new (redispatch, crash, count + 1);
  redispatch_core_begin (&ask->core, &redispatch->pace, now_ms ());
  proceed (ask, NULL);
}

/**
 * worker_redispatch_taken:
 * @redispatch: what asks
 * @dispatch: of which a job has been given to this worker
 */
void
worker_redispatch_taken (WorkerRedispatch * redispatch, const gchar * dispatch)
{
  for (GList * a = redispatch->asks; a; a = a->next) {
    Ask *ask = a->data;

    if (g_strcmp0 (ask->dispatch, dispatch) != 0)
      continue;
    redispatch_core_taken (&ask->core);
    if (ask->core.step == REDISPATCH_OVER)
      finish (ask, NULL);
    return;
  }
}

/**
 * worker_redispatch_stop:
 * @redispatch: what asks no more for the calls that it is busy with
 */
void
worker_redispatch_stop (WorkerRedispatch * redispatch)
{
  GList *asks = g_list_copy (redispatch->asks);

  for (GList * a = asks; a; a = a->next) {
    Ask *ask = a->data;

    redispatch_core_stop (&ask->core);
    if (ask->core.step == REDISPATCH_OVER)
      finish (ask, NULL);
    else if (ask->request)
      gst_voice_http_cancel (ask->request);
  }
  g_list_free (asks);
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
 * @pace: how long things may take
 * @func: is told what comes of it
 * @data: for @func
 *
 * Returns: (transfer full): what asks
 */
WorkerRedispatch *
worker_redispatch_new (const gchar * url, const gchar * key,
    const gchar * secret, const gchar * agent_name,
    const RedispatchPace * pace, WorkerRedispatchFunc func, gpointer data)
{
  WorkerRedispatch *redispatch = g_new0 (WorkerRedispatch, 1);

  redispatch->url = g_strdup (url);
  redispatch->key = g_strdup (key);
  redispatch->secret = g_strdup (secret);
  redispatch->agent_name = g_strdup (agent_name);
  redispatch->pace = *pace;
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
    else if (ask->timer > 0)
      ask_free (ask);
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
