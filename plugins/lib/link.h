/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/error.h>
#include <gst-voice/stage.h>

G_BEGIN_DECLS

/**
 * GstVoiceLink:
 *
 * One exchange of a stage with a provider: an HTTP request whose answer comes
 * in pieces, or a WebSocket. Everything is told in the stage's task, in order,
 * and nothing after gst_voice_link_close() has returned; so a provider's file
 * has neither locks nor the network thread.
 *
 * Whoever uses links holds a reference to the network thread (io.h) meanwhile,
 * and closes them in the stage's `stop` at the latest.
 */
typedef struct _GstVoiceLink GstVoiceLink;

/**
 * GstVoiceLinkDeadlines:
 * @connect: until the connection stands (TCP, TLS, proxy, WebSocket handshake)
 * @first_byte: HTTP: until the head of the answer is there; a socket: until its
 *   first message (see gst_voice_link_expect())
 * @stall: between two pieces, while something is expected
 * @total: for all of it (HTTP)
 *
 * How long to wait, in milliseconds; 0 is for ever. The time in which we
 * ourselves hold back the answer does not count.
 */
typedef struct
{
  guint connect;
  guint first_byte;
  guint stall;
  guint total;
} GstVoiceLinkDeadlines;

/**
 * GstVoiceLinkEnd:
 * @error: (nullable): %NULL if it ended as the protocol says (HTTP: complete
 *   with 2xx; a socket: closed by the peer with 1000). In domain
 *   %GST_VOICE_ERROR otherwise, already mapped (HTTP status, connect, stall
 *   and so on), with host and what to do; it knows @http_status and
 *   @request_id, and so does its copy
 * @http_status: 0 if no answer came
 * @close_code: of a WebSocket; 0 if the connection broke, 1005 if none was
 *   given
 * @reason: (nullable): with @close_code
 * @body: (nullable): beginning of the body of an answer that is not 2xx, at
 *   most 8192 characters. It may quote the request: for a parser, not for an
 *   error's text
 * @request_id: (nullable): what the provider calls the request
 * @retry_after: ms, or -1
 * @received: a message or a piece of the answer had come before
 * @went_out: some of the request may have arrived (HTTP)
 *
 * Why and how a link ended.
 */
typedef struct
{
  const GError *error;
  guint http_status;
  guint close_code;
  const gchar *reason;
  const gchar *body;
  const gchar *request_id;
  gint64 retry_after;
  gboolean received;
  gboolean went_out;
} GstVoiceLinkEnd;

/**
 * GstVoiceLinkEvents:
 * @opened: (nullable): the head of a 2xx answer is there / the socket is open
 * @text: (nullable): a text message of a socket; or one event of an SSE answer
 *   (@event is its name, "" if it has none; always "" for sockets). Valid
 *   UTF-8; a zero byte stands behind it
 * @binary: (nullable): a binary message; or a piece of the body of an answer
 *   that is not SSE
 * @closed: it is over; always the last one, exactly once, unless we closed it.
 *   The link is still to be given back with gst_voice_link_close()
 *
 * All in the stage's task; each may close the link.
 */
typedef struct
{
  void (*opened) (GstVoiceStage * stage, gpointer data);
  void (*text) (GstVoiceStage * stage, const gchar * event, const gchar * text,
      gsize size, gpointer data);
  void (*binary) (GstVoiceStage * stage, GBytes * bytes, gpointer data);
  void (*closed) (GstVoiceStage * stage, const GstVoiceLinkEnd * end,
      gpointer data);
} GstVoiceLinkEvents;

/* Making one: then headers, then open. In the task, or in start(). */
GST_VOICE_API GstVoiceLink *gst_voice_link_new_http (GstVoiceStage * stage,
    const gchar * method, const gchar * url);
GST_VOICE_API GstVoiceLink *gst_voice_link_new_socket (GstVoiceStage * stage,
    const gchar * url);
GST_VOICE_API void gst_voice_link_set_header (GstVoiceLink * link,
    const gchar * name, const gchar * value);
GST_VOICE_API void gst_voice_link_set_body (GstVoiceLink * link,
    GBytes * body, const gchar * content_type);
GST_VOICE_API void gst_voice_link_set_deadlines (GstVoiceLink * link,
    const GstVoiceLinkDeadlines * deadlines);
GST_VOICE_API void gst_voice_link_set_max_message (GstVoiceLink * link,
    gsize bytes);
GST_VOICE_API void gst_voice_link_set_fresh (GstVoiceLink * link,
    gboolean fresh);
GST_VOICE_API void gst_voice_link_set_ping (GstVoiceLink * link,
    guint seconds);
GST_VOICE_API void gst_voice_link_set_delay (GstVoiceLink * link, guint ms);
GST_VOICE_API void gst_voice_link_set_keep_alive (GstVoiceLink * link,
    guint ms, const gchar * text);
GST_VOICE_API void gst_voice_link_open (GstVoiceLink * link,
    const GstVoiceLinkEvents * events, gpointer data);

GST_VOICE_API void gst_voice_link_send_text (GstVoiceLink * link,
    const gchar * text);
GST_VOICE_API void gst_voice_link_send_binary (GstVoiceLink * link,
    GBytes * bytes);
GST_VOICE_API gsize gst_voice_link_unsent (GstVoiceLink * link);
GST_VOICE_API void gst_voice_link_expect (GstVoiceLink * link,
    gboolean expecting);
GST_VOICE_API void gst_voice_link_pause (GstVoiceLink * link, gboolean paused);
GST_VOICE_API void gst_voice_link_close (GstVoiceLink * link);
GST_VOICE_API gboolean gst_voice_link_is_open (GstVoiceLink * link);
GST_VOICE_API void gst_voice_link_blame (GstVoiceLink * link, GError * error);
GST_VOICE_API GstClockTime gst_voice_link_first_byte_after (GstVoiceLink *
    link);

G_END_DECLS
