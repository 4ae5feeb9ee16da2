/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside the library only: what a request holds. http.c drives it. */

#include <libsoup/soup.h>

#include "http.h"
#include "http-body.h"
#include "io.h"

typedef enum
{
  GST_VOICE_HTTP_NEW,
  GST_VOICE_HTTP_CONNECTING,
  GST_VOICE_HTTP_WAITING,       /* sending, or waiting for the answer's head */
  GST_VOICE_HTTP_READING,
  GST_VOICE_HTTP_DONE,
} GstVoiceHttpState;

struct _GstVoiceHttpRequest
{
  /* set before it is sent */
  gchar *method;
  gchar *url;
  GPtrArray *headers;           /* name, value, name, … */
  gboolean bad_header;
  GBytes *body;
  gchar *content_type;
  GstVoiceHttpDeadlines deadlines;
  guint64 max_bytes;
  guint max_error_body;         /* characters */
  gboolean redirects;
  gboolean fresh;               /* on a connection of its own */
  gboolean connect_only;
  GstVoiceHttpCallbacks callbacks;
  gpointer user_data;
  GDestroyNotify destroy;

  /* atomic */
  gint refs;
  gint sent;
  gint cancelled;               /* from now on no callback */

  /* network thread only */
  GThread *thread;              /* NULL until it is sent */
  GstVoiceHttpState state;
  gboolean paused;
  gboolean advancing;
  gchar *host;                  /* for people; with the port if it is unusual */
  SoupMessage *msg;
  GCancellable *cancellable;
  GTlsCertificateFlags tls_errors;
  GstVoiceIoTimer *phase_timer; /* connect, first_byte or stall */
  GstVoiceIoTimer *total_timer;
  gint64 total_left_us;         /* while the timer does not run */
  gint64 total_end_us;          /* while it does */
  gint64 sent_at_us;
  gboolean went_out;            /* from now on it may have arrived */
  guint n_redirects;
  gboolean bare;                /* redirected elsewhere: without our headers */
  guint status;
  GInputStream *stream;
  GstVoiceHttpBody *in;
  gboolean reading;             /* an asynchronous read is under way */
  GError *read_error;
  guint64 received;             /* after decompression */
  GByteArray *error_bytes;
  gchar *error_body;
};

GUri *gst_voice_http_request_check (GstVoiceHttpRequest * request,
    GError ** error);
gchar *gst_voice_http_request_get_id (GstVoiceHttpRequest * request);
void gst_voice_http_request_keep_error_body (GstVoiceHttpRequest * request);
