/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes a call from the network thread to the application, which may take its
 * time, and the answer back; and calls out, with the answer in a message.
 *
 * Threads: any; the application's handlers run in a worker of GStreamer's
 * pool. Locks: none; the number of calls is atomic.
 */
#include "element-rpc.h"

#include <gst-voice/events.h>
#include <gst-voice/io.h>

typedef struct
{
  LivekitClient *client;
  guint signal;
  gchar *identity, *id, *method, *payload;
  gchar *answer;                /* (nullable) */
} Request;

typedef struct
{
  GstElement *element;
  GstVoiceSession *session;
  gchar *identity, *method;
  guint id;
  /* what came of it */
  gchar *payload, *message;     /* (nullable) */
  guint code;
} Call;

static gint calls;

static void
request_free (Request * request)
{
  livekit_client_unref (request->client);
  g_free (request->identity);
  g_free (request->id);
  g_free (request->method);
  g_free (request->payload);
  g_free (request->answer);
  g_free (request);
}

static void
answer_on_io (gpointer data)
{
  Request *r = data;

  livekit_client_answer_on_io (r->client, r->identity, r->id, r->answer,
      r->answer ? 0 : LIVEKIT_RPC_UNSUPPORTED_METHOD, NULL);
}

/* In a worker. */
static void
ask (GstElement * element, gpointer data)
{
  Request *r = data;

  g_signal_emit (element, r->signal, 0, r->identity, r->method, r->payload,
      &r->answer);
  gst_voice_io_post (answer_on_io, r, (GDestroyNotify) request_free);
}

/**
 * element_rpc_take:
 * @element: whose application is asked
 * @signal: by this signal (identity, method, payload) → nullable answer
 * @client: who answers
 * @request: of the other side
 *
 * Returns: %FALSE if nobody listens to the signal
 */
gboolean
element_rpc_take (GstElement * element, guint signal, LivekitClient * client,
    const LivekitData * request)
{
  Request *r;

  if (!g_signal_has_handler_pending (element, signal, 0, FALSE))
    return FALSE;
  r = g_new0 (Request, 1);
  r->client = livekit_client_ref (client);
  r->signal = signal;
  r->identity = g_strdup (request->identity);
  r->id = g_strdup (request->rpc_request.id);
  r->method = g_strdup (request->rpc_request.method);
  r->payload = g_strdup (request->rpc_request.payload);
  gst_element_call_async (element, ask, r, NULL);
  return TRUE;
}

static void
call_free (Call * call)
{
  gst_object_unref (call->element);
  g_object_unref (call->session);
  g_free (call->identity);
  g_free (call->method);
  g_free (call->payload);
  g_free (call->message);
  g_free (call);
}

/* In a worker. */
static void
tell (GstElement * element, gpointer data)
{
  Call *call = data;

  gst_voice_session_report (call->session, element,
      gst_voice_structure_new ("rpc", "id", call->id,
          "identity", call->identity, "method", call->method,
          "payload", call->payload ? call->payload : "", "code", call->code,
          "text", call->message ? call->message : "", NULL));
}

static void
on_answer (gpointer data, const gchar * payload, LivekitRpcCode code,
    const gchar * message)
{
  Call *call = data;

  call->payload = g_strdup (payload);
  call->code = code;
  call->message = code ? g_strdup (message) : NULL;
  gst_element_call_async (call->element, tell, call,
      (GDestroyNotify) call_free);
}

/**
 * element_rpc_call:
 * @element: who posts the answer as `voice/rpc`
 * @session: of the call
 * @client: who calls
 * @identity: of whom
 * @method: what is called
 * @payload: (nullable): and with what
 * @timeout_ms: how long the answer may take; 0: 15 s
 *
 * Returns: the number of the call, which comes back in the message
 */
guint
element_rpc_call (GstElement * element, GstVoiceSession * session,
    LivekitClient * client, const gchar * identity, const gchar * method,
    const gchar * payload, guint timeout_ms)
{
  Call *call = g_new0 (Call, 1);

  call->element = gst_object_ref (element);
  call->session = g_object_ref (session);
  call->identity = g_strdup (identity);
  call->method = g_strdup (method);
  call->id = (guint) g_atomic_int_add (&calls, 1) + 1;
  livekit_client_call (client, identity, method, payload, timeout_ms,
      on_answer, call);
  return call->id;
}
