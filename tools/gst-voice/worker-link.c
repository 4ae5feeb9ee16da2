/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Carries out what WorkerCore says over a WebSocket of libsoup's. The token is
 * made anew for each connection and lives for minutes; it is in a header, and
 * in no log.
 *
 * Actions are carried out from an idle source, so that nobody is called back
 * from within a call of theirs.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "worker-link.h"

#include <gst-voice/http-error.h>
#include <gst-voice/http-session.h>
#include <gst-voice/secret.h>
#include <jwt.h>
#include <signalling-url.h>
#include <string.h>

#define TOKEN_SECONDS 600
#define MAX_MESSAGE (1024 * 1024)
#define MAX_REFUSAL 4096

/* One attempt to connect; it outlives the link if need be. */
typedef struct
{
  WorkerLink *link;             /* NULL: nobody waits */
  guint serial;
  SoupMessage *message;
  GCancellable *cancellable;
  GError *error;
  guint status;
  gchar *body;
} Attempt;

struct _WorkerLink
{
  SoupSession *session;
  gchar *url, *key, *secret, *agent_display;
  LivekitJobType type;
  const WorkerLinkEvents *events;
  gpointer data;

  WorkerCore *core;
  guint serial;                 /* of the socket */
  Attempt *attempt;
  SoupWebsocketConnection *socket;
  guint tick, idle;
};

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
}

static void schedule (WorkerLink * link);

static gboolean
tick (gpointer data)
{
  WorkerLink *link = data;

  link->tick = 0;
  worker_core_tick (link->core, now_ms ());
  schedule (link);
  return G_SOURCE_REMOVE;
}

static void
handle (WorkerLink * link, WorkerEvent * event)
{
  worker_core_handle (link->core, event, now_ms ());
  schedule (link);
}

static void
attempt_free (Attempt * attempt)
{
  if (attempt->link && attempt->link->attempt == attempt)
    attempt->link->attempt = NULL;
  g_object_unref (attempt->message);
  g_object_unref (attempt->cancellable);
  g_clear_error (&attempt->error);
  g_free (attempt->body);
  g_free (attempt);
}

/* What it stops by is told by that. */
static void
tell_trouble (WorkerLink * link, const GError * error)
{
  if (worker_core_get_state (link->core) != WORKER_STOPPED)
    link->events->trouble (link->data, link, error);
}

static void
tell_refusal (Attempt * attempt)
{
  WorkerLink *link = attempt->link;
  GError *error = attempt->status >= 300 ?
      livekit_signal_refusal (attempt->status, attempt->body) :
      gst_voice_http_error_from_lower (attempt->error,
      g_uri_get_host (soup_message_get_uri (attempt->message)),
      attempt->status == 0,
      soup_message_get_tls_peer_certificate_errors (attempt->message));
  WorkerEvent event = {.type = WORKER_EVENT_REFUSED,.serial = attempt->serial,
    .code = error->code,.text = error->message
  };

  attempt_free (attempt);
  handle (link, &event);
  tell_trouble (link, error);
  g_error_free (error);
}

static void
got_refusal (GObject * stream, GAsyncResult * result, gpointer data)
{
  Attempt *attempt = data;
  GBytes *bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (stream),
      result, NULL);

  if (bytes)
    attempt->body = g_strndup (g_bytes_get_data (bytes, NULL) ? : "",
        g_bytes_get_size (bytes));
  g_clear_pointer (&bytes, g_bytes_unref);
  if (attempt->link)
    tell_refusal (attempt);
  else
    attempt_free (attempt);
}

static void
got_head (GObject * session, GAsyncResult * result, gpointer data)
{
  Attempt *attempt = data;
  GInputStream *stream = soup_session_send_finish (SOUP_SESSION (session),
      result, NULL);

  if (stream && attempt->link) {
    g_input_stream_read_bytes_async (stream, MAX_REFUSAL, G_PRIORITY_DEFAULT,
        attempt->cancellable, got_refusal, attempt);
  } else if (attempt->link) {
    tell_refusal (attempt);
  } else {
    attempt_free (attempt);
  }
  g_clear_object (&stream);
}

static SoupMessage *
make_message (WorkerLink * link, gboolean socket, GError ** error)
{
  LivekitGrants grants = {.agent = TRUE };
  gchar *token = livekit_jwt_make (link->key, link->secret, &grants,
      g_get_real_time () / G_USEC_PER_SEC, TOKEN_SECONDS, error);
  gchar *url = token ? livekit_worker_url (link->url, error) : NULL, *bearer;
  gchar *plain = url ? g_strconcat ("http", url + strlen ("ws"), NULL) : NULL;
  SoupMessage *message = url ? soup_message_new ("GET", socket ? url : plain) :
      NULL;

  if (message) {
    bearer = g_strconcat ("Bearer ", token, NULL);
    soup_message_headers_replace (soup_message_get_request_headers (message),
        "Authorization", bearer);
    gst_voice_secret_free (bearer);
    soup_message_disable_feature (message, SOUP_TYPE_AUTH_MANAGER);
    soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  }
  g_free (plain);
  g_free (url);
  gst_voice_secret_free (token);
  return message;
}

