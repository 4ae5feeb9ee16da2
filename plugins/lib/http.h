/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS
/**
 * GstVoiceHttpRequest:
 *
 * One HTTP request and its answer. Make it, set it up, send it once; then its
 * callbacks run on the network thread until the answer is complete or
 * gst_voice_http_cancel () is called.
 */
typedef struct _GstVoiceHttpRequest GstVoiceHttpRequest;

/**
 * GstVoiceHttpDeadlines:
 * @connect: until the connection stands, TLS and proxy included
 * @first_byte: from then until the head of the answer is complete; the sending
 *   of the request counts
 * @stall: between two pieces of the answer
 * @total: for all of it
 *
 * How long to wait, in milliseconds; 0 is for ever. The time in which we
 * ourselves hold back the answer counts neither for @stall nor for @total.
 */
typedef struct
{
  guint connect;
  guint first_byte;
  guint stall;
  guint total;
} GstVoiceHttpDeadlines;

/**
 * GstVoiceHttpCallbacks:
 * @headers: (nullable): the head of the answer has come, whatever its status
 * @data: (nullable): a piece of the body of an answer with a status of 2xx
 * @done: (nullable): the last call. @error is %NULL if the answer is complete
 *   and its status is 2xx; @status is 0 if no answer came; @request_id is what
 *   the service calls the request, if it said so
 *
 * All run on the network thread and must not block. Each may cancel the
 * request, and drop the reference it was sent with.
 */
typedef struct
{
  void (*headers) (GstVoiceHttpRequest * request, guint status,
      gpointer user_data);
  void (*data) (GstVoiceHttpRequest * request, const guint8 * data,
      gsize size, gpointer user_data);
  void (*done) (GstVoiceHttpRequest * request, const GError * error,
      guint status, const gchar * request_id, gpointer user_data);
} GstVoiceHttpCallbacks;

#define GST_VOICE_HTTP_MAX_BYTES (1024 * 1024)

GST_VOICE_API GstVoiceHttpRequest *gst_voice_http_request_new (const gchar *
    method, const gchar * url);
GST_VOICE_API GstVoiceHttpRequest
    * gst_voice_http_request_ref (GstVoiceHttpRequest * request);
GST_VOICE_API void gst_voice_http_request_unref (GstVoiceHttpRequest * request);

/* before it is sent */
GST_VOICE_API void gst_voice_http_request_set_header (GstVoiceHttpRequest *
    request, const gchar * name, const gchar * value);
GST_VOICE_API void gst_voice_http_request_set_body (GstVoiceHttpRequest *
    request, GBytes * body, const gchar * content_type);
GST_VOICE_API void gst_voice_http_request_set_deadlines (GstVoiceHttpRequest *
    request, const GstVoiceHttpDeadlines * deadlines);
GST_VOICE_API void gst_voice_http_request_set_max_bytes (GstVoiceHttpRequest *
    request, guint64 max_bytes);
GST_VOICE_API void gst_voice_http_request_set_max_error_body
    (GstVoiceHttpRequest * request, guint chars);
GST_VOICE_API void gst_voice_http_request_set_redirects (GstVoiceHttpRequest *
    request, gboolean redirects);
GST_VOICE_API void gst_voice_http_request_set_fresh (GstVoiceHttpRequest *
    request, gboolean fresh);
GST_VOICE_API void gst_voice_http_request_set_connect_only (GstVoiceHttpRequest
    * request, gboolean connect_only);
GST_VOICE_API void gst_voice_http_request_set_callbacks (GstVoiceHttpRequest *
    request, const GstVoiceHttpCallbacks * callbacks, gpointer user_data,
    GDestroyNotify destroy);

/* any thread */
GST_VOICE_API gboolean gst_voice_http_send (GstVoiceHttpRequest * request);
GST_VOICE_API void gst_voice_http_cancel (GstVoiceHttpRequest * request);
GST_VOICE_API void gst_voice_http_pause (GstVoiceHttpRequest * request,
    gboolean paused);
GST_VOICE_API gboolean gst_voice_http_prewarm (const gchar * url);

/* in a callback */
GST_VOICE_API gboolean gst_voice_http_request_went_out (GstVoiceHttpRequest *
    request);
GST_VOICE_API const gchar *gst_voice_http_request_get_header
    (GstVoiceHttpRequest * request, const gchar * name);
GST_VOICE_API gint64 gst_voice_http_request_get_retry_after (GstVoiceHttpRequest
    * request);
GST_VOICE_API const gchar *gst_voice_http_request_get_error_body
    (GstVoiceHttpRequest * request);

G_END_DECLS
