/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The transport of links over HTTP (http.h): an answer of the type
 * `text/event-stream` is told event by event, any other as it comes.
 *
 * Threads: network thread. Locks: none.
 */
#include "link-private.h"

#include "http-request.h"
#include "sse.h"

#include <string.h>

/* All of an answer, whatever it is. */
#define MAX_ANSWER (64 * 1024 * 1024)
#define MAX_EVENT (1024 * 1024)
#define MAX_REFUSAL (8 * 1024)

typedef struct
{
  GstVoiceHttpRequest *request; /* while it is under way */
  GstVoiceSse *sse;
} Http;

static void
give_back (Http * http)
{
  g_clear_pointer (&http->request, gst_voice_http_request_unref);
}

static gboolean
is_event_stream (GstVoiceHttpRequest * request)
{
  static const gchar type[] = "text/event-stream";
  const gchar *value = gst_voice_http_request_get_header (request,
      "Content-Type");

  return value && g_ascii_strncasecmp (value, type, strlen (type)) == 0
      && (value[strlen (type)] == '\0' || strchr ("; \t",
          value[strlen (type)]));
}

static void
headers (GstVoiceHttpRequest * request, guint status, gpointer data)
{
  GstVoiceLink *link = data;
  Http *http = link->impl;
  gchar *id;

  if (status < 200 || status >= 300)
    return;
  if (is_event_stream (request))
    http->sse = gst_voice_sse_new (link->max_message);
  id = gst_voice_http_request_get_id (request);
  gst_voice_link_tell_opened (link, id);
  g_free (id);
}

static void
tell_too_long (GstVoiceLink * link, GstVoiceHttpRequest * request)
{
  GError *error = g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
      "the service sent an event of more than the %" G_GSIZE_FORMAT " bytes "
      "that are allowed: ask for less", link->max_message);
  gchar *id = gst_voice_http_request_get_id (request);
  GstVoiceLinkEnd end = {.error = error,.http_status = 200,.request_id = id,
    .retry_after = -1
  };

  gst_voice_http_cancel (request);
  give_back (link->impl);
  gst_voice_link_tell_closed (link, &end);
  g_error_free (error);
  g_free (id);
}

/* Whether it goes on. */
static gboolean
tell_events (GstVoiceLink * link, GstVoiceHttpRequest * request)
{
  GstVoiceSse *sse = ((Http *) link->impl)->sse;
  GstVoiceSseResult result;
  const gchar *event, *text;
  gsize size;

  while ((result = gst_voice_sse_next (sse, &event, &text, &size)) ==
      GST_VOICE_SSE_EVENT)
    gst_voice_link_tell_text (link, event, g_strndup (text, size), size);
  if (result != GST_VOICE_SSE_TOO_LONG)
    return TRUE;
  tell_too_long (link, request);
  return FALSE;
}

static void
data (GstVoiceHttpRequest * request, const guint8 * bytes, gsize size,
    gpointer user_data)
{
  GstVoiceLink *link = user_data;
  Http *http = link->impl;
  GBytes *piece;

  if (http->sse) {
    gst_voice_link_ref (link);  /* the request's may go */
    gst_voice_sse_push (http->sse, bytes, size);
    tell_events (link, request);
    gst_voice_link_unref (link);
  } else {
    piece = g_bytes_new (bytes, size);
    gst_voice_link_tell_binary (link, piece);
    g_bytes_unref (piece);
  }
}

static void
done (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer user_data)
{
  GstVoiceLink *link = user_data;
  Http *http = link->impl;
  GstVoiceLinkEnd end = {
    .error = error,
    .http_status = status,
    .body = gst_voice_http_request_get_error_body (request),
    .request_id = request_id,
    .retry_after = gst_voice_http_request_get_retry_after (request),
    .went_out = gst_voice_http_request_went_out (request),
  };

  if (http->sse && !error) {
    gst_voice_sse_end (http->sse);
    if (!tell_events (link, request))
      return;
  }
  gst_voice_link_tell_closed (link, &end);
  give_back (http);
}

static void
release (gpointer link)
{
  gst_voice_link_unref (link);
}

static void
http_open (GstVoiceLink * link)
{
  static const GstVoiceHttpCallbacks callbacks = { headers, data, done };
  Http *http = link->impl;
  GstVoiceHttpDeadlines deadlines = {
    .connect = link->deadlines.connect,
    .first_byte = link->deadlines.first_byte,
    .stall = link->deadlines.stall,
    .total = link->deadlines.total,
  };

  http->request = gst_voice_http_request_new (link->method, link->url);
  /* Compressed, a piece would wait for the next. */
  gst_voice_http_request_set_header (http->request, "Accept-Encoding",
      "identity");
  for (guint i = 0; i < link->headers->len; i += 2)
    gst_voice_http_request_set_header (http->request,
        link->headers->pdata[i], link->headers->pdata[i + 1]);
  if (link->body)
    gst_voice_http_request_set_body (http->request, link->body,
        link->content_type);
  gst_voice_http_request_set_deadlines (http->request, &deadlines);
  gst_voice_http_request_set_max_bytes (http->request, MAX_ANSWER);
  gst_voice_http_request_set_max_error_body (http->request, MAX_REFUSAL);
  gst_voice_http_request_set_redirects (http->request, FALSE);
  gst_voice_http_request_set_fresh (http->request, link->fresh);
  gst_voice_http_request_set_callbacks (http->request, &callbacks,
      gst_voice_link_ref (link), release);
  gst_voice_http_send (http->request);
}

static void
http_pause (GstVoiceLink * link, gboolean paused)
{
  Http *http = link->impl;

  if (http->request)
    gst_voice_http_pause (http->request, paused);
}

static void
http_close (GstVoiceLink * link)
{
  Http *http = link->impl;

  if (http->request)
    gst_voice_http_cancel (http->request);
  give_back (http);
}

static void
http_free (gpointer impl)
{
  Http *http = impl;

  g_clear_pointer (&http->sse, gst_voice_sse_free);
  g_free (http);
}

/**
 * gst_voice_link_new_http:
 * @stage: the stage that will be told
 * @method: such as `POST`
 * @url: with the scheme http or https
 *
 * A request whose answer is told as it comes.
 *
 * Returns: (transfer full): a link, to be opened and closed
 */
GstVoiceLink *
gst_voice_link_new_http (GstVoiceStage * stage, const gchar * method,
    const gchar * url)
{
  static const GstVoiceLinkTransport transport = {
    .open = http_open,
    .pause = http_pause,
    .close = http_close,
    .free = http_free,
  };
  GstVoiceLink *link = gst_voice_link_new (stage, &transport, url, MAX_EVENT,
      g_new0 (Http, 1));

  link->method = g_strdup (method);
  return link;
}