/* The WebSocket's own request does not give the server's words; the same one
 * without an upgrade does. */
static void
ask_why (Attempt * attempt)
{
  SoupMessage *message = make_message (attempt->link, FALSE, NULL);

  if (!message) {
    tell_refusal (attempt);
    return;
  }
  soup_session_send_async (attempt->link->session, message, G_PRIORITY_DEFAULT,
      attempt->cancellable, got_head, attempt);
  g_object_unref (message);
}

static void
on_message (SoupWebsocketConnection * socket, gint type, GBytes * bytes,
    WorkerLink * link)
{
  GError *error = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  WorkerEvent event = {.type = WORKER_EVENT_MESSAGE,.serial = link->serial };

  if (type != SOUP_WEBSOCKET_DATA_BINARY)
    return;
  event.message = livekit_worker_decode (data, size, &error);
  if (event.message) {
    handle (link, &event);
  } else {
    link->events->trouble (link->data, link, error);
    g_error_free (error);
  }
}

static void
on_closed (SoupWebsocketConnection * socket, WorkerLink * link)
{
  WorkerEvent event = {.type = WORKER_EVENT_CLOSED,.serial = link->serial };

  g_signal_handlers_disconnect_by_data (socket, link);
  g_clear_object (&link->socket);
  handle (link, &event);
}

static void
opened (GObject * session, GAsyncResult * result, gpointer data)
{
  Attempt *attempt = data;
  WorkerLink *link = attempt->link;
  WorkerEvent event = {.type = WORKER_EVENT_OPENED,.serial = attempt->serial };
  SoupWebsocketConnection *socket =
      soup_session_websocket_connect_finish (SOUP_SESSION (session), result,
      &attempt->error);

  if (!link) {
    if (socket)
      soup_websocket_connection_close (socket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
          NULL);
    g_clear_object (&socket);
    attempt_free (attempt);
    return;
  }
  if (!socket) {
    attempt->status = soup_message_get_status (attempt->message);
    /* A page in place of a socket: somebody else's server. */
    if (attempt->status >= 200 && attempt->status < 300)
      attempt->status = SOUP_STATUS_NOT_FOUND;
    if (attempt->status >= 300)
      ask_why (attempt);
    else
      tell_refusal (attempt);
    return;
  }
  attempt_free (attempt);
  link->socket = socket;
  soup_websocket_connection_set_max_incoming_payload_size (socket, MAX_MESSAGE);
  g_signal_connect (socket, "message", G_CALLBACK (on_message), link);
  g_signal_connect (socket, "closed", G_CALLBACK (on_closed), link);
  handle (link, &event);
}

static void
open_socket (WorkerLink * link, guint serial)
{
  GError *error = NULL;
  SoupMessage *message = make_message (link, TRUE, &error);
  WorkerEvent event = {.type = WORKER_EVENT_REFUSED,.serial = serial };
  Attempt *attempt;

  link->serial = serial;
  if (!message) {
    event.code = error->code;
    event.text = error->message;
    handle (link, &event);
    tell_trouble (link, error);
    g_error_free (error);
    return;
  }
  attempt = g_new0 (Attempt, 1);
  attempt->link = link;
  attempt->serial = serial;
  attempt->message = message;
  attempt->cancellable = g_cancellable_new ();
  link->attempt = attempt;
  soup_session_websocket_connect_async (link->session, message, NULL, NULL,
      G_PRIORITY_DEFAULT, attempt->cancellable, opened, attempt);
}

static void
close_socket (WorkerLink * link)
{
  if (link->attempt) {
    link->attempt->link = NULL;
    g_cancellable_cancel (link->attempt->cancellable);
    link->attempt = NULL;
  }
  if (link->socket) {
    g_signal_handlers_disconnect_by_data (link->socket, link);
    if (soup_websocket_connection_get_state (link->socket) ==
        SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_close (link->socket,
          SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
    g_clear_object (&link->socket);
  }
}

static void
answer_offer (WorkerLink * link, const LivekitJob * job)
{
  LivekitAcceptance acceptance = {.name = link->agent_display };
  WorkerEvent event = {.type = WORKER_EVENT_REJECT,.job = job->id,
    .acceptance = &acceptance
  };

  if (link->events->offer (link->data, link, job))
    event.type = WORKER_EVENT_ACCEPT;
  handle (link, &event);
}

static void
obey_action (WorkerLink * link, const WorkerAction * action)
{
  switch (action->type) {
    case WORKER_ACTION_OPEN:
      open_socket (link, action->serial);
      break;
    case WORKER_ACTION_CLOSE:
      close_socket (link);
      break;
    case WORKER_ACTION_SEND:
      if (link->socket && soup_websocket_connection_get_state (link->socket)
          == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_send_message (link->socket,
            SOUP_WEBSOCKET_DATA_BINARY, action->bytes);
      break;
    case WORKER_ACTION_REGISTERED:
      link->events->registered (link->data, link, action->id);
      break;
    case WORKER_ACTION_LOST:
      link->events->lost (link->data, link);
      break;
    case WORKER_ACTION_OFFER:
      answer_offer (link, action->job);
      break;
    case WORKER_ACTION_WITHDRAW:
      link->events->withdraw (link->data, link, action->id);
      break;
    case WORKER_ACTION_RUN:
      link->events->run (link->data, link, action->job, action->url,
          action->token);
      break;
    case WORKER_ACTION_STOP:
      link->events->stop (link->data, link, action->id);
      break;
    case WORKER_ACTION_STOPPED:
      link->events->stopped (link->data, link, action->error);
      break;
  }
}

static gboolean
obey (gpointer data)
{
  WorkerLink *link = data;
  WorkerAction *action;

  while ((action = worker_core_pop (link->core))) {
    obey_action (link, action);
    worker_action_free (action);
  }
  link->idle = 0;
  schedule (link);
  return G_SOURCE_REMOVE;
}

/* After every event: there may be something to do, now and later. */
static void
schedule (WorkerLink * link)
{
  gint64 deadline = worker_core_get_deadline (link->core), wait;

  if (link->idle == 0 && worker_core_has_actions (link->core))
    link->idle = g_idle_add_full (G_PRIORITY_DEFAULT, obey, link, NULL);
  if (link->tick > 0)
    g_source_remove (link->tick);
  link->tick = 0;
  if (deadline < G_MAXINT64) {
    wait = CLAMP (deadline - now_ms (), 0, G_MAXINT);
    link->tick = g_timeout_add (wait, tick, link);
  }
}

/**
 * worker_link_new:
 * @session: of the calling thread
 * @settings: copied
 * @events: what is called; it must stay
 * @data: for @events
 *
 * Returns: (transfer full): a link that does nothing yet
 */
WorkerLink *
worker_link_new (SoupSession * session, const WorkerLinkSettings * settings,
    const WorkerLinkEvents * events, gpointer data)
{
  WorkerLink *link = g_new0 (WorkerLink, 1);

  link->session = g_object_ref (session);
  link->url = g_strdup (settings->url);
  link->key = g_strdup (settings->key);
  link->secret = g_strdup (settings->secret);
  link->agent_display = g_strdup (settings->agent_display);
  link->type = settings->config.type;
  link->events = events;
  link->data = data;
  link->core = worker_core_new (&settings->config);
  return link;
}

/**
 * worker_link_free:
 * @link: (transfer full) (nullable): closed, and nothing is called any more
 */
void
worker_link_free (WorkerLink * link)
{
  if (!link)
    return;
  close_socket (link);
  if (link->tick > 0)
    g_source_remove (link->tick);
  if (link->idle > 0)
    g_source_remove (link->idle);
  worker_core_free (link->core);
  g_object_unref (link->session);
  g_free (link->url);
  g_free (link->key);
  gst_voice_secret_free (link->secret);
  g_free (link->agent_display);
  g_free (link);
}

/**
 * worker_link_start:
 * @link: a new link; it connects
 */
void
worker_link_start (WorkerLink * link)
{
  WorkerEvent event = {.type = WORKER_EVENT_START };

  handle (link, &event);
}

/**
 * worker_link_drain:
 * @link: takes no more jobs, and stops when the last is over
 */
void
worker_link_drain (WorkerLink * link)
{
  WorkerEvent event = {.type = WORKER_EVENT_DRAIN };

  handle (link, &event);
}

/**
 * worker_link_set_load:
 * @link: what tells the server
 * @load: 0 to 1
 * @job_load: what one more job is expected to add
 */
void
worker_link_set_load (WorkerLink * link, gdouble load, gdouble job_load)
{
  WorkerEvent event = {.type = WORKER_EVENT_LOAD,.load = load,
    .job_load = job_load
  };

  handle (link, &event);
}

/**
 * worker_link_started:
 * @link: what tells the server
 * @job: that has begun
 */
void
worker_link_started (WorkerLink * link, const gchar * job)
{
  WorkerEvent event = {.type = WORKER_EVENT_STARTED,.job = job };

  handle (link, &event);
}

/**
 * worker_link_done:
 * @link: what tells the server
 * @job: that is over
 * @failure: (nullable): why it failed
 */
void
worker_link_done (WorkerLink * link, const gchar * job, const gchar * failure)
{
  WorkerEvent event = {.type = WORKER_EVENT_DONE,.job = job,
    .failure = failure
  };

  handle (link, &event);
}

/**
 * worker_link_is_registered:
 * @link: a link
 *
 * Returns: whether the server knows us now
 */
gboolean
worker_link_is_registered (WorkerLink * link)
{
  return worker_core_get_state (link->core) == WORKER_REGISTERED;
}

/**
 * worker_link_get_type:
 * @link: a link
 *
 * Returns: which jobs it is for
 */
LivekitJobType
worker_link_get_type (WorkerLink * link)
{
  return link->type;
}

/**
 * worker_link_get_rejected:
 * @link: a link
 *
 * Returns: how many offered jobs were not taken
 */
guint64
worker_link_get_rejected (WorkerLink * link)
{
  return worker_core_get_rejected (link->core);
}
